"""Races between a parent and its children, run the one way that a test asks for.

A child may end before its parent knows its number, and it may live on for a while
after its last deed. Both happen now and then, and a server must be right either way.
"""

from __future__ import annotations

import os
import posix
import select
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import sleep
from typing import Any, NoReturn

LOOK = 0.002
MOST_LOOKS = 1000

_read = os.read  # before the recorder: what the desk says is no part of a trace


def end_first(task: Callable[[socket.socket], Any], listener: socket.socket) -> None:
    """Run a server whose fork() returns late where a client has vanished.

    By then the child of that client has ended, and its SIGCHLD has come.
    """
    if hasattr(os, "waitid"):
        _put("fork", _LateFork(os.fork).fork)
    task(listener)


class _LateFork:
    """A fork() that gives the child time to end."""

    def __init__(self, fork: Callable[[], int]):
        self._fork = fork
        self._waitid = os.waitid

    def fork(self) -> int:
        pid = self._fork()
        if pid and somebody_vanished():
            with suppress(ChildProcessError):  # a handler has waited for it
                self._until_its_end(pid)
        return pid

    def _until_its_end(self, pid: int) -> None:
        left_alone = os.WEXITED | os.WNOWAIT | os.WNOHANG
        for _ in range(MOST_LOOKS):
            if self._waitid(os.P_PID, pid, left_alone):
                return
            sleep(LOOK)


def somebody_vanished() -> bool:
    """Whether a connection of this process has met a reset."""
    poller = select.poll()
    for fd in _sockets():
        poller.register(fd, 0)
    return bool(poller.poll(0))


def _sockets() -> Iterator[int]:
    for name in os.listdir("/dev/fd"):
        with suppress(OSError):
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                yield int(name)


def end_late(task: Callable[[socket.socket], Any], listener: socket.socket) -> None:
    """Run a server whose children are held in os._exit().

    Args:
        task: the server.
        listener: the first to connect holds them, until it shuts its sending side.
    """
    desk = listener.accept()[0].detach()
    _put("_exit", _LateExit(desk).exit)
    task(listener)


class _LateExit:
    """An _exit() that waits for the desk, in children only."""

    def __init__(self, desk: int):
        self._exit = os._exit
        self._desk = desk
        self._parent = os.getpid()

    def exit(self, status: int) -> NoReturn:
        if os.getpid() != self._parent:
            with suppress(OSError):
                _read(self._desk, 1)
        self._exit(status)


def _put(name: str, function: Any) -> None:
    # A function that came by pickle knows itself as posix.fork, not os.fork.
    for module in (os, posix):
        setattr(module, name, function)


def beside_a_bell(
    task: Callable[[socket.socket], Any], listener: socket.socket
) -> None:
    """Run a server whose first connection hears if it is ever left."""
    bell = listener.accept()[0].detach()
    try:
        task(listener)
    finally:
        os.write(bell, b"out\n")
