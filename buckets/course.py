"""The course on disk: its root, its topics by number, its notebooks and tasks.

One number rules a topic: lessons/NN_slug.ipynb, solutions/NN_slug/,
exercises/NN_slug/, tests/exercises/test_NN_slug.py, tests/mistakes/NN_slug/.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from buckets import syntax
from buckets.behaviour import Behaviour
from buckets.cells import label

# What a wheel carries, and a kit, too: lessons, exercises and tests as they were given.
SHIPPED = Path(__file__).resolve().parent / "shipped"
# In a folder that `buckets start` made: which files it laid out, and how they were.
LAID_OUT = Path(".buckets", "laid_out.json")

_TOPIC = re.compile(r"\d\d_[a-z0-9_]+")


class NotOfThisCourse(Exception):
    """A file that is no notebook of this course; the text says why, kindly."""


@cache
def root() -> Path:
    """The folder of the course: the one that holds lessons/ and tests/.

    $BUCKETS_COURSE overrules; otherwise it is where the package was installed from, or
    what the package brings along when it was installed from a wheel.
    """
    named = os.environ.get("BUCKETS_COURSE")
    if named:
        return Path(named)
    beside = Path(__file__).resolve().parent.parent
    alone = not (beside / "tests" / "exercises").is_dir() and SHIPPED.is_dir()
    return SHIPPED if alone else beside


def home() -> Path:
    """The folder in which the learner works: the course's own, nearly always.

    Where the package brings the course along, that must not be written to. Then it is
    the folder that `buckets start` made, at or above the present one; and where there
    is none, the user's own.
    """
    if root() != SHIPPED:
        return root()
    here = Path.cwd()
    made = (folder for folder in (here, *here.parents) if (folder / LAID_OUT).is_file())
    return next(made, Path.home())


@dataclass(frozen=True)
class Topic:
    """One numbered topic, such as 05_select."""

    name: str

    @property
    def lesson(self) -> Path:
        return root() / "lessons" / f"{self.name}.ipynb"

    @property
    def exercise(self) -> Path:
        return home() / "exercises" / self.name / f"{self.name}.ipynb"

    @property
    def solution(self) -> Path:
        return root() / "solutions" / self.name / f"{self.name}.ipynb"

    @property
    def tests(self) -> Path:
        return root() / "tests" / "exercises" / f"test_{self.name}.py"

    @property
    def hidden_tests(self) -> Path:
        return root() / "tests" / "hidden" / f"test_hidden_{self.name}.py"

    @property
    def mistakes(self) -> list[Path]:
        return sorted((root() / "tests" / "mistakes" / self.name).glob("*.py"))

    @property
    def alternatives(self) -> list[Path]:
        return sorted((root() / "tests" / "alternatives" / self.name).glob("*.py"))

    @cached_property
    def behaviours(self) -> list[Behaviour]:
        """What the visible tests grade, in teaching order."""
        return list(_behaviours(_import(self.tests)))

    @property
    def tasks(self) -> dict[str, float]:
        """The tasks of this topic and their points, in teaching order."""
        points: dict[str, float] = {}
        for behaviour in self.behaviours:
            points[behaviour.task] = points.get(behaviour.task, 0) + behaviour.points
        return points


def topics() -> list[Topic]:
    """All topics that have tests, by number."""
    found = sorted((root() / "tests" / "exercises").glob("test_*.py"))
    return [Topic(path.stem.removeprefix("test_")) for path in found]


def topic_of_task(task: str) -> Topic | None:
    """The topic that grades `task`; task names are unique across the course."""
    for topic in topics():
        if task in topic.tasks:
            return topic
    return None


def topic_of_notebook(path: Path, notebook: dict[str, Any]) -> Topic:
    """Which topic a notebook answers: by its metadata, else by its file's name.

    Raises:
        NotOfThisCourse: neither names a topic.
    """
    known = {topic.name: topic for topic in topics()}
    named = notebook.get("metadata", {}).get("buckets", {}).get("topic", "")
    in_name = _TOPIC.search(path.stem)
    for name in (named, in_name.group() if in_name else "", path.parent.name):
        if name in known:
            return known[name]
    raise NotOfThisCourse(
        f"{path.name} is no exercise of this course. Exercises are "
        f"{', '.join(known) or 'not there yet'}; keep their file names."
    )


def read_notebook(path: Path) -> dict[str, Any]:
    """The notebook's JSON.

    Raises:
        NotOfThisCourse: the file is missing, cut off, or no notebook.
    """
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotOfThisCourse(
            f"{path} cannot be read: {error.strerror or error}."
        ) from error
    except (ValueError, RecursionError) as error:
        raise NotOfThisCourse(
            f"{path.name} is no whole notebook: its JSON breaks off or is damaged "
            f"({error}). Open it in JupyterLab, save it, and try again."
        ) from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise NotOfThisCourse(f"{path.name} is no notebook: it has no cells.")
    return notebook


def code_cells(notebook: dict[str, Any]) -> list[dict[str, str]]:
    """The learner's code cells, labelled as Run All would number them.

    Check cells keep their number but are left out: the grader's own tests are run
    instead, whatever became of those cells. An answer that was written into one of
    them counts all the same.
    """
    cells = []
    for number, cell in numbered(notebook):
        text = text_of(cell)
        if text.strip() and not (is_check(cell) and _only_asks(text)):
            cells.append({"label": label(number), "source": text})
    return cells


def numbered(notebook: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The code cells, with the numbers that Run All gives them."""
    code = (
        cell
        for cell in notebook["cells"]
        if isinstance(cell, dict) and cell.get("cell_type") == "code"
    )
    yield from enumerate(code, 1)


def text_of(cell: dict[str, Any]) -> str:
    """A cell's source, in whichever of its two forms the file has it."""
    source = cell.get("source", "")
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def is_check(cell: dict[str, Any]) -> bool:
    """True for a cell that nbgrader grades by its result."""
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if not isinstance(marks, dict):
        return False
    return bool(marks.get("grade")) and not marks.get("solution")


def checked_task(source: str) -> str | None:
    """The task that a check cell of the release asks about: check(serve_many)."""
    return next(_checked(source), None)


def _checked(source: str) -> Iterator[str]:
    try:
        tree = syntax.parse(source)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called == "check" and isinstance(node.args[0], ast.Name):
                yield node.args[0].id


def _only_asks(text: str) -> bool:
    """True for code that defines nothing: check(serve_many)."""
    try:
        statements = syntax.parse(text).body
    except (SyntaxError, ValueError):
        return False
    asking = (ast.Expr, ast.Import, ast.ImportFrom)
    return all(isinstance(statement, asking) for statement in statements)


def _import(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"graders.{path.stem}", path)
    if spec is None or spec.loader is None or not path.exists():
        raise NotOfThisCourse(f"The tests of this topic are missing: {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _behaviours(module: ModuleType) -> Iterator[Behaviour]:
    for name, value in vars(module).items():
        if name.startswith("test_") and hasattr(value, "behaviour"):
            yield value.behaviour
