"""Threads that cells started, and what they share with a task.

A task that travels leaves them behind: nobody fills its list there, nobody answers by
its queue, and its event stays as it is. What a thread reaches is read off its frames,
its code and its arguments; it need not be waiting for anything. A thread that runs a
server on trial, or a client, is no partner: what both of them write, or only read, is
as good in a process of the task's own.
"""

from __future__ import annotations

import dis
import enum
import logging
import queue
import re
import struct
import sys
import threading
import types
from collections.abc import Collection, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

# What is the same wherever it arrives, or is made anew there.
_ALIKE = (
    *(type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType),
    *(types.MethodType, types.CodeType, partial, staticmethod, classmethod, property),
    *(int, float, complex, str, bytes, tuple, frozenset, range, slice, type(None)),
    *(type(...), enum.Enum, logging.Logger, re.Pattern, struct.Struct),
    *(type(threading.Lock()), type(threading.RLock())),
)
# By these threads wait for each other.
_BETWEEN = (
    *(queue.Queue, queue.SimpleQueue, threading.Event, threading.Condition),
    *(threading.Semaphore, threading.Barrier),
)
# Methods that leave a thing as it is.
_READS = {
    *("get", "items", "keys", "values", "copy", "index", "count", "format", "join"),
    *("encode", "decode", "split", "strip", "startswith", "endswith", "fileno"),
    *("info", "debug", "warning", "error", "exception", "union", "find"),
}
_LOADS = "LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "LOAD_ATTR"
_STORES = {
    *("STORE_GLOBAL", "DELETE_GLOBAL", "STORE_DEREF", "STORE_ATTR", "DELETE_ATTR"),
}
_MOST = 5000


def shared(task: Any, own: Collection[str]) -> str:
    """What a task shares with a thread that goes on, as a sentence; "" for nothing.

    Args:
        task: the learner's function or class.
        own: names of the modules whose code is the learner's.
    """
    us = threading.main_thread(), threading.current_thread()
    threads = [one for one in threading.enumerate() if one not in us]
    if not threads:
        return ""
    reach = _Reach([task], own)
    frames = sys._current_frames()
    for thread in threads:
        running = list(_frames(frames.get(thread.ident or 0), own))
        # One that runs the task, or a part of it, is a trial.
        if reach.codes.isdisjoint(frame.f_code for frame in running):
            given = [type(thread).run, *vars(thread).values(), *running]
            other = _Reach(given, own)
            if id(task) not in other.things and reach.waits_for(other):
                return "It uses what a thread that a cell started uses, too."
    return ""


def _frames(
    frame: types.FrameType | None, own: Collection[str]
) -> Iterator[types.FrameType]:
    """Those of the learner's code, of the frames of a thread."""
    while frame is not None:
        if frame.f_globals.get("__name__") in own:
            yield frame
        frame = frame.f_back


class _Reach:
    """All that can be reached from some things by way of the learner's own code.

    Args:
        roots: where to begin.
        own: names of the modules whose code is the learner's.
    """

    def __init__(self, roots: list[Any], own: Collection[str]):
        self.own = own
        self.things: dict[int, Any] = {}
        self.codes: set[types.CodeType] = set()
        # Words of what the code reads, writes to, and binds anew among the globals.
        self.read: set[str] = set()
        self.written: set[str] = set()
        self.stored: set[str] = set()
        # Those that it asks for among the globals, and what they stand for.
        self.asked: set[str] = set()
        self.named: dict[str, Any] = {}
        # Methods by their names, for when the code speaks of those.
        self.methods: dict[str, list[Any]] = {}
        # Containers of which a method was kept that changes them.
        self.filled: set[int] = set()
        waiting = list(roots)
        while waiting and len(self.things) < _MOST:
            thing = waiting.pop()
            if id(thing) not in self.things:
                self.things[id(thing)] = thing
                waiting += self._next(thing)

    def waits_for(self, other: _Reach) -> bool:
        """Whether this one may want what the other does to something."""
        both = {
            key: self.things[key] for key in self.things.keys() & other.things.keys()
        }
        if any(isinstance(thing, _BETWEEN) for thing in both.values()):
            return True
        if not other.filled.isdisjoint(both):
            return True
        holders = any(map(self._holds, both.values()))
        for word in other.written - self.written:
            value = self.named.get(word)
            if word in self.asked and (
                word in other.stored
                or (id(value) in both and not isinstance(value, _ALIKE))
            ):
                return True
            if holders and word in self.read - self.asked:
                return True
        return False

    def _holds(self, thing: Any) -> bool:
        """Whether it has attributes, or a value, that code of the learner's sets."""
        if isinstance(thing, types.CellType):
            return True
        if isinstance(thing, types.ModuleType):
            return thing.__name__ in self.own and thing.__name__ != "__main__"
        kind = thing if isinstance(thing, type) else type(thing)
        return kind.__module__ in self.own and not issubclass(kind, enum.Enum)

    def _next(self, thing: Any) -> Iterator[Any]:
        if isinstance(thing, types.FunctionType):
            yield from self._of_code(thing.__code__, thing.__globals__)
            yield from _held_by(thing)
        elif isinstance(thing, types.FrameType):
            yield from self._of_code(thing.f_code, thing.f_globals)
            yield from list(thing.f_locals.values())
        elif isinstance(thing, types.MethodType):
            yield from (thing.__self__, thing.__func__)
        elif isinstance(thing, types.BuiltinFunctionType):
            kept = isinstance(thing.__self__, types.ModuleType)
            if thing.__name__ not in _READS and not kept:
                self.filled.add(id(thing.__self__))
            yield thing.__self__
        elif isinstance(thing, staticmethod | classmethod):
            yield thing.__func__
        elif isinstance(thing, property):
            yield from (thing.fget, thing.fset, thing.fdel)
        elif isinstance(thing, partial):
            yield from (thing.func, *thing.args, *thing.keywords.values())
        elif isinstance(thing, dict):
            yield from list(thing.values())
        elif isinstance(thing, list | tuple | set | frozenset):
            yield from list(thing)
        else:
            yield from self._names_of(thing)

    def _names_of(self, thing: Any) -> list[Any]:
        """What a module or a class of the learner's holds, or an object of one."""
        if isinstance(thing, types.ModuleType):
            kept = thing.__name__ in self.own and thing.__name__ != "__main__"
            return list(vars(thing).values()) if kept else []
        if isinstance(thing, type):
            return self._methods(thing, made=True)
        found = self._methods(type(thing), made=False)
        # Its class may answer to every name, and raise at any.
        with suppress(Exception):
            found += object.__getattribute__(thing, "__dict__").values()
        return found if type(thing).__module__ in self.own else []

    def _methods(self, kind: type, made: bool) -> list[Any]:
        """What a class of the learner's holds, but for methods that nobody speaks of.

        Args:
            kind: the class.
            made: whether there may be more objects of it.
        """
        own = [one for one in kind.__mro__ if one.__module__ in self.own]
        # What stands above them may call any method, as a thread does with run().
        all_of_it = {*own, object} < set(kind.__mro__)
        found = []
        for name, value in [pair for one in own for pair in vars(one).items()]:
            if not callable(value) or all_of_it or name in self.read:
                found.append(value)
            elif not name.startswith("__"):
                self.methods.setdefault(name, []).append(value)
            elif made or name not in ("__init__", "__new__"):
                found.append(value)
        return found

    def _of_code(self, code: types.CodeType, names: dict[str, Any]) -> Iterator[Any]:
        """What the names in code stand for."""
        if names.get("__name__") not in self.own:
            return
        self.codes.add(code)
        steps = [step for step in dis.get_instructions(code) if step.opname != "CACHE"]
        loads = (*_LOADS, "LOAD_METHOD")
        loaded = {step.argval for step in steps if step.opname in loads}
        asked = {step.argval for step in steps if step.opname in _LOADS[:2]}
        self.read |= loaded
        self.asked |= asked
        self.written |= set(_written(steps))
        self.stored |= {s.argval for s in steps if s.opname.endswith("E_GLOBAL")}
        found = {name: names[name] for name in asked if name in names}
        self.named |= found
        yield from found.values()
        for name in loaded & self.methods.keys():
            yield from self.methods.pop(name)
        for part in code.co_consts:
            if isinstance(part, types.CodeType):
                yield from self._of_code(part, names)


def _written(steps: list[dis.Instruction]) -> Iterator[str]:
    """The words in code of what it binds anew, fills or changes."""
    for one, key, third in zip(steps, steps[1:], [*steps[2:], None], strict=False):
        if one.opname in _STORES:
            yield one.argval
        if one.opname not in _LOADS:
            continue
        if key.opname in ("LOAD_METHOD", "LOAD_ATTR"):
            if key.argval not in _READS:
                yield one.argval
        elif third and third.opname in ("STORE_SUBSCR", "DELETE_SUBSCR", "COPY"):
            yield one.argval


def _held_by(function: types.FunctionType) -> Iterator[Any]:
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    yield from vars(function).values()
    for cell in function.__closure__ or ():
        yield cell
        with suppress(ValueError):  # a name that has no value yet
            yield cell.cell_contents
