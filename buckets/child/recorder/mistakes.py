"""Exceptions that the learner's code raised, wherever they went from there.

A traceback shows what ended a program. What ended a thread, a forked child or the call
of a pool, and what an `except` clause made quiet, ends up nowhere; and that is often
the whole mistake. Each of these becomes a line of the trace, an `oops`.

Nothing here costs anything while nothing is raised. An `except` clause is told of by a
call at its head, which `watch` puts into the learner's functions: the file name and the
line numbers of their code stay the same.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import gc
import json
import os
import sys
import threading
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from buckets.child.recorder.places import (
    hide_own_frames,
    is_learner_file,
    is_own_file,
)
from buckets.child.recorder.tape import Tape

CAUGHT = "__buckets_caught__"
MOST = 40
MOST_TEXT = 300
MOST_TRAIL = 6
# They end something on purpose, or are how Python itself counts to the end.
NO_MISTAKE = (SystemExit, KeyboardInterrupt, GeneratorExit, StopIteration)

_CHILD = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep

_tape: Tape | None = None
_told: set[tuple[str, str, str]] = set()


def attach(tape: Tape) -> None:
    """Hear of what threads, pools, children and printed tracebacks have to say."""
    global _tape
    _tape = tape
    setattr(builtins, CAUGHT, _caught)
    hide_own_frames(lambda error: told(error, "printed"))
    thread_hook = threading.excepthook
    threading.excepthook = lambda args: _of_thread(args, thread_hook)
    unraisable_hook = sys.unraisablehook
    sys.unraisablehook = lambda args: _unraisable(args, unraisable_hook)
    _hear_of_suppress()


def told(error: BaseException | None, how: str, named: bool = False) -> None:
    """Write an exception down, once for each place that it came from.

    Args:
        error: what was raised; one that did not come from a learner's line is left out.
        how: what became of it: caught, suppressed, thread, future, exit, printed.
        named: whether the clause that caught it asked for this very kind.
    """
    if _tape is None or not _tape.on or error is None or isinstance(error, NO_MISTAKE):
        return
    try:
        trail = _trail(error, escaped=how in ("thread", "future"))
        if not trail and how in ("thread", "future"):
            trail = _called_wrongly(error)
        if trail and len(_told) < MOST:
            _write(error, how, named, trail)
    except Exception as fault:
        _tape.trouble(fault)


def _write(
    error: BaseException, how: str, named: bool, trail: list[list[object]]
) -> None:
    kind = type(error).__name__
    key = kind, str(trail[-1]), how
    if key in _told or _tape is None:
        return
    _told.add(key)
    fields = {
        "how": how,
        "kind": kind,
        "text": str(error)[:MOST_TEXT],
        "named": named,
        "where": trail[-1][:2],
        "trail": trail,
    }
    _tape.note("oops", json.dumps(fields, separators=(",", ":"))[1:-1], always=True)


def _trail(error: BaseException, *, escaped: bool = False) -> list[list[object]]:
    """The learner's lines that it went through, the innermost last.

    Empty where it was raised by the course's own code, such as a puppet's mistake;
    unless it has escaped from the learner's, which was to catch it.
    """
    trail: list[list[object]] = []
    last, entry = "", error.__traceback__
    while entry is not None:
        code = entry.tb_frame.f_code
        if not is_own_file(code.co_filename):
            last = code.co_filename
        if is_learner_file(code.co_filename):
            cell = code.co_filename.strip("<>")
            trail.append([cell, entry.tb_lineno, code.co_name])
        entry = entry.tb_next
    ours = last.startswith((_CHILD, "<driver>"))
    return [] if ours and not escaped else trail[-MOST_TRAIL:]


def _called_wrongly(error: BaseException) -> list[list[object]]:
    """Where a function begins that a thread or a pool could not even call.

    Too few arguments, or too many, are no line's mistake: the call is Python's own. Its
    text begins with the name of the function.
    """
    name, call, _ = str(error).removeprefix("__main__.").partition("()")
    if not isinstance(error, TypeError) or not call:
        return []
    for function in gc.get_objects():
        if type(function) is types.FunctionType and function.__qualname__ == name:
            code = function.__code__
            if is_learner_file(code.co_filename):
                cell = code.co_filename.strip("<>")
                return [[cell, code.co_firstlineno, code.co_name]]
    return []


# Threads, pools, and what cannot be raised -----------------------------------------


def _of_thread(args: Any, hook: Callable[[Any], Any]) -> None:
    told(args.exc_value, "thread")
    hook(args)


def _unraisable(args: Any, hook: Callable[[Any], Any]) -> None:
    told(args.exc_value, "unraisable")
    hook(args)


def hear_of_futures() -> None:
    """A pool keeps what was raised in a Future, where perhaps nobody looks.

    Called when a thread begins: a pool's module is loaded by then, and costs time where
    nobody needs it.
    """
    base = sys.modules.get("concurrent.futures._base")
    future: Any = getattr(base, "Future", None)
    if future is None or getattr(future.set_exception, "told", False):
        return
    original = future.set_exception

    def set_exception(self: Any, exception: BaseException | None) -> None:
        told(exception, "future")
        original(self, exception)

    set_exception.told = True  # type: ignore[attr-defined]
    future.set_exception = set_exception


def _hear_of_suppress() -> None:
    original = contextlib.suppress.__exit__

    def __exit__(self: Any, kind: Any, error: Any, trace: Any) -> Any:
        quiet = original(self, kind, error, trace)
        if quiet and error is not None:
            names = [each.__name__ for each in getattr(self, "_exceptions", ())]
            told(error, "suppressed", type(error).__name__ in names)
        return quiet

    contextlib.suppress.__exit__ = __exit__  # type: ignore[method-assign]


# The learner's own except clauses --------------------------------------------------


def _caught(names: str) -> None:
    """What stands at the head of each except clause: the names that it asks for."""
    error = sys.exc_info()[1]
    told(error, "caught", type(error).__name__ in names.split())


class _Telling(ast.NodeTransformer):
    """Puts the call at the head of each except clause, on the line that is there."""

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.ExceptHandler:
        self.generic_visit(node)
        first = node.body[0]
        names = [
            part.attr if isinstance(part, ast.Attribute) else part.id
            for part in ast.walk(node.type or ast.Pass())
            if isinstance(part, ast.Name | ast.Attribute)
        ]
        call = ast.Expr(
            ast.Call(ast.Name(CAUGHT, ast.Load()), [ast.Constant(" ".join(names))], [])
        )
        for part in ast.walk(call):
            ast.copy_location(part, first)
        node.body.insert(0, call)
        return node


def watch(sources: Mapping[str, str]) -> None:
    """Let the learner's functions tell of what their except clauses catch.

    Args:
        sources: the text of each cell by its label. A cell that is no plain Python, or
            whose text is not what was run, is left alone.
    """
    told_of = {
        f"<{label}>": text for label, text in sources.items() if "except" in text
    }
    if _tape is None or not told_of:
        return
    known = {name: dict(_codes(name, text)) for name, text in told_of.items()}
    for function in gc.get_objects():
        if type(function) is types.FunctionType:
            _exchange(function, known.get(function.__code__.co_filename, {}))


_Codes = dict[tuple[str, int], types.CodeType]


def _codes(name: str, text: str) -> Iterator[tuple[tuple[str, int], types.CodeType]]:
    """All functions of a cell, as they are with those calls."""
    try:
        tree = _Telling().visit(ast.parse(text))
        # Without the flags of this very module, such as its __future__.
        code = compile(ast.fix_missing_locations(tree), name, "exec", 0, True)
        waiting = [code]
    except (SyntaxError, ValueError, RecursionError):
        return
    while waiting:
        code = waiting.pop()
        yield (code.co_name, code.co_firstlineno), code
        waiting += [each for each in code.co_consts if type(each) is types.CodeType]


def _exchange(function: types.FunctionType, known: _Codes) -> None:
    old = function.__code__
    new = known.get((old.co_name, old.co_firstlineno))
    if new is not None and _shape(new) == _shape(old):
        function.__code__ = new


def _shape(code: types.CodeType) -> tuple[object, ...]:
    names = set(code.co_names) - {CAUGHT}
    return code.co_freevars, code.co_varnames, code.co_flags, names
