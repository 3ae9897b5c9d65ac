"""What cells may have changed around a task, beyond what travels with it.

A function that travels into another process leaves these behind: a handler of signals,
a patched library, a file that a cell wrote, the number of its process. If it relies on
them, the cells are run in the process that serves. Whether it does is read off the
words of its code: a file that nothing there can open costs nobody anything.
"""

from __future__ import annotations

import ast
import collections
import io
import logging
import os
import queue
import re
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

# Words that find what was given no name in the code: names, by way of a text, of a
# frame or of a module; and classes, by way of the one that they are made from.
LOOKS_UP = {
    *("globals", "eval", "exec", "get_type_hints", "__main__", "pickle"),
    *("__globals__", "f_globals", "f_locals", "modules", "getmodule", "__builtins__"),
    *("__subclasses__", "get_objects", "get_referrers"),
}
# Calls and attributes whose number means something in one process only; os.open() is
# the one open that gives a number.
_NUMBERS = {
    *("getpid", "getppid", "get_ident", "get_native_id", "fork", "pidfd_open", "pid"),
    *("pipe", "pipe2", "dup", "fileno", "detach", "eventfd", "memfd_create", "openpty"),
    *("mkstemp", "open", "getsockname", "server_address", "server_port", "ident"),
}
_READS = {
    *("open", "read_text", "read_bytes", "exists", "is_file", "is_dir", "listdir"),
    *("scandir", "iterdir", "glob", "rglob", "walk", "stat", "getsize", "getcwd"),
    *("get_data", "files", "import_module", "__import__", "run_path", "find_spec"),
}
_ENVIRONMENT = {"environ", "environb", "getenv", "getenvb", "expandvars"}
# By these a logger is asked how it was set up; what it is told needs no answer.
_ASKS_A_LOGGER = {
    *("handlers", "hasHandlers", "level", "getEffectiveLevel", "isEnabledFor"),
    *("filters", "propagate", "disabled"),
}
# Where a class stands whose objects are the notebook's own, or stand for others.
_MAKERS = "__main__", "unittest.mock"
_SETS = (
    *("set", "close", "register", "unregister", "patch", "install", "seed"),
    *("simplefilter", "filterwarnings"),
)
# What is done to a table, such as vars() of a module.
_FILLS = {"update", "setdefault", "clear", "pop"}
_PATHS = {
    "os.mkdir": 0,
    "os.rename": 1,
    "os.symlink": 1,
    "os.link": 1,
    "sqlite3.connect": 0,
}
_MAGICS = re.compile(r"^([ \t]*)(?:[\w, ]+=[ \t]*)?[%!?].*", re.MULTILINE)
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
        or _methods(words, names)
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
    if sys.get_int_max_str_digits() != sys.int_info.default_max_str_digits:
        return "The cells set how long a number may be, for their whole process."
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
            # What loads a module stands in that module, too.
            made = type(value).__module__ in _MAKERS and name != "__loader__"
            if made or (kind and value.__module__ == "__main__"):
                return f"The cells put something of their own into {word}.{name}."
    return ""


def _methods(words: set[str], names: Mapping[str, Any]) -> str:
    """A method of the notebook's in a library's class, however it came there.

    The task need not name that class: it may hold one of its objects.
    """
    for name, place in list(names.items()):
        if not _foreign(place):
            continue
        inside = vars(place).values() if isinstance(place, types.ModuleType) else ()
        for kind in [one for one in (place, *inside) if isinstance(one, type)]:
            methods = vars(kind)
            for word in methods.keys() if name in words else methods.keys() & words:
                if _foreign(kind) and _from_cells(methods[word]):
                    return f"The cells put {word} into {kind.__name__}."
    return ""


def _from_cells(value: Any) -> bool:
    """A function of the notebook's, also as a property or as a method of a class."""
    if type(value).__module__ in _MAKERS:
        return True
    if isinstance(value, property):
        value = value.fget
    elif isinstance(value, staticmethod | classmethod):
        value = value.__func__
    return isinstance(value, types.FunctionType) and value.__module__ == "__main__"


def _foreign(place: Any) -> bool:
    """A library, or a class of one."""
    if isinstance(place, type):
        return place.__module__ not in ("__main__", "builtins")
    return isinstance(place, types.ModuleType) and place.__name__ != "__main__"


def _loggers(words: set[str], names: Mapping[str, Any]) -> str:
    """A logger arrives as a name alone: who asks about its handlers finds none."""
    used = [names[word] for word in words & names.keys()]
    known = [one for one in used if isinstance(one, logging.Logger)]
    if "getLogger" in words:
        found = map(logging.root.manager.loggerDict.get, words)
        known += [
            one for one in (logging.root, *found) if isinstance(one, logging.Logger)
        ]
    if words & _ASKS_A_LOGGER and any(map(_is_set_up, known)):
        return "The cells set up a logger, and it asks for that."
    kept = {id(one) for one in used}
    for handler in [handler for one in known for handler in _hearing(one)]:
        if id(handler) in kept or any(id(one) in kept for one in _open_to(handler)):
            return "It reads what a logger of the cells has written."
    return ""


def _hearing(logger: logging.Logger) -> Iterator[logging.Handler]:
    """All handlers that hear what is logged there."""
    now: logging.Logger | None = logger
    while now is not None:
        yield from now.handlers
        now = now.parent


def _open_to(handler: logging.Handler) -> list[Any]:
    """What a handler writes to, or keeps."""
    kinds = io.IOBase, list, dict, collections.deque, queue.Queue, queue.SimpleQueue
    return [value for value in vars(handler).values() if isinstance(value, kinds)]


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
    used = {_library(names[word]) for word in words & names.keys()}
    for text in names.get("In", ()):
        for node in _statements(text):
            numbers = _numbers(node, words, names)
            if numbers:
                return f"The cells keep what {min(numbers)} said in their process."
            patched = _patched(node) if "patch" in text else ()
            for owner, name in [*_set(node), *patched]:
                library = _library(names.get(_root(owner)))
                # A codec is found by its name, wherever there is text.
                if library and (library in used | {"codecs"} or name in words):
                    return f"The cells set {library}'s {name}, for their whole process."
    return ""


def _numbers(node: ast.stmt, words: set[str], names: Mapping[str, Any]) -> set[str]:
    """What a statement asked for a number, if it keeps that under one of the words."""
    asked = _NUMBERS & set(_asked(node))
    kept = [names.get(name) for name in words & set(_bound(node))] if asked else []
    if not any(isinstance(value, int) for value in kept):
        # Path.open() and its like give no number.
        asked -= {"open"}
    return asked if kept else set()


def _library(thing: Any) -> str:
    """The module of a library, or of a class or a function of one; else ""."""
    if isinstance(thing, types.ModuleType):
        return "" if thing.__name__ == "__main__" else thing.__name__
    name = getattr(thing, "__module__", "") if callable(thing) else ""
    return "" if name in (None, "__main__", "builtins") else str(name)


def _statements(text: str) -> Iterator[ast.stmt]:
    """All that are outside of functions; a decorator is a call like others."""
    waiting: list[ast.AST] = []
    # As it is, or without what IPython alone can read.
    for plain in (text, _MAGICS.sub(r"\1pass", text)):
        with suppress(SyntaxError, ValueError):
            waiting = list(syntax.parse(plain).body)
            break
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for decorator in node.decorator_list:
                yield ast.Expr(ast.Call(decorator, [], []))
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


def _asked(node: ast.stmt) -> Iterator[str]:
    """The names of attributes, and of calls; open() itself gives no number."""
    for part in _outside_functions(node):
        match part:
            case ast.Attribute(attr=name):
                yield name
            case ast.Call(ast.Name(name)) if name != "open":
                yield name


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
        case ast.Expr(ast.Call(ast.Name(name))) if name.startswith(_SETS):
            yield ast.Name(name), name
            return
        case ast.Expr(ast.Call(ast.Attribute(owner, name))) if name in _FILLS:
            found = [owner]
        case _:
            return
    for one in found:
        while isinstance(one, ast.Subscript):
            one = one.value
        match one:
            case ast.Attribute(owner, name):
                yield owner, name
            case ast.Call(ast.Name("vars"), [owner]):
                yield owner, "vars"


def _patched(node: ast.stmt) -> Iterator[tuple[ast.expr, str]]:
    """What mock.patch("a.b", ...) and patch.object(a, "b", ...) are about."""
    for part in _outside_functions(node):
        match part:
            case ast.Call(ast.Name("patch") | ast.Attribute(attr="patch"), [what, *_]):
                path = str(getattr(what, "value", "")).split(".")
                yield ast.Name(path[0]), path[-1]
            case ast.Call(
                ast.Attribute(ast.Name("patch") | ast.Attribute(attr="patch")),
                [owner, *_],
            ):
                yield owner, ""


def _root(owner: ast.expr) -> str:
    """The name at the beginning of a.b().c"""
    while isinstance(owner, ast.Attribute | ast.Call | ast.Subscript):
        owner = owner.func if isinstance(owner, ast.Call) else owner.value
    return owner.id if isinstance(owner, ast.Name) else ""
