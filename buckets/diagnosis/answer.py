"""What an answer is, beside what was asked for: comparisons in plain words.

A value of another type, a line without its newline, a number that is one too small, the
former answer once more: whoever reads that sentence looks at the right place in their
code, whatever the reason may be. No belief is needed for it, and none about waiting,
locks or loops would be right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from buckets.diagnosis.evidence import Evidence, data_of
from buckets.driving.unmet import show
from buckets.texts import Said, said

Comparison = Callable[[Evidence, bytes, bytes], Said | None]

REPLACED = "\N{REPLACEMENT CHARACTER}".encode()
CONSTANT = ("08", "10")
"""Topics whose protocol has answers of few words."""
LEAST = 3
"""Bytes; fewer that agree would prove nothing."""
ALIKE = 64
"""Bytes of a long answer that must agree, before more is said to be missing."""
MOST_LOST = 48
MOST_DIGITS = 20
"""Of a number; more are a stream of digits."""


def of_another_type(evidence: Evidence) -> Said | None:
    """A value of another type than was asked for; a text for bytes among them."""
    unmet = evidence.unmet
    if unmet.kind != "wrong" or not unmet.returned or unmet.returned == unmet.asked:
        return None
    if unmet.returned == "raised" or unmet.asked == "raised":
        return None
    if unmet.asked == "waits" and unmet.got.startswith(b"["):
        return None  # it is a list of numbers: too many, or too few
    value = unmet.got.decode("utf-8", "replace")
    if value == "None":
        return said("answer.none_returned")
    told = repr(value) if unmet.returned == "text" else value
    if unmet.returned == "bytes":
        told = show(unmet.got)
    kind = unmet.returned if unmet.returned in ("bytes", "text") else "other"
    asked = unmet.asked if unmet.asked in ("bytes", "text") else "other"
    return said(
        "answer.of_another_type",
        value=_cut(told),
        kind=said(f"answer.is_{kind}"),
        asked=said(f"answer.asked_{asked}"),
    )


def _cut(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."


def in_plain_words(evidence: Evidence) -> Said | None:
    """How a wrong answer differs from the right one; None where that says nothing."""
    unmet = evidence.unmet
    if unmet.kind == "extra":
        return _extra(evidence)
    if unmet.kind == "nothing":
        return _nothing(evidence)
    expected, got = unmet.expected, unmet.got
    if unmet.kind == "eof" and not got:
        return _closed(evidence)
    if unmet.kind == "reset":
        return _cut_off(evidence)
    if unmet.kind not in ("wrong", "eof") or not expected or not got or expected == got:
        return None
    found = (compare(evidence, expected, got) for compare in COMPARISONS)
    return next(filter(None, found), None)


def _extra(evidence: Evidence) -> Said | None:
    """Bytes that nobody asked for: has this client heard them before?"""
    extra = _last_literal(evidence.unmet.text)
    # They were heard now, too, and that is once.
    sends = evidence.log.of_everybody(evidence.unmet.who, "send")
    again = b"".join(map(data_of, sends)).count(extra) > 1
    if not extra:
        return None
    constant = evidence.behaviour.topic in CONSTANT
    if again and len(extra) >= LEAST and not constant:
        return said("answer.once_more", extra=show(extra))
    if extra in (b"\n", b"\r\n"):
        return said("answer.end_behind", extra=show(extra))
    return None


def _closed(evidence: Evidence) -> Said | None:
    """It was closed: what had been sent before?"""
    who, log = evidence.unmet.who, evidence.log
    done = log.of_everybody(who, "recv", "send", "close")
    if evidence.ending or not done or done[-1]["e"] != "close":
        return None
    if done[-1].get("dropped") or any(e["e"] == "recv" and not e["n"] for e in done):
        return None
    sent = [data_of(e) for e in done if e["e"] == "send" and e["n"]]
    if not sent:
        return said("answer.closed_at_once", who=who)
    return said("answer.closed_after", who=who, sent=show(sent[-1]))


def _cut_off(evidence: Evidence) -> Said | None:
    """close() with bytes unread sends a reset."""
    who, log = evidence.unmet.who, evidence.log
    done = log.of_everybody(who, "recv", "send", "fail", "close")
    if evidence.ending or not done or done[-1]["e"] != "close" or log.of_all("sum"):
        return None
    if done[-1].get("dropped"):
        return None  # nobody has closed it
    pours = [e for e in log.of_client(who, "pour") if e["t"] < done[-1]["t"]]
    sent = sum(event["n"] for event in pours)
    read = sum(event["n"] for event in done if event["e"] == "recv")
    return said("answer.closed_unread", who=who, n=sent - read) if sent > read else None


def _nothing(evidence: Evidence) -> Said | None:
    """Nothing came: was it read at all, and what was done then?"""
    unmet, log = evidence.unmet, evidence.log
    done = log.of_everybody(unmet.who, "recv", "send", "fail", "close")
    done = [event for event in done if event["e"] != "send" or event["n"]]
    if evidence.ending or "end of the connection" in unmet.text:
        return None
    if not done:
        return _not_seen_to(evidence)
    last = [event for event in done if event["e"] != "recv" or event["n"]][-1:]
    if not last or last[0]["e"] != "recv" or done[-1] is not last[0]:
        return _not_seen_to(evidence)
    facts = {"read": show(data_of(last[0])), "who": unmet.who}
    blocked = evidence.blocked
    if blocked and blocked.op == "recv" and blocked.who == unmet.who:
        return said("answer.read_and_waits", **facts)
    return said("answer.read_and_silent", **facts)


def _not_seen_to(evidence: Evidence) -> Said | None:
    """It was not let in, or what it sent lies there."""
    who, log = evidence.unmet.who, evidence.log
    if who not in log.clients or who in log.called or log.of_all("sum"):
        return None  # of much that was done, nobody has written down what
    if not log.of_everybody(who, "accept"):
        return said("answer.not_let_in", who=who)
    sent = sum(event["n"] for event in log.of_client(who, "pour"))
    read = sum(event["n"] for event in log.of_everybody(who, "recv"))
    if evidence.behaviour.options.driver and not read:
        return None  # the code around a task reads past the recorder
    return said("answer.not_read", who=who, n=sent - read) if sent > read else None


def heard_by(evidence: Evidence, who: str) -> Iterator[bytes]:
    """What a client has heard so far; of each piece, its beginning."""
    for event in evidence.log.trace.events:
        if event["e"] == "hear" and event.get("who") == who:
            yield data_of(event)


def _last_literal(text: str) -> bytes:
    found = re.findall(r"""b'(?:[^'\\]|\\.)*'|b"(?:[^"\\]|\\.)*\"""", text)
    if not found or text.endswith("bytes)"):
        return b""
    body = found[-1][2:-1]
    return body.encode("latin-1").decode("unicode_escape").encode("latin-1", "replace")


# Comparisons, the most exact first -------------------------------------------


def _printed_bytes(_: Evidence, expected: bytes, got: bytes) -> Said | None:
    if re.search(rb"b['\"]", got) and not re.search(rb"b['\"]", expected):
        return said("answer.printed_bytes")
    return None


def _replaced(_: Evidence, expected: bytes, got: bytes) -> Said | None:
    if REPLACED in got and REPLACED not in expected:
        return said("answer.replaced")
    return None


def _decoded_otherwise(evidence: Evidence, expected: bytes, got: bytes) -> Said | None:
    """A text of the right bytes, each of which was taken for a letter."""
    if evidence.unmet.returned != "text" or expected.isascii():
        return None
    for coding, name in (("latin-1", "Latin-1"), ("cp1252", "Windows-1252")):
        if expected.decode(coding, "replace").encode() == got:
            return said("answer.decoded_otherwise", coding=name)
    return None


def _no_end(_: Evidence, expected: bytes, got: bytes) -> Said | None:
    for end in (b"\r\n", b"\n"):
        if expected.endswith(end) and got == expected.removesuffix(end):
            return said("answer.without_end", end=show(end))
        if got == expected + end:
            return said("answer.one_more_end", end=show(end))
    if expected.endswith(b"\n") and got.endswith(b"\r\n"):
        if got.replace(b"\r\n", b"\n") == expected:
            return said("answer.long_end")
    if expected.endswith(b"\r\n") and expected.replace(b"\r\n", b"\n") == got:
        return said("answer.short_end")
    return None


def _case(_: Evidence, expected: bytes, got: bytes) -> Said | None:
    if expected.lower() == got.lower():
        return said("answer.case")
    return None


def _reversed(_: Evidence, expected: bytes, got: bytes) -> Said | None:
    bare = expected.strip(b"\r\n")
    if len(bare) >= LEAST and got.strip(b"\r\n") == bare[::-1] != bare:
        return said("answer.reversed")
    return None


def _numbers(_: Evidence, expected: bytes, got: bytes) -> Said | None:
    digits = re.compile(rb"\d+(?:\.\d+)?")
    if digits.sub(b"", expected) != digits.sub(b"", got):
        return None
    pairs = zip(digits.findall(expected), digits.findall(got), strict=False)
    for due, came in pairs:
        if due != came and max(len(due), len(came)) <= MOST_DIGITS:
            return said("answer.number", came=came.decode(), due=due.decode())
    return None


def _doubled(_: Evidence, expected: bytes, got: bytes) -> Said | None:
    lines = b"".join(line * 2 for line in expected.splitlines(keepends=True))
    if got in (expected * 2, lines):
        return said("answer.doubled")
    return None


def _more_or_less(_: Evidence, expected: bytes, got: bytes) -> Said | None:
    few = abs(len(expected) - len(got)) <= 48
    if not few or min(len(expected), len(got)) < 2:
        return None
    if got.startswith(expected):
        return said("answer.more_behind", more=show(got[len(expected) :]))
    if got.endswith(expected):
        return said("answer.more_before", more=show(got[: -len(expected)]))
    if expected.startswith(got):
        return said("answer.end_missing", less=show(expected[len(got) :]))
    if expected.endswith(got):
        return said("answer.beginning_missing", less=show(expected[: -len(got)]))
    return None


def _order(_: Evidence, expected: bytes, got: bytes) -> Said | None:
    lines, came = expected.splitlines(), got.splitlines()
    if len(lines) > 1 and sorted(lines) == sorted(came):
        return said("answer.order_of_lines")
    if len(expected) > LEAST and sorted(expected) == sorted(got):
        return said("answer.order_of_bytes")
    return None


def _former(evidence: Evidence, expected: bytes, got: bytes) -> Said | None:
    heard = list(heard_by(evidence, evidence.unmet.who))
    # What is heard last is the wrong answer itself.
    if evidence.behaviour.topic in CONSTANT:
        return None  # there an answer may well be the same as the one before
    former = [piece for piece in heard[:-1] if len(piece) >= LEAST and piece == got]
    if former:
        return said("answer.former", got=show(got))
    return None


def _as_it_came(evidence: Evidence, expected: bytes, got: bytes) -> Said | None:
    sent = evidence.log.poured(evidence.unmet.who)
    if len(got) >= LEAST and got != expected and sent.endswith(got):
        return said("answer.as_it_came", got=show(got))
    return None


def _hole(_: Evidence, expected: bytes, got: bytes) -> Said | None:
    """Some bytes in the middle are missing, and all others are right."""
    front = 0
    while front < min(len(expected), len(got)) and expected[front] == got[front]:
        front += 1
    missing = len(expected) - len(got)
    if 0 < missing <= 48 and expected[front + missing :] == got[front:]:
        if not front:
            return said("answer.beginning_missing", less=show(expected[:missing]))
        return said("answer.hole", less=show(expected[front : front + missing]))
    return _left_out(expected[front:], got[front:])


def _left_out(expected: bytes, got: bytes) -> Said | None:
    """The same where more is still to come: it goes on as it should, some bytes on."""
    ahead = got[:ALIKE]
    if len(ahead) < ALIKE or len(set(ahead)) < LEAST:
        return None
    missing = expected[: ALIKE + MOST_LOST].find(ahead, 1)
    if missing < 1:
        return None
    return said("answer.hole", less=show(expected[:missing]))


FOUND = re.compile(rb"(?:<.*?>|! .*?)\n(?=<|!|$)", re.DOTALL)


def _another_item(evidence: Evidence, expected: bytes, got: bytes) -> Said | None:
    """What a parser has found, one by one: the first that is not what was due."""
    due, came = FOUND.findall(expected), FOUND.findall(got)
    if evidence.behaviour.topic != "08" or not due or not came:
        return None
    if b"".join(due) != expected or b"".join(came) != got:
        return None
    same = 0
    while same < min(len(due), len(came)) and due[same] == came[same]:
        same += 1
    if same in (len(due), len(came)):
        return None
    facts = {"right": show(due[same]), "wrong": show(came[same])}
    if not same:
        return said("answer.another_item", **facts)
    facts["before"] = show(due[same - 1])
    return said("answer.another_item_behind", **facts)


COMPARISONS: tuple[Comparison, ...] = (
    _printed_bytes,
    _replaced,
    _decoded_otherwise,
    _no_end,
    _case,
    _doubled,
    _former,
    _numbers,
    _reversed,
    _order,
    _more_or_less,
    _hole,
    _as_it_came,
    _another_item,
)
