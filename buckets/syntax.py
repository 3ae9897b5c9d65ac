"""Python source as a tree, for threads that read at the same time."""

from __future__ import annotations

import ast
import re
import sys
import threading

_ONE_AT_A_TIME = threading.RLock()

# In one text. The longest cell of the course has 1,600. A tree takes 100 times the
# memory of a text that is all tiny statements, and minutes.
MOST_WORDS = 100_000
_WORD = re.compile(r"\w+|[^\w\s]")


def parse(source: str) -> ast.Module:
    """As ast.parse().

    In Python 3.11 all threads share the counter of how deep a tree has grown. Two that
    parse at once, with a finalizer in between, end in a SystemError now and then (seen
    on 3.11.7; not on 3.12 and 3.13).

    Raises:
        SyntaxError, ValueError: this is no Python, or far too long or too deep.
    """
    if words(source) > MOST_WORDS:
        raise ValueError(f"it holds more than {MOST_WORDS:,} words")
    try:
        with _ONE_AT_A_TIME:
            return ast.parse(source)
    except (MemoryError, RecursionError) as error:
        raise ValueError("it is too deep") from error


def words(source: str) -> int:
    """How many names, numbers and signs there are in a text, at most."""
    if len(source) <= MOST_WORDS:
        return len(source)
    return sum(1 for _ in _WORD.finditer(source))


# What newer versions of Python added to the language, as it looks in the text.
_ADDED = {
    (3, 12): re.compile(
        r"^\s*(?:type\s+\w+(?:\[.*\])?\s*=|(?:async\s+)?def\s+\w+\[|class\s+\w+\[)",
        re.MULTILINE,
    ),
    (3, 14): re.compile(
        r"""^\s*except\s+[\w.]+\s*,\s*[\w.]+|\b[tT][rR]?["']""", re.MULTILINE
    ),
}


def newer(source: str, error: str, written_with: str) -> str:
    """Why text that does not parse here may well be right: it is of a newer Python.

    Args:
        source: the text of a cell.
        error: what Python says of it.
        written_with: the version that the notebook was written with, or "".

    Returns:
        A sentence; "" if nothing speaks for it.
    """
    ours = sys.version_info[:2]
    told = re.match(r"(\d+)\.(\d+)", written_with)
    theirs = (int(told[1]), int(told[2])) if told else (0, 0)
    known = [version for version, look in _ADDED.items() if look.search(source)]
    if ours < (3, 12) and "f-string" in error:
        known.append((3, 12))
    needed = [version for version in (*known, theirs) if version > ours]
    if not needed:
        return ""
    most = "{}.{}".format(*min(needed))
    here = "{}.{}".format(*ours)
    return f"it is written for Python {most}, and the grader's is {here}"
