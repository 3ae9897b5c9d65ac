"""What a learner might hand in, for the laws: solutions with one file changed.

A file in tests/mistakes or tests/alternatives defines one task anew. It is run after
the cells of the topic's solution, as if a learner had written it in one more cell.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from buckets import chance, course
from buckets.collecting import collect
from buckets.course import Topic
from buckets.grading.engine import grade
from buckets.submission import Submission
from buckets.verdict import Verdict

# Seeds of randomised tests are fixed, so that what they report can be recorded.
os.environ.setdefault(chance.SEED, "2026")

LABEL = "cell 99"  # however many cells a solution has, reports keep their text


def submission(topic: Topic, extra: Path | None = None) -> Submission:
    """The solution of a topic, with one more cell if `extra` is given."""
    cells = course.code_cells(course.read_notebook(topic.solution))
    if extra:
        cells.append({"label": LABEL, "source": extra.read_text(encoding="utf-8")})
    return collect(cells, list(topic.tasks))


def header(path: Path) -> dict[str, str]:
    """What a file says of itself: `title`, `task`, and for a mistake `diagnosis`."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    title, *rest = text.splitlines() or [""]
    fields = dict(line.split(": ", 1) for line in rest if ": " in line)
    return {"title": title, **fields}


@cache
def _hands() -> ThreadPoolExecutor:
    """Two gradings at a time: most of a grading is waiting for something."""
    return ThreadPoolExecutor(max_workers=2)


def in_advance(work: Callable[..., Any], keys: list[Any]) -> dict[Any, Future[Any]]:
    """Start to work on every key; the tests then wait for one result each."""
    return {key: _hands().submit(work, *key) for key in keys}


def verdict_on(topic: Topic, path: Path) -> Verdict:
    """Grade the one task that a file defines."""
    task = header(path)["task"]
    return grade(topic, submission(topic, path), task=task)[0]
