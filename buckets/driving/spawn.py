"""Start a learner's process, with everything that must not outlive it tied to it.

A child is started warm: the interpreter runs and its imports are done before it is
told what to be. A grader that starts the next child while a test still runs hides
most of that time.
"""

from __future__ import annotations

import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

import psutil

from buckets.child import wire
from buckets.child.limits import Leash
from buckets.driving import orphans
from buckets.driving.control import Lines, Said
from buckets.driving.hearing import Hearing, Paper
from buckets.driving.memory import MemoryWatch
from buckets.driving.observe import Process
from buckets.driving.template import Forked, Template

HEAD = TAIL = 32 * 1024
# In the environment of a child, and so of all that it starts.
MARK = "BUCKETS_CHILD"
START_SECONDS = 10.0
STOP_SECONDS = 10.0
MOST_LOOKS = 100
# So often a text must be the same that a server writes which never sleeps.
ENOUGH_LOOKS = 6
MOST_ENVIRONMENT = 1 << 20
# Where these stand in /proc/PID/stat, counted from the state on.
VSIZE, ENV_END = 20, 48
# Of what a child says: at one look, and kept for display.
MOST_AT_ONCE = 1 << 20
MOST_KEPT = 1000
# Of what it prints, as often as a pipe may be full at one look.
MOST_PIECES = 16
MOST_STACKS = 1 << 16

DEFAULT_LIMITS: dict[str, int] = {
    "address_space": 4 << 30,
    "processes": 400,
    "file_size": 64 << 20,
    "descriptors": 1024,
    "cpu_seconds": 60,
}


class Room(Protocol):
    """A started sandbox, as the outside holds it; see grading.sandbox.Inside."""

    popen: subprocess.Popen[Any]

    def pid(self, deadline: float) -> int:
        """The pid, outside, of the learner's process."""

    @property
    def keeper(self) -> int:
        """The pid, outside, of the process to which all orphans inside fall."""

    def kill(self, deadline: float) -> bool:
        """Kill everything inside and wait until it is gone."""

    def end(self) -> None:
        """Kill everything inside, without waiting."""

    def close(self) -> None:
        """Give back the descriptors."""


class Walls(Protocol):
    """What a sandbox does for a child; see grading.sandbox.Sandbox."""

    def start(self, argv: Sequence[str], **options: Any) -> Room:
        """Start `argv` inside; options are those of Popen, and keep_fds."""


class Output:
    """What a process prints: the beginning and the end, however much comes between."""

    def __init__(self) -> None:
        self.head = bytearray()
        self.tail = bytearray()
        self.total = 0

    def add(self, data: bytes) -> None:
        """Take in more; memory stays bounded."""
        self.total += len(data)
        room = HEAD - len(self.head)
        self.head += data[:room]
        self.tail += data[room:]
        del self.tail[:-TAIL]

    @property
    def text(self) -> str:
        """All of it, or both ends with a note of what is left out."""
        left_out = self.total - len(self.head) - len(self.tail)
        gap = f"\n... {left_out:,} bytes left out ...\n".encode() if left_out else b""
        return bytes(self.head + gap + self.tail).decode(errors="replace")


class Child:
    """A process of the learner's side, and the outside's hold on it.

    Args:
        walls: a sandbox, or None for a bare process.
        template: from which a bare process is forked; without one it is started anew.
    """

    def __init__(self, walls: Walls | None = None, template: Template | None = None):
        self.walls = walls
        self.template = template
        self.output = Output()
        self._printing = threading.Lock()
        self.told: list[Said] = []
        self._stopped = False
        self._said = Lines()
        self._mark = secrets.token_hex(16)
        self.stacks = Paper()
        self._hearing = Hearing()
        self._control, theirs = socket.socketpair()
        self._leash = Leash()
        self._room: Room | None = None
        self._memory: MemoryWatch | None = None
        try:
            self.popen = self._start(theirs)
        finally:
            theirs.close()
        self._drainer = threading.Thread(target=self._drain, daemon=True)
        self._drainer.start()
        self._process: Process | None = None

    def _start(self, theirs: socket.socket) -> subprocess.Popen[Any] | Forked:
        if self.template and self.walls is None:
            return self.template.fork(theirs)
        control = theirs.fileno()
        argv = [sys.executable, "-I", "-u", "-m", "buckets.child", str(control)]
        streams: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.STDOUT,
            "start_new_session": True,
        }
        with orphans.starting():
            if self.walls is None:
                streams["env"] = {**os.environ, MARK: self._mark}
                popen = subprocess.Popen(argv, pass_fds=[control], **streams)
            else:
                self._room = self.walls.start(argv, keep_fds=[control], **streams)
                popen = self._room.popen
            orphans.started(popen.pid)
        return popen

    def _drain(self) -> None:
        """Read what the child prints: a full pipe would stop it."""
        with suppress(OSError, ValueError):
            pipe = self._pipe()
            while pipe.poll() and self._take_in() is not False:
                pass

    def _pipe(self) -> select.poll:
        assert self.popen.stdout
        pipe = select.poll()
        pipe.register(self.popen.stdout, select.POLLIN)
        return pipe

    def _take_in(self) -> bool | None:
        """Read a piece of what was printed; None for nothing, False for the end."""
        assert self.popen.stdout
        with self._printing:
            # Two take from this pipe; the other one may just have emptied it.
            if not self._pipe().poll(0):
                return None
            # By its object: once it is closed, the number may be somebody else's.
            data = os.read(self.popen.stdout.fileno(), 1 << 16)
            self.output.add(data)
        return bool(data)

    def printed(self) -> str:
        """All that the child has printed so far, also what is still in the pipe."""
        with suppress(OSError, ValueError):
            # Who prints without end is not waited for.
            for _ in range(MOST_PIECES):
                if not self._take_in():
                    break
        with self._printing:
            return self.output.text

    @property
    def process(self) -> Process:
        """The learner's process as the operating system sees it."""
        if self._process is None:
            pid = self.popen.pid
            if self._room:
                pid = self._room.pid(time.monotonic() + START_SECONDS)
            keeper = self._room.keeper if self._room else None
            self._process = Process(pid, keeper)
        return self._process

    def brief(
        self,
        header: Mapping[str, Any],
        parcel: bytes = b"",
        descriptors: Mapping[str, int] | None = None,
    ) -> None:
        """Tell the child what to do. Once.

        Raises:
            OSError: the child is gone already, which is a fault of ours.
        """
        # Before any learner's code runs: a process that ended at once could not be
        # found any more.
        assert self.process
        if self._room:
            self._memory = MemoryWatch(self._room.keeper, self._room.end)
        fds = {"leash": self._leash.fd, "stacks": self.stacks.theirs}
        fds |= {**(descriptors or {}), "says": self._hearing.theirs}
        # Nothing comes back over this line; see Hearing.
        self._control.shutdown(socket.SHUT_RD)
        wire.send_spec(self._control, header, parcel, fds)
        self._hearing.handed_over()

    def go_on(self) -> None:
        """Let it go on where it waits for a word."""
        with suppress(OSError):
            wire.say_the_word(self._control)

    @property
    def took_too_much(self) -> bool:
        """Whether it was ended because of the memory it took."""
        return self._memory is not None and self._memory.exceeded

    def lines(self, deadline: float, total: float | None = None) -> Iterator[Said]:
        """What the child says, line by line, until it is done or time is up.

        Args:
            deadline: seconds to wait for each line.
            total: seconds for all of them together; by default as for one.

        Raises:
            TimeoutError: nothing came in time.
        """
        end = time.monotonic() + (deadline if total is None else total)
        heard = time.monotonic()
        while not self._said.too_much:
            # One at a time: who stops listening here must find the rest in listen().
            while said := self._said.next():
                yield said
                heard = time.monotonic()
            left = min(end, heard + deadline) - time.monotonic()
            if left <= 0:
                raise TimeoutError
            if not self._receive(left):
                return

    def _receive(self, seconds: float) -> bool:
        """Take in a piece of what is said; False when there will be no more."""
        poll = select.poll()
        poll.register(self._hearing, select.POLLIN)
        if not poll.poll(seconds * 1000):
            raise TimeoutError
        data = self._hearing.read()
        self._said.add(data or b"")
        return data != b""

    def listen(self) -> list[Said]:
        """Everything that the child has said so far, without waiting."""
        taken = 0
        with suppress(ValueError):
            while taken < MOST_AT_ONCE and (data := self._hearing.read()):
                taken += len(data)
                self._said.add(data)
        while len(self.told) < MOST_KEPT and (said := self._said.next()):
            self.told.append(said)
        return self.told

    def stack(self, wait: float = 0.5) -> str:
        """The learner's Python stack at this moment, even if it is blocked in a call.

        The child writes it itself, on SIGUSR1; its work goes on unharmed (PEP 475).

        Returns:
            faulthandler's text; "" when there is none to be had.
        """
        before = self.stacks.size()
        if not self.process.signal(signal.SIGUSR1):
            return ""
        until = time.monotonic() + wait
        text, same = "", 0
        # Whole once nothing is added, and it sleeps; one that waits for a CPU may be in
        # the middle of writing. One that never sleeps is given some looks.
        while time.monotonic() < until:
            time.sleep(0.005)
            more = self._read_stacks(before)
            same = same + 1 if more and more == text else 0
            if same >= ENOUGH_LOOKS or (same and not self.process.activity()[2]):
                break
            text = more
        return text

    def _read_stacks(self, start: int) -> str:
        return self.stacks.read(start, MOST_STACKS).decode(errors="replace")

    def stop(self) -> None:
        """End the process and everything it started. Safe to call again."""
        if self._stopped:
            return
        self._stopped = True
        if self._memory:
            self._memory.stop()
        if self._room:
            self._room.kill(time.monotonic() + STOP_SECONDS)
            self._room.close()
        else:
            self._kill_family()
        self._leash.cut()
        self.popen.wait()
        orphans.ended(self.popen.pid)
        self._close_all()

    def _kill_family(self) -> None:
        family = self._process.family() if self._process else []
        with suppress(OSError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        for member in family:
            # A learner's child may have left the group with setsid().
            with suppress(psutil.Error):
                member.kill()
        self.popen.wait()
        orphans.end(self.popen.pid)
        # Where all orphans fall to us, nobody is left that only its mark would show.
        if not orphans.adopting():
            self._kill_marked()

    def _kill_marked(self) -> None:
        """One that left the group and lost its parent is in no family any more."""
        for _ in range(MOST_LOOKS):
            marked, unsure = _marked(self._mark)
            if not marked and not unsure:
                return
            for pid in marked:
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            # Again until nobody is left: it may have forked while we looked.
            time.sleep(0.002)

    def _close_all(self) -> None:
        self.listen()
        self._hearing.close()
        self._control.close()
        if self._process:
            self._process.close()
        self._drainer.join(timeout=2)
        if self.popen.stdout:
            self.popen.stdout.close()
        self.stacks.close()


def _marked(mark: str) -> tuple[list[int], bool]:
    """Living processes that were started with this mark; none where there is no /proc.

    A zombie has no environment any more, and a process in the middle of an exec() has
    none yet: the kernel makes room for it first, and fills it in some time after.

    Returns:
        Their pids, and whether anybody was met in the middle of an exec().
    """
    wanted, found, unsure = f"{MARK}={mark}".encode(), [], False
    for pid in _pids():
        with suppress(OSError):
            words = _environment(pid)
            if not words:
                if _in_exec(pid):
                    unsure = True
                else:
                    # It may have come to its environment since.
                    words = _environment(pid)
            if wanted in words:
                found.append(int(pid))
    return found, unsure


def _environment(pid: str) -> bytes:
    # Not pathlib: there may be thousands, and this runs after every test.
    with open(f"/proc/{pid}/environ", "rb", 0) as environment:
        return environment.read(MOST_ENVIRONMENT) or b""


def _in_exec(pid: str) -> bool:
    """Whether a process has memory and no place for its environment, see proc(5)."""
    with open(f"/proc/{pid}/stat", "rb", 0) as file:
        # From the state on: the name before it may hold any byte.
        fields = file.read().rpartition(b")")[2].split()
    return fields[VSIZE] != b"0" and fields[ENV_END] == b"0"


def _pids() -> list[str]:
    with suppress(OSError):
        return [name for name in os.listdir("/proc") if name.isdigit()]
    return []
