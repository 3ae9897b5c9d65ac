"""What an answer is, beside what was asked for: comparisons in plain words.

A value of another type, a line without its newline, a number that is one too small, the
former answer once more: whoever reads that sentence looks at the right place in their
code, whatever the reason may be. No belief is needed for it, and none about waiting,
locks or loops would be right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from buckets.diagnosis.evidence import Evidence
from buckets.driving.unmet import show

Comparison = Callable[[Evidence, bytes, bytes], str | None]

REPLACED = "\N{REPLACEMENT CHARACTER}".encode()
LEAST = 3
"""Bytes; fewer that agree would prove nothing."""


def of_another_type(evidence: Evidence) -> str | None:
    """A value of another type than was asked for; a text for bytes among them."""
    unmet = evidence.unmet
    if unmet.kind != "wrong" or not unmet.returned or unmet.returned == unmet.asked:
        return None
    if unmet.returned == "raised" or unmet.asked == "raised":
        return None
    value = unmet.got.decode("utf-8", "replace")
    if value == "None":
        return "None was returned: that way through your function has no `return`."
    types = {"bytes": "bytes", "text": "a text (str)", "other": "something else"}
    told = repr(value) if unmet.returned == "text" else value
    if unmet.returned == "bytes":
        told = show(unmet.got)
    asked = {"bytes": "bytes were", "text": "a text (str) was"}.get(
        unmet.asked, "something else was"
    )
    kind = _which_is(types[unmet.returned])
    return f"{_cut(told)} was returned, {kind}{asked} asked for."


def _which_is(kind: str) -> str:
    return "and " if kind == "something else" else f"which is {kind}; "


def _cut(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."


def in_plain_words(evidence: Evidence) -> str | None:
    """How a wrong answer differs from the right one; None where that says nothing."""
    unmet = evidence.unmet
    if unmet.kind == "extra":
        return _extra(evidence)
    if unmet.kind == "nothing":
        return _nothing(evidence)
    expected, got = unmet.expected, unmet.got
    if unmet.kind != "wrong" or not expected or not got or expected == got:
        return None
    found = (compare(evidence, expected, got) for compare in COMPARISONS)
    return next(filter(None, found), None)


def _extra(evidence: Evidence) -> str | None:
    """Bytes that nobody asked for: has this client heard them before?"""
    extra = _last_literal(evidence.unmet.text)
    heard = b"".join(heard_by(evidence, evidence.unmet.who))
    if not extra:
        return None
    if extra in heard and len(extra) >= LEAST:
        return f"{show(extra)} was sent before, and now it was sent once more."
    if extra in (b"\n", b"\r\n"):
        return f"Behind the answer came {show(extra)} that belongs to nothing."
    return None


def _nothing(evidence: Evidence) -> str | None:
    """Nothing came: was it read at all, and what was done then?"""
    unmet, log = evidence.unmet, evidence.log
    done = log.of_everybody(unmet.who, "recv", "send", "fail", "close")
    if evidence.ending or not done or "end of the connection" in unmet.text:
        return None
    last = [event for event in done if event["e"] != "recv" or event["n"]][-1:]
    if not last or last[0]["e"] != "recv" or done[-1] is not last[0]:
        return None
    read = str(last[0].get("data", "")).encode("latin-1")
    return f"{show(read)} was read from {unmet.who}, and nothing was sent since."


def heard_by(evidence: Evidence, who: str) -> Iterator[bytes]:
    """What a client has heard so far; of each piece, its beginning."""
    for event in evidence.log.trace.events:
        if event["e"] == "hear" and event.get("who") == who:
            yield str(event.get("data", "")).encode("latin-1")


def _last_literal(text: str) -> bytes:
    found = re.findall(r"""b'(?:[^'\\]|\\.)*'|b"(?:[^"\\]|\\.)*\"""", text)
    if not found or text.endswith("bytes)"):
        return b""
    body = found[-1][2:-1]
    return body.encode("latin-1").decode("unicode_escape").encode("latin-1", "replace")


# Comparisons, the most exact first -------------------------------------------


def _printed_bytes(_: Evidence, expected: bytes, got: bytes) -> str | None:
    if re.search(rb"b['\"]", got) and not re.search(rb"b['\"]", expected):
        return (
            "The answer holds bytes as print() shows them, with b and quotes: they "
            "were put into a text without decode()."
        )
    return None


def _replaced(_: Evidence, expected: bytes, got: bytes) -> str | None:
    if REPLACED in got and REPLACED not in expected:
        return "Bytes that are no text were decoded, and others stand in their place."
    return None


def _no_end(_: Evidence, expected: bytes, got: bytes) -> str | None:
    for end in (b"\r\n", b"\n"):
        if expected.endswith(end) and got == expected.removesuffix(end):
            return f"It is the right answer without the {show(end)} at its end."
        if got == expected + end:
            return f"It is the right answer with one more {show(end)} at its end."
    if expected.endswith(b"\n") and got.endswith(b"\r\n"):
        if got.replace(b"\r\n", b"\n") == expected:
            return "Each line ends in b'\\r\\n', and b'\\n' was asked for."
    if expected.endswith(b"\r\n") and expected.replace(b"\r\n", b"\n") == got:
        return "Each line ends in b'\\n', and b'\\r\\n' was asked for."
    return None


def _case(_: Evidence, expected: bytes, got: bytes) -> str | None:
    if expected.lower() == got.lower():
        return "The letters are right, but upper and lower case are not."
    return None


def _reversed(_: Evidence, expected: bytes, got: bytes) -> str | None:
    bare = expected.strip(b"\r\n")
    if len(bare) >= LEAST and got.strip(b"\r\n") == bare[::-1] != bare:
        return "It is the right answer, read from its end."
    return None


def _numbers(_: Evidence, expected: bytes, got: bytes) -> str | None:
    digits = re.compile(rb"\d+")
    if digits.sub(b"", expected) != digits.sub(b"", got):
        return None
    pairs = zip(digits.findall(expected), digits.findall(got), strict=False)
    for due, came in pairs:
        if due != came:
            return f"The number {came.decode()} came where {due.decode()} was due."
    return None


def _doubled(_: Evidence, expected: bytes, got: bytes) -> str | None:
    lines = b"".join(line * 2 for line in expected.splitlines(keepends=True))
    if got in (expected * 2, lines):
        return "Everything came twice."
    return None


def _more_or_less(_: Evidence, expected: bytes, got: bytes) -> str | None:
    few = abs(len(expected) - len(got)) <= 48
    if not few or min(len(expected), len(got)) < 2:
        return None
    if got.startswith(expected):
        return f"Behind the right answer came {show(got[len(expected) :])}."
    if got.endswith(expected):
        return f"Before the right answer came {show(got[: -len(expected)])}."
    if expected.startswith(got):
        return f"The end is missing: {show(expected[len(got) :])}."
    if expected.endswith(got):
        return f"The beginning is missing: {show(expected[: -len(got)])}."
    return None


def _order(_: Evidence, expected: bytes, got: bytes) -> str | None:
    lines, came = expected.splitlines(), got.splitlines()
    if len(lines) > 1 and sorted(lines) == sorted(came):
        return "The lines are right, but not their order."
    if len(expected) > LEAST and sorted(expected) == sorted(got):
        return "The bytes are right, but not their order."
    return None


def _former(evidence: Evidence, expected: bytes, got: bytes) -> str | None:
    heard = list(heard_by(evidence, evidence.unmet.who))
    # What is heard last is the wrong answer itself.
    former = [piece for piece in heard[:-1] if len(piece) >= LEAST and piece == got]
    if former:
        return f"{show(got)} is the answer that was sent before."
    return None


def _as_it_came(evidence: Evidence, expected: bytes, got: bytes) -> str | None:
    said = evidence.log.poured(evidence.unmet.who)
    if len(got) >= LEAST and got != expected and said.endswith(got):
        return f"{show(got)} is what was sent to your server, as it came."
    return None


def _hole(_: Evidence, expected: bytes, got: bytes) -> str | None:
    """Some bytes in the middle are missing, and all others are right."""
    front = 0
    while front < min(len(expected), len(got)) and expected[front] == got[front]:
        front += 1
    missing = len(expected) - len(got)
    if 0 < missing <= 48 and expected[front + missing :] == got[front:]:
        return f"{show(expected[front : front + missing])} is missing from the middle."
    return None


COMPARISONS: tuple[Comparison, ...] = (
    _printed_bytes,
    _replaced,
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
)
