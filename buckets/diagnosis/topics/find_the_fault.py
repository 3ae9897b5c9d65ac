"""Rules for what a learner says of recorded runs.

All is known of such a run, so there is nothing to guess: a belief fits all lines of it,
or a line speaks against it.
"""

from __future__ import annotations

from buckets.diagnosis.evidence import Evidence
from buckets.diagnosis.rules import NO_FINDING, Finding, Rules

TASKS = {
    "faults_of_goldsmiths",
    "faults_of_housekeepers",
    "faults_of_houses",
    "faults_of_loops",
    "faults_of_marks",
    "faults_of_parents",
    "faults_of_relays",
    "faults_of_walkers",
}

rule = Rules(TASKS)


@rule
def nothing_to_compare(evidence: Evidence) -> Finding | None:
    """It is no pair of a line and a belief."""
    if evidence.unmet.kind != "odd":
        return None
    facts = evidence.unmet.facts
    run, said = facts["run"], facts.get("said", "")
    match facts["why"]:
        case "none":
            return Finding("", "find_the_fault.none", said=said)
        case "unnamed":
            return Finding("", "find_the_fault.unnamed", run=run)
        case "no_pair":
            return Finding("", "find_the_fault.no_pair", run=run, said=said)
        case "no_line":
            most = facts["most"]
            return Finding("", "find_the_fault.no_line", run=run, said=said, most=most)
    return _no_choice(run, said, facts["meant"])


def _no_choice(run: str, said: str, meant: str) -> Finding:
    if meant:
        key = "find_the_fault.no_choice_but"
        return Finding("", key, run=run, said=said, meant=meant)
    return Finding("", "find_the_fault.no_choice", run=run, said=said)


@rule
def a_line_speaks_against_it(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "belief":
        return None
    facts = evidence.unmet.facts
    line, means = facts["line"], facts["means"]
    return Finding("M180", "find_the_fault.refuted", line=line, means=means)


@rule
def shows_at_another_line(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "line":
        return None
    line = evidence.unmet.facts["line"]
    if evidence.unmet.facts["early"]:
        return Finding("M181", "find_the_fault.early", line=line)
    return Finding("M181", "find_the_fault.late", line=line)


@rule
def has_not_answered(evidence: Evidence) -> Finding | None:
    """It is no server: what is known of servers does not apply."""
    return NO_FINDING
