"""Of random wrong servers nothing untrue is told; tools/random_runs.py does many."""

import random

import pytest
from a_tool import tool

from buckets.verdict import TestResult

runs = tool("random_runs")


@pytest.mark.parametrize("seed", [100, 104, 107])
def test_nothing_untrue_is_told_of_a_random_server(seed):
    result = runs.a_run(random.Random(seed))
    assert result is None or runs.untrue(result) == []


TRACE = [
    {"e": "connect", "who": "anna", "port": 9},
    {"e": "accept", "p": 1, "fd": 3, "new": 5, "peer": 9},
    {"e": "pour", "who": "anna", "port": 9, "n": 3, "data": "hi\n"},
    {"e": "recv", "p": 1, "fd": 5, "n": 3, "data": "hi\n"},
]


@pytest.mark.parametrize(
    ("told", "faults"),
    [
        ("b'hi\\n' was read from anna, and nothing was sent since.", []),
        ("b'ho\\n' was read from anna.", ["nobody has sent b'ho\\n'"]),
        ("recv() waits for ben.", ["ben took no part", "nothing waits"]),
        ("anna was closed.", ["anna was not closed"]),
        ("anna has finished, and is in the list.", ["anna has not finished"]),
        ("anna is still at the door.", ["anna is not at the door"]),
        ("One client vanished.", ["nobody vanished"]),
    ],
)
def test_what_the_recording_does_not_show_is_found(told, faults):
    result = TestResult("name", "title", evidence=told, trace=TRACE)
    assert runs.untrue(result) == faults
