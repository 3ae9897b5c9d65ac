"""The picture of a window: its ticks, and what came from each client."""

import pytest

from buckets.pictures.window import window
from buckets.trace.trace import Trace

START = 5_000_000_000
EVENTS = [
    {"t": START, "e": "start", "p": 7, "listener": 3, "trace": 1, "main": 7},
    {"t": START + 10**7, "e": "connect", "who": "anna", "port": 9},
    {"t": START + 2 * 10**7, "e": "pour", "who": "anna", "port": 9, "n": 16},
    {"t": START + 3 * 10**7, "e": "accept", "p": 7, "fd": 3, "new": 5, "peer": 9},
    {"t": START + 4 * 10**7, "e": "recv", "p": 7, "fd": 5, "ask": 99, "n": 16},
]


def test_a_window_that_stands_still_is_drawn_up_to_the_last_look():
    trace = Trace(EVENTS)
    picture = window([5.01, 5.03], trace, until=6.03)
    assert "ticked 2 times in 1.03 s; the longest pause was 1.00 s" in picture.text
    assert "the longest pause: 1.00 s" in picture.poster_svg
    assert "the longest pause was 20 ms" in window([5.01, 5.03], trace).text


def test_it_says_what_came_from_each_client():
    picture = window([], Trace(EVENTS))
    assert "16 bytes" in picture.text and "anna" in picture.poster_svg
    assert ">0 ticks<" in picture.poster_svg


def test_nothing_recorded_is_nothing_to_draw():
    with pytest.raises(ValueError, match="nothing is recorded"):
        window([5.0], Trace([]))
