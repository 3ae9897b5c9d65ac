"""Test a server whose work lasts, and the string that wakes its loop.

The first client is the work itself: it hears of each call that begins, and says how it
ends. Until then that call lasts. So nothing is slow, and no clock is asked: "while gold
is made" is from where a call has begun to where the test lets it go.

    @behaviour("serve_gold", points=2, driver=serve_work)
    def test_neighbours_are_served(server):
        work = begin(server, workers=1)
        anna, ben = server.connect("anna"), server.connect("ben")
        anna.send(b"gold ring\\n")
        ring = work.until_begun(b"ring")
        ben.send(b"hello\\n").expect(b"HELLO\\n")
        ring.returns(b"a ring")
        anna.expect(b"a ring\\n")
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self

from buckets.behaviour import Driver
from buckets.driving.clients import Client
from buckets.driving.desk import Desk
from buckets.driving.expect import (
    expect_fewer_descriptors,
    expect_no_wait_for_one,
    until_it_sleeps,
)
from buckets.driving.server import Server
from buckets.driving.unmet import Unmet, show

pull_strings = Driver("gold.pull_strings")
"""Driver for the class Wakeup; needs a puller."""

serve_pieces = Driver("gold.serve_pieces")
"""Driver for servers (listener, begin); needs the work, without numbers."""

serve_work = Driver("gold.serve_work")
"""Driver for servers (listener, work, workers, most); needs the work."""


# The string -----------------------------------------------------------------------


class Puller(Desk):
    """Makes Wakeups, pulls them, clears them, and looks at their flags."""

    habit = "makes a Wakeup"
    called = "Wakeup()"
    server: Server

    def makes(self) -> Self:
        """One; the first has the number 0."""
        return self.order(does="make")

    def another(self) -> Self:
        """A second one, with the number 1; its flag is down."""
        self.tell("makes another Wakeup")
        return self.makes().looks(up=False, which=1)

    def wakes(self, times: int = 1, *, threads: int = 0, which: int = 0) -> Self:
        """Call wake() so many times, in this thread or in each of several others.

        Raises:
            Unmet: it does not come back, or the flag is down after that.
        """
        where = f" in each of {threads} threads" if threads else ""
        call = "wake()" if times == 1 else f"wake() {times:,} times"
        self.tell(f"calls {call}{where}")
        self.called = "wake()"
        self.order(does="wake", times=times, threads=threads, which=which)
        return self._flag(up=True, after="wake()", which=which)

    def clears(self, which: int = 0) -> Self:
        """Call clear(): the flag is down after that.

        Raises:
            Unmet: it does not come back, or the flag is up.
        """
        self.tell("calls clear()")
        self.called = "clear()"
        self.order(does="clear", which=which)
        return self._flag(up=False, after="clear()", which=which)

    def clears_without_a_wait(self) -> Self:
        """Call clear() a hundred times: it is never asleep in a call of its own.

        Raises:
            Unmet: it was met there, or does not come back.
        """
        self.tell("calls clear() a hundred times")
        self.called = "clear()"
        self.order(does="clear", times=100, which=0)
        expect_no_wait_for_one(self.server, "waits in clear()")
        return self._flag(up=False, after="clear()", which=0)

    def clears_halfway(self) -> Self:
        """Call clear() while a wake() in another thread has not come back.

        Which of the two ends first is theirs to settle: a lock may make one wait. So
        the flag may be up or down after that.

        Raises:
            Unmet: they do not come back.
        """
        self.tell("calls wake() in a thread, and clear() before wake() comes back")
        self.called = "clear()"
        self.order(does="clear halfway", which=0)
        self.line("expected clear() to come back")
        # Twice: who was about to run when it was looked at has run by the second time.
        for _ in range(2):
            until_it_sleeps(self.server)
        self.order()
        self.line("expected clear() to come back")
        return self

    def waits(self) -> Self:
        """Wait in select() without a limit, until another thread has called wake()."""
        self.tell("waits in select(), and another thread calls wake()")
        self.called = "select()"
        self.order(does="wait", which=0)
        return self._flag(up=True, after="wake()", which=0)

    def looks(self, *, up: bool, which: int = 0) -> Self:
        """Look at the flag, and do nothing.

        Raises:
            Unmet: it is not as it should be.
        """
        self.called = "fileno()"
        self.order(does="look", which=which)
        return self._flag(up=up, after="", which=which)

    def _flag(self, *, up: bool, after: str, which: int) -> Self:
        one = f"number {which + 1}" if which else "it"
        wanted = f"expected {one} {'to be' if up else 'not to be'} readable"
        wanted += f" after {after}" if after else ""
        said = self.line(wanted)
        if said == [up, False]:
            text = "expected fileno() to return the same number as before"
            raise self._unmet(f"{text}, and it is another", "wrong")
        if said != [up, True]:
            what = "it is not" if up else "it is"
            raise self._unmet(f"{wanted}, and {what}", "wrong")
        return self

    def _unmet(self, text: str, kind: str, **more: Any) -> Unmet:
        """There is no server: a call has not come back, or all ended in it."""
        if kind != "wrong":
            wanted = text.partition(": ")[0].partition(", but ")[0]
            text = f"{wanted}, and {self.called} has not come back"
            if kind in ("gone", "eof", "reset"):
                text = f"{wanted}, and all ended in {self.called}"
        return super()._unmet(text, kind, **more)


def puller(server: Server) -> Puller:
    """Whoever pulls the string; one is made."""
    pulls = server.connect("puller", Puller)
    pulls.server = server
    return pulls.makes()


STRING = b"(the string)"

# Work -----------------------------------------------------------------------------


class Call:
    """A call of the work, or one piece of it, that has begun and has not ended."""

    def __init__(self, work: Work, number: int, words: bytes, on_the_loop: bool):
        self.work, self.number, self.words = work, number, words
        self.on_the_loop = on_the_loop

    def is_told(self) -> Self:
        """The story has it now."""
        where = ", in the thread of the loop" if self.on_the_loop else ""
        self.work.tell(f"begins for {show(self.words)}{where}")
        return self

    def goes_on(self) -> Self:
        """This piece is made, and there are more to make."""
        self.work.tell(f"this piece of {self.words!r} is made; more are to come")
        self.work.under_way -= 1
        self.work.order(call=self.number, goes_on=True)
        return self

    def returns(self, what: bytes, times: int = 1, *, holds: bool = False) -> Self:
        """The gold is made; it is `what`, so many times.

        Args:
            what, times: the gold.
            holds: whether the loop is held when it hears of that; see Work.held().
        """
        self.work.tell(f"the gold for {self.words!r} is made: {show(what * times)}")
        self.work.under_way -= 1
        said = what.decode("latin-1")
        more = {"holds": True} if holds else {}
        self.work.order(call=self.number, returns=said, times=times, **more)
        return self

    def raises(self, kind: str) -> Self:
        """The call ends with an exception of this kind."""
        self.work.tell(f"the work for {self.words!r} raises {kind}")
        self.work.under_way -= 1
        self.work.order(call=self.number, raises=kind)
        return self


class Work(Desk):
    """The work: hears of each call that begins, and says how it ends."""

    habit = "lasts until it is told to end"
    server: Server
    workers = under_way = 0

    def until_begun(self, words: bytes) -> Call:
        """The next call that begins is for these words.

        Raises:
            Unmet: none begins, or one for other words.
        """
        (call,) = self.until_all_begun(words)
        return call

    def until_all_begun(self, *words: bytes) -> list[Call]:
        """The next calls that begin are for these words, whichever comes first.

        Returns:
            The calls, in the order of the words.

        Raises:
            Unmet: one does not begin, or one for other words does.
        """
        left, calls = list(words), []
        while left:
            call = self._next(f"expected work to begin for {_listed(left)}")
            if call.words not in left:
                raise self._other(f"expected work to begin for {_listed(left)}", call)
            left.remove(call.words)
            calls.append(call)
        calls.sort(key=lambda call: words.index(call.words))
        # Told when all have: which of them comes first is chance.
        for call in calls:
            call.is_told()
        return calls

    def next_of(self, *words: bytes) -> Call:
        """The next call that begins is for one of these words.

        Raises:
            Unmet: none begins, or one for other words.
        """
        wanted = f"expected work to begin for {_listed(words)}"
        call = self._next(wanted)
        if call.words not in words:
            raise self._other(wanted, call)
        return call.is_told()

    def _next(self, wanted: str) -> Call:
        match self.line(wanted):
            case [int(number), str(words), alone]:
                self.under_way += 1
                return Call(
                    self, number, words.encode("latin-1", "replace"), bool(alone)
                )
        raise self._unmet(f"{wanted}, got something else", "wrong")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Inside, the loop is about to take the flag of its string down, and waits.

        A string that is neither a pipe nor a pair of sockets holds nobody.
        """
        until_it_sleeps(self.server)
        wanted = "expected the loop to hear of it"
        call = self._next(wanted) if self._has_more() else None
        if call and call.words != STRING:
            raise self._other(wanted, call)
        if call:
            self.under_way -= 1
            self.tell("holds the loop, which is about to empty its string")
        yield
        # What was left meanwhile has been left by then.
        until_it_sleeps(self.server)
        if call:
            self.tell("lets the loop go on")
            self.order(call=call.number)

    def expect_no_more(self) -> Self:
        """Nothing else has begun, and the server rests.

        Raises:
            Unmet: something has.
        """
        # Threads that were told to begin have begun by then.
        until_it_sleeps(self.server)
        if not self._has_more():
            self.tell("nothing else has begun")
            return self
        raise self._other("expected nothing else to begin", kind="many")

    def expect_none_for(self, line: bytes) -> Self:
        """Nothing has begun for a line that asks for no gold.

        Raises:
            Unmet: something has.
        """
        if self._has_more():
            raise self._other(f"expected nothing to begin for {show(line)}")
        return self

    def _has_more(self) -> bool:
        with suppress(BlockingIOError):
            if b"\n" not in self._rest:
                self._rest += self._recv(1 << 16)
        return b"\n" in self._rest

    def _other(
        self, wanted: str, call: Call | None = None, kind: str = "wrong"
    ) -> Unmet:
        """Work has begun for other words than was expected."""
        call = call or self._next(wanted)
        return self._unmet(f"{wanted}, got {show(call.words)}", kind, words=call.words)

    def _unmet(self, text: str, kind: str, words: bytes = b"", **more: Any) -> Unmet:
        facts = {"words": words, "workers": self.workers, "under_way": self.under_way}
        return super()._unmet(text, kind, facts=facts, **more)


def _listed(words: Any) -> str:
    return " or ".join(show(each) for each in words)


def begin(server: Server, *, workers: int = 0, most: int = 0) -> Work:
    """Let a server begin whose work the test holds. Before any other client.

    Args:
        server: runs serve_pieces, or serve_work.
        workers: how many calls may be under way at once; 0 for a server of pieces.
        most: how many more may wait.
    """
    work = server.connect("work", Work)
    work.server = server
    if workers:
        work.workers = workers
        work.tell(f"may be called {workers} at once, and {most} may wait")
        work.order(workers=workers, most=most)
    return work


@contextmanager
def expect_seen_off(server: Server) -> Iterator[None]:
    """Inside, a client vanishes; then the server has closed its connection.

    The next client to come may have its number.
    """
    kept = "keeps the connection of a client who has vanished"
    with expect_fewer_descriptors(server, 1, kept):
        yield


def ask(client: Client, line: bytes, answer: bytes) -> None:
    """One line, and its answer."""
    client.send(line + b"\n")
    client.expect(answer + b"\n")


def expect_capitals(work: Work, client: Client, line: bytes) -> None:
    """The answer to a line that asks for no gold; no work has begun for it."""
    # Its answer, or the reason why there is none, whichever is there.
    if client.patience.wait(client.sock):
        work.expect_none_for(line)
    client.expect(line.upper() + b"\n")


def turn_over(client: Client) -> None:
    """Whatever others have sent before this has been read by the server.

    Two round trips: the first may share a look with what was sent before.
    """
    for _ in range(2):
        ask(client, b"hello", b"HELLO")
