"""Run the laws on a quiet, a busy, a slow and a fast machine: all must agree.

    python tools/steady.py [--only quiet busy slow fast] [words for pytest...]

By default these are the laws on mistakes and alternatives: each wrong server must get
its diagnosis and its recorded report, each right one full marks, however fast the
machine is. This takes some minutes for each of the four, so it is no part of the suite.

    quiet   nothing else runs
    busy    two burners on each CPU
    slow    a burner on each CPU, and servers of a priority that leaves them a tenth
    fast    one test at a time, before everything else (as root)
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LAWS = ["tests/course/test_law_mistakes.py"]
# The kernel gives a niceness of 10 a weight of 110, beside 1,024 for 0.
A_TENTH = 10
FIRST = -10
# It ends with us, in whatever way we end.
BURN = "import os, sys\nwhile os.getppid() == int(sys.argv[1]): pass"
LOOK = 0.01
MOST_LOOKS = 5


@dataclass(frozen=True)
class Machine:
    """What a run of the laws is put into.

    Args:
        burners: for each CPU, processes that do nothing but run.
        servers: niceness of learners' processes.
        workers: for pytest's -n.
        tests: niceness of all else.
    """

    burners: int = 0
    servers: int | None = None
    workers: str = "auto"
    tests: int = 0


MACHINES = {
    "quiet": Machine(),
    "busy": Machine(burners=2),
    "slow": Machine(burners=1, servers=A_TENTH),
    "fast": Machine(workers="0", tests=FIRST),
}


@contextmanager
def burning(count: int) -> Iterator[None]:
    """So many processes that never rest."""
    burners = [
        subprocess.Popen([sys.executable, "-c", BURN, str(os.getpid())])
        for _ in range(count)
    ]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


@contextmanager
def servers_at(niceness: int) -> Iterator[None]:
    """Give that niceness to each learner's process as soon as it is seen."""
    over, looks = threading.Event(), Counter[int]()

    def look() -> None:
        while not over.wait(LOOK):
            for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
                looks[pid] += 1
                # Not at the first look alone: it may be a fork before its exec.
                if looks[pid] < MOST_LOOKS and is_learners(pid):
                    looks[pid] = MOST_LOOKS
                    with suppress(OSError):
                        os.setpriority(os.PRIO_PROCESS, pid, niceness)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def is_learners(pid: int) -> bool:
    """Whether this is a process of buckets.child."""
    with suppress(OSError):
        return b"\0buckets.child\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def run(machine: Machine, words: list[str]) -> bool:
    """Run the laws once. True if they hold."""
    command = [sys.executable, "-m", "pytest", "-q", "--timeout=600"]
    command += ["-p", "no:cacheprovider", "-n", machine.workers, *words]
    with ExitStack() as stack:
        stack.enter_context(burning(machine.burners * (os.cpu_count() or 1)))
        if machine.servers is not None:
            stack.enter_context(servers_at(machine.servers))
        process = subprocess.Popen(command, cwd=ROOT)
        with suppress(OSError):  # only root may go first
            os.setpriority(os.PRIO_PROCESS, process.pid, machine.tests)
        return process.wait() == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="*", choices=MACHINES, default=list(MACHINES))
    chosen, words = parser.parse_known_args()
    held = {}
    for name in chosen.only:
        print(f"== {name}", flush=True)
        start = time.monotonic()
        held[name] = run(MACHINES[name], words or LAWS)
        print(f"== {name}: {time.monotonic() - start:.0f} s", flush=True)
    print(
        "  ".join(f"{name}: {'same' if ok else 'DIFFERS'}" for name, ok in held.items())
    )
    sys.exit(not all(held.values()))


if __name__ == "__main__":
    main()
