"""Names for a learner's code: which cell, which line, and their source in tracebacks.

Cells are compiled under the file name "<cell 7>". Frames of this package, and of the
interpreter's own start, are left out of what a learner reads.
"""

from __future__ import annotations

import linecache
import os
import sys
import traceback
import types
from collections.abc import Mapping
from contextlib import suppress

_OURS = os.path.dirname(os.path.abspath(__file__))


def settle(folder: str) -> None:
    """As a kernel stands: a __main__ of the notebook's own, in its folder.

    What lies there can be imported. Here it comes last, so that a file of the learner's
    never stands in for what the grader needs.

    Args:
        folder: where the notebook lies; "" for where this process started.
    """
    sys.modules["__main__"] = types.ModuleType("__main__")
    if folder:
        with suppress(OSError):
            os.chdir(folder)
    sys.path.append("")


def show_sources(sources: Mapping[str, str]) -> None:
    """Let tracebacks quote the source of each cell.

    Args:
        sources: the text of each cell by its label, such as "cell 7".
    """
    for label, text in sources.items():
        name = f"<{label}>"
        # No modification time: linecache then never looks for such a file.
        linecache.cache[name] = (
            len(text),
            None,
            text.splitlines(keepends=True),
            name,
        )


def learners_traceback(error: BaseException) -> str:
    """The traceback as the learner should read it: without our own frames."""
    told = traceback.TracebackException.from_exception(error)
    _leave_out(told)
    return "".join(told.format()).rstrip()


def learners_line(error: BaseException) -> list[object] | None:
    """The innermost cell and line in which the error happened: ["cell 7", 12]."""
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        if _theirs(frame.filename):
            return [frame.filename.strip("<>"), frame.lineno]
    return None


def _leave_out(told: traceback.TracebackException | None) -> None:
    while told is not None:
        # An event loop, too, may stand above the learner's first line.
        first = [_theirs(frame.filename) for frame in told.stack]
        begin = first.index(True) if True in first else 0
        kept = [frame for frame in told.stack[begin:] if not _ours(frame.filename)]
        told.stack = traceback.StackSummary.from_list(kept)
        _leave_out(told.__context__)
        told = told.__cause__


def _theirs(filename: str) -> bool:
    return filename.startswith("<cell ") or filename == "<your code>"


def _ours(filename: str) -> bool:
    started_by = filename.startswith(("<frozen runpy", "<driver>"))
    # No abspath: the learner's code may have deleted the working directory.
    return started_by or filename.startswith(_OURS)
