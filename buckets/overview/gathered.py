"""What came of everybody in one topic, out of the results that marking has kept.

Results are read one after another, and of each only what a page needs is remembered:
recordings of a class would be gigabytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from buckets import course
from buckets.classroom import handed_in
from buckets.classroom.gradebook import Books
from buckets.classroom.whole_class import Classroom, Row
from buckets.diagnosis.catalogue import get as misconception
from buckets.verdict import TestResult, Verdict

NO_NAME = "-"
"""In place of a misconception: a test failed, and no name was found for it."""
NOTHING = "0"
"""In place of a misconception: there was nothing to test."""
MOST_CHECKS = 100_000


@dataclass(frozen=True)
class Test:
    """What came of one test for one learner."""

    task: str
    id: str
    title: str
    status: str
    points: float
    max_points: float
    misconception: str = ""
    again: int = 0

    __test__ = False  # not a test class, whatever pytest thinks of its name


@dataclass(frozen=True)
class Checks:
    """How often a learner has checked a task: by their own machine's count.

    `since` counts those since the points have last risen.
    """

    checks: int
    since: int


@dataclass
class Learner:
    """One learner in one topic.

    Args:
        student: nbgrader's id.
        shown: the name that a page shows.
        score: as the gradebook says; None where nothing is recorded.
        points: by task, as the gradebook says.
        tests: all that were run or skipped, in teaching order.
        empty: why a task had nothing to test, by task.
        checks: by task, where the file tells.
        look: why a person should look at it; "" if nobody need.
        note: why the result may not be the newest; "" if it is.
        seconds, runs: how long the marking took, and how often something was run
            again, since the grader had failed.
    """

    student: str
    shown: str
    score: float | None
    points: dict[str, float]
    tests: list[Test] = field(default_factory=list)
    empty: dict[str, str] = field(default_factory=dict)
    checks: dict[str, Checks] = field(default_factory=dict)
    look: str = ""
    note: str = ""
    seconds: float = 0.0
    runs: int = 0

    @property
    def marked(self) -> bool:
        """Whether there is any result to speak of."""
        return bool(self.tests or self.empty)

    @property
    def first_failure(self) -> Test | None:
        """The first failed test, in teaching order."""
        return next((test for test in self.tests if test.status == "fail"), None)

    def stuck(self, tasks: Iterable[str]) -> tuple[str, Test | None] | None:
        """The first task that is not whole, and the test to pass next; None if all are.

        A task that had nothing to test has no such test.
        """
        for task in tasks:
            failed = [t for t in self.tests if t.task == task and t.status == "fail"]
            if failed or task in self.empty:
                return task, failed[0] if failed else None
        return None

    def beliefs(self) -> set[tuple[str, str]]:
        """Each task with each misconception that showed in it."""
        failed = (test for test in self.tests if test.status == "fail")
        found = {(test.task, test.misconception or NO_NAME) for test in failed}
        return found | {(task, NOTHING) for task in self.empty}


@dataclass
class Gathered:
    """A class in one topic.

    Args:
        topic: which.
        learners: everybody who has handed in, by id.
        missing: the names of those in the gradebook of whom there is nothing.
        examples: of each task and misconception the student and the test whose
            recording is the shortest.
    """

    topic: course.Topic
    learners: list[Learner] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    examples: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    @property
    def tasks(self) -> list[str]:
        return list(self.topic.tasks)

    @property
    def most(self) -> float:
        return sum(self.topic.tasks.values())

    @property
    def marked(self) -> list[Learner]:
        return [learner for learner in self.learners if learner.marked]

    def scores(self) -> list[float]:
        """All scores there are, the lowest first."""
        return sorted(one.score for one in self.learners if one.score is not None)

    def middle(self) -> float:
        """The score of the learner in the middle; 0 for nobody."""
        return median(self.scores() or [0.0])

    def shares(self, task: str) -> tuple[int, int, int]:
        """How many have all of a task's points, some, and none."""
        most = self.topic.tasks[task]
        earned = [one.points.get(task, 0.0) for one in self.marked]
        full = sum(points >= most for points in earned)
        none = sum(points <= 0 for points in earned)
        return full, len(earned) - full - none, none

    def counts(self) -> dict[tuple[str, str], int]:
        """For each task and misconception: how many learners it showed with."""
        found: dict[tuple[str, str], int] = {}
        for learner in self.marked:
            for key in learner.beliefs():
                found[key] = found.get(key, 0) + 1
        return found

    def stuck(self) -> list[tuple[str, Test | None, list[Learner]]]:
        """Where people are stuck, the place with the most of them first."""
        groups: dict[tuple[str, str], tuple[str, Test | None, list[Learner]]] = {}
        for learner in self.marked:
            place = learner.stuck(self.tasks)
            if place:
                task, test = place
                key = task, test.id if test else ""
                groups.setdefault(key, (task, test, []))[2].append(learner)
        return sorted(groups.values(), key=lambda group: -len(group[2]))

    def firsts(self) -> list[tuple[str, int]]:
        """The misconception of each learner's first failure, the commonest first."""
        found: dict[str, int] = {}
        for learner in self.marked:
            test = learner.first_failure
            if test:
                key = test.misconception or NO_NAME
                found[key] = found.get(key, 0) + 1
        return sorted(found.items(), key=lambda item: (-item[1], item[0]))

    def by_test(self) -> list[tuple[Test, dict[str, int]]]:
        """Each test with how many passed, failed, skipped it; in teaching order."""
        found: dict[tuple[str, str], tuple[Test, dict[str, int]]] = {}
        for learner in self.marked:
            for test in learner.tests:
                _, counts = found.setdefault((test.task, test.id), (test, {}))
                counts[test.status] = counts.get(test.status, 0) + 1
        order = {task: place for place, task in enumerate(self.tasks)}
        return sorted(found.values(), key=lambda pair: order.get(pair[0].task, 99))


def gather(books: Books, *, names: bool = True) -> Gathered:
    """Read what marking has kept of a topic, and what the gradebook says.

    Args:
        books: of the topic.
        names: show the learners' names; otherwise learner 1, learner 2.

    Raises:
        CannotGrade: the gradebook cannot be used, or does not know the topic.
    """
    room = Classroom(books, reading=True)
    found = Gathered(course.Topic(books.topic))
    called = _names(books)
    shortest: dict[tuple[str, str], int] = {}
    for row, seconds in room.standing():
        learner = _learner(row, seconds, found.tasks)
        learner.checks = _checks(books.handed_in(row.student), found.topic)
        learner.shown = called.get(row.student) or row.student
        found.learners.append(learner)
        for key, test, size in _candidates(row.marked.verdicts):
            if size < shortest.get(key, 1 << 60):
                shortest[key] = size
                found.examples[key] = row.student, test
    handed = {learner.student for learner in found.learners}
    found.missing = [called[one] or one for one in called if one not in handed]
    if not names:
        _without_names(found)
    return found


def _learner(row: Row, seconds: float, tasks: list[str]) -> Learner:
    points = {task: row.points(task) for task in tasks}
    verdicts = row.marked.verdicts
    return Learner(
        row.student,
        row.student,
        row.entry.score if row.entry else None,
        {task: earned for task, earned in points.items() if earned is not None},
        [_test(verdict, test) for verdict in verdicts for test in verdict.tests],
        {verdict.task: verdict.note for verdict in verdicts if not verdict.tests},
        look=row.look if row.entry is None or row.entry.needs_look else "",
        note=row.note,
        seconds=seconds,
        runs=row.marked.tries - 1 + sum(t.again for v in verdicts for t in v.tests),
    )


def _test(verdict: Verdict, test: TestResult) -> Test:
    known = misconception(test.diagnosis)
    return Test(
        verdict.task,
        test.id,
        " ".join(test.title.split()) or test.id,
        test.status,
        test.points,
        test.max_points,
        known.id if known else "",
        test.again,
    )


def _candidates(
    verdicts: list[Verdict],
) -> Iterator[tuple[tuple[str, str], str, int]]:
    """Each task and misconception, a failed test that shows it, and how long it ran."""
    for verdict in verdicts:
        for test in verdict.tests:
            if test.status == "fail" and test.trace:
                known = misconception(test.diagnosis)
                key = verdict.task, known.id if known else NO_NAME
                yield key, test.id, len(test.trace)


def _names(books: Books) -> dict[str, str]:
    """Everybody in the gradebook, with the name that the roster gave."""
    with books.gradebook() as gradebook:
        return {
            student.id: " ".join(filter(None, (student.first_name, student.last_name)))
            for student in gradebook.students
        }


def _without_names(found: Gathered) -> None:
    """Numbers in place of names, in an order that tells nothing."""
    found.learners.sort(key=lambda one: hashlib.sha256(one.student.encode()).digest())
    for number, learner in enumerate(found.learners, 1):
        learner.student = learner.shown = f"learner {number}"
    found.missing = [f"somebody {n}" for n, _ in enumerate(found.missing, 1)]


def _checks(folder: Path, topic: course.Topic) -> dict[str, Checks]:
    """What `buckets submit` wrote into the file. It is the learner's own word."""
    path = folder / f"{topic.name}.ipynb"
    counted: dict[str, Checks] = {}
    with suppress(
        *(OSError, ValueError, TypeError, LookupError, AttributeError),
        *(RecursionError, OverflowError, MemoryError),
    ):
        told = handed_in.own_word(path)["checks"]
        for task in topic.tasks:
            if task in told:
                counted[task] = _counted(told[task])
    return counted


def _counted(told: Any) -> Checks:
    words = ("checks", "since")
    checks, since = (min(MOST_CHECKS, max(0, int(told[word]))) for word in words)
    return Checks(checks, min(checks, since))
