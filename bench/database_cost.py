"""What a request costs the database of exercise 10, beside a real memcached.

    python bench/database_cost.py [--rounds N] [--requests N]

The server has one CPU for itself, the client another. Each client has one request in
flight; a request is a get, or a set, of 64 bytes under one of 100 keys. What is
compared is the CPU time of the server for each request, from the scheduler's account,
as a ratio to memcached's (one thread) in the same round. Medians over the rounds. A
window in which others used more than 0.15 of a CPU is marked by `?`: do not believe it.

The stores say what a set is made of: `memory` keeps nothing on a disk, so what it costs
is the server's; `dbm.dumb, no sync` adds the writing of values, `dbm.dumb` the index
that each sync() writes anew, and `journal` is what an appended file costs in its place.
Needs Linux, two CPUs, and Debian's memcached.

What was found with 3,000 requests (get in three rounds, set in one): the ratio to
memcached's for 1, 10 and 100 clients. With one client all windows were quiet; with 10
and 100 the machine had other work in half of them.

    get  dbm.dumb              2.2   1.7   1.8
    set  memory                3.1   2.4   2.2
    set  dbm.dumb, no sync     4.9   4.6   3.9
    set  dbm.dumb             17.2   7.6   4.3
    set  journal               2.9   2.6   2.4

The aim of 3 for get is kept. On an older and slower machine it was 3.6, 2.6 and 2.7
before a get cost a tenth less. A get costs the same over every store: its value is in
the cache, so all of it is the server's. One client alone has a whole turn for each
request, with its select(), timers and the question what is to be synced; many share it.
Of a set over dbm.dumb a part is the opening of the file of values, once for each key
that has changed, and a part is the index: written once a turn, it is more than half of
all with one client, and the less the more share a turn. The journal opens nothing anew,
and costs about what memory does.
"""

from __future__ import annotations

import argparse
import os
import select
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.loop_cost import CPUS, QUIET, busy, cpu_of, tree
from bench.loops.databases import STORES

KEYS = 100
VALUE = b"x" * 64
CLIENTS = (1, 10, 100)
SERVERS = ("memcached", *STORES)
DATABASES = Path(__file__).with_name("loops") / "databases.py"


def command(server: str, listener: socket.socket) -> list[str]:
    """How a server is started that takes over, or takes the place of, a listener."""
    if server != "memcached":
        return [sys.executable, str(DATABASES), str(listener.fileno()), server]
    port = str(listener.getsockname()[1])
    listener.close()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    return ["memcached", "-l", "127.0.0.1", "-p", port, "-t", "1", *user]


@contextmanager
def started(server: str) -> Iterator[tuple[int, int]]:
    """A server on the first CPU: its pid, and its port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    port = listener.getsockname()[1]
    argv = ["taskset", "-c", str(CPUS[0]), *command(server, listener)]
    fds = [] if server == "memcached" else [listener.fileno()]
    with subprocess.Popen(argv, pass_fds=fds) as process:
        try:
            yield process.pid, port
        finally:
            process.terminate()
            listener.close()


def connected(port: int, many: int) -> list[socket.socket]:
    """So many clients; the server may still be starting."""
    found: list[socket.socket] = []
    until = time.monotonic() + 20
    while len(found) < many:
        try:
            found.append(socket.create_connection(("127.0.0.1", port)))
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
    for sock in found:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return found


def request(verb: str, number: int) -> tuple[bytes, int]:
    """The bytes of a request, and the length of its answer."""
    key = b"key-%02d" % (number % KEYS)
    if verb == "set":
        return b"set %s 0 0 %d\r\n%s\r\n" % (key, len(VALUE), VALUE), 8
    head = b"VALUE %s 0 %d\r\n" % (key, len(VALUE))
    return b"get %s\r\n" % key, len(head) + len(VALUE) + 7


def ask(clients: list[socket.socket], verb: str, requests: int) -> None:
    """Keep one request in flight for each client until so many are answered."""
    poller, left, done, sent = select.epoll(), {}, 0, 0
    by_number = {sock.fileno(): sock for sock in clients}
    for sock in clients:
        poller.register(sock, select.EPOLLIN)
        data, left[sock.fileno()] = request(verb, sent)
        sock.sendall(data)
        sent += 1
    while done < sent:
        for number, _ in poller.poll():
            left[number] -= len(by_number[number].recv(4096))
            if left[number]:
                continue
            done += 1
            if sent < requests:
                data, left[number] = request(verb, sent)
                by_number[number].sendall(data)
                sent += 1
    poller.close()


def measure(server: str, verb: str, many: int, requests: int) -> tuple[float, bool]:
    """Microseconds of CPU for a request, and whether the machine was quiet."""
    with started(server) as (pid, port):
        clients = connected(port, many)
        ask(clients, "set", KEYS + many)
        ask(clients, verb, KEYS + many)
        pids, start = tree(pid), time.monotonic()
        before, others = cpu_of(pids), busy()
        own = time.process_time()
        ask(clients, verb, requests)
        used, lasted = cpu_of(pids) - before, time.monotonic() - start
        rest = busy() - others - used - (time.process_time() - own)
        for sock in clients:
            sock.close()
    return used / requests * 1e6, rest / lasted < QUIET


def row(verb: str, many: int, rounds: int, requests: int) -> None:
    """Measure all servers in turn, and print their medians and ratios."""
    times: dict[str, list[float]] = {server: [] for server in SERVERS}
    noisy = set()
    for _ in range(rounds):
        for server in SERVERS:
            if verb == "get" and "dumb" in server and "no sync" in server:
                continue
            micros, quiet = measure(server, verb, many, requests)
            times[server].append(micros)
            noisy |= set() if quiet else {server}
    pure = statistics.median(times["memcached"])
    for server, found in times.items():
        if found:
            micros = statistics.median(found)
            mark = "?" if server in noisy else ""
            told = f"{micros:8.1f} µs {micros / pure:6.1f} x {mark}"
            print(f"{verb} {many:4} clients  {server:18}{told}", flush=True)


def main() -> int:
    """Measure every row."""
    words = argparse.ArgumentParser(description="CPU time beside memcached's")
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--requests", type=int, default=5000)
    told = words.parse_args()
    if not shutil.which("memcached") or len(CPUS) < 2:
        print("needs memcached (apt install memcached), Linux and two CPUs")
        return 0
    os.sched_setaffinity(0, {CPUS[1]})
    for verb in ("get", "set"):
        for many in CLIENTS:
            row(verb, many, told.rounds, told.requests)
    return 0


if __name__ == "__main__":
    sys.exit(main())
