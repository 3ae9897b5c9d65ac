"""What a child says over its control wire, read so that nothing in it can do harm.

The line comes from the learner's side: it may be forged, endless or malformed, and it
is for display. What it says decides no point, and reading it never raises.
"""

from __future__ import annotations

import json
from typing import Any

# One parcel is the longest thing that is said; all of a notebook's come in one run.
MOST_LINE = 24 << 20
MOST_BYTES = 96 << 20
MOST_LINES = 20_000
# Values in one line; a document of tiny ones takes thirty times its length in memory.
MOST_SIGNS = 20_000
# Further than any line of any cell; str() of a far longer number would raise.
MOST_NUMBER = 1 << 53

Said = dict[str, Any]


class Lines:
    """Takes in bytes as they come, and gives whole lines as flat documents.

    A line that is too long, and all that comes after too much has come, is dropped.
    `too_much` tells that this has happened: who says so much is not to be waited for.
    """

    def __init__(self) -> None:
        self.too_much = False
        self._rest = bytearray()
        self._searched = 0
        self._bytes = 0
        self._count = 0

    def add(self, data: bytes) -> None:
        """Take in more. Memory stays bounded."""
        self._bytes += len(data)
        if self._bytes > MOST_BYTES:
            self._give_up()
        if not self.too_much:
            self._rest += data

    def next(self) -> Said | None:
        """The next whole line that says anything; None when more must come first."""
        while not self.too_much:
            end = self._rest.find(b"\n", self._searched)
            if end < 0:
                self._searched = len(self._rest)
                if self._searched > MOST_LINE:
                    self._give_up()
                return None
            line = bytes(self._rest[:end])
            del self._rest[: end + 1]
            self._searched = 0
            self._count += 1
            if self._count > MOST_LINES:
                self._give_up()
            elif said := parse(line):
                return said
        return None

    def _give_up(self) -> None:
        self.too_much = True
        self._rest.clear()


def parse(line: bytes) -> Said | None:
    """One line as a flat document; None for anything else. Never raises."""
    said = _loaded(line)
    if not isinstance(said, dict):
        return None
    return {text(key): _plain(value) for key, value in said.items()}


def anything(line: bytes) -> Any:
    """What a line of JSON holds, however it is nested; None for no JSON. Never raises.

    What comes over a desk is looked at by whoever asked for it; here it is made certain
    that it can be read, compared and written down.
    """
    said = _loaded(line, parse_int=_number, parse_constant=str)
    try:
        # Half a surrogate pair could not be written to a file.
        json.dumps(said, ensure_ascii=False).encode()
    except (ValueError, RecursionError, MemoryError):
        return None
    return said


def _loaded(line: bytes, **options: Any) -> Any:
    """What a line of JSON holds; None for no JSON, and for more than is read."""
    if len(line) > MOST_LINE or _signs(line) > MOST_SIGNS:
        return None
    try:
        return json.loads(line, **options)
    except (ValueError, RecursionError, MemoryError):
        return None


def _number(digits: str) -> int:
    number = int(digits) if len(digits) < 20 else MOST_NUMBER
    return max(-1 << 63, min(number, 1 << 63))


def _signs(line: bytes) -> int:
    """How many values there may be in a line, at most."""
    return sum(map(line.count, (b",", b"[", b"{")))


def _plain(value: object) -> str | int | bool | list[str | int]:
    """A text, a number, or a short list of these; anything else is an empty text."""
    if isinstance(value, list):
        return [_word(each) for each in value[:4]]
    return _word(value)


def _word(value: object) -> str | int | bool:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, int) and abs(value) < MOST_NUMBER:
        return value
    return ""


def text(value: str) -> str:
    """The same, fit to be written down: half a surrogate pair is not."""
    return value.encode(errors="replace").decode()
