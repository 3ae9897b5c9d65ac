"""An answer to one task as a file, put where a learner would have written it.

Such a file defines a task anew. The first line of its docstring says what it is about;
below, in lines of their own, stand `task: NAME` and what else is known of it.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from buckets import course, syntax
from buckets.cells import number_of
from buckets.grading.collect import collect
from buckets.submission import Submission

LABEL = "cell 99"
"""What the cell of an answer is called: reports on it stay the same, however many cells
the solution has."""


def header(path: Path) -> dict[str, str]:
    """What a file says of itself: `title`, `task`, and its other fields."""
    text = ast.get_docstring(syntax.parse(path.read_text(encoding="utf-8"))) or ""
    title, *rest = text.splitlines() or [""]
    fields = (line.split(": ", 1) for line in rest if ": " in line)
    return {"title": title, **dict(fields)}


def cells(topic: course.Topic, answer: Path | None = None) -> list[dict[str, str]]:
    """The code cells of a topic's solution, with an answer directly before its check.

    What the solution defines after that check is still run, as in a learner's notebook:
    an answer replaces a task, and nothing else.

    Args:
        topic: whose solution it is.
        answer: a file that defines one task; None for the solution as it is.

    Raises:
        LookupError: no cell checks the task that the answer names.
    """
    notebook = course.read_notebook(topic.solution)
    solution = course.code_cells(notebook)
    if answer is None:
        return solution
    check = _check_of(notebook, header(answer).get("task", ""))
    text = answer.read_text(encoding="utf-8")
    before = [cell for cell in solution if number_of(cell["label"]) <= check]
    after = solution[len(before) :]
    return [*before, {"label": LABEL, "source": text}, *after]


def _check_of(notebook: dict[str, Any], task: str) -> int:
    """The number of the cell that checks a task."""
    for number, cell in course.numbered(notebook):
        if course.is_check(cell) and course.checked_task(course.text_of(cell)) == task:
            return number
    raise LookupError(f"no cell checks {task or 'a task without a name'}")


def submission(topic: course.Topic, answer: Path | None = None) -> Submission:
    """What is handed in with these cells."""
    return collect(cells(topic, answer), list(topic.tasks))
