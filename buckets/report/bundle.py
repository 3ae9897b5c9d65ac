"""A verdict to be looked at by somebody else: the answer, what came of it, the run.

Nothing else is in it: no other cell, no name, no folder of the machine. It is text, so
that whoever sends it can read first what is sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from buckets import course
from buckets.submission import Submission
from buckets.verdict import Verdict

VERSION = 1


def document(
    topic: course.Topic,
    submission: Submission,
    verdict: Verdict,
    places: Iterable[Path] = (),
) -> str:
    """One task's bundle as JSON.

    Args:
        topic: the exercise.
        submission: what was graded; of its cells only the answer's goes in.
        verdict: of the task. Recorded runs go in of tests that were not passed, and of
            all of them where every test was.
        places: folders whose paths are left out, wherever a report quotes one.
    """
    told: dict[str, Any] = {
        "bundle": VERSION,
        "topic": topic.name,
        "task": verdict.task,
        "cell": answer(submission, verdict.task),
        "verdict": _with_telling_runs(verdict),
    }
    return _without(told, [str(place) for place in places])


def answer(submission: Submission, task: str) -> str:
    """The text of the cell that defines a task: the last one, which counts."""
    defining = [
        text for text in submission.sources.values() if task in course.defined_in(text)
    ]
    return defining[-1] if defining else ""


def _with_telling_runs(verdict: Verdict) -> dict[str, Any]:
    told = verdict.document()
    for test in told["tests"]:
        if test["status"] == "pass" and not verdict.full:
            test["trace"] = []
    return told


def _without(told: dict[str, Any], places: Sequence[str]) -> str:
    """JSON in which a folder is called by three dots, the longest path first."""
    text = json.dumps(told, indent=1, ensure_ascii=False)
    for place in sorted(filter(_telling, places), key=len, reverse=True):
        text = text.replace(json.dumps(place, ensure_ascii=False)[1:-1], "...")
    return text + "\n"


def _telling(place: str) -> bool:
    """Whether a path tells of a person; / does not, and stands in many texts."""
    return len(Path(place).parts) > 1
