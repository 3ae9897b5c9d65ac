"""Test a server that lives in somebody else's loop: the loop's ticks are the clock.

The driver runs a Tcl interpreter's loop, or a notebook's, and ticks in it. The first
client hears the ticks, and is the hand at the window: it opens and closes what the
learner has written. A rhythm is not judged by the seconds, which differ from machine to
machine, but by its ticks: so many between one event and the next. They tell the other
clients when to wait no longer, too. A loop that has ticked on and on, and has not seen
to somebody meanwhile, never will.

    @behaviour("look_in", points=1, driver=serve_in_window)
    def test_the_window_ticks(server):
        \"\"\"the window ticks while a client is silent\"\"\"
        window = open_window(server)
        server.connect("silent", Squatter)
        window.expect_ticks(10)
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Self

from buckets.behaviour import Driver
from buckets.driving.clients import WHY, Client, Sipper
from buckets.driving.expect import REST_SHARE, until_it_sleeps
from buckets.driving.observe import WAITS, Rest, Vitals
from buckets.driving.patience import Patience
from buckets.driving.server import Server
from buckets.driving.unmet import show

SMALL = 65536
"""Bytes of the buffers on both sides of a slow reader."""

PATTERN = b"".join(b"%07d\n" % number for number in range(1 << 15))

ENOUGH = 100
"""Ticks after which nobody waits for an answer any longer."""

WATCHED = 0.4
"""Seconds for which a server is watched. This waits in earnest."""

STIRS = 8
"""How often it may go to sleep for each look. Tcl's threads wake each other some four
times for one timer; a factor of two is left. However busy the machine is, it cannot
look more often than its timer rings, so that is enough."""

RESTLESS = 24
"""How often it may go to sleep in a watch in which nothing should wake it."""


serve_in_window = Driver("window.serve_in_window")
"""Driver for servers (window, listener); needs a window opened."""


serve_in_notebook = Driver("window.serve_in_notebook")
"""Driver for servers (asyncio loop, listener); needs a window opened."""


puppets_in_window = Driver("window.puppets_in_window")
"""Driver for loops (window) with watch(); needs a window opened."""


puppets_in_notebook = Driver("window.puppets_in_notebook")
"""Driver for loops (asyncio loop) with watch(); needs a window opened."""


SAID = {
    "open": "calls your function",
    "close": "calls what your function has returned",
    "hush": "stops ticking for a while",
    "twin": "calls your function once more, and closes what that has returned",
}


def open_window(server: Server, name: str = "window") -> Window:
    """The window, with the learner's function called. Before any other client.

    Args:
        server: runs one of the drivers above.
        name: what the story calls it.
    """
    window = server.connect(name, Window)
    # Between two ticks Tcl has waited: if it has a thread for that, it is there by now.
    window.expect_ticks(2)
    window.before = server.vitals()
    window.order("open", "opened")
    server.patience = TickPatience(
        process=server.patience.process, ended=server.patience.ended, window=window
    )
    return window


def expect_no_wait(server: Server, window: Window) -> None:
    """Close what was opened; before that it was never asleep in a wait of its own.

    A call that has nothing to wait for comes back at once, so nobody is ever met in it,
    asleep. A loop of Tk or asyncio may wait in the same call. Where it does, that shows
    once all is closed, and then nothing is said.

    Raises:
        Unmet: it was asleep in select() or one of its relatives.
    """
    met = _waits_met(server)
    window.order("close", "closed")
    if met and not _waits_met(server):
        text = f"sleeps in {min(met)}() in its looks, and the window waits with it"
        raise server.unmet(text, "waits")
    server.story.tell("server", "waits nowhere in its looks")


def _waits_met(server: Server) -> set[str]:
    """The waits in which its main thread is asleep, at any of many moments.

    One that waits for a CPU in the midst of such a call does not sleep in it.
    """
    met, process = set[str](), server.process
    for _ in range(MOMENTS):
        before, call = process.activity(), process.call()
        if call in WAITS and not before[2] and before == process.activity():
            met.add(call)
        time.sleep(MOMENT)
    return met


MOMENTS, MOMENT = 150, 0.004
"""How often, and how many seconds apart, it is looked at where a loop may wait."""


class Window(Client):
    """Hears the ticks, and is the hand that opens and closes."""

    habit = "opens, and ticks"

    def __init__(self, *args: Any, **more: Any):
        super().__init__(*args, **more)
        self.ticks = 0
        self.said: list[bytes] = []
        self.unread = b""
        self.before = Vitals(0, 0, 0, 0, 0, 0.0, 0)

    def _event(self, kind: str, data: bytes = b"") -> None:
        """Ticks are no water: in the replay it stands there, and that is all."""
        if kind == "connect":
            super()._event(kind, data)

    def expect_ticks(self, count: int) -> Self:
        """Wait for so many ticks from now on.

        Raises:
            Unmet: they do not come: something holds the loop up.
        """
        self.listen()
        goal = self.ticks + count
        wanted = f"expected {count} more tick{'s' * (count > 1)}"
        while self.ticks < goal:
            self._take(self._some(4096, wanted=wanted), wanted)
        self.tell(f"ticks {count} time{'s' * (count > 1)}")
        return self

    def order(self, verb: str, answer: str) -> Self:
        """Have something done in the loop, and wait until it is.

        Raises:
            Unmet: it does not come back.
        """
        return self._say(verb)._expect(answer)

    def _say(self, verb: str) -> Self:
        # Ticks that nobody took in meanwhile do not come after this order.
        self.listen()
        self.tell(SAID[verb])
        return self._pour(verb.encode() + b"\n")

    def _expect(self, answer: str) -> Self:
        wanted, goal = f"expected to be {answer}", self.ticks + ENOUGH
        while answer.encode() not in self.said:
            self._take(self._some(4096, wanted=wanted), wanted)
            if self.ticks >= goal and answer.encode() not in self.said:
                text = f"{wanted}: nothing came, {WHY['ticking']}"
                raise self._unmet(text, "nothing")
        self.said.remove(answer.encode())
        return self

    def closes(self) -> Self:
        """Close what was opened, and wait until that has come back."""
        return self.sends_close().expect_closed()

    def sends_close(self) -> Self:
        """Order to close, and do not wait."""
        return self._say("close")

    def expect_closed(self) -> Self:
        """What was ordered to close has come back."""
        return self._expect("closed")

    def opens_and_closes_another(self) -> Self:
        """Hang a second server into the same loop, at a door of its own; close that."""
        return self.order("twin", "one again")

    def ticks_again(self) -> Self:
        """After a hush: tick on."""
        return self._pour(b"tick\n")

    def listen(self) -> int:
        """Take in what has been said; how many ticks there were so far."""
        with suppress(BlockingIOError, OSError):
            while data := self.sock.recv(1 << 16):
                self._take(data)
        return self.ticks

    def _take(self, data: bytes, wanted: str = "expected a tick") -> None:
        if not data:
            raise self._cut(wanted, "the server closed the connection", "eof")
        *lines, self.unread = (self.unread + data).split(b"\n")
        self.ticks += lines.count(b"tick")
        self.said += [line for line in lines if line != b"tick"]

    @contextmanager
    def hushed(self) -> Iterator[None]:
        """Inside, it does not tick: whatever stirs is the server's own doing."""
        self.order("hush", "hushed")
        yield
        self.ticks_again()


@dataclass(frozen=True)
class TickPatience(Patience):
    """Waits by the ticks of a loop, and as others do when they do not come.

    Args:
        window: hears the ticks.
    """

    window: Window | None = None

    @property
    def turns(self) -> bool:
        return True

    def until(self, happened: Callable[[float], bool]) -> str | None:
        """As Patience.until(); "ticking" where the loop has ticked on meanwhile."""
        window, ticked = self.window, False
        if window is None:
            return super().until(happened)
        goal = window.listen() + ENOUGH

        def happened_or_ticked(seconds: float) -> bool:
            nonlocal ticked
            if happened(seconds):
                return True
            ticked = window.listen() >= goal
            return ticked

        why = super().until(happened_or_ticked)
        if ticked and not happened(0):
            return "ticking"
        return why


# Lines, and what is asked of a server ------------------------------------------------


def water(size: int) -> bytes:
    """What must be answered to a number."""
    return (PATTERN * (size // len(PATTERN) + 1))[:size]


def ask(client: Client, word: bytes) -> None:
    """One round trip."""
    client.send(word + b"\n").expect(word.upper() + b"\n")


def _ask_on(client: Client, word: bytes, times: int) -> None:
    """Round trips, one after the other, that are one line of the story."""
    due = word.upper() + b"\n"
    for _ in range(times):
        client._pour(word + b"\n")
        got = client._read(len(due), expected=due)
        if got != due:
            wanted = f"< expected {show(due)}, got {show(got)}"
            raise client._unmet(wanted, "wrong", expected=due, got=got)
    client.tell(f"> {show(word)}, {times} times, and is answered")


def slow_reader(server: Server, name: str, size: int) -> tuple[Sipper, int]:
    """Who asks for much, and has had a sip of it, so that the server has begun to send.

    Returns:
        The client, and how many bytes it has had.
    """
    client = server.connect(name, Sipper, receive_buffer=SMALL)
    return client, len(client.send(b"%d\n" % size).sip(1))


def expect_one_look(
    server: Server, window: Window, clients: list[Client], first: Client
) -> None:
    """All who speak while it cannot look are answered in one look.

    Between two ticks a loop looks once or twice, however slow the machine is. So when
    the first has its answer, and the window has ticked a few times, all have theirs.
    """
    with server.frozen():
        for client in clients:
            client.send(b"all at once\n")
    first.expect(b"ALL AT ONCE\n")
    window.expect_ticks(FEW)
    for client in clients:
        if client is not first:
            _expect_now(client, b"ALL AT ONCE\n")


FEW = 3
"""Ticks; twice as many clients would need more looks than lie between these."""


def _expect_now(client: Client, data: bytes) -> None:
    """This has come already."""
    try:
        client.sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        wanted = f"< expected {show(data)} in the same look: nothing came"
        raise client._unmet(wanted, "nothing") from None
    client.expect(data)


def say_odd_lines(client: Client) -> None:
    """Lines are bytes: empty ones, with blanks at their ends, of no text at all."""
    client.send(b" a  b \r\n\n\xff \n").expect(b" A  B \r\n\n\xff \n")


# What is expected of the whole --------------------------------------------------------


def expect_rest_in_window(server: Server, window: Window) -> None:
    """Nobody wants anything, and nothing ticks: then nothing may stir."""
    with window.hushed():
        rest = _watch(server)
    # Tcl's threads wake each other, so one that never rests may seem to nap, or not.
    if rest.spinning or rest.naps > RESTLESS:
        text = "stirs again and again while nobody wants anything"
        raise server.unmet(text, "rest")
    server.story.tell("server", "rests while there is nothing that it could do")


def _watch(server: Server) -> Rest:
    """Look at it for a while, once it has done what it was asked for."""
    until_it_sleeps(server)
    if server.ending():
        raise server.unmet("has ended", "gone")
    return server.rest(WATCHED)


def expect_looks(server: Server, window: Window, every: int, client: Client) -> None:
    """It looks every now and then, and sleeps between two looks.

    Args:
        server, window: nobody else wants anything of them.
        every: milliseconds from a look to the next.
        client: who asks, as soon as it is answered. An answer takes a look, and from
            look to look there are ticks; a busy machine makes more of them, never less.
    """
    with window.hushed():
        rest = _watch(server)
    before = window.listen()
    _ask_on(client, b"again", TIMES)
    ticked = window.listen() - before
    # All of it is judged together: on a busy machine one sign may be missing.
    busy = rest.spinning or rest.cpu_share > REST_SHARE
    stirs = rest.naps > STIRS * rest.seconds * 1000 / every
    if busy or stirs or ticked < FEWEST_TICKS:
        text = f"looks far more often than every {every} ms, and hardly rests"
        raise server.unmet(text, "rest")
    server.story.tell("server", "rests between two looks")


TIMES, FEWEST_TICKS = 30, 24
"""Round trips, and the ticks that a loop with a rest in it makes meanwhile."""


def expect_alone_in_window(server: Server, window: Window) -> None:
    """One process, and no thread that was not there before. Tcl may have its own."""
    until_it_sleeps(server)
    vitals = server.vitals()
    if vitals.processes > 1:
        text = f"has become {vitals.processes} processes; one is asked for"
        raise server.unmet(text, "crowd")
    if vitals.threads > window.before.threads:
        more = vitals.threads - window.before.threads
        text = f"runs {more} thread{'s' * (more > 1)} beside the window's own"
        raise server.unmet(text, "crowd")
    server.story.tell("server", "is one process, and has no thread of its own")


def expect_cut_off(client: Client, most: int) -> None:
    """The connection ends before all is said that was due: nobody waits for it.

    Args:
        client: has not read for a while.
        most: how many bytes it would hear if it were waited for.

    Raises:
        Unmet: all of them came, or no end.
    """
    wanted = "< expected the end of its connection"
    if _until_the_end(client, wanted) >= most:
        text = f"{wanted}, and all that was due has come after the close"
        raise client._unmet(text, "no eof")
    client.tell("is cut off, as everybody is")


def _until_the_end(client: Client, wanted: str) -> int:
    """How many bytes came. A reset ends it as well as an end of file does."""
    heard = 0
    while True:
        try:
            piece = client._recv(1 << 16)
        except BlockingIOError:
            client._wait(write=False, wanted=wanted)
            continue
        except OSError:
            return heard
        if not piece:
            return heard
        heard += len(piece)


def expect_nothing_left(server: Server, window: Window) -> None:
    """After the close: nobody is let in, no descriptor is open, and nothing stirs."""
    late = server.connect("late").send(b"anybody there?\n")
    window.expect_ticks(5)
    late.expect_silence()
    late.close()
    before = window.before.descriptors
    if server.until(lambda: server.vitals().descriptors <= before):
        kept = server.vitals().descriptors - before
        text = f"keeps {kept} descriptor{'s' * (kept > 1)} open after it was closed"
        raise server.unmet(text, "leak")
    # Who has come after the close lies at the door, and nobody may look there.
    server.connect("later")
    expect_rest_in_window(server, window)
    window.expect_ticks(5)
