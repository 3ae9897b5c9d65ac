"""Every mistake fails with its diagnosis, and every alternative gets full marks."""

import difflib
import os
import re
from dataclasses import replace

import pytest
from a_tool import tool
from handed_in import (
    header,
    name_of,
    results_until_failure,
    topic_of,
    verdict_on,
)

from buckets import course
from buckets.diagnosis.catalogue import catalogue
from buckets.report.text import render_text
from buckets.verdict import Verdict

TOPICS = course.topics()
MISTAKES = [path for topic in TOPICS for path in topic.mistakes]
ALTERNATIVES = [path for topic in TOPICS for path in topic.alternatives]
RECORD = os.environ.get("BUCKETS_RECORD")
# Whom tests call by name; names that are words, too, such as "late", prove nothing.
CAST = set("anna ben cleo dan eve loris sipper gulper dribbler ghost eager".split())
MOST_WORDS = 160

each_mistake = pytest.mark.parametrize("mistake", MISTAKES, ids=name_of)
each_alternative = pytest.mark.parametrize("alternative", ALTERNATIVES, ids=name_of)


def told_in_full(failure):
    """What a report says of a failure, without what differs from run to run.

    That is the line at which a spinning server is met, and whether a client gave it up
    for its CPU time or (on a crowded machine) at the deadline. From Python to Python,
    the carets in tracebacks differ; from kernel to kernel, how much a send() takes, and
    so how much can be read, and at which byte of a long stream there is a hole.
    """
    part = r"\([\d,]+ bytes\) so far"
    told = [re.sub(part, "(a part) so far", line) for line in failure.transcript]
    hole = r"something else from byte [\d,]+ on"
    if any(re.search(hole, line) for line in told):
        told = [re.sub(hole, "something else from some byte on", line) for line in told]
        failure = replace(failure, details="")
    seen = re.sub(r"took [\d,]+ of", "took a part of", failure.evidence)
    failure = replace(failure, transcript=told, evidence=seen)
    hurry = any("in no hurry to read" in line for line in told)
    chance = "from some byte on", "takes what has come so far"
    if hurry and any(words in line for line in told for words in chance):
        failure = replace(failure, transcript=[], details="")
    late, busy = "until the deadline", "and the server is busy with something else"
    if "spinning" in failure.doing:
        transcript = [line.replace(late, busy) for line in failure.transcript]
        doing = failure.doing.partition(", line ")[0]
        failure = replace(failure, doing=doing, source="", transcript=transcript)
    if " stirs " in failure.message:
        # Where it is met in that is chance.
        doing = failure.doing.partition(", asleep")[0].partition(", awake")[0]
        failure = replace(failure, doing=doing, source="")
    report = render_text(Verdict("task", failure.max_points, [failure]), hints=3)
    _, _, in_full = report.partition("\n\n")
    return re.sub(r"^ +[~^]+\n", "", in_full, flags=re.MULTILINE)


@each_mistake
def test_a_mistake_fails_with_its_diagnosis(mistake, once):
    results = once(results_until_failure, mistake)
    assert [result.message for result in results if result.status == "error"] == []
    failure = results[-1]
    assert failure.status == "fail", "it passes all tests"
    assert failure.diagnosis == header(mistake)["diagnosis"], told_in_full(failure)


@each_mistake
def test_a_mistake_is_reported_as_recorded(mistake, once):
    """With BUCKETS_RECORD=1 in the environment the reports are written anew."""
    report = told_in_full(once(results_until_failure, mistake)[-1])
    record = mistake.with_suffix(".txt")
    if RECORD:
        record.write_text(report, encoding="utf-8")
    recorded = record.read_text(encoding="utf-8") if record.exists() else ""
    difference = difflib.unified_diff(
        recorded.splitlines(), report.splitlines(), str(record.name), "now", lineterm=""
    )
    assert report == recorded, "\n".join(difference)


@each_mistake
def test_a_report_names_nobody_who_took_no_part(mistake, once):
    """A sentence of evidence speaks of clients who are in the story, and no others."""
    failure = once(results_until_failure, mistake)[-1]
    there = {event.get("who") for event in failure.trace} | words(failure.transcript)
    told = re.sub(r"b'[^']*'|b\"[^\"]*\"", "", failure.evidence)
    assert words([told]) & CAST <= there
    assert tool("random_runs").untrue(failure) == []


def words(texts):
    return set(re.findall(r"[a-z][\w-]*", " ".join(texts)))


@each_alternative
def test_an_alternative_gets_full_marks(alternative, once):
    verdict = once(verdict_on, alternative)
    assert verdict.full, render_text(verdict)


@pytest.mark.parametrize("path", MISTAKES + ALTERNATIVES, ids=name_of)
def test_a_file_says_what_it_is_about(path):
    fields = header(path)
    assert fields["title"].endswith("."), "a sentence on the first line"
    assert fields["task"] in topic_of(path).tasks
    assert max(map(len, path.read_text().splitlines())) <= 79
    if path in MISTAKES:
        assert fields["diagnosis"] in catalogue()


def test_reports_are_short():
    """Nearly all have 160 words at most before their hints; some have tracebacks."""
    records = [path.with_suffix(".txt").read_text("utf-8") for path in MISTAKES]
    counts = sorted(len(told.partition("▸")[0].split()) for told in records)
    assert counts[len(counts) * 95 // 100] <= MOST_WORDS, counts[-20:]


def test_no_report_sends_anybody_to_a_lesson_that_is_not_met_yet():
    for path in MISTAKES:
        told = path.with_suffix(".txt").read_text("utf-8")
        for number in re.findall(r"Lesson (\d\d) shows", told):
            assert number <= path.parent.name[:2], path


def test_no_record_is_left_of_a_mistake_that_is_gone():
    kept = {path.with_suffix(".txt") for path in MISTAKES}
    folder = course.root() / "tests" / "mistakes"
    assert set(folder.glob("*/*.txt")) <= kept


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_has_mistakes_and_alternatives_for_its_last_task(topic):
    last = list(topic.tasks)[-1]
    for paths in (topic.mistakes, topic.alternatives):
        assert last in {header(path)["task"] for path in paths}
