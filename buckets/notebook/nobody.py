"""Cells that ask a question where nobody can answer: Validate, and a book's build.

There input() raises, the rest of its cell is lost, and a right answer below it with it.
`buckets check` and the class give an empty answer and go on; here it is the same.
"""

from __future__ import annotations

from buckets.cells import shell


def answer_for_nobody() -> None:
    """Answer questions with nothing, if this kernel's client lets nobody answer."""
    running = shell()
    kernel = getattr(running, "kernel", None)
    if kernel is None or getattr(kernel, "_allow_stdin", True):
        return
    # The kernel makes these input() and getpass() anew for each cell.
    kernel.raw_input = kernel.getpass = _empty


def _empty(*prompt: object, **_: object) -> str:
    print(*prompt, "(nobody is here to answer: the answer is empty)")
    return ""
