"""Amounts, times and bytes as the pictures write them."""

from __future__ import annotations

from collections.abc import Sequence

NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}


def amount(count: int) -> str:
    """A number of bytes, short: `6 B`, `4,096 B`, `65 KB`, `3.9 MB`.

    player.js writes the same, so only integers are divided here.
    """
    if count < 10_000:
        return f"{count:,} B"
    if count < 1_000_000:
        return f"{count // 1000} KB"
    return f"{count // 1_000_000}.{count % 1_000_000 // 100_000} MB"


def bytes_(count: int) -> str:
    """A number of bytes in words: `1 byte`, `4,096 bytes`."""
    return f"{count:,} byte" + "s" * (count != 1)


def times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def span(seconds: float) -> str:
    """A length of time: `1.20 s`, `312 ms`, `40 µs`."""
    if seconds >= 0.9995:
        return f"{seconds:.2f} s"
    if seconds >= 0.0009995:
        return f"{seconds * 1000:.3g} ms"
    return f"{seconds * 1e6:.0f} µs"


def visible(data: str) -> str:
    """The text of a trace (latin-1) with everything unprintable spelled out."""
    return "".join(_spell(char) for char in data)


def _spell(char: str) -> str:
    if char in NAMED:
        return NAMED[char]
    return char if " " <= char <= "~" else f"\\x{ord(char):02x}"


def listing(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(names) < 2:
        return "".join(names)
    return ", ".join(names[:-1]) + " and " + names[-1]
