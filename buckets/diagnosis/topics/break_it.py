"""Rules for tasks that are clients: they say of a server whether it is wrong.

What the server did is known, and is no fault of the learner's. What is looked at is the
client: the last that it heard before it accused a right server, or that it was content
with a wrong one.
"""

from __future__ import annotations

from buckets.diagnosis.catalogue import get
from buckets.diagnosis.evidence import Event, Evidence, data_of
from buckets.diagnosis.rules import NO_FINDING, Finding, Rules
from buckets.driving.unmet import show
from buckets.texts import Said, said

TASKS = {
    "wrong_echo",
    "wrong_queue",
    "wrong_booths",
    "wrong_walker",
    "wrong_water",
    "wrong_loop",
    "wrong_memcached",
    "wrong_house",
}
# Their server is there for one client, so none but that one can notice anything.
FOR_ONE_CLIENT = {"wrong_echo"}

# Their server has a clock, which the first to connect moves: that one is no client.
BY_THE_CLOCK = {"wrong_house": "clock"}

rule = Rules(TASKS)


@rule
def took_the_clock_for_a_client(evidence: Evidence) -> Finding | None:
    """Nobody wound it, so the first who came moves the clock, and asks for nothing."""
    clock = BY_THE_CLOCK.get(evidence.behaviour.task)
    met = list(evidence.log.clients)
    if not clock or not met or clock in met:
        return None
    if evidence.unmet.kind not in ("accused", "missed"):
        return None
    return Finding("", "break_it.took_the_clock_for_a_client", who=met[0])


@rule
def accused_for_silence(evidence: Evidence) -> Finding | None:
    """The last that was heard before a right server was accused was nothing."""
    last = _last_heard(evidence)
    if evidence.unmet.kind != "accused" or not last or last["e"] != "silence":
        return None
    return Finding("M172", "break_it.accused_for_silence", who=last["who"])


@rule
def accused_a_right_one(evidence: Evidence) -> Finding | None:
    last = _last_heard(evidence)
    if evidence.unmet.kind != "accused":
        return None
    if not last:
        return Finding("M171", "break_it.accused_unheard")
    if last["e"] == "eof":
        return Finding("M171", "break_it.accused_for_an_end", who=last["who"])
    heard = show(data_of(last))
    return Finding("M171", "break_it.accused_for", who=last["who"], heard=heard)


@rule
def found_nothing_wrong(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "missed":
        return None
    if evidence.unmet.returned == "none":
        return Finding("", "break_it.none_returned")
    clock, taught = BY_THE_CLOCK.get(evidence.behaviour.task, ""), _taught(evidence)
    names = [name for name in evidence.log.clients if name != clock]
    if clock in evidence.log.clients and not evidence.log.poured(clock):
        return Finding("M170", "break_it.clock_stood_still", taught=taught)
    heard = [e for e in evidence.log.trace.events if e["e"] == "hear"]
    if not heard:
        return Finding("M170", "break_it.heard_nothing", taught=taught)
    if len(names) == 1:
        alone = evidence.behaviour.task in FOR_ONE_CLIENT
        told = "break_it.its_only_client" if alone else "break_it.one_client"
        return Finding("M170", told, who=names[0], taught=taught)
    told = "break_it.found_nothing_wrong"
    return Finding("M170", told, clients=len(names), taught=taught)


def _taught(evidence: Evidence) -> Said | str:
    """A sentence on where the lessons teach what this server does wrong, or ""."""
    belief = get(evidence.unmet.facts["belief"])
    belief = belief and belief.told_in(evidence.behaviour.topic)
    if not belief or not belief.heading:
        return ""
    lesson, _, _ = belief.lesson.partition("_")
    return said("break_it.taught", lesson=lesson, heading=belief.heading)


@rule
def never_said(evidence: Evidence) -> Finding | None:
    """It waits for what will never come, or goes on and on; it may have raised."""
    place = evidence.place
    if evidence.unmet.kind == "stuck" and place:
        return Finding("", "break_it.stuck", line=place.line, cell=place.cell)
    return NO_FINDING


def _last_heard(evidence: Evidence) -> Event | None:
    """The last step at which something was heard, or nothing, or an end."""
    kinds = ("hear", "silence", "eof")
    told = [e for e in evidence.log.trace.events if e["e"] in kinds]
    return told[-1] if told else None
