"""How long from starting a child to the first byte it serves, with and without walls.

    python bench/start_child.py [ROUNDS]

Both kinds take turns in one run, so that a busy machine is busy for both. The child
applies its limits and answers one client over a listener that it inherits; the client
has connected before it starts. Prints medians in milliseconds, and their ratio.
"""

from __future__ import annotations

import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import words

from buckets.child.limits import Leash
from buckets.grading import sandbox
from buckets.grading.sandbox import Sandbox

CHILD = """
import socket, sys
from buckets.child import limits
limits.hold(int(sys.argv[2]))
limits.apply(limits.Limits())
connection, _ = socket.socket(fileno=int(sys.argv[1])).accept()
connection.sendall(b"x")
"""
BARE = (
    "import socket, sys; socket.socket(fileno=int(sys.argv[1])).accept()[0].send(b'x')"
)


def first_byte(start: Callable[..., Any], code: str) -> float:
    """Seconds from starting the child to the client's first byte."""
    leash = Leash()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname(), 30) as client:
            fds = [listener.fileno(), leash.fd]
            argv = [sys.executable, "-I", "-c", code, *map(str, fds)]
            begun = time.perf_counter()
            ended = start(argv, fds)
            assert client.recv(1) == b"x"
            taken = time.perf_counter() - begun
    ended()
    leash.cut()
    return taken


def plain(argv: list[str], fds: list[int]) -> Callable[[], Any]:
    """Start it as it is; returns how to wait for its end."""
    return subprocess.Popen(argv, pass_fds=fds, start_new_session=True).wait


def walled(argv: list[str], fds: list[int]) -> Callable[[], Any]:
    """The same in a sandbox."""
    inside = Sandbox().start(argv, keep_fds=fds)
    return lambda: inside.kill(time.monotonic() + 30)


def main(rounds: int) -> None:
    """Take turns, and print."""
    reason = sandbox.available()
    kinds = {"interpreter alone": (plain, BARE), "with limits": (plain, CHILD)}
    if reason is None:
        kinds["with limits, sandboxed"] = (walled, CHILD)
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(rounds):
        for kind, (start, code) in kinds.items():
            times[kind].append(first_byte(start, code))
    medians = {kind: statistics.median(times[kind]) for kind in kinds}
    print(f"start to first byte, median of {rounds}, kinds in turn")
    for kind, median in medians.items():
        ratio = median / medians["with limits"]
        worst = max(times[kind])
        print(f"  {kind:24} {median * 1e3:6.1f} ms  x{ratio:.2f}", end="")
        print(f"  (worst {worst * 1e3:.1f})")
    if reason:
        print(f"  no sandbox: {reason}")


if __name__ == "__main__":
    main(words.rounds(__doc__, usual=30))
