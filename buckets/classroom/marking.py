"""Mark one submission: the only way to a score, for one notebook or for a class.

The learner's cells run in a child, and so does every test's server; this process reads
what the outside saw. A fault of the grader's own becomes a verdict that costs nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from buckets import course, release
from buckets.grading import engine
from buckets.grading.collect import collect_script
from buckets.grading.faults import TIMES
from buckets.grading.sandbox import Sandbox
from buckets.submission import Note, Problem, Submission
from buckets.verdict import TestResult, Verdict, nothing_to_test

NOT_RUN = (
    "The cells could not be run, each time it was tried, and the course's own could. "
    "The points wait until a person has looked at it."
)


@dataclass
class Marked:
    """What came of one submission.

    Args:
        verdicts: one for each task of the topic, in teaching order.
        problems: the learner's cells that did not run well.
        notes: lines of cells that were passed over.
        late: tasks that are written only below their check cell.
        unreadable: why there was no notebook to mark; "" if there was one.
        tries: how often the cells were run: again where the grader had failed.
    """

    verdicts: list[Verdict]
    problems: list[Problem] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    unreadable: str = ""
    tries: int = 1

    @property
    def points(self) -> float:
        return sum(verdict.points for verdict in self.verdicts)

    @property
    def max_points(self) -> float:
        return sum(verdict.max_points for verdict in self.verdicts)

    @property
    def review(self) -> str:
        """Why a person should look at it; "" if nobody need."""
        if self.unreadable:
            return self.unreadable
        return next((v.look for v in self.verdicts if v.look), "")

    def told(self) -> dict[str, str]:
        """What a learner is told of each cell that did not run, or not as a whole."""
        texts: dict[str, list[str]] = {}
        for note in self.notes:
            texts.setdefault(note.cell, []).append(note.sentence)
        for problem in self.problems:
            text = problem.traceback or f"{problem.kind}: {problem.error}"
            texts.setdefault(problem.cell, []).append(text)
        return {cell: "\n".join(lines) for cell, lines in texts.items()}

    @property
    def first_failure(self) -> tuple[Verdict, TestResult | None] | None:
        """The first task that is not whole, and its first failed test if one ran."""
        for verdict in self.verdicts:
            if verdict.note or verdict.first_failure:
                return verdict, verdict.first_failure
        return None

    def of(self, task: str | None) -> Verdict | None:
        """The verdict on a task."""
        return next((v for v in self.verdicts if v.task == task), None)

    def lighten(self) -> None:
        """Let go of what is only good for pictures, and is the most of it by far."""
        for verdict in self.verdicts:
            for test in verdict.tests:
                test.trace = []

    def document(self) -> dict[str, Any]:
        """It as JSON."""
        return {
            "verdicts": [verdict.document() for verdict in self.verdicts],
            "problems": [asdict(problem) for problem in self.problems],
            "notes": [asdict(note) for note in self.notes],
            "late": self.late,
            "unreadable": self.unreadable,
            "tries": self.tries,
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Marked:
        """What document() wrote."""
        return cls(
            [Verdict.from_document(verdict) for verdict in document["verdicts"]],
            [Problem(**problem) for problem in document["problems"]],
            [Note(**note) for note in document["notes"]],
            document["late"],
            document["unreadable"],
            document["tries"],
        )


def mark(
    topic: course.Topic,
    notebook: dict[str, Any],
    *,
    sandboxed: bool = True,
    company: Path | None = None,
    task: str | None = None,
) -> Marked:
    """Run a notebook's cells, and the tests on what they define.

    Args:
        topic: what it answers.
        notebook: from handed_in.read(), rebuilt.
        sandboxed: keep the learner's side in a sandbox. Only ever False where an
            instructor said so.
        company: a folder of the class, where others are marked beside it.
        task: test this one alone; all tasks of the topic by default.

    Returns:
        The result. Never raises for anything that either side does.
    """
    why = notebook["metadata"].get("buckets", {}).get("unreadable", "")
    if why:
        return unreadable(topic, why)
    script = course.script(topic, notebook, release.of(topic).opening)
    submission, tries = _collected(topic, script, sandboxed)
    if submission.fault and _runs_otherwise(topic, sandboxed):
        return unreadable(topic, f"{NOT_RUN} ({submission.fault})")
    verdicts = engine.grade(
        topic, submission, task=task, sandbox=sandboxed, company=company
    )
    return Marked(
        verdicts,
        submission.problems,
        submission.notes,
        submission.late,
        tries=tries,
    )


def _collected(
    topic: course.Topic, script: course.Script, sandboxed: bool
) -> tuple[Submission, int]:
    """What the cells define; a fault of the grader is tried again, twice."""
    submission, tries = Submission(), 0
    while tries < 1 + TIMES:
        tries += 1
        try:
            walls = Sandbox() if sandboxed else None
            submission = collect_script(script, topic, walls)
        except Exception as error:
            submission = Submission(fault=f"{type(error).__name__}: {error}")
        if not submission.fault:
            break
    return submission, tries


def _runs_otherwise(topic: course.Topic, sandboxed: bool) -> bool:
    """Whether the course's own solution can be run in this moment."""
    try:
        solution = course.read_notebook(topic.solution)
    except course.NotOfThisCourse:
        return False
    script = course.script(topic, solution, release.of(topic).opening)
    return not _collected(topic, script, sandboxed)[0].fault


NOT_READ = "The notebook could not be read, so there was nothing to test."


def unreadable(topic: course.Topic, why: str) -> Marked:
    """The result where no notebook could be read: no points, and a person looks."""
    # Why, and what helps, is told once and not below each check.
    nothing = [nothing_to_test(*task, NOT_READ) for task in topic.tasks.items()]
    return Marked(nothing, unreadable=why)
