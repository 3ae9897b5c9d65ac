"""What the operating system says of a server while the load is on it.

CPU time is that of the server's whole family of processes, in nanoseconds from the
kernel's own clocks. Memory is what all of them take together, a shared page counted
once (PSS): to add up what each has resident would make forks look many times worse.
What other programs used meanwhile is kept, because figures taken beside them are noise.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

import psutil

from buckets.conditions import Options
from buckets.driving.observe import Process
from buckets.driving.server import Ending, Server
from buckets.standings.entrants import Entrant
from buckets.standings.figures import Figures

PATIENCE = 10.0
"""Seconds that no order to the load takes longer than what it was given."""
SETTLE, SPIN = 0.25, 2.0
"""Seconds asleep, or of CPU time, after which nobody else will be served."""


# Clocks -----------------------------------------------------------------------------


def cpu_seconds(pid: int) -> float:
    """CPU time of a process with all its threads, also those that have ended.

    The number of a process's clock is made from its pid, as clock_getcpuclockid(3)
    does it. Where there is no such clock psutil is asked, which counts in hundredths.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            return time.clock_gettime((~pid << 3) | 2)
        return 0.0
    with suppress(psutil.Error):
        times = psutil.Process(pid).cpu_times()
        return float(times.user + times.system)
    return 0.0


def busy_seconds() -> float:
    """CPU time that the machine has spent on everybody since it started."""
    times = psutil.cpu_times()._asdict()
    # The system counts its guests in "user" already.
    resting = ("idle", "iowait", "guest", "guest_nice")
    return float(sum(spent for name, spent in times.items() if name not in resting))


class Window:
    """A stretch of time: CPU seconds of a server, and of others that are not ours.

    Args:
        server: the process, and with it its family.
        ours: pids of the load and of whoever measures.
    """

    def __init__(self, server: Process, ours: Iterable[int]):
        self.server = server
        self.ours = [*ours, os.getpid()]
        self.seconds = self.cpu = self.others = 0.0

    def __enter__(self) -> Self:
        self._start = self._read()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        then, now = self._start, self._read()
        self.seconds = now[0] - then[0]
        # Of a family that lost a member less is known than before.
        self.cpu = max(0.0, now[1] - then[1])
        self.others = max(0.0, now[2] - then[2] - self.cpu - (now[3] - then[3]))

    def _read(self) -> tuple[float, float, float, float]:
        family = [member.pid for member in self.server.family()]
        busy, ours = busy_seconds(), sum(map(cpu_seconds, self.ours))
        return time.monotonic(), sum(map(cpu_seconds, family)), busy, ours


# The load, held from outside --------------------------------------------------------


class Load:
    """The process that is all the clients. See buckets.standings.load.

    Use it in a with block; it ends with whoever holds it, however that ends.
    """

    def __init__(self) -> None:
        self.popen = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-I", "-m", "buckets.standings.load"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def renew(self) -> None:
        """Start afresh: nobody knows in which state a fault has left it."""
        self._end()
        self.popen = self._start()

    def do(self, order: str, **more: Any) -> dict[str, Any]:
        """Give an order and wait until it is carried out.

        Raises:
            OSError: the load has ended, or takes far too long: a fault of ours.
        """
        assert self.popen.stdin and self.popen.stdout
        self.popen.stdin.write(json.dumps({"do": order, **more}).encode() + b"\n")
        self.popen.stdin.flush()
        limit = PATIENCE + more.get("seconds", 0.0) + more.get("deadline", 0.0)
        if not select.select([self.popen.stdout], [], [], limit)[0]:
            raise OSError(f"The load did not carry out {order!r} in {limit:g} s.")
        line = self.popen.stdout.readline()
        if not line:
            raise OSError(f"The load ended at {order!r}.")
        told: dict[str, Any] = json.loads(line)
        return told

    def _end(self) -> None:
        self.popen.kill()
        self.popen.wait()
        for stream in (self.popen.stdin, self.popen.stdout):
            with suppress(OSError):
                if stream:
                    stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()


# One server -------------------------------------------------------------------------


def start(entrant: Entrant, buffers: int | None = None) -> Server:
    """The entrant's server in a child of its own, without a recorder.

    Args:
        buffers: bytes of the kernel's buffers of its connections.
    """
    assert entrant.submission
    options = Options(recorded=False, driver=entrant.driver, buffers=buffers)
    return Server(entrant.submission, entrant.name, options=options)


@dataclass
class Ground:
    """Where all are measured alike: the load, the windows, and what others used.

    Args:
        load: the clients.
        clients: how many come.
        seconds: how long all ask; and, a part of that, how long all are silent.
    """

    load: Load
    clients: int
    seconds: float
    others: float = 0.0
    watched: float = 0.0

    def measure(self, entrant: Entrant) -> Figures:
        """Let everybody come to this server, be silent, and ask.

        Raises:
            OSError: a fault of ours. The load is another one then.
        """
        try:
            with start(entrant) as server:
                try:
                    return self._measure(server, entrant.language)
                finally:
                    self.load.do("leave")
        except OSError:
            self.load.renew()
            raise

    def _measure(self, server: Server, language: str) -> Figures:
        self._invite(server, language)
        people, memory = server.vitals(), server.process.memory()
        with self._window(server) as silence:
            time.sleep(min(0.5, max(0.06, self.seconds / 2)))
        with self._window(server) as work:
            told = self.load.do("ask", seconds=self.seconds)
        return Figures(
            clients=self.clients,
            served=told["served"],
            requests=told["requests"],
            seconds=told["seconds"],
            p99=told["p99"],
            cpu=work.cpu,
            memory=memory.proportional or memory.unique,
            processes=people.processes,
            threads=people.threads,
            idle=silence.cpu / silence.seconds,
            trouble=_trouble(server, told),
        )

    def _invite(self, server: Server, language: str) -> None:
        """Let all come; wait until each had an answer, or no more of them ever will."""
        self.load.do(
            "come",
            address=list(server.address),
            clients=self.clients,
            language=language,
            deadline=PATIENCE,
        )

        def all_served(seconds: float) -> bool:
            return self.load.do("wait", seconds=seconds)["served"] == self.clients

        calm = replace(server.patience, asleep=SETTLE, busy=SPIN, deadline=PATIENCE)
        calm.until(all_served)

    @contextmanager
    def _window(self, server: Server) -> Iterator[Window]:
        with Window(server.process, [self.load.popen.pid]) as window:
            yield window
        self.others += window.others
        self.watched += window.seconds


def _trouble(server: Server, told: dict[str, Any]) -> str:
    """What is to be said of a server that did not do well."""
    ending = server.ending()
    if ending:
        return fate(ending)
    if told["wrong"]:
        return f"it answered {told['wrong']}"
    if told["cut"]:
        return f"it hung up on {told['cut']}"
    return ""


def fate(ending: Ending) -> str:
    """How a server ended, in a clause."""
    what = f"{ending.kind}: {ending.error}" if ending.kind else ending.error
    return f"it {ending.how}" + (f" ({what})" if what else "")
