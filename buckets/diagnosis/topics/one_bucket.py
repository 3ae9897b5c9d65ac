"""Rules for one connection: framing, partial sends, ends of file, limits.

They are asked first, and for the tasks of exercise 01 alone: what is a mistake there
(an exception that says that the stream broke off) may be the right thing elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise

from buckets.diagnosis.answer import REPLACED
from buckets.diagnosis.evidence import Event, Evidence, data_of
from buckets.diagnosis.rules import Finding, Rules, suspected, suspected_of, wanted
from buckets.driving.unmet import Unmet, show
from buckets.texts import said

SENDING = {"send_everything", "echo_lines"}
LINES = {"read_line", "echo_lines"}
TASKS = SENDING | LINES | {"read_exactly", "read_text"}
END = b"\r\n"
HEAD = 4
LIMIT = 16_384

rule = Rules(TASKS)


class Talk:
    """What the learner's code did on the newest connection, in order."""

    def __init__(self, evidence: Evidence):
        self.fd = -1
        self.events: list[Event] = []
        for event in evidence.log.own:
            if event["e"] == "accept":
                self.fd, self.events = event["new"], []
            elif event.get("fd") == self.fd:
                self.events.append(event)
        mine = [c for c in evidence.log.trace.connections if c.fd == self.fd]
        self.who = (mine[-1].who if mine else "") or "the client"

    def of(self, kind: str) -> list[Event]:
        """Its receives, or its sends."""
        return [event for event in self.events if event["e"] == kind]

    @cached_property
    def pieces(self) -> list[bytes]:
        """What each recv() gave; of a long one, its first bytes."""
        return [data_of(event) for event in self.of("recv") if event["n"]]

    @property
    def ended(self) -> bool:
        """Whether recv() has reported the end of file."""
        return any(event["n"] == 0 for event in self.of("recv") if event["ask"])

    @property
    def waiting(self) -> bool:
        """Whether it is in a recv() that has not returned."""
        last = self.events[-1] if self.events else {}
        return last.get("e") == "try" and last.get("op") == "recv"


def _died_of(evidence: Evidence, *kinds: str) -> bool:
    ending = evidence.ending
    return bool(ending and ending.how == "raised" and ending.kind in kinds)


# What it may not use, and what it could not read ----------------------------------


@rule
def used_a_helper(evidence: Evidence) -> Finding | None:
    if _died_of(evidence, "NotInThisExercise") and evidence.ending:
        return Finding("M49", "words.as_it_is", text=evidence.ending.error)
    return None


@rule
def cut_a_character(evidence: Evidence) -> Finding | None:
    if _died_of(evidence, "UnicodeDecodeError"):
        return Finding("M03", "one_bucket.cut_a_character")
    return None


@rule
def decoded_each_piece(evidence: Evidence) -> Finding | None:
    """Other letters stand where one was cut: no piece of it is text by itself."""
    unmet, pieces = evidence.unmet, Talk(evidence).pieces
    if evidence.behaviour.task != "read_text" or unmet.kind != "wrong":
        return None
    cut = [piece for piece in pieces[1:] if not _is_text(piece)]
    replaced = REPLACED in unmet.got and REPLACED not in unmet.expected
    # Who decodes with errors="ignore" has a hole there.
    shared = _cut_between(*pieces[-2:]) if len(pieces) > 1 else b""
    left_out = shared and unmet.got == unmet.expected.replace(shared, b"", 1)
    if not cut or not (replaced or left_out):
        return None
    return Finding("M03", "one_bucket.decoded_each_piece", piece=show(cut[-1]))


def _cut_between(first: bytes, then: bytes) -> bytes:
    """The letter of which one piece has the beginning, and the next the end."""
    for size in range(2, 5):
        for taken in range(1, size):
            letter = first[-taken:] + then[: size - taken]
            if len(letter) == size and _is_text(letter) and len(letter.decode()) == 1:
                return letter
    return b""


def _is_text(piece: bytes) -> bool:
    try:
        piece.decode()
    except UnicodeDecodeError:
        return False
    return True


@rule
def no_room_ended_it(evidence: Evidence) -> Finding | None:
    failed = evidence.log.latest("fail") or {}
    if _died_of(evidence, "BlockingIOError") and failed.get("op") == "send":
        return Finding("M65", "one_bucket.no_room_ended_it")
    return None


@rule
def asked_for_another_length(evidence: Evidence) -> Finding | None:
    """The length has four bytes; who asks for fewer, and has them, reads another."""
    talk = Talk(evidence)
    first = talk.of("recv")[:1]
    if evidence.behaviour.task != "read_text" or evidence.unmet.kind != "wrong":
        return None
    if not first or not first[0]["n"] == first[0]["ask"] < HEAD or first[0]["ask"] == 1:
        return None
    return Finding("", "one_bucket.asked_for_another_length", n=first[0]["ask"])


@rule
def cut_a_length(evidence: Evidence) -> Finding | None:
    if evidence.behaviour.task != "read_text":
        return None
    for event, after in pairwise([*Talk(evidence).of("recv"), {"ask": 0}]):
        short = event["ask"] == HEAD and 0 < event["n"] < HEAD
        if short and after["ask"] != HEAD - event["n"]:
            data = show(data_of(event))
            return Finding("M03", "one_bucket.cut_a_length", HEAD=HEAD, data=data)
    return None


# The end of file ------------------------------------------------------------------


@rule
def asked_for_no_bytes(evidence: Evidence) -> Finding | None:
    receives = Talk(evidence).of("recv")
    if receives and receives[-1]["ask"] == 0:
        return Finding("M44", "one_bucket.asked_for_no_bytes")
    return None


@rule
def deaf_to_the_end(evidence: Evidence) -> Finding | None:
    talk = Talk(evidence)
    ends = sum(event["n"] == 0 for event in evidence.log.recent if event["e"] == "recv")
    if evidence.ending is None and ends >= 3:
        return Finding("M42", "one_bucket.deaf_to_the_end", who=talk.who)
    return None


@rule
def looks_at_the_same_bytes(evidence: Evidence) -> Finding | None:
    """MSG_PEEK leaves the bytes where they are, and the end of file behind them."""
    talk, events = Talk(evidence), evidence.log.trace.events
    peeks = [event for event in talk.of("recv")[-3:] if event.get("peek")]
    finished = any(e["e"] == "half_close" and e["who"] == talk.who for e in events)
    if not evidence.spinning or len(peeks) < 3 or not peeks[-1]["n"] or not finished:
        return None
    return Finding("M42", "one_bucket.looks_at_the_same_bytes", who=talk.who)


@rule
def broke_off_and_nobody_caught_it(evidence: Evidence) -> Finding | None:
    if _died_of(evidence, "EOFError") and evidence.behaviour.task == "echo_lines":
        return Finding("M43", "one_bucket.broke_off_and_nobody_caught_it")
    return None


@rule
def took_a_part_for_the_whole(evidence: Evidence) -> Finding | None:
    unmet, talk = evidence.unmet, Talk(evidence)
    finished = bool(evidence.log.of_client(talk.who, "half_close"))
    returned = unmet.kind == "wrong" and finished
    if unmet.text.startswith("expected EOFError") and (talk.ended or returned):
        # Who returns None has taken nothing for a message.
        nothing = unmet.text.endswith("got None")
        # But of a line, None says that the stream has ended between two of them.
        belief = "" if nothing and evidence.behaviour.task != "read_line" else "M43"
        if not talk.pieces:
            return Finding("", "one_bucket.ended_before_the_first", who=talk.who)
        return Finding(belief, "one_bucket.took_a_part_for_the_whole", who=talk.who)
    if unmet.kind == "extra" and talk.ended and not talk.pieces[-1].endswith(END):
        rest = talk.pieces[-1].rpartition(END)[2]
        return Finding("M43", "one_bucket.took_a_part_for_the_whole_2", rest=show(rest))
    return None


@rule
def passed_over_an_empty_line(evidence: Evidence) -> Finding | None:
    talk, unmet = Talk(evidence), evidence.unmet
    if evidence.behaviour.task not in LINES or unmet.kind != "nothing":
        return None
    if not talk.waiting or not talk.pieces or talk.pieces[-1] != END:
        return None
    if len(talk.pieces) > 1 and not talk.pieces[-2].endswith(END):
        return None  # then it ends a line that has begun
    return Finding("M44", "one_bucket.passed_over_an_empty_line", who=talk.who)


@rule
def took_nothing_for_the_end(evidence: Evidence) -> Finding | None:
    talk = Talk(evidence)
    if evidence.behaviour.task != "echo_lines" or talk.ended or not talk.pieces:
        return None
    gone = evidence.unmet.kind in ("eof", "gone", "reset")
    if gone and (talk.pieces[-1] == END or END + END in talk.pieces[-1]):
        return Finding("M44", "one_bucket.took_nothing_for_the_end", who=talk.who)
    return None


# Lengths and limits ---------------------------------------------------------------


@rule
def misread_a_length(evidence: Evidence) -> Finding | None:
    if evidence.behaviour.task != "read_text":
        return None
    talk = Talk(evidence)
    stream = b"".join(talk.pieces)
    size = int.from_bytes(stream[:HEAD], "big")
    first = talk.of("recv")[:1]
    whole = bool(first) and HEAD + size < first[0]["n"] and len(talk.pieces[0]) >= HEAD
    if evidence.ending is None and whole and talk.waiting:
        return Finding(
            "M41", "one_bucket.misread_a_length", n=first[0]["n"], HEAD=HEAD + size
        )
    # From behind, a length of 0 is 0, and no reason for an exception.
    small = len(stream) >= HEAD and 0 < size < 1 << 14
    if small and _died_of(evidence, "ValueError", "MemoryError", "OverflowError"):
        return Finding(
            "M48", "one_bucket.misread_a_length_2", stream=stream[:HEAD], size=size
        )
    if evidence.ending is None and talk.waiting and _is_whole(stream):
        # Letters are fewer than bytes, and a length from behind is a huge one.
        counted = not stream.isascii() or any(e["ask"] > LIMIT for e in talk.of("recv"))
        belief = "M48" if counted else ""
        return Finding(belief, "one_bucket.misread_a_length_3")
    return None


def _is_whole(stream: bytes) -> bool:
    """Whether these are whole frames, of a length and so many bytes."""
    while len(stream) >= HEAD:
        size = int.from_bytes(stream[:HEAD], "big")
        if len(stream) < HEAD + size:
            return False
        stream = stream[HEAD + size :]
    return not stream


@rule
def believed_any_length(evidence: Evidence) -> Finding | None:
    if _died_of(evidence, "MemoryError", "OverflowError"):
        return Finding("M47", "one_bucket.believed_any_length")
    if evidence.unmet.text.startswith("expected ValueError") and Talk(evidence).waiting:
        if evidence.behaviour.task in LINES:
            return Finding("M47", "one_bucket.waits_for_an_end", limit=LIMIT)
        return Finding("M47", "one_bucket.believed_any_length_2")
    return None


@rule
def let_a_length_pass(evidence: Evidence) -> Finding | None:
    """It had the four bytes, and returned something, or raised something else."""
    head = b"".join(Talk(evidence).pieces)[:HEAD]
    if not evidence.unmet.text.startswith("expected ValueError") or len(head) < HEAD:
        return None
    size = int.from_bytes(head, "big")
    if evidence.behaviour.task != "read_text" or size <= LIMIT:
        return None
    return Finding("", "one_bucket.let_a_length_pass", head=show(head), size=size)


def raised_on_purpose(traceback: str) -> bool:
    """Whether the last line of code in it says `raise`."""
    code = [line.strip() for line in traceback.splitlines() if line.startswith("    ")]
    return bool(code) and code[-1].startswith("raise ")


@rule
def refused_what_is_allowed(evidence: Evidence) -> Finding | None:
    """The last length that came is the limit itself, and that is within it."""
    ending = evidence.ending
    if evidence.behaviour.task != "read_text" or not _died_of(evidence, "ValueError"):
        return None
    last = Talk(evidence).pieces[-1:]
    if not ending or not raised_on_purpose(ending.traceback) or not last:
        return None
    if last[0][:HEAD] != LIMIT.to_bytes(HEAD, "big"):
        return None
    # Off by one is a slip: whoever made it has looked at the length in good time.
    return Finding("", "one_bucket.refused_what_is_allowed", limit=LIMIT)


@rule
def limit_of_something_else(evidence: Evidence) -> Finding | None:
    if not _died_of(evidence, "ValueError") or evidence.behaviour.task not in LINES:
        return None
    ending = evidence.ending
    assert ending
    if not raised_on_purpose(ending.traceback):
        return None
    if evidence.behaviour.task == "echo_lines":
        if sum(event["n"] for event in Talk(evidence).of("recv")) >= LIMIT:
            return None  # a line may have been too long: then it is not caught
        return Finding("M47", "one_bucket.limit_of_something_else")
    came = sum(event["n"] for event in Talk(evidence).of("recv"))
    # Off by one is a slip; more may have come than one line, and that is a belief.
    belief = "M47" if came > LIMIT else ""
    if not ending.error:
        return Finding(belief, "one_bucket.limit_of_something_else_3")
    error = ending.error.rstrip(".")
    return Finding(belief, "one_bucket.limit_of_something_else_2", error=error)


@rule
def said_no_goodbye(evidence: Evidence) -> Finding | None:
    """The last words are said, and the end of file is not."""
    talk = Talk(evidence)
    last_words = any(
        data_of(event).startswith(b"too long") for event in talk.of("send")
    )
    if not last_words or talk.of("shut") or talk.of("close") or talk.ended:
        return None
    if evidence.unmet.kind != "nothing" or not _awaits_the_end(evidence):
        return None
    return Finding("", "one_bucket.said_no_goodbye", who=talk.who)


def _awaits_the_end(evidence: Evidence) -> bool:
    return "end of the connection" in evidence.unmet.text


@rule
def shut_both_directions(evidence: Evidence) -> Finding | None:
    """recv() gives b"" behind that, whatever the other side goes on to send."""
    talk = Talk(evidence)
    ways = [event["how"] for event in talk.of("shut")]
    finished = evidence.log.of_client(talk.who, "half_close")
    if not ways or not {0, 2} & set(ways) or finished or not talk.ended:
        return None
    return Finding("M09", "one_bucket.shut_both_directions", who=talk.who)


@rule
def closed_on_unread_bytes(evidence: Evidence) -> Finding | None:
    talk = Talk(evidence)
    last_words = any(
        data_of(event).startswith(b"too long") for event in talk.of("send")
    )
    if not last_words or talk.ended or evidence.unmet.kind not in ("reset", "gone"):
        return None
    return Finding("M09", "one_bucket.closed_on_unread_bytes", who=talk.who)


# Sending --------------------------------------------------------------------------


@rule
def returned_before_all_was_sent(evidence: Evidence) -> Finding | None:
    """It has handed the work to a thread, and waits for nothing."""
    if evidence.unmet.kind != "early" or evidence.vitals.threads < 2:
        return None
    threads = evidence.vitals.threads
    return Finding("", "one_bucket.returned_before_all_was_sent", threads=threads)


@rule
def sent_a_part(evidence: Evidence) -> Finding | None:
    if evidence.behaviour.task not in SENDING:
        return None
    sends = Talk(evidence).of("send")
    for event, after in pairwise([*sends, None]):
        assert event
        if event["n"] == event["ask"]:
            if after and evidence.unmet.kind == "extra":
                if data_of(after) and data_of(after) in data_of(sends[0]):
                    n = event["n"]
                    return Finding("M04", "one_bucket.sent_what_was_taken", n=n)
            continue
        took = said("words.took", n=event["n"], ask=event["ask"])
        if after and after["ask"] == event["ask"] and data_of(after) == data_of(event):
            return Finding("M04", "one_bucket.sent_a_part", took=took)
        if after and after["ask"] > event["ask"] - event["n"]:
            again = after["ask"] - event["ask"] + event["n"]
            return Finding("M04", "one_bucket.sent_again", took=took, again=again)
        if not after or after["ask"] != event["ask"] - event["n"]:
            return Finding("M04", "one_bucket.sent_a_part_2", took=took)
    return None


@rule
def gave_send_nothing_of_it(evidence: Evidence) -> Finding | None:
    """All that send() was given it took, and that was not all."""
    due, sends = wanted(evidence), Talk(evidence).of("send")
    if evidence.behaviour.task != "send_everything" or not evidence.is_with_its_driver:
        return None
    if evidence.unmet.kind != "nothing" or not due or evidence.ending:
        return None
    if " so far" in evidence.unmet.text:
        return None
    if any(due in data_of(e) or e["n"] < e["ask"] for e in sends[-1:]):
        return None
    return Finding("", "one_bucket.gave_send_nothing_of_it", due=show(due))


# Receiving ------------------------------------------------------------------------


@rule
def cut_an_end_of_line(evidence: Evidence) -> Finding | None:
    if evidence.behaviour.task not in LINES or evidence.unmet.kind == "extra":
        return None
    if _lacks_its_edge(evidence.unmet):
        return None  # whoever looks for an end in the newest piece returns no less
    last = Talk(evidence).pieces[-2:]
    if len(last) == 2 and last[0].endswith(b"\r") and last[1].startswith(b"\n"):
        return Finding("M03", "one_bucket.cut_an_end_of_line")
    return None


def _lacks_its_edge(unmet: Unmet) -> bool:
    """Whether all is there but bytes at an edge, such as strip() takes away."""
    return (
        unmet.got != unmet.expected
        and bool(unmet.got)
        and (
            unmet.got.strip() == unmet.expected.strip() and unmet.got in unmet.expected
        )
    )


@rule
def another_end_of_line(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    if evidence.behaviour.task not in LINES or unmet.kind != "wrong":
        return None
    for lone in (b"\r", b"\n"):
        if not unmet.got.endswith(lone) and unmet.got + lone in unmet.expected:
            return Finding("M45", "one_bucket.another_end_of_line", lone=show(lone))
    if unmet.got != unmet.expected and unmet.got == unmet.expected.strip():
        return Finding("M45", "one_bucket.another_end_of_line_2")
    if unmet.got == unmet.expected + END:
        # Found where it is, and not taken off: that is a slip.
        return Finding("", "one_bucket.another_end_of_line_3")
    if unmet.got == unmet.expected + END[:1]:
        return Finding("M45", "one_bucket.another_end_of_line_3")
    return None


@rule
def looks_past_a_lone_one(evidence: Evidence) -> Finding | None:
    """A whole line has come, with a lone \\r or \\n in it, and is not found."""
    talk = Talk(evidence)
    if evidence.behaviour.task not in LINES or evidence.unmet.kind != "nothing":
        return None
    line = b"".join(talk.pieces).rpartition(END)[0].rpartition(END)[2]
    if not talk.waiting or not line or not re.search(rb"\r(?!\n)|(?<!\r)\n", line):
        return None
    if len(talk.pieces) > 1 and talk.pieces[-2].endswith(b"\r"):
        return None  # the end of the line was cut, which is another matter
    return Finding("M45", "one_bucket.looks_past_a_lone_one", line=show(line + END))


@rule
def a_line_again(evidence: Evidence) -> Finding | None:
    talk, got = Talk(evidence), evidence.unmet.got
    if evidence.behaviour.task != "read_line" or not got or talk.ended:
        return None
    stream = b"".join(talk.pieces)
    if evidence.unmet.kind == "wrong" and stream.startswith(got + END):
        if evidence.unmet.expected != got:
            return Finding("M46", "one_bucket.a_line_again", got=show(got))
    return None


@rule
def left_a_piece_of_the_end(evidence: Evidence) -> Finding | None:
    """What is returned begins with bytes that end the line before it."""
    unmet, talk = evidence.unmet, Talk(evidence)
    if evidence.behaviour.task != "read_line" or unmet.kind != "wrong" or talk.ended:
        return None
    for left in (END, END[1:]):
        behind = END + unmet.expected + END
        if unmet.got == left + unmet.expected and behind in b"".join(talk.pieces):
            return Finding("M46", "one_bucket.left_a_piece_of_the_end", left=show(left))
    return None


@rule
def took_a_piece(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    if unmet.kind not in ("wrong", "extra") or evidence.ending:
        return None
    for piece in _answered_pieces(evidence):
        what = "answered" if evidence.behaviour.task == "echo_lines" else "returned"
        return Finding("M40", "one_bucket.took_a_piece", piece=show(piece), what=what)
    return None


def _answered_pieces(evidence: Evidence) -> Iterator[bytes]:
    """Pieces that are no whole message, and were treated as one."""
    talk, unmet = Talk(evidence), evidence.unmet
    if evidence.behaviour.task == "echo_lines":
        done = [event for event in talk.events if event["e"] in ("recv", "send")]
        for event, after in pairwise(done):
            if event["e"] == "recv" and after["e"] == "send" and event["n"]:
                piece = data_of(event)
                if END not in piece and piece in data_of(after):
                    yield piece
    elif unmet.got and unmet.expected.startswith(unmet.got):
        if b"".join(talk.pieces).endswith(unmet.got):
            yield unmet.got


@rule
def took_more_than_one(evidence: Evidence) -> Finding | None:
    unmet, talk = evidence.unmet, Talk(evidence)
    if evidence.ending or unmet.kind not in ("nothing", "wrong"):
        return None
    if unmet.expected and unmet.got.startswith(unmet.expected):
        return Finding("M41", "one_bucket.took_more_than_one", got=show(unmet.got))
    if not talk.waiting or not suspected_of(evidence, "M41"):
        return None
    for event in reversed(talk.of("recv")):
        piece = data_of(event)
        if evidence.behaviour.task in LINES and END in piece[:-2]:
            return Finding("M41", "one_bucket.took_more_than_one_2", piece=show(piece))
        if evidence.behaviour.task == "read_exactly" and event["n"] < event["ask"]:
            return Finding(
                "M41",
                "one_bucket.took_more_than_one_3",
                ask=event["ask"],
                piece=show(piece),
            )
    return None


@rule
def what_the_test_was_written_for(evidence: Evidence) -> Finding | None:
    """The general rules speak of loops and lists; these tasks have neither."""
    blocked = evidence.blocked
    if evidence.ending or (blocked and blocked.op == "accept"):
        return None
    return suspected(evidence)
