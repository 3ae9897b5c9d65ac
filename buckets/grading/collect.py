"""From a notebook to a submission: its cells are run once, in a child.

A cell that raises costs only itself. A cell that hangs, exits or kills the process is
left out and the rest is run again, so that nothing else is lost.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from buckets import course
from buckets.driving.control import Said
from buckets.driving.memory import TOO_MUCH
from buckets.driving.spawn import DEFAULT_LIMITS, Child, Walls
from buckets.submission import ENDED, LEFT_OUT, Problem, Submission

CELL_SECONDS = 5.0
GRACE_SECONDS = 5.0
# Before the first cell nothing of the learner's runs: whatever takes long is ours.
FIRST_SECONDS = 30.0
MOST_LOST_CELLS = 4
MOST_PARCEL = 16 << 20
# For a whole notebook, however often it is run again. The longest of the course has 20
# code cells; who calls a server in a cell waits CELL_SECONDS for the end of that.
TOTAL_SECONDS = 120.0
MOST_CELLS = 400
MOST_TEXT = 4 << 20
MOST_PROBLEMS = 50
MOST_WORDS = 8000


@dataclass
class _Run:
    """What one run of the cells has told so far.

    Args:
        submission: where it is kept.
        deadline: when all runs must be over, as time.monotonic() has it.
    """

    submission: Submission
    deadline: float
    began: bool = False
    cell: str = ""
    done: bool = False
    why: str = ""
    lost: list[str] = field(default_factory=list)


def collect_notebook(
    path: Path, walls: Walls | None = None
) -> tuple[course.Topic, Submission]:
    """Run a notebook's cells and take its tasks.

    Raises:
        course.NotOfThisCourse: the file is no notebook of this course.
    """
    notebook = course.read_notebook(path)
    topic = course.topic_of_notebook(path, notebook)
    cells = course.code_cells(notebook)
    return topic, collect(cells, list(topic.tasks), walls)


def collect(
    cells: list[dict[str, str]], want: list[str], walls: Walls | None = None
) -> Submission:
    """Run cells in a child and take the named objects as parcels.

    Args:
        cells: label and source of each.
        want: names of the tasks.
        walls: a sandbox, or None.
    """
    deadline = time.monotonic() + TOTAL_SECONDS
    cells, lost = _bounded(cells)
    sources = {cell["label"]: cell["source"] for cell in cells}
    ended = 0
    while True:
        run = _Run(Submission(sources=sources, problems=list(lost)), deadline)
        skip = [problem.cell for problem in lost]
        _run_once(run, cells, want, skip, walls)
        if not run.done and not run.began:
            # It never came to the learner's code: that is a fault of ours.
            run.submission.fault = f"The cells could not be run: {run.why}"
        if run.done or not run.began:
            return run.submission
        if run.cell in skip or ended >= MOST_LOST_CELLS or _over(deadline):
            run.submission.problems.append(Problem(run.cell, ENDED, run.why))
            return run.submission
        ended += 1
        lost.append(Problem(run.cell, ENDED, run.why))


def _over(deadline: float) -> bool:
    return time.monotonic() > deadline


def _bounded(cells: list[dict[str, str]]) -> tuple[list[dict[str, str]], list[Problem]]:
    """As many cells as are run, and a word on the others."""
    kept: list[dict[str, str]] = []
    size = 0
    for cell in cells:
        size += len(cell["source"])
        if len(kept) == MOST_CELLS or size > MOST_TEXT:
            most = f"{MOST_CELLS} code cells and {MOST_TEXT >> 20} MB of text"
            why = f"no more than {most} of a notebook are run"
            return kept, [Problem(cell["label"], LEFT_OUT, why)]
        kept.append(cell)
    return kept, []


def _run_once(
    run: _Run,
    cells: list[dict[str, str]],
    want: list[str],
    skip: list[str],
    walls: Walls | None,
) -> None:
    header = {
        "mode": "cells",
        "cells": cells,
        "skip": skip,
        "want": want,
        "seconds": CELL_SECONDS,
        "limits": DEFAULT_LIMITS,
    }
    child = Child(walls)
    try:
        child.brief(header)
        for said in _lines(child, run.deadline):
            run.began = True
            _hear(run, said, want)
            if run.done:
                return
        run.why = _ended(child)
    except TimeoutError:
        run.why = _too_slow(run)
    finally:
        child.stop()
    if not run.began:
        run.why += f"\n{child.output.text[-1500:]}"


def _ended(child: Child) -> str:
    if child.took_too_much:
        return TOO_MUCH
    return "the process ended in the middle of it"


def _too_slow(run: _Run) -> str:
    if not run.began:
        return f"nothing was heard in {FIRST_SECONDS:g} s"
    if _over(run.deadline):
        return f"the whole notebook was still running after {TOTAL_SECONDS:g} s"
    return f"it was still running after {CELL_SECONDS:g} s"


def _lines(child: Child, deadline: float) -> Iterator[Said]:
    """What the child says; starting it may take longer than any cell."""
    yield from islice(child.lines(deadline=FIRST_SECONDS), 1)
    left = max(0.0, deadline - time.monotonic())
    yield from child.lines(deadline=CELL_SECONDS + GRACE_SECONDS, total=left)


def _hear(run: _Run, said: Said, want: list[str]) -> None:
    """Take in one line. It comes from the learner's side: anything may stand in it."""
    submission = run.submission
    if "cell" in said:
        run.cell = _words(said, "cell")
    elif "problem" in said:
        if len(submission.problems) < MOST_PROBLEMS:
            keys = ("problem", "kind", "error", "traceback")
            submission.problems.append(Problem(*(_words(said, key) for key in keys)))
    elif said.get("packed") in want:
        _take(submission, str(said["packed"]), str(said.get("parcel", "")))
    elif said.get("unpackable") in want:
        submission.unpackable[str(said["unpackable"])] = _words(said, "error")
    elif "done" in said:
        run.done = True


def _words(said: Said, key: str) -> str:
    return str(said.get(key, ""))[:MOST_WORDS]


def _take(submission: Submission, task: str, parcel: str) -> None:
    """Keep a parcel; who says that it is one when it is not has handed in nothing."""
    try:
        if len(parcel) > MOST_PARCEL:
            raise ValueError(f"it takes more than {MOST_PARCEL >> 20} MB")
        submission.parcels[task] = base64.b64decode(parcel, validate=True)
    except ValueError as error:
        submission.parcels.pop(task, None)
        submission.unpackable[task] = f"It did not come whole ({error})."
