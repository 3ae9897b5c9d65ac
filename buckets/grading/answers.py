"""An answer to one task as a file, put where a learner would have written it.

Such a file defines a task anew. The first line of its docstring says what it is about;
below, in lines of their own, stand `task: NAME` and what else is known of it.
"""

from __future__ import annotations

import ast
from pathlib import Path

from buckets import course, syntax
from buckets.grading.collect import collect_script
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


def script(topic: course.Topic, answer: Path | None = None) -> course.Script:
    """A topic's solution, with an answer directly before the check of its task.

    What the solution defines after that check is still run, as in a learner's notebook:
    an answer replaces a task, and nothing else.

    Args:
        topic: whose solution it is.
        answer: a file that defines one task; None for the solution as it is.

    Raises:
        LookupError: no cell checks the task that the answer names.
    """
    whole = course.script(topic, course.read_notebook(topic.solution))
    if answer is None:
        return whole
    task = header(answer).get("task", "")
    if task not in whole.above:
        raise LookupError(f"no cell checks {task or 'a task without a name'}")
    place = whole.above[task]
    text = answer.read_text(encoding="utf-8")
    cells = list(whole.cells)
    cells.insert(place, {"label": LABEL, "source": text})
    above = {name: n + (n >= place) for name, n in whole.above.items()}
    return course.Script(cells, above)


def cells(topic: course.Topic, answer: Path | None = None) -> list[dict[str, str]]:
    """The code cells of that script."""
    return script(topic, answer).cells


def submission(topic: course.Topic, answer: Path | None = None) -> Submission:
    """What is handed in with these cells."""
    return collect_script(script(topic, answer), topic)
