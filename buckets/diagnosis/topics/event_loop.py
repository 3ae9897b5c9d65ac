"""Rules for event loops: who is called, who is told, who is closed.

They are asked first, and for the tasks of exercise 07 alone. A loop is tested with
puppets (buckets.child.topics.event_loop), whose exceptions and lines are known here.
The servers that stand on a loop send back what came, or pass it on: they know of no
answers.
"""

from __future__ import annotations

import re
from itertools import pairwise

from buckets.diagnosis import rules
from buckets.diagnosis.answer import heard_by
from buckets.diagnosis.evidence import Event, Evidence
from buckets.diagnosis.rules import (
    DIED_OF,
    NO_FINDING,
    Finding,
    Rules,
    suspected,
)
from buckets.driving.unmet import first_difference, show
from buckets.texts import said

VANISHED = ("ConnectionResetError", "BrokenPipeError", "BlockingIOError", "OSError")
LOOPS = {"EventLoop"}
ECHOES = {"Echo", "echo"}
ROOMS = {"broadcast"}

rule = Rules(LOOPS)
rule_for_echoes = Rules(ECHOES)
rule_for_rooms = Rules(ROOMS)
rule_for_servers = Rules(ECHOES | ROOMS)
rule_for_all = Rules(LOOPS | ECHOES | ROOMS)


# Whatever it is -------------------------------------------------------------


@rule_for_all
def stands_beside_one(evidence: Evidence) -> Finding | None:
    blocked = evidence.blocked
    if not blocked or blocked.op not in ("send", "sendall"):
        return None
    who = blocked.who or said("words.one_client")
    return Finding("M13", "event_loop.stands_beside_one", op=blocked.op, who=who)


@rule_for_all
def no_room_ended_it(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    failed = evidence.log.latest("fail") or {}
    if ending and ending.kind == "BlockingIOError" and failed.get("op") == "send":
        return Finding("M65", "event_loop.no_room_ended_it")
    return None


@rule_for_all
def changed_while_walking(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if ending and "changed size during iteration" in ending.error:
        return Finding("M107", "event_loop.changed_while_walking", error=ending.error)
    return rules.changed_while_walking(evidence)


@rule_for_servers
def no_text_is_lost(evidence: Evidence) -> Finding | None:
    """What came is all there but for bytes that are no text in ASCII or UTF-8."""
    done = evidence.log.of(evidence.unmet.who, "recv", "send")
    for event, after in pairwise(done):
        came, went = _data(event), _data(after)
        plain = bytes(byte for byte in came if byte < 128)
        if event["e"] == "recv" and after["e"] == "send" and came != plain:
            if went in (plain, came.decode("utf-8", "replace").encode()):
                return Finding(
                    "M88",
                    "event_loop.no_text_is_lost",
                    came=show(came),
                    went=show(went),
                )
    return None


# Echo, a room: a connection and its bytes ------------------------------------


@rule_for_servers
def let_in_and_dropped(evidence: Evidence) -> Finding | None:
    """It was accepted, its end was not its own, and no loop ever read from it."""
    unmet, log = evidence.unmet, evidence.log
    if unmet.kind not in ("eof", "reset") or evidence.ending:
        return None
    if log.of(unmet.who, "recv", "send") or not log.of_any("accept"):
        return None
    return Finding("M108", "event_loop.let_in_and_dropped", who=unmet.who)


@rule_for_echoes
def somebody_elses_buffer(evidence: Evidence) -> Finding | None:
    """Bytes of a kind that this client never sent."""
    unmet = evidence.unmet
    said = evidence.log.poured(unmet.who)
    others = (each for each in evidence.log.clients if each != unmet.who)
    theirs = b"".join(map(evidence.log.poured, others))
    came = _kinds(unmet.got[:8])
    if unmet.kind != "wrong" or came <= _kinds(said):
        return None
    if not came <= _kinds(said + theirs):
        return None
    return Finding("M109", "event_loop.somebody_elses_buffer", who=unmet.who)


def _kinds(data: bytes) -> set[str]:
    """Which kinds of bytes these are: of long ones, only the beginning is known."""
    shapes = (("digits", bytes.isdigit), ("blanks", bytes.isspace))
    singles = [data[index : index + 1] for index in range(len(data))]
    return {
        next((name for name, fits in shapes if fits(byte)), byte.decode("latin-1"))
        for byte in singles
    }


def _had_no_room(evidence: Evidence) -> bool:
    """Whether something was once pending for the failing client."""
    tries = evidence.log.of(evidence.unmet.who, "send", "fail")
    return any(not _took_all(event) for event in tries)


@rule_for_echoes
def not_in_its_order(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    if unmet.kind not in ("wrong", "extra") or evidence.ending:
        return None
    at = first_difference(unmet.expected, unmet.got)
    moved = unmet.got[at : at + 16]
    if not _had_no_room(evidence) and (len(moved) < 8 or moved not in unmet.expected):
        return None
    return Finding("M101", "event_loop.not_in_its_order", who=evidence.unmet.who)


@rule_for_echoes
def left_lying(evidence: Evidence) -> Finding | None:
    """The server sleeps, and something is missing. What is it watching for?"""
    wait, who = evidence.log.latest("wait"), evidence.unmet.who
    mine = set(evidence.log.descriptors_of(who))
    sends = evidence.log.of(who, "send", "fail")
    hungry = _sleeps_over(evidence) and "end of the" not in evidence.unmet.text
    if not hungry or not wait or not mine or not sends:
        return None
    if _took_all(sends[-1]) and not mine & set(wait.get("r", [])):
        return Finding("M102", "event_loop.left_lying", who=who)
    if _took_all(sends[-1]) and not all(map(_took_all, sends)):
        return Finding("M101", "event_loop.left_lying_2", who=who)
    if _took_all(sends[-1]):
        return None
    if not mine & set(wait.get("w", [])):
        return Finding("M66", "event_loop.left_lying_3", who=who)
    return None


def _took_all(event: Event) -> bool:
    return bool(event["e"] == "send" and event["n"] == event.get("ask"))


@rule_for_echoes
def closed_for_being_slow(evidence: Evidence) -> Finding | None:
    unmet, log = evidence.unmet, evidence.log
    ended = any(event["n"] == 0 for event in log.of(unmet.who, "recv"))
    if unmet.kind not in ("eof", "reset") or evidence.ending or ended:
        return None
    if not _had_no_room(evidence):
        return None
    return Finding("M102", "event_loop.closed_for_being_slow", who=unmet.who)


def _sleeps_over(evidence: Evidence) -> bool:
    return evidence.asleep_in_wait and evidence.unmet.kind == "nothing"


# A room ---------------------------------------------------------------------


@rule_for_rooms
def half_a_line_at_the_end(evidence: Evidence) -> Finding | None:
    unmet, log = evidence.unmet, evidence.log
    if unmet.kind != "wrong":
        return None
    for who in log.clients:
        half = log.poured(who).rpartition(b"\n")[2]
        left = any(event["n"] == 0 for event in log.of(who, "recv"))
        if half and left and unmet.got.startswith(half):
            return Finding("M35", "event_loop.half_a_line_at_the_end", who=who)
    return None


@rule_for_rooms
def a_line_as_it_is(evidence: Evidence) -> Finding | None:
    """The same but for blanks, empty lines, the newline, or what is no text."""
    unmet = evidence.unmet
    if unmet.kind == "wrong" and _bare(unmet.expected) == _bare(unmet.got):
        return Finding("M35", "event_loop.a_line_as_it_is")
    heard = b"".join(_data(event) for event in evidence.log.of(unmet.who, "send"))
    if unmet.kind == "nothing" and heard and b"\n" not in heard:
        return Finding("M35", "event_loop.a_line_as_it_is_2", who=unmet.who)
    return None


def _bare(data: bytes) -> bytes:
    return bytes(byte for byte in data if 32 < byte < 127)


def _data(event: Event) -> bytes:
    return str(event.get("data", "")).encode("latin-1")


@rule_for_rooms
def bytes_that_are_no_text(evidence: Evidence) -> Finding | None:
    log = evidence.log
    for who in _closed_by_the_server(evidence):
        if not log.poured(who).isascii():
            return Finding("M35", "event_loop.bytes_that_are_no_text", who=who)
    return None


@rule_for_rooms
def one_line_of_several(evidence: Evidence) -> Finding | None:
    if not _sleeps_over(evidence) or not _suspected(evidence, "M01"):
        return None
    for event in reversed(evidence.log.of_any("recv")):
        if _data(event).count(b"\n") > 1:
            return Finding(
                "M02", "event_loop.one_line_of_several", data=show(_data(event))
            )
    return None


@rule_for_rooms
def passed_on_the_newest_piece(evidence: Evidence) -> Finding | None:
    log = evidence.log
    for who in log.clients if evidence.unmet.kind == "wrong" else ():
        pieces = [_data(event) for event in log.of(who, "recv") if event["n"]]
        for piece, after in pairwise(pieces):
            cut = not piece.endswith(b"\n") and after.endswith(b"\n")
            if cut and evidence.unmet.got == after:
                return Finding(
                    "M01",
                    "event_loop.passed_on_the_newest_piece",
                    who=who,
                    piece=show(piece),
                    after=show(after),
                )
    return None


@rule_for_rooms
def two_in_one_buffer(evidence: Evidence) -> Finding | None:
    """A line that begins with one client's bytes and goes on with another's."""
    unmet, log = evidence.unmet, evidence.log
    said = {who: log.poured(who) for who in log.clients}
    line = unmet.got.split(b"\n")[0]
    if unmet.kind != "wrong" or any(line in data for data in said.values()):
        return None
    parts = [_data(event) for event in log.of(unmet.who, "send")]
    if _suspected(evidence, "M01") and not all(p.endswith(b"\n") for p in parts):
        return Finding("M01", "event_loop.two_in_one_buffer", who=unmet.who)
    for cut in range(3, len(line) - 2):
        begun = {who for who, data in said.items() if line[:cut] in data}
        ended = {who for who, data in said.items() if line[cut:] in data}
        if begun and ended and not begun & ended:
            return Finding("M109", "event_loop.two_in_one_buffer_2")
    return None


@rule_for_rooms
def not_seen_off(evidence: Evidence) -> Finding | None:
    if evidence.unmet.who != "sipper" or evidence.unmet.kind != "nothing":
        return None
    return Finding("M104", "event_loop.not_seen_off")


def _of_a_neighbour(oops: Event) -> bool:
    """Raised by a call about somebody who has gone: send(), or the loop's own."""
    inside = oops["trail"][-1][2] in ("modify", "unregister")
    return oops["kind"] in VANISHED or (inside and len(oops["trail"]) > 1)


@rule_for_rooms
def the_speaker_paid(evidence: Evidence) -> Finding | None:
    """Who is cut off has neither finished nor vanished."""
    closed = [who for who in _closed_by_the_server(evidence) if who != "sipper"]
    if evidence.ending or not closed:
        return None
    own = [e for e in evidence.log.of_all("oops") if not _of_a_neighbour(e)]
    if own:
        return NO_FINDING  # an exception of another kind closed it: that is told
    failed = evidence.log.errors()
    neighbours = any(failed[name] for name in ("EAGAIN", "EPIPE", "ECONNRESET"))
    if neighbours or not _suspected(evidence, "M104"):
        return Finding("M105", "event_loop.the_speaker_paid", closed=closed[0])
    return Finding("M104", "event_loop.the_speaker_paid_2", closed=closed[0])


def _closed_by_the_server(evidence: Evidence) -> list[str]:
    """Clients who are closed, though neither finished nor lost."""
    log = evidence.log

    def own_doing(who: str) -> bool:
        last = log.of(who, "recv", "fail")[-1:]
        return any(e["e"] == "fail" or e["n"] == 0 for e in last)

    closed = [who for who in log.clients if log.of(who, "close")]
    return [who for who in closed if not own_doing(who)]


@rule_for_rooms
def not_to_everybody(evidence: Evidence) -> Finding | None:
    """Where one is slow and one never reads, somebody else hears nothing."""
    who = evidence.unmet.who
    if not _suspected(evidence, "M104") or evidence.ending:
        return None
    if evidence.log.of("sipper", "close") and _sleeps_over(evidence):
        return Finding("M107", "event_loop.not_to_everybody", who=who)
    if who == "late":
        return Finding("M101", "event_loop.not_to_everybody_2")
    return None


@rule_for_rooms
def about_the_room(evidence: Evidence) -> Finding | None:
    """That one hears another's bytes is what a room is for."""
    if evidence.ending or evidence.unmet.kind not in ("wrong", "extra"):
        return None
    return suspected(evidence) or NO_FINDING


# A loop and its puppets -------------------------------------------------------


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
def a_mistake_ended_the_loop(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if ending and ending.kind == "Spilled":
        return Finding("M71", "event_loop.a_mistake_ended_the_loop")
    return None


@rule
def the_door_was_closed(evidence: Evidence) -> Finding | None:
    closed = [
        e for e in evidence.log.of_any("close") if e["fd"] == evidence.log.listener
    ]
    if evidence.unmet.kind != "refused" or not closed or evidence.ending:
        return None
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
    if not awaits or not _sleeps_over(evidence) or b"spill" not in log.poured(who):
        return None
    if not log.descriptors_of(who):
        return None
    return Finding("M73", "event_loop.raised_and_still_open", who=who)


@rule
def the_list_was_old_news(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if not ending or ending.how != "raised" or not _suspected(evidence, "M70"):
        return None
    return Finding("M70", "event_loop.the_list_was_old_news", kind=ending.kind)


@rule
def closed_and_still_watched(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if ending and any(text in ending.error for text in DIED_OF["fd -1"]):
        return Finding("M73", "event_loop.closed_and_still_watched")
    return None


@rule
def a_turn_too_long_or_too_short(evidence: Evidence) -> Finding | None:
    """Turns are counted by the tests that suspect nothing else."""
    ending, wait = evidence.ending, evidence.log.latest("wait") or {}
    if not _suspected(evidence, "M106"):
        return None
    if ending and ending.how == "returned":
        return Finding("M106", "event_loop.a_turn_too_long_or_too_short")
    if evidence.unmet.kind == "busy" and wait:
        return Finding("M106", "event_loop.a_turn_too_long_or_too_short_2")
    if evidence.unmet.kind == "end":
        return Finding("M106", "event_loop.a_turn_too_long_or_too_short_3")
    if _sleeps_over(evidence):
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


@rule
def swallowed_the_end(evidence: Evidence) -> Finding | None:
    if _suspected(evidence, "M103") and evidence.unmet.kind == "end":
        return Finding("M103", "event_loop.swallowed_the_end")
    return None


@rule
def an_end_without_handle_close(evidence: Evidence) -> Finding | None:
    if not _suspected(evidence, "M74") or evidence.ending or evidence.blocked:
        return None
    if evidence.log.deaf is not None:
        return Finding("M74", "event_loop.an_end_without_handle_close")
    who = evidence.unmet.who
    if evidence.spinning and (evidence.log.latest("woke") or {}).get("w"):
        return Finding("M72", "event_loop.an_end_without_handle_close_2")
    ended = any(event["n"] == 0 for event in evidence.log.of(who, "recv"))
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
    if not _sleeps_over(evidence) or not mine or mine & set(wait.get("w", [])):
        return NO_FINDING
    return Finding("M08", "event_loop.not_asked_for_room", who=who)


@rule
def closed_and_not_told(evidence: Evidence) -> Finding | None:
    """Everybody who waits hears what handle_error() was called with; nobody does."""
    due = re.search(r"< expected b'(\w+): (\w+)\\n'", evidence.unmet.text)
    if not due or not _sleeps_over(evidence) or not _suspected(evidence, "M73"):
        return None
    if b"spill" not in evidence.log.poured(due[1]):
        return None
    if evidence.log.descriptors_of(due[1]):
        return None
    return Finding("M73", "event_loop.closed_and_not_told", who=due[1])


@rule
def a_flag_that_nobody_asked_for(evidence: Evidence) -> Finding | None:
    woke = evidence.log.latest("woke") or {}
    if _suspected(evidence, "M72") and not evidence.ending and woke.get("w"):
        return Finding("M72", "event_loop.a_flag_that_nobody_asked_for")
    return None


@rule
def what_the_test_was_written_for(evidence: Evidence) -> Finding | None:
    """The general rules judge a connection by its answers; a puppet has its own."""
    restless = evidence.spinning or evidence.unmet.kind in ("rest", "busy", "crowd")
    if evidence.ending or evidence.blocked or restless:
        return None
    return suspected(evidence)


def _suspected(evidence: Evidence, key: str) -> bool:
    return key in evidence.behaviour.suspects
