"""A run of a wrong server for each misconception, to be shown on its page.

The servers are those of tests/mistakes/: each says which diagnosis it must get. Where
this copy of the course has none of them, as in a kit, there is nothing to show.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from buckets import course
from buckets.diagnosis.catalogue import Misconception
from buckets.grading import answers
from buckets.grading.engine import until_failure
from buckets.report.moment import replay_the_moment
from buckets.submission import Submission
from buckets.verdict import TestResult


@dataclass(frozen=True)
class Shown:
    """What is shown of one failure.

    Args:
        topic, task: the exercise, and the task that the server was written for.
        title: what is wrong with it, in a sentence.
        test: title of the test that fails first.
        seen: what that test saw.
        picture: the replay in HTML; "" where nothing was recorded.
    """

    topic: str
    task: str
    title: str
    test: str
    seen: str
    picture: str


class NotShown(Exception):
    """Servers that are said to hold a belief fail a test by something else."""


def shown(one: Misconception) -> Shown | None:
    """Run a server that holds a belief, up to the failure that shows it.

    Args:
        one: an entry of the catalogue.

    Returns:
        What to show; None where no server of the course holds it, or where only the
        harder variants tell, which are no part of a book.

    Raises:
        NotShown: a server fails, and not by this.
    """
    others = []
    for path in servers_of(one):
        topic = course.Topic(path.parent.name)
        submission = answers.submission(topic, path)
        failure = _first_failure(topic, submission, answers.header(path)["task"])
        if failure and failure.diagnosis == one.id:
            picture = replay_the_moment(failure, _own(submission))
            return _shown(path, failure, picture.html if picture else "")
        if failure:
            others.append(f"{path.stem} ({failure.diagnosis})")
    if others:
        raise NotShown(f"no server shows {one.id} any more: {', '.join(others)}")
    return None


def _own(submission: Submission) -> dict[str, str]:
    """Of the code, the wrong server's own: what is around it may be an answer."""
    text = submission.sources.get(answers.LABEL, "")
    # Lines stay where they are, since the replay names them by number.
    return {answers.LABEL: re.sub(r"^(task|diagnosis): .*$", "", text, flags=re.M)}


def servers_of(one: Misconception) -> list[Path]:
    """The wrong servers that hold a belief, those of its own lesson first."""
    return sorted(
        (path for path, held in _held() if held == one.id),
        key=lambda path: (path.parent.name != one.lesson, path.stat().st_size),
    )


@cache
def _held() -> tuple[tuple[Path, str], ...]:
    """Each wrong server of the course, with the diagnosis that it must get."""
    paths = [path for topic in course.topics() for path in topic.mistakes]
    return tuple((path, answers.header(path).get("diagnosis", "")) for path in paths)


def _first_failure(
    topic: course.Topic, submission: Submission, task: str
) -> TestResult | None:
    found = until_failure(topic, submission, task, hidden=False)
    return next((one for one in found if one.status == "fail"), None)


def _shown(path: Path, failure: TestResult, picture: str) -> Shown:
    told = answers.header(path)
    title = told["title"].rstrip(".") + "."
    seen = failure.evidence or failure.message
    return Shown(path.parent.name, told["task"], title, failure.title, seen, picture)
