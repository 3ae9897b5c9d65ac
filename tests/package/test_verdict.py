"""Verdicts: points, guards, and faults that cost nobody anything."""

import math

import pytest

from buckets.verdict import TestResult, Verdict, all_errors, nothing_to_test


def result(name, status="pass", points=1.0, **more):
    return TestResult(name, name, status, max_points=points, **more)


@pytest.mark.parametrize(
    ("statuses", "points"),
    [
        (["pass", "pass"], 2),
        (["pass", "fail"], 1),
        (["fail", "skip"], 0),
        (["pass", "error"], 2),
        (["fail", "error"], 1),
    ],
)
def test_only_failures_and_skips_cost_points(statuses, points):
    tests = [result(f"t{n}", status) for n, status in enumerate(statuses)]
    assert Verdict("task", 2, tests).points == points


@pytest.mark.parametrize(
    ("guard", "points"), [("pass", 3), ("fail", 0), ("error", 3), ("skip", 3)]
)
def test_a_hidden_variant_guards_the_points_of_a_visible_test(guard, points):
    hidden = result("harder", guard, 0, hardens="visible")
    assert Verdict("task", 3, [result("visible", points=3), hidden]).points == points


def test_a_hidden_variant_may_guard_several_and_no_other():
    tests = [result(name) for name in ("one", "on", "two", "three")]
    tests.append(result("harder", "fail", 0, hardens="one two"))
    assert Verdict("task", 4, tests).points == 2


@pytest.mark.parametrize("points", [math.nan, -5.0, 1e9])
def test_points_are_clamped_whatever_a_test_says(points):
    earned = Verdict("task", 2, [result("t", points=points)]).points
    assert 0 <= earned <= 2


def test_a_verdict_survives_its_document():
    tests = [result("a"), result("b", "fail", diagnosis="M11", transcript=["x"])]
    verdict = Verdict("task", 2, tests).settle()
    again = Verdict.from_document(verdict.document())
    assert again.document() == verdict.document()
    assert again.first_failure.diagnosis == "M11"


def test_a_fault_of_the_grader_is_not_full_marks_but_costs_nothing():
    verdict = all_errors("task", [result("a"), result("b")], "no space left on disk")
    assert verdict.points == verdict.max_points == 2
    assert not verdict.full
    assert [test.message for test in verdict.errors] == ["no space left on disk"] * 2


def test_nothing_handed_in_is_no_points_and_says_why():
    verdict = nothing_to_test("task", 5, "There is no task in this notebook.")
    assert (verdict.points, verdict.max_points, verdict.full) == (0, 5, False)
