"""Calls that fail, or take only a part, because a test wants it so.

A kernel may do all of this at any time, and on a quiet loopback it never does. What
happens to which call is said by buckets.conditions.Mishap. The methods of
socket.socket are replaced before the recorder wraps them, so that a trace tells what
the learner's code was told; the recorder asks `made` whether it was one of these.

os.read(), os.write() and the C code of sendall() and sendfile() are left alone.
"""

from __future__ import annotations

import errno
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Change = Callable[[tuple[Any, ...], dict[str, Any], int], tuple[Any, ...]]

_local = threading.local()


class Mishap:
    """One kind of call, and what becomes of some of them.

    Args:
        call: accept, recv or send.
        at: the first that is concerned, counted from 1 over all sockets of a process.
        times: how many in a row are; 0 for all from then on.
        error: the name of an error in errno; "" for none.
        most: how many bytes it takes at most; 0 for any number.
    """

    def __init__(self, call: str, at: int, times: int, error: str, most: int):
        self.call = call
        self.at = at
        self.last = at + times - 1 if times else None
        self.error = getattr(errno, error) if error else 0
        self.most = most
        self.count = 0

    def strikes(self) -> bool:
        """Count one call, and say whether it is concerned."""
        if getattr(_local, "spared", False):
            return False
        self.count += 1
        return self.count >= self.at and (self.last is None or self.count <= self.last)


def mark() -> None:
    """The call that this thread is in comes out as a test wants it."""
    _local.made = True


def made() -> bool:
    """Whether the last call of this thread was one of these; asks once only."""
    was = getattr(_local, "made", False)
    _local.made = False
    return was


@contextmanager
def spared() -> Iterator[None]:
    """What a driver of ours calls inside is neither concerned nor counted."""
    _local.spared = True
    try:
        yield
    finally:
        _local.spared = False


def install(mishaps: list[dict[str, Any]]) -> None:
    """Let them happen from now on, in this process and in all that it forks."""
    for told in mishaps:
        mishap = Mishap(**told)
        for name, cut in _METHODS[mishap.call].items():
            original = getattr(socket.socket, name)
            setattr(socket.socket, name, _struck(mishap, name, original, cut))


def _struck(
    mishap: Mishap, name: str, original: Callable[..., Any], cut: Change | None
) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **more: Any) -> Any:
        if not mishap.strikes():
            return original(self, *args, **more)
        if mishap.error:
            mark()
            raise OSError(mishap.error, os.strerror(mishap.error))
        shorter = cut(args, more, mishap.most) if cut else args
        _local.made = shorter is not args
        return original(self, *shorter, **more)

    method.__name__ = name
    method.__qualname__ = f"socket.{name}"
    method.__doc__ = original.__doc__
    return method


# How to ask a call for less; the same arguments where it is little already. ----------


def _less_to_send(args: Any, more: Any, most: int) -> tuple[Any, ...]:
    data = memoryview(args[0]).cast("B")
    return (data[:most], *args[1:]) if len(data) > most else args


def _less_of_many(args: Any, more: Any, most: int) -> tuple[Any, ...]:
    whole = b"".join(args[0])
    return ([whole[:most]], *args[1:])


def _less_to_receive(args: Any, more: Any, most: int) -> tuple[Any, ...]:
    return (most, *args[1:]) if args and args[0] > most else args


def _less_to_fill(args: Any, more: Any, most: int) -> tuple[Any, ...]:
    view = memoryview(args[0]).cast("B")
    size = (args[1] if len(args) > 1 else 0) or len(view)
    return (view[:most], most, *args[2:]) if size > most else args


_METHODS: dict[str, dict[str, Change | None]] = {
    "accept": {"accept": None},
    "send": {
        "send": _less_to_send,
        "sendto": _less_to_send,
        "sendmsg": _less_of_many,
    },
    "recv": {
        "recv": _less_to_receive,
        "recvfrom": _less_to_receive,
        "recvmsg": _less_to_receive,
        "recv_into": _less_to_fill,
        "recvfrom_into": _less_to_fill,
    },
}
