"""Verdicts: what came of the tests of one task, as one JSON document.

    {version, task, points, max_points,
     tests: [{id, title, status, points, max_points, diagnosis, message, ...}]}

A test's status is pass, fail, skip (it needs one that failed) or error. An error is a
fault of the grader: it costs no points and asks for a manual look. That a checker has
a word for its own failure is check50's idea. Where only one submission meets with such
a fault, each time, its points are withheld: then the test is a fail, and says so.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

VERSION = 1

Status = Literal["pass", "fail", "skip", "error"]


@dataclass
class TestResult:
    """What came of one test.

    Args:
        id: the test's name without `test_`.
        title: the behaviour, in the words of the contract.
        status: pass, fail, skip or error.
        points, max_points: earned, and to be earned.
        hardens: the visible tests whose points this hidden variant guards, parted by
            blanks; it is told with the first.
        diagnosis: id of a misconception, or None.
        question: asked in place of a diagnosis, where the evidence does not decide.
        message: what happened, in one sentence.
        details: expected and got, aligned.
        transcript: the story, a line a step; the broken one is marked in `broken`.
        doing: what the server was doing when the test failed.
        source: the learner's line at which it was.
        traceback: the learner's own, where the server died of an exception.
        evidence: one sentence on what led to the diagnosis.
        hints: the places of the hints that are worth telling; None for all.
        tried: what came of the same scene with one thing changed.
        topic: number of the topic, such as "05".
        client: whether a client was tested, and not a server.
        output: what the server printed.
        trace: the recorded run, for the replay; see docs/trace.md.
        withheld: it failed because it cannot be tested, and a person should look; see
            buckets.grading.faults.
        step: the step that it belongs to, as "2: write", where a task has steps.
        again: how many times it was run again, alone, since the grader had failed.
        by_time: it failed at what a busy machine can disturb: rest, CPU time, or a
            deadline; not at bytes, an end or a count.
        pends: it can be right, and whether it is only a hidden variant knows.
    """

    id: str
    title: str
    status: Status = "pass"
    points: float = 0
    max_points: float = 0
    hardens: str | None = None
    diagnosis: str | None = None
    question: str = ""
    message: str = ""
    details: str = ""
    transcript: list[str] = field(default_factory=list)
    broken: int | None = None
    doing: str = ""
    source: str = ""
    traceback: str = ""
    evidence: str = ""
    hints: list[int] | None = None
    tried: str = ""
    topic: str = ""
    client: bool = False
    output: str = ""
    trace: list[dict[str, Any]] = field(default_factory=list)
    withheld: bool = False
    again: int = 0
    step: str = ""
    by_time: bool = False
    pends: bool = False

    __test__ = False  # not a test class, whatever pytest thinks of its name

    @property
    def guards(self) -> list[str]:
        """Ids of the visible tests whose points it guards."""
        return (self.hardens or "").split()


@dataclass
class Verdict:
    """What came of all tests of one task, in teaching order.

    Args:
        note: why there was nothing to test.
        withheld: how many harder variants were not run here, but are when a notebook
            is handed in.
        aside: what else is to be known, such as how the task was taken.
        ahead: what a learner is told at full marks; no part of the document.
    """

    task: str
    max_points: float
    tests: list[TestResult] = field(default_factory=list)
    note: str = ""
    withheld: int = 0
    aside: str = ""
    version: int = VERSION
    ahead: list[str] = field(default_factory=list)

    @property
    def points(self) -> float:
        """Points earned: a plain number between 0 and max_points, never NaN."""
        earned = sum(self.earned(test) for test in self.tests)
        # In this order: max(0.0, nan) is 0.0, and nbgrader takes NaN for full marks.
        return float(min(max(0.0, earned), self.max_points))

    def earned(self, test: TestResult) -> float:
        """Points for one test: none where a harder variant of it failed."""
        if test.hardens or test.status in ("fail", "skip"):
            return 0.0
        guards = [other for other in self.tests if test.id in other.guards]
        if any(guard.status == "fail" for guard in guards):
            return 0.0
        return test.max_points

    @property
    def errors(self) -> list[TestResult]:
        """Tests that the grader itself could not carry out."""
        return [test for test in self.tests if test.status == "error"]

    @property
    def look(self) -> str:
        """Why a person should look at it; "" if nobody need."""
        if self.errors:
            return f"the grader failed: {self.errors[0].message}"
        withheld = [test.message for test in self.tests if test.withheld]
        return f"points are withheld: {withheld[0]}" if withheld else ""

    @property
    def first_failure(self) -> TestResult | None:
        """The failure that is shown in full."""
        failed = [test for test in self.tests if test.status == "fail"]
        return failed[0] if failed else None

    @property
    def full(self) -> bool:
        """True at full marks, with no fault of the grader in between."""
        return self.points >= self.max_points and not self.errors and not self.note

    def settle(self) -> Verdict:
        """Write each test's own points into it, once all results are in."""
        for test in self.tests:
            test.points = self.earned(test)
        return self

    def document(self) -> dict[str, Any]:
        """The JSON document."""
        return {
            "version": self.version,
            "task": self.task,
            "points": self.points,
            "max_points": self.max_points,
            "note": self.note,
            "withheld": self.withheld,
            "aside": self.aside,
            "tests": [asdict(test) for test in self.tests],
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Verdict:
        """A verdict that document() wrote; points are reckoned anew."""
        return cls(
            task=document["task"],
            max_points=document["max_points"],
            tests=[TestResult(**test) for test in document["tests"]],
            note=document.get("note", ""),
            withheld=document.get("withheld", 0),
            aside=document.get("aside", ""),
        )


def nothing_to_test(task: str, max_points: float, why: str) -> Verdict:
    """The verdict on a task that was not handed in."""
    return Verdict(task, max_points, note=why)


def all_errors(task: str, tests: list[TestResult], why: str) -> Verdict:
    """The verdict when the grader could not run at all: nobody loses a point."""
    for test in tests:
        test.status, test.message = "error", why
    return Verdict(task, sum(test.max_points for test in tests), tests).settle()
