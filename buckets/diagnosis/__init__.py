"""Misconceptions by name, and the rules that recognise them.

misconceptions.toml   the catalogue: names, causes, hints
evidence.py           what is known at the moment a test fails
raised.py             what the learner's program itself says: its exceptions
answer.py             what an answer is, beside what was asked for, in plain words
rules.py              from evidence to a misconception, for every server
topics/               the same for the tasks of one topic
claims.py             no sentence says what the trace does not show
order.py              what is asked before what
experiments.py        the same scene with one thing changed
explain()             writes it all into the result that the learner reads
"""

from __future__ import annotations

from collections.abc import Iterable

from buckets.behaviour import Behaviour
from buckets.diagnosis.catalogue import get
from buckets.diagnosis.evidence import Evidence, gather
from buckets.diagnosis.order import diagnose
from buckets.diagnosis.raised import traceback_of
from buckets.driving.server import Server
from buckets.driving.unmet import Unmet
from buckets.verdict import TestResult

MOST_OUTPUT = 2000
MOST_EVENTS = 3000


def explain(
    result: TestResult, behaviour: Behaviour, server: Server, unmet: Unmet
) -> None:
    """Fill in what a learner needs to know about a failed test.

    Args:
        result: where to write; message and transcript are set even if the rest fails.
        behaviour: what was tested.
        server: still running, or dead; not yet stopped.
        unmet: the promise that was not kept.
    """
    result.message, result.details = unmet.text, unmet.details
    result.transcript = server.story.lines()
    result.broken = _broken(server)
    evidence = gather(server, behaviour, unmet)
    result.doing = describe(evidence)
    if evidence.place and evidence.ending is None:
        result.source = evidence.place.source
    if evidence.ending:
        result.traceback = evidence.ending.traceback
    result.output = server.output[-MOST_OUTPUT:]
    told = diagnose(evidence)
    result.question = told.question
    if told.finding:
        result.diagnosis = told.finding.id or None
        result.evidence = told.finding.text
    if told.oops and not result.traceback:
        result.traceback = traceback_of(told.oops, server.submission.sources)
    result.trace = _bounded(evidence)


def strike_off(result: TestResult, passed: Iterable[Behaviour]) -> None:
    """Take back what a passed test refutes: a belief, or a question about one.

    Args:
        result: of a test that failed.
        passed: the tests of the same task that did not.
    """
    names = {behaviour.name for behaviour in passed}
    known = get(result.diagnosis)
    if known and names & set(known.refuted_by):
        result.diagnosis = None
    if result.question in {key for each in passed for key in each.suspects}:
        result.question = ""


def _broken(server: Server) -> int | None:
    steps = [step.broken for step in server.story.shown()]
    return steps.index(True) if True in steps else None


def _bounded(evidence: Evidence) -> list[dict[str, object]]:
    """The trace for the replay: its beginning, and the end where the failure is."""
    events = evidence.log.trace.events
    if len(events) <= MOST_EVENTS:
        return events
    return events[: MOST_EVENTS // 2] + events[-MOST_EVENTS // 2 :]


def describe(evidence: Evidence) -> str:
    """What the server was doing, in one line: how many, where, on which line."""
    if evidence.ending:
        return _how_it_ended(evidence)
    vitals = evidence.vitals
    crowd = f"{_count(vitals.processes, 'process')}, {_count(vitals.threads, 'thread')}"
    if vitals.zombies:
        crowd += f", {_count(vitals.zombies, 'zombie')}"
    if evidence.unmet.kind == "memory":
        # It was stopped in the middle of taking more: at which call is chance.
        return crowd
    place = evidence.place
    if place is None and evidence.call == "read" and evidence.behaviour.options.driver:
        # The driver waits for the next order, where no learner needs to look.
        return f"{crowd}; your function has returned"
    where = f", line {place.line} of {place.cell}" if place else ""
    return f"{crowd}, {_state(evidence)}{where}"


def _state(evidence: Evidence) -> str:
    if evidence.spinning:
        return "spinning: it uses a whole CPU"
    blocked = evidence.blocked
    if blocked:
        whose = f" on {blocked.who}'s connection" if blocked.who else ""
        if blocked.op == "accept":
            whose = ""
        return f"asleep in {blocked.op}(){whose}"
    last = evidence.log.last
    if last.get("e") == "wait":
        return f"asleep in {last['api']}()"
    if evidence.call and evidence.call != "running":
        return f"asleep in {evidence.call}()"
    return "awake"


def _how_it_ended(evidence: Evidence) -> str:
    ending = evidence.ending
    assert ending
    if ending.how == "raised":
        place = f" at line {ending.at[1]} of {ending.at[0]}" if ending.at else ""
        return f"gone: {ending.kind}{place}"
    if ending.how == "returned":
        return "gone: its function returned"
    return f"gone: {ending.how} ({ending.error})"


def _count(number: int, word: str) -> str:
    plural = "es" if word.endswith("s") else "s"
    return f"{number} {word}{plural if number != 1 else ''}"
