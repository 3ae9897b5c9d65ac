"""Whose fault is a fault of the grader?

A test that cannot be carried out costs no points: that is the grader's own affair. But
a submission may bring it about, and then it would be a way to points. So the test is
run again, alone, twice. What comes of it counts. Only where the fault comes each time,
and never for the course's own solution in that moment, the points are withheld until a
person has looked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from buckets.submission import Submission
from buckets.verdict import TestResult, Verdict

TIMES = 2
# For all faults of one submission. It is hardly ever used up: a test takes a second.
SECONDS = 120.0

WITHHELD = (
    "The grader failed here each time it was tried with this answer, and not with the "
    "course's own. The points wait until a person has looked at it."
)


@dataclass
class Judge:
    """Settles the faults of one submission.

    Args:
        submission: what was handed in.
        solution: the course's own, or None where this copy of the course has none.
        alone: runs one test on a submission, in a process of its own; takes the
            submission, a task and a test.
    """

    submission: Submission
    solution: Callable[[], Submission | None]
    alone: Callable[[Submission, str, str], TestResult]
    ours: bool = False
    until: float = field(default_factory=lambda: time.monotonic() + SECONDS)

    def settle(self, verdicts: Iterable[Verdict]) -> None:
        """Write what came of it into the verdicts."""
        for verdict, place in list(_faults(verdicts)):
            result = self._tried(verdict.task, verdict.tests[place])
            verdict.tests[place] = result
            if result.status == "error" and not self._is_ours(verdict.task, result.id):
                result.status, result.withheld = "fail", True
                # What the grader said may hold lines of a test: see report/html.py.
                result.details, _, rest = result.message.partition("\n")
                result.output = "\n".join(filter(None, (rest, result.output)))
                result.message = WITHHELD
                result.evidence = WITHHELD
            verdict.settle()

    def _tried(self, task: str, result: TestResult) -> TestResult:
        for again in range(1, 1 + TIMES):
            if result.status != "error" or self._spent():
                break
            result = self.alone(self.submission, task, result.id)
            result.again = again
        return result

    def _is_ours(self, task: str, test: str) -> bool:
        """Whether the course's own answer meets with a fault there, too."""
        if self._spent():
            return self.ours
        solution = self.solution()
        if solution is None:
            return True
        found = self.alone(solution, task, test).status != "pass"
        self.ours = self.ours or found
        return found

    def _spent(self) -> bool:
        return time.monotonic() > self.until


def _faults(verdicts: Iterable[Verdict]) -> Iterator[tuple[Verdict, int]]:
    for verdict in verdicts:
        for place, test in enumerate(verdict.tests):
            if test.status == "error":
                yield verdict, place
