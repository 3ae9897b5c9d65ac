"""Python source as a tree, for threads that read at the same time."""

from __future__ import annotations

import ast
import threading

_ONE_AT_A_TIME = threading.RLock()


def parse(source: str) -> ast.Module:
    """As ast.parse().

    In Python 3.11 all threads share the counter of how deep a tree has grown. Two that
    parse at once, with a finalizer in between, end in a SystemError now and then (seen
    on 3.11.7; not on 3.12 and 3.13).

    Raises:
        SyntaxError, ValueError: this is no Python.
    """
    with _ONE_AT_A_TIME:
        return ast.parse(source)
