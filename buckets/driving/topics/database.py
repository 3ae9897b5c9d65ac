"""Test a database server: its store, its commands, its syncs, its restart.

A store is called by a clerk, who says in words what to do. A server's database may be
watched from a desk, which hears of every sync() and can hold one: so a test knows who
was told what before anything was kept. And a server with files can be ended by a
signal, so that the next one shows what is left.

    @behaviour("serve_database", points=1, driver=serve_at_a_desk)
    def test_kept_then_told(server):
        desk, anna = sit_down(server), server.connect("anna")
        desk.holds()
        anna.send(b"set a 0 0 1\\r\\nx\\r\\n")
        desk.until_sync()
        anna.expect_silence()
        desk.lets_go()
        anna.expect(b"STORED\\r\\n")
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

from buckets.behaviour import Driver
from buckets.driving.clients import Client
from buckets.driving.linear import Operation, cannot_be_ordered
from buckets.driving.server import Server
from buckets.driving.unmet import Unmet, show

MOST_LINE = 1 << 16

MANY_TURNS = 500
"""Of a server whose TICK is a thousandth of a second. Ten would do."""


keep_store = Driver("database.keep_store")
"""Driver for stores: one client orders, and hears what is returned."""


answer_requests = Driver("database.answer_requests")
"""Driver for commands: requests come, answers go."""


serve_from_memory = Driver("database.serve_from_memory")
"""Driver for servers (listener, database, clock)."""


serve_at_a_desk = Driver("database.serve_at_a_desk")
"""Driver for the same; needs a desk, which hears of every sync()."""


serve_at_a_desk_in_haste = Driver("database.serve_at_a_desk_in_haste")
"""The same, with a TICK of a moment: whatever is due at each is due at once."""


keep_files = Driver("database.keep_files")
"""Driver for servers (listener, path); needs a keeper."""


class Clerk(Client):
    """Calls a store's methods, in words, and checks what they return."""

    habit = "has a new store, on an empty database"

    def orders(self, order: str, answer: str = "done") -> Self:
        """One order, and exactly this answer."""
        return self.send(order.encode() + b"\n").expect(answer.encode() + b"\n")


def clerk(server: Server) -> Clerk:
    """The clerk of a store."""
    return server.connect("clerk", Clerk)


# Who does not leave -----------------------------------------------------------


def expect_let_go(server: Server, before: int) -> None:
    """Whose end was sent is closed in the end: no descriptor more is open than before.

    Raises:
        Unmet: there is one.
    """
    if server.until(lambda: server.vitals().descriptors <= before):
        text = "keeps the connection of a client whose end it has sent"
        raise server.unmet(text, "end")
    server.story.tell("server", "has closed the connection")


# Software that nobody here wrote ---------------------------------------------


class Stranger(Client):
    """A client that uses pymemcache, over this client's own connection."""

    habit = "connects, with pymemcache"

    def __init__(self, *args: Any, **more: Any):
        super().__init__(*args, **more)
        # Late: whoever needs no stranger need not have it.
        import pymemcache

        self._client = pymemcache.Client("a connection that is there already")
        self._client.sock = _Wire(self)

    def does(self, command: str, *args: Any, gives: Any, **more: Any) -> Self:
        """Call a method of pymemcache's client, and check what it returns.

        Raises:
            Unmet: it returned something else, or raised.
        """
        words = [repr(arg) for arg in args]
        words += [f"{name}={value!r}" for name, value in more.items()]
        call = f"{command}({', '.join(words)})"
        try:
            got = getattr(self._client, command)(*args, **more)
        except Unmet:
            raise
        except Exception as error:
            text = f"{call} raised {type(error).__name__}: {error}"
            raise self._unmet(text[:300], "wrong") from error
        if got != gives:
            raise self._unmet(f"{call}: expected {gives!r}, got {got!r}", "wrong")
        self.tell(f"{call} -> {got!r}"[:200])
        return self

    def cas_of(self, key: str) -> bytes:
        """The cas number of a key, as pymemcache hands it over."""
        _, number = self._client.gets(key)
        self.tell(f"gets({key!r}) -> a value and its cas number")
        return number or b""


class _Wire:
    """A socket for pymemcache that keeps the story, and the patience, of a client."""

    def __init__(self, client: Client):
        self.client = client

    def sendall(self, data: bytes) -> None:
        self.client._pour(data)

    def recv(self, most: int) -> bytes:
        return self.client._some(most, wanted="< expected an answer")

    def settimeout(self, _: float | None) -> None:
        """There is a deadline already."""

    def close(self) -> None:
        self.client.close()


# The desk, which hears of every sync -------------------------------------------


class Desk(Client):
    """Watches the server's database, and can hold it in the middle of a sync()."""

    habit = "watches the server's database"

    def __init__(self, *args: Any, **more: Any):
        super().__init__(*args, **more)
        self._said = b""
        self.syncs = 0
        self.records = -1

    def holds(self) -> Self:
        """The next sync() will not return before lets_go()."""
        self.tell("will hold the next sync()")
        return self._pour(b"hold\n")

    def until_sync(self) -> Self:
        """Wait until the server is in that sync().

        Raises:
            Unmet: it never comes to it.
        """
        wanted = "expected sync() to be called on the database"
        self.syncs = 0
        while not self.syncs:
            if not self._hear(self._some(1 << 12, wanted=wanted)):
                raise self._cut(wanted, "the server closed the connection", "eof")
        self.tell("sees that the server is in sync(), and holds it there")
        return self

    def lets_go(self) -> Self:
        """Let that sync() return."""
        self.tell("lets sync() return")
        return self._pour(b"go\n")

    def starts_to_count(self) -> Self:
        """From now on, syncs count."""
        self._look()
        self.syncs = 0
        return self

    def expect_syncs(self, count: int) -> Self:
        """So many sync() there have been since starts_to_count().

        What has been acknowledged was synced before, so nothing is waited for.
        """
        self._look()
        if self.syncs != count:
            text = f"expected {_times(count)} sync(), saw {_times(self.syncs)}"
            kind = "syncs" if self.syncs else "no sync"
            raise self._unmet(text, kind)
        self.tell(f"has seen {_times(count)} sync()")
        return self

    def expect_records(self, count: int, meanwhile: Client) -> Self:
        """At some sync(), no more records than that are left of what clients have put.

        Args:
            count: how many.
            meanwhile: asks for nothing of use, again and again: each answer is a turn
                of the server's, and takes some time.

        Raises:
            Unmet: after MANY_TURNS there are still more.
        """
        for _ in range(MANY_TURNS):
            self._look()
            if 0 <= self.records <= count:
                self.tell(f"sees {_times(count)} left of the records, after a while")
                return self
            meanwhile._pour(b"get none\r\n")
            meanwhile._read(5, expected=b"END\r\n")
        text = f"expected {_times(count)} left of the records, saw {self.records}"
        raise self._unmet(text, "records")

    def _look(self) -> None:
        with suppress(BlockingIOError):
            self._hear(self.sock.recv(1 << 16))

    def _hear(self, data: bytes) -> bytes:
        *lines, self._said = (self._said + data).split(b"\n")
        counts = [line.removeprefix(b"sync ") for line in lines]
        self.syncs += len(counts)
        # It comes from the learner's side: anything may stand in it.
        if counts and re.fullmatch(rb"\d{1,9}", counts[-1]):
            self.records = int(counts[-1])
        return data


def _times(count: int) -> str:
    return {0: "no", 1: "one"}.get(count, str(count))


def sit_down(server: Server) -> Desk:
    """The desk of the server's database. Before any other client."""
    return server.connect("desk", Desk)


def expect_not_told(client: Client, part: bytes) -> None:
    """This client has not heard of this yet, whatever else it has heard.

    Raises:
        Unmet: it has.
    """
    heard = b""
    with suppress(OSError):
        heard = client.sock.recv(1 << 16, socket.MSG_PEEK)
    if part in heard:
        text = f"< expected nothing of it yet, got {show(heard)}"
        raise client._unmet(text, "early answer", got=heard)
    client.tell("has not been told of it yet")


def expect_all_and_the_end(client: Client, told: bytes) -> None:
    """Exactly this comes, and then the end of file.

    Whether a reset is heard before the last byte or behind it is chance, and is told
    in the same words.

    Raises:
        Unmet: something else comes, or less.
    """
    client.due, heard = told, 0
    wanted = f"< expected {show(told)}, and then the end of the connection"
    piece = client._what_comes(1 << 16, wanted=wanted)
    while piece and not isinstance(piece, OSError):
        if piece != told[heard : heard + len(piece)]:
            text = f"{wanted}, got {show(piece)} at byte {heard}"
            raise client._unmet(text, "wrong")
        heard += len(piece)
        piece = client._what_comes(1 << 16, wanted=wanted)
    if piece or heard < len(told):
        raise client._cut(wanted, "the connection was cut off", "reset")
    client.due = b""
    client.tell(f"< {show(told)}, and the end of the connection")


# The keeper of the files ---------------------------------------------------------


class Keeper(Client):
    """Gives the server a folder, and ends it with a signal."""

    habit = "gives the server an empty folder"

    def ends_it(self, order: str) -> Self:
        """End the first server, and let the next one take its place.

        Args:
            order: term or kill.

        Raises:
            Unmet: it did not come to its end.
        """
        self.tell(f"sends SIG{order.upper()}, and the next one takes its place")
        self._pour(order.encode() + b"\n")
        said, wanted = b"", f"expected it to end by SIG{order.upper()}"
        while not said.endswith(b"\n") and len(said) < MOST_LINE:
            piece = self._some(1 << 10, wanted=wanted)
            if not piece:
                raise self._cut(wanted, "nobody answered", "eof")
            said += piece
        how = said.decode("utf-8", "replace").strip()
        due = "was killed by signal 9" if order == "kill" else "came to its end"
        if how != due:
            raise self._unmet(f"{wanted}, and {due}: it {how}", "end")
        self.tell(f"sees that it {how}")
        return self


def keeper(server: Server, *, first: bool = True) -> Keeper:
    """The keeper of a server's folder. Before any other client.

    Args:
        first: whether the server is one that will be ended.
    """
    folder = tempfile.mkdtemp(prefix="buckets-")
    # After the server has ended: it would write on.
    server.afterwards.callback(shutil.rmtree, folder, ignore_errors=True)
    found = server.connect("keeper", Keeper)
    found._pour(b"%s\n%s\n" % (folder.encode(), b"first" if first else b"only"))
    return found


def send_sigterm(server: Server) -> None:
    """SIGTERM for the server that serves now."""
    server.story.tell("keeper", "sends SIGTERM")
    with suppress(ProcessLookupError):
        os.kill(server.process.pid, signal.SIGTERM)


def rest_of_line(client: Client) -> bytes:
    """What comes up to the next end of a line, which is left out.

    Raises:
        Unmet: no end of a line comes.
    """
    line, wanted = b"", "< expected the end of a line"
    while not line.endswith(b"\r\n") and len(line) < MOST_LINE:
        piece = client._some(1, wanted=wanted)
        if not piece:
            raise client._cut(wanted, "the server closed the connection", "eof")
        line += piece
    client.tell(f"< {show(line)}")
    return line.removesuffix(b"\r\n")


def expect_lines(client: Client, head: bytes, last: bytes) -> None:
    """Lines that begin with `head`, as many as come, and then `last`.

    Raises:
        Unmet: another line comes, or none.
    """
    rest_of_line(client)
    for _ in range(MOST_LINE):
        line = rest_of_line(client)
        if not line.startswith(head):
            break
    if line != last:
        text = f"< expected {show(last)}, got {show(line)}"
        raise client._unmet(text, "wrong", expected=last, got=line)
    client.expect_no_more()


# Eight clients, one value, one order ---------------------------------------------


class Witness(Client):
    """Reads and writes one key, and remembers what it heard and when."""

    def __init__(self, *args: Any, **more: Any):
        super().__init__(*args, **more)
        self._heard = b""
        self.asked: tuple[Any, ...] | None = None
        self.called = 0

    def asks(self, does: tuple[Any, ...], moment: int) -> None:
        """Send a request, and do not wait."""
        self.asked, self.called = does, moment
        verb, *more = does
        number = b"%d" % more[0] if more else b""
        line = {
            "set": b"set k 0 0 %d\r\n%s\r\n" % (len(number), number),
            "get": b"get k\r\n",
            "incr": b"incr k %s\r\n" % number,
            "delete": b"delete k\r\n",
        }[verb]
        self._pour(line)

    def hears(self, moments: Callable[[], int]) -> Operation:
        """Wait for the answer to it.

        Raises:
            Unmet: it is none of those that may come.
        """
        assert self.asked
        verb, line = self.asked[0], self._line()
        if line.startswith(b"VALUE k 0 ") and verb == "get":
            heard: Any = _number(self._line())
            line = self._line()
        else:
            heard = _ANSWERS.get(line, _number(line))
        fits = line == b"END" if verb == "get" else heard is not None
        if not fits:
            text = f"< expected an answer to {verb}, got {show(line)}"
            raise self._unmet(text, "wrong")
        found = Operation(self.name, self.asked, self.called, moments(), heard)
        self.asked = None
        return found

    def _line(self) -> bytes:
        wanted = "< expected an answer"
        while b"\r\n" not in self._heard[:MOST_LINE]:
            piece = self._some(1 << 12, wanted=wanted)
            if not piece:
                raise self._cut(wanted, "the server closed the connection", "eof")
            self._heard += piece
        line, _, self._heard = self._heard.partition(b"\r\n")
        return line


_ANSWERS = {b"STORED": "stored", b"DELETED": "deleted", b"NOT_FOUND": "not found"}


def _number(line: bytes) -> int | None:
    return int(line) if line.isdigit() and len(line) < 20 else None


def record_history(
    clients: list[Witness], chance: random.Random, rounds: int
) -> list[Operation]:
    """Let clients ask at random, and hear the answers at random, some of them late."""
    history: list[Operation] = []
    clock = iter(range(1, 1 << 30))
    for _ in range(rounds):
        for client in clients:
            if client.asked is None and chance.random() < 0.7:
                client.asks(_something(chance), next(clock))
        waiting = [client for client in clients if client.asked]
        heard = chance.sample(waiting, chance.randint(0, len(waiting)))
        history += [client.hears(lambda: next(clock)) for client in heard]
    late = [client for client in clients if client.asked]
    return history + [client.hears(lambda: next(clock)) for client in late]


def _something(chance: random.Random) -> tuple[Any, ...]:
    verb = chance.choice(["set", "get", "get", "incr", "incr", "delete"])
    if verb in ("get", "delete"):
        return (verb,)
    return (verb, chance.randint(1, 9) if verb == "incr" else chance.randint(100, 999))


def expect_one_order(server: Server, history: list[Operation]) -> None:
    """One order of all operations explains what everybody heard.

    Raises:
        Unmet: none does. The story tells of the two that cannot be ordered.
    """
    both = cannot_be_ordered(history)
    if both:
        for operation in both:
            when = f"from moment {operation.called} to {operation.answered}"
            server.story.tell(operation.who, f"{_told(operation)}, {when}")
        text = f"was heard to say what no order explains: {both[0]}, then {both[1]}"
        raise server.unmet(text, "order")
    text = f"has answered {len(history)} requests as if one came after the other"
    server.story.tell("server", text)


def _told(operation: Operation) -> str:
    asked = " ".join(map(str, operation.does))
    return f"asked for {asked}, heard {operation.heard}"


def count_together(clients: list[Client], each: int) -> list[int]:
    """Let each of them add 1 so many times; the sums that they heard.

    First they take turns, so that each comes between two of every other's; then all
    of them send all the rest at once.

    Raises:
        Unmet: something else came than a number a line.
    """
    heard = []
    for _ in range(2):
        for client in clients:
            client.send(b"incr n 1\r\n")
            heard += _numbers(client, 1)
    for client in clients:
        client.send(b"incr n 1\r\n" * (each - 2))
    return heard + [sum_ for client in clients for sum_ in _numbers(client, each - 2)]


def expect_all_counted(server: Server, numbers: list[int]) -> None:
    """Of so many additions each has heard its own sum: 1, 2, 3 and so on.

    Raises:
        Unmet: some are lost.
    """
    if sorted(numbers) != list(range(1, len(numbers) + 1)):
        text = f"gave {len(set(numbers))} sums for {len(numbers)} additions of 1"
        raise server.unmet(text, "wrong")
    server.story.tell("server", f"gives each sum from 1 to {len(numbers)} once")


def _numbers(client: Client, count: int) -> list[int]:
    heard, wanted = b"", f"< expected {count} numbers"
    while heard.count(b"\r\n") < count:
        piece = client._some(1 << 16, wanted=wanted)
        if not piece:
            raise client._cut(wanted, "the server closed the connection", "eof")
        heard += piece
    lines = heard.split(b"\r\n")[:-1]
    wrong = [line for line in lines if not line.isdigit() or len(line) > 9]
    if wrong:
        raise client._unmet(f"{wanted}, got {show(wrong[0])}", "wrong")
    client.tell(f"< {show(heard)}" if count == 1 else f"< {count} numbers")
    return [int(line) for line in lines]
