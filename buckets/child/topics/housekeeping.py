"""A clock that stands still until a client moves it, and waiting that believes in it.

A loop asks a clock what time it is, and select() to wake it when some time has passed.
Here both are the course's own: the clock is handed to the learner's code, and the
waiting is put in the place of the kernel's, underneath the recorder, so that it is the
same whether a loop waits in select(), poll(), epoll or sleep(). A wait ends when a flag
is up, or when the clock has been moved past its timeout. So half a minute passes in no
time, and nothing depends on how fast a machine is.

The other end is buckets.driving.topics.housekeeping.Hands. Its connection, the desk, is
read and written past the recorder. An order is answered when the loop has come to rest.
"""

from __future__ import annotations

import gc
import json
import math
import select
import socket
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

from buckets.child.recorder import is_learner_file, waits
from buckets.child.topics.event_loop import House, Puppet, Spilled

START = -20.0
"""What the clock says at first. A clock's zero means nothing: it may be any moment, and
here it is one at which tests have something due."""

ROUNDING = 1e-6
"""Seconds. Selectors turn a timeout into milliseconds and back."""

LATE, LONG = 1.5e-3, 0.1
"""Seconds: who asks poll() for a long wait may have rounded it up, to whole ones."""

# The kernel's own: by now those in the module select are the recorder's.
_select, _poll, _epoll = waits._select, waits._poll, waits._epoll

Look = Callable[[bool], tuple[Any, bool]]


class Clock:
    """A function that says what time it is, in seconds; it moves when it is moved.

    It knows how often it was asked, and how often the learner's code asked others.
    """

    def __init__(self) -> None:
        self.now = START
        self.looked = 0
        self.others = 0
        for name in ("monotonic", "time", "perf_counter"):
            setattr(time, name, self._watch(getattr(time, name)))

    def _watch(self, other: Callable[[], float]) -> Callable[[], float]:
        def ask() -> float:
            if is_learner_file(sys._getframe(1).f_code.co_filename):
                self.others += 1
            return other()

        return ask

    def __call__(self) -> float:
        self.looked += 1
        return self.now

    def __str__(self) -> str:
        return f"{self.now - START:g}"


class Stillness:
    """In the place of the kernel's waiting: time passes when the desk says so.

    Args:
        clock: the one that the desk moves.
        desk: descriptor of the connection that brings orders.
    """

    def __init__(self, clock: Clock, desk: int):
        self.clock = clock
        self.desk = desk
        self.orders = open(desk, "rb", buffering=0, closefd=False)
        self.asked = False
        self._unread = b""

    def install(self) -> None:
        """Take the place of the kernel's, for whatever calls it from now on."""
        waits._select = self.select
        waits._sleep = self.sleep  # type: ignore[assignment]
        if _poll:
            waits._poll = lambda: StillPoll(self, _poll())
        if _epoll:
            waits._epoll = lambda *a, **more: StillPoll(self, _epoll(*a, **more))

    def wait(self, seconds: float | None, look: Look) -> Any:
        """Wait until a flag is up, or the clock has moved on by so many seconds.

        Args:
            seconds: None for ever.
            look: looks for flags, or waits for them when it is told to; says what it
                found, and whether the desk has something to say.
        """
        until = math.inf if seconds is None else self.clock.now + seconds
        rounding = LATE if seconds is not None and seconds > LONG else ROUNDING
        while True:
            found, desk = look(False)
            # Flags first: what clients sent before an order is seen before it.
            if found or self.clock.now >= until - rounding:
                return found
            if desk:
                self._take_order()
                continue
            self._rests(until)
            look(True)

    def _take_order(self) -> None:
        data = self.orders.read(1 << 12)
        if not data:
            raise SystemExit("nobody moves the clock any more")
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            self.clock.now += float(line)
            self.asked = True

    def _rests(self, until: float) -> None:
        """Nothing is left to do: now the desk may know what came of its order."""
        if not self.asked:
            return
        self.asked = False
        left = None if until == math.inf else until - self.clock.now
        said = {"now": self.clock.now - START, "asks": left}
        clocks = {"looked": self.clock.looked, "others": self.clock.others}
        text = json.dumps({**said, **clocks})
        with open(self.desk, "wb", closefd=False) as answers:
            answers.write(text.encode() + b"\n")

    def select(self, r: Any, w: Any, x: Any, timeout: float | None = None) -> Any:
        """In the place of select.select()."""
        if timeout is not None and timeout < 0:
            return _select(r, w, x, timeout)  # which refuses it

        def look(block: bool) -> tuple[Any, bool]:
            flags = _select([*r, self.desk], w, x, None if block else 0)
            mine = [each for each in flags[0] if each != self.desk]
            found = (mine, *flags[1:]) if mine or any(flags[1:]) else None
            return found, len(mine) < len(flags[0])

        return self.wait(timeout, look) or ([], [], [])

    def sleep(self, seconds: float) -> None:
        """In the place of time.sleep()."""

        def look(block: bool) -> tuple[Any, bool]:
            return None, bool(_select([self.desk], [], [], None if block else 0)[0])

        self.wait(seconds, look)


class StillPoll:
    """In the place of what select.poll() or select.epoll() returns."""

    def __init__(self, still: Stillness, inner: Any):
        self.still = still
        self.inner = inner
        inner.register(still.desk, select.POLLIN)
        self.unit = 1 if _epoll and isinstance(inner, _epoll) else 1000

    def poll(self, timeout: float | None = None, maxevents: int = -1) -> Any:
        """Wait; `timeout` is in seconds for epoll, and in milliseconds for poll."""
        most = [maxevents + 1] if maxevents > 0 else []

        def look(block: bool) -> tuple[Any, bool]:
            flags = self.inner.poll(-1 if block else 0, *most)
            mine = [each for each in flags if each[0] != self.still.desk]
            return mine, len(mine) < len(flags)

        if timeout is None or timeout < 0:
            return self.still.wait(None, look)
        return self.still.wait(timeout / self.unit, look)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def set_up(listener: socket.socket) -> Clock:
    """A clock for the learner's code; the first to connect is the one who moves it."""
    clock = Clock()
    Stillness(clock, listener.accept()[0].detach()).install()
    return clock


# What is called when its time has come --------------------------------------------


class Bells:
    """Callbacks by name. Each tells that it rings, and when, and then does as ordered.

    Args:
        clock: what time it is.
        timers: the learner's object, which has call_at, call_later or call_every.
        tell: tells a line of text.
        do: carries out an order.
    """

    def __init__(
        self,
        clock: Clock,
        timers: Any,
        tell: Callable[[str], None],
        do: Callable[[str], None],
    ):
        self.clock = clock
        self.timers = timers
        self.tell = tell
        self.do = do
        self.handles: dict[str, Any] = {}

    def hang(self, verb: str, words: str) -> None:
        """Hang a bell: "5 tea", or "5 tea; cancel cake"."""
        head, _, then = words.partition("; ")
        number, name = head.split()

        def ring() -> None:
            self.tell(f"{name} at {self.clock}")
            if then:
                self.do(then)

        seconds = float(number) + (START if verb == "call_at" else 0)
        self.handles[name] = getattr(self.timers, verb)(seconds, ring)

    def cancel(self, name: str) -> None:
        """Take a bell down again."""
        self.handles[name].cancel()


class Cook:
    """Carries out the orders of one client, on timers that know no loop."""

    def __init__(self, task: Any):
        self.clock = Clock()
        self.clocks = 0, 0
        self.timers = task(self.clock)
        self.said = b""
        self.bells = Bells(self.clock, self.timers, self.tell, self.do)

    def tell(self, text: str) -> None:
        """Say a line; they are all sent together, when the order is carried out."""
        self.said += text.encode() + b"\n"

    def do(self, line: str) -> None:
        """Carry out one order."""
        verb, _, rest = line.partition(" ")
        getattr(self, f"do_{verb}")(rest)

    def do_in(self, words: str) -> None:
        """In so many seconds."""
        self.bells.hang("call_later", words)

    def do_at(self, words: str) -> None:
        """At a time, counted from the start."""
        self.bells.hang("call_at", words)

    def do_cancel(self, name: str) -> None:
        """Take a bell down."""
        self.bells.cancel(name)

    def do_spill(self, _: str) -> None:
        """A callback's mistake."""
        raise Spilled("a callback spilled it")

    def do_leave(self, _: str) -> None:
        """Raise what is no mistake, and ends the program."""
        raise SystemExit

    def do_move(self, seconds: str) -> None:
        """Let time pass."""
        self.clock.now += float(seconds)

    def do_run(self, _: str) -> None:
        """Call what is due."""
        self.timers.run_due()
        self._answer("done")

    def do_next(self, _: str) -> None:
        """Tell when something is due."""
        when = self.timers.next_deadline()
        due = isinstance(when, int | float)
        self._answer(f"next at {when - START:g}" if due else f"next: {when!r}")

    def _answer(self, text: str) -> None:
        """Tell, and add whether since the last answer only other clocks were asked."""
        clocks, before = (self.clock.looked, self.clock.others), self.clocks
        self.clocks = clocks
        strange = clocks[0] == before[0] and clocks[1] > before[1]
        self.tell(f"{text}, by some other clock" if strange else text)

    def do_waste(self, count: str) -> None:
        """Set many that are taken back at once."""
        for number in range(int(count)):
            self.timers.call_later(3600 + number % 7, gc.isenabled).cancel()
        self.tell("wasted")


def play_timers(task: Any, listener: socket.socket) -> None:
    """Carry out what one client orders, until it says goodbye."""
    desk = listener.accept()[0].detach()
    cook = Cook(task)
    with open(desk, "wb", buffering=0) as answers:
        for line in open(desk, "rb", closefd=False):
            cook.do(line.decode().rstrip("\n"))
            answers.write(cook.said)
            cook.said = b""


class Ringer(Puppet):
    """A puppet with bells: a handler on a loop that knows the time."""

    def __init__(self, house: House, sock: socket.socket):
        super().__init__(house, sock)
        self.clock = house.clock  # type: ignore[attr-defined]
        self.bells = Bells(self.clock, self.loop, self.tell, self.carry_out)
        self.turns = 0

    def do_in(self, words: str) -> None:
        """In so many seconds."""
        self.bells.hang("call_later", words)

    def do_at(self, words: str) -> None:
        """At a time, counted from the start."""
        self.bells.hang("call_at", words)

    def do_every(self, words: str) -> None:
        """Every so many seconds."""
        self.bells.hang("call_every", words)

    def do_cancel(self, name: str) -> None:
        """Take a bell down."""
        self.bells.cancel(name)

    def do_work(self, seconds: str) -> None:
        """Turn water into gold: the clock goes on, and the loop does not."""
        self.clock.now += float(seconds)

    def do_spill(self, where: str) -> None:
        """Raise in a handler, as puppets do, or in a callback, right now."""
        if not where:
            raise Spilled("a callback spilled it")
        super().do_spill(where)

    def do_busy(self, turns: str) -> None:
        """Have a flag up for so many turns."""
        self.turns = int(turns)
        self.loop.modify(self, read=True, write=True)

    def do_chain(self, words: str) -> None:
        """A bell that hangs itself again for now, and a word to say meanwhile."""
        count, word = words.split()
        self.do_later(word)
        self._link(int(count))

    def _link(self, left: int) -> None:
        if left:
            self.loop.call_later(0, lambda: self._link(left - 1))
        else:
            self.tell("the chain is over")

    def handle_write(self) -> None:
        """There is room; while it is busy, that is all it wanted to know."""
        if not self.turns:
            super().handle_write()
            return
        self.turns -= 1
        if not self.turns:
            self.loop.modify(self, read=True, write=False)
            self.tell("busy no more")


def play_loop(task: Any, listener: socket.socket) -> None:
    """Play puppets with bells on a learner's loop, by a clock that stands still."""
    clock = set_up(listener)
    loop = task(clock)
    house = House(loop, listener, Ringer)
    house.clock = clock  # type: ignore[attr-defined]
    loop.run()


def serve(task: Any, listener: socket.socket) -> None:
    """Run a server by a clock that stands still."""
    clock = set_up(listener)
    task(listener, clock)


def play_real(task: Any, listener: socket.socket) -> None:
    """A few turns by the real clock, without a word about which clock that is."""
    connection = listener.accept()[0]
    loop, start, rang = task(), time.monotonic(), []
    # By any other clock that is long ago, or far away.
    loop.call_at(start + 0.2, lambda: rang.append(time.monotonic() - start))
    while not rang:
        _turn(loop, 5)
    early = b"at once\n" if rang[0] < 0.1 else b"too early\n"
    connection.sendall(b"in time\n" if rang[0] > 0.199 else early)
    loop.call_later(3600, gc.isenabled)
    _turn(loop, 0)
    connection.sendall(b"a look\n")
    _turn(loop, 0.1)
    connection.sendall(b"and a short turn\n")


def _turn(loop: Any, timeout: float) -> None:
    try:
        loop.run_once(timeout)
    except Exception:
        traceback.print_exc()
        raise
