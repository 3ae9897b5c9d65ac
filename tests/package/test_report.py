"""What a learner reads: the same verdict as text and as HTML."""

import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest

from buckets.report.html import render_html
from buckets.report.text import WIDTH, render_text
from buckets.verdict import TestResult, Verdict, all_errors, nothing_to_test

HOSTILE = '<script>alert("hi")</script> & "quotes"'


def failing(**more):
    fields = {
        "id": "silent",
        "title": "a silent client holds nobody up",
        "status": "fail",
        "max_points": 2,
        "diagnosis": "M11",
        "message": "nothing came",
        "transcript": ["silent  connects", "eager   < expected b'hi'"],
        "broken": 1,
        "doing": "1 process, 1 thread, asleep in recv()",
        "source": "data = conn.recv(4096)",
        "evidence": "recv() waits for silent.",
    }
    return TestResult(**{**fields, **more})


def verdict(*tests):
    return Verdict("serve_many", sum(test.max_points for test in tests), [*tests])


PASSED = TestResult("echo", "a line comes back", max_points=3)
SKIPPED = TestResult(
    "mob", "two hundred at once", "skip", max_points=1, message="needs: a line"
)
REPORT = verdict(PASSED, failing(), SKIPPED).settle()


def test_the_first_failure_stands_first_and_in_full():
    lines = render_text(REPORT).splitlines()
    assert lines[0].split() == "serve_many 3 of 6 points".split()
    assert lines[1].startswith("✗ a silent client holds nobody up")
    text = "\n".join(lines)
    for part in (
        "    silent  connects",
        "  ✗ eager   < expected b'hi'",
        "Your server: 1 process, 1 thread, asleep in recv()",
        "      data = conn.recv(4096)",
        "M11  connected is not yet served",
        "Lesson 05 shows this under “The person who waits”.",
    ):
        assert part in text
    assert lines[-2].startswith("✓ a line comes back")
    assert lines[-1].startswith("· two hundred at once (needs: a line)")


@pytest.mark.parametrize(("hints", "count"), [(0, 0), (1, 1), (3, 3), (9, 3)])
def test_hints_unfold_one_at_a_time(hints, count):
    assert render_text(REPORT, hints).count("▸ Hint") == count


def test_no_line_is_wider_than_a_terminal():
    assert max(map(len, render_text(REPORT, 3).splitlines())) <= WIDTH


def test_later_failures_take_one_line():
    second = failing(id="second", title="the second failure", transcript=["TOLD"])
    text = render_text(verdict(failing(), second))
    assert "✗ the second failure" in text
    assert "TOLD" not in text


def test_a_hidden_variant_that_fails_is_named_and_costs_what_it_guards():
    hidden = failing(id="crowd", title="a crowd", max_points=0, hardens="echo")
    report = verdict(PASSED, hidden).settle()
    text = render_text(report)
    assert "0 of 3 points" in text
    assert "✓ a line comes back (a harder variant of it failed)" in text


@pytest.mark.parametrize("render", [render_text, render_html])
def test_a_fault_of_the_grader_is_told_kindly(render):
    report = render(all_errors("serve_many", [replace(PASSED)], "the disk is full"))
    assert "the disk is full" in report
    assert "no fault of yours and costs no point" in " ".join(report.split())


@pytest.mark.parametrize("render", [render_text, render_html])
def test_nothing_handed_in_is_told_kindly(render):
    report = render(nothing_to_test("serve_many", 5, "There is no serve_many."))
    assert "There is no serve_many." in report
    assert "0 of 5 points" in report


@pytest.mark.parametrize(
    "field", ["title", "message", "doing", "source", "traceback", "output", "evidence"]
)
def test_html_is_whole_and_escapes_whatever_a_server_says(field):
    report = render_html(verdict(failing(**{field: HOSTILE})))
    ElementTree.fromstring(report.replace("&ensp;", " "))
    assert "<script" not in report


def test_html_needs_no_style_sheet_and_no_script():
    report = render_html(REPORT)
    for lost in ("<style", "<script", "onclick", "class="):
        assert lost not in report


def test_each_hint_holds_the_next():
    root = ElementTree.fromstring(render_html(REPORT).replace("&ensp;", " "))
    outer = root.findall("details")
    assert len(outer) == 1
    assert [len(outer[0].findall(".//details")), len(root.findall(".//summary"))] == [
        2,
        3,
    ]


def test_every_mark_has_a_word_for_those_who_do_not_see_it():
    report = render_html(REPORT)
    for word in ("passed", "failed", "skipped"):
        assert f'aria-label="{word}"' in report


def test_a_flood_of_output_is_bounded():
    flood = failing(output="x" * 10**6, traceback="y" * 10**6, details="z" * 10**6)
    assert len(render_html(verdict(flood))) < 60_000
