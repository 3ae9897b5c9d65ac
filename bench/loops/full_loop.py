"""A loop with all that a full event loop does, put together from the solutions.

| what | from |
|---|---|
| one place to wait, and who is up; letting in by batches; one scoop each; a mistake or a reset costs one connection; a second look before each call; the guard of FD_SETSIZE; a pause when descriptors run out | 07, `EventLoop` |
| timers in the order of their deadlines, ties in the order of asking | 09, `TimedLoop` |
| `watch`, `later` and `cancel`: sockets that are watched by functions | 12, `Loop` |
| a high mark from which nothing is read, and a low one from which it is again | 13, `Side.measure` |
| `soon`: once, when everybody has had a turn | 14, `Loop.soon` |
| the string by which a thread wakes the loop | 14, `Wakeup` |
| an idle limit: progress is what has come, and what the peer has taken | 15, `Limited.look` |
| the end: a signal closes the door, and everybody may finish | 15, `EndingHouse.end` |
| the echo: room is tried first, both flags are derived, a goodbye is answered in full | 07, `Echo` |

The classes and functions named here are run from the solutions' notebooks; what stands
below puts them together. So the servers of exercises 12 to 15 run on this loop, too, in
the place of the loop that is given there: `on_this_loop("15_faults")`.
"""  # noqa: E501

from __future__ import annotations

import signal
import socket
import time
import traceback
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from bench.loops import notebooks

course = notebooks.load("09_housekeeping")
echoes = notebooks.load("07_event_loop")
relays = notebooks.load("13_back_pressure")
gold = notebooks.load("14_gold")
faults = notebooks.load("15_faults")

HIGH_WATER = 65536  # bytes pending from which a channel reads no more
LOW_WATER = 16384  # and to which it must sink before it reads again
IDLE = faults.IDLE  # seconds without progress in either direction


class Watched(course.Handler):
    """A socket that is watched by two functions, as in exercises 12 to 15."""

    def read(self) -> None:
        """It is readable; whoever watches it receives, or accepts."""


class FullLoop(course.TimedLoop):
    """The timed loop, and what is due soon: from here, from threads, from signals."""

    beyond = faults.BEYOND  # the first descriptor that it cannot watch

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        super().__init__(clock)
        self.due: list[Callable[[], None]] = []
        self._watched: dict[Any, Watched] = {}
        self._string = gold.Wakeup()
        self.watch(self._string, read=self._string.clear)

    # What exercises 12 to 15 ask of a loop --------------------------------------------

    soon = gold.Loop.soon
    later = course.TimedLoop.call_later

    def cancel(self, timer: Any) -> None:
        """Do not call it any more."""
        timer.cancel()

    def watch(
        self,
        sock: Any,
        read: Callable[[], None] | None = None,
        write: Callable[[], None] | None = None,
    ) -> None:
        """Say anew what to call when `sock` is readable, or has room."""
        handler = self._watched.get(sock)
        if not (read or write):
            if handler:
                del self._watched[sock]
                self.unregister(handler)
            return
        if not handler:
            handler = self._watched[sock] = Watched(self, sock)
            self._numbers[handler] = sock.fileno()
        handler.read, handler.handle_write = read, write  # type: ignore[assignment]
        self.modify(handler, read is not None, write is not None)

    def turn(self) -> None:
        """One turn, however long it takes until a flag is up."""
        self.run_once(None)

    # Threads and signals --------------------------------------------------------------

    def soon_threadsafe(self, act: Callable[[], None]) -> None:
        """As soon(), from any thread: it pulls the string at the walker's sleeve."""
        self.due.append(act)
        self._string.wake()

    def on_signal(self, number: int, act: Callable[[], None]) -> None:
        """Call `act` in the loop, and not in the middle of a handler."""
        # C pulls the string: a handler in Python would pull it after the wait only.
        signal.set_wakeup_fd(self._string.far.fileno(), warn_on_full_buffer=False)
        signal.signal(number, lambda *_: self.soon(act))

    # A turn ---------------------------------------------------------------------------

    def run_once(self, timeout: float | None = None) -> None:
        """One turn: flags, then timers, then what is due soon."""
        super().run_once(0.0 if self.due else timeout)
        # What they ask for is due in the next turn: it must not starve the flags.
        due, self.due = self.due, []
        for act in due:
            try:
                act()
            except Exception:
                traceback.print_exc()

    def _read(self, handler: Any) -> None:
        """A flag in front. One who is watched by a function receives by itself."""
        if type(handler) is Watched:
            handler.read()
        else:
            super()._read(handler)


def on_this_loop(topic: str, kind: type[FullLoop] = FullLoop) -> SimpleNamespace:
    """What a solution defines, its servers on this loop and not on the given one."""
    return notebooks.load(topic, Loop=kind)


class Channel(echoes.Echo):
    """One connection. Override data_received; write(), finish() and close() are yours.

    It reads no more while its peer does not read, answers a peer that has finished
    sending, and leaves when nothing has moved for IDLE seconds, or for twice as long.
    """

    # Where exercise 13 looks for its marks.
    pair = SimpleNamespace(high=HIGH_WATER, low=LOW_WATER)
    house: Any = None

    measure = relays.Side.measure
    look = faults.Limited.look
    # To echo is to send what has come: now what there is room for, the rest later.
    write = echoes.Echo.handle_read

    def __init__(self, loop: FullLoop, sock: socket.socket):
        super().__init__(loop, sock)
        self.is_full = False  # from the high mark down to the low one
        self.heard = False  # since the last look
        self.sent = self.taken = 0  # by send(); by the peer, as of the last look
        self.idle = loop.later(IDLE, self.look)

    def data_received(self, data: bytes) -> None:
        """Some bytes have come."""

    def handle_read(self, data: bytes) -> None:
        """Some bytes have come, which is progress."""
        self.heard = True
        self.data_received(data)

    def send(self, data: bytes | bytearray) -> int:
        """Hand over what there is room for; how many bytes that was."""
        count = super().send(data)
        self.sent += count
        return count

    def watch(self) -> None:
        """Derive both flags from what is the case, in one place."""
        if self.finished and not self.pending:
            self.close()
            return
        self.measure()
        read = not (self.finished or self.is_full)
        self.loop.modify(self, read=read, write=bool(self.pending))

    def finish(self) -> None:
        """Hear what has come by now, and close once all that is pending is sent."""
        try:
            self.handle_read(self.sock.recv(course.SCOOP))
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        self.handle_close()

    def handle_error(self, error: BaseException) -> None:
        """The loop is about to close this connection."""
        self.leave()
        super().handle_error(error)

    def close(self) -> None:
        """Leave now, and be woken for nothing more."""
        self.leave()
        super().close()

    def leave(self) -> None:
        """Nothing is due any more of somebody who is gone."""
        self.idle.cancel()
        if self.house:
            self.house.left(self)


class Echo(Channel):
    """Send back what comes."""

    def data_received(self, data: bytes) -> None:
        """Some bytes have come."""
        self.write(data)


class House(course.Door):
    """The door, and who is in. It can be told to end, once or twice."""

    limit: Any = None  # the timer of its end

    end = faults.EndingHouse.end

    def __init__(self, loop: FullLoop, sock: socket.socket, make: Any):
        super().__init__(loop, sock, make)
        self.guests: set[Channel] = set()

    def handle_accept(self, connection: socket.socket) -> None:
        """Make a channel for a newcomer, if the loop can watch it."""
        if connection.fileno() >= self.loop.beyond:
            connection.close()
            return
        guest = self.make(self.loop, connection)
        self.loop.register(guest)
        guest.house = self
        self.guests.add(guest)

    def watch(self) -> None:
        """Derive the flag of the door."""
        self.loop.modify(self, read=not self.limit, write=False)

    def left(self, guest: Channel) -> None:
        """A guest has gone."""
        self.guests.discard(guest)
        if self.limit and not self.guests:
            self.loop.stop()


def serve(listener: socket.socket, kind: type[FullLoop] = FullLoop) -> None:
    """Send back to everybody what they send, until SIGTERM."""
    loop = kind()
    house = House(loop, listener, Echo)
    loop.register(house)
    loop.on_signal(signal.SIGTERM, house.end)
    loop.run()
