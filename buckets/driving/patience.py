"""How long a client waits for a server: until it is certain, and no longer.

A fixed time-out is unfair on a busy machine and slow on a quiet one. The kernel knows
better: bytes sent over loopback lie in the server's receive buffer before send()
returns, so a server that stays asleep with them unread, and that nothing else is
about to wake, is stuck, and that is a fact and not a guess. A server that runs, or
waits its turn for a CPU, is given time.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from buckets.driving.hearing import Hearing
from buckets.driving.levels import on_its_way, read_levels, still_brings
from buckets.driving.observe import Process

LOOK = 0.025
# Where something is on its way, the kernel's own clocks may bring it: its shortest
# takes 0.2 s. Where one of them is known to bring something, it is waited for.
UNTIL_AN_EVENT = 0.3
MOST_UNTIL_BROUGHT = 3.0
# Where nothing is, a server that waits for events is stuck at once. Looks enough for
# one that is on its way to sleep.
SURE, CERTAIN = 4, 8
# For one whose own clock has run out by then: it is about to wake, and may answer. On a
# machine with twenty programs for each processor 0.1 s was too short for half a second
# of select() in lesson 05; whoever is stuck for good has no such clock, as a rule.
MOMENT = 0.4


@dataclass(frozen=True)
class Patience:
    """When to stop waiting for a server.

    Args:
        process: the server to look at; None for a server nobody can look into.
        ended: says whether the server has come to its end.
        deadline: seconds that no wait ever exceeds.
        asleep: seconds of unbroken sleep after which a server counts as stuck. Where
            nothing but an event can wake it (one thread, in a call without a time
            limit), UNTIL_AN_EVENT is enough, and SURE looks are where no event is on
            its way.
        busy: seconds of CPU time spent without an answer after which it counts as
            spinning, unless bytes were taken from the kernel meanwhile. CPU time, so
            that a loaded machine changes nothing.
        remind: called once in each wait before a server counts as stuck; it may wake
            it, and then all begins anew.
        port: at which the server listens; 0 where that is not known.
        beyond: tells the ports that the server itself may call.
        calling: whether a call of its own is under way, and not answered yet.
        most: how many processes a server may become; one that becomes more is held,
            and not waited for: who forks without end takes the CPU from everybody.
    """

    process: Process | None = None
    ended: Callable[[], bool] = lambda: False
    deadline: float = 10.0
    asleep: float = 0.5
    busy: float = 1.0
    remind: Callable[[], object] | None = None
    port: int = 0
    most: Callable[[], int] | None = None
    beyond: Callable[[], Iterable[int]] = tuple
    calling: Callable[[], bool] = lambda: False

    @property
    def turns(self) -> bool:
        """Whether a loop around the server turns all the time, whatever happens."""
        return False

    def nothing_can_wake(self) -> bool:
        """Whether the server waits for an event alone, and none is on its way.

        Ask it of one that sleeps. False where the system does not tell.
        """
        process, port = self.process, self.port
        if not process or not port or not process.waits_for_events():
            return False
        return process.outlasts_its_socket() and not on_its_way(port, *self.beyond())

    def wait(self, sock: socket.socket | Hearing, *, write: bool = False) -> str | None:
        """Wait until `sock` is readable (or writable).

        Returns:
            None when it is; otherwise why waiting is over: "asleep", "busy", "gone",
            "crowd" or "late".
        """
        poller = select.poll()  # select() would not take a descriptor above 1023
        poller.register(sock, select.POLLOUT if write else select.POLLIN)
        return self.until(lambda seconds: bool(poller.poll(seconds * 1000)))

    def is_over(self, seconds: float = 0.2) -> bool:
        """Whether a connection that was just cut was cut by the end of the server.

        Args:
            seconds: how long the news of that end may take, of CPU time or of sleep.
        """
        if self.process and seconds and not self.ended():
            # CPU time and sleep, so that a slow machine changes nothing.
            calm = replace(self, asleep=seconds, busy=seconds)
            calm.until(self._ends)
        return self.ended()

    def _ends(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while not self.ended():
            if time.monotonic() >= until:
                return False
            time.sleep(0.005)
        return True

    def until(self, happened: Callable[[float], bool]) -> str | None:
        """Wait until something has happened.

        Args:
            happened: waits up to the given seconds for it and says whether it has.

        Returns:
            None when it has; otherwise why waiting is over, as wait() does.
        """
        # Nearly every wait ends here, and looking at processes costs far more.
        if happened(LOOK):
            return None
        watch = _Watch(self)
        while not happened(LOOK):
            verdict = watch.look()
            if verdict == "asleep" and self.remind:
                self.remind()
                return replace(self, remind=None).until(happened)
            if verdict:
                # It may have happened between the wait and the look.
                return None if happened(0) else verdict
        return None

    def until_it_holds(self, fact: Callable[[], bool]) -> str | None:
        """Wait until a fact of the operating system holds.

        Args:
            fact: looks whether it does, and does not wait.

        Returns:
            None when it holds; otherwise why it never will, as until() does.
        """

        def happened(seconds: float) -> bool:
            if fact():
                return True
            time.sleep(min(seconds, 0.01))
            return fact()

        return self.until(happened)


class _Watch:
    """One wait's memory of what the server did meanwhile."""

    def __init__(self, patience: Patience):
        self.patience = patience
        self.start = self.stirred = time.monotonic()
        self.looks = 0
        self.unread: int | None = None
        process = patience.process
        self.cpu_start, self.switches, _ = (
            process.activity() if process else (0.0, 0, True)
        )
        self.cpu = self.cpu_start

    def look(self) -> str | None:
        now = time.monotonic()
        if now - self.start > self.patience.deadline:
            return "late"
        if self.patience.process is None:
            return None
        return self._judge(self.patience.process, now)

    def _judge(self, process: Process, now: float) -> str | None:
        if self.patience.ended():
            return "gone"
        cpu, switches, running = process.activity()
        if self.patience.most and process.seen > self.patience.most():
            process.hold_still()
            return "crowd"
        self.looks += 1
        if running or cpu != self.cpu or switches != self.switches:
            self.stirred, self.looks = now, 0
        self.cpu, self.switches = cpu, switches
        # Several looks as well as a stretch of time: on a loaded machine one sleep
        # of ours may last longer than the whole stretch.
        sure = self.looks == SURE and self.patience.nothing_can_wake()
        if sure or (
            self.looks >= CERTAIN and now - self.stirred >= self._enough(process)
        ):
            if not sure and self._is_brought_something(now):
                return None
            # What was on its way may have come between the look at the process and the
            # look at the way: then it has been waked by now.
            if process.activity() == (cpu, switches, running):
                return "asleep"
            self.stirred, self.looks = now, 0
        return "busy" if self._spins(cpu) else None

    def _is_brought_something(self, now: float) -> bool:
        """Whether the kernel's clock has still to bring bytes for which there is room.

        It may have begun to look when there was none, and looks later and later.
        """
        port, beyond = self.patience.port, self.patience.beyond()
        if not port or now - self.stirred > MOST_UNTIL_BROUGHT:
            return False
        return still_brings(port, *beyond)

    def _spins(self, cpu: float) -> bool:
        """Whether CPU time went by, and nobody's bytes were taken from the kernel.

        Who takes a long line byte by byte is slow, and not lost.
        """
        spent = cpu - self.cpu_start
        if self.unread is None and spent >= self.patience.busy / 2:
            self.unread = self._all_unread()
        if self.unread is None or spent < self.patience.busy:
            return False
        before, self.unread = self.unread, self._all_unread()
        if self.unread < before:
            self.cpu_start = cpu
        return self.unread >= before

    def _all_unread(self) -> int:
        port = self.patience.port
        return sum(read_levels(port).values()) if port else 0

    def _enough(self, process: Process) -> float:
        """Seconds of sleep after which it is certain that nothing will happen."""
        asleep, beyond = self.patience.asleep, self.patience.beyond()
        if beyond and on_its_way(*beyond):
            # A call of its own: the kernel tries again after one second, and three.
            return asleep
        if process.waits_for_events():
            return min(asleep, UNTIL_AN_EVENT)
        by_its_clock = process.limit() or 0.0
        return asleep + MOMENT if 0 < by_its_clock <= asleep else asleep
