"""Whom a server calls: doors behind it, open or shut, and a resolver of names.

A server that connects out needs somebody to answer. An `Upstream` listens, and each
connection that the server makes to it is a client of the cast, seen from the other
end: it speaks when told to, and checks every byte. An upstream may also be shut: its
backlog is full, and the kernel lets no greeting in. That is a black hole, on loopback;
once it is opened again, whoever still tries gets through. `Nobody` refuses everybody.
A `Resolver` is asked for names, by UDP, and answers when it is told to.

    tea = Upstream(server, "tea")
    lead(server, tea)                        # the task's own way to be told of it
    anna = server.connect("anna").send(b"hello\\n")
    tea.answers("tea-1").expect(b"hello\\n")
"""

from __future__ import annotations

import errno
import select
import socket
import struct
from contextlib import suppress
from typing import Any, Self

from buckets.driving.clients import WHY, Address, Client
from buckets.driving.levels import greetings
from buckets.driving.server import Server
from buckets.driving.unmet import Unmet, show

HOST = "127.0.0.1"
# Clients that fill a backlog of 1; the kernel takes one more than it is told.
MOST_FILLERS = 8


class Called(Client):
    """The far end of a connection that the server has made."""

    def __init__(self, sock: socket.socket, name: str, server: Server):
        self._taken = sock
        super().__init__(
            sock.getsockname(), name, story=server.story, patience=server.patience
        )
        server.clients.append(self)

    def _connect(self, address: Address) -> None:
        """It is connected already. The server's own port is what it is known by."""
        self.sock.close()
        self.sock = self._taken
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port, self.server_port = address[1], self.sock.getpeername()[1]
        self._event("answer")
        self.tell("is called by the server")

    def _event(self, kind: str, data: bytes = b"") -> None:
        """Whoever reads the trace knows this connection by the server's port."""
        self.story.event(self.name, kind, self.server_port, data)


class Upstream:
    """Somebody whom the server is to call.

    Args:
        server: the one that calls; what is made here ends with it. None where it is
            made later and must know the address: see joins().
        name: what the story calls it.
        host: an address of this machine.
        port: which; any by default.
        buffers: bytes of the kernel's buffers on this side of its connections.
    """

    def __init__(
        self,
        server: Server | None = None,
        name: str = "upstream",
        *,
        host: str = HOST,
        port: int = 0,
        buffers: int = 0,
    ):
        self.name = name
        self.sock = socket.socket()
        if buffers:
            for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                self.sock.setsockopt(socket.SOL_SOCKET, option, buffers)
        self.sock.bind((host, port))
        self._fillers: list[socket.socket] = []
        self._here: list[socket.socket] = []  # who has come, and was not answered yet
        self._listen()
        self.sock.setblocking(False)
        self.address: Address = self.sock.getsockname()
        if server:
            self.joins(server)

    def joins(self, server: Server) -> None:
        """From now on it tells that server's story, and ends with it."""
        self.server = server
        server.beyond.append(self.address[1])
        server.calling.append(lambda: bool(self._greeted()))
        server.story.ports.add(self.address[1])
        server.afterwards.callback(self.close)

    def _listen(self) -> None:
        self.sock.listen(512)

    def answers(self, name: str = "") -> Called:
        """The next connection that the server makes to it.

        Raises:
            Unmet: it makes none.
        """
        sock = self._next(name or self.name)
        return Called(sock, name or self.name, self.server)

    def _next(self, name: str) -> socket.socket:
        while True:
            if self._here:
                return self._here.pop(0)
            with suppress(BlockingIOError):
                return self.sock.accept()[0]
            why = self.server.patience.wait(self.sock)
            if why:
                raise self._not_called(name, why)

    def _not_called(self, name: str, why: str) -> Unmet:
        text = f"expected to be called by the server: {_no_call(why)}"
        return self._unmet(name, text, why)

    def _unmet(self, name: str, text: str, why: str) -> Unmet:
        self.server.story.breaks(name, text)
        kind = why if why in ("gone", "busy", "crowd", "leak") else "uncalled"
        return Unmet(text, who=name, kind=kind)

    def expect_no_call(self) -> Self:
        """Nobody has called it (any more than it has answered)."""
        with suppress(BlockingIOError):
            self.sock.accept()[0].close()
            raise self._unmet(self.name, "is called, and should not be", "called")
        return self

    def shuts(self) -> Self:
        """From now on it is a black hole: greetings are dropped, and not refused.

        Its backlog is filled with connections of the test's own.
        """
        self._fill()
        self._tell_shut()
        return self

    def _tell_shut(self) -> None:
        self.server.story.tell(self.name, "answers nobody, and refuses nobody")

    def _fill(self) -> None:
        self.sock.listen(0)
        for _ in range(MOST_FILLERS):
            filler = socket.socket()
            filler.setblocking(False)
            self._fillers.append(filler)
            with suppress(BlockingIOError):
                filler.connect(self.address)
            if not _has_room(filler):
                break

    def until_called(self) -> Self:
        """Shut: wait until the server's greeting is under way.

        Raises:
            Unmet: it sends none.
        """
        why = self.server.until(lambda: bool(self._greeted()))
        if why:
            raise self._not_called(self.name, why)
        self.server.story.tell(self.name, "is called, and does not answer")
        return self

    def until_given_up(self) -> Self:
        """Shut: wait until no greeting of the server's is under way any more.

        Raises:
            Unmet: it goes on.
        """
        why = self.server.until(lambda: not self._greeted())
        if why:
            text = "expected the server to give up calling, and it has not"
            raise self._unmet(self.name, text, "leak")
        self.server.story.tell(self.name, "is not called any more")
        return self

    def _greeted(self) -> set[int]:
        """The ports from which somebody greets, without the test's own."""
        own = {filler.getsockname()[1] for filler in self._fillers}
        return greetings(self.address[1]) - own

    def opens(self) -> Self:
        """Answer again: whoever still tries gets through, within a second or two."""
        own = {filler.getsockname()[1] for filler in self._fillers}
        self.sock.listen(512)
        for filler in self._fillers:
            filler.close()
        while own:
            with suppress(BlockingIOError):
                sock, (_, port) = self.sock.accept()
                if port in own:
                    sock.close()
                else:
                    self._here.append(sock)
                own.discard(port)
                continue
            break
        self._fillers.clear()
        self.server.story.tell(self.name, "answers again")
        return self

    def close(self) -> None:
        """Listen no more."""
        for sock in (*self._fillers, *self._here, self.sock):
            sock.close()


def _no_call(why: str) -> str:
    """Why nobody called, in words that chance cannot change."""
    if why == "gone":
        return "the server has ended"
    return f"nobody called, {WHY.get(why, 'and the server is a crowd')}"


def _has_room(sock: socket.socket) -> bool:
    """Whether a connection stands, or was refused; on loopback it does at once."""
    poller = select.poll()
    poller.register(sock, select.POLLOUT)
    return bool(poller.poll(20))


class Hole(Upstream):
    """An upstream that is shut from the beginning."""

    def _listen(self) -> None:
        self.sock.listen(0)

    def __init__(self, server: Server | None = None, name: str = "hole", **more: Any):
        super().__init__(server, name, **more)
        self._fill()
        if server:
            self._tell_shut()


class Nobody(Upstream):
    """A port at which nobody listens: it refuses, at once.

    The port is bound, so that nobody else gets it meanwhile.
    """

    def __init__(self, server: Server | None = None, name: str = "nobody", **more: Any):
        super().__init__(server, name, **more)
        if server:
            server.story.tell(name, "refuses everybody")

    def _listen(self) -> None:
        """It does not."""


class Unreachable(Upstream):
    """An address that cannot be called: the kernel says so at once."""

    def __init__(self, server: Server, name: str = "nowhere"):
        super().__init__(server, name)
        # The broadcast address: no connection leads to everybody.
        self.address = ("255.255.255.255", 9)
        self.failure = _why_not(self.address)
        server.story.tell(name, "is an address that cannot be called")


def _why_not(address: Address) -> str:
    """What becomes of a call to an address that the kernel will not call, in words."""
    with socket.socket() as sock:
        sock.setblocking(False)
        code = sock.connect_ex(address)
    kind = type(OSError(code, "")).__name__
    return f"{kind} {errno.errorcode[code]}" if kind == "OSError" else kind


# Names ---------------------------------------------------------------------------


class Resolver:
    """Is asked for the addresses of names, in DNS over UDP, and answers when told to.

    Args:
        server: the one that asks.
    """

    def __init__(self, server: Server, name: str = "resolver"):
        self.server, self.name = server, name
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((HOST, 0))
        self.sock.setblocking(False)
        self.address: Address = self.sock.getsockname()
        self._asked: dict[str, tuple[bytes, Address]] = {}
        server.afterwards.callback(self.sock.close)

    def is_asked(self, name: str) -> Self:
        """Wait until it is asked for this name.

        Raises:
            Unmet: it never is, or for another one.
        """
        wanted = f"expected to be asked for {name}"
        while name not in self._asked:
            why = self.server.patience.wait(self.sock)
            if why:
                how = WHY.get(why, why)
                raise self._unmet(f"{wanted}: nobody asked, {how}")
            data, asker = self.sock.recvfrom(4096)
            found = _name_in(data)
            if found != name:
                raise self._unmet(f"{wanted}, got {show(data)}")
            self._asked[name] = data, asker
        self.server.story.tell(self.name, f"is asked for {name}")
        return self

    def answers(self, name: str, *hosts: str) -> Self:
        """Say which addresses a name has; none: that there is no such name."""
        data, asker = self._asked.pop(name)
        told = ", ".join(hosts) or "there is no such name"
        self.server.story.tell(self.name, f"says of {name}: {told}")
        self.sock.sendto(_answer(data, hosts), asker)
        return self

    def lies(self, name: str, *hosts: str) -> Self:
        """Answer a question that nobody has asked: another number, the same name."""
        data, asker = self._asked[name]
        number = (int.from_bytes(data[:2], "big") + 1) % (1 << 16)
        self.server.story.tell(self.name, f"says of another question: {hosts[0]}")
        self.sock.sendto(number.to_bytes(2, "big") + _answer(data, hosts)[2:], asker)
        return self

    def babbles(self, name: str) -> Self:
        """Send whoever has asked for this name what is no answer at all."""
        _, asker = self._asked[name]
        self.server.story.tell(self.name, "sends a datagram of one byte")
        self.sock.sendto(b"?", asker)
        return self

    def _unmet(self, text: str) -> Unmet:
        self.server.story.breaks(self.name, text)
        return Unmet(text, who=self.name, kind="unasked")


def _name_in(question: bytes) -> str:
    """The name that a question asks for; "" where it is none."""
    labels, place = [], 12
    with suppress(IndexError, UnicodeDecodeError):
        while length := question[place]:
            labels.append(question[place + 1 : place + 1 + length].decode("ascii"))
            place += 1 + length
        if question[place + 1 : place + 5] == b"\0\1\0\1":
            return ".".join(labels)
    return ""


def _answer(question: bytes, hosts: tuple[str, ...]) -> bytes:
    """A question with its answers (RFC 1035, 4.1): addresses, or no such name."""
    flags = 0x8180 if hosts else 0x8183
    head = question[:2] + struct.pack("!HHHHH", flags, 1, len(hosts), 0, 0)
    # 0xC00C: the name stands at byte 12. Type A, class IN, a minute, four bytes.
    record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4)
    return head + question[12:] + b"".join(record + socket.inet_aton(h) for h in hosts)
