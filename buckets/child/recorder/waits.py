"""Waiting: select, poll, epoll and sleep, and what the selectors module made of them.

HAZARD: a Python function in the place of a builtin one becomes a method when it is
kept in a class, as selectors.SelectSelector keeps select.select. So bound methods
stand in for functions: they are never bound again.
"""

from __future__ import annotations

import errno
import math
import select
import selectors
import socket
import time
import weakref
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from buckets.child.recorder import mishaps
from buckets.child.recorder.tape import Tape

MOST_LISTED = 64

_tape: Tape
_select, _sleep = select.select, time.sleep
_poll, _epoll = getattr(select, "poll", None), getattr(select, "epoll", None)

_READ = getattr(select, "POLLIN", 1)
_WRITE = getattr(select, "POLLOUT", 4)
_URGENT = getattr(select, "POLLPRI", 2)
_DEFAULT = _READ | _WRITE | _URGENT
# Hang-up and error make a read return at once: the flag of the front bucket.
_READABLE = _READ | 0x8 | 0x10 | 0x2000
_BROKEN = _URGENT | 0x8 | 0x20
_EDGE = getattr(select, "EPOLLET", 0)


def attach(tape: Tape) -> None:
    """Put the wrappers in place."""
    global _tape, _select, _sleep, _poll, _epoll
    _tape = tape
    # As they are now: a test may have changed them below us.
    _select, _sleep = select.select, time.sleep
    _poll, _epoll = getattr(select, "poll", None), getattr(select, "epoll", None)
    calls = _Calls()
    select.select = calls.select
    time.sleep = calls.sleep
    selectors.SelectSelector._select = calls.select  # type: ignore[attr-defined]
    if _poll:
        select.poll = calls.poll  # type: ignore[assignment,misc]
        selectors.PollSelector._selector_cls = calls.poll  # type: ignore[attr-defined]
    if _epoll:
        select.epoll = Epoll  # type: ignore[assignment,misc]
        selectors.EpollSelector._selector_cls = Epoll  # type: ignore[attr-defined]
    for name in ("KqueueSelector", "DevpollSelector"):
        if hasattr(selectors, name):
            record_selector(getattr(selectors, name))


# What is written -------------------------------------------------------------------


_KNOWN = {int, socket.socket}
_STRANGE = -2


class _Once:
    """Stands in for an object of the learner's own, which has a fileno() of its own.

    That method may print, count, or change the very list. It is called once, by us,
    and select() is handed the answer.
    """

    __slots__ = ("answer", "error", "thing")

    def __init__(self, thing: Any):
        self.thing = thing
        self.answer: Any = -1
        self.error: Exception | None = None
        try:
            self.answer = thing.fileno()
        except Exception as error:
            self.error = error

    def fileno(self) -> Any:
        if self.error:
            raise self.error
        return self.answer


def once(thing: Any) -> Any:
    """The thing itself if asking for its number twice does nothing."""
    if type(thing) in _KNOWN or isinstance(thing, int) or not hasattr(thing, "fileno"):
        return thing
    return _Once(thing)


def _once_each(things: Any) -> tuple[Any, str]:
    """What to hand to select() in the place of a list, and the list as text."""
    if type(things) is list and not things:
        return things, "[]"
    # An iterator can be walked once only; a list stays the list it is.
    if type(things) is not list and hasattr(things, "__next__"):
        things = list(things)
    try:
        numbers = _numbers(things)
        if _STRANGE in numbers:
            things = [once(thing) for thing in things]
            numbers = [number(thing) for thing in things[:MOST_LISTED]]
    except TypeError:
        return things, "[]"
    return things, str(numbers)


def _numbers(things: Any) -> list[int]:
    """The descriptors of sockets and numbers; nobody else is asked."""
    if len(things) > MOST_LISTED:
        things = islice(things, MOST_LISTED)
    return [
        x if type(x) is int else x.fileno() if type(x) is socket.socket else _STRANGE
        for x in things
    ]


def _themselves(found: Any) -> Any:
    """The three lists that select() returned, with the learner's own objects."""
    return tuple([x.thing if type(x) is _Once else x for x in part] for part in found)


def number(thing: Any) -> int:
    """The descriptor of what stands in a list; -1 if it has none (any more)."""
    try:
        return int(thing) if isinstance(thing, int) else int(thing.fileno())
    except Exception:
        return -1


def _listed(things: Any) -> str:
    numbers = _numbers(things)
    if _STRANGE in numbers:
        numbers = [number(x) for x in islice(things, MOST_LISTED)]
    return str(numbers)


def _lists(r: Any, w: Any, x: Any) -> str:
    text = (
        f'"r":{_listed(r) if r else "[]"},"w":{_listed(w) if w else "[]"}'
        f',"x":{_listed(x) if x else "[]"}'
    )
    return text if len(text) < 3 * MOST_LISTED else text + _cut(r, w, x)


def _cut(*lists: Any) -> str:
    sizes = [len(part) for part in lists]
    return f',"cut":true,"sizes":{sizes}' if max(sizes) > MOST_LISTED else ""


def _seconds(timeout: Any) -> str:
    """A timeout as JSON; null for ever. Whatever is no number is left to the call."""
    if type(timeout) not in (int, float) or not math.isfinite(timeout):
        return "null"
    return f"{timeout:.6g}"


def _asks(api: str, lists: str, timeout: Any) -> None:
    try:
        seconds = f',"timeout":{_seconds(timeout)}'
        _tape.note("wait", f'"api":"{api}",{lists}', seconds)
    except Exception as error:
        _tape.trouble(error)


def _gets(lists: str) -> None:
    _tape.note("woke", lists, ',"made":true' if mishaps.made() else "")


def _fails(op: str, error: BaseException) -> None:
    try:
        _tape.note("fail", failure(op, -1, error))
    except Exception as fault:
        _tape.trouble(fault)


def failure(op: str, fd: int, error: BaseException) -> str:
    """The fields of a fail line."""
    text = f'"op":"{op}","fd":{fd},"error":"{type(error).__name__}"'
    if isinstance(error, OSError) and isinstance(error.errno, int):
        text += f',"errno":"{errno.errorcode.get(error.errno, error.errno)}"'
    return text


_NOTHING = '"r":[],"w":[],"x":[]'


class _Calls:
    """The functions that wait."""

    def select(self, *args: Any) -> Any:
        if not _tape.on or len(args) < 3:
            return _select(*args)
        (r, r_text), (w, w_text), (x, x_text) = map(_once_each, args[:3])
        lists = f'"r":{r_text},"w":{w_text},"x":{x_text}'
        if len(lists) > 3 * MOST_LISTED:
            lists += _cut(r, w, x)
        _asks("select", lists, args[3] if len(args) > 3 else None)
        try:
            found = _select(r, w, x, *args[3:])
        except BaseException as error:
            _fails("select", error)
            raise
        try:
            _gets(_lists(*found))
        except Exception as error:
            _tape.trouble(error)
        if r is args[0] and w is args[1] and x is args[2]:
            return found
        return _themselves(found)

    def poll(self, *args: Any) -> Poll:
        made = object.__new__(Poll)
        made._inner = _poll(*args)  # type: ignore[misc]
        made._interest = _Interest()
        return made

    def sleep(self, *args: Any) -> None:
        if not _tape.on or not args:
            return _sleep(*args)
        _asks("sleep", _NOTHING, args[0])
        try:
            _sleep(*args)
        except BaseException as error:
            _fails("sleep", error)
            raise
        try:
            _gets(_NOTHING)
        except Exception as error:
            _tape.trouble(error)


# poll and epoll ---------------------------------------------------------------------


class _Interest:
    """What a polling object was asked to watch, as the text of a wait line.

    Kept as three sets in the order of registering, for a loop over 10,000 masks at
    every change would cost more than the poll itself.
    """

    def __init__(self) -> None:
        self.r: dict[int, None] = {}
        self.w: dict[int, None] = {}
        self.x: dict[int, None] = {}
        self.edge: dict[int, None] = {}
        self.text = ""

    def set(self, thing: Any, mask: Any) -> None:
        fd, mask = number(thing), int(mask)
        for kept, bit in self._sets():
            if mask & bit:
                kept[fd] = None
            else:
                kept.pop(fd, None)
        self.text = ""

    def drop(self, fd: int) -> None:
        for kept, _ in self._sets():
            kept.pop(fd, None)
        self.text = ""

    def _sets(self) -> list[tuple[dict[int, None], int]]:
        return [
            (self.r, _READ),
            (self.w, _WRITE),
            (self.x, _URGENT),
            (self.edge, _EDGE),
        ]

    def lists(self) -> str:
        if not self.text:
            self.text = _lists(self.r, self.w, self.x)
            if self.edge:
                self.text += f',"et":{_listed(self.edge)}'
        return self.text


def _flagged(found: list[tuple[int, int]]) -> str:
    r = [fd for fd, mask in found if mask & _READABLE]
    w = [fd for fd, mask in found if mask & _WRITE]
    x = [fd for fd, mask in found if mask & _BROKEN]
    return _lists(r, w, x)


class _Polling:
    """What poll and epoll objects have in common: pass on, and keep in mind."""

    __slots__ = ("__weakref__", "_inner", "_interest")
    _inner: Any
    _interest: _Interest

    def register(self, *args: Any, **more: Any) -> None:
        args = (*map(once, args[:1]), *args[1:])
        self._inner.register(*args, **more)
        self._keep(*args, **more)

    def modify(self, *args: Any, **more: Any) -> None:
        args = (*map(once, args[:1]), *args[1:])
        self._inner.modify(*args, **more)
        self._keep(*args, **more)

    def unregister(self, *args: Any, **more: Any) -> None:
        args = (*map(once, args[:1]), *args[1:])
        self._inner.unregister(*args, **more)
        self._interest.drop(number(args[0] if args else more.get("fd")))

    def _keep(self, fd: Any, eventmask: Any = _DEFAULT) -> None:
        try:
            self._interest.set(fd, eventmask)
        except Exception as error:
            _tape.trouble(error)

    def _wait(self, api: str, timeout: Any, call: Callable[[], Any]) -> Any:
        if not _tape.on:
            return call()
        _asks(api, self._interest.lists(), timeout)
        try:
            found = call()
        except BaseException as error:
            _fails(api, error)
            raise
        try:
            _gets(_flagged(found))
        except Exception as error:
            _tape.trouble(error)
        return found


class Poll(_Polling):
    """What select.poll() returns; as with the real ones, their class makes none."""

    __slots__ = ()

    def __new__(cls) -> Poll:
        raise TypeError("cannot create 'select.poll' instances")

    def poll(self, *args: Any) -> Any:
        return self._wait("poll", _limit(args, 1000), lambda: self._inner.poll(*args))


# Messages and reprs speak of these classes by the names that a learner knows.
Poll.__name__, Poll.__qualname__, Poll.__module__ = "poll", "poll", "select"

_epolls: weakref.WeakSet[Epoll] = weakref.WeakSet()


class Epoll(_Polling):
    """In the place of select.epoll; that class cannot be inherited from."""

    __slots__ = ()

    def __init__(self, *args: Any, **more: Any) -> None:
        self._begin(_epoll(*args, **more))  # type: ignore[misc]

    def _begin(self, inner: Any) -> None:
        self._inner = inner
        self._interest = _Interest()
        _epolls.add(self)

    @classmethod
    def fromfd(cls, fd: int, /) -> Epoll:
        made = cls.__new__(cls)
        made._begin(_epoll.fromfd(fd))  # type: ignore[union-attr]
        return made

    def poll(self, *args: Any, **more: Any) -> Any:
        given = args or (more.get("timeout"),)
        return self._wait(
            "epoll", _limit(given, 1), lambda: self._inner.poll(*args, **more)
        )

    def fileno(self) -> int:
        return int(self._inner.fileno())

    def close(self) -> None:
        self._inner.close()

    @property
    def closed(self) -> bool:
        return bool(self._inner.closed)

    def __enter__(self) -> Epoll:
        self._inner.__enter__()
        return self

    def __exit__(self, *args: Any) -> None:
        self._inner.__exit__(*args)


Epoll.__name__, Epoll.__qualname__, Epoll.__module__ = "epoll", "epoll", "select"


def _limit(args: tuple[Any, ...], unit: int) -> float | None:
    """A timeout in seconds from one in `unit`; None, or less than 0, is for ever."""
    timeout = args[0] if args else None
    try:
        return None if timeout is None or timeout < 0 else timeout / unit
    except TypeError:
        return None


def forget(fd: int) -> None:
    """A descriptor is closed: the kernel takes it out of every epoll by itself."""
    for epoll in list(_epolls):
        epoll._interest.drop(fd)


# Selectors over what is not wrapped itself --------------------------------------------


def record_selector(cls: type[Any]) -> None:
    """Record a selector class as a whole: kqueue on macOS, devpoll on Solaris."""
    original = cls.select

    def select(self: Any, timeout: float | None = None) -> Any:
        if not _tape.on:
            return original(self, timeout)
        masks = {key.fd: key.events for key in (self.get_map() or {}).values()}
        _asks("selector", _selected(masks.items()), timeout)
        try:
            found = original(self, timeout)
        except BaseException as error:
            _fails("selector", error)
            raise
        try:
            _gets(_selected([(key.fd, events) for key, events in found]))
        except Exception as error:
            _tape.trouble(error)
        return found

    cls.select = select


def _selected(events: Iterable[tuple[int, int]]) -> str:
    pairs = list(events)
    r = [fd for fd, mask in pairs if mask & selectors.EVENT_READ]
    w = [fd for fd, mask in pairs if mask & selectors.EVENT_WRITE]
    return _lists(r, w, [])
