"""Rules for a server that forks: two copies of everything, ends, zombies, a ceiling.

They are asked first, and for the tasks of exercise 03 alone: to be many, and to wait in
accept(), is a mistake in a later lesson, and here it is what is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from buckets.diagnosis.evidence import Event, Evidence
from buckets.diagnosis.rules import NO_FINDING, Finding, Rules, suspected, suspected_of
from buckets.texts import said
from buckets.trace.code import loop_around, names

CEILING = {"full_house", "mended_parent"}
TASKS = CEILING | {"hire", "hire_and_reap"}
CREW = 4
# What only the operating system tells of; see buckets.driving.topics.fork.
SEEN = {"few", "many", "zombies", "door", "stray", "leak"}

rule = Rules(TASKS)


def _of_children(evidence: Evidence) -> Iterator[Event]:
    """What the children did, and not the parent."""
    trace = evidence.log.trace
    for event in trace.events:
        if "p" in event and event["p"] != trace.main:
            yield event


REAPS = ("wait", "waitpid", "waitid", "wait3", "wait4")
"""The calls by which a parent asks for a child that has ended."""


def _in_wait(evidence: Evidence) -> bool:
    """Whether the parent sleeps in wait() or one of its relatives."""
    if evidence.ending:
        return False
    source = evidence.place.source if evidence.place else ""
    called = re.search(rf"\b({'|'.join(REAPS)}|join)\(", source)
    return evidence.call == "waitpid" or (evidence.call is None and bool(called))


def _one_wait_for_several(evidence: Evidence) -> str:
    """Who hears of children by a signal believes that it counts; others, that one wait
    is enough."""
    sources = evidence.sources.values()
    return "M57" if names(sources, evidence.behaviour.task, "SIGCHLD") else "M96"


def _asks_for_children(evidence: Evidence) -> bool:
    """Whether its code waits for children, by whatever call."""
    sources, task = evidence.sources.values(), evidence.behaviour.task
    return any(names(sources, task, call) for call in REAPS)


# It has ended -----------------------------------------------------------------------


@rule
def no_child_to_wait_for(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if not ending or ending.kind != "ChildProcessError":
        return None
    if _live_on(evidence):
        return Finding("M59", "fork.waited_for_already")
    # Whoever asks in a loop of its own has thought of several.
    asked = _one_wait_for_several(evidence)
    return Finding(asked if asked == "M57" else "", "fork.no_child_to_wait_for")


def _live_on(evidence: Evidence) -> bool:
    """Whether some children had not ended yet."""
    events = evidence.log.trace.events
    hired = {event["child"] for event in events if event["e"] == "fork"}
    ended = {event["p"] for event in events if event["e"] == "end"}
    return bool(hired - ended)


@rule
def roles_are_exchanged(evidence: Evidence) -> Finding | None:
    """The process that was started looks after a client, and ends like a child."""
    if evidence.ending is None or evidence.ending.how not in ("exited", "returned"):
        return None
    log = evidence.log
    if not log.of_all("accept") or not list(_of_children(evidence)):
        return None
    for who in log.clients:
        if log.of(who, "recv") and log.of(who, "send"):
            return Finding("", "fork.roles_are_exchanged", who=who)
    return None


def _exchanged(evidence: Evidence) -> Finding | None:
    """The process that was started looks after a client; that is a child's work."""
    log = evidence.log
    looked_after = [who for who in log.clients if log.of(who, "recv", "try")]
    if not looked_after:
        return None
    return Finding("", "fork.child_instead_of_parent", who=looked_after[0])


# Where a child ends -----------------------------------------------------------------


@rule
def child_at_the_door(evidence: Evidence) -> Finding | None:
    if evidence.ending or evidence.unmet.kind not in SEEN | {"nothing"}:
        return None
    had_a_client = set()
    for event in _of_children(evidence):
        if event["e"] == "recv":
            had_a_client.add(event["p"])
        accepts = event["e"] == "accept" or event.get("op") == "accept"
        if accepts and event["e"] != "fail":
            found = _exchanged(evidence)
            if found or event["p"] in had_a_client:
                return found or Finding("M55", "fork.child_at_the_door")
    return None


@rule
def nobody_was_forked_for_it(evidence: Evidence) -> Finding | None:
    """The parent has let it in and closed its copy, the only one that there was."""
    who, log = evidence.unmet.who, evidence.log
    mine = log.of(who, "accept", "close")
    if evidence.unmet.kind not in ("eof", "reset") or evidence.ending:
        return None
    if [event["e"] for event in mine] != ["accept", "close"]:
        return None
    begin, end = (event["t"] for event in mine)
    if any(begin <= event["t"] <= end for event in log.of_any("fork")):
        return None
    return Finding("", "fork.nobody_was_forked_for_it", who=who)


@rule
def ended_for_both(evidence: Evidence) -> Finding | None:
    """shutdown() is about the connection, and not about one copy of it."""
    who = evidence.unmet.who
    if evidence.unmet.kind not in ("eof", "reset", "nothing") or evidence.ending:
        return None
    if not evidence.log.of(who, "shut") or not list(_of_children(evidence)):
        return None
    return Finding("", "fork.ended_for_both", who=who)


@rule
def child_came_out(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "stray" or evidence.ending:
        return None
    how = {
        "returned": said("words.it_returned"),
        "exited": said("words.it_exited"),
    }
    for stray in evidence.strays:
        text = how.get(stray.how, said("words.it_raised", kind=stray.kind))
        return Finding("M55", "fork.child_came_out", text=text)
    return Finding("M55", "fork.child_came_out_2")


# Waiting for one --------------------------------------------------------------------


@rule
def waits_for_one_child(evidence: Evidence) -> Finding | None:
    if not _in_wait(evidence) or evidence.unmet.kind not in ("nothing", "few"):
        return None
    living = evidence.vitals.processes - 1
    if evidence.behaviour.task in CEILING and (living >= CREW or _for_any(evidence)):
        # That is what it should do with a crew that is complete, or is taken for it.
        return None
    who = evidence.unmet.who
    for_whom = (
        said("words.waits", who=who)
        if who != "server"
        else said("words.everybody_else_waits")
    )
    return Finding("M58", "fork.waits_for_one_child", for_whom=for_whom)


def _for_any(evidence: Evidence) -> bool:
    """Whether it waits for any child that ends, and not for a certain one."""
    source = evidence.place.source if evidence.place else ""
    return bool(re.search(r"\bwait\(\)|\bwait(pid|3|4)\(\s*-1", source))


@rule
def asks_for_the_end(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "rest" or evidence.behaviour.task not in CEILING:
        return None
    return Finding("M26", "fork.asks_for_the_end")


@rule
def asks_for_ever(evidence: Evidence) -> Finding | None:
    """waitpid() has said that nobody has ended, and is asked again at once."""
    place = evidence.place
    if not evidence.spinning or place is None:
        return None
    if evidence.vitals.processes < 2:
        return None  # without a child it says so by ChildProcessError
    loop = loop_around(evidence.sources.get(place.cell, ""), place.line)
    if "WNOHANG" not in loop or re.search(r"\b(accept|select|poll|fork)\(", loop):
        return None
    return Finding(_one_wait_for_several(evidence), "fork.asks_for_ever")


# Copies -----------------------------------------------------------------------------


@rule
def last_copy(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    if unmet.kind != "nothing" or "end of the connection" not in unmet.text:
        return None
    if evidence.ending or not evidence.log.descriptors_of(unmet.who):
        return None
    gone = any(event["e"] in ("end", "close") for event in _of_children(evidence))
    if not gone:
        return None
    return Finding("M21", "fork.last_copy", who=unmet.who)


@rule
def copy_of_the_door(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "door":
        return None
    return Finding("M21", "fork.copy_of_the_door")


@rule
def kept_descriptors(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "leak" or not evidence.log.keeps_a_connection:
        return None
    return Finding("M21", "fork.kept_descriptors")


# Zombies ----------------------------------------------------------------------------


@rule
def left_as_zombies(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "zombies":
        return None
    if suspected_of(evidence, "M57"):
        believed = _one_wait_for_several(evidence)
        if believed == "M96" and evidence.vitals.zombies:
            believed = "M56"  # at its looks around, nobody waits for those
        return Finding(believed, "fork.left_as_zombies")
    sleeps = re.search(r"sleeps for (\S+) s at a time", evidence.unmet.text)
    if sleeps and _asks_for_children(evidence):
        return Finding("", "fork.looks_too_seldom", limit=sleeps[1])
    return Finding("M56", "fork.left_as_zombies_2")


# The ceiling ------------------------------------------------------------------------


@rule
def no_ceiling(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "many" or evidence.behaviour.task not in CEILING:
        return None
    if "sent away" in evidence.unmet.text:
        return Finding("M59", "fork.sent_away")
    return Finding("M59", "fork.one_more", crew=CREW)


@rule
def place_not_given_back(evidence: Evidence) -> Finding | None:
    living = evidence.vitals.processes - 1
    nothing = evidence.unmet.kind in ("nothing", "busy") and evidence.ending is None
    if evidence.log.of_everybody(evidence.unmet.who, "accept"):
        return None
    if not nothing or living >= CREW or evidence.behaviour.task not in CEILING:
        return None
    # It waits for somebody to leave, as it should with a crew that is complete.
    full = _in_wait(evidence) and _for_any(evidence)
    if not suspected_of(evidence, "M59") and not full:
        return None
    several = "words.children" if living else "words.no_children"
    children = said("words.one_child" if living == 1 else several, living=living)
    belief = "M59" if suspected_of(evidence, "M59") else ""
    if evidence.ignores_ends:
        return Finding(belief, "fork.place_not_given_back_2", children=children)
    return Finding(belief, "fork.place_not_given_back", children=children)


@rule
def what_the_test_was_written_for(evidence: Evidence) -> Finding | None:
    """Waiting in accept() is right here, so the rules about that must not be asked."""
    blocked = evidence.blocked
    if evidence.ending or (blocked and blocked.op == "recv"):
        return None
    if evidence.unmet.kind == "few" and evidence.vitals.threads > 1:
        return NO_FINDING
    return suspected(evidence) or NO_FINDING
