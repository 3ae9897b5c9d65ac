"""What each promise of decision 002 costs.

    python bench/walls_cost.py [ROUNDS]

For each promise the same thing is done with it and without it, in turn. Told is the
median of the differences within a pair, in milliseconds of CPU time: the clock would
tell of the machine's load instead.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from unittest.mock import patch

import words

from buckets import course
from buckets.classroom import handed_in, harmless
from buckets.driving import memory, orphans
from buckets.driving.observe import Process
from buckets.grading import sandbox, seccomp
from buckets.grading.sandbox import Sandbox, in_private_network

Act = Callable[[], object]

ARGV = [sys.executable, "-I", "-c", "import buckets.child"]
# A server and its children, who sleep.
CROWD = (
    "import os, time\nfor _ in range({}): os.fork() or time.sleep(99)\ntime.sleep(99)"
)


def cost(act: Act) -> float:
    """Milliseconds of CPU time, of this process and of all that it starts."""
    before = _cpu()
    act()
    # The monitor of a sandbox does not wait for what is inside: that falls to us.
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return (_cpu() - before) * 1e3


def _cpu() -> float:
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(sum(resource.getrusage(who)[:2]) for who in both)


def alone() -> None:
    """A process without walls."""
    subprocess.run(ARGV, check=True)


def walled() -> None:
    """The same in a sandbox, to its end."""
    inside = Sandbox().start(ARGV)
    inside.popen.wait()
    inside.kill(time.monotonic() + 30)


def unfiltered() -> None:
    """The same without the filter of system calls."""
    with patch.object(seccomp, "as_file", lambda: None):
        walled()


def in_network() -> None:
    """A process in a network of its own, as all tests of a submission are."""
    subprocess.run(in_private_network(ARGV), check=True)


@contextmanager
def crowd(size: int) -> Iterator[tuple[int, int]]:
    """Pids of a process in a sandbox that has so many children, and of its keeper."""
    with Sandbox().start([sys.executable, "-I", "-c", CROWD.format(size)]) as inside:
        pid = inside.pid(time.monotonic() + 30)
        process = Process(pid, inside.keeper)
        while len(process.family()) < size + 1:
            time.sleep(0.05)
        yield pid, inside.keeper
        process.close()


def looks(pid: int, keeper: int | None) -> Act:
    """Twenty looks at a family, each of which asks anew."""

    def act() -> None:
        for _ in range(20):
            process = Process(pid, keeper)
            process.family()
            process.close()

    return act


def memory_looks(keeper: int) -> Act:
    """Twenty looks at the memory of all."""
    return lambda: [memory.taken(keeper, memory.CEILING) for _ in range(20)]


def longest() -> course.Topic:
    """The topic whose notebook is the longest."""
    return max(course.topics(), key=lambda topic: topic.solution.stat().st_size)


def harmless_pages() -> Act:
    """All prose of a notebook, made fit for a browser, ten times over."""
    cells = course.read_notebook(longest().solution)["cells"]
    prose = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
    return lambda: [harmless.text(text) for text in prose * 10]


def reads(bounded: bool) -> Act:
    """A notebook, read ten times: within bounds and whatever stands in it, or not."""
    path = longest().solution
    read = handed_in.read if bounded else course.read_notebook
    return lambda: [read(path) for _ in range(10)]


def tell(name: str, rounds: int, without: Act, act: Act, times: int = 1) -> None:
    """Do both in turn, and print the medians of the differences."""
    pairs = [(cost(without), cost(act)) for _ in range(rounds)]
    told = statistics.median(after - before for before, after in pairs) / times
    print(f"  {name:46} {told:7.2f} ms")


def main(rounds: int) -> None:
    """Take turns, and print."""
    why = sandbox.available()
    if why:
        sys.exit(f"There is no sandbox here: {why}")
    orphans.adopt()
    print(f"{rounds} pairs, load {os.getloadavg()[0]:.1f}")
    tell("a process: files, processes, its own network", rounds, alone, walled)
    tell("a process: the filter of system calls", rounds, unfiltered, walled)
    tell("a submission: a private network", rounds, alone, in_network)
    tell("a submission: read within bounds", rounds, reads(False), reads(True), 10)
    name = "a submission: nothing runs in a page"
    tell(name, rounds, lambda: None, harmless_pages(), 10)
    for size in (0, 30):
        with crowd(size) as (pid, keeper):
            name = f"a look at {size + 1}: orphans, too"
            tell(name, rounds, looks(pid, None), looks(pid, keeper), 20)
            name = f"a look at {size + 1}: memory of all together"
            tell(name, rounds, lambda: None, memory_looks(keeper), 20)


if __name__ == "__main__":
    main(words.rounds(__doc__, usual=20))
