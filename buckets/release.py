"""An exercise as it was given: its locked cells, its imports, and what is kept back.

In a clone of the course this is read off the solution, whose given cells are the same;
in a learner's kit off a file that `buckets kit` writes, because the exercise itself is
where learners work. Answers are no part of it.
"""

from __future__ import annotations

import ast
import json
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from buckets import course, syntax

KIT_FILE = "tests/exercises/given.json"


@dataclass(frozen=True)
class Given:
    """A cell of the release that bears nbgrader's marks.

    Args:
        grade_id: nbgrader's name of it.
        cell_type: code or markdown.
        source: its text; "" where a learner writes.
        marks: nbgrader's marks: grade, solution, locked, task, points.
    """

    grade_id: str
    cell_type: str
    source: str
    marks: dict[str, Any]


@dataclass(frozen=True)
class Release:
    """What one exercise gives.

    Args:
        opening: what its first cells import.
        cells: its marked cells, in their order.
        harder: how many harder variants of its tests run when it is handed in, by task.
    """

    opening: str = ""
    cells: list[Given] = field(default_factory=list)
    harder: dict[str, int] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """It as JSON."""
        return asdict(self)


def of(topic: course.Topic) -> Release:
    """An exercise's release; an empty one where this copy of the course has none."""
    if topic.solution.exists():
        return _from_solution(topic.solution, topic.hidden_tests)
    kept = course.root() / KIT_FILE
    document = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    known = document.get(topic.name, {})
    cells = [Given(**cell) for cell in known.get("cells", [])]
    return Release(known.get("opening", ""), cells, known.get("harder", {}))


@cache
def _from_solution(path: Path, hidden: Path) -> Release:
    notebook = course.read_notebook(path)
    cells = []
    for cell in notebook["cells"]:
        marks = dict(cell["metadata"].get("nbgrader", {}))
        if marks:
            text = "" if marks.get("solution") else course.text_of(cell)
            name = marks.pop("grade_id")
            cells.append(Given(name, cell["cell_type"], text, marks))
    return Release(_opening(notebook), cells, _harder(hidden))


def _opening(notebook: dict[str, Any]) -> str:
    """The code cells at the top that do nothing but import."""
    found = []
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        text = course.text_of(cell)
        body = syntax.parse(text).body
        if not all(isinstance(node, ast.Import | ast.ImportFrom) for node in body):
            break
        found.append(text)
    return "\n".join(found)


def _harder(path: Path) -> dict[str, int]:
    """The hidden variants by task; read off their text, so that none is imported."""
    counts: dict[str, int] = {}
    if not path.exists():
        return counts
    body = syntax.parse(path.read_text(encoding="utf-8")).body
    # What @looks(...) marks, where looks = partial(behaviour, "look_in", ...).
    named = {
        target.id: task
        for node in body
        if isinstance(node, ast.Assign) and (task := _task(node.value, "partial"))
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for each in node.decorator_list:
                task = _task(each, "behaviour") or named.get(_called(each), "")
                if task:
                    counts[task] = counts.get(task, 0) + 1
    return counts


def _called(expression: ast.expr) -> str:
    match expression:
        case ast.Call(func=ast.Name(id=str(name))):
            return name
    return ""


def _task(expression: ast.expr, by: str) -> str:
    """The task that behaviour(...) or partial(behaviour, ...) names; "" for others."""
    first: list[ast.expr] = []
    match expression:
        case ast.Call(func=ast.Name(id=name), args=[*given]) if name == by:
            first = given[1:] if by == "partial" else given
    match first:
        case [ast.Constant(value=str(task)), *_]:
            return task
    return ""
