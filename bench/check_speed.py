"""How long a learner waits for a verdict, and what the time goes to.

    python bench/check_speed.py [ROUNDS]

Two waits: check(serve_many) in a notebook, from the call to the report, and the whole
notebook by `buckets check` in a terminal; both on the solution of exercise 05. Beside
each stand its parts, measured in the same run. All parts take turns, so that a busy
machine is busy for all. Prints medians in seconds; the CPU time next to them is what
does not depend on who else uses the machine.
"""

from __future__ import annotations

import contextlib
import io
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from buckets import course
from buckets.collecting import collect_notebook
from buckets.grading import engine
from buckets.submission import Submission

TASK = "serve_many"
AIMS = {"check(serve_many)": 2.0, "buckets check NOTEBOOK": 5.0}

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


def checking() -> Callable[[], Any]:
    """check(serve_many), as the last cell of a notebook calls it."""
    from buckets.check import check

    serve_many = _task()

    def work() -> None:
        with contextlib.redirect_stdout(io.StringIO()) as shown:
            assert check(serve_many) == course.Topic("05_select").tasks[TASK]
        assert TASK in shown.getvalue()

    return work


def _task() -> Any:
    """The solution's serve_many, defined by its notebook's cells."""
    notebook = course.read_notebook(course.Topic("05_select").solution)
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in course.code_cells(notebook):
        exec(cell["source"], names)
    return names[TASK]


def collecting() -> tuple[course.Topic, Submission]:
    """The notebook's cells, run in a child."""
    return collect_notebook(course.Topic("05_select").solution)


def no_test(submission: Submission, folder: str) -> Callable[[], Any]:
    """The process that grades, told to find the tests and to run none of them."""
    handed_in = Path(folder, "submission.json")
    submission.save(handed_in)
    run = engine._Run(course.Topic("05_select"), submission, [TASK], False, False)
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [*run._command(handed_in), "--collect-only"]
    return lambda: subprocess.run(
        command, capture_output=True, check=True, cwd=folder, env=environment
    )


def parts(folder: str) -> dict[str, Callable[[], Any]]:
    """All that is measured, by name."""
    topic, submission = collecting()
    notebook = str(topic.solution)
    return {
        "check(serve_many)": checking(),
        "buckets check NOTEBOOK": python("-m", "buckets.cli", "check", notebook),
        "interpreter": python("-c", "pass"),
        "import pytest": python("-c", "import pytest"),
        "no test": no_test(submission, folder),
        "cells": collecting,
        "command": python("-m", "buckets.cli", "check", "--help"),
        "all tasks": lambda: engine.grade(topic, submission, hidden=False),
    }


def measure(rounds: int) -> dict[str, Spent]:
    """Medians of wall and CPU seconds, the parts in turn."""
    with tempfile.TemporaryDirectory(prefix="buckets-") as folder:
        work = parts(folder)
        times: dict[str, list[Spent]] = {name: [] for name in work}
        for _ in range(rounds):
            for name, one in work.items():
                times[name].append(spent(one))
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
    check, notebook = (found[name] for name in AIMS)
    interpreter, no_test = found["interpreter"], found["no test"]
    pytest = _minus(found["import pytest"], interpreter)
    return {
        "check(serve_many)": {
            "interpreter": interpreter,
            "importing pytest": pytest,
            "plugin, finding the tests": _minus(no_test, interpreter, pytest),
            "tests, packing, report": _minus(check, no_test),
        },
        "buckets check NOTEBOOK": {
            "starting the command": found["command"],
            "running the cells": found["cells"],
            "grading all three tasks": found["all tasks"],
            "the rest": _minus(
                notebook, found["command"], found["cells"], found["all tasks"]
            ),
        },
    }


def main(rounds: int = 7) -> None:
    """Measure, and print."""
    found = measure(rounds)
    print(f"median of {rounds}, parts in turn; load {os.getloadavg()[0]:.1f}")
    for name, shared in shares(found).items():
        wall, cpu = found[name]
        print(f"{name:28} {wall:6.2f} s   (aim {AIMS[name]:g})  CPU {cpu:5.2f} s")
        for part, (wall_of_part, cpu_of_part) in shared.items():
            share = wall_of_part / wall
            print(f"  {part:26} {wall_of_part:6.2f} s  {share:4.0%}", end="")
            print(f"       CPU {cpu_of_part:5.2f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
