"""A dbm that is looked at, a clock that is moved, and a process that is ended.

The other end is buckets.driving.topics.database. What a learner's store is given for a
database lives in memory: it behaves as a dbm does, knows how often it was asked to
sync, and can forget all that came after the last time. A server's database can also be
held in the middle of a sync, by the first client, who is the desk.
"""

from __future__ import annotations

import math
import os
import signal
import socket
import sys
import tempfile
import time
from collections import namedtuple
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from buckets.child.recorder import waits
from buckets.child.stage import learners_traceback

START = 1_000_000_000.0
"""Of the clock, in seconds of the calendar. What a clerk calls 50 is 50 after that."""

MOMENT = 0.001
"""Seconds."""

Request = namedtuple("Request", "words block quiet")

BLOCKS = {b"set", b"add", b"replace", b"append", b"prepend", b"cas"}

# The kernel's own: by now the one in the module select is the recorder's.
_select = waits._select


class Clock:
    """A function that says what time it is; it moves when it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


class Shelf:
    """A dbm in memory: bytes to bytes, and what was there at the last sync()."""

    def __init__(self) -> None:
        self.records: dict[bytes, bytes] = {}
        self.safe: dict[bytes, bytes] = {}
        self.syncs = 0

    def __getitem__(self, key: Any) -> bytes:
        return self.records[_in_bytes(key)]

    def __setitem__(self, key: Any, record: Any) -> None:
        self.records[_in_bytes(key)] = _in_bytes(record)

    def __delitem__(self, key: Any) -> None:
        del self.records[_in_bytes(key)]

    def __contains__(self, key: Any) -> bool:
        return _in_bytes(key) in self.records

    def __iter__(self) -> Iterator[bytes]:
        return iter(list(self.records))

    def __len__(self) -> int:
        return len(self.records)

    def get(self, key: Any, default: Any = None) -> Any:
        """The record of a key, or something else."""
        return self.records.get(_in_bytes(key), default)

    def setdefault(self, key: Any, record: Any = b"") -> bytes:
        """The record of a key, which is made if there is none."""
        return self.records.setdefault(_in_bytes(key), _in_bytes(record))

    def pop(self, key: Any, *default: Any) -> Any:
        """Take a record out."""
        return self.records.pop(_in_bytes(key), *default)

    def keys(self) -> list[bytes]:
        """As dbm.dumb has it: a list."""
        return list(self.records)

    def values(self) -> list[bytes]:
        """All records."""
        return list(self.records.values())

    def items(self) -> list[tuple[bytes, bytes]]:
        """All keys with their records."""
        return list(self.records.items())

    def count(self) -> int:
        """How many records there are under keys that a client might have."""
        return sum(b" " not in key for key in self.records)

    def sync(self) -> None:
        """What is there now will be there after a crash."""
        self.syncs += 1
        self.safe = dict(self.records)

    def close(self) -> None:
        """As if at its end."""
        self.sync()

    def crash(self) -> Shelf:
        """What is left of it after a crash."""
        left = Shelf()
        left.records = dict(self.safe)
        left.safe = dict(self.safe)
        left.syncs = self.syncs
        return left


def _in_bytes(value: Any) -> bytes:
    """As a dbm takes keys and records."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    raise TypeError("keys and values of a dbm must be bytes or strings")


# A store, and a clerk who calls its methods ---------------------------------


class Counter:
    """A learner's store, and what its clerk may order: the methods named do_.

    Args:
        make: makes a store from a database and a clock.
    """

    def __init__(self, make: Any):
        self.make, self.clock, self.shelf = make, Clock(), Shelf()
        self.store = make(self.shelf, self.clock)
        self.seen: list[Any] = []

    def carry_out(self, line: str) -> str:
        """Do what one line says; what to answer."""
        verb, *words = line.split()
        told = getattr(self, f"do_{verb}")(*words)
        return "done" if told is None else str(told)

    def do_put(self, key: str, value: str, flags: str = "0", until: str = "") -> None:
        """Keep a value."""
        self.store.put(_coded(key), _coded(value), int(flags), _time(until))

    def do_get(self, key: str) -> str:
        """Show an item."""
        item = self.store.get(_coded(key))
        return "nothing" if item is None else self.shown(item)

    def shown(self, item: Any) -> str:
        """An item in words; cas numbers by letters, in the order of their coming."""
        try:
            value, flags, expires, cas = item
            if type(cas) is not int:
                return f"a cas number that is {cas!r}"[:100]
            if cas not in self.seen:
                self.seen.append(cas)
            letter = chr(ord("A") + self.seen.index(cas))
            until = "for ever" if expires == math.inf else f"until {expires - START:g}"
            text = quote_from_bytes(value)
            return f"{text} {flags} {until}, cas {letter}"
        except (TypeError, ValueError):
            return repr(item)[:100]

    def do_touch(self, key: str, until: str) -> str:
        """Another time."""
        return _yes(self.store.touch(_coded(key), _time(until)))

    def do_delete(self, key: str) -> str:
        """No longer."""
        return _yes(self.store.delete(_coded(key)))

    def do_flush(self, when: str) -> None:
        """All, at some time."""
        self.store.flush(_time(when))

    def do_sync(self) -> None:
        """Keep it."""
        self.store.sync()

    def do_sweep(self, count: str) -> None:
        """Look at some."""
        self.store.sweep(int(count))

    def do_move(self, seconds: str) -> None:
        """Let time pass."""
        self.clock.now += float(seconds)

    def do_crash(self) -> None:
        """A new store, on what the last sync() kept."""
        self.shelf = self.shelf.crash()
        self.store = self.make(self.shelf, self.clock)

    def do_records(self) -> str:
        """The keys of the database that a client might have."""
        keys = sorted(key for key in self.shelf if b" " not in key)
        return quote_from_bytes(b" ".join(keys), safe=" ") or "none"

    def do_more(self, _: str, count: str) -> str:
        """Whether there are more than so many of these."""
        return _yes(self.shelf.count() > int(count))

    def do_syncs(self) -> int:
        """How often the database was asked to sync."""
        return self.shelf.syncs


def _coded(text: str) -> bytes:
    return unquote_to_bytes(text)


def _time(text: str) -> float:
    return START + float(text) if text else math.inf


def _yes(value: Any) -> str:
    return {True: "yes", False: "no"}.get(value, repr(value)[:100])


def keep_store(task: Any, listener: socket.socket) -> None:
    """Let one clerk order what a store does, a line each."""
    clerk, _ = listener.accept()
    counter = Counter(task)
    with clerk, clerk.makefile("rb") as lines:
        for line in lines:
            told = counter.carry_out(line.decode())
            clerk.sendall(told.encode("utf-8", "backslashreplace") + b"\n")


# Commands, and who asks for them --------------------------------------------


def answer_requests(task: Any, listener: socket.socket) -> None:
    """Send back what a learner's commands answer, to one client after another."""
    clock = Clock()
    commands = task(Shelf(), clock)
    while True:
        client, _ = listener.accept()
        with client, client.makefile("rb") as stream:
            for line in stream:
                client.sendall(_answered(commands, clock, line, stream))


def _answered(commands: Any, clock: Clock, line: bytes, stream: Any) -> bytes:
    words = line.split()
    if words[0] == b"move":
        clock.now += float(words[1])
        return b"moved\r\n"
    if words[0] == b"sync":
        commands.store.sync()
        return b"kept\r\n"
    # The time at which something is to end, told as one that has passed is not.
    words = [b"%d" % (START + int(w[1:])) if w[:1] == b"@" else w for w in words]
    block = None
    if words[0] in BLOCKS:
        block = stream.read(int(words[4]))
        stream.readline()
    quiet = words[-1] == b"noreply"
    told = commands.answer(Request(words[:-1] if quiet else words, block, quiet))
    if isinstance(told, bytes | bytearray):
        return bytes(told)
    return b"%s\r\n" % repr(told)[:200].encode("utf-8", "backslashreplace")


# Servers --------------------------------------------------------------------


def serve_from_memory(task: Any, listener: socket.socket) -> None:
    """A server on a database that nobody looks at."""
    task(listener, Shelf(), time.time)


class DeskShelf(Shelf):
    """A database whose every sync() is told to the desk, and may be held there.

    Args:
        desk: descriptor of the desk's connection.
    """

    def __init__(self, desk: int):
        super().__init__()
        # Past the recorder: none of this is the learner's.
        self._desk = open(desk, "r+b", buffering=0, closefd=False)
        self._orders = b""

    def sync(self) -> None:
        """Say so, and wait if the desk has said "hold"."""
        held = self._ordered(b"hold\n", wait=False)
        self._desk.write(b"sync %d\n" % self.count())
        if held:
            self._ordered(b"go\n", wait=True)
        super().sync()

    def _ordered(self, order: bytes, wait: bool) -> bool:
        while order not in self._orders:
            ready, _, _ = _select([self._desk], [], [], None if wait else 0)
            data = self._desk.read(1 << 12) if ready else b""
            if not data:
                return False
            self._orders += data
        self._orders = self._orders.replace(order, b"", 1)
        return True


def serve_at_a_desk(task: Any, listener: socket.socket) -> None:
    """A server whose database the first client watches."""
    desk, _ = listener.accept()
    task(listener, DeskShelf(desk.fileno()), time.time)


def serve_at_a_desk_in_haste(task: Any, listener: socket.socket) -> None:
    """The same, with a notebook's TICK of a moment: what is due in it is due soon."""
    getattr(task, "__globals__", {})["TICK"] = MOMENT
    serve_at_a_desk(task, listener)


# Servers with files, that are ended and begin again ----------------------------


def keep_files(task: Any, listener: socket.socket) -> None:
    """A server with a database on a disk; the first one may be ended by the desk.

    A process of its own is the first server. Whatever ends it, this process is the
    next one: what that raises is told as what any server raises.
    """
    desk, _ = listener.accept()
    orders = desk.makefile("rb", buffering=0)
    folder = orders.readline().decode().strip()
    if not folder:
        return  # whoever was at the desk is gone: the test is over
    if not os.path.isdir(folder):
        folder = tempfile.mkdtemp()  # in a sandbox, where the test's own is not seen
    path = os.path.join(folder, "pantry")
    if orders.readline() == b"first\n":
        _first(task, listener, path, desk)
    task(listener, path)


def _first(task: Any, listener: socket.socket, path: str, desk: socket.socket) -> None:
    alive, theirs = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(alive)
        desk.close()
        _be_the_first(task, listener, path)
    os.close(theirs)
    signals = {b"kill\n": signal.SIGKILL, b"term\n": signal.SIGTERM}
    both: list[Any] = [desk, alive]
    ready, _, _ = _select(both, [], [])
    asked = desk in ready
    if asked:
        os.kill(pid, signals.get(desk.recv(64), signal.SIGKILL))
    _, status = os.waitpid(pid, 0)
    os.close(alive)
    if asked:
        desk.sendall(b"%s\n" % _how(status).encode())


def _be_the_first(task: Any, listener: socket.socket, path: str) -> None:
    try:
        task(listener, path)
    except SystemExit:
        os._exit(0)
    except BaseException as error:
        # Soon the next one will say the same, and its own end is what is told.
        print(learners_traceback(error), file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def _how(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        return f"was killed by signal {-code}"
    return "came to its end" if code == 0 else "raised"
