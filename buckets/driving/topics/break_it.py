"""A learner's client is tested: does it tell wrong servers from right ones?

The task is a client. It meets servers of the course's own, which run in processes of
their own, and says of each whether it is wrong. A test names whom it meets:

    @behaviour("wrong_walker", points=1, driver=meet, servers="one_after_the_other")
    def test_one_at_a_time(server):
        \"\"\"exposes a server that ...\"\"\"
        expect_told_apart(server)

Nothing here goes by time. What a client sends lies in the server's bucket before its
next step, and each step ends when the server has come to rest: no thread of it runs or
wants to, and nothing that it has sent is still on its way.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any, NoReturn

from buckets import stock
from buckets.behaviour import Driver
from buckets.conditions import Mishap, Options
from buckets.driving import control, levels
from buckets.driving.beyond import Upstream
from buckets.driving.expect import expect_rest
from buckets.driving.server import Server
from buckets.driving.story import Story
from buckets.driving.unmet import Unmet, show
from buckets.stock import Stocked
from buckets.trace.turns import Story as Recording

CLIENT = "your client"
MOST_STEPS = 800
MOST_LINE = 1 << 16
CONNECT_SECONDS = 10.0
# Whether a server sleeps may take a second to see, so it counts as so many steps.
STEPS_TO_SEE_SLEEP = 20

# Steps of a client that its replay knows; the end of a connection is "eof" there.
EVENTS = {
    "connect",
    "answer",
    "pour",
    "hear",
    "end",
    "half_close",
    "close",
    "reset",
    "silence",
}

# One of these stands in each line that a client's side says.
WORDS = {"found", "told", "connect", "upstream", "called", "sleeps", "settle"}

# CPU seconds without a byte moved after which a server that never sleeps is waited for
# no longer; the first time, and from then on.
BUSY, BUSY_AGAIN = 0.25, 0.005
# One that has asked so often in vain never sleeps, either, and that is seen sooner: it
# stands in its record, which is read after so many CPU seconds, and again.
IN_VAIN, READ_AFTER = 400, 0.01
LATE_SECONDS = 10.0
# How often so long; a client may say that one has gone who is there.
MOST_LATE = 5
LOOK = 0.001
# Seconds of sleep after which what is on its way has no room at the other end. If that
# is too soon, nothing is lost: who hears comes back for more.
NO_ROOM = 0.02
# Bytes: few, so that there is soon no room for a client who does not read.
BUFFERS, CLIENT_BUFFER = 100_000, 65_536
# Bytes of a segment, as on a real network. On loopback one may be as large as that
# buffer, and who has made some room would be kept waiting by a clock of the kernel's.
SEGMENT = 1400
# A server that wakes by the clock so soon is given a few rounds.
SHORT_NAP, ROUNDS = 0.25, 3

meet = Driver("break_it.meet")
"""Driver for tasks that are clients: they meet the servers that their test names."""


def expect_told_apart(server: Server) -> None:
    """The learner's client says of each server that its test brings what it is.

    Args:
        server: the learner's client, with a desk in place of a listener.

    Raises:
        Unmet: it accused a right one, or found nothing wrong in a wrong one.
    """
    for name in server.options.servers:
        known = stock.find(server.options.stock, name, server.options.serves)
        # What it did with the one before is no part of this story.
        server.story.steps.clear()
        server.story.events.clear()
        Meeting(server, known).judge()


class Meeting:
    """One server, and the learner's client, which does not know it.

    Args:
        client: the process of the learner's client.
        known: the server that it meets.
        mishaps: calls of that server that are to fail, or to take only a part.
    """

    def __init__(
        self, client: Server, known: Stocked, mishaps: tuple[Mishap, ...] = ()
    ):
        self.client = client
        self.known = known
        self.story = client.story
        # Of each connection a port that is its own, and the ports of its two ends: the
        # server's, and the client's.
        self.ends: dict[int, tuple[int, int]] = {}
        self.upstream: Upstream | None = None
        self.busy = BUSY
        self.late = 0
        self.none = False
        self._unread = b""
        options = Options(driver=client.options.stage, buffers=BUFFERS, mishaps=mishaps)
        self.stranger = Server(
            known,
            known.task,
            options=options,
            child=client.another(),
            story=self.story,
        )
        client.met = self.stranger

    def judge(self) -> None:
        """Let the client say what it thinks, and compare.

        Raises:
            Unmet: it is wrong about this server, or never says.
        """
        with self.stranger:
            found = self._found()
            if found != self.known.right:
                return
            if self.known.right:
                raise self._unmet("says that this server is wrong, and it is right")
            raise self._unmet("finds nothing wrong with this server", "missed")

    def _found(self) -> bool:
        """What the client says: whether it is wrong."""
        self._say(meet=True)
        steps = 0
        for said in self._lines():
            if "found" in said:
                self.none = said.get("none") is True
                return said["found"] is True
            steps += STEPS_TO_SEE_SLEEP if "sleeps" in said else 1
            if steps > MOST_STEPS or self.late > MOST_LATE:
                break
            if "told" not in said and b"\n" in self._unread:
                # Each step takes a moment, and a flood of them minutes.
                raise self._unmet("asks on and on, and hears no answer", "endless")
            self._carry_out(said)
        raise self._unmet(f"goes on and on: it took {MOST_STEPS:,} steps", "endless")

    def _carry_out(self, said: dict[str, Any]) -> None:
        if "told" in said:
            self._told(said)
        elif "connect" in said:
            self._connect()
        elif "upstream" in said:
            self._say(address=self._upstream().address)
        elif "called" in said:
            self._called()
        elif "sleeps" in said:
            self._say(sleeps=self._sleeps())
        else:
            gone = said.get("gone")
            self._say(moved=self._settled(gone if isinstance(gone, int) else None))

    # The desk -------------------------------------------------------------------

    def _lines(self) -> Iterator[dict[str, Any]]:
        """What the client's side says, a line after the other."""
        for _ in range(MOST_STEPS):
            while b"\n" not in self._unread:
                self._listen()
            line, _, self._unread = self._unread.partition(b"\n")
            # It comes from the learner's side: anything may stand in it.
            said = control.anything(line)
            means = isinstance(said, dict) and said.keys() & WORDS
            yield said if means else {"found": False}

    def _listen(self) -> None:
        assert self.client.heard
        # While the stranger works, its client may wait for it in whatever way.
        calm = replace(self.client.patience, remind=self._settled)
        why = calm.wait(self.client.heard)
        if why and why != "gone":
            self._stuck(why)
        data = b"" if why else self.client.heard.read()
        if not data or len(self._unread) > MOST_LINE:
            self._gone()
        self._unread += data

    def _say(self, **fields: Any) -> None:
        assert self.client.desk
        with suppress(OSError):
            self.client.desk.sendall(json.dumps(fields).encode() + b"\n")

    def _stuck(self, why: str) -> NoReturn:
        text = "has not come to an end, and nothing more will come to it"
        if why == "busy":
            text = "has not come to an end, and keeps a CPU busy"
        raise self._unmet(text, "stuck")

    def _gone(self) -> NoReturn:
        # Its last words may be on their way.
        self.client.until(lambda: self.client.ending() is not None)
        raise self._unmet("has not said what it thinks of this server", "gone")

    def _unmet(self, text: str, kind: str = "accused") -> Unmet:
        self.story.breaks(CLIENT, text)
        none = "none" if self.none else ""
        return Unmet(
            f"{CLIENT.capitalize()} {text}.",
            who=CLIENT,
            kind=kind,
            returned=none,
            facts={"belief": self.known.belief},
        )

    # What the client asks for -----------------------------------------------------

    def _connect(self) -> None:
        assert self.client.desk
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, CLIENT_BUFFER)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
        sock.settimeout(CONNECT_SECONDS)
        try:
            sock.connect(self.stranger.address)
        except OSError:
            sock.close()
            self._say(refused=True)
            return
        port = sock.getsockname()[1]
        self._hand_over(sock, port, (self.stranger.address[1], port))

    def _upstream(self) -> Upstream:
        """Whom the server may be told to call."""
        if not self.upstream:
            self.upstream = Upstream(self.stranger, buffers=CLIENT_BUFFER)
            self.upstream.sock.setsockopt(
                socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT
            )
        return self.upstream

    def _called(self) -> None:
        """The next connection that the server has made to its upstream, if it has."""
        self._settled()
        listener = self._upstream().sock
        try:
            sock, (_, port) = listener.accept()
        except BlockingIOError:
            self._say(refused=True)
            return
        # Both ends of all of them have one port in common: the server's is their own.
        self._hand_over(sock, port, (port, listener.getsockname()[1]))

    def _hand_over(self, sock: socket.socket, port: int, ends: tuple[int, int]) -> None:
        assert self.client.desk
        with sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.ends[port] = ends
            line = json.dumps({"port": port}).encode() + b"\n"
            # Sent by now, it has its own hold on the connection, and this is let go of.
            with suppress(OSError):
                socket.send_fds(self.client.desk, [line], [sock.fileno()])

    def _sleeps(self) -> bool:
        """Whether it rests as a server of the course must."""
        rests = not self._spins() and self._rests()
        self.story.tell("server", "sleeps" if rests else "never rests")
        return rests

    def _spins(self) -> bool:
        """Whether it is seen to ask in vain, on and on. One that sleeps is not."""
        process, start = self.stranger.process, time.monotonic()
        cpu, _, running = process.stirring()
        asked = _Asked(self.stranger, cpu)
        until = cpu + BUSY
        while running and cpu < until and time.monotonic() - start < LATE_SECONDS:
            if asked.in_vain(cpu):
                return True
            time.sleep(LOOK)
            cpu, _, running = process.stirring()
        return False

    def _rests(self) -> bool:
        told, self.stranger.story = self.story, Story()
        try:
            expect_rest(self.stranger)
        except Unmet:
            return False
        finally:
            self.stranger.story = told
        return True

    def _told(self, said: dict[str, Any]) -> None:
        """A step of the client's, for the story and for the replay.

        It comes from the learner's side: anything may stand for anything.
        """
        told, who = str(said["told"]), str(said.get("who"))[:40]
        data = str(said.get("data", "")).encode("latin-1", "replace")
        t, port, n = (_number(said.get(key)) for key in ("t", "port", "n"))
        n = len(data) if n is None else n
        text = _in_words(told, data, n)
        if told == "silence" and self.story.steps[-1:]:
            last = self.story.steps[-1]
            if (last.who, last.text) == (who, text):
                return
        self.story.tell(who, text)
        if told in EVENTS and t is not None and port is not None:
            kind = "eof" if told == "end" else told
            line = {"t": t, "e": kind, "who": who, "port": port}
            if data:
                line |= {"n": n, "data": data[:48].decode("latin-1")}
            self.story.add(line)

    # Rest --------------------------------------------------------------------------

    def _settled(self, gone: Any = None) -> bool:
        """Wait until the stranger has done all that it wants to do for now.

        Args:
            gone: port of a client that has hung up: its end has to arrive first.

        Returns:
            Whether it has stirred meanwhile.
        """
        process, rounds = self.stranger.process, ROUNDS
        start = still = time.monotonic()
        began = worked = before = process.stirring()
        asked = _Asked(self.stranger, worked[0])
        bytes_before = self._bytes()
        while time.monotonic() - start < LATE_SECONDS:
            time.sleep(LOOK)
            now, bytes_now = process.stirring(), self._bytes()
            if now != before or now[2] or bytes_now != bytes_before:
                still = time.monotonic()
            elif rounds and self._naps():
                rounds -= 1
                time.sleep(SHORT_NAP / ROUNDS)
            elif self._have_arrived(bytes_now, still) and not self._stands(gone):
                break
            if bytes_now != bytes_before:
                worked, asked = now, _Asked(self.stranger, now[0])
            if now[0] - worked[0] > self.busy or asked.in_vain(now[0]):
                self.busy = BUSY_AGAIN
                break
            before, bytes_before = now, bytes_now
        else:
            self.late += 1
        self.ends.pop(gone, None)
        return before[:2] != began[:2]

    def _bytes(self) -> list[tuple[int, int]]:
        """For each client, what is on its way to it, and what it has not read yet."""
        return [
            (levels.not_arrived(server, client), levels.lies_unread(client, server))
            for server, client in self.ends.values()
        ]

    def _have_arrived(self, each: list[tuple[int, int]], since: float) -> bool:
        """Whether nothing is on its way, or what is has no room at the other end.

        Who has read all that came has room: the kernel will bring the rest.
        """
        if any(on_its_way and not unread for on_its_way, unread in each):
            return False
        full = any(on_its_way for on_its_way, _ in each)
        return not full or time.monotonic() - since > NO_ROOM

    def _naps(self) -> bool:
        """Whether the clock will wake it soon."""
        limits = self.stranger.process.limits()
        return any(limit < SHORT_NAP for limit in limits)

    def _stands(self, gone: Any) -> bool:
        """Whether the kernel knows nothing yet of a client's end."""
        return gone in self.ends and levels.is_whole(*self.ends[gone])


class _Asked:
    """How often a server of the course's own has asked for something, from now on.

    By its record, which can be believed: no line of a learner's runs in it. That is
    counted, because a slow machine does as much, in more time.

    Args:
        server: which one.
        cpu: CPU seconds that it has used so far.
    """

    def __init__(self, server: Server, cpu: float):
        self.server = server
        self.due = cpu + READ_AFTER
        self.first: int | None = None

    def in_vain(self, cpu: float) -> bool:
        """Whether it has asked again and again since, and nothing has moved.

        Args:
            cpu: CPU seconds that it has used by now.
        """
        if cpu < self.due:
            return False
        self.due = cpu + READ_AFTER
        times = Recording(self.server.trace()).in_vain()
        if self.first is None or times < self.first:
            self.first = times
        return times - self.first >= IN_VAIN


def _number(value: Any) -> int | None:
    """One that a time, a port or a size may be."""
    return value if type(value) is int and value >= 0 else None


def _in_words(told: str, data: bytes, size: int) -> str:
    cut = f"{bytes(data[:40])!r}... ({size:,} bytes)"
    shown = show(data) if size == len(data) else cut
    return {
        "connect": "connects",
        "answer": "is called by the server",
        "uncalled": "is not called",
        "pour": f"> {shown}",
        "hear": f"< {shown}",
        "end": "< the end of the connection",
        "silence": "< nothing",
        "half_close": "shuts its sending side, and listens on",
        "close": "says goodbye",
        "reset": "vanishes with a reset",
        "refused": "wants to connect, and nobody listens any more",
    }.get(told, "does something")
