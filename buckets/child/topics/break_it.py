"""A learner's client meets a server that it does not know.

The other end is buckets.driving.topics.break_it.Meeting. It brings the servers, which
run elsewhere, connects to them when the client asks for it, and hands the connection
over: from then on the bytes go between the client and the server, and nowhere else.
It also knows when a server has come to rest, which no client can see.

The desk between both is a Unix socket, because only that can carry a connection; what
the client's side says goes through a pipe.
"""

from __future__ import annotations

import fcntl
import json
import socket
import struct
import termios
from collections.abc import Callable
from contextlib import suppress
from time import monotonic, monotonic_ns, sleep
from typing import Any, Self

from buckets.child import wire

MOST_TOLD = 200
MOST_HEARD = 16 << 20
ARRIVAL_SECONDS = 1.0


class Desk:
    """Where the client's side asks for what only the outside can do."""

    def __init__(self, sock: socket.socket):
        self._sock = sock
        _, [self._says], _, _ = socket.recv_fds(sock, 1, 1)
        self._unread = b""

    def say(self, **fields: Any) -> None:
        """Tell something, and wait for no answer."""
        wire.report(self._says, **fields)

    def ask(self, **fields: Any) -> tuple[dict[str, Any], list[int]]:
        """Tell something, and wait for the answer and the descriptors with it."""
        self.say(**fields)
        return self.hear()

    def hear(self) -> tuple[dict[str, Any], list[int]]:
        """The next line; SystemExit when the outside has gone."""
        brought: list[int] = []
        while b"\n" not in self._unread:
            data, descriptors, _, _ = socket.recv_fds(self._sock, 4096, 1)
            if not data:
                raise SystemExit("nobody brings servers any more")
            brought += descriptors
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        return json.loads(line), brought


class Visitor:
    """One client of a server that nobody knows; or one whom that server has called.

    Each method returns when the server has done all that it wants to do about it, and
    sleeps. So the server meets one thing after the other, in the order of your calls.
    """

    def __init__(self, desk: Desk, name: str, *, is_called: bool = False):
        self.name = name
        self._desk = desk
        self._sock: socket.socket | None = None
        self._port = 0
        self._ended = False
        began = monotonic_ns()
        said, brought = desk.ask(**{"called" if is_called else "connect": name})
        if brought:
            self._sock = socket.socket(fileno=brought[0])
            self._sock.setblocking(False)
            self._port = said["port"]
            self._tell("answer" if is_called else "connect", began=began)
            self._settle()
        else:
            # Nobody listens any more, or nobody calls: that is an end like any other.
            self._ended = True
            self._tell("uncalled" if is_called else "refused")

    def send(self, data: bytes) -> Self:
        """Send all of `data`, or as much of it as the server takes."""
        self._tell("pour", bytes(data))
        view, before = memoryview(data), -1
        while view and self._sock:
            try:
                view = view[self._sock.send(view) :]
            except BlockingIOError:
                # It may have made room before it was asked: so it is tried once more.
                moved = self._desk.ask(settle=True)[0]["moved"]
                if not moved and before == len(view):
                    break
                before = len(view)
            except OSError:
                break
        self._settle()
        return self

    def hear(self, seconds: float = 0) -> bytes | None:
        """All that the server has sent since, once it has come to rest.

        Args:
            seconds: of no use here; watch() knows clients who wait for so long.

        Returns:
            b"" when the connection has ended; None when there is nothing to hear.
        """
        data, before = bytearray(), -1
        while before < len(data) < MOST_HEARD:
            before = len(data)
            self._settle()
            while len(data) < MOST_HEARD and (more := self._take()):
                data += more
        self._tell("hear" if data else "end" if self._ended else "silence", bytes(data))
        return bytes(data) if data or self._ended else None

    def half_close(self) -> Self:
        """Finish sending, and listen on."""
        self._tell("half_close")
        with suppress(OSError):
            if self._sock:
                self._sock.shutdown(socket.SHUT_WR)
        self._settle()
        return self

    def close(self) -> None:
        """Say goodbye."""
        self._tell("close")
        self._hang_up()

    def reset(self) -> None:
        """Vanish: the server's next call on this connection fails."""
        self._tell("reset")
        if self._sock:
            linger = struct.pack("ii", 1, 0)
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._hang_up()

    def leave(self) -> None:
        """Hang up when all is over, and tell nothing of it."""
        if self._sock:
            self._sock.close()

    def _hang_up(self) -> None:
        if self._sock:
            self._arrive()
            self._sock.close()
        self._sock, self._ended = None, True
        self._desk.ask(settle=True, gone=self._port)

    def _take(self) -> bytes:
        """What lies there, up to 64 KB; b"" when nothing does."""
        if self._sock is None or self._ended:
            return b""
        try:
            data = self._sock.recv(1 << 16)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        self._ended = not data
        return data

    def _settle(self) -> None:
        self._arrive()
        self._desk.ask(settle=True)

    def _arrive(self) -> None:
        """Wait until what was sent lies in the server's bucket, if there is room."""
        until = monotonic() + ARRIVAL_SECONDS
        before = -1
        while self._sock and (left := _under_way(self._sock)):
            if monotonic() > until:
                return
            if left == before:
                sleep(0.001)
            before = left

    def _tell(self, what: str, data: bytes = b"", began: int = 0) -> None:
        t = began or monotonic_ns()
        told = {"t": t, "who": self.name, "port": self._port}
        shown = data[:MOST_TOLD].decode("latin-1")
        self._desk.say(told=what, n=len(data), data=shown, **told)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _under_way(sock: socket.socket) -> int:
    """Bytes that were sent and have not arrived; the end of the stream is one more."""
    box = bytearray(4)
    with suppress(OSError):
        fcntl.ioctl(sock, termios.TIOCOUTQ, box)
    return int(struct.unpack("i", box)[0])


class Stranger:
    """A server that nobody knows: it may be right, and it may be wrong."""

    def __init__(self, desk: Desk):
        self._desk = desk
        self._visitors: list[Visitor] = []

    def connect(self, name: str = "client") -> Visitor:
        """A new client, connected.

        Args:
            name: what the report calls it.
        """
        return self._here(Visitor(self._desk, str(name)))

    def upstream(self) -> tuple[str, int]:
        """An address that the server may be told to call."""
        host, port = self._desk.ask(upstream=True)[0]["address"]
        return host, port

    def called(self, name: str = "upstream") -> Visitor:
        """The far end of the next connection that the server has made to upstream.

        Args:
            name: what the report calls it.
        """
        return self._here(Visitor(self._desk, str(name), is_called=True))

    def _here(self, visitor: Visitor) -> Visitor:
        self._visitors.append(visitor)
        return visitor

    def sleeps(self) -> bool:
        """Whether it sleeps while nobody wants anything, and stays asleep."""
        return bool(self._desk.ask(sleeps=True)[0]["sleeps"])

    def leave(self) -> None:
        """Hang up all clients."""
        for visitor in self._visitors:
            visitor.leave()


def meet(task: Callable[..., Any], desk: socket.socket) -> None:
    """Let a learner's client meet one server after the other.

    Args:
        task: takes a server, and says whether it is wrong.
        desk: a Unix socket; see Desk.
    """
    ours = Desk(desk)
    while True:
        ours.hear()
        stranger = Stranger(ours)
        found = task(stranger)
        stranger.leave()
        ours.say(found=bool(found), none=found is None)
