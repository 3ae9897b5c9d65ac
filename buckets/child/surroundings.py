"""What cells may have changed around a task, beyond what travels with it.

A function that travels into another process leaves these behind: a handler of signals,
a patched library, a file that a cell wrote, the number of its process. If it relies on
them, the cells are run in the process that serves. Whether it does is read off the
words of its code: a file that nothing there can open costs nobody anything.
"""

from __future__ import annotations

import ast
import logging
import os
import signal
import socket
import sys
import threading
import types
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from buckets import syntax

# IPython and its helpers raise the limit to 3,000.
_DEEP = 3000
_SWITCH = 0.005

# Words that find what was given no name in the code: names, by way of a text.
LOOKS_UP = {"globals", "eval", "exec", "get_type_hints", "__main__", "pickle"}
# Calls whose number means something in one process only.
_NUMBERS = {
    *("getpid", "getppid", "get_ident", "get_native_id", "fork", "pidfd_open"),
    *("pipe", "pipe2", "dup", "fileno", "detach", "eventfd", "memfd_create", "openpty"),
}
_READS = {
    *("open", "read_text", "read_bytes", "exists", "is_file", "is_dir", "listdir"),
    *("scandir", "iterdir", "glob", "rglob", "walk", "stat", "getsize", "getcwd"),
}
_ENVIRONMENT = {"environ", "environb", "getenv", "getenvb", "expandvars"}
# By these a logger is asked how it was set up; what it is told needs no answer.
_ASKS_A_LOGGER = {
    *("handlers", "hasHandlers", "level", "getEffectiveLevel", "isEnabledFor"),
    *("filters", "propagate", "disabled"),
}
_SETS = ("set", "register", "unregister", "patch", "install", "seed")
_PATHS = {
    "os.mkdir": 0,
    "os.rename": 1,
    "os.symlink": 1,
    "os.link": 1,
    "sqlite3.connect": 0,
}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Watched:
    """What cells do to files, folders and the environment, from here on.

    Only where the process that serves does not share them: it is a fresh one, which
    may be in a sandbox of its own.
    """

    def __init__(self) -> None:
        self.environment = dict(os.environ)
        self.folder = _folder()
        self.written: set[str] = set()
        sys.addaudithook(self._hear)

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = args
            if not (isinstance(flags, int) and flags & _WRITES):
                return
        elif event in _PATHS:
            path = args[_PATHS[event]]
        else:
            return
        if isinstance(path, str | bytes | os.PathLike) and _by_a_cell(sys._getframe(1)):
            self.written.add(os.path.basename(os.fsdecode(path).rstrip("/")))

    def changed(self, words: set[str]) -> str:
        """What a task that speaks these words may miss; "" for nothing."""
        for name in self.written:
            if words & {name, name.partition(".")[0]} or words & _READS:
                return f"The cells wrote the file {name}, and it may read it."
        if self.folder != _folder() and words & _READS:
            return "The cells went into another folder, and it may read a file there."
        if self.environment != dict(os.environ) and words & _ENVIRONMENT:
            return "The cells changed the environment, and it reads that."
        return ""


def _folder() -> str:
    with suppress(OSError):
        return os.getcwd()
    return ""


def _by_a_cell(frame: types.FrameType | None) -> bool:
    """Whether a cell did it itself, and not the import of what keeps a cache."""
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(("<cell ", "<frozen importlib")):
            return name.startswith("<cell ")
        frame = frame.f_back
    return False


def changed(
    words: set[str], names: Mapping[str, Any], watched: Watched | None = None
) -> str:
    """What a task would miss elsewhere, as a sentence; "" for nothing.

    Args:
        words: the names and the texts in its code.
        names: the notebook's; In holds the cells that ran.
        watched: what else its cells did, where that matters.
    """
    return (
        _process()
        or _ours(words, names)
        or _settings(words, names)
        or _loggers(words, names)
        or (watched.changed(words) if watched else "")
    )


def _process() -> str:
    for number in signal.Signals:
        if _theirs(number):
            return f"The cells handle {number.name}, for their whole process."
    if socket.getdefaulttimeout() is not None:
        return "The cells set a default timeout, for their whole process."
    if sys.getrecursionlimit() > _DEEP:
        return "The cells set the recursion limit, for their whole process."
    if threading.stack_size() or abs(sys.getswitchinterval() - _SWITCH) > 1e-6:
        return "The cells set how threads run, for their whole process."
    return ""


def _theirs(number: signal.Signals) -> bool:
    """Whether it is handled by a function of the notebook's, or children are let go.

    Other signals may be ignored because whoever started this process ignored them.
    """
    handler = signal.getsignal(number)
    if handler is signal.SIG_IGN:
        return number == signal.SIGCHLD
    return getattr(handler, "__module__", "") == "__main__"


def _ours(words: set[str], names: Mapping[str, Any]) -> str:
    """Something of the notebook's within a library that the task names."""
    for word in words & names.keys():
        place = names[word]
        if not _foreign(place):
            continue
        for name, value in list(vars(place).items()):
            kind = isinstance(value, types.FunctionType | type)
            makers = "__main__", "unittest.mock"
            # What loads a module stands in that module, too.
            made = type(value).__module__ in makers and name != "__loader__"
            if made or (kind and value.__module__ == "__main__"):
                return f"The cells put something of their own into {word}.{name}."
    return ""


def _foreign(place: Any) -> bool:
    """A library, or a class of one."""
    if isinstance(place, type):
        return place.__module__ not in ("__main__", "builtins")
    return isinstance(place, types.ModuleType) and place.__name__ != "__main__"


def _loggers(words: set[str], names: Mapping[str, Any]) -> str:
    """A logger arrives as a name alone: who asks about its handlers finds none."""
    if not words & _ASKS_A_LOGGER:
        return ""
    known = [names[word] for word in words & names.keys()]
    if "getLogger" in words:
        known += [logging.root, *map(logging.root.manager.loggerDict.get, words)]
    if any(isinstance(one, logging.Logger) and _is_set_up(one) for one in known):
        return "The cells set up a logger, and it asks for that."
    return ""


def _is_set_up(logger: logging.Logger) -> bool:
    """Whether it, or one above it, is other than it would be in a fresh process."""
    now: logging.Logger | None = logger
    while now is not None:
        usual = logging.WARNING if now is logging.root else logging.NOTSET
        if now.handlers or now.filters or now.level != usual or not now.propagate:
            return True
        now = now.parent
    return False


# What statements outside of functions did ---------------------------------------------


def _settings(words: set[str], names: Mapping[str, Any]) -> str:
    for text in names.get("In", ()):
        for node in _statements(text):
            numbers = _NUMBERS & set(_called(node))
            if numbers and words & set(_bound(node)):
                return f"The cells keep what {min(numbers)}() said in their process."
            for owner, name in _set(node):
                root = _root(owner)
                if root not in names or not _foreign(names[root]):
                    continue
                # A codec is found by its name, wherever there is text.
                if root in words or name in words or root == "codecs":
                    return f"The cells set {root}'s {name}, for their whole process."
    return ""


def _statements(text: str) -> Iterator[ast.stmt]:
    try:
        waiting: list[ast.AST] = list(syntax.parse(text).body)
    except (SyntaxError, ValueError):
        return
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(node, ast.stmt):
            yield node
        waiting += [
            part
            for part in ast.iter_child_nodes(node)
            if isinstance(part, ast.stmt | ast.ExceptHandler | ast.match_case)
        ]


def _bound(node: ast.stmt) -> Iterator[str]:
    for part in _outside_functions(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id


def _called(node: ast.stmt) -> Iterator[str]:
    for part in _outside_functions(node):
        if isinstance(part, ast.Call):
            yield getattr(part.func, "attr", getattr(part.func, "id", ""))


def _outside_functions(node: ast.AST) -> Iterable[ast.AST]:
    yield node
    for part in ast.iter_child_nodes(node):
        if not isinstance(part, ast.Lambda | ast.stmt):
            yield from _outside_functions(part)


def _set(node: ast.stmt) -> Iterator[tuple[ast.expr, str]]:
    """Attributes that a statement sets, and calls that set something: whose, which."""
    match node:
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            found: list[ast.expr] = targets
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            found = [target]
        case ast.Expr(ast.Call(ast.Attribute(owner, name))) if name.startswith(_SETS):
            yield owner, name
            return
        case ast.Expr(ast.Call(ast.Name("setattr" | "delattr"), [owner, word, *_])):
            yield owner, str(getattr(word, "value", ""))
            return
        case _:
            return
    for one in found:
        if isinstance(one, ast.Attribute):
            yield one.value, one.attr


def _root(owner: ast.expr) -> str:
    """The name at the beginning of a.b().c"""
    while isinstance(owner, ast.Attribute | ast.Call | ast.Subscript):
        owner = owner.func if isinstance(owner, ast.Call) else owner.value
    return owner.id if isinstance(owner, ast.Name) else ""
