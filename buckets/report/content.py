"""What a report says, before anybody decides how it looks.

The first failure is told in full and everything else in one line each. Text and HTML
are two faces of the same `Report`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from buckets.diagnosis.catalogue import Misconception, get
from buckets.verdict import Status, TestResult, Verdict

MARKS: dict[Status, str] = {"pass": "✓", "fail": "✗", "skip": "·", "error": "!"}


@dataclass(frozen=True)
class Line:
    """A test in one line: its mark, its title, and what it earned."""

    status: Status
    title: str
    earned: str
    reason: str = ""

    @property
    def mark(self) -> str:
        return MARKS[self.status]


@dataclass(frozen=True)
class Failure:
    """The first failure, in full.

    Args:
        line: its one line.
        transcript: the story; `broken` is the index of the step that failed.
        details: expected and got, with a caret.
        doing: what the server was doing; `source` is the line at which it was.
        traceback: the learner's own.
        evidence: what speaks for the diagnosis.
        diagnosis: the misconception, if one was recognised.
        output: what the server printed.
    """

    line: Line
    transcript: list[str]
    broken: int | None
    message: str
    details: str
    doing: str
    source: str
    traceback: str
    evidence: str
    diagnosis: Misconception | None
    output: str


@dataclass(frozen=True)
class Report:
    """A verdict in words."""

    task: str
    score: str
    full: bool
    note: str
    failure: Failure | None
    lines: list[Line] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def report_of(verdict: Verdict) -> Report:
    """Put a verdict into words."""
    first = verdict.first_failure
    return Report(
        task=verdict.task,
        score=f"{number(verdict.points)} of {_points(verdict.max_points)}",
        full=verdict.full,
        note=verdict.note,
        failure=_failure(first) if first else None,
        lines=[_line(test, verdict) for test in verdict.tests if test is not first],
        faults=[f"{test.title}: {test.message}" for test in verdict.errors],
    )


def number(points: float) -> str:
    """Points as people write them: 4, or 2.5."""
    return f"{points:g}"


def _points(points: float) -> str:
    return f"{number(points)} point{'' if points == 1 else 's'}"


def _line(test: TestResult, verdict: Verdict) -> Line:
    reason = test.message if test.status == "skip" else ""
    if test.status == "pass" and test.points < test.max_points:
        reason = "a harder variant of it failed"
    return Line(test.status, test.title, _earned(test, verdict), reason)


def _earned(test: TestResult, verdict: Verdict) -> str:
    if not test.hardens:
        return f"{number(test.points)} of {number(test.max_points)}"
    titles = {other.id: other.title for other in verdict.tests}
    return "" if test.hardens in titles else "harder variant"


def _failure(test: TestResult) -> Failure:
    earned = f"{number(test.points)} of {number(test.max_points)}"
    return Failure(
        line=Line("fail", test.title, "" if test.hardens else earned),
        transcript=test.transcript,
        broken=test.broken,
        message=test.message,
        details=test.details,
        doing=test.doing,
        source=test.source,
        traceback=test.traceback,
        evidence=test.evidence,
        diagnosis=get(test.diagnosis),
        output=test.output,
    )


def where(diagnosis: Misconception) -> str:
    """Where the lesson treats a misconception."""
    lesson, _, _ = diagnosis.lesson.partition("_")
    return f"Lesson {lesson} shows this under “{diagnosis.heading}”."


FAULT = (
    "The grader itself failed here. That is no fault of yours and costs no point; "
    "please show it to your instructor."
)
