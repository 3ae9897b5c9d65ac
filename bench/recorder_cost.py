"""What the recorder costs: servers with and without it, in turn, in one run.

    python bench/recorder_cost.py [ROUNDS]

Two servers run in processes of their own: one echoes 64 bytes, one request in flight;
one spins in select(). What counts is the CPU time of the server for each turn, not the
time on the wall: that depends on who else uses the machine. The fastest repetition of
each is compared, because noise only ever adds.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass

import words

from buckets.child import recorder

SERVERS = {
    "echo": """
import select

def serve(listener):
    connection, _ = listener.accept()
    while True:
        select.select([listener, connection], [], [])
        data = connection.recv(4096)
        if not data:
            return
        connection.send(data)
""",
    "spin": """
import select

def serve(listener):
    connection, _ = listener.accept()
    for _ in range({turns}):
        select.select([listener, connection], [connection], [])
""",
}
TURNS = {"echo": 3_000, "spin": 90_000}
EVENTS = {"echo": 5, "spin": 2}  # lines for each turn, if all are written


@dataclass(frozen=True)
class Cost:
    """CPU time of one turn in microseconds, and the bytes that were written."""

    turn: float
    size: int


def measure(name: str, turns: int, *, record: bool) -> Cost:
    """Run one server once, and one client against it."""
    with (
        tempfile.TemporaryFile("a+b") as trace,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        fds = (listener.fileno(), trace.fileno())
        argv = [sys.executable, __file__, "--serve", name, str(turns), *map(str, fds)]
        with subprocess.Popen(
            [*argv, str(int(record))], pass_fds=fds, stdout=subprocess.PIPE, text=True
        ) as server:
            _drive(name, turns, listener.getsockname())
            assert server.stdout
            seconds = float(server.stdout.read())
        return Cost(seconds / turns * 1e6, os.fstat(trace.fileno()).st_size)


def _drive(name: str, turns: int, address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=600) as client:
        for _ in range(turns if name == "echo" else 0):
            client.sendall(b"x" * 64)
            client.recv(4096)
        client.shutdown(socket.SHUT_WR)
        client.recv(1)


def serve(name: str, turns: int, listener_fd: int, trace_fd: int, record: int) -> None:
    """The server's process: print the CPU seconds that its loop used."""
    listener = socket.socket(fileno=listener_fd)
    if record:
        recorder.install(trace_fd, task="serve", listener_fd=listener_fd)
    names: dict[str, object] = {}
    source = SERVERS[name].format(turns=turns)
    exec(compile(source, "<cell 1>", "exec"), names)
    before = os.times()
    names["serve"](listener)  # type: ignore[operator]
    after = os.times()
    print(after.user - before.user + after.system - before.system)


def main(rounds: int) -> None:
    for name in SERVERS:
        turns = TURNS[name]
        pairs = [
            [measure(name, turns, record=record) for record in (False, True)]
            for _ in range(rounds)
        ]
        columns = zip(*pairs, strict=True)
        plain, recorded = (min(cost.turn for cost in column) for column in columns)
        print(
            f"{name:5} {plain:6.1f} us a turn, recorded {recorded:6.1f} us: "
            f"{recorded / plain:4.1f} times as much, "
            f"{(recorded - plain) / EVENTS[name]:4.1f} us for each event; "
            f"{pairs[0][1].size:,} bytes for {turns:,} turns"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2], *map(int, sys.argv[3:]))
    else:
        main(words.rounds(__doc__, usual=3))
