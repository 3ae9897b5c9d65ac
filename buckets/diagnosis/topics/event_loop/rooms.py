"""Rules for a room: lines that are passed on, and who does not read them.

That one hears another's bytes is what a room is for.
"""

from __future__ import annotations

from itertools import pairwise

from buckets.diagnosis.evidence import Event, Evidence, data_of
from buckets.diagnosis.rules import (
    NO_FINDING,
    Finding,
    Rules,
    suspected,
    suspected_of,
    wanted,
)
from buckets.diagnosis.topics.event_loop.servers import ROOMS, sleeps_over
from buckets.driving.unmet import show

VANISHED = ("ConnectionResetError", "BrokenPipeError", "BlockingIOError", "OSError")

rule_for_rooms = Rules(ROOMS)


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
    if unmet.differs and _bare(unmet.expected) == _bare(unmet.got):
        return Finding("M35", "event_loop.a_line_as_it_is")
    heard = b"".join(data_of(event) for event in evidence.log.of(unmet.who, "send"))
    if unmet.kind == "nothing" and heard and b"\n" not in heard:
        return Finding("", "event_loop.a_line_as_it_is_2", who=unmet.who)
    return None


def _bare(data: bytes) -> bytes:
    return bytes(byte for byte in data if 32 < byte < 127)


@rule_for_rooms
def bytes_that_are_no_text(evidence: Evidence) -> Finding | None:
    log = evidence.log
    for who in _closed_by_the_server(evidence):
        if not log.poured(who).isascii():
            return Finding("M35", "event_loop.bytes_that_are_no_text", who=who)
    return None


@rule_for_rooms
def one_line_of_several(evidence: Evidence) -> Finding | None:
    if not sleeps_over(evidence) or not suspected_of(evidence, "M01"):
        return None
    due = wanted(evidence).strip()
    for event in reversed(evidence.log.of_any("recv")):
        if data_of(event).count(b"\n") > 1 and due and due in data_of(event):
            return Finding(
                "M02", "event_loop.one_line_of_several", data=show(data_of(event))
            )
    return None


@rule_for_rooms
def passed_on_the_newest_piece(evidence: Evidence) -> Finding | None:
    log = evidence.log
    for who in log.clients if evidence.unmet.kind == "wrong" else ():
        pieces = [data_of(event) for event in log.of(who, "recv") if event["n"]]
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
    parts = [data_of(event) for event in log.of(unmet.who, "send")]
    if suspected_of(evidence, "M01") and not all(p.endswith(b"\n") for p in parts):
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
    if neighbours or evidence.log.of_all("oops"):
        return Finding("M105", "event_loop.the_speaker_paid", closed=closed[0])
    if not suspected_of(evidence, "M104") or _had_just_spoken(evidence, closed[0]):
        # Nobody was in trouble: it has another reason.
        return Finding("", "event_loop.the_speaker_paid", closed=closed[0])
    return Finding("M104", "event_loop.the_speaker_paid_2", closed=closed[0])


def _had_just_spoken(evidence: Evidence, who: str) -> bool:
    """Whether the last that was read before it was closed had come from itself."""
    log = evidence.log
    end = log.of(who, "close")[0]["t"]
    read = [event for event in log.of_any("recv") if event["t"] < end and event["n"]]
    return read[-1:] == log.of(who, "recv")[-1:] != []


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
    if not suspected_of(evidence, "M104") or evidence.ending:
        return None
    if evidence.log.of("sipper", "close") and sleeps_over(evidence):
        return Finding("M107", "event_loop.not_to_everybody", who=who)
    tries = evidence.log.of(who, "send", "fail")
    if who == "late" and any(e["e"] == "fail" or e["n"] < e["ask"] for e in tries):
        return Finding("M101", "event_loop.not_to_everybody_2")
    return None


@rule_for_rooms
def about_the_room(evidence: Evidence) -> Finding | None:
    """That one hears another's bytes is what a room is for."""
    if evidence.ending or evidence.unmet.kind not in ("wrong", "extra"):
        return None
    return suspected(evidence) or NO_FINDING
