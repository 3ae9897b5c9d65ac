"""From a notebook to a submission: its cells are run once, in a child.

Each task is taken as it stands where its check cell stands, as in Jupyter. A cell that
raises costs only itself. A cell that hangs, exits or kills the process is left out and
the rest is run again, so that nothing else is lost.
"""

from __future__ import annotations

import ast
import base64
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from buckets import course, release, syntax
from buckets.driving.control import Said
from buckets.driving.memory import TOO_MUCH
from buckets.driving.spawn import DEFAULT_LIMITS, Child, Walls
from buckets.submission import ENDED, LEFT_OUT, Cells, Note, Problem, Submission

CELL_SECONDS = 5.0
# On a busy machine a cell that works may take twice its seconds.
GRACE_SECONDS = 8.0
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
MOST_NOTES = 100
MOST_WORDS = 8000


@dataclass
class _Run:
    """What one run of the cells has told so far.

    Args:
        submission: where it is kept.
        asks: how many cells stand above the check cell of each task.
        deadline: when all runs must be over, as time.monotonic() has it.
    """

    submission: Submission
    asks: dict[str, int]
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


def news(
    problems: list[Problem], script: course.Script, task: str | None
) -> list[Problem]:
    """The problems, but for cells of other tasks that are as they were released.

    Args:
        problems: of the cells of `script`, by their labels.
        task: the one that was asked for; None for all of them.
    """
    if task not in script.above:
        return problems
    end = script.above[task]
    begin = max((at for at in script.above.values() if at < end), default=0)
    sources = {cell["label"]: cell["source"] for cell in script.cells}
    own = {cell["label"] for cell in script.cells[begin:end]}
    return [
        problem
        for problem in problems
        if problem.cell in own or not _unwritten(sources.get(problem.cell, ""))
    ]


def _unwritten(source: str) -> bool:
    """Whether a cell is what is released in place of an answer, and no more."""
    with suppress(SyntaxError, ValueError):
        match syntax.parse(source).body:
            case [ast.Raise(exc=ast.Call(func=ast.Name(id="NotImplementedError")))]:
                return True
    return False


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
    deadline = time.monotonic() + TOTAL_SECONDS
    cells, lost = _bounded(cells)
    sources = {cell["label"]: cell["source"] for cell in cells}
    whole = len(cells)
    asks = {task: min((above or {}).get(task, whole), whole) for task in want}
    ended = 0
    while True:
        skip = [problem.cell for problem in lost]
        script = Cells(cells, {}, skip, {}, CELL_SECONDS, folder)
        found = Submission(sources=sources, problems=list(lost), script=script)
        run = _Run(found, asks, deadline)
        _run_once(run, walls)
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
        for said in _lines(child, run.deadline):
            run.began = True
            _hear(run, said)
            if run.done:
                return
        run.why = _ended(child)
    except TimeoutError:
        run.why = _too_slow(run)
    finally:
        child.stop()
    if not run.began:
        run.why += f"\n{child.printed()[-1500:]}"


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


def _hear(run: _Run, said: Said) -> None:
    """Take in one line. It comes from the learner's side: anything may stand in it."""
    submission, want = run.submission, run.asks
    if "cell" in said:
        run.cell = _words(said, "cell")
    elif "problem" in said:
        _stopped(submission, said)
    elif "passed" in said:
        _passed(submission, said)
    elif _words(said, "packed") in want:
        _take(submission, _words(said, "packed"), str(said.get("parcel", "")))
        _late(submission, _words(said, "packed"), said)
    elif _words(said, "stays") in want:
        name = _words(said, "stays")
        submission.unpackable[name] = _words(said, "why")[:500]
        _late(submission, name, said)
        late = name in submission.late
        whole = len(submission.script.cells)
        submission.script.above[name] = whole if late else want[name]
    elif "done" in said:
        run.done = True


def _stopped(submission: Submission, said: Said) -> None:
    if len(submission.problems) < MOST_PROBLEMS:
        keys = ("problem", "kind", "error", "traceback")
        submission.problems.append(Problem(*(_words(said, key) for key in keys)))
    at = said.get("at")
    if isinstance(at, int) and at >= 0 and len(submission.script.until) < MOST_PROBLEMS:
        # A statement that did not end in time is not run in another process, either.
        submission.script.until[_words(said, "problem")] = at


def _passed(submission: Submission, said: Said) -> None:
    line = said.get("line")
    note = Note(
        _words(said, "passed")[:100],
        line if isinstance(line, int) else 0,
        _words(said, "why")[:300],
    )
    if len(submission.notes) < MOST_NOTES and note not in submission.notes:
        submission.notes.append(note)


def _late(submission: Submission, name: str, said: Said) -> None:
    if said.get("late") and name not in submission.late:
        submission.late.append(name)


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
