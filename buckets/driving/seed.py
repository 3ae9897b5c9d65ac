"""Randomised content that can be repeated: the story tells the seed.

It is the same in every run, so that the same program gets the same verdict.
"""

from __future__ import annotations

import os
import random
import string

from buckets.driving.clients import Client
from buckets.driving.server import Server

SEED = "BUCKETS_SEED"
USUAL = 2026
_PLAIN = (string.ascii_letters + string.digits).encode()


def dice(server: Server) -> random.Random:
    """Chance for one test, from a seed that the server's story tells.

    $BUCKETS_SEED sets another one.
    """
    seed = _seed()
    server.story.tell("dice", f"seed {seed} ({SEED}={seed} repeats it)")
    return random.Random(seed)


def _seed() -> int:
    return int(os.environ.get(SEED) or USUAL)


def line_of(client: Client, most: int = 12) -> bytes:
    """A line of this client's own, drawn from the seed and its name.

    A server that knows the words of other tests by heart does not know these.
    """
    chance = random.Random(f"{_seed()} {client.name}")
    return bytes(chance.choices(_PLAIN, k=chance.randint(4, most))) + b"\n"


def random_line(chance: random.Random, most: int = 40) -> bytes:
    """A line of 1 to `most` letters and digits, with its newline.

    No blanks and no other bytes: a server that gets those wrong should fail in the
    one test that is about them, and not in any other by chance.
    """
    size = chance.randint(1, most)
    return bytes(chance.choices(_PLAIN, k=size)) + b"\n"


def random_cuts(chance: random.Random, data: bytes, most: int = 12) -> list[bytes]:
    """`data` in pieces of 1 to `most` bytes each, cut anywhere."""
    pieces, start = [], 0
    while start < len(data):
        size = chance.randint(1, most)
        pieces.append(data[start : start + size])
        start += size
    return pieces
