"""What one request costs a server: the reference loop beside others, and beside C.

    python bench/loop_cost.py [--rounds N] [--seconds S] [--only WORD] [--json FILE]

Each entrant echoes 64 bytes, one request in flight on each active connection. The
server has one CPU for itself, the client (in C) another. Entrants are measured in
shuffled order, each with a fresh server and fresh connections, and a window counts only
if other processes used less than 0.15 of a CPU meanwhile: else it is measured again,
and where that does not help, the row says so.

What is compared is the CPU time of the server for each request, from the scheduler's
own account of its whole process tree. Medians over the rounds; compare within one run,
and take differences below a fifth for nothing. Needs Linux, gcc and two CPUs.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
SIZE = 64  # bytes of a request
BACKLOG = 4096
QUIET = 0.15  # of a CPU: what other processes may use in a window
TRIES = 4  # at a quiet window
SPARE = 100  # descriptors that a server needs besides its connections
CPUS = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []

NOT_BY_SELECT = 1000
"""From so many connections on, select() cannot: it stops at descriptor 1024."""

ENTRANTS = {
    "C, epoll": "echo",
    "bare epoll": "bare_epoll",
    "uvloop, protocol": "asyncio_protocol:uvloop",
    "reference loop (07), select": "reference",
    "full loop, select": "full_loop",
    "full loop, epoll": "full_loop_epoll",
    "asyncio, BufferedProtocol": "asyncio_buffered",
    "asyncio, protocol of 64 KiB": "asyncio_protocol:64k",
    "asyncio, protocol": "asyncio_protocol",
    "asyncio, streams": "asyncio_streams",
}
BY_SELECT = {"reference", "full_loop"}
LIMIT = "C, epoll"

# Connections, and how many of them are active.
LOADS = [(100, 100), (100, 10), (900, 900), (900, 10), (10_000, 10_000), (10_000, 10)]


@dataclass(frozen=True)
class Window:
    """What was measured while a client kept a server busy.

    Args:
        requests: answered in the window, all of them right.
        seconds: how long the window was.
        cpu: seconds of CPU that the server's process tree used.
        p99: the 99th percentile of the time to an answer, in microseconds.
        others: CPUs that everything else on the machine used meanwhile.
    """

    requests: int
    seconds: float
    cpu: float
    p99: float
    others: float

    @property
    def cost(self) -> float:
        """Microseconds of the server's CPU for each request."""
        return self.cpu / self.requests * 1e6


# What the operating system says -----------------------------------------------------


def cpu_of(pids: set[int]) -> float:
    """Seconds of CPU that these processes have used, with all their threads."""
    total = 0
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            total += int(task.read_text().split()[0])
    return total / 1e9


def tree(pid: int) -> set[int]:
    """A process, its children, theirs, and so on."""
    found, new = {pid}, [pid]
    while new:
        for tasks in Path(f"/proc/{new.pop()}/task").glob("*/children"):
            fresh = set(map(int, tasks.read_text().split())) - found
            found |= fresh
            new += fresh
    return found


def busy() -> float:
    """Seconds of CPU that the whole machine has used so far, all CPUs together."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()
    user, nice, system, _idle, _waiting, interrupts, soft = map(int, fields[1:8])
    ticks = user + nice + system + interrupts + soft
    return ticks / os.sysconf("SC_CLK_TCK")


# One server, one client, one window -------------------------------------------------


def compiled(folder: Path) -> dict[str, str]:
    """The two programs in C, by name."""
    programs = {}
    for name in ("echo", "client"):
        programs[name] = str(folder / name)
        source = str(HERE / "loops" / f"{name}.c")
        subprocess.run(["gcc", "-O2", "-o", programs[name], source], check=True)
    return programs


@contextmanager
def started(argv: list[str], cpu: int, **more: object) -> Iterator[subprocess.Popen]:
    """A process on one CPU, which ends with the block."""
    process = subprocess.Popen(["taskset", "-c", str(cpu), *argv], **more)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()


def measure(
    entrant: str, load: tuple[int, int], seconds: float, programs: dict[str, str]
) -> Window:
    """One window of one entrant under one load, with a fresh server.

    Raises:
        RuntimeError: it did not serve everybody, or answered wrongly.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as listener:
        port, fd = listener.getsockname()[1], listener.fileno()
        server = [sys.executable, "-m", "bench.loops.serve", ENTRANTS[entrant], str(fd)]
        if ENTRANTS[entrant] in programs:
            server = [programs[ENTRANTS[entrant]], str(fd)]
        client = [programs["client"], *map(str, (port, *load, SIZE))]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        with (
            started(server, CPUS[0], pass_fds=[fd], cwd=HERE.parent) as serving,
            started(client, CPUS[-1], **pipes) as asking,
        ):
            return _window(serving, asking, seconds)


def _window(
    serving: subprocess.Popen, asking: subprocess.Popen, seconds: float
) -> Window:
    assert asking.stdin and asking.stdout
    if not asking.stdout.readline().startswith("served"):
        raise RuntimeError("it did not serve everybody")
    servers, both = tree(serving.pid), tree(serving.pid) | tree(asking.pid)
    before = time.monotonic(), cpu_of(servers), cpu_of(both), busy()
    asking.stdin.write(f"go {seconds}\n")
    asking.stdin.flush()
    words = asking.stdout.readline().split()
    after = time.monotonic(), cpu_of(servers), cpu_of(both), busy()
    elapsed, cpu, ours, all_of_us = (
        now - then for now, then in zip(after, before, strict=True)
    )
    if not words or words[2] != "0":
        raise RuntimeError("it answered wrongly" if words else "it stopped answering")
    others = max(0.0, all_of_us - ours) / elapsed
    return Window(int(words[0]), float(words[1]), cpu, float(words[3]), others)


def quiet_window(*what: object) -> Window:
    """As measure(), again and again until others are quiet, TRIES times at most."""
    windows = []
    for _ in range(TRIES):
        windows.append(measure(*what))  # type: ignore[arg-type]
        if windows[-1].others <= QUIET:
            return windows[-1]
    return min(windows, key=lambda window: window.others)


# All of them ------------------------------------------------------------------------


def possible(entrant: str, load: tuple[int, int]) -> bool:
    """Whether there is such a server here, and whether it can hold so many."""
    if ENTRANTS[entrant].endswith(":uvloop") and not importlib.util.find_spec("uvloop"):
        return False
    return load[0] < NOT_BY_SELECT or ENTRANTS[entrant] not in BY_SELECT


def missing() -> str:
    """Why nothing can be measured here; "" if it can."""
    for tool in ("gcc", "taskset"):
        if not shutil.which(tool):
            return f"needs {tool}"
    if len(CPUS) < 2:
        return "needs Linux and two CPUs"
    return ""


def loads() -> list[tuple[int, int]]:
    """Those for which there are descriptors enough, once all are asked for."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    # Servers and clients inherit it; the one in C would not raise it by itself.
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for connections, _ in LOADS:
        if connections + SPARE > most:
            print(f"{connections:,} connections: only {most:,} descriptors here")
    return [load for load in LOADS if load[0] + SPARE <= most]


Results = dict[tuple[int, int], dict[str, list[Window]]]


def run(rounds: int, seconds: float, only: str) -> Results:
    """Every entrant under every load, shuffled anew in each round."""
    results: Results = {}
    with tempfile.TemporaryDirectory() as folder:
        programs = compiled(Path(folder))
        for load in loads():
            row = results[load] = {}
            names = [name for name in ENTRANTS if only in name and possible(name, load)]
            for name in random.sample(names * rounds, len(names) * rounds):
                # One that fails must not cost the others their quiet hour.
                try:
                    window = quiet_window(name, load, seconds, programs)
                except RuntimeError as error:
                    print(f"{name}, {load[0]:,} connections: {error}", flush=True)
                    continue
                row.setdefault(name, []).append(window)
            tell(load, row)
    return results


def tell(load: tuple[int, int], row: dict[str, list[Window]]) -> None:
    """Print one load's table, the cheapest first."""
    print(f"\n{load[0]:,} connections, {load[1]:,} active")
    print(f"  {'':30}{'µs CPU':>8}{'x C':>7}{'requests/s':>12}{'p99 ms':>9}  others")
    costs = {name: middle(windows, "cost") for name, windows in row.items()}
    limit = costs.get(LIMIT)
    for name in sorted(row, key=lambda name: costs[name]):
        speeds = [window.requests / window.seconds for window in row[name]]
        p99 = middle(row[name], "p99") / 1000
        most = max(window.others for window in row[name])
        ratio = f"{costs[name] / limit:.2f}" if limit else ""
        print(f"  {name:30}{costs[name]:8.1f}{ratio:>7}", end="")
        print(f"{statistics.median(speeds):12,.0f}{p99:9.1f}  {most:.2f}", end="")
        print("  the machine was not quiet" if most > QUIET else "", flush=True)


def middle(windows: list[Window], what: str) -> float:
    """The median of one figure."""
    return statistics.median(getattr(window, what) for window in windows)


def main() -> None:
    """Measure, print, and keep what is asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="windows of each")
    parser.add_argument("--seconds", type=float, default=1.0, help="of each window")
    parser.add_argument("--only", default="", help="entrants with this in their names")
    parser.add_argument("--json", type=Path, help="where to write all windows")
    args = parser.parse_args()
    reason = missing()
    if reason:
        print(f"not measured: {reason}")
        return
    results = run(args.rounds, args.seconds, args.only)
    if args.json:
        plain = {
            f"{load[0]}/{load[1]}": {
                name: [asdict(window) for window in windows]
                for name, windows in row.items()
            }
            for load, row in results.items()
        }
        args.json.write_text(json.dumps(plain, indent=1))


if __name__ == "__main__":
    main()
