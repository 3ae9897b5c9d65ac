"""The cast: clients that drive a server over real TCP, each with one bad habit.

    Client      speaks when told to and checks every byte it hears
    Dribbler    sends one byte at a time, or cut where a test wants it
    Gulper      glues many messages into one send
    HalfCloser  says all it has to say, shuts its sending side, and listens on
    Ghost       vanishes with a reset
    Sipper      reads slowly, through a narrow straw, or never
    Squatter    connects and says nothing
    Talker      never stops sending
    Mob         hundreds of clients at once

Each tells its own story, step by step, so that a failure explains itself. They are
meant for tests, for lessons and for a learner's own cells.
"""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from types import TracebackType
from typing import Any, Self

from buckets.driving.levels import read_level
from buckets.driving.patience import Patience
from buckets.driving.story import Story
from buckets.driving.unmet import Unmet, contrast, show

Address = tuple[str, int]

WHY = {
    "asleep": "and the server is asleep",
    "calling": "and the server waits for an answer to a call of its own",
    "busy": "and the server is busy with something else",
    "gone": "and the server has ended",
    "late": "until the deadline",
    "ticking": "and the loop has ticked on meanwhile",
}


class Client:
    """A client that says what it is told to say and checks every byte it hears.

    Args:
        address: host and port of the server.
        name: what the story calls this client.
        story: where to tell what happens; a new one by default.
        patience: how long to wait for the server; by default at most 10 s.
        receive_buffer: bytes that the kernel keeps for this client. Set before
            connecting, because TCP agrees on its window then.

    Raises:
        Unmet: the server keeps the door shut.
    """

    habit = "connects"

    def __init__(
        self,
        address: Address,
        name: str = "client",
        *,
        story: Story | None = None,
        patience: Patience | None = None,
        receive_buffer: int | None = None,
    ):
        self.name = name
        self.story = story or Story()
        self.patience = patience or Patience()
        self.port = 0
        # Not asked for later: the server may have closed the connection by then.
        self.server_port = address[1]
        self.closed = False
        self.due = b""
        self.heard_last = False
        self.heard_all = False  # it has had all it expected, and has done nothing since
        self.lost: OSError | None = None
        self.sock = socket.socket()
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connect(address)

    def _connect(self, address: Address) -> None:
        self.sock.settimeout(self.patience.deadline)
        try:
            self.sock.connect(address)
        except OSError as error:
            self.sock.close()
            raise self._cut("wanted to connect", _reason(error), "refused") from error
        self.port = self.sock.getsockname()[1]
        self.sock.setblocking(False)
        self._event("connect")
        self.tell(self.habit)

    # Speaking -------------------------------------------------------------

    def send(self, data: bytes) -> Self:
        """Send all of `data`; waits while the server does not read."""
        self.tell(f"> {show(data)}")
        return self._pour(data)

    def half_close(self) -> Self:
        """Say that nothing more will come; go on listening."""
        self.tell("shuts its sending side, and listens on")
        self._event("half_close")
        self.heard_all = False
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
        return self

    def close(self) -> None:
        """Say goodbye the ordinary way."""
        if not self.closed:
            self.tell("says goodbye")
            self._event("close")
            self._hang_up()

    def reset(self) -> None:
        """Vanish: the server's next call on this connection fails."""
        if not self.closed:
            self.tell("vanishes with a reset")
            self._event("reset")
            linger = struct.pack("ii", 1, 0)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self._hang_up()

    def _pour(self, data: bytes) -> Self:
        self.story.script.add(self.name, "pour", data)
        self.heard_last = self.heard_all = False
        view = memoryview(data)
        while view:
            self._event("pour", bytes(view[:4096]))
            try:
                count = self.sock.send(view[: 1 << 18])
                self.story.took(self.name, count)
                view = view[count:]
            except BlockingIOError:
                self.story.took(self.name, 0)
                self._wait(write=True, wanted="to send the rest of its request")
            except OSError as error:
                if self.patience.is_over():
                    # Whether send() or recv() hears of its end first is chance.
                    self.lost = error
                    return self
                wanted = f"wanted to send {show(data)}"
                raise self._cut(wanted, _reason(error), "reset") from error
        return self

    # Listening ------------------------------------------------------------

    def expect(self, data: bytes) -> Self:
        """Wait for exactly `data`; more than that is an error, too.

        Raises:
            Unmet: something else came, or nothing did.
        """
        return self.expect_next(data).expect_no_more()

    def expect_next(self, data: bytes, had: bytes = b"") -> Self:
        """Wait for exactly `data`, whatever may follow; errors as with expect().

        Args:
            had: how it begins, where that has been read before.
        """
        self.due = data
        self._read_of(data, len(data), had)
        self.tell(f"< {show(data)}")
        self.due, self.heard_last = b"", True
        return self

    def expect_no_more(self) -> Self:
        """Check that nothing has come beyond what was expected."""
        extra = b""
        try:
            extra = self.sock.recv(4096, socket.MSG_PEEK)
        except BlockingIOError:
            pass
        except OSError as error:
            # The kernel tells of a reset once; the next to listen must hear of it.
            self.lost = error
        if extra:
            raise self._unmet(f"< expected no more, got {show(extra)}", "extra")
        self.heard_all = True
        return self

    def has_more(self) -> bool:
        """Whether bytes have come that nobody has taken; an end is none."""
        with suppress(OSError):
            return bool(self.sock.recv(1, socket.MSG_PEEK))
        return False

    def expect_silence(self) -> Self:
        """Check that nothing has come, and that the connection is still open."""
        wanted = "< expected nothing yet"
        try:
            got = self.sock.recv(4096, socket.MSG_PEEK)
        except BlockingIOError:
            return self
        except OSError as error:
            raise self._cut(wanted, _reason(error), "reset") from error
        kind = "extra" if got else "eof"
        what = show(got) if got else "the end of the connection"
        if got and self.heard_last:
            # In the words of expect_no_more() where that has just looked: which of the
            # two sees it first is chance.
            wanted = "< expected no more"
        raise self._unmet(f"{wanted}, got {what}", kind)

    def expect_eof(self) -> Self:
        """Wait for the server to close the connection; bytes before that are extra."""
        got = self._some(1 << 16, wanted="< expected the end of the connection")
        if got:
            # In the words of expect_no_more(): which of them sees it first is chance.
            raise self._unmet(f"< expected no more, got {show(got)}", "extra")
        self.tell("< end of file, as it should be")
        return self

    def receive(self, most: int = 1 << 16) -> bytes:
        """Whatever comes next, up to `most` bytes; b"" at end of file."""
        data = self._some(most, wanted="< expected something")
        self.tell(f"< {show(data)}" if data else "< end of file")
        return data

    def hear(self, seconds: float = 1.0) -> bytes | None:
        """What comes within `seconds`; b"" at end of file, None when nothing does.

        This shows a server that does not answer; unlike receive() it never raises
        for that.
        """
        if Patience(deadline=seconds).wait(self.sock):
            self.tell(f"< nothing in {seconds:.1f} s")
            return None
        return self.receive()

    def _read_of(self, data: bytes, size: int, had: bytes = b"") -> bytes:
        """Read on behind `had`, until `size` bytes of `data` have come."""
        got = self._read(size, expected=data, had=had)
        if not data.startswith(got):
            text = f"< expected {show(data)}, got {contrast(data, got)}"
            raise self._unmet(text, "wrong", expected=data, got=got)
        return got

    def _read(self, size: int, *, expected: bytes, had: bytes = b"") -> bytes:
        got = bytearray(had)
        while len(got) < size:
            wanted = f"< expected {show(expected)}"
            if got:
                wanted += f", got {show(got)} so far"
            piece = self._some(size - len(got), wanted=wanted)
            if not piece:
                how = "the server closed the connection"
                raise self._cut(wanted, how, "eof", expected=expected, got=bytes(got))
            # Only the piece: to compare or copy all of it at each would be quadratic.
            if piece != expected[len(got) : len(got) + len(piece)]:
                got += piece
                self._linger(got)
                break
            got += piece
        return bytes(got)

    def _linger(self, got: bytearray) -> None:
        """Take what is still on its way, so that a wrong answer is shown whole."""
        calm = replace(self.patience, deadline=0.5, asleep=0.05)
        with suppress(OSError):
            while len(got) < 4096 and calm.wait(self.sock) is None:
                more = self.sock.recv(4096)
                if not more:
                    break
                got += more

    def _some(self, most: int, *, wanted: str) -> bytes:
        piece = self._what_comes(most, wanted=wanted)
        if isinstance(piece, OSError):
            raise self._cut(wanted, _reason(piece), "reset") from piece
        return piece

    def _what_comes(self, most: int, *, wanted: str) -> bytes | OSError:
        """What comes next; b"" at the end of file, what recv() raised at a reset."""
        while True:
            try:
                data = self._recv(most)
            except BlockingIOError:
                self._wait(write=False, wanted=wanted)
            except OSError as error:
                return error
            else:
                self._event("hear" if data else "eof", data)
                return data

    def _recv(self, most: int) -> bytes:
        if self.lost:
            raise self.lost
        return self.sock.recv(most)

    def _wait(self, *, write: bool, wanted: str) -> None:
        why = self.patience.wait(self.sock, write=write)
        if why == "gone" and not write:
            # In the words of _cut(): whether its end or its goodbye is known first is
            # chance.
            raise self._unmet(f"{wanted}: the server has ended", "gone")
        if why:
            text = f"{wanted}: nothing came, {self._because(why)}"
            if write:
                text = f"wanted {wanted}: there is no room, {self._because(why)}"
            kind = why if why in ("busy", "crowd") else "nothing"
            raise self._unmet(text, kind, late=why == "late")

    def _because(self, why: str) -> str:
        """Why waiting was over, in words that chance cannot change."""
        if why == "crowd" and self.patience.most:
            most = self.patience.most()
            return (
                f"and the server is more than {most} processes, and their number grows"
            )
        if why == "asleep" and self.patience.calling():
            return WHY["calling"]
        return WHY[why]

    # Bookkeeping ----------------------------------------------------------

    def tell(self, text: str) -> None:
        """Add a line of this client's own to the story."""
        self.story.tell(self.name, text)

    def _event(self, kind: str, data: bytes = b"") -> None:
        self.story.event(self.name, kind, self.port, data)
        if kind not in ("pour", "eof"):
            self.story.script.add(self.name, kind, data)

    def _cut(self, wanted: str, how: str, kind: str, **data: bytes) -> Unmet:
        """The connection ended too early: by the server's hand, or with the server.

        Whether a dying server leaves a goodbye or a reset behind is chance, so its
        end is told instead.
        """
        if self.patience.is_over():
            return self._unmet(f"{wanted}: the server has ended", "gone", **data)
        return self._unmet(f"{wanted}, but {how}", kind, **data)

    def _unmet(self, text: str, kind: str, **more: Any) -> Unmet:
        self.story.breaks(self.name, text)
        return Unmet(text, who=self.name, kind=kind, due=self.due, **more)

    def _hang_up(self) -> None:
        self.closed = True
        self.sock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self.closed:
            self._hang_up()


class Dribbler(Client):
    """Sends one byte at a time, and the next when the server has taken the last.

    Where the system does not tell how much the server has read (only Linux does), a
    short pause takes its place.
    """

    def send(self, data: bytes) -> Self:
        self.tell(f"> {show(data)}, one byte at a time")
        return self._drip([data[index : index + 1] for index in range(len(data))])

    def send_cut(self, data: bytes, *cuts: int) -> Self:
        """Send `data` in pieces, cut before the bytes at the offsets `cuts`."""
        edges = [0, *cuts, len(data)]
        pieces = [data[start:end] for start, end in pairwise(edges)]
        few = f"> {', then '.join(map(show, pieces))}"
        many = f"> {show(data)}, cut before its bytes {', '.join(map(str, cuts))}"
        self.tell(few if len(cuts) < 4 else many)
        return self._drip(pieces)

    def _drip(self, pieces: list[bytes]) -> Self:
        patient = True
        for piece in pieces:
            self._pour(piece)
            # Who does not read the first bytes is not waited for at every one.
            patient = patient and self._taken()
        return self

    def _taken(self) -> bool:
        """Wait until the server has read everything that was sent, or never will."""
        patience = self.patience
        if patience.process is None:
            patience = replace(patience, deadline=0.25)
        return patience.until(self._is_taken) is None

    def _is_taken(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while level := read_level(self.server_port, self.port):
            if time.monotonic() >= until:
                return False
            time.sleep(0.001)
        time.sleep(0 if level == 0 else 0.005)
        return True


class Gulper(Client):
    """Glues many messages into one send."""

    def send_glued(self, messages: Iterable[bytes]) -> Self:
        """Send all `messages` in one segment."""
        parts = list(messages)
        self.tell(f"> {show(b''.join(parts))}, {len(parts)} messages in one send")
        return self._pour(b"".join(parts))


class HalfCloser(Client):
    """Says all it has to say, shuts its sending side at once, and listens on."""

    def send(self, data: bytes) -> Self:
        super().send(data)
        return self.half_close()


class Ghost(Client):
    """Vanishes with a reset instead of a goodbye."""

    def close(self) -> None:
        self.reset()


class Squatter(Client):
    """Connects, says nothing, and stays."""

    habit = "connects, says nothing"


class Sipper(Client):
    """Reads through a narrow straw: small buffer, a few bytes at a time, or never."""

    habit = "connects, in no hurry to read"

    def __init__(
        self,
        address: Address,
        name: str = "sipper",
        *,
        story: Story | None = None,
        patience: Patience | None = None,
        receive_buffer: int | None = 4096,
    ):
        super().__init__(
            address, name, story=story, patience=patience, receive_buffer=receive_buffer
        )

    def sip(self, size: int) -> bytes:
        """Read up to `size` bytes, and tell nothing of it: sips are many."""
        return self._some(size, wanted="< expected something")

    def sip_of(self, data: bytes, had: bytes, size: int) -> bytes:
        """Read up to `size` bytes more of `data`, behind `had`, and tell nothing of it.

        Returns:
            What has come of `data` so far.
        """
        self.due = data
        return self._read_of(data, min(len(had) + size, len(data)), had)

    def sip_what_came(self, data: bytes) -> int:
        """Read what has come of `data` so far, without waiting for more.

        Returns:
            How many bytes that was; 0 if nothing has come.

        Raises:
            Unmet: something else has come.
        """
        got = b""
        try:
            got = self._recv(len(data))
        except BlockingIOError:
            pass
        except OSError as error:
            wanted = "< expected some of its answer"
            raise self._cut(wanted, _reason(error), "reset") from error
        if not data.startswith(got):
            text = f"< expected {show(data)}, got {contrast(data[: len(got)], got)}"
            raise self._unmet(text, "wrong", expected=data, got=got)
        self.tell("takes what has come so far")
        if got:
            self._event("hear", got)
        return len(got)


class Talker(Client):
    """Never stops sending, from a thread of its own, until it is closed.

    What it sends is bounded (16 MB by default): a server that swallows without end
    must not fill the machine.
    """

    habit = "connects, and talks without end"

    def talk(self, phrase: bytes, most: int = 16 << 20) -> Self:
        """Start to send `phrase` again and again, up to `most` bytes in all."""
        self.tell(f"> {show(phrase)}, again and again")
        self._event("pour", phrase)
        self.sent = 0
        self._stop, self._begun = threading.Event(), threading.Event()
        self._full = threading.Event()
        self._thread = threading.Thread(
            target=self._chatter, args=(phrase, most), daemon=True
        )
        self._thread.start()
        # A thread may be slow to start; what comes next must find it talking.
        self._begun.wait(1.0)
        return self

    def until_full(self, seconds: float = 10.0) -> Self:
        """Wait until all is said or there is no more room: the server is frozen."""
        self._full.wait(seconds)
        return self

    def _chatter(self, phrase: bytes, most: int) -> None:
        # Large, so that a server on another CPU does not run dry between two sends.
        block, offset = phrase * max(1, (1 << 16) // len(phrase)), 0
        room = select.poll()
        room.register(self.sock, select.POLLOUT)
        while not self._stop.wait(0):
            if self.sent >= most:
                self._full.set()
                return
            try:
                count = self.sock.send(block[offset:])
            except BlockingIOError:
                self._full.set()
                # As soon as there is room, or a fast server finds nothing to read.
                # Short all the same, so that close() is never kept waiting.
                room.poll(5)
                continue
            except OSError:
                return
            self.sent += count
            self._begun.set()
            offset = (offset + count) % len(block)

    def _hang_up(self) -> None:
        if hasattr(self, "_stop"):
            self._stop.set()
            self._thread.join()
        super()._hang_up()


class Mob:
    """Hundreds of clients at once; the story tells of the crowd, not of each.

    Args:
        connect: makes one client by its name, as `server.connect` does.
        size: how many.
        name: what the story calls the crowd.
    """

    def __init__(self, connect: Callable[[str], Client], size: int, name: str = "mob"):
        self.name = name
        self.members: list[Client] = []
        self.story: Story | None = None
        for number in range(size):
            member = connect(f"{name}-{number + 1}")
            _untell(member)
            if self.story is None:
                self.story = member.story
                self.tell(f"{size} clients connect")
            member.story = _Quiet(self.story)
            self.members.append(member)

    def tell(self, text: str) -> None:
        """Add one line for the whole crowd."""
        if self.story:
            self.story.tell(self.name, text)

    def send(self, say: Callable[[int], bytes]) -> Self:
        """Everybody sends; `say(number)` is what member `number` says."""
        self.tell(f"> {show(say(0))} and so on, each its own")
        for number, member in enumerate(self.members):
            member.send(say(number))
        return self

    def expect(self, hear: Callable[[int], bytes], *, backwards: bool = False) -> Self:
        """Everybody hears what `hear(number)` says it must.

        Args:
            hear: what member `number` must hear.
            backwards: ask the last to connect first. The order of asking is not the
                order of serving, but it keeps a backlog from passing as a server.
        """
        order = list(enumerate(self.members))
        for number, member in reversed(order) if backwards else order:
            member.expect(hear(number))
        self.tell(f"< {show(hear(0))} and so on, every one of them right")
        return self

    def close(self) -> None:
        """Everybody says goodbye."""
        self.tell("all say goodbye")
        for member in self.members:
            member.close()


class _Quiet(Story):
    """A crowd member's story: only what breaks is told, events all are."""

    def __init__(self, story: Story):
        super().__init__(script=story.script)
        self.told = story

    def tell(self, who: str, text: str, *, broken: bool = False) -> None:
        if broken:
            self.told.tell(who, text, broken=True)

    def event(self, who: str, kind: str, port: int, data: bytes = b"") -> None:
        self.told.event(who, kind, port, data)

    def took(self, who: str, count: int) -> None:
        self.told.took(who, count)

    def fault(self, text: str) -> None:
        self.told.fault(text)


def _untell(member: Client) -> None:
    """Take a crowd member's own first line back: the crowd is told of as one."""
    steps = member.story.steps
    if steps and steps[-1].who == member.name:
        steps.pop()


def _reason(error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens any more: the connection is refused"
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return "the server cut the connection with a reset"
    if isinstance(error, TimeoutError):
        return "nobody answered the door"
    return f"the system said: {error.strerror or error}"
