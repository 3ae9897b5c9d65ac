"""From a notebook to a submission: its cells are run once, in a child.

Each task is taken as it stands where its check cell stands, as in Jupyter. A cell that
raises costs only itself. A cell that hangs, exits or kills the process is left out and
the rest is run again, so that nothing else is lost.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from buckets import course, release, syntax
from buckets.driving.spawn import DEFAULT_LIMITS, Child, Walls
from buckets.submission import ENDED, Cells, Note, Problem, Submission

CELL_SECONDS = 5.0
GRACE_SECONDS = 5.0
# Before the first cell nothing of the learner's runs: whatever takes long is ours.
FIRST_SECONDS = 30.0
MOST_LOST_CELLS = 4
MOST_PARCEL = 16 << 20
MOST_NOTES = 100


@dataclass
class _Run:
    """What one run of the cells has told so far."""

    submission: Submission
    asks: dict[str, int]
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
    opening = release.of(topic).opening
    script = course.script(topic, notebook, opening)
    return topic, collect_script(script, topic, walls)


def collect_script(
    script: course.Script,
    topic: course.Topic,
    walls: Walls | None = None,
    folder: str = "",
) -> Submission:
    """Run the cells of a notebook and take a topic's tasks.

    Args:
        script: the notebook's cells, and where the tasks are checked.
        topic: what it answers.
        walls: a sandbox, or None.
        folder: where the notebook lies, if its cells may see that.
    """
    found = collect(
        script.cells, list(topic.tasks), walls, above=script.above, folder=folder
    )
    found.problems = [
        _named(one, found.sources.get(one.cell, ""), script.python)
        for one in found.problems
    ]
    return found


def _named(problem: Problem, source: str, written_with: str) -> Problem:
    """The same problem; syntax that is newer than the grader's is named as that."""
    if problem.kind not in ("SyntaxError", "IndentationError"):
        return problem
    why = syntax.newer(source, problem.error, written_with)
    return replace(problem, error=f"{why} ({problem.error})") if why else problem


def collect(
    cells: list[dict[str, str]],
    want: list[str],
    walls: Walls | None = None,
    *,
    above: Mapping[str, int] | None = None,
    folder: str = "",
) -> Submission:
    """Run cells in a child and take the named objects.

    Args:
        cells: label and source of each.
        want: names of the tasks.
        walls: a sandbox, or None.
        above: how many of the cells stand above the check cell of a task; all of them
            where it is not named.
        folder: where the cells run; "" for where the child starts.
    """
    sources = {cell["label"]: cell["source"] for cell in cells}
    asks = {task: (above or {}).get(task, len(cells)) for task in want}
    lost: list[Problem] = []
    while True:
        skip = [problem.cell for problem in lost]
        script = Cells(cells, {}, skip, {}, CELL_SECONDS, folder)
        found = Submission(sources=sources, problems=list(lost), script=script)
        run = _Run(found, asks)
        _run_once(run, walls)
        if not run.done and not run.cell:
            # It never came to the learner's code: that is a fault of ours.
            run.submission.fault = f"The cells could not be run: {run.why}"
        if run.done or not run.cell or len(lost) >= MOST_LOST_CELLS:
            return run.submission
        lost.append(Problem(run.cell, ENDED, run.why))


def _run_once(run: _Run, walls: Walls | None) -> None:
    header = {
        **run.submission.script.told(),
        "mode": "cells",
        "asks": run.asks,
        "limits": DEFAULT_LIMITS,
    }
    child = Child(walls)
    try:
        child.brief(header)
        for said in _lines(child):
            _hear(run, said)
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


def _hear(run: _Run, said: dict[str, Any]) -> None:
    """Take in one line. It comes from the learner's side: anything may stand in it."""
    submission, want = run.submission, run.asks
    if "cell" in said:
        run.cell = str(said["cell"])
    elif "problem" in said:
        submission.problems.append(_problem(said))
        _stopped(submission, said)
    elif "passed" in said:
        _passed(submission, said)
    elif _name(said, "packed") in want:
        name = _name(said, "packed")
        text = str(said.get("parcel", ""))[:MOST_PARCEL]
        submission.parcels[name] = base64.b64decode(text)
        _late(submission, name, said)
    elif _name(said, "stays") in want:
        name = _name(said, "stays")
        submission.unpackable[name] = str(said.get("why", ""))[:500]
        _late(submission, name, said)
        late = name in submission.late
        cells = submission.script.cells
        submission.script.above[name] = len(cells) if late else want[name]
    elif "done" in said:
        run.done = True


def _name(said: dict[str, Any], key: str) -> str:
    name = said.get(key, "")
    return name if isinstance(name, str) else ""


def _problem(said: dict[str, Any]) -> Problem:
    return Problem(
        str(said["problem"]),
        str(said.get("kind", "")),
        str(said.get("error", "")),
        str(said.get("traceback", "")),
    )


def _stopped(submission: Submission, said: dict[str, Any]) -> None:
    """A statement that did not end in time is not run in another process, either."""
    at = said.get("at")
    if isinstance(at, int) and at >= 0:
        submission.script.until[str(said["problem"])] = at


def _passed(submission: Submission, said: dict[str, Any]) -> None:
    line = said.get("line")
    note = Note(
        str(said["passed"])[:100],
        line if isinstance(line, int) else 0,
        str(said.get("why", ""))[:300],
    )
    if len(submission.notes) < MOST_NOTES and note not in submission.notes:
        submission.notes.append(note)


def _late(submission: Submission, name: str, said: dict[str, Any]) -> None:
    if said.get("late"):
        submission.late.append(name)
