"""Fold prose and steps of a story to a width, without touching what is quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A quoted piece, such as b'two  blanks', is one word: a fold inside would change it.
_WORD = re.compile(r"""[^\S\n]*(b?(['"])(?:\\.|(?!\2).)*\2\S*|\S+)""")


def fold(text: str, width: int, hang: int = 0) -> list[str]:
    """Lines of at most `width` characters.

    Args:
        text: one paragraph.
        width: characters in a line. A word that is longer is cut.
        hang: how far the second and later lines are indented.
    """
    lines, line, indent = [], "", ""
    for word in _words(text, width - hang):
        longer = f"{line}{word}" if line else word.lstrip()
        if line and len(indent + longer) > width:
            lines.append(indent + line)
            line, indent = word.lstrip(), " " * hang
        else:
            line = longer
    return [*lines, indent + line]


def _words(text: str, most: int) -> Iterator[str]:
    """Each word with the blanks before it: in a story they align names."""
    for found in _WORD.finditer(text):
        word, bare = found[0], found[1]
        if len(bare) <= most:
            yield word
            continue
        blanks = word[: len(word) - len(bare)]
        yield blanks + bare[:most]
        yield from (bare[at : at + most] for at in range(most, len(bare), most))


def clip(line: str, width: int) -> str:
    """A line that must not be folded, such as code, cut to a width."""
    return line if len(line) <= width else line[: width - 1] + "…"
