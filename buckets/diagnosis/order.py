"""The order in which rules are asked: this file, and the order in each of the others.

Those for some tasks come before the general ones: what is a mistake in one lesson may
be the right thing in another. Where two groups of a topic know about the same task,
the one whose evidence is the more certain stands first.
"""

from __future__ import annotations

from dataclasses import dataclass

from buckets.diagnosis import answer, claims, raised, rules
from buckets.diagnosis.catalogue import get
from buckets.diagnosis.evidence import Evidence
from buckets.diagnosis.raised import Oops
from buckets.diagnosis.rules import NO_FINDING, Finding, Rules, plainly
from buckets.diagnosis.topics import (
    back_bucket,
    back_pressure,
    break_it,
    connecting_out,
    database,
    event_loop,
    faults,
    find_the_fault,
    fork,
    gold,
    housekeeping,
    one_bucket,
    state_machine,
    the_queue,
    threads,
    window,
)

ORDER: tuple[Rules, ...] = (
    break_it.rule,
    find_the_fault.rule,
    one_bucket.rule,
    the_queue.rule_for_forecasts,
    the_queue.rule,
    fork.rule,
    threads.rule,
    back_bucket.rule,
    event_loop.rule_for_all,
    event_loop.rule_for_servers,
    event_loop.rule_for_rooms,
    event_loop.rule_for_echoes,
    event_loop.rule,
    state_machine.rule,
    housekeeping.rule_for_houses,
    housekeeping.rule_for_timers,
    housekeeping.rule,
    window.rule,
    window.rule_for_looks,
    window.rule_for_loops,
    window.rule_for_servers,
    window.rule_at_last,
    connecting_out.rule,
    connecting_out.rule_for_calls,
    connecting_out.rule_for_logs,
    connecting_out.rule_for_names,
    connecting_out.rule_for_relays,
    connecting_out.rule_at_last,
    back_pressure.rule_for_pieces,
    back_pressure.rule_for_marks,
    back_pressure.rule_for_rooms,
    back_pressure.rule_at_last,
    gold.rule_for_strings,
    gold.rule,
    gold.rule_for_pools,
    gold.rule_at_last,
    faults.rule_for_calls,
    faults.rule_for_limits,
    faults.rule_for_ends,
    faults.rule_for_monitors,
    faults.rule_at_last,
    database.rule_for_stores,
    database.rule_for_commands,
    database.rule_for_servers,
    rules.rule,
)


@dataclass(frozen=True)
class Diagnosis:
    """What is to be told of a failure.

    Args:
        finding: a misconception and its evidence, or evidence in plain words alone.
        question: a misconception that may be asked about, where nothing was found.
        oops: the exception that is told of, where there is one.
    """

    finding: Finding | None = None
    question: str = ""
    oops: Oops | None = None


def diagnose(evidence: Evidence) -> Diagnosis:
    """The program's own words, then what a rule finds, then what the answer looks like.

    What a test was written to catch is no finding: it may be asked about.
    """
    oops, said = raised.first_said(evidence)
    if said:
        return Diagnosis(said, oops=oops)
    odd = answer.of_another_type(evidence)
    if odd:
        return Diagnosis(plainly(odd))
    found = _found(evidence)
    if found and found.id and found.text:
        return Diagnosis(found)
    door = rules.closed_the_door(evidence)
    if door:
        return Diagnosis(door)
    oops, said = raised.last_said(evidence)
    if said:
        return Diagnosis(said, oops=oops)
    if found and not found.id and found.text:
        return Diagnosis(found)
    plain = answer.in_plain_words(evidence)
    if plain or (found and not found.id):
        return Diagnosis(plainly(plain) if plain else found)
    return Diagnosis(question=_may_be_asked(evidence))


def _found(evidence: Evidence) -> Finding | None:
    """What the first rule finds whose sentence is borne out by the run."""
    for group in ORDER:
        for ask in group.of(evidence.behaviour.task):
            found = ask(evidence)
            if found is NO_FINDING:
                return None
            # No evidence, no cause: what a test was written to catch is a question.
            if found and (not found.text or _stands(evidence, found)):
                return found
    return None


def _stands(evidence: Evidence, found: Finding) -> bool:
    if not raised.explains(evidence, found) or not may_be_told(evidence, found.id):
        return False
    return not claims.contradicted(found.text, evidence)


def may_be_told(evidence: Evidence, key: str) -> bool:
    """Whether the lesson that an id needs has been reached."""
    known = get(key)
    return known is None or known.told_from <= evidence.behaviour.topic


def _may_be_asked(evidence: Evidence) -> str:
    """The first suspect of the test, where nothing is known to be otherwise."""
    silent = evidence.unmet.kind in ("nothing", "wrong", "extra", "eof")
    suspects = evidence.behaviour.suspects
    if evidence.ending or not silent or not suspects:
        return ""
    return suspects[0] if may_be_told(evidence, suspects[0]) else ""
