"""What well-known loops, and this one, do when it gets tight: three pressures, one run.

    python bench/pressure.py [--rounds N] [--only WORD] [--json FILE]

Each entrant is an echo server as its documentation shows it, in a process of its own.
Each meets, with a fresh server each time:

- a reader who takes nothing: it pours until nobody takes any more, 64 MiB at most, and
  a neighbour says a word meanwhile; in the end the reader takes all;
- 60 clients of a server that may have 40 descriptors: those who were answered leave,
  and then the others are looked at again;
- 1,100 clients at a time, more than select() can watch, and one who comes after them.

"served" is how many were answered in full by the end; "CPU" is what the server used in
one second in which nothing moved, in percent of a CPU. "taken" is what the server's
side has accepted of the reader, "kept" the part of it that lies in the process and not
in the kernel: what was sent, less what lies in the four queues of the two sockets.

At last it says for each row who is better than the full loop: who is alive where it is
dead, has served more, or has used less CPU by more than LEVEL. Of several rounds the
row has the fewest that were served, the most that was kept, and the middle of the rest.
On select it cannot win the last row: no select() watches a descriptor beyond 1023. It
serves 1,018 at a time, which is all that can be watched, and lives.

Needs Linux. Entrants that are not installed are named, and left out:
`pip install uvloop trio gevent curio` brings them.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import resource
import select
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bench.loop_cost import cpu_of, tree
from bench.loops.full_loop import HIGH_WATER, course

HERE = Path(__file__).resolve().parent
OURS = ("full loop, select", "full loop, epoll")
KEEPS = HIGH_WATER + course.SCOOP  # bytes: below the mark, and then one more scoop
LEVEL = 0.01  # of a CPU: what counts as the same
MOST = 64 << 20  # bytes that a reader who takes nothing pours at most
QUIET = 0.5  # seconds after which nothing is expected to move any more
AGAIN = 3.0  # and where a server may have a pause
WHILE = 1.0  # seconds for which a server is watched
PATIENCE = 30.0  # seconds for anything else
WORD = b"a word\n"

# An entrant: its module, and what must be installed for it.
ENTRANTS = {
    "full loop, select": ("full_loop", ""),
    "full loop, epoll": ("full_loop_epoll", ""),
    "asyncio, streams": ("asyncio_streams", ""),
    "asyncio, protocol": ("asyncio_protocol:plain", ""),
    "asyncio, protocol that pauses": ("asyncio_protocol", ""),
    "asyncio, BufferedProtocol": ("asyncio_buffered", ""),
    "uvloop, streams": ("asyncio_streams:uvloop", "uvloop"),
    "uvloop, protocol": ("asyncio_protocol:uvloop-plain", "uvloop"),
    "tornado": ("tornado_streams", "tornado"),
    "trio": ("trio_streams", "trio"),
    "gevent": ("gevent_streams", "gevent"),
    "curio": ("curio_streams", "curio"),
    "asyncore, select": ("asyncore_dispatcher:select", "asyncore"),
    "asyncore, poll": ("asyncore_dispatcher:poll", "asyncore"),
    "threads": ("threads", ""),
}


@dataclass(frozen=True)
class Outcome:
    """What became of one entrant under one pressure.

    Args:
        served: who was answered in full by the end.
        asked: of how many.
        cpu: of one CPU, while nothing moved; None if the server was dead by then.
        lines: that it has written.
        taken: bytes of the reader that were accepted on the server's side.
        kept: bytes of them in the server's own memory.
    """

    served: int
    asked: int
    cpu: float | None
    lines: int = 0
    taken: int = 0
    kept: int = 0


class Server:
    """One entrant in a process of its own."""

    def __init__(self, entrant: str, descriptors: int, log: Path):
        self.log = log
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.address = self.listener.getsockname()
        number = str(self.listener.fileno())
        limits = descriptors, descriptors
        with log.open("wb") as errors:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "bench.loops.serve",
                    ENTRANTS[entrant][0],
                    number,
                ],
                pass_fds=[self.listener.fileno()],
                cwd=HERE.parent,
                stdout=errors,
                stderr=errors,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limits),
            )
        # The last one to hold it: where the server dies, clients are to hear of it.
        self.listener.close()
        with self.client() as first:
            say(first)
            if answered([first], PATIENCE) != [first]:
                raise RuntimeError(f"{entrant} has not begun: {log.read_text()}")

    def client(self) -> socket.socket:
        """Somebody who has come to the door."""
        return socket.create_connection(self.address, timeout=PATIENCE)

    def crowd(self, size: int) -> list[socket.socket]:
        """So many at a time, each with a word; fewer where it dies of them."""
        guests = []
        for _ in range(size):
            with suppress(OSError):
                guests.append(self.client())
        for guest in guests:
            say(guest)
        return guests

    def lines(self) -> int:
        """How many it has written so far."""
        return self.log.read_bytes().count(b"\n")

    def use(self) -> float | None:
        """The CPU that it uses for a while."""
        if self.process.poll() is not None:
            return None
        servers, began = tree(self.process.pid), time.monotonic()
        before = cpu_of(servers)
        time.sleep(WHILE)
        if self.process.poll() is not None:
            return None
        return (cpu_of(servers) - before) / (time.monotonic() - began)


@contextmanager
def serving(entrant: str, descriptors: int = 4096) -> Iterator[Server]:
    """An entrant, for as long as the block."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(entrant, descriptors, Path(folder) / "errors")
        try:
            yield server
        finally:
            server.process.kill()
            server.process.wait()


# Clients ----------------------------------------------------------------------------


def say(sock: socket.socket) -> None:
    """A word; where nobody is there any more, that will be seen."""
    with suppress(OSError):
        sock.sendall(WORD)


def answered(guests: list[socket.socket], quiet: float) -> list[socket.socket]:
    """Who hears a word, until there is nobody left, or nobody for so long."""
    waiting = {guest.fileno(): guest for guest in guests}
    poll = select.poll()
    for number in waiting:
        poll.register(number, select.POLLIN)
    served = []
    while waiting and (flags := poll.poll(quiet * 1000)):
        for number, _ in flags:
            poll.unregister(number)
            guest = waiting.pop(number)
            with suppress(OSError):
                if guest.recv(len(WORD)) == WORD:
                    served.append(guest)
    return served


def queues(ours: int, theirs: int) -> int:
    """How many bytes the kernel holds on both sides of a connection."""
    total = 0
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        ports = {int(words[place].split(":")[1], 16) for place in (1, 2)}
        if ports == {ours, theirs}:
            total += sum(int(size, 16) for size in words[4].split(":"))
    return total


def poured(sock: socket.socket) -> int:
    """Send until nobody has taken anything for a while; how many bytes went."""
    sock.setblocking(False)
    sent, room, block = 0, select.poll(), bytes(65536)
    room.register(sock, select.POLLOUT)
    while sent < MOST and room.poll(QUIET * 1000):
        with suppress(BlockingIOError):
            sent += sock.send(block)
    return sent


def came_back(sock: socket.socket, size: int) -> bool:
    """Whether so many bytes come, before patience ends."""
    sock.settimeout(PATIENCE)
    with suppress(OSError):
        while size and (data := sock.recv(1 << 20)):
            size -= len(data)
    return not size


# Pressures --------------------------------------------------------------------------


def stalled(entrant: str) -> Outcome:
    """A reader who takes nothing, beside somebody with a word."""
    with serving(entrant) as server, server.client() as reader:
        with server.client() as neighbour:
            sent = poured(reader)
            cpu = server.use()
            held = queues(reader.getsockname()[1], server.address[1])
            say(neighbour)
            served = len(answered([neighbour], PATIENCE))
        served += came_back(reader, sent)
        return Outcome(served, 2, cpu, server.lines(), sent, sent - held)


def few(entrant: str) -> Outcome:
    """Sixty clients, and forty descriptors."""
    with serving(entrant, descriptors=40) as server:
        before = server.lines()
        guests = server.crowd(60)
        new = answered(guests, QUIET)
        cpu, served = server.use(), 0
        lines = server.lines() - before
        while new:
            served += len(new)
            for guest in new:
                guests.remove(guest)
                guest.close()
            new = answered(guests, AGAIN)
        for guest in guests:
            guest.close()
        return Outcome(served, 60, cpu, lines)


def many(entrant: str) -> Outcome:
    """1,100 clients at a time, and one who comes after them."""
    with serving(entrant) as server:
        guests = server.crowd(1100)
        served = len(answered(guests, AGAIN))
        cpu = server.use()
        for guest in guests:
            guest.close()
        with suppress(OSError), server.client() as late:
            say(late)
            served += len(answered([late], AGAIN))
        return Outcome(served, 1101, cpu, server.lines())


PRESSURES: dict[str, Callable[[str], Outcome]] = {
    "a reader who takes nothing": stalled,
    "60 clients, 40 descriptors": few,
    "1,100 clients": many,
}


# All of them ------------------------------------------------------------------------


def installed(entrant: str) -> bool:
    """Whether it can take part here."""
    module = ENTRANTS[entrant][1]
    return not module or importlib.util.find_spec(module) is not None


def whole(outcomes: list[Outcome]) -> Outcome:
    """Several rounds as one: the fewest served, and the middle of the rest."""
    dead = any(each.cpu is None for each in outcomes)
    middle = lambda what: statistics.median(getattr(o, what) for o in outcomes)  # noqa: E731
    return replace(
        min(outcomes, key=lambda each: each.served),
        cpu=None if dead else middle("cpu"),
        lines=round(middle("lines")),
        taken=round(middle("taken")),
        kept=round(max(each.kept for each in outcomes)),
    )


def is_better(other: Outcome, ours: Outcome) -> bool:
    """Whether it lives and the other does not; has served more; or has used less."""
    if other.cpu is None or ours.cpu is None:
        return ours.cpu is None and other.cpu is not None
    if other.served != ours.served:
        return other.served > ours.served
    return other.cpu < ours.cpu - LEVEL


def tell(pressure: str, row: dict[str, Outcome]) -> None:
    """Print one pressure's table, and who is better than this loop."""
    print(f"\n{pressure}")
    print(f"  {'':31}{'served':>12}{'CPU %':>8}{'lines':>9}", end="")
    print(f"{'taken MB':>10}{'kept KB':>10}" if pressure.startswith("a r") else "")
    for name, got in row.items():
        cpu = "dead" if got.cpu is None else f"{got.cpu * 100:.1f}"
        served = f"{got.served:,} of {got.asked:,}"
        print(f"  {name:31}{served:>12}{cpu:>8}{got.lines:>9,}", end="")
        if got.taken:
            more = "+" if got.taken >= MOST else " "
            print(f"{got.taken / 1e6:>9.1f}{more}{got.kept / 1000:>10,.0f}", end="")
        print()
    for name in OURS:
        if name in row:
            better = [
                other
                for other in row
                if other not in OURS and is_better(row[other], row[name])
            ]
            print(f"  better than {name}: {', '.join(better) or 'none'}")
            if row[name].taken:
                print(f"  {name} may keep {KEEPS / 1000:,.0f} KB")


def run(rounds: int, only: str) -> dict[str, dict[str, list[Outcome]]]:
    """Every entrant under every pressure, shuffled anew in each round."""
    names = [name for name in ENTRANTS if only in name]
    absent = [name for name in names if not installed(name)]
    if absent:
        print(f"not installed: {', '.join(absent)}")
    names = [name for name in names if name not in absent]
    results: dict[str, dict[str, list[Outcome]]] = {}
    for pressure, meet in PRESSURES.items():
        found = results[pressure] = {name: [] for name in names}
        for name in random.sample(names * rounds, len(names) * rounds):
            found[name].append(meet(name))
        tell(pressure, {name: whole(found[name]) for name in names})
        sys.stdout.flush()
    return results


def main() -> None:
    """Measure, print, and keep what is asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="of each")
    parser.add_argument("--only", default="", help="entrants with this in their names")
    parser.add_argument("--json", type=Path, help="where to write all outcomes")
    args = parser.parse_args()
    if sys.platform != "linux":
        print("not measured: needs Linux")
        return
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < 4096:
        print("not measured: needs 4,096 descriptors")
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    results = run(args.rounds, args.only)
    if args.json:
        plain = {
            pressure: {
                name: [asdict(outcome) for outcome in outcomes]
                for name, outcomes in row.items()
            }
            for pressure, row in results.items()
        }
        args.json.write_text(json.dumps(plain, indent=1))


if __name__ == "__main__":
    main()
