"""Rules for servers under pressure: what they make, keep, share out and drop.

They are asked for the tasks of exercise 13 alone. How much a server keeps is known from
the kernel, and who had a turn from the log of the function that makes its answers; what
the record adds is how it came to that.
"""

from __future__ import annotations

import re

from buckets.diagnosis import rules
from buckets.diagnosis.evidence import Event, Evidence, Log, data_of
from buckets.diagnosis.rules import (
    NO_FINDING,
    Finding,
    Rules,
    awaits_the_end,
    first_of,
    suspected_of,
)
from buckets.diagnosis.topics import connecting_out
from buckets.driving.topics.back_pressure import SCOOP, answer
from buckets.driving.unmet import show

PIECES = {"answer_in_pieces", "answer_in_turns"}
MARKS = {"relay_with_marks"}
ROOMS = {"broadcast_or_drop"}

rule_for_pieces = Rules(PIECES)
rule_for_marks = Rules(MARKS)
rule_for_rooms = Rules(ROOMS)
rule_at_last = Rules(PIECES | MARKS | ROOMS)


# Answers in pieces and in turns -------------------------------------------------------


@rule_for_pieces
def lost_a_rest(evidence: Evidence) -> Finding | None:
    """send() took a part of what it was given, and the next one began behind it all."""
    if evidence.unmet.kind not in ("wrong", "piece", "nothing"):
        return None
    found = (_began_elsewhere(evidence, who) for who in evidence.log.clients)
    return next(filter(None, found), None)


def _began_elsewhere(evidence: Evidence, who: str) -> Finding | None:
    """What is told where a send to this client began not where the last one ended.

    Of one who has asked one question; of several, where an answer begins is not known.
    Behind a part the rest was lost; behind a whole one it may have been sent again.
    """
    asked = evidence.log.poured(who).split(b" ")
    if len(asked) != 2:
        return None
    place, parts, rest, name = 0, 0, 0, asked[0].decode("latin-1")
    for send in evidence.log.of(who, "send"):
        data = data_of(send)
        if parts and data != answer(name, len(data), place):
            if rest:
                return Finding("M04", "back_pressure.lost_a_rest", who=who)
            if len(data) < ENOUGH or data not in answer(name, place):
                return None
            return Finding("", "back_pressure.sent_a_rest_again", who=who)
        place += send["n"]
        rest = send["ask"] - send["n"]
        parts += rest > 0
    return None


@rule_for_pieces
def made_too_much(evidence: Evidence) -> Finding | None:
    """A piece too large, or many of them ahead of room."""
    unmet = evidence.unmet
    if unmet.kind != "piece":
        return None
    if "make(" in unmet.text:
        call = unmet.text.partition(" was called")[0]
        # Beyond a quantum: that is another number, and nothing was made ahead.
        key = "M200" if evidence.behaviour.task == "answer_in_pieces" else ""
        return Finding(key, "back_pressure.made_at_once", call=call)
    if again := unmet.facts.get("again"):
        return Finding("", "back_pressure.made_again", start=again)
    return Finding("M200", "back_pressure.made_ahead")


@rule_for_pieces
def waits_for_one(evidence: Evidence) -> Finding | None:
    blocked, who = evidence.blocked, evidence.unmet.who
    if not blocked or blocked.op not in ("send", "sendall") or blocked.who == who:
        return None
    facts = {"op": blocked.op, "who": blocked.who or "one client"}
    return Finding("M13", "back_pressure.waits_for_room", **facts)


@rule_for_pieces
def had_no_turn(evidence: Evidence) -> Finding | None:
    """It has read a question, has sent nothing since, and waits for somebody else."""
    unmet, log = evidence.unmet, evidence.log
    if evidence.ending or unmet.kind != "nothing" or not evidence.asleep_in_wait:
        return None
    if not suspected_of(evidence, "M201") or not unmet.who:
        return None
    moved = [e["e"] for e in log.of(unmet.who, "recv", "send")]
    if not moved or moved[-1] != "recv":
        return None
    return Finding("M201", "back_pressure.had_no_turn", who=unmet.who)


@rule_for_pieces
def had_no_end(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    if unmet.kind != "turns" or "again and again" not in unmet.text:
        return None
    who = unmet.text.partition(" had")[0]
    return Finding("M201", "back_pressure.had_no_end", name=who)


@rule_for_pieces
def counted_questions(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    if unmet.kind != "turns" or "as much" not in unmet.text:
        return None
    who = unmet.text.partition(" was")[0]
    return Finding("M202", "back_pressure.counted_questions", name=who)


@rule_for_pieces
def reads_all_questions(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind not in ("greedy", "memory"):
        return None
    return Finding("M19", "back_pressure.reads_all_questions")


@rule_for_pieces
def read_too_much_at_once(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "scoop":
        return None
    most = max((e["n"] for e in evidence.log.of_any("recv")), default=0)
    if most > SCOOP:
        return Finding("", "back_pressure.one_large_recv_of_questions", most=most)
    return Finding("M19", "back_pressure.reads_all_questions")


@rule_for_pieces
def forgot_the_other_questions(evidence: Evidence) -> Finding | None:
    """Several came in one recv(), one was answered, and then more were waited for."""
    unmet, log = evidence.unmet, evidence.log
    if evidence.ending or unmet.kind not in ("eof", "reset", "nothing"):
        return None
    reads = [e for e in log.of(unmet.who, "recv") if e["n"]]
    sends = [e for e in log.of(unmet.who, "send") if e["n"]]
    if not reads or not sends or data_of(reads[-1]).count(b"\n") < 2:
        return None
    waits = [e for e in log.of_any("wait") if e["t"] > sends[-1]["t"]]
    fd = reads[-1]["fd"]
    if sends[-1]["t"] < reads[-1]["t"] or not waits or fd in waits[0].get("w", []):
        return None
    if fd not in waits[0].get("r", []) or sends[-1]["n"] < sends[-1]["ask"]:
        return None
    facts = {"data": show(data_of(reads[-1])), "who": unmet.who}
    return Finding("M02", "back_pressure.forgot_the_other_questions", **facts)


@rule_for_pieces
def closed_with_answers_due(evidence: Evidence) -> Finding | None:
    """It heard of an end, closed that connection, and answers were due."""
    unmet, log = evidence.unmet, evidence.log
    if evidence.ending or unmet.kind not in ("eof", "reset", "nothing"):
        return None
    if not log.has_read_the_end(unmet.who) or not log.of(unmet.who, "close"):
        return None
    return Finding("M67", "back_pressure.closed_with_answers_due", who=unmet.who)


rule_for_pieces(rules.closed_after_an_answer)


@rule_for_pieces
def another_answer_first(evidence: Evidence) -> Finding | None:
    """The answer to a later question of the same client came first."""
    unmet = evidence.unmet
    if unmet.kind != "wrong" or not unmet.got or not unmet.expected:
        return None
    lines = evidence.log.poured(unmet.who).split(b"\n")
    names = [line.split(b" ")[0] for line in lines if b" " in line]
    first = next((n for n in names if _begins(unmet.expected, n)), b"")
    later = next((n for n in names if n != first and _begins(unmet.got, n)), b"")
    if not first or not later or names.index(first) > names.index(later):
        return None
    facts = {"who": unmet.who, "first": show(first), "later": show(later)}
    return Finding("M30", "back_pressure.another_answer_first", **facts)


@rule_for_pieces
def began_further_on(evidence: Evidence) -> Finding | None:
    """The answer is the right one, and its first bytes are missing."""
    unmet = evidence.unmet
    if unmet.kind != "wrong" or len(unmet.got) < ENOUGH or not unmet.expected:
        return None
    start = unmet.expected.find(unmet.got[:ENOUGH])
    if start < 1:
        return None
    return Finding("", "back_pressure.began_further_on", who=unmet.who, start=start)


ENOUGH = 24
"""Bytes of an answer that are found in no other place of it."""


@rule_for_pieces
def lost_half_a_question(evidence: Evidence) -> Finding | None:
    """A question came in two pieces, and the second was taken for a whole one."""
    ending, log = evidence.ending, evidence.log
    raised = [ending.kind] if ending else [e["kind"] for e in log.of_all("oops")]
    if "ValueError" not in raised:
        return None
    for who in log.clients:
        pieces = [data_of(e) for e in log.of(who, "recv") if e["n"]]
        if len(pieces) < 2 or log.of_any("recv")[-1] not in log.of(who, "recv"):
            continue
        half, rest = pieces[-2].rpartition(b"\n")[2], pieces[-1].partition(b"\n")
        if half and rest[1] and len((half + rest[0]).split()) == 2:
            facts = {"half": show(half), "rest": show(rest[0]), "who": who}
            return Finding("M75", "back_pressure.lost_half_a_question", **facts)
    return None


def _begins(data: bytes, name: bytes) -> bool:
    """Whether this may be the beginning of an answer to that name."""
    return bool(name) and (data.startswith(name + b" ") or name.startswith(data))


# Marks --------------------------------------------------------------------------------


@rule_for_marks
def waits_for_who_takes_nothing(evidence: Evidence) -> Finding | None:
    blocked = evidence.blocked
    if not blocked or blocked.op not in ("send", "sendall"):
        return None
    facts = {"op": blocked.op, "who": blocked.who or "one client"}
    return Finding("M13", "back_pressure.waits_for_room_alone", **facts)


@rule_for_marks
def took_nothing_for_the_end(evidence: Evidence) -> Finding | None:
    """recv(0) returns b"", whatever has come."""
    for event in evidence.log.of_any("recv"):
        if event.get("ask") == 0 and not event["n"]:
            return Finding("M44", "back_pressure.took_nothing_for_the_end")
    return None


@rule_for_marks
def kept_too_much(evidence: Evidence) -> Finding | None:
    """Beyond the mark: in one turn, or in all of them."""
    if evidence.unmet.kind == "mark":
        return Finding("M204", "back_pressure.read_at_the_mark")
    if evidence.unmet.kind not in ("high", "memory"):
        return None
    most = max((e["n"] for e in evidence.log.of_any("recv")), default=0)
    if most > SCOOP:
        return Finding("", "back_pressure.one_large_recv", most=most)
    if _most_in_a_turn(evidence) > 1:
        return Finding("M203", "back_pressure.read_on_in_one_turn")
    return Finding("M19", "connecting_out.keeps_too_much")


def _most_in_a_turn(evidence: Evidence) -> int:
    """How often it has read from one connection without a look at anybody else."""
    most = count = last = 0
    for event in evidence.log.own:
        if event["e"] == "wait" and event.get("r") != [last]:
            count = 0
        elif event["e"] == "recv" and event["n"]:
            count = count + 1 if event["fd"] == last else 1
            last = event["fd"]
            most = max(most, count)
    return most


@rule_for_marks
def stopped_too_soon(evidence: Evidence) -> Finding | None:
    """Reads no more, and keeps little: was there ever a reason to stop?"""
    if evidence.unmet.kind != "low":
        return None
    low = re.search(r"keeps less than (\d+) bytes", evidence.unmet.text)
    if low and _most_kept(evidence) >= int(low[1]):
        return Finding("M205", "back_pressure.never_went_on")
    return Finding("M204", "back_pressure.stopped_too_soon")


def _most_kept(evidence: Evidence) -> int:
    """How many bytes more it had read from one connection than it had sent on."""
    most = 0
    for fd in {e["fd"] for e in evidence.log.of_any("recv")}:
        kept = 0
        for event in evidence.log.own:
            if event["e"] == "recv" and event["fd"] == fd:
                kept += event["n"]
            elif event["e"] == "send" and event["fd"] != fd:
                kept = max(0, kept - event["n"])
            most = max(most, kept)
    return most


@rule_for_marks
def went_on_too_soon(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "soon":
        return None
    return Finding("M204", "back_pressure.went_on_too_soon")


@rule_for_marks
def went_on_too_late(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "late":
        return None
    return Finding("M204", "back_pressure.went_on_too_late")


@rule_for_marks
def never_went_on(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "stuck":
        return None
    return Finding("M205", "back_pressure.never_went_on")


@rule_for_marks
def stopped_the_other_direction(evidence: Evidence) -> Finding | None:
    """Bytes of the one who listens lie unread, and it is asleep in its one wait."""
    unmet = evidence.unmet
    if unmet.kind != "nothing" or not suspected_of(evidence, "M206"):
        return None
    if evidence.ending or not evidence.asleep_in_wait or not unmet.due:
        return None
    return Finding("M206", "back_pressure.stopped_the_other_direction", who=unmet.who)


@rule_for_marks
def looks_no_more(evidence: Evidence) -> Finding | None:
    """One has more to say, all that was read of it has gone on, and nobody looks."""
    unmet, log = evidence.unmet, evidence.log
    near, wait = _partner(evidence, unmet.who), log.latest("wait")
    waits = unmet.kind == "nothing" and evidence.asleep_in_wait
    if evidence.ending or not waits or not near or not wait:
        return None
    fds, reads = log.descriptors_of(near), log.of(near, "recv")
    said = sum(e["n"] for e in log.of_client(near, "pour"))
    read = sum(e["n"] for e in reads)
    sent = sum(e["n"] for e in log.of(unmet.who, "send"))
    if not fds or set(fds) & set(wait.get("r", [])) or read != sent or read >= said:
        return None
    if any(not e["n"] for e in reads):
        return None
    if not read:
        return Finding("M34", "back_pressure.never_looks", who=near, api=wait["api"])
    return Finding("M205", "back_pressure.looks_no_more", who=near, api=wait["api"])


@rule_for_marks
def is_held_by_nobody(evidence: Evidence) -> Finding | None:
    """Both sides of a pair were watched for nothing, so nothing was left that held it.

    What is dropped so is closed by Python. Neither of the two had finished.
    """
    unmet, log = evidence.unmet, evidence.log
    near = _partner(evidence, unmet.who)
    if evidence.ending or unmet.kind not in ("eof", "reset") or not near:
        return None
    both = near, unmet.who
    ended = any(map(log.has_read_the_end, both))
    dropped = [who for who in both for e in log.of(who, "close") if e.get("dropped")]
    if ended or not dropped:
        return None
    return Finding("M205", "back_pressure.is_held_by_nobody", who=dropped[0])


def _partner(evidence: Evidence, who: str) -> str:
    """Whom the server has called for this client, or for whom it has called this one.

    Such as tea-anna for anna: their names say so.
    """
    log = evidence.log
    if who in log.called:
        own = who.partition("-")[2]
        return own if own in log.clients else ""
    return next((one for one in log.called if one.partition("-")[2] == who), "")


@rule_for_marks
def keeps_the_end(evidence: Evidence) -> Finding | None:
    """All that one has said has gone on, and it has finished; the other is not told."""
    unmet, log = evidence.unmet, evidence.log
    near = _partner(evidence, unmet.who)
    waits = awaits_the_end(evidence) or "and the end: nothing" in unmet.text
    if evidence.ending or unmet.kind != "nothing" or not waits or not near:
        return None
    reads = log.of(near, "recv")
    sent = sum(e["n"] for e in log.of(unmet.who, "send"))
    if not any(not e["n"] for e in reads) or sum(e["n"] for e in reads) != sent:
        return None
    if log.of(unmet.who, "shut") or not log.descriptors_of(unmet.who):
        return None
    return Finding("M195", "connecting_out.kept_the_end", who=near, one=unmet.who)


# It is the relay of exercise 12, with marks.
rule_for_marks(connecting_out.read_an_end_again)
rule_for_marks(rules.forgot_the_rest)
rule_for_marks(connecting_out.asks_for_no_room)
rule_for_marks(connecting_out.ended_with_bytes_kept)
rule_for_marks(connecting_out.left_an_orphan)
rule_for_marks(connecting_out.ended_both)
rule_for_marks(connecting_out.kept_the_end)


# Rooms --------------------------------------------------------------------------------


@rule_for_rooms
def stopped_the_room(evidence: Evidence) -> Finding | None:
    """A hearer waits for a line, and the server for one who takes nothing."""
    unmet, blocked = evidence.unmet, evidence.blocked
    if evidence.ending or unmet.kind != "nothing":
        return None
    if blocked and blocked.op in ("send", "sendall"):
        who = blocked.who or "one client"
        return Finding("M209", "back_pressure.waits_for_one", who=who)
    log = evidence.log
    if not evidence.asleep_in_wait or not (wait := log.latest("wait")):
        return None
    here = [who for who in log.clients if log.descriptors_of(who)]
    deaf = [who for who in here if not _are_in(wait, "r", log, who)]
    unread = [who for who in deaf if _has_more_to_say(evidence, who)]
    if not unread and deaf != here:
        return None  # of a long line of speech the record has the beginning alone
    full = [who for who in unread if _are_in(wait, "w", log, who)]
    if full and full == unread:
        return Finding("M206", "back_pressure.is_not_heard", who=full[0])
    return Finding("M209", "back_pressure.stopped_the_room")


def _has_more_to_say(evidence: Evidence, who: str) -> bool:
    log = evidence.log
    said = sum(e["n"] for e in log.of_client(who, "pour"))
    return said > sum(e["n"] for e in log.of(who, "recv"))


def _are_in(wait: Event, flags: str, log: Log, who: str) -> bool:
    return bool(set(log.descriptors_of(who)) & set(wait.get(flags, [])))


@rule_for_rooms
def dropped_for_who_keeps_step(evidence: Evidence) -> Finding | None:
    """Who is told of dropped lines takes each line before the next ones are said."""
    unmet, log = evidence.unmet, evidence.log
    if unmet.kind not in ("nothing", "wrong", "torn") or IN_STEP not in unmet.text:
        return None
    told = [e for e in log.of(unmet.who, "send") if NOTICE in data_of(e)]
    if not told:
        return None
    return Finding("M208", "back_pressure.dropped_for_who_keeps_step", who=unmet.who)


IN_STEP = "expected each line"
"""What is told of a hearer who has all lines before more of them are said."""


@rule_for_rooms
def told_the_speaker(evidence: Evidence) -> Finding | None:
    """Somebody hears a line that nobody but itself has said."""
    unmet, log = evidence.unmet, evidence.log
    if unmet.kind not in ("wrong", "extra") or not unmet.got:
        return None
    others = b"".join(log.poured(who) for who in log.clients if who != unmet.who)
    for line in unmet.got.splitlines(keepends=True):
        if line.endswith(b"\n") and line in log.poured(unmet.who):
            if line not in others and line not in unmet.expected:
                facts = {"who": unmet.who, "data": show(line)}
                return Finding("", "back_pressure.told_the_speaker", **facts)
    return None


@rule_for_rooms
def keeps_everything(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind not in ("memory", "kept"):
        return None
    return Finding("M19", "back_pressure.keeps_everything")


@rule_for_rooms
def cut_a_line(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "torn":
        return None
    return Finding("M207", "back_pressure.cut_a_line", who=evidence.unmet.who)


@rule_for_rooms
def said_nothing(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    if unmet.kind == "unsaid":
        return Finding("M208", "back_pressure.said_nothing", who=unmet.who)
    if unmet.kind == "count":
        return Finding("M208", "back_pressure.counted_wrong", who=unmet.who)
    if unmet.kind == "words":
        return Finding("", "back_pressure.said_it_otherwise", got=show(unmet.got))
    if unmet.kind == "notices":
        return Finding("", "back_pressure.said_it_often", who=unmet.who)
    if unmet.kind == "early":
        return Finding("M208", "back_pressure.dropped_too_soon", who=unmet.who)
    waits = unmet.kind == "nothing" and "how many were dropped" in unmet.text
    waits = waits or unmet.kind == "belated"
    if waits and not evidence.ending and evidence.asleep_in_wait:
        return Finding("M208", "back_pressure.says_it_too_late", who=unmet.who)
    return None


@rule_for_rooms
def told_half_a_line(evidence: Evidence) -> Finding | None:
    """A line that has never had a newline was told to others, as one of its own."""
    unmet, log = evidence.unmet, evidence.log
    if unmet.kind not in ("wrong", "extra") or not unmet.got:
        return None
    heard = unmet.got.split(b"\n")[:-1]
    for other in log.clients:
        half = log.poured(other).rpartition(b"\n")[2]
        if other != unmet.who and half and half in heard:
            if half not in unmet.expected.split(b"\n"):
                facts = {"data": show(half), "who": other, "one": unmet.who}
                return Finding("M43", "back_pressure.told_half_a_line", **facts)
    return None


rule_for_rooms(rules.somebody_elses_bytes)


@rule_for_rooms
def sent_it_away(evidence: Evidence) -> Finding | None:
    """It closed the connection of one that had neither finished nor vanished."""
    unmet, log = evidence.unmet, evidence.log
    if evidence.ending or unmet.kind not in ("eof", "reset"):
        return None
    done = log.of(unmet.who, "recv", "fail", "close")
    failed = [e for e in done if e["e"] == "fail" and e.get("errno") != "EAGAIN"]
    ended = [e for e in done if e["e"] == "recv" and not e["n"]]
    if not done or done[-1]["e"] != "close" or failed or ended:
        return None
    return Finding("M208", "back_pressure.sent_it_away", who=unmet.who)


@rule_for_rooms
def stays_deaf(evidence: Evidence) -> Finding | None:
    """It was told of dropped lines, has taken all, and later lines are not for it."""
    unmet, log = evidence.unmet, evidence.log
    wait = log.latest("wait")
    if evidence.ending or unmet.kind != "nothing" or not evidence.asleep_in_wait:
        return None
    sends = log.of(unmet.who, "send", "fail")
    if not sends:
        return None
    told = [e for e in sends if e["e"] == "send" and NOTICE in data_of(e)]
    later = [e for e in log.of_any("recv") if e["n"] and e["t"] > sends[-1]["t"]]
    if not told or not later or not wait or sends[-1]["e"] == "fail":
        return None
    if sends[-1]["n"] < sends[-1]["ask"] or sends[-1]["fd"] in wait.get("w", []):
        return None
    return Finding("M208", "back_pressure.stays_deaf", who=unmet.who)


NOTICE = b"lines dropped ***"


# All of them --------------------------------------------------------------------------


@rule_at_last
def what_else_it_may_be(evidence: Evidence) -> Finding | None:
    """A general rule that holds where no line has an answer of its own, or none."""
    return first_of(connecting_out.ALSO, evidence) or NO_FINDING
