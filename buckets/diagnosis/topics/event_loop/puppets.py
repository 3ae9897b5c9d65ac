"""Rules for a loop and its puppets, whose exceptions and lines are known here."""

from __future__ import annotations

import re

from buckets.diagnosis.answer import heard_by
from buckets.diagnosis.evidence import Evidence
from buckets.diagnosis.rules import (
    DIED_OF,
    NO_FINDING,
    Finding,
    Rules,
    suspected,
    suspected_of,
    wanted,
)
from buckets.diagnosis.topics.event_loop.servers import LOOPS, sleeps_over
from buckets.texts import said

rule = Rules(LOOPS)


@rule
def has_a_time_limit(evidence: Evidence) -> Finding | None:
    """A call with a time limit waits for as long, and everybody with it."""
    limits = [e for e in evidence.log.of_any("block") if e.get("timeout")]
    tries = [e["fd"] for e in evidence.log.of_any("try") if e["op"].startswith("send")]
    for event in limits:
        if event["fd"] in tries:
            who = evidence.log.name(event["fd"]) or said("words.a_client")
            return Finding(
                "M13", "event_loop.has_a_time_limit", who=who, timeout=event["timeout"]
            )
    return None


@rule
def took_a_reset_for_an_end(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    told = re.match(rb"(\w+): (\w+Error)\n", unmet.expected)
    failed = [e for e in evidence.log.of_any("fail") if e.get("errno") == "ECONNRESET"]
    if unmet.kind not in ("wrong", "nothing") or not told or not failed:
        return None
    who = told[1].decode()
    return Finding(
        "M73", "event_loop.took_a_reset_for_an_end", told=told[2].decode(), who=who
    )


@rule
def read_from_the_first(evidence: Evidence) -> Finding | None:
    """It was registered for room alone, and came to speak before it came to write."""
    unmet = evidence.unmet
    back = b"back\n"
    if unmet.kind != "wrong" or not suspected_of(evidence, "M72"):
        return None
    if not unmet.expected.startswith(back) or unmet.got.startswith(back):
        return None
    return Finding("M72", "event_loop.read_from_the_first", who=unmet.who)


@rule
def watched_for_room_alone(evidence: Evidence) -> Finding | None:
    """Asked to watch for both, it watches for one: what has come lies unread."""
    log, wait = evidence.log, evidence.log.latest("wait")
    if not wait or not sleeps_over(evidence) or not suspected_of(evidence, "M72"):
        return None
    for who in log.clients:
        mine = set(log.descriptors_of(who))
        read = sum(event["n"] for event in log.of(who, "recv"))
        lies = len(log.poured(who)) > read
        orders = log.poured(who).rpartition(b"later ")[2]
        if lies and orders and mine & set(wait.get("w", [])) - set(wait.get("r", [])):
            return Finding("M72", "event_loop.watched_for_room_alone", who=who)
    return None


@rule
def a_mistake_ended_the_loop(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if ending and ending.kind == "Spilled":
        return Finding("M71", "event_loop.a_mistake_ended_the_loop")
    return None


@rule
def left_by_an_exit(evidence: Evidence) -> Finding | None:
    """SystemExit has left run(): nobody has thought that everybody was served."""
    ending = evidence.ending
    if not ending or ending.how != "exited":
        return None
    return Finding("", "event_loop.left_by_an_exit")


@rule
def the_door_was_closed(evidence: Evidence) -> Finding | None:
    closed = evidence.log.closes_of_the_listener
    if evidence.unmet.kind != "refused" or not closed or evidence.ending:
        return None
    fails = [e for e in evidence.log.of_any("fail") if e["t"] < closed[0]["t"]]
    if fails and (fails[-1].get("op"), fails[-1].get("errno")) == ("accept", "EAGAIN"):
        return Finding("", "event_loop.the_door_was_closed_for_nothing")
    return Finding("M71", "event_loop.the_door_was_closed")


@rule
def called_after_it_was_taken_out(evidence: Evidence) -> Finding | None:
    """One tells that it took the others out; then another one tells the same."""
    heard = b"".join(heard_by(evidence, evidence.unmet.who))
    told = evidence.unmet.text.encode() + heard
    if evidence.unmet.kind != "extra" or told.count(b" all the others") < 2:
        return None
    return Finding("M70", "event_loop.called_after_it_was_taken_out")


@rule
def raised_and_still_open(evidence: Evidence) -> Finding | None:
    who, log = evidence.unmet.who, evidence.log
    awaits = "end of the connection" in evidence.unmet.text
    if not awaits or not sleeps_over(evidence) or b"spill" not in log.poured(who):
        return None
    if not log.descriptors_of(who):
        return None
    return Finding("M73", "event_loop.raised_and_still_open", who=who)


@rule
def the_list_was_old_news(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if not ending or ending.how != "raised" or not suspected_of(evidence, "M70"):
        return None
    if not evidence.log.of_any("close"):
        return None
    return Finding("M70", "event_loop.the_list_was_old_news", kind=ending.kind)


@rule
def closed_and_still_watched(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if ending and any(text in ending.error for text in DIED_OF["fd -1"]):
        who = _closed_at_its_end(evidence)
        if who:
            return Finding("M14", "event_loop.closed_at_its_end", who=who)
        raised = any(
            b"spill" in evidence.log.poured(who) for who in evidence.log.clients
        )
        vanished = any(evidence.log.of_client(w, "reset") for w in evidence.log.clients)
        belief = "M73" if raised or vanished else "M14"
        return Finding(belief, "event_loop.closed_and_still_watched")
    return None


@rule
def a_turn_too_long_or_too_short(evidence: Evidence) -> Finding | None:
    """Turns are counted by the tests that suspect nothing else."""
    ending, wait = evidence.ending, evidence.log.latest("wait") or {}
    if not suspected_of(evidence, "M106"):
        return None
    if evidence.unmet.kind == "wrong":
        return _counted_turns(evidence.unmet.got)
    if ending and ending.how == "returned":
        return Finding("M106", "event_loop.a_turn_too_long_or_too_short")
    if evidence.unmet.kind == "busy" and wait:
        return Finding("M106", "event_loop.a_turn_too_long_or_too_short_2")
    if evidence.unmet.kind == "end":
        return Finding("M106", "event_loop.a_turn_too_long_or_too_short_3")
    if sleeps_over(evidence):
        limit = wait.get("timeout")
        timeout = "words.no_timeout" if limit is None else "words.timeout_of"
        told = said(timeout, limit=limit)
        return Finding(
            "M106",
            "event_loop.a_turn_too_long_or_too_short_4",
            api=wait.get("api"),
            told=told,
        )
    return None


def _counted_turns(got: bytes) -> Finding | None:
    """What a program that takes three turns by hand has told of them."""
    if b"did not wait" in got:
        return Finding("M106", "event_loop.came_back_too_soon")
    told = re.search(rb"these were (\d+) turns", got)
    if not told or int(told[1]) < 5:
        return None
    return Finding("M106", "event_loop.took_several_turns", writes=int(told[1]) - 3)


@rule
def swallowed_the_end(evidence: Evidence) -> Finding | None:
    if suspected_of(evidence, "M103") and evidence.unmet.kind == "end":
        log = evidence.log
        if any(b"interrupt\n" in log.poured(who) for who in log.clients):
            return Finding("M103", "event_loop.swallowed_the_end_2")
        return Finding("M103", "event_loop.swallowed_the_end")
    return None


@rule
def closed_by_its_loop(evidence: Evidence) -> Finding | None:
    """A puppet that was told to stay closes nothing in its handle_close()."""
    unmet, log = evidence.unmet, evidence.log
    if unmet.kind not in ("eof", "reset") or b"stay" not in log.poured(unmet.who):
        return None
    ended = log.has_read_the_end(unmet.who)
    if not ended or not log.of(unmet.who, "close") or evidence.ending:
        return None
    return Finding("", "event_loop.closed_by_its_loop", who=unmet.who)


@rule
def an_end_without_handle_close(evidence: Evidence) -> Finding | None:
    if not suspected_of(evidence, "M74") or evidence.ending or evidence.blocked:
        return None
    if evidence.log.deaf is not None:
        # Told of the end all the same: then the flag was not taken away.
        if not _told_of_ends(evidence):
            return Finding("M74", "event_loop.an_end_without_handle_close")
        whose = evidence.log.deaf or said("words.a_client")
        return Finding("", "event_loop.watched_behind_its_end", who=whose)
    who = evidence.unmet.who
    if evidence.spinning and (evidence.log.latest("woke") or {}).get("w"):
        return Finding("M72", "event_loop.an_end_without_handle_close_2")
    ends = [event for event in evidence.log.of(who, "recv") if event["n"] == 0]
    ended = bool(ends)
    if len(ends) > 1:
        belief = "" if _told_of_ends(evidence) else "M74"
        return Finding(belief, "event_loop.an_end_without_handle_close_4", who=who)
    if ended and _told_of_ends(evidence):
        return _not_asked_for_room(evidence)
    if ended and evidence.unmet.kind == "nothing":
        return Finding("M74", "event_loop.an_end_without_handle_close_3", who=who)
    return Finding("M74")


def _told_of_ends(evidence: Evidence) -> bool:
    """Whether some handler has said goodbye: then handle_close() is called."""
    heard = (heard_by(evidence, who) for who in evidence.log.clients)
    return any(b"goodbye" in piece for pieces in heard for piece in pieces)


def _not_asked_for_room(evidence: Evidence) -> Finding | None:
    who, wait = evidence.unmet.who, evidence.log.latest("wait") or {}
    mine = set(evidence.log.descriptors_of(who))
    if not sleeps_over(evidence) or not mine or mine & set(wait.get("w", [])):
        return NO_FINDING
    waits = [e for e in evidence.log.of_any("wait") if mine & set(e.get("w", []))]
    if waits and suspected_of(evidence, "M72"):
        return Finding("M72", "event_loop.asked_once_for_room", who=who)
    return Finding("", "event_loop.not_asked_for_room", who=who)


def _closed_at_its_end(evidence: Evidence) -> str:
    """Who had finished, and was closed with nothing raised before; "" for nobody."""
    trace, ended = evidence.log.trace, ""
    if any(b"spill" in evidence.log.poured(who) for who in evidence.log.clients):
        return ""
    for step in trace.walk():
        event, one = step.event, step.connection
        if event.get("p") != trace.main or not one:
            continue
        if event["e"] == "recv" and not event["n"]:
            ended = one.who
        elif event["e"] == "close":
            ended = ended if ended == one.who else ""
    return ended


@rule
def closed_in_place_of_an_error(evidence: Evidence) -> Finding | None:
    """A puppet says goodbye in handle_close(); it has raised, and nobody finished."""
    unmet, log = evidence.unmet, evidence.log
    said = unmet.got == b"goodbye\n" or unmet.text.endswith("got b'goodbye\\n'")
    if not said or b"spill" not in log.poured(unmet.who):
        return None
    if any(log.of_client(unmet.who, kind) for kind in ("half_close", "close")):
        return None
    return Finding("M73", "event_loop.closed_in_place_of_an_error", who=unmet.who)


@rule
def several_scoops(evidence: Evidence) -> Finding | None:
    """A given program has counted them: more came after each."""
    told = re.match(rb"scoops in one turn: (\d+)\n", evidence.unmet.got)
    if not told or int(told[1]) < 2 or not suspected_of(evidence, "M37"):
        return None
    return Finding("M37", "event_loop.several_scoops", scoops=int(told[1]))


@rule
def the_door_was_not_told(evidence: Evidence) -> Finding | None:
    """A newcomer's handler was not made, its connection is closed, and that is all."""
    log = evidence.log
    if wanted(evidence)[:10] != b"the door: " or not sleeps_over(evidence):
        return None
    newest = log.let_in[-1] if log.let_in else ""
    if not newest or not log.of(newest, "close") or log.of(newest, "recv"):
        return None
    return Finding("", "event_loop.the_door_was_not_told", who=newest)


@rule
def newcomer_left_open(evidence: Evidence) -> Finding | None:
    """The door has slipped over it, and nobody has closed its connection."""
    unmet, log = evidence.unmet, evidence.log
    if unmet.kind != "nothing" or "end of the connection" not in unmet.text:
        return None
    if not any(b"slip\n" in log.poured(who) for who in log.clients):
        return None
    mine = set(log.descriptors_of(unmet.who))
    wait = log.latest("wait") or {}
    if not mine or mine & {*wait.get("r", ()), *wait.get("w", ())}:
        return None
    if log.of(unmet.who, "recv", "shut") or not sleeps_over(evidence):
        return None
    return Finding("M32", "event_loop.newcomer_left_open", who=unmet.who)


@rule
def closed_before_it_was_told(evidence: Evidence) -> Finding | None:
    """A puppet has something to say in handle_error(), and was closed by then."""
    unmet = evidence.unmet
    if unmet.kind not in ("eof", "reset") or not unmet.due.startswith(b"famous last"):
        return None
    if b" words " not in evidence.log.poured(unmet.who):
        return None
    return Finding("M73", "event_loop.closed_before_it_was_told", who=unmet.who)


@rule
def closed_and_not_told(evidence: Evidence) -> Finding | None:
    """Everybody who waits hears what handle_error() was called with; nobody does."""
    due = re.search(r"< expected b'(\w+): (\w+)\\n'", evidence.unmet.text)
    if not due or not sleeps_over(evidence) or not suspected_of(evidence, "M73"):
        return None
    if b"spill" not in evidence.log.poured(due[1]):
        return None
    if evidence.log.descriptors_of(due[1]):
        return None
    return Finding("M73", "event_loop.closed_and_not_told", who=due[1])


@rule
def a_flag_that_nobody_asked_for(evidence: Evidence) -> Finding | None:
    woke = evidence.log.latest("woke") or {}
    more = evidence.spinning or evidence.unmet.kind in ("rest", "busy", "extra")
    if not more or evidence.ending:
        return None
    if suspected_of(evidence, "M72") and woke.get("w"):
        return Finding("M72", "event_loop.a_flag_that_nobody_asked_for")
    return None


@rule
def what_the_test_was_written_for(evidence: Evidence) -> Finding | None:
    """The general rules judge a connection by its answers; a puppet has its own."""
    restless = evidence.spinning or evidence.unmet.kind in ("rest", "busy", "crowd")
    if evidence.ending or evidence.blocked or restless:
        return None
    return suspected(evidence)
