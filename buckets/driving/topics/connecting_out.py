"""Test a server that connects out, and a function that makes connections.

The first client is the usher, who tells the server whom to call, and for how long to
wait; or the caller, who asks a function for connections and has words sent over them.
Whom they call is in buckets.driving.beyond. That a connection stands is not believed:
what is sent into one of its ends must come out of the other.

    @behaviour("relay", points=1, driver=serve_to, outward=True)
    def test_bytes_go_both_ways(server):
        tea = Upstream(server, "tea")
        lead(server, tea)
        anna = server.connect("anna").send(b"hello\\n")
        tea.answers().expect(b"hello\\n")
"""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from random import Random
from typing import Any, Self

from buckets.behaviour import Driver
from buckets.driving.beyond import Called, Resolver, Upstream
from buckets.driving.clients import Address, Client, Sipper
from buckets.driving.desk import Desk
from buckets.driving.expect import expect_fewer_descriptors, until_it_sleeps
from buckets.driving.seed import line_of
from buckets.driving.server import Server
from buckets.driving.unmet import show

SOON = 0.2
"""Seconds for which a call may last, where nobody will answer it."""

LONG = 30.0
"""The same where somebody will answer in the end; nobody waits for so long."""

PATIENT = 4.0
"""Seconds of sleep after which a server is stuck that waits for a call of its own. The
kernel greets again after one second, and after three."""

SIP = 1 << 15
"""Bytes that a slow reader takes at a time."""

TURN = 0.05
"""Seconds of CPU time in which any server has dealt with what there is to do."""

call_for_orders = Driver("connecting_out.call_for_orders")
"""Driver for functions (addresses, seconds); needs a caller."""


call_by_the_clock = Driver("connecting_out.call_by_the_clock")
"""The same, by a clock that a test moves; needs a caller, and then a clock wound."""


serve_to = Driver("connecting_out.serve_to")
"""Driver for servers (listener, upstream, seconds); needs an usher."""


serve_to_by_the_clock = Driver("connecting_out.serve_to_by_the_clock")
"""The same, by a clock that a test moves; needs an usher, and then a clock wound."""


serve_logged = Driver("connecting_out.serve_logged")
"""Driver for servers (listener, upstream, seconds, log); needs an usher."""


serve_by_names = Driver("connecting_out.serve_by_names")
"""Driver for servers (listener, names, seconds); needs an usher."""


def _patiently(server: Server) -> None:
    """A server that waits for its own calls sleeps, and is not stuck."""
    server.patience = replace(server.patience, asleep=PATIENT)


# A function that makes connections -------------------------------------------------


class Caller(Desk):
    """Calls the function, looks at what it returns, and tries its sockets."""

    habit = "is about to call your function"

    def asks_for(self, *called: Upstream, seconds: float, mirrors: Any = ()) -> Self:
        """Call it, and do not wait."""
        names = ", ".join(one.name for one in called)
        self.tell(f"calls it with [{names}], {seconds:g}")
        addresses = [list(one.address) for one in called]
        return self.order(addresses=addresses, seconds=seconds, mirrors=list(mirrors))

    def expect_found(self, *words: str) -> Self:
        """It has returned, and this is what.

        Args:
            words: for each address: "a socket", or the name of an exception's class;
            behind "OSError" that of its number, such as "OSError ENETUNREACH".

        Raises:
            Unmet: it has not, or something else.
        """
        wanted = f"expected [{', '.join(words)}]"
        found = self.line(wanted)
        got = found[0] if isinstance(found, list) and found else found
        if got != list(words):
            shown = got if isinstance(got, str) else _listed(got)
            raise self._unmet(f"{wanted}, got {shown}"[:300], "wrong")
        self.tell(f"< [{', '.join(words)}]")
        return self

    def expect_waiting(self) -> Self:
        """It has not returned yet."""
        return self.expect_silence()

    def sends(self, number: int, word: bytes) -> Self:
        """Have a word sent over one of the sockets that were returned."""
        self.tell(f"sends {word!r} over what was returned at {number}")
        return self.order(say=number, word=word.decode())

    def is_done(self) -> Self:
        """What was returned is needed no more."""
        return self.order(done=True)


def _listed(got: Any) -> str:
    if not isinstance(got, list):
        return "something else"
    return f"[{', '.join(map(str, got))}]"


def caller(server: Server) -> Caller:
    """The caller of a function."""
    _patiently(server)
    return server.connect("caller", Caller)


# Servers ---------------------------------------------------------------------------


class Usher(Desk):
    """Tells a server whom to call; and may hear its log."""

    habit = "starts the server"

    def expect_log(self, *lines: tuple[int, str, bytes]) -> Self:
        """The next lines of the log are these, in this order.

        Raises:
            Unmet: another line came, or none.
        """
        for number, who, line in lines:
            wanted = f"expected log({number}, {who!r}, {line!r})"
            got = self.line(wanted)
            if got != [number, who, line.decode("latin-1")]:
                text = f"{wanted}, got {_logged(got)}"[:300]
                raise self._unmet(text, "wrong", **_line_alone(number, who, line, got))
            self.tell(f"hears log({number}, {who!r}, {line!r})")
        return self

    def expect_log_of(self, number: int, who: str, line: bytes) -> Self:
        """The next line of the log is this one, of which only a digest is told.

        Raises:
            Unmet: it is another one, or there is none.
        """
        wanted = f"expected log({number}, {who!r}, {show(line)})"
        told = f"{len(line)} {hashlib.sha256(line).hexdigest()}"
        if self.line(wanted) != [number, who, told]:
            raise self._unmet(f"{wanted}, got something else", "wrong")
        self.tell(f"hears log({number}, {who!r}, {show(line)})")
        return self


def _line_alone(number: int, who: str, line: bytes, got: Any) -> dict[str, bytes]:
    """Both lines, for a comparison, where nothing else differs."""
    match got:
        case [n, name, str(told)] if (n, name) == (number, who):
            return {"expected": line, "got": told.encode("latin-1", "replace")}
    return {}


def _logged(got: Any) -> str:
    match got:
        case [number, who, str(line)]:
            return f"log({number!r}, {who!r}, {line.encode('latin-1', 'replace')!r})"
        case [number, who, _]:
            return f"log({number!r}, {who!r}, ...), and no bytes"
    return "something else"


def lead(server: Server, upstream: Upstream, seconds: float = LONG) -> Usher:
    """Let a server begin that calls this upstream. Before any other client.

    Args:
        server: runs one of the drivers above.
        upstream: whom to call for each client.
        seconds: for how long a call may last.
    """
    return _begin(server, upstream.address, "upstream", seconds)


def lead_by_names(server: Server, names: Resolver, seconds: float = LONG) -> Usher:
    """The same for one that is told by each client whom to call."""
    return _begin(server, names.address, "names", seconds)


def _begin(server: Server, address: Address, key: str, seconds: float) -> Usher:
    _patiently(server)
    usher = server.connect("usher", Usher)
    usher.tell(f"gives it {seconds:g} s for each call")
    return usher.order(**{key: list(address), "seconds": seconds})


def pair(server: Server, upstream: Upstream, name: str) -> tuple[Client, Called]:
    """A client, and the far end of the connection that the server has made for it."""
    client = server.connect(name)
    return client, upstream.answers(f"{upstream.name}-{name}")


def expect_passed(*ends: tuple[Client, Client], word: bytes) -> None:
    """A word goes from the first of each pair to the second, and one goes back."""
    for near, far in ends:
        near.send(word)
        far.expect(word)
        far.send(word.upper())
        near.expect(word.upper())


def speak_in_any_order(ends: list[tuple[Client, Client]], chance: Random) -> None:
    """A line of everybody's goes through, both ways, and nobody hears another's.

    Args:
        ends: each client, and who was called for it.
        chance: what the order is drawn from.
    """
    chance.shuffle(ends)
    for near, _ in ends:
        near.send(line_of(near))
    chance.shuffle(ends)
    for near, far in ends:
        far.expect(line_of(near))
        far.send(line_of(far))
    for near, far in ends:
        near.expect(line_of(far))


@contextmanager
def expect_both_let_go(server: Server) -> Iterator[None]:
    """Inside, a pair comes to its end; then both its descriptors are free again.

    An end of file does not prove that: a shutdown() sends it, too.
    """
    kept = "keeps the descriptors of a connection of a pair that is over"
    with expect_fewer_descriptors(server, 2, kept):
        yield


@contextmanager
def expect_nothing_kept(server: Server) -> Iterator[None]:
    """What happens inside leaves no descriptor open.

    What was over before may still be on its way out, so let more than two leave one.
    """
    kept = "keeps the descriptors of connections of clients who have been let go"
    with expect_fewer_descriptors(server, 0, kept):
        yield


@contextmanager
def expect_nothing_open(server: Server) -> Iterator[None]:
    """The same of a function that is called inside, and finds no connection."""
    kept = "keeps the descriptors of sockets that it has not returned"
    with expect_fewer_descriptors(server, 0, kept):
        yield


def numbered(size: int) -> bytes:
    """Bytes that show where one is missing, or comes twice."""
    block = b"".join(b"%07d\n" % number for number in range(size // 8 + 1))
    return block[:size]


@contextmanager
def heard_slowly(
    server: Server, speaker: Client, hearer: Sipper, data: bytes
) -> Iterator[None]:
    """All of `data` goes through, and then the end, to somebody who is slow to read.

    The hearer takes a sip only when the speaker has no room and the server sleeps. With
    two who are each as fast as they can, whether anything is pending when the end comes
    would be a matter of the machine. What is done inside is done while nothing is read.

    Raises:
        Unmet: the hearer had something else, or not all of it, or no end.
    """
    speaker.tell(f"> {show(data)}, and finishes")
    speaker._event("pour", data[:4096])
    rest, had = _pour_what_fits(server, speaker, memoryview(data)), b""
    yield
    while rest:
        had = hearer.sip_of(data, had, SIP)
        rest = _pour_what_fits(server, speaker, rest)
    speaker._event("half_close")
    with suppress(OSError):
        speaker.sock.shutdown(socket.SHUT_WR)
    until_it_sleeps(server, most=TURN)
    hearer.expect_next(data, had).expect_eof()


def _pour_what_fits(
    server: Server, speaker: Client, rest: memoryview[int]
) -> memoryview[int]:
    """Send until there is no room though the server sleeps; what has not been sent."""
    has_slept = False
    while rest:
        try:
            rest = rest[speaker.sock.send(rest) :]
            has_slept = False
        except BlockingIOError:
            if has_slept:
                break
            until_it_sleeps(server, most=TURN)
            has_slept = True
        except OSError:
            # The server has closed it. What became of it the hearer will tell.
            return rest[:0]
    return rest
