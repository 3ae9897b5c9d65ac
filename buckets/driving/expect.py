"""What a test expects of the server as a whole: rest, solitude, an end, no leak.

Bytes are the clients' business; these are the facts that only the operating system
knows. Right and wrong servers can look alike on the wire.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from buckets.driving.clients import Client, Talker
from buckets.driving.observe import WAITS
from buckets.driving.server import Server
from buckets.driving.unmet import Unmet

# Spinning is near 100% and rest is 0%; polling wakes far more often than ten times a
# second. A factor of five on each side keeps a busy machine from tipping the scale.
REST_SHARE = 0.10
REST_WAKEUPS = 6
REST_SECONDS = 0.3
# A wait that ends by the clock every second costs nothing, and keeps nobody waiting. A
# shorter one is polling, and may still be too long to be met awake in such a watch.
REST_LIMIT = 1.0
# One may meet a loop in the middle of its turn. After the second all are seen off.
ROUND_TRIPS = 2


def expect_rest(server: Server, seconds: float = REST_SECONDS) -> None:
    """Nobody wants anything: the server must use no CPU time and not wake up.

    Args:
        seconds: how long to watch it, where it is not certain at once: a server that
            has threads, children or a clock of its own may wake later.
    """
    # What was asked of it before may still be on its way through its loop.
    turns = until_it_sleeps(server) == "busy"
    _expect_alive(server)
    if turns:
        raise _never_rests(server)
    if not _sleeps_for_good(server):
        _watch_it_rest(server, seconds)
    server.story.tell("server", "rests while there is nothing that it could do")


def expect_no_wait_for_one(
    server: Server, fault: str = "waits for one client alone, in a call of its own"
) -> None:
    """Somebody takes nothing, and the server does not wait for that one alone.

    A call with a time limit comes back, so nobody is held up for good, and that it
    waits is seen only while it does. So it is looked at until it waits for everybody.
    A look may come too late all the same, and see nothing.

    Args:
        fault: what is told of a server that does wait.
    """
    at_rest = 0
    for _ in range(MOST_LOOKS):
        if server.process.waits_for_one():
            raise server.unmet(fault, "one")
        # Where the system does not tell its call, a few looks must do.
        at_rest = at_rest + 1 if server.process.call() in {*WAITS, None} else 0
        if at_rest >= LOOKS:
            return
        time.sleep(BETWEEN_LOOKS)


LOOKS, MOST_LOOKS, BETWEEN_LOOKS = 5, 300, 0.001


def _sleeps_for_good(server: Server) -> bool:
    """Whether nothing stirs, and nothing but an event that nobody sends can wake it."""
    return server.process.still() and server.patience.nothing_can_wake()


def _watch_it_rest(server: Server, seconds: float) -> None:
    napped = _naps(server)
    rest = server.rest(seconds)
    if rest.cpu_share > REST_SHARE or rest.spinning:
        raise _never_rests(server)
    # Before and after: a short wait that ends its work is over by then, and whether
    # it is seen at all is up to the machine.
    if rest.wakeups > REST_WAKEUPS or (napped and _naps(server)):
        raise server.unmet(
            "wakes up again and again while nobody wants anything",
            "rest",
        )


def _never_rests(server: Server) -> Unmet:
    text = "never rests: it keeps a CPU busy while nobody wants anything"
    return server.unmet(text, "rest")


def _naps(server: Server) -> bool:
    """Whether the clock will wake it soon, as the kernel knows; Linux tells."""
    for _ in range(20):
        if server.process.call() != "running":
            break
        time.sleep(0.005)
    limit = server.process.limit()
    return limit is not None and limit < REST_LIMIT


def _expect_alive(server: Server) -> None:
    """A server that has ended is quiet, too; that is not what is meant."""
    if server.ending():
        raise server.unmet("has ended", "gone")


def until_it_sleeps(server: Server, most: float = 0.3) -> str | None:
    """Wait until it sleeps, or until it is clear that it never will.

    Args:
        most: seconds of CPU time, so that a slow machine changes nothing.

    Returns:
        None when it sleeps; otherwise why waiting is over, as Patience.wait() does.
    """
    calm = replace(server.patience, busy=most)
    return calm.until(lambda seconds: _sleeps(server, seconds))


def _sleeps(server: Server, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while server.process.activity()[2]:
        if time.monotonic() >= until:
            return False
        time.sleep(0.002)
    return True


def expect_no_more_at_the_end(server: Server) -> None:
    """The last look of a test: who has heard all that it expected hears no more.

    A client looks for what is one too many right after its answer. What comes a moment
    later is seen here, whatever the machine does: once the server sleeps, all that it
    had to say has come. One that never sleeps is given a moment of CPU time.
    """
    done = [one for one in server.clients if one.heard_all and not one.closed]
    talks = any(isinstance(one, Talker) and not one.closed for one in server.clients)
    if not done or talks:  # who talks without end gives it no rest
        return

    def known(seconds: float) -> bool:
        return any(one.has_more() for one in done) or _sleeps(server, seconds)

    # Without its port: who takes bytes is not given more time than others.
    replace(server.patience, busy=LAST_LOOK, port=0).until(known)
    for one in done:
        one.expect_no_more()


LAST_LOOK = 0.02


def expect_alone(server: Server) -> None:
    """One process and one thread, whoever is connected."""
    # A thread that has done its work may need a moment to end.
    until_it_sleeps(server)
    _expect_alive(server)
    vitals = server.vitals()
    if vitals.processes > 1:
        text = f"has become {vitals.processes} processes; one is asked for"
        raise server.unmet(text, "crowd")
    if vitals.threads > 1:
        text = f"runs {vitals.threads} threads; one is asked for"
        raise server.unmet(text, "crowd")
    server.story.tell("server", "is one process and one thread")


# Longer than that no test can wait to see whether a limit is meant for its clients.
LONGEST_LIMIT = 6.0


def expect_kept(server: Server, *clients: Client) -> None:
    """Who says nothing may stay, for as long as the server's own time limits last.

    The kernel knows for how long each of its threads will sleep at most. Where only an
    event will wake them, nothing is waited for here: nobody can be sent away by them.
    """
    until_it_sleeps(server)
    # Twice: the first may have begun before its clients came.
    longest = 2 * max(server.process.limits(), default=0.0)
    end = time.monotonic() + min(longest * 1.2, LONGEST_LIMIT)
    while time.monotonic() < end:
        time.sleep(0.05)
        expect_open(*clients)
    expect_open(*clients)


def expect_open(*clients: Client) -> None:
    """These connections are still open and have nothing to read."""
    for client in clients:
        client.expect_silence()


def expect_ending(server: Server, how: str) -> None:
    """The server's function ends, in the given way, and leaves the listener open.

    Args:
        how: returned, raised, exited or killed.
    """
    server.until(lambda: server.ending() is not None)
    ending = server.ending()
    if ending is None:
        raise server.unmet(f"goes on, but its function should have {how}", "end")
    if ending.how != how:
        raise server.unmet(f"ended otherwise: it {ENDED[ending.how]}", "gone")
    if not ending.door:
        text = "has closed the listener, or shut it down: it is not its own"
        raise server.unmet(text, "door")
    server.story.tell("server", how)


ENDED = {
    "returned": "returned",
    "raised": "raised an exception",
    "exited": "exited",
    "killed": "was killed",
}
"""What became of a server, in the words of a story."""


def expect_printed(server: Server, text: str) -> None:
    """The server has printed this, wherever in its output."""
    server.until(lambda: text in server.output)
    if text not in server.output:
        raise server.unmet(f"has printed nothing of {text}", "silent")
    server.story.tell("server", f"has printed {text}")


def expect_waiting(server: Server) -> None:
    """It waits for a client to go on; it has neither returned nor died.

    This waits in earnest, for half a second of sleep: keep such tests few.
    """
    why = server.until(lambda: server.ending() is not None)
    if why in (None, "gone"):
        raise server.unmet("has ended, and a client had not finished", "gone")
    if why != "asleep":
        raise server.unmet("never rests, and nothing more has come", "rest")
    server.story.tell("server", "waits for what comes next")


@contextmanager
def expect_one_descriptor_less(server: Server) -> Iterator[None]:
    """Inside, one connection gets its end; then its descriptor is free again.

    The end of file does not prove that: a shutdown() sends it, too.
    """
    kept = "keeps the descriptor of a connection whose end it has sent"
    with expect_fewer_descriptors(server, 1, kept):
        yield
    server.story.tell("server", "has one descriptor less open")


@contextmanager
def expect_fewer_descriptors(server: Server, count: int, kept: str) -> Iterator[None]:
    """Inside, connections get their end; then so many descriptors less are open.

    Args:
        count: of the descriptors that must be free; 0 where no more may be open.
        kept: what a server has done that keeps them.

    Raises:
        Unmet: more are open, and are not closed.
    """
    # At rest: some have one for each wait.
    until_it_sleeps(server)
    most = server.vitals().descriptors - count
    yield
    if server.until(lambda: server.vitals().descriptors <= most):
        _expect_alive(server)
        raise server.unmet(kept, "leak")


def expect_descriptors(server: Server, most: int) -> None:
    """Whoever has vanished is closed: so many descriptors are open, or fewer.

    A server that has ended has none. Ask it for something after this.

    Raises:
        Unmet: there are more.
    """
    if server.until(lambda: server.vitals().descriptors <= most):
        # What it does about the others is no part of the story.
        until_it_sleeps(server)
        raise server.unmet("keeps descriptors of clients who vanished", "leak")
    server.story.tell("server", "has closed the connections of all who vanished")


@contextmanager
def expect_same_descriptors(
    server: Server, ask: bytes, answer: bytes, slack: int = 1
) -> Iterator[None]:
    """What happens inside leaves no descriptor open.

    Args:
        ask, answer: one round trip, which proves that the loop has turned and has
            seen every goodbye.
        slack: the round trip's own connection may still be open.
    """
    server.barrier(ask, answer)
    before = server.vitals().descriptors

    def kept() -> int:
        return server.vitals().descriptors - before

    yield
    # A count, and no stretch of time: who leaks leaks one at each, and a fast machine
    # would come to the limit of descriptors before the time is over.
    left = []
    for _ in range(ROUND_TRIPS):
        server.barrier(ask, answer)
        if server.until(lambda: kept() <= slack) is None:
            server.story.tell("server", "has as few descriptors open as before")
            return
        left.append(kept())
    # It keeps those of the round trips, too; the least is the visitors'.
    text = f"keeps {_roughly(min(left))} more descriptors open than before"
    raise server.unmet(text, "leak")


def _roughly(count: int) -> str:
    return str(count) if count < 10 else f"about {round(count, -1)}"


@contextmanager
def expect_little_memory(server: Server, most: int) -> Iterator[None]:
    """However much is asked of it inside, it comes to rest with little more memory.

    Args:
        most: bytes by which it may grow, for everybody together.
    """
    before = server.vitals().memory
    yield
    why = server.until(lambda: server.vitals().memory - before > most)
    _expect_alive(server)
    if why is None:
        text = f"has taken more than {most >> 20} MB of memory"
        raise server.unmet(text, "memory")
    if why != "asleep":
        raise server.unmet("never rests, and nobody reads what it has", "rest")
    server.story.tell("server", "rests, with little more memory than before")


def expect_cut(client: Client) -> None:
    """The connection is over, by an end of file or by a reset.

    Raises:
        Unmet: it goes on, or something has come instead.
    """
    wanted = "< expected the end of the connection"
    while True:
        try:
            got = client._recv(4096)
        except BlockingIOError:
            client._wait(write=False, wanted=wanted)
            continue
        except OSError:
            got = b""
        break
    if got:
        raise client._unmet(f"{wanted}, got {got[:40]!r}", "extra")
    if client.patience.is_over(0):
        raise client._unmet(f"{wanted}: the server has ended", "gone")
    client.tell("< the end of the connection, as it should be")
