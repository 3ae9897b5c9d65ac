"""Misconceptions by name, and the rules that recognise them.

misconceptions.toml   the catalogue: names, causes, hints
evidence.py           what is known at the moment a test fails
raised.py             what the learner's program itself says: its exceptions
answer.py             what an answer is, beside what was asked for, in plain words
rules.py              from evidence to a misconception, for every server
topics/               the same for the tasks of one topic
hints.py              hints that advise what was not done yet
claims.py             no sentence says what the trace does not show
order.py              what is asked before what
experiments.py        the same scene with one thing changed
explain()             writes it all into the result that the learner reads
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from buckets.behaviour import Behaviour
from buckets.diagnosis.catalogue import get
from buckets.diagnosis.evidence import TAKES_MORE, Event, Evidence, gather
from buckets.diagnosis.hints import worth_telling
from buckets.diagnosis.order import diagnose
from buckets.diagnosis.raised import traceback_of
from buckets.diagnosis.rules import Finding
from buckets.driving.server import Server
from buckets.driving.unmet import Unmet
from buckets.texts import Said, said, say
from buckets.verdict import TestResult

MOST_OUTPUT = 2000
MOST_EVENTS = 3000
# What the machinery around a learner's code does, too, where that code is held.
FILES = ("read", "write")
# Kinds of what was not met that are about something said, by a client or a learner.
SAID = frozenset("accused missed odd belief line".split())


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
    if evidence.ending:
        result.traceback = evidence.ending.traceback
    result.output = server.output[-MOST_OUTPUT:]
    told = diagnose(evidence)
    result.doing, result.source = _doing(evidence, told.finding)
    result.question = told.question
    if told.finding:
        result.diagnosis = told.finding.id or None
        result.evidence = str(told.finding.said)
        known = get(result.diagnosis)
        if known:
            told_here = known.told_in(behaviour.topic, behaviour.task)
            result.hints = [*worth_telling(evidence, told_here)]
    if told.oops and not result.traceback:
        result.traceback = traceback_of(told.oops, server.submission.sources)
    result.trace = _bounded((server.met or server).trace().events)


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


def _bounded(events: list[dict[str, object]]) -> list[dict[str, object]]:
    """The trace for the replay: its beginning, and the end where the failure is.

    Where a learner's client was tested, it is the run of the server that it met.
    """
    if len(events) <= MOST_EVENTS:
        return events
    return events[: MOST_EVENTS // 2] + events[-MOST_EVENTS // 2 :]


def describe(evidence: Evidence) -> str:
    """What the server was doing, in one line: how many, where, on which line."""
    if evidence.unmet.kind in SAID:
        # Who has said what they think does nothing any more.
        return ""
    if evidence.ending:
        return _how_it_ended(evidence)
    crowd = _crowd(evidence)
    place = evidence.place
    where = said("raised.place", line=place.line, cell=place.cell) if place else None
    if evidence.unmet.kind in TAKES_MORE or evidence.turning:
        # It was stopped in the middle of taking more, or while a loop turns: at which
        # call is chance.
        return say("doing.at", crowd=crowd, place=where) if where else str(crowd)
    if evidence.stands_by:
        # Where the other process is nobody has asked it.
        return str(crowd)
    if evidence.is_with_its_driver and evidence.call in ("read", "waitpid"):
        # The driver waits for the next order, where no learner needs to look.
        return say(_when_it_is_over(evidence), crowd=crowd)
    state = _state(evidence)
    if place is None:
        return say("doing.state", crowd=crowd, state=state)
    if state is None:
        return say("doing.at", crowd=crowd, place=where)
    return say("doing.state_at", crowd=crowd, state=state, place=where)


def _when_it_is_over(evidence: Evidence) -> str:
    """What the driver has called last; of a class there is no one function."""
    whole = _is_of_a_class(evidence)
    return "doing.no_line_at_work" if whole else "doing.has_returned"


def _is_of_a_class(evidence: Evidence) -> bool:
    """Whether the task is to write a class, which a driver puts to use."""
    is_class = re.compile(rf"^class\s+{re.escape(evidence.behaviour.task)}\b", re.M)
    return any(map(is_class.search, evidence.sources.values()))


def _crowd(evidence: Evidence) -> Said:
    vitals = evidence.vitals
    counts = {
        "processes": _count(vitals.processes, "process"),
        "threads": _count(vitals.threads, "thread"),
        "zombies": _count(vitals.zombies, "zombie"),
    }
    crowd = said(
        "doing.crowd_and_zombies" if vitals.zombies else "doing.crowd", **counts
    )
    if not vitals.helpers:
        return crowd
    helpers = _count(vitals.helpers, "helper")
    return said("doing.crowd_beside_helpers", crowd=crowd, helpers=helpers)


def _state(evidence: Evidence) -> Said | None:
    """Asleep in which call, or awake; of several, it is the first that is looked at.

    None where it sleeps in a call that its line does not make: whoever reads that line
    would look for it there.
    """
    if evidence.spinning:
        return said("doing.spinning")
    asleep = _asleep(evidence)
    if asleep and evidence.vitals.processes > 1:
        return said("doing.first_process", state=asleep)
    if asleep and evidence.vitals.threads > 1:
        return said("doing.first_thread", state=asleep)
    return asleep


def _asleep(evidence: Evidence) -> Said | None:
    place = evidence.place
    blocked, last = evidence.blocked, evidence.log.last
    if blocked and blocked.who and blocked.op != "accept":
        return said("doing.asleep_on", call=blocked.op, who=blocked.who)
    if blocked:
        return said("doing.asleep", call=blocked.op)
    if last.get("e") == "wait":
        return said("doing.asleep", call=last["api"])
    if evidence.call and evidence.call != "running":
        if place and evidence.call in FILES and evidence.call not in place.source:
            return None
        return said("doing.asleep", call=evidence.call)
    return said("doing.awake")


def _doing(evidence: Evidence, found: Finding | None) -> tuple[str, str]:
    """What it was doing, and the line of the learner's.

    Of several threads, that is the first, unless a finding is about another.
    """
    if found and found.seen:
        return _doing_elsewhere(evidence, *found.seen)
    place = evidence.place if evidence.ending is None else None
    return describe(evidence), place.source if place else ""


def _doing_elsewhere(evidence: Evidence, event: Event, who: str) -> tuple[str, str]:
    """The same for another thread than the first."""
    state = said("doing.one_asleep_on", call=event["op"], who=who)
    crowd = _crowd(evidence)
    if "at" not in event:
        return say("doing.state", crowd=crowd, state=state), ""
    cell, line = event["at"]
    lines = evidence.sources.get(cell, "").splitlines()[line - 1 : line]
    where = said("raised.place", line=line, cell=cell)
    doing = say("doing.state_at", crowd=crowd, state=state, place=where)
    return doing, "".join(lines).strip()


def _how_it_ended(evidence: Evidence) -> str:
    ending = evidence.ending
    assert ending
    if ending.how == "raised" and ending.at:
        cell, line = ending.at
        place = said("raised.place", line=line, cell=cell)
        return say("doing.raised_at", kind=ending.kind, place=place)
    if ending.how == "raised":
        return say("doing.raised", kind=ending.kind)
    if ending.how == "returned":
        whole = _is_of_a_class(evidence)
        return say("doing.class_is_done" if whole else "doing.returned")
    return say("doing.gone", how=ending.how, error=ending.error)


def _count(number: int, word: str) -> Said:
    return said(f"doing.{word}" if number == 1 else f"doing.{word}_many", n=number)
