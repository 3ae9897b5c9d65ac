"""The reference loop with all that a full event loop does, so that its cost shows.

The loop of exercise 07 with the timers of exercise 09 comes from their solutions. It
brings: one place to wait; accepting in batches with a cap; capped reads; errors and
resets that cost one connection only; a second look before each call; a pause when
descriptors run out; the guard of FD_SETSIZE; timers in the order of their deadlines.

What a later part of the course adds stands here: callbacks for the next turn, wake-up
from threads and signals, epoll, and a channel with back-pressure, an idle limit and a
goodbye that comes after the last byte.
"""

from __future__ import annotations

import select
import signal
import socket
import time
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from bench.loops import notebooks

course = notebooks.load("09_housekeeping")

HIGH_WATER = 65536  # bytes pending from which a channel reads no more
LOW_WATER = 16384  # and to which it must sink before it reads again
IDLE = 30.0  # seconds without progress in either direction


class FullLoop(course.TimedLoop):
    """The timed loop, and callbacks: from this thread, from others, from signals."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        super().__init__(clock)
        self.now = clock()  # as of this turn; reading a clock costs a call
        self._soon: deque[Callable[[], None]] = deque()
        sleeve, self._string = socket.socketpair()
        self._string.setblocking(False)
        # That the loop wakes is all the sleeve is for; what it feels is not looked at.
        self.register(course.Handler(self, sleeve))

    def call_soon(self, callback: Callable[[], None]) -> None:
        """Call back at the end of this turn, or of the next."""
        self._soon.append(callback)

    def call_soon_threadsafe(self, callback: Callable[[], None]) -> None:
        """The same from any thread: it pulls the string tied to the walker's sleeve."""
        self._soon.append(callback)
        # If there is no room for one more byte, enough have been pulled already.
        with suppress(BlockingIOError):
            self._string.send(b"!")

    def on_signal(self, number: int, callback: Callable[[], None]) -> None:
        """Call back in the loop, and not in the middle of a handler."""
        # Python runs the handler between two lines of Python. A signal just before the
        # wait would be slept through, if C did not pull the string at once.
        signal.set_wakeup_fd(self._string.fileno(), warn_on_full_buffer=False)
        signal.signal(number, lambda *_: self.call_soon(callback))

    def run_once(self, timeout: float | None = None) -> None:
        """One turn: flags, then timers, then the callbacks that were asked for."""
        super().run_once(0.0 if self._soon else timeout)
        # Exactly these: those that they add must not starve the flags.
        for _ in range(len(self._soon)):
            try:
                self._soon.popleft()()
            except Exception:
                traceback.print_exc()

    def wait(self, timeout: float | None) -> tuple[list[int], list[int]]:
        """The only place to wait."""
        readable, writable = super().wait(timeout)
        self.now = self.clock()
        return readable, writable


READ = select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR
WRITE = select.EPOLLOUT | select.EPOLLHUP | select.EPOLLERR


class EpollLoop(FullLoop):
    """The same on epoll, which is told of changes and not of everybody."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._epoll = select.epoll()
        self._asked: dict[int, int] = {}  # descriptor: the flags epoll knows of
        super().__init__(clock)

    def register(self, handler: Any, read: bool = True, write: bool = False) -> None:
        """As the reference loop does it, without the limit that select() has."""
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
        self.now = self.clock()
        if self._shut and not flags:
            self._open_doors()
        readers, writers = self._readers, self._writers
        readable = [n for n, up in flags if up & READ and n in readers]
        writable = [n for n, up in flags if up & WRITE and n in writers]
        if len(readable) + len(writable) < len(flags):
            # At the end of file the reference loop drops a reader by itself.
            for number, _ in flags:
                self._tell(number)
        return readable, writable


class Channel(course.Handler):
    """One connection. Override data_received; write(), finish() and close() are yours.

    It reads no more while its peer does not read, answers a peer that has finished
    sending, and leaves when nothing has moved for IDLE seconds.
    """

    def __init__(self, loop: FullLoop, sock: socket.socket):
        super().__init__(loop, sock)
        self.pending = bytearray()
        self.full = False
        self.finished = False
        self.progress = loop.now
        self.idle = loop.call_later(IDLE, self.look)

    def data_received(self, data: bytes) -> None:
        """Some bytes have come."""

    def write(self, data: bytes) -> None:
        """Send now what there is room for, and the rest when there is."""
        if not self.pending:
            # There nearly always is room, so this is the path that must be short.
            try:
                sent = self.sock.send(data)
                self.progress = self.loop.now
            except BlockingIOError:
                sent = 0
            if sent == len(data):
                return
            data = data[sent:]
        self.pending += data
        self.watch()

    def finish(self) -> None:
        """Close, once what is pending has been sent."""
        self.finished = True
        self.watch()

    def watch(self) -> None:
        """Derive both flags from what is the case, in one place."""
        pending = len(self.pending)
        if self.finished and not pending:
            self.close()
            return
        self.full = pending > (LOW_WATER if self.full else HIGH_WATER)
        self.loop.modify(self, not (self.finished or self.full), pending > 0)

    # What the loop calls ------------------------------------------------------

    def handle_read(self, data: bytes) -> None:
        """Some bytes have come, which is progress."""
        self.progress = self.loop.now
        self.data_received(data)

    def handle_write(self) -> None:
        """There is room behind."""
        try:
            sent = self.sock.send(self.pending)
        except BlockingIOError:
            return
        self.progress = self.loop.now
        # In place: a slice of what is left would copy it each time.
        del self.pending[:sent]
        self.watch()

    def handle_close(self) -> None:
        """The peer has finished sending, and may still read."""
        self.finish()

    def handle_error(self, error: BaseException) -> None:
        """The loop is about to close this connection."""
        self.idle.cancel()
        super().handle_error(error)

    def look(self) -> None:
        """Has anything moved? One timer for each channel, renewed when it is due."""
        left = self.progress + IDLE - self.loop.now
        if left > 0:
            self.idle = self.loop.call_later(left, self.look)
        else:
            self.close()

    def close(self) -> None:
        """Leave now, and be woken for nothing more."""
        self.idle.cancel()
        super().close()


class Echo(Channel):
    """Send back what comes."""

    def data_received(self, data: bytes) -> None:
        """Some bytes have come."""
        self.write(data)


LOOPS = {"select": FullLoop, "epoll": EpollLoop}


def serve(listener: socket.socket, variant: str) -> None:
    """Send back to everybody what they send. Variants: "select", "epoll"."""
    loop = LOOPS[variant]()
    loop.register(course.Door(loop, listener, Echo))
    loop.run()
