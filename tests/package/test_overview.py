"""buckets report: a class at a glance, out of results that were made up."""

import csv
import json
import re

import pytest

from buckets import course
from buckets.overview import gathered, page, table
from buckets.overview.gathered import NO_NAME, NOTHING, Checks, Gathered, Learner, Test
from buckets.overview.page import Part
from buckets.overview.replays import nameless
from buckets.pictures.picture import Picture

TOPIC = course.Topic("05_select")
FIRST, SECOND, THIRD, *_ = TOPIC.tasks
RUDE = '<script>alert("x")</script>'


def came(task, name, status, misconception=""):
    return Test(task, name, f"it {name}", status, 0, 2, misconception)


def learner(name, *tests, **more):
    points = {task: float(most) for task, most in TOPIC.tasks.items()}
    for test in tests:
        if test.status == "fail":
            points[test.task] = 1.0
    return Learner(name, name, sum(points.values()), points, list(tests), **more)


@pytest.fixture
def found():
    """Three are stuck, two of them at one test; one is done; one file is damaged."""
    well = came(FIRST, "answers", "pass")
    polls = came(THIRD, "sleeps", "fail", "M26")
    other = came(THIRD, "sleeps", "fail")
    gone = came(SECOND, "ends", "fail", "M14")
    learners = [
        learner("anna", well),
        learner("ben", well, polls, checks={THIRD: Checks(7, 2)}, seconds=3.5),
        learner(
            "cleo", well, other, checks={THIRD: Checks(30, 9)}, seconds=1.5, runs=2
        ),
        learner(RUDE, gone, came(THIRD, "sleeps", "skip"), polls),
        Learner("eve", "eve", 0.0, {}, empty={FIRST: "no notebook"}, look="a look"),
    ]
    return Gathered(TOPIC, learners, missing=["zoe"])


def test_where_people_are_stuck_is_the_first_task_that_is_not_whole(found):
    groups = [
        (task, test and test.id, [one.shown for one in learners])
        for task, test, learners in found.stuck()
    ]
    assert groups == [
        (THIRD, "sleeps", ["ben", "cleo"]),
        (SECOND, "ends", [RUDE]),
        (FIRST, None, ["eve"]),
    ]


def test_each_learner_counts_once_in_a_cell_of_the_map(found):
    found.learners[1].tests.append(came(THIRD, "sees off", "fail", "M26"))
    assert found.counts() == {
        (THIRD, "M26"): 2,
        (THIRD, NO_NAME): 1,
        (SECOND, "M14"): 1,
        (FIRST, NOTHING): 1,
    }
    assert found.firsts() == [(NO_NAME, 1), ("M14", 1), ("M26", 1)]
    assert found.shares(THIRD) == (1, 3, 1)


def test_the_page_shows_all_of_it_and_escapes_every_name(found):
    text = page.page([Part(found)])
    assert '<html lang="en">' in text
    assert RUDE not in text and "&lt;script&gt;" in text
    # Whoever has checked most in vain stands first.
    assert text.index("30 checks, 9 in vain") < text.index("7 checks, 2 in vain")
    assert "M26" in text and "a failure without a name" in text
    assert "Nothing of: zoe" in text
    assert re.search(r"run again[^<]*: 2 times", text)
    assert "prefers-color-scheme: dark" in text
    assert not re.search(r'(?:src|href)="(?!#|data:)', text), "nothing from elsewhere"


def test_a_cell_of_the_map_opens_one_run_and_what_all_share_is_there_once(found):
    shared = "<style>.ab{x}</style>{}<script>mount()</script>"
    runs = {
        (THIRD, "M26"): Picture(shared.replace("{}", "one run"), "", ""),
        (SECOND, "M14"): Picture(shared.replace("{}", "another"), "", ""),
    }
    text = page.page([Part(found, runs)])
    ids = re.findall(r'data-run="([^"]+)"', text)
    assert len(ids) == 2
    assert all(f'<template id="{one}">' in text for one in ids)
    assert "one run" in text and "another" in text
    assert text.count("mount()</script>") == text.count(".ab{x}") == 1


def test_a_class_of_which_nothing_was_marked_is_told(found):
    found.learners = [Learner("anna", "anna", None, {}, note="not graded yet")]
    text = page.page([Part(found), Part(found)])
    assert "not graded yet" in text
    assert "Points for each task" not in text


def test_the_table_has_a_line_for_each_learner_and_test(found, tmp_path):
    found.learners[3].student = "=1+1"
    table.write(tmp_path / "05.csv", [found])
    with (tmp_path / "05.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    [ben] = [
        one for one in lines if one["learner"] == "ben" and one["test"] == "sleeps"
    ]
    assert (ben["misconception"], ben["checks"], ben["checks_in_vain"]) == (
        *("M26", "7", "2"),
    )
    assert (ben["status"], ben["task_points"], ben["seconds"]) == ("fail", "1", "3.5")
    assert {one["note"] for one in lines if one["learner"] == "eve"} == {"a look"}
    assert not [one for one in lines if one["learner"].startswith("=")]


@pytest.mark.parametrize(
    ("told", "counted"),
    [
        ({THIRD: {"checks": 4, "since": 9}}, {THIRD: Checks(4, 4)}),
        ({THIRD: {"checks": -1, "since": "x"}}, {}),
        ({THIRD: {"checks": 1e99, "since": 0}}, {THIRD: Checks(100_000, 0)}),
        ({"elsewhere": {"checks": 1, "since": 1}}, {}),
        ("many", {}),
    ],
)
def test_what_a_file_says_of_checks_is_bounded(tmp_path, told, counted):
    document = {"cells": [], "metadata": {"buckets": {"checks": told}}}
    (tmp_path / f"{TOPIC.name}.ipynb").write_text(json.dumps(document))
    assert gathered._checks(tmp_path, TOPIC) == counted


def test_code_beside_a_run_bears_nobodys_name():
    source = (
        '"""By Anna,\nfrom Ulm."""\n'
        "def f(x):  # Anna's\n"
        "    'Anna'\n"
        "    return x + '# no comment'"
    )
    left = nameless(source)
    assert "Anna" not in left and "Ulm" not in left
    assert left.split("\n")[4] == "    return x + '# no comment'"
    assert "Anna" not in nameless("def (  # Anna")
