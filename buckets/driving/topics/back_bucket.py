"""What the tests of 06 pour, and who takes it slowly."""

from __future__ import annotations

from buckets.behaviour import Driver
from buckets.driving.clients import Sipper


def water(letter: bytes) -> bytes:
    """What must be poured for a letter: b"a" 1 byte, b"b" 2, b"c" 4."""
    size: int = 2 ** (ord(letter) - ord("a"))
    lines = [b"%s %061d\n" % (letter, n) for n in range(size // 64 + 1)]
    return b"".join(lines)[:size]


def sip_once(sipper: Sipper) -> bytes:
    """A sip proves that the server has begun; then nothing more is taken."""
    sipper.tell("takes a sip, and no more")
    return sipper.sip(1)


sends_back = Driver("back_bucket.sends_back")
"""Driver: a given server, that takes one client's bytes and pours them back."""

walks_by_flags = Driver("back_bucket.walks_by_flags")
"""Driver: a given server, that sends each byte that comes back a million times."""
