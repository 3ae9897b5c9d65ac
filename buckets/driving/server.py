"""A learner's server, seen and held from outside.

The outside binds the port, hands the listener over, and looks: it connects clients,
reads vitals, and asks where the server is stuck. It never talks to the learner's code
in any other way.
"""

from __future__ import annotations

import io
import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any, TypeVar, overload

from buckets.conditions import Options
from buckets.driving.clients import Client, Mob
from buckets.driving.hearing import Hearing, Paper
from buckets.driving.memory import TOO_MUCH
from buckets.driving.observe import Process, Rest, Vitals
from buckets.driving.patience import Patience
from buckets.driving.spawn import DEFAULT_LIMITS, MOST_KEPT, Child, Walls
from buckets.driving.story import Story
from buckets.driving.unmet import Unmet
from buckets.submission import Submission
from buckets.trace.trace import Trace

C = TypeVar("C", bound=Client)

MOST_TRACE = 16 << 20
# A niceness at which it gets about a tenth of a CPU that somebody else wants, too.
SECOND_TO_OTHERS = 10
# How long a process may take to load the task, in seconds.
START_SECONDS = 20.0
# Where a notebook's cells are run first: they may be slow, which is no fault.
CELLS_SECONDS = 60.0
# How long a process may take to obey SIGSTOP, and how long after its last word to end.
STOP_SECONDS = 5.0
END_SECONDS = 0.5
# No server has use for more processes than so many, and so many for each client.
FEW_PROCESSES, PROCESSES_EACH = 40, 4


@dataclass(frozen=True)
class Ending:
    """How a server's function ended.

    `how` is returned, raised, exited or killed; `at` the learner's cell and line;
    `door` whether the listener still listens.
    """

    how: str
    error: str = ""
    kind: str = ""
    traceback: str = ""
    at: tuple[str, int] | None = None
    door: bool = True


@dataclass(frozen=True)
class Place:
    """Where a server is: a line of the learner's, and the function around it."""

    cell: str
    line: int
    function: str
    source: str = ""


class Server:
    """One run of a learner's task, from its listener to its end.

    Args:
        submission: what was handed in.
        task: the name of the function or class.
        options: what this run needs, see Options.
        walls: a sandbox, or None.
        child: a warm child to use; a new one by default.
        story: where the clients tell what happens.
        another: makes one more process, for a server that this task, a client, meets.
    """

    # What the last trace() was read from, and that trace.
    _read: tuple[tuple[int, int, bytes], Trace] = (0, -1, b""), Trace([])

    def __init__(
        self,
        submission: Submission,
        task: str,
        *,
        options: Options | None = None,
        walls: Walls | None = None,
        child: Child | None = None,
        story: Story | None = None,
        another: Callable[[], Child] | None = None,
    ):
        self.submission = submission
        self.task = task
        self.options = options or Options()
        self.story = story or Story()
        self.clients: list[Client] = []
        self.beyond: list[int] = []  # ports at which somebody waits for its call
        self.calling: list[Callable[[], bool]] = []  # whether they are called now
        self.afterwards = ExitStack()  # what is due once the server has ended
        self._written = b""
        self._believed = True
        self._trace = Paper()
        self.address = ("127.0.0.1", 0)
        self.door = 0  # the listener's number in the kernel's table of sockets
        self.child = child or Child(walls)
        self.another = another or (lambda: Child(walls))
        self.desk: socket.socket | None = None  # to a task that is itself a client
        self.heard: Hearing | None = None  # what it says at its desk
        self.met: Server | None = None  # the server that such a task has met last
        try:
            self._hand_over()
            self._until_ready()
        except BaseException:
            self.stop()
            raise
        self.patience = Patience(
            self.process,
            lambda: self.ending() is not None,
            port=self.address[1],
            most=lambda: FEW_PROCESSES + PROCESSES_EACH * len(self.clients),
            beyond=lambda: tuple(self.beyond),
            calling=lambda: any(asks() for asks in self.calling),
        )

    def _hand_over(self) -> None:
        with self._desk() if self.options.servers else self._listener() as listener:
            if not self.options.servers:
                self.address = listener.getsockname()
            self.door = os.fstat(listener.fileno()).st_ino
            limits = dict(DEFAULT_LIMITS)
            if self.options.descriptors:
                limits["descriptors"] = self.options.descriptors
            told, parcel = self.submission.brief(self.task)
            self._loading = CELLS_SECONDS if "cells" in told else START_SECONDS
            header: dict[str, Any] = {
                **told,
                "mode": "serve",
                "task": self.task,
                "sources": self.submission.sources,
                "limits": limits,
            }
            if self.options.driver:
                source, name = self.options.driver
                header["driver"] = {"source": source, "name": name}
            for mishap in self.options.mishaps:
                self.story.tell("the system", mishap.sentence)
            header["mishaps"] = [asdict(each) for each in self.options.mishaps]
            if leap := self.options.leap:
                self.story.tell("the system", leap.sentence)
                header["leap"] = asdict(leap)
            fds = {"listener": listener.fileno()}
            if self.options.recorded and not self.options.servers:
                fds["trace"] = self._trace.theirs
            self.child.brief(header, parcel, fds)
        # Our copy is closed here: were it kept, clients of a dead server would wait
        # in a backlog that nobody serves instead of being refused.

    def _desk(self) -> socket.socket:
        self.desk, theirs = socket.socketpair()
        self.heard = Hearing()
        self.heard.hand_over(self.desk)
        return theirs

    def _listener(self) -> socket.socket:
        listener = socket.socket()
        if self.options.buffers:
            for name in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                listener.setsockopt(socket.SOL_SOCKET, name, self.options.buffers)
        # Accepted sockets inherit it. Otherwise the kernel may keep a second short
        # answer back for 40 ms, and a test would not see what is one too many.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen(self.options.backlog)
        return listener

    def _until_ready(self) -> None:
        """Wait until the child has loaded the task, so that no test pays for it.

        Raises:
            OSError: it never came to the learner's code, which is no fault of theirs.
        """
        began = made = False
        with suppress(TimeoutError):
            for said in self.child.lines(deadline=self._loading):
                if len(self.child.told) < MOST_KEPT:
                    self.child.told.append(said)
                began = began or "loading" in said
                if "made" in said and not made:
                    # Once: to look takes a moment, and may be asked for without end.
                    made = True
                    self.process.begins()
                    self.child.go_on()
                if "ready" in said or "end" in said:
                    return
        if not began:
            printed = self.child.printed()[-500:]
            raise OSError(f"The process for {self.task} did not start. {printed}")

    # Clients --------------------------------------------------------------

    @overload
    def connect(self, name: str = ..., **more: Any) -> Client: ...

    @overload
    def connect(self, name: str, kind: type[C], **more: Any) -> C: ...

    def connect(
        self, name: str = "client", kind: type[Client] = Client, **more: Any
    ) -> Client:
        """A new client of the given kind, connected.

        Args:
            name: what the story calls it.
            kind: one of the cast, see buckets.driving.clients.
            more: further arguments of that kind.
        """
        client = kind(
            self.address, name, story=self.story, patience=self.patience, **more
        )
        self.clients.append(client)
        return client

    def mob(self, size: int, name: str = "mob", kind: type[Client] = Client) -> Mob:
        """A crowd of `size` clients, connected."""
        return Mob(lambda member: self.connect(member, kind), size, name)

    def barrier(self, ask: bytes, answer: bytes) -> None:
        """One round trip on a fresh connection: the loop has turned since.

        It tells nothing of itself: it is a tool of the test, not part of its story.
        """
        quiet = Story()
        with Client(
            self.address, "next", story=quiet, patience=self.patience
        ) as client:
            try:
                client.send(ask).expect(answer)
            except Unmet as unmet:
                self.story.steps += quiet.steps
                self.story.fault(unmet.text)
                raise

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop the server's process while clients act, then let it go on.

        All that they do meanwhile reaches it in one batch, without a pause for
        anybody to guess: a reset before accept(), a goodbye beside a request.
        """
        process, until = self.process, time.monotonic() + STOP_SECONDS
        while process.signal(signal.SIGSTOP) and not process.stopped():
            if time.monotonic() > until:
                process.signal(signal.SIGCONT)
                raise self.unmet("cannot be stopped for a moment", "rest")
            time.sleep(0.001)
        try:
            # Also for one that is gone: its clients will tell.
            yield
        finally:
            process.signal(signal.SIGCONT)

    def step_back(self) -> None:
        """From now on others have the CPU first, and the server what they leave.

        For clients that must not run dry, however fast it reads. It is never kept from
        its CPU altogether, and is waited for as ever.
        """
        for member in self.process.family():
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, member.pid, SECOND_TO_OTHERS)

    # Looking --------------------------------------------------------------

    @property
    def process(self) -> Process:
        """The learner's process, as the operating system sees it."""
        return self.child.process

    @property
    def output(self) -> str:
        """What the server printed so far."""
        return self.child.printed()

    def vitals(self) -> Vitals:
        """Processes, threads, zombies, descriptors, memory, CPU, at this moment.

        Raises:
            Unmet: one of its processes has made itself unreadable.
        """
        vitals = self.process.vitals()
        if vitals.hidden:
            raise self.unmet("hides its open files from the system's tables", "leak")
        return vitals

    def rest(self, seconds: float = 0.5) -> Rest:
        """Watch it for a while in which nobody wants anything."""
        return self.process.rest(seconds)

    def ending(self) -> Ending | None:
        """How the server ended; None while it runs.

        That it did is a fact of the operating system. How is what it said of itself.
        """
        told = self.child.listen()
        last = next((said for said in told if _is_end(said)), None)
        if not self._has_ended(last is not None):
            return None
        if self.child.took_too_much:
            return Ending("killed", error=TOO_MUCH)
        if last:
            return _ending(last)
        code = self.child.popen.poll()
        if code is not None and code < 0:
            return Ending("killed", error=f"signal {-code}")
        return Ending("exited", error=f"exit code {code}")

    def _has_ended(self, says_so: bool) -> bool:
        """Whether the process is gone; who says that it ends is given a moment."""
        until = time.monotonic() + (END_SECONDS if says_so and self._believed else 0)
        while self.process.alive():
            if time.monotonic() >= until:
                # It says so and runs on. It is asked again, but not waited for.
                self._believed = self._believed and not says_so
                return False
            time.sleep(0.002)
        return True

    def strays(self) -> list[Ending]:
        """Forked children that came back out of the learner's function."""
        told = self.child.listen()
        return [_ending(said) for said in told if "end" in said and said.get("forked")]

    def place(self) -> Place | None:
        """The learner's line at which the server is now, read off its stack.

        None when it is in none: it may have ended, or be about to call the task.
        """
        for _ in range(3):
            place = find_place(self.child.stack(), self.submission.sources)
            if place or not self.process.alive():
                return place
        return None

    def standing_place(self) -> Place | None:
        """The line of the task itself, in which the server is until it returns.

        Where the loop turns inside the learner's function, its other lines come and go;
        this one stays. None when the task has returned.
        """
        places = find_places(self.child.stack(), self.submission.sources)
        own = places[-1] if places else None
        return own if own and own.function == self.task else None

    def stack(self) -> str:
        """The learner's calls at this moment, the innermost last, with their lines."""
        places = find_places(self.child.stack(), self.submission.sources)
        return "".join(
            f"line {place.line} of {place.cell}, in {place.function}\n"
            f"    {place.source}\n"
            for place in reversed(places)
        )

    def trace(self, until: int = 0) -> Trace:
        """The recorded turns of the server and of its clients, in order of time.

        Args:
            until: ns after which nothing is told; by default everything is.
        """
        wanted = until, len(self.story.events), self._tape()
        # A forged record of the greatest length takes a second to read.
        if self._read[0] != wanted:
            self._read = (
                wanted,
                Trace.load(io.BytesIO(wanted[2]), self.story.events, until),
            )
        return self._read[1]

    def _tape(self) -> bytes:
        """What the recorder wrote; it outlives the server, and the file."""
        if not self._trace.closed:
            self._written = self._trace.read(0, MOST_TRACE)
        return self._written

    # Judging --------------------------------------------------------------

    def until(self, fact: Callable[[], bool]) -> str | None:
        """Wait until a fact of the operating system holds; see Patience."""
        return self.patience.until_it_holds(fact)

    def unmet(self, text: str, kind: str) -> Unmet:
        """Something that the server as a whole was expected to do, and did not.

        Args:
            text: what it did, told of "the server".
            kind: see Unmet.

        Returns:
            The exception to raise; the story tells of it already.
        """
        self.story.breaks("server", text, "the server")
        return Unmet(f"The server {text}.", who="server", kind=kind)

    # The end --------------------------------------------------------------

    def stop(self) -> None:
        """Hang up all clients and end the process with all it started."""
        for client in self.clients:
            client.__exit__(None, None, None)
        self.child.stop()
        if self.desk and self.heard:
            self.desk.close()
            self.heard.close()
        self._tape()
        self._trace.close()
        self.afterwards.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _is_end(said: dict[str, Any]) -> bool:
    return "end" in said and not said.get("forked")


def _ending(said: dict[str, Any]) -> Ending:
    return Ending(
        how=str(said["end"]),
        error=str(said.get("error", "")) or str(said.get("code", "")),
        kind=str(said.get("kind", "")),
        traceback=str(said.get("traceback", "")),
        at=_cell_and_line(said.get("at")),
        door=said.get("door") is not False,
    )


def _cell_and_line(told: object) -> tuple[str, int] | None:
    """The child may say anything; only a cell and a line are taken."""
    match told:
        case [str(cell), int(line)]:
            return cell, line
    return None


_FRAME = re.compile(r'^  File "<(cell [^">]*)>", line (\d+) in (.+)$', re.MULTILINE)


def find_place(stack: str, sources: dict[str, str]) -> Place | None:
    """The innermost frame of the learner's in faulthandler's text."""
    places = find_places(stack, sources)
    return places[0] if places else None


def find_places(stack: str, sources: dict[str, str]) -> list[Place]:
    """The learner's frames of one thread in faulthandler's text, the innermost first.

    The main thread comes last in that text, so the last thread that has any wins.
    """
    threads = re.split(r"^(?:Current thread|Thread) ", stack, flags=re.MULTILINE)
    for thread in reversed(threads):
        frames = _FRAME.findall(thread)
        if frames:
            return [_place(frame, sources) for frame in frames]
    return []


def _place(frame: tuple[str, str, str], sources: dict[str, str]) -> Place:
    cell, number, function = frame
    lines = sources.get(cell, "").splitlines()
    line = int(number)
    text = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    return Place(cell, line, function, text)
