"""Rules for parsers that stop and go on, and for the server that they work in.

They are asked first, and for the tasks of exercise 08 alone: what a parser was fed with
is known piece by piece, and each test of it is about one idea.
"""

from __future__ import annotations

import re
from itertools import zip_longest

from buckets.diagnosis.answer import heard_by
from buckets.diagnosis.evidence import Event, Evidence, data_of
from buckets.diagnosis.rules import (
    Finding,
    Rules,
    awaits_the_end,
    has_sent_it,
    literal_behind,
    somebody_stays,
    suspected,
    suspected_of,
    wanted,
)
from buckets.driving.unmet import first_difference, show
from buckets.texts import said

PARSERS = {"LineParser", "RequestParser", "CarefulParser"}
TASKS = PARSERS | {"serve_memcached"}
CARRIED_OUT = ("b'STORED", "b'DELETED", "b'NOT_FOUND", "b'VALUE", "b'END")
REFUSED = ("ERROR", "CLIENT_ERROR", "SERVER_ERROR")

ITEM = re.compile(rb"(?:<.*?>|! .*?)\n(?=<|!|$)", re.DOTALL)

BLOCK_LINE = re.compile(rb"(?:^|\n)set [^\r\n]*\r\n[^\n]*\Z")
SOME_BLOCK = re.compile(rb"(?:^|\n)set \S+ \S+ \S+ ([1-9]\d*)\r\n", re.DOTALL)
FULL_BLOCK = re.compile(rb"(?:^|\n)set \S+ \d+ \d+ [1-9]\d*\r\n")
EMPTY_BLOCK = re.compile(rb"(?:^|\n)set \S+ \d+ \d+ 0\r\n")
LEAST = 3
LINE_LIMIT = 1024
LONG = 500_000_000  # ns

rule = Rules(TASKS)


def _of_parser(evidence: Evidence) -> bool:
    return evidence.behaviour.task in PARSERS and not evidence.ending


def _told_apart(evidence: Evidence) -> tuple[list[bytes], list[bytes], bytes]:
    """What was due and what came, item by item, and what came behind the right ones."""
    due = ITEM.findall(evidence.unmet.expected)
    got = came = evidence.unmet.got
    for item in due:
        if not came.startswith(item):
            break
        came = came[len(item) :]
    return due, ITEM.findall(got), came


def _pieces(evidence: Evidence) -> list[bytes]:
    """What each recv() gave of the failing client's; of a long one, its beginning."""
    events = evidence.log.of(evidence.unmet.who, "recv")
    texts = [str(event.get("data", "")) for event in events if event["n"]]
    return [text.encode("latin-1", "replace") for text in texts]


@rule
def took_something_else_for_a_line(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if not ending or ending.kind != "ValueError":
        return None
    if not ending.error.endswith(("ERROR", "bad command line format")):
        return None
    asked = said("words.no_request_line")
    last = _pieces(evidence)[-2:]
    if last and EMPTY_BLOCK.search(last[-1]):
        earlier = b"".join(_pieces(evidence)[:-1])
        if FULL_BLOCK.search(earlier):
            return Finding("M44", "state_machine.took_an_empty_block_for_none")
        return Finding("", "state_machine.took_something_else_for_a_line", asked=asked)
    if len(last) == 2 and _lacks_its_end(last[0]):
        return Finding("M76", "state_machine.took_its_end_for_a_line", asked=asked)
    if len(last) == 2 and BLOCK_LINE.search(last[0]):
        return Finding(
            "M75", "state_machine.took_something_else_for_a_line_2", asked=asked
        )
    # A block that has come whole, with its line, was counted otherwise.
    counted = suspected_of(evidence, "M76") and bool(last) and _has_a_block(last[-1])
    belief = "M76" if counted else ""
    return Finding(
        belief, "state_machine.took_something_else_for_a_line_3", asked=asked
    )


def _lacks_its_end(piece: bytes) -> bool:
    """Whether a block has come whole, and what is behind it has not, or in part."""
    return _behind_a_block(piece) in (0, 1)


def _has_a_block(piece: bytes) -> bool:
    """Whether a line, its block and the end of that have come in one piece."""
    return _behind_a_block(piece) >= len(b"\r\n")


def _behind_a_block(piece: bytes) -> int:
    """How many bytes have come behind the last block; less than 0 while it comes."""
    blocks = [*SOME_BLOCK.finditer(piece)]
    if not blocks:
        return -1
    return len(piece) - blocks[-1].end() - int(blocks[-1][1])


@rule
def decoded_a_block(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    blocks = evidence.behaviour.task != "LineParser"
    if not ending or ending.kind != "UnicodeDecodeError" or not blocks:
        return None
    if b"set " not in evidence.log.poured(evidence.unmet.who):
        return None
    return Finding("M76", "state_machine.decoded_a_block")


@rule
def kept_what_it_throws_away(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "memory":
        return None
    return Finding("M47", "state_machine.kept_what_it_throws_away")


@rule
def never_comes_back(evidence: Evidence) -> Finding | None:
    if not _of_parser(evidence) or not evidence.spinning or not _for_long(evidence):
        return None
    return Finding("M111", "state_machine.never_comes_back")


def _for_long(evidence: Evidence) -> bool:
    """Whether nothing was asked of the kernel for long before the test failed."""
    events = evidence.log.trace.events
    faults = [event["t"] for event in events if event["e"] == "fault"]
    if not faults:
        return True
    own = [e["t"] for e in evidence.log.own if e["t"] < faults[-1]]
    return bool(own) and faults[-1] - own[-1] > LONG


@rule
def returned_something_else(evidence: Evidence) -> Finding | None:
    _, _, came = _told_apart(evidence)
    if not _of_parser(evidence) or not came or came.startswith((b"<", b"! ")):
        return None
    return Finding("M110", "state_machine.returned_something_else", came=show(came))


@rule
def cut_an_end_of_line(evidence: Evidence) -> Finding | None:
    last = _pieces(evidence)[-2:]
    careful = evidence.behaviour.task == "CarefulParser" and not evidence.ending
    looked_for = suspected_of(evidence, "M03") or careful
    if not looked_for or len(last) < 2:
        return None
    if last[0].endswith(b"\r") and last[1].startswith(b"\n"):
        return Finding("M03", "state_machine.cut_an_end_of_line")
    return None


@rule
def returned_the_rest(evidence: Evidence) -> Finding | None:
    """Behind the lines that have ended comes what has not, as if it were one."""
    unmet, pieces = evidence.unmet, _pieces(evidence)
    if evidence.behaviour.task != "LineParser" or evidence.ending or not pieces:
        return None
    rest = pieces[-1].rpartition(b"\r\n")[2]
    came = _told_apart(evidence)[2]
    if unmet.kind == "extra":
        came = unmet.text.rpartition("got ")[2].encode()
        if came != show(b"<%s>\n" % rest).encode():
            return None
    elif not came or came != b"<%s>\n" % rest:
        return None
    return Finding("M75", "state_machine.returned_the_rest", rest=show(rest))


@rule
def a_block_with_its_end(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    due, got = (told.replace(b"\r\n>", b">") for told in (unmet.expected, unmet.got))
    blocks = evidence.behaviour.task in ("RequestParser", "CarefulParser")
    if not blocks or not unmet.differs or due != got:
        return None
    return Finding("M76", "state_machine.a_block_with_its_end")


@rule
def took_an_empty_block_for_none(evidence: Evidence) -> Finding | None:
    """What was returned is right but for the block, which is None and not empty."""
    unmet = evidence.unmet
    due, got, _ = _told_apart(evidence)
    if not _of_parser(evidence) or not unmet.differs:
        return None
    for right, wrong in zip(due, got, strict=False):
        if right != wrong:
            line = right.removesuffix(b" <>\n")
            if line == right or wrong != line + b"\n":
                return None
            return Finding(
                "M44", "state_machine.an_empty_block_for_none", line=show(line[1:-1])
            )
    return None


@rule
def passes_over_empty_lines(evidence: Evidence) -> Finding | None:
    unmet, pieces = evidence.unmet, _pieces(evidence)
    if evidence.behaviour.task != "LineParser" or evidence.ending or not pieces:
        return None
    due, got, _ = _told_apart(evidence)
    alone = pieces[-1] == b"\r\n" and all(p.endswith(b"\r\n") for p in pieces)
    silent = unmet.kind == "nothing" and alone and wanted(evidence) == b"<>\n"
    others = [line for line in due if line != b"<>\n"]
    if silent or (unmet.got and got == others != due):
        return Finding("M44", "state_machine.passes_over_empty_lines")
    return None


@rule
def ends_a_line_elsewhere(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    if evidence.behaviour.task != "LineParser" or not unmet.got:
        return None
    due, got = (re.sub(rb"[<>\r\n]", b"", told) for told in (unmet.expected, unmet.got))
    if due == got:
        return Finding("M45", "state_machine.ends_a_line_elsewhere")
    if due.replace(b" ", b"") == got.replace(b" ", b"") and len(got) < len(due):
        return Finding("M45", "state_machine.takes_blanks_away")
    return _cut_at_a_lone_end(evidence)


def _cut_at_a_lone_end(evidence: Evidence) -> Finding | None:
    """The first wrong line is the right one's beginning, up to a lone \\r or \\n."""
    due, got, _ = _told_apart(evidence)
    pairs = [pair for pair in zip(due, got, strict=False) if pair[0] != pair[1]]
    if not pairs:
        return None
    right, wrong = (item.rstrip(b"\n")[1:-1] for item in pairs[0])
    behind = right[len(wrong) :]
    lone = re.match(rb".?([\r\n])", behind, re.DOTALL)
    if not wrong or not right.startswith(wrong) or not lone:
        return None
    facts = {"right": show(right), "wrong": show(wrong), "end": show(lone[1])}
    return Finding("M45", "state_machine.cut_at_a_lone_end", **facts)


@rule
def knows_the_newest_piece_alone(evidence: Evidence) -> Finding | None:
    pieces, unmet = _pieces(evidence), evidence.unmet
    if evidence.behaviour.task != "LineParser" or len(pieces) < 2 or not unmet.got:
        return None
    *alone, _ = pieces[-1].split(b"\r\n")
    if unmet.got != b"".join(b"<%s>\n" % line for line in alone):
        return None
    return Finding(
        "M75",
        "state_machine.knows_the_newest_piece_alone",
        found=show(unmet.got),
        piece=show(pieces[-1]),
    )


@rule
def somebody_elses_bytes(evidence: Evidence) -> Finding | None:
    unmet, log = evidence.unmet, evidence.log
    if not _of_parser(evidence) or unmet.kind != "wrong":
        return None
    for other in log.clients:
        theirs = log.poured(other)
        foreign = len(theirs) >= LEAST and theirs in unmet.got
        if other != unmet.who and foreign and theirs not in log.poured(unmet.who):
            return Finding(
                "M79",
                "state_machine.somebody_elses_bytes",
                who=unmet.who,
                theirs=show(theirs),
                other=other,
            )
    return None


@rule
def kept_or_lost_what_it_found(evidence: Evidence) -> Finding | None:
    due, got, _ = _told_apart(evidence)
    if not _of_parser(evidence) or not due or not got or due == got:
        return None
    if len(got) > len(due) and got[-len(due) :] == due:
        # What is heard last is the beginning of this very answer.
        before = b"".join([*heard_by(evidence, evidence.unmet.who)][:-1])
        if b"".join(got[: -len(due)]) in before:
            return Finding("M113", "state_machine.kept_or_lost_what_it_found")
        return None
    if got[0] in due[1:] and due[0] not in got and due[0].startswith(b"<"):
        return Finding("M113", "state_machine.lost_what_it_found", lost=show(due[0]))
    lost = due[: -len(got)]
    if due[-len(got) :] == got and all(item.startswith(b"<") for item in lost):
        return Finding("M113", "state_machine.kept_or_lost_what_it_found_2")
    return None


@rule
def left_something_in_the_buffer(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    cut = _serves(evidence) and suspected_of(evidence, "M75")
    if unmet.kind != "nothing" or not (cut or _of_parser(evidence)):
        return None
    if "\\n! " in unmet.text.partition(", got ")[2] or ", got b'! " in unmet.text:
        return Finding("M77", "state_machine.left_something_in_the_buffer")
    if " so far: " in unmet.text:
        return Finding("M78", "state_machine.left_something_in_the_buffer_2")
    return None


@rule
def refused_otherwise(evidence: Evidence) -> Finding | None:
    due, got, _ = _told_apart(evidence)
    if evidence.behaviour.task != "CarefulParser" or not evidence.unmet.differs:
        return None
    pairs = zip_longest(due, got, fillvalue=b"")
    at, (right, wrong) = next(
        (place, pair) for place, pair in enumerate(pairs) if pair[0] != pair[1]
    )
    # Behind an error, what is wrong may be the way back.
    behind = at > 0 and due[at - 1].startswith(b"!")
    if right.startswith(b"!") and not behind:
        return Finding(
            "M115",
            "state_machine.refused_otherwise",
            wrong=show(wrong),
            right=show(right),
        )
    if wrong.startswith(b"!") and not behind:
        facts = {"wrong": show(wrong), "right": show(right)}
        whole = _limit_of_all(evidence, right, wrong)
        if right:
            return whole or Finding(
                "M115", "state_machine.refused_what_is_allowed", **facts
            )
        return Finding("M115", "state_machine.refused_otherwise_2", wrong=show(wrong))
    if behind and wrong:
        return Finding(
            "M77",
            "state_machine.refused_otherwise_3",
            due=show(due[at - 1]),
            wrong=show(wrong),
            what=show(right) if right else said("words.nothing_more"),
        )
    return None


def _limit_of_all(evidence: Evidence, right: bytes, wrong: bytes) -> Finding | None:
    """A short line was too long, and more than a line may have has come behind it."""
    line = right[1:].partition(b">")[0]
    most = max((e["n"] for e in evidence.log.of(evidence.unmet.who, "recv")), default=0)
    if b"line too long" not in wrong or most <= LINE_LIMIT:
        return None
    if not right.startswith(b"<") or len(line) > LINE_LIMIT // 2:
        return None
    facts = {"line": show(line), "n": len(line), "most": most}
    return Finding("M47", "state_machine.limit_of_all", **facts)


@rule
def forgot_the_beginning(evidence: Evidence) -> Finding | None:
    last = _pieces(evidence)[-2:]
    if evidence.ending or len(last) < 2 or not suspected_of(evidence, "M75"):
        return None
    due, got, _ = _told_apart(evidence)
    wrong = [item for item in got if item not in due]
    if not wrong:
        return None  # what came is right, or nothing came: something is missing
    if wrong[0].strip(b"<>! \n") not in last[1]:
        return None  # it is not of the newest piece alone
    right = [*due, b""][min(got.index(wrong[0]), len(due))]
    if right and right.strip(b"<>! \n") in last[1]:
        return None  # what was due there is of the newest piece alone, too
    return Finding(
        "M75",
        "state_machine.forgot_the_beginning",
        last=show(last[0]),
        last2=show(last[1]),
    )


@rule
def hung_up_on_an_error(evidence: Evidence) -> Finding | None:
    who, unmet = evidence.unmet.who, evidence.unmet
    if unmet.kind not in ("eof", "reset") or evidence.ending:
        return None
    sent = [str(event.get("data", "")) for event in evidence.log.of(who, "send")]
    last = "".join(sent).rstrip("\r\n").rpartition("\n")[2]
    if last.startswith(REFUSED):
        return Finding("M77", "state_machine.hung_up_on_an_error", last=last, who=who)
    return None


@rule
def came_to_its_end(evidence: Evidence) -> Finding | None:
    if evidence.ending and evidence.ending.how == "returned":
        belief = "" if somebody_stays(evidence) else "M31"
        return Finding(belief, "state_machine.came_to_its_end")
    return None


@rule
def kept_nowhere(evidence: Evidence) -> Finding | None:
    unmet, log = evidence.unmet, evidence.log
    if not _serves(evidence) or unmet.kind not in ("eof", "reset"):
        return None
    if log.of(unmet.who, "recv", "send", "fail"):
        return None
    return Finding("M34", "state_machine.kept_nowhere", who=unmet.who)


def _serves(evidence: Evidence) -> bool:
    return evidence.behaviour.task == "serve_memcached" and not evidence.ending


@rule
def a_database_for_each(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    if not _serves(evidence) or unmet.kind != "wrong":
        return None
    due, got = (
        set(re.findall(rb"VALUE (\S+) ", told)) for told in (unmet.expected, unmet.got)
    )
    mine = evidence.log.poured(unmet.who)
    for key in sorted(due - got):
        if unmet.got.endswith(b"END\r\n") and b"set %s " % key not in mine:
            return Finding("M114", "state_machine.a_database_for_each", who=unmet.who)
    return None


@rule
def an_answer_without_its_end(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    due, got = (told.replace(b"\r\n", b"") for told in (unmet.expected, unmet.got))
    if not _serves(evidence) or not unmet.differs or due != got:
        return None
    return Finding("", "state_machine.an_answer_without_its_end")


@rule
def refused_for_another(evidence: Evidence) -> Finding | None:
    """Its request was whole and right; somebody else is in the middle of one."""
    unmet, log = evidence.unmet, evidence.log
    refused = unmet.got.startswith(tuple(word.encode() for word in REFUSED))
    right = not re.search(b"ERROR", unmet.expected)
    if not _serves(evidence) or unmet.kind != "wrong" or not refused or not right:
        return None
    if not log.poured(unmet.who).endswith(b"\r\n"):
        return None
    for other in log.clients:
        theirs = log.poured(other)
        if other != unmet.who and theirs and not theirs.endswith(b"\r\n"):
            return Finding(
                "M79",
                "state_machine.refused_for_another",
                who=unmet.who,
                other=other,
            )
    return None


@rule
def errors_overtake(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    if unmet.kind != "wrong" or not _serves(evidence):
        return None
    told, due = unmet.got.splitlines(), unmet.expected.splitlines()
    if len(told) > 1 and sorted(told) == sorted(due):
        return Finding("M30", "state_machine.errors_overtake")
    return None


@rule
def waits_for_room(evidence: Evidence) -> Finding | None:
    blocked, who = evidence.blocked, evidence.unmet.who
    if not blocked or not blocked.op.startswith("send") or blocked.who == who:
        return None
    return Finding(
        "M13", "state_machine.waits_for_room", op=blocked.op, who=blocked.who, who2=who
    )


@rule
def no_room_was_an_error(evidence: Evidence) -> Finding | None:
    failed = _no_room(evidence)
    if failed and failed[-1].get("op") == "sendall":
        return Finding("M05", "state_machine.no_room_was_an_error")
    if not failed or evidence.unmet.kind not in ("eof", "reset"):
        return None
    return Finding("M65", "state_machine.no_room_was_an_error_2")


def _no_room(evidence: Evidence) -> list[Event]:
    """Each time that nothing could be sent to the failing client."""
    failed = evidence.log.of(evidence.unmet.who, "fail")
    return [event for event in failed if event.get("errno") == "EAGAIN"]


@rule
def tries_again_at_once(evidence: Evidence) -> Finding | None:
    log = evidence.log
    if not _serves(evidence) or not evidence.spinning or log.count("recv", n=0) > 2:
        return None
    if log.errors()["EAGAIN"] < 5:
        return None
    return Finding("M68", "state_machine.tries_again_at_once")


@rule
def left_before_the_last_byte(evidence: Evidence) -> Finding | None:
    unmet, log = evidence.unmet, evidence.log
    if not _serves(evidence) or unmet.kind not in ("eof", "reset"):
        return None
    ended = any(event["n"] == 0 for event in log.of(unmet.who, "recv"))
    if not ended or not log.of(unmet.who, "send"):
        return None
    if has_sent_it(log.of(unmet.who, "recv", "send", "fail")):
        return None  # nothing was pending: something else is missing
    return Finding("M67", "state_machine.left_before_the_last_byte", who=unmet.who)


@rule
def hung_up_at_quit(evidence: Evidence) -> Finding | None:
    """What came before quit was read with it, and its answers were not all sent."""
    unmet, pieces = evidence.unmet, _pieces(evidence)
    if not _serves(evidence) or unmet.kind not in ("eof", "reset") or not pieces:
        return None
    if not suspected_of(evidence, "M112") or not unmet.expected.startswith(unmet.got):
        return None
    if b"quit" not in pieces[-1]:
        return None
    return Finding("M112", "state_machine.hung_up_at_quit", who=unmet.who)


@rule
def hears_the_end_again(evidence: Evidence) -> Finding | None:
    """While answers wait for room; to close, as M06 has it, would lose them."""
    wait = evidence.log.latest("wait") or {}
    if not _serves(evidence) or not evidence.spinning or not wait.get("w"):
        return None
    if evidence.log.count("recv", n=0) <= 2:
        return None
    return Finding("M67", "state_machine.hears_the_end_again")


@rule
def forgot_what_was_unfinished(evidence: Evidence) -> Finding | None:
    """A request came in pieces, all of them were read, and nothing is answered."""
    pieces = _pieces(evidence)
    cut = len(pieces) > 1 and not pieces[-2].endswith(b"\r\n")
    done = evidence.log.of(evidence.unmet.who, "recv", "send")
    answered = any(event["e"] == "send" and event["n"] for event in done)
    ends = bool(pieces) and pieces[-1].endswith(b"\n")
    if not _serves(evidence) or evidence.unmet.kind != "nothing" or not cut:
        return None
    if answered or not ends or evidence.spinning or evidence.blocked:
        return None
    # Who forgets the first piece refuses the second; this one is waiting, or is late.
    return Finding(
        "",
        "state_machine.forgot_what_was_unfinished",
        who=evidence.unmet.who,
        count=len(pieces),
    )


@rule
def about_who_does_not_read(evidence: Evidence) -> Finding | None:
    """Its answers find no room; what was made of the rest?"""
    unmet, wait = evidence.unmet, evidence.log.latest("wait") or {}
    if not evidence.behaviour.options.buffers or evidence.spinning:
        return None
    at = first_difference(unmet.expected, unmet.got)
    if unmet.kind in ("wrong", "extra") and unmet.who == "ben":
        foreign = unmet.got[at : at + 16] or literal_behind(unmet.text)[:16]
        others = [who for who in evidence.log.clients if who != "ben"]
        sent = [data_of(e) for who in others for e in evidence.log.of(who, "send")]
        if len(foreign) < LEAST or not any(foreign in data for data in sent):
            return None
        return Finding("M79", "state_machine.about_who_does_not_read")
    if unmet.who != "sipper":
        return None
    if unmet.kind == "wrong":
        taken, parts = 0, []
        for event in evidence.log.of("sipper", "send"):
            taken += event["n"]
            parts += [taken] if event["n"] < event["ask"] else []
        if at not in parts:
            return None
        return Finding("M04", "state_machine.about_who_does_not_read_2")
    if unmet.kind != "nothing" or evidence.blocked or awaits_the_end(evidence):
        return None
    if set(evidence.log.descriptors_of(unmet.who)) & set(wait.get("w", [])):
        return None
    sends = evidence.log.of(unmet.who, "send", "fail")
    if not sends:
        return None
    if sends[-1]["e"] == "send" and sends[-1]["n"] == sends[-1]["ask"]:
        mine = set(evidence.log.descriptors_of(unmet.who))
        if not mine or mine & set(wait.get("r", [])):
            return None
        return Finding("M102", "state_machine.nobody_reads", who=unmet.who)
    return Finding("M66", "state_machine.nobody_asks_for_room", who=unmet.who)


@rule
def answered_quit(evidence: Evidence) -> Finding | None:
    """Everything was answered, and then came one more line."""
    unmet, log = evidence.unmet, evidence.log
    if evidence.behaviour.task != "serve_memcached" or unmet.kind != "extra":
        return None
    extra = unmet.text.rpartition("got ")[2]
    if suspected_of(evidence, "M112") and extra.startswith(CARRIED_OUT):
        return Finding("M112", "state_machine.answered_behind_quit", extra=extra)
    if not log.poured(unmet.who).endswith(b"quit\r\n") or extra.count("\\r\\n") != 1:
        return None
    return Finding("M112", "state_machine.answered_quit", extra=extra)


@rule
def what_the_test_was_written_for(evidence: Evidence) -> Finding | None:
    """The general rules speak of lists and flags; a parser has neither."""
    if evidence.ending or evidence.unmet.kind in ("rest", "leak", "crowd"):
        return None
    if _serves(evidence) and (evidence.spinning or awaits_the_end(evidence)):
        return None
    return suspected(evidence)


@rule
def quit_was_not_seen(evidence: Evidence) -> Finding | None:
    """It goes on to listen to somebody whose last line is quit."""
    unmet, log = evidence.unmet, evidence.log
    if evidence.behaviour.task != "serve_memcached" or not awaits_the_end(evidence):
        return None
    wait = log.latest("wait") or {}
    listens = set(wait.get("r", [])) & set(log.descriptors_of(unmet.who))
    if not listens or not log.poured(unmet.who).endswith(b"quit\r\n"):
        return None
    return Finding("M112", "state_machine.quit_was_not_seen", who=unmet.who)
