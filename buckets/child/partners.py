"""Threads that cells started, and what they share with a task.

A task that travels leaves them behind: nobody fills its list there, nobody answers by
its queue, and its event stays as it is. What a thread reaches is read off its frames,
its code and its arguments; it need not be waiting for anything.
"""

from __future__ import annotations

import dis
import enum
import logging
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
            if id(task) not in other.things and reach.meets(other):
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
        self.read: set[str] = set()
        self.stored: set[str] = set()
        waiting = list(roots)
        while waiting and len(self.things) < _MOST:
            thing = waiting.pop()
            if id(thing) not in self.things:
                self.things[id(thing)] = thing
                waiting += self._next(thing)

    def meets(self, other: _Reach) -> bool:
        """Whether one of them may see what becomes of something in the other."""
        both = (self.things[key] for key in self.things.keys() & other.things.keys())
        return bool(self.read & other.stored) or any(
            not isinstance(thing, _ALIKE) for thing in both
        )

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
        kind = thing if isinstance(thing, type) else type(thing)
        if kind.__module__ not in self.own:
            return []
        if kind is thing:
            return list(vars(kind).values())
        # Its class may answer to every name, and raise at any.
        with suppress(Exception):
            return [kind, *object.__getattribute__(thing, "__dict__").values()]
        return [kind]

    def _of_code(self, code: types.CodeType, names: dict[str, Any]) -> Iterator[Any]:
        """What the names in code stand for."""
        if names.get("__name__") not in self.own:
            return
        self.codes.add(code)
        read: set[str] = set()
        for step in dis.get_instructions(code):
            if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                read.add(step.argval)
            elif step.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
                self.stored.add(step.argval)
        self.read |= read
        yield from [names[name] for name in read if name in names]
        for part in code.co_consts:
            if isinstance(part, types.CodeType):
                yield from self._of_code(part, names)


def _held_by(function: types.FunctionType) -> Iterator[Any]:
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    yield from vars(function).values()
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # a name that has no value yet
            yield cell.cell_contents
