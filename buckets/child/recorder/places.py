"""Which line of the learner's code is running, and whose frames nobody should see."""

from __future__ import annotations

import _weakrefset
import json
import json.encoder
import os
import sys
import threading
import traceback
import weakref
from collections.abc import Callable
from typing import Any

_OWN = os.path.dirname(os.path.abspath(__file__)) + os.sep

# The modules written in Python in which a mistake of the recorder's could surface.
_CALLED = {
    module.__file__ for module in (_weakrefset, json, json.encoder, threading, weakref)
}

# By file name, then by line: the text of an "at" field. None for files of others.
_texts: dict[str, dict[int, str] | None] = {}
_MOST_FILES = 2000


def is_learner_file(filename: str) -> bool:
    """Whether code of that file name is a learner's cell, such as "<cell 7>"."""
    return filename.startswith("<cell ") or filename == "<your code>"


def is_own_file(filename: str) -> bool:
    """Whether a frame of that file belongs to the recorder."""
    return filename.startswith(_OWN)


def here(depth: int = 1) -> str:
    """The innermost line of the learner's as the text `"at":["cell 7",12],`.

    Empty where no frame is the learner's: a thread of the standard library, say.

    Args:
        depth: how many frames are known to be the recorder's own. Each frame that is
            looked at has to be made into an object first, which costs time.
    """
    frame = sys._getframe(depth)
    while frame is not None:
        filename = frame.f_code.co_filename
        lines = _texts[filename] if filename in _texts else _learn(filename)
        if lines is not None:
            number = frame.f_lineno
            return lines.get(number) or _spell(lines, filename, number)
        frame = frame.f_back  # type: ignore[assignment]
    return ""


def _learn(filename: str) -> dict[int, str] | None:
    if len(_texts) > _MOST_FILES:
        # Code that is made by exec() under ever new names must not fill the memory.
        _texts.clear()
    lines: dict[int, str] | None = {} if is_learner_file(filename) else None
    _texts[filename] = lines
    return lines


def _spell(lines: dict[int, str], filename: str, number: int) -> str:
    text = lines[number] = f'"at":[{json.dumps(filename.strip("<>"))},{number}],'
    return text


def from_elsewhere(error: BaseException) -> bool:
    """Whether an exception came out of code that the recorder never called.

    A signal handler of the learner's may run, and raise, in the middle of ours.
    """
    entry = error.__traceback__
    while entry is not None:
        filename = entry.tb_frame.f_code.co_filename
        if not is_own_file(filename) and filename not in _CALLED:
            return True
        entry = entry.tb_next
    return False


def hide_own_frames(heard: Callable[[BaseException], None]) -> None:
    """Let tracebacks that a learner prints or logs leave the recorder out.

    Args:
        heard: is told each exception that is made into text.
    """
    original = traceback.TracebackException.__init__

    def __init__(self: Any, *args: Any, **more: Any) -> None:
        original(self, *args, **more)
        # Those that it came from are made by the same call, and bear a mark.
        if "_seen" not in more and len(args) > 1 and args[1] is not None:
            heard(args[1])
        self.stack[:] = [line for line in self.stack if not is_own_file(line.filename)]

    traceback.TracebackException.__init__ = __init__  # type: ignore[method-assign]
    # The interpreter's own hook is written in C and would show every frame.
    threading.excepthook = _thread_failed


def _thread_failed(args: Any) -> None:
    """What threading.excepthook does, by way of the traceback module."""
    if args.exc_type is SystemExit:
        return
    file = sys.stderr or getattr(args.thread, "_stderr", None)
    if file is None:
        return
    name = args.thread.name if args.thread is not None else threading.get_ident()
    print(f"Exception in thread {name}:", file=file, flush=True)
    told = traceback.TracebackException(
        args.exc_type, args.exc_value, args.exc_traceback
    )
    print("".join(told.format()), end="", file=file, flush=True)
