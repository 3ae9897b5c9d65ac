"""From a notebook to a submission: its cells are run once, in a child.

A cell that raises costs only itself. A cell that hangs, exits or kills the process is
left out and the rest is run again, so that nothing else is lost.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from buckets import course
from buckets.driving.spawn import DEFAULT_LIMITS, Child, Walls
from buckets.submission import ENDED, Problem, Submission

CELL_SECONDS = 5.0
GRACE_SECONDS = 5.0
# Before the first cell nothing of the learner's runs: whatever takes long is ours.
FIRST_SECONDS = 30.0
MOST_LOST_CELLS = 4
MOST_PARCEL = 16 << 20


@dataclass
class _Run:
    """What one run of the cells has told so far."""

    submission: Submission
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
    sources = {cell["label"]: cell["source"] for cell in cells}
    lost: list[Problem] = []
    while True:
        run = _Run(Submission(sources=sources, problems=list(lost)))
        skip = [problem.cell for problem in lost]
        _run_once(run, cells, want, skip, walls)
        if not run.done and not run.cell:
            # It never came to the learner's code: that is a fault of ours.
            run.submission.fault = f"The cells could not be run: {run.why}"
        if run.done or not run.cell or len(lost) >= MOST_LOST_CELLS:
            return run.submission
        lost.append(Problem(run.cell, ENDED, run.why))


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
        for said in _lines(child):
            _hear(run, said, want)
            if run.done:
                return
        run.why = "the process ended in the middle of it"
    except TimeoutError:
        run.why = (
            f"it was still running after {CELL_SECONDS:g} s"
            if run.cell
            else f"nothing was heard in {FIRST_SECONDS:g} s"
        )
    finally:
        child.stop()
    if not run.cell:
        run.why += f"\n{child.output.text[-1500:]}"


def _lines(child: Child) -> Iterator[dict[str, Any]]:
    """What the child says; starting it may take longer than any cell."""
    yield from islice(child.lines(deadline=FIRST_SECONDS), 1)
    yield from child.lines(deadline=CELL_SECONDS + GRACE_SECONDS)


def _hear(run: _Run, said: dict[str, Any], want: list[str]) -> None:
    """Take in one line. It comes from the learner's side: anything may stand in it."""
    submission = run.submission
    if "cell" in said:
        run.cell = str(said["cell"])
    elif "problem" in said:
        submission.problems.append(
            Problem(
                str(said["problem"]),
                str(said.get("kind", "")),
                str(said.get("error", "")),
                str(said.get("traceback", "")),
            )
        )
    elif said.get("packed") in want:
        text = str(said.get("parcel", ""))[:MOST_PARCEL]
        submission.parcels[str(said["packed"])] = base64.b64decode(text)
    elif said.get("unpackable") in want:
        submission.unpackable[str(said["unpackable"])] = str(said.get("error", ""))
    elif "done" in said:
        run.done = True
