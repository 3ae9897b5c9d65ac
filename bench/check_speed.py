"""How long a learner waits for a verdict, and what the time goes to.

    python bench/check_speed.py [ROUNDS]

Three waits, all on exercise 05: check(serve_many) on the solution in a real kernel,
from the call to the report; the whole notebook by `buckets check` in a terminal; and
on a wrong server, from the call to the first failure that is shown, beside the wait
for the whole of that verdict. Beside the first two stand their parts, measured in the
same run. All take turns, so that a busy machine is busy for all. Prints medians in
seconds; the CPU time next to them depends least on who else uses the machine. Where
wall time is far above CPU time plus the second that the tests spend watching a server
at rest, the machine was busy.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import words

from buckets import course
from buckets.grading import engine
from buckets.grading.collect import collect, collect_notebook
from buckets.submission import Submission
from buckets.verdict import TestResult

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests"))
from kernels import Cells, kernel  # noqa: E402

TASK = "serve_many"
TOPIC = course.Topic("05_select")
WRONG = ROOT / "tests" / "mistakes" / TOPIC.name / "one_after_the_other.py"
CHECK, NOTEBOOK = "check(serve_many)", "buckets check NOTEBOOK"
FIRST, WHOLE = "first failure", "whole verdict"
AIMS = {CHECK: 2.0, NOTEBOOK: 5.0}

Spent = tuple[float, float]


def spent(work: Callable[[], Any]) -> Spent:
    """Wall and CPU seconds of `work`, with those of all processes that it ended."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    before, begun = [resource.getrusage(one) for one in who], time.perf_counter()
    work()
    wall = time.perf_counter() - begun
    after = [resource.getrusage(one) for one in who]
    cpu = sum(
        new.ru_utime + new.ru_stime - old.ru_utime - old.ru_stime
        for old, new in zip(before, after, strict=True)
    )
    return wall, cpu


def python(*words: str) -> Callable[[], Any]:
    """A run of the interpreter, alone by itself."""
    command = [sys.executable, "-I", *words]
    return lambda: subprocess.run(command, capture_output=True, check=False)


MEASURED = """
def measured():
    import resource, time
    def cpu():
        use = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(one.ru_utime + one.ru_stime for one in use)
    before, begun = cpu(), time.perf_counter()
    points = check(serve_many)
    return points, time.perf_counter() - begun, cpu() - before
"""


def prepare(cells: Cells) -> None:
    """Run the solution's cells in the kernel, as a learner would."""
    for cell in course.code_cells(course.read_notebook(TOPIC.solution)):
        cells.run(cell["source"])
    cells.run("from buckets import check")
    cells.run(MEASURED)


def checking(cells: Cells) -> Spent:
    """One check in the kernel; it has taken its own time."""
    points, wall, cpu = cells.value("measured()")
    assert points == TOPIC.tasks[TASK]
    return wall, cpu


def first_failure(submission: Submission) -> tuple[Spent, Spent]:
    """A wrong server: the wait for the first failure, and for the whole verdict."""
    seen: list[float] = []
    begun = time.perf_counter()

    def hear(_: str, result: TestResult) -> None:
        if result.status == "fail":
            seen.append(time.perf_counter() - begun)

    whole = spent(
        lambda: engine.grade(TOPIC, submission, task=TASK, hidden=False, on_result=hear)
    )
    # CPU time is known only of processes that have ended.
    return (seen[0], float("nan")), whole


def wrong_submission() -> Submission:
    """The solution's notebook, whose last cell is a wrong server."""
    cells = course.code_cells(course.read_notebook(TOPIC.solution))
    wrong = {"label": "cell 99", "source": WRONG.read_text()}
    return collect([*cells, wrong], [TASK])


def collecting() -> tuple[course.Topic, Submission]:
    """The notebook's cells, run in a child."""
    return collect_notebook(TOPIC.solution)


def no_test(submission: Submission, folder: str) -> Callable[[], Any]:
    """The process that grades, told to find the tests and to run none of them."""
    handed_in = Path(folder, "submission.json")
    submission.save(handed_in)
    options = engine._Options(sandbox=False, hidden=False)
    run = engine._Run(TOPIC, submission, [TASK], options)
    command = [*run._command(handed_in), "--collect-only"]
    return lambda: subprocess.run(
        command, capture_output=True, check=True, cwd=folder, env=engine._environment()
    )


def parts(folder: str) -> dict[str, Callable[[], Any]]:
    """What is measured from here, by name."""
    topic, submission = collecting()
    return {
        NOTEBOOK: python("-m", "buckets", "check", str(topic.solution)),
        "interpreter": python("-c", "pass"),
        "import pytest": python("-c", "import pytest"),
        "no test": no_test(submission, folder),
        "cells": collecting,
        "command": python("-m", "buckets", "check", "--help"),
        "all tasks": lambda: engine.grade(topic, submission, hidden=False),
    }


def measure(rounds: int) -> dict[str, Spent]:
    """Medians of wall and CPU seconds, the parts in turn."""
    times: defaultdict[str, list[Spent]] = defaultdict(list)
    wrong = wrong_submission()
    with tempfile.TemporaryDirectory(prefix="buckets-") as folder:
        work = parts(folder)
        with kernel(folder) as cells:
            prepare(cells)
            for _ in range(rounds):
                times[CHECK].append(checking(cells))
                for name, one in work.items():
                    times[name].append(spent(one))
                first, whole = first_failure(wrong)
                times[FIRST].append(first)
                times[WHOLE].append(whole)
    return {name: _medians(found) for name, found in times.items()}


def _medians(found: list[Spent]) -> Spent:
    walls, cpus = zip(*found, strict=True)
    return statistics.median(walls), statistics.median(cpus)


def _minus(left: Spent, *rest: Spent) -> Spent:
    return (
        left[0] - sum(one[0] for one in rest),
        left[1] - sum(one[1] for one in rest),
    )


def shares(found: dict[str, Spent]) -> dict[str, dict[str, Spent]]:
    """The parts of each wait; together they are the whole."""
    check, notebook = found[CHECK], found[NOTEBOOK]
    interpreter, no_test = found["interpreter"], found["no test"]
    pytest = _minus(found["import pytest"], interpreter)
    return {
        CHECK: {
            "interpreter": interpreter,
            "importing pytest": pytest,
            "plugin, finding the tests": _minus(no_test, interpreter, pytest),
            "tests, packing, report": _minus(check, no_test),
        },
        NOTEBOOK: {
            "starting the command": found["command"],
            "running the cells": found["cells"],
            "grading all three tasks": found["all tasks"],
            "the rest": _minus(
                notebook, found["command"], found["cells"], found["all tasks"]
            ),
        },
    }


def main(rounds: int) -> None:
    """Measure, and print."""
    before = os.getloadavg()[0]
    found = measure(rounds)
    load = f"load {before:.1f} before, {os.getloadavg()[0]:.1f} after"
    print(f"median of {rounds}, parts in turn; {load}, {os.cpu_count()} CPUs")
    for name, shared in shares(found).items():
        wall, cpu = found[name]
        print(f"{name:28} {wall:6.2f} s   (aim {AIMS[name]:g})  CPU {cpu:5.2f} s")
        for part, (wall_of_part, cpu_of_part) in shared.items():
            share = wall_of_part / wall
            print(f"  {part:26} {wall_of_part:6.2f} s  {share:4.0%}", end="")
            print(f"       CPU {cpu_of_part:5.2f} s")
    first, whole = found[FIRST][0], found[WHOLE][0]
    print(f"a wrong server: {FIRST:12} {first:6.2f} s", end="")
    print(f"   {first / found[CHECK][0]:.0%} of a right one's check")
    print(f"                {WHOLE:12} {whole:6.2f} s   CPU {found[WHOLE][1]:5.2f} s")


if __name__ == "__main__":
    main(words.rounds(__doc__, usual=7))
