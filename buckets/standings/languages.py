"""The small protocols of lessons 02 to 10, as a polite client speaks them.

A request is a line of 64 bytes; of the water of lesson 06 one letter is asked for, and
64 bytes are the answer; a database is told to keep a value, in 64 bytes. So one request
costs every server the same calls of the kernel. Each client has words of its own: an
answer meant for another shows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

SIZE = 64
"""Bytes of an answer, and of a request where it is a line."""
MOST = 4 * SIZE
"""Bytes after which an answer without an end is wrong."""


@dataclass(frozen=True)
class Language:
    """What to ask, and which answer is right.

    Args:
        ask: the request of a client, by its number.
        answer: the right answer to a request.
        numbered: the answer begins with a number that the server gave the client.
    """

    ask: Callable[[int], bytes]
    answer: Callable[[bytes], bytes]
    numbered: bool = False

    def right(self, request: bytes, said: bytes) -> bool:
        """Whether `said` is a whole and right answer to this request."""
        if self.numbered:
            number, _, said = said.partition(b" ")
            if not number.isdigit():
                return False
        return said == self.answer(request)


def _line(number: int) -> bytes:
    return b"%07d the walker tips what is ready and moves on to the other\n" % number


def _reversed(request: bytes) -> bytes:
    return request[:-1][::-1] + b"\n"


def _set(number: int) -> bytes:
    head = b"set k%07d 0 0 " % number
    # Six more: the size of the value, and two ends of lines.
    value = b"x" * (SIZE - len(head) - 6)
    return b"%s%02d\r\n%s\r\n" % (head, len(value), value)


LANGUAGES = {
    "numbered": Language(_line, bytes.upper, numbered=True),
    "capitals": Language(_line, bytes.upper),
    "reversed": Language(_line, _reversed),
    "water": Language(lambda _: b"g", lambda letter: b"%s %061d\n" % (letter, 0)),
    "echo": Language(_line, bytes),
    "memcached": Language(_set, lambda _: b"STORED\r\n"),
}
