"""The full loop, waiting in epoll: the one thing that Part Three does not teach.

Lesson 15 ends on it: select() stops at a thousand clients, and other ways to wait do
not. Only the wait is another one; nothing else of the full loop changes.
"""

from __future__ import annotations

import select
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from bench.loops import full_loop
from bench.loops.full_loop import course

READ = select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR
WRITE = select.EPOLLOUT | select.EPOLLHUP | select.EPOLLERR


class EpollLoop(full_loop.FullLoop):
    """The same on epoll, which is told of changes and not of everybody."""

    beyond = sys.maxsize

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._epoll = select.epoll()
        self._asked: dict[int, int] = {}  # descriptor: the flags epoll knows of
        super().__init__(clock)

    def register(self, handler: Any, read: bool = True, write: bool = False) -> None:
        """As the loop of 07 does it, without the limit that select() has."""
        sock = handler.sock
        sock.setblocking(False)
        if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            self._doors.add(handler)
        self._numbers[handler] = sock.fileno()
        self.modify(handler, read, write)

    def modify(self, handler: Any, read: bool, write: bool) -> None:
        """Watch a registered handler for reading, writing, both or neither."""
        super().modify(handler, read, write)
        self._tell(self._numbers[handler])

    def _tell(self, number: int) -> None:
        """Let epoll know what is asked for by now, if that has changed."""
        read, write = number in self._readers, number in self._writers
        flags = select.EPOLLIN * read | select.EPOLLOUT * write
        before = self._asked.pop(number, 0)
        if flags:
            self._asked[number] = flags
        if flags and not before:
            self._epoll.register(number, flags)
        elif before and not flags:
            # Left in with no flag, a dead connection would be reported for ever.
            self._epoll.unregister(number)
        elif flags != before:
            self._epoll.modify(number, flags)

    def wait(self, timeout: float | None) -> tuple[list[int], list[int]]:
        """The only place to wait."""
        if self._shut:
            timeout = course.RETRY if timeout is None else min(timeout, course.RETRY)
        flags = self._epoll.poll(timeout)
        if self._shut and not flags:
            self._open_doors()
        readers, writers = self._readers, self._writers
        readable = [n for n, up in flags if up & READ and n in readers]
        writable = [n for n, up in flags if up & WRITE and n in writers]
        if len(readable) + len(writable) < len(flags):
            # At the end of file the loop of 07 drops a reader by itself.
            for number, _ in flags:
                self._tell(number)
        return readable, writable


def serve(listener: socket.socket) -> None:
    """Send back to everybody what they send, until SIGTERM."""
    full_loop.serve(listener, EpollLoop)
