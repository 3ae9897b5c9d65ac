"""What came from a learner's side, made fit to be shown.

A server may print or raise anything: terminal codes that repaint the report, letters
that reverse a line, megabytes. And what differs from run to run, or from one Python to
the next (addresses in memory, ports, folders), says nothing about a mistake.
"""

from __future__ import annotations

import re

from buckets.texts import say

MOST_LINES = 24

_VARIES = [
    (re.compile(r"\b0x[0-9a-fA-F]{6,16}\b"), "0x…"),
    (re.compile(r"((?:l|r)addr=\('[^']*'), \d+"), r"\1, …"),
    # Of a library's file, where it lies and which line it is differs between Pythons.
    (re.compile(r'(File ")/(?:[^"\n]*/)?([^/"\n]+"), line \d+'), r"\1\2"),
    # So do the marks below a line of code.
    (re.compile(r'(File "[^\n]*\n[^\n]*\n) *[~^]+(?:\n|\Z)'), r"\1"),
]


def clean(text: str, most: int = 8_000) -> str:
    """Printable text of bounded length; its end is kept, where the news is.

    Args:
        text: anything.
        most: characters of it that are kept.
    """
    kept = text[-most:].replace("\r\n", "\n").expandtabs(4)
    shown = (c if c.isprintable() or c == "\n" else _named(c) for c in kept)
    return "".join(shown)[-most:]


def _named(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def steady(text: str) -> str:
    """The same text in every run: no addresses in memory, ports or folders.

    A traceback is the same on every Python, too.
    """
    for pattern, same in _VARIES:
        text = pattern.sub(same, text)
    return text


def shorten(text: str, most: int = MOST_LINES) -> str:
    """The first lines and the last ones of a text that is too long."""
    lines = text.splitlines()
    if len(lines) <= most:
        return "\n".join(lines)
    head, tail = lines[: most // 3], lines[-(most - most // 3) :]
    gap = len(lines) - len(head) - len(tail)
    key = "report.one_left_out" if gap == 1 else "report.left_out"
    return "\n".join([*head, say(key, number=gap), *tail])
