"""What a client says when it does not get what it was promised."""

from __future__ import annotations

import difflib
import traceback
from collections.abc import Mapping
from typing import Any

from buckets.cells import cell_labels

SHOWN = 60
NARROW = 28
LONG = 400
OF_TIME = ("rest", "busy")
"""Kinds that are judged by CPU time and wake-ups, which a busy machine disturbs."""


class Unmet(AssertionError):
    """A promise of the contract was not kept: the *learner's* server is at fault.

    Any other exception in a test is a fault of the grader, never of the learner.

    Args:
        text: what happened, in one sentence.
        who: the client that noticed, or "" when nobody in particular did.
        kind: nothing, wrong, extra, eof, no eof, reset, refused, busy, crowd, leak,
            gone or rest; of children: few, many, zombies, door or stray; of a timeout:
            early or late; of a client that is tested: accused, missed, stuck or
            endless; of what is said on a recorded run: odd, belief or line; under
            pressure: piece, turns, greedy, high, low, soon, stuck, kept, early, torn,
            unsaid or count.
        expected, got: the bytes in question, where it is about bytes.
        asked, returned: of what type they are, where a function returned them: bytes,
            text or other (then `got` is how Python shows it), or raised.
        due: what the client was waiting for, also where nothing came.
        facts: what a sentence on it is made of, where nothing was recorded.
        late: it waited as long as any wait may take.
    """

    def __init__(
        self,
        text: str,
        *,
        who: str = "",
        kind: str = "wrong",
        expected: bytes = b"",
        got: bytes = b"",
        asked: str = "",
        returned: str = "",
        due: bytes = b"",
        facts: Mapping[str, Any] | None = None,
        late: bool = False,
    ):
        super().__init__(text)
        self.text = text
        self.who = who
        self.kind = kind
        self.expected = expected
        self.got = got
        self.asked = asked
        self.returned = returned
        self.due = due
        self.facts = facts or {}
        self.by_time = late or kind in OF_TIME

    @property
    def differs(self) -> bool:
        """Whether bytes were compared; where a word or a number is wrong, none are."""
        return self.kind == "wrong" and self.expected != self.got

    @property
    def details(self) -> str:
        """Expected and got, aligned, for a fixed-width font."""
        # Of much that broke off, where it did says nothing: how much came is chance.
        broke_off = len(self.got) > SHOWN and self.expected.startswith(self.got)
        if not self.got or broke_off:
            return ""
        if {self.asked, self.returned} <= {"", "bytes"}:
            return compare(self.expected, self.got)
        return f"expected {_value(self.expected, self.asked)}\ngot      " + _value(
            self.got, self.returned
        )

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the learner's own lines, and none of ours."""
        labels = cell_labels()
        frames = traceback.extract_tb(self.__traceback__)
        mine = [
            f"  {labels[frame.filename]}, line {frame.lineno}: {frame.line}"
            for frame in frames
            if frame.filename in labels
        ]
        heard = [f"  {line}" for line in self.details.splitlines()]
        return [f"{self.who} {self.text}".strip(), *mine, *heard]


def _value(data: bytes, kind: str) -> str:
    """What a function returned, or should have, as Python shows it."""
    if kind == "bytes":
        return show(data)
    text = data.decode("utf-8", "replace")
    shown = repr(text) if kind == "text" else text
    return shown if len(shown) <= SHOWN else shown[: SHOWN - 3] + "..."


def show(data: bytes | bytearray) -> str:
    """Bytes as the learner would type them, cut to a readable length."""
    if len(data) <= SHOWN:
        return repr(bytes(data))
    return f"{bytes(data[: SHOWN - 20])!r}... ({len(data):,} bytes)"


def brief(text: str) -> str:
    """Text from a learner's process, which may be as long as it likes, for a report."""
    return text if len(text) <= LONG else f"{text[: LONG - 3]}..."


def contrast(expected: bytes, got: bytes) -> str:
    """What came instead; of long bytes that begin as they should, where they part."""
    index = first_difference(expected, got)
    if len(got) <= SHOWN or index < SHOWN - 20:
        return show(got)
    return f"something else from byte {index:,} on"


def first_difference(expected: bytes, got: bytes) -> int:
    """The index of the first byte that differs (the shorter length if none does)."""
    pairs = zip(expected, got, strict=False)
    for index, (left, right) in enumerate(pairs):
        if left != right:
            return index
    return min(len(expected), len(got))


def compare(expected: bytes, got: bytes) -> str:
    """Two lines of bytes and a caret under the first wrong one."""
    index = first_difference(expected, got)
    start = _back(expected[:index])
    left, right = _ahead(expected[start:]), _ahead(got[start:])
    column = len(repr(expected[start:index])) - 1
    where = f" from byte {start:,}" if start else ""
    return (
        f"expected {left!r}{where}\n"
        f"got      {right!r}\n"
        f"         {' ' * column}^ byte {index:,}"
    )


def _back(data: bytes) -> int:
    """Where to begin, so that what comes before the difference stays narrow."""
    start = len(data)
    while start and len(repr(data[start - 1 :])) <= NARROW:
        start -= 1
    return start


def _ahead(data: bytes) -> bytes:
    """As much of `data` as fits in a line."""
    end = min(len(data), SHOWN)
    while len(repr(data[:end])) > SHOWN and end > 1:
        end -= 1
    return data[:end]


def close_name(name: str, names: list[str]) -> str | None:
    """The name that was probably meant, for a kind message."""
    found = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return found[0] if found else None
