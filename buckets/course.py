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
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from buckets import syntax
from buckets.behaviour import Behaviour
from buckets.cells import SCRIPT, label

# What a wheel carries, and a kit, too: lessons, exercises and tests as they were given.
SHIPPED = Path(__file__).resolve().parent / "shipped"
# In a folder that `buckets start` made: which files it laid out, and how they were.
LAID_OUT = Path(".buckets", "laid_out.json")

# In a notebook, however large: a tiny one takes thirty times its length in memory.
MOST_VALUES = 3_000_000

_TOPIC = re.compile(r"\d\d_[a-z0-9_]+")
# What a cell defines at its left edge: a function, a class, or another name for one.
_DEFINED = re.compile(
    r"^(?:(?:(?:async\s+)?def|class)\s+(?=\w)|(?=\w+\s*(?::[^=\n]+)?=(?!=)))(\w+)",
    re.MULTILINE,
)


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
    def opened(self) -> Path:
        """The lesson that a learner opens: their own copy, where there is one."""
        own = home() / "lessons" / f"{self.name}.ipynb"
        return own if own.exists() else self.lesson

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

    @cached_property
    def hidden_behaviours(self) -> list[Behaviour]:
        """What the hidden variants grade; nothing where there are none, as in a kit."""
        there = self.hidden_tests.exists()
        return list(_behaviours(_import(self.hidden_tests))) if there else []

    @property
    def tasks(self) -> dict[str, float]:
        """The tasks of this topic and their points, in teaching order."""
        points: dict[str, float] = {}
        for behaviour in self.behaviours:
            points[behaviour.task] = points.get(behaviour.task, 0) + behaviour.points
        return points

    def steps(self, task: str) -> int:
        """How many steps a task is climbed in; 0 for one that has none."""
        found = [one.step[0] for one in self.behaviours if one.task == task]
        return max(found, default=0)


def topics() -> list[Topic]:
    """All topics that have tests, by number."""
    found = sorted((root() / "tests" / "exercises").glob("test_*.py"))
    return [Topic(path.stem.removeprefix("test_")) for path in found]


def called(name: str) -> Topic | None:
    """The topic that somebody means by 05_select, by 05, 5 or select."""
    for topic in topics():
        number, _, slug = topic.name.partition("_")
        if name in (topic.name, number, slug, number.lstrip("0") or "0"):
            return topic
    return None


def topic_of_task(task: str) -> Topic | None:
    """The topic that grades `task`; task names are unique across the course."""
    for topic in topics():
        if task in topic.tasks:
            return topic
    return None


def topic_of_notebook(path: Path, notebook: dict[str, Any]) -> Topic:
    """Which topic a notebook answers: by its cells, its metadata, its file's name.

    Raises:
        NotOfThisCourse: nothing names a topic.
    """
    found = recognised(notebook)
    if found:
        return found
    known = {topic.name: topic for topic in topics()}
    in_name = _TOPIC.search(path.stem)
    for name in (in_name.group() if in_name else "", path.parent.name):
        if name in known:
            return known[name]
    raise NotOfThisCourse(
        f"{path.name} is no exercise of this course. Exercises are "
        f"{', '.join(known) or 'not there yet'}."
    )


def recognised(notebook: dict[str, Any]) -> Topic | None:
    """The topic that a notebook's cells or its metadata speak of, if they do.

    A check cell says most; then the metadata; then a task that is defined, because a
    later exercise may give what an earlier one asks for.
    """
    metadata = notebook.get("metadata")
    ours = metadata.get("buckets") if isinstance(metadata, dict) else None
    named = ours.get("topic") if isinstance(ours, dict) else None
    texts = [text_of(cell) for cell in notebook["cells"] if _is_code(cell)]
    checked = {task for text in texts for task in checked_tasks(text)}
    defined = {name for text in texts for name in _DEFINED.findall(text)}
    votes = {
        topic: 10 * len(checked & tasks)
        + 5 * (topic.name == named)
        + len(defined & tasks)
        for topic in topics()
        for tasks in [_tasks_of(topic)]
    }
    most = max(votes.values(), default=0)
    found = (topic for topic, count in votes.items() if count == most)
    return next(found, None) if most else None


def _tasks_of(topic: Topic) -> frozenset[str]:
    """Their names; none where its tests cannot be read, which is no matter of others'.

    Somebody may be at work at the tests of one topic while another one is graded.
    """
    try:
        return frozenset(topic.tasks)
    except Exception:
        return frozenset()


def read_notebook(path: Path) -> dict[str, Any]:
    """The notebook's JSON, in whichever encoding it was saved; nbformat 3 as 4.

    Raises:
        NotOfThisCourse: the file is missing, cut off, or no notebook.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NotOfThisCourse(
            f"{path} cannot be read: {error.strerror or error}."
        ) from error
    return parse_notebook(data, path.name)


def parse_notebook(data: bytes, name: str) -> dict[str, Any]:
    """A notebook out of a file's bytes, as read_notebook() gives it.

    Args:
        data: what stood in the file.
        name: what an error calls it.

    Raises:
        NotOfThisCourse: it is cut off, or no notebook.
    """
    try:
        notebook = _parsed(data)
    except (ValueError, RecursionError, MemoryError) as error:
        raise NotOfThisCourse(_damaged(Path(name), error)) from error
    if isinstance(notebook, dict) and isinstance(notebook.get("worksheets"), list):
        notebook = _from_nbformat_3(notebook)
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise NotOfThisCourse(f"{name} is no notebook: it has no cells.")
    return notebook


def _damaged(path: Path, error: Exception) -> str:
    """What is wrong with a file that is no JSON, and what can be done about it."""
    if path.suffix.lower() != ".ipynb":
        return (
            f"{path.name} is no notebook. Give the name of an exercise, "
            "such as 05_select, or of its file, which ends in .ipynb."
        )
    # JupyterLab cannot open it either, so there is no saving it from there.
    found = _TOPIC.search(path.stem)
    return (
        f"{path.name} is no whole notebook: its JSON breaks off or is damaged "
        f"({error}). What you wrote may still be in it: open it as text, and copy it. "
        f"`buckets reset {found.group() if found else 'NAME'}` gives you a fresh one, "
        "and keeps this file beside it."
    )


def _parsed(data: bytes) -> Any:
    """JSON in UTF-8, 16 or 32, with or without a mark; else as Windows writes it."""
    if sum(map(data.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise ValueError(f"it holds more than {MOST_VALUES:,} values")
    try:
        return json.loads(data)
    except UnicodeDecodeError:
        return json.loads(data.decode("cp1252", errors="replace"))
    except json.JSONDecodeError:
        # What a disk, or a DOS, puts behind a file's end.
        whole = data.rstrip(b"\0\x1a\r\n")
        if whole == data:
            raise
        return json.loads(whole)


def _from_nbformat_3(notebook: dict[str, Any]) -> dict[str, Any]:
    """Its cells lay in worksheets, and a code cell's text was its input."""
    cells = []
    for sheet in notebook["worksheets"]:
        for cell in sheet.get("cells", []) if isinstance(sheet, dict) else []:
            if not isinstance(cell, dict):
                continue
            code = cell.get("cell_type") == "code"
            text = cell.get("input" if code else "source", "")
            kind = "code" if code else "markdown"
            cells.append({**cell, "cell_type": kind, "source": text})
    return {**notebook, "cells": cells}


# Cells ------------------------------------------------------------------------


@dataclass(frozen=True)
class Script:
    """A notebook's code, as it is run.

    Args:
        cells: label and source of each; the exercise's own imports come first.
        above: how many of the cells stand above the check cell of each task.
        python: the version of Python that the notebook was written with, or "".
    """

    cells: list[dict[str, str]]
    above: dict[str, int]
    python: str = ""


def script(
    topic: Topic,
    notebook: dict[str, Any],
    opening: str = "",
    numbers: dict[str, int] | None = None,
    tasks: Collection[str] | None = None,
) -> Script:
    """What is run of a notebook, and where its tasks are checked.

    A task that has no check cell is taken after the last cell that defines it.

    Args:
        topic: what it answers.
        notebook: its JSON.
        opening: what the exercise imports; it is run first in any case.
        numbers: the number of a cell by its id, where others were put in between.
        tasks: their names; by default those of the topic's tests, which are imported.
    """
    cells: list[dict[str, str]] = []
    if opening:
        cells.append({"label": SCRIPT, "source": opening})
    above: dict[str, int] = {}
    defined: dict[str, int] = {}
    for name, cell in _labelled(notebook, numbers):
        text = text_of(cell)
        if is_check(cell) and only_asks(text):
            above |= dict.fromkeys(checked_tasks(text), len(cells))
        elif text.strip():
            cells.append({"label": name, "source": text})
            defined |= dict.fromkeys(_DEFINED.findall(text), len(cells))
    names = topic.tasks if tasks is None else tasks
    places = {**{task: len(cells) for task in names}, **defined, **above}
    return Script(cells, {task: places[task] for task in names}, written_with(notebook))


def _labelled(
    notebook: dict[str, Any], numbers: dict[str, int] | None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each code cell with its label: its number, as Run All would give it."""
    number = 0
    for cell in notebook["cells"]:
        if not _is_code(cell):
            continue
        number += 1
        name = label(number)
        if numbers is not None:
            marks = cell.get("metadata", {}).get("nbgrader", {})
            own = numbers.get(str(cell.get("id")))
            name = label(own) if own else f"cell {marks.get('grade_id', number)}"
        yield name, cell


def code_cells(notebook: dict[str, Any]) -> list[dict[str, str]]:
    """The learner's code cells, labelled as Run All would number them.

    Check cells keep their number but are left out: the grader's own tests are run
    instead, whatever became of those cells. An answer that was written into one of
    them counts all the same.
    """
    cells = []
    for name, cell in _labelled(notebook, None):
        text = text_of(cell)
        if text.strip() and not (is_check(cell) and only_asks(text)):
            cells.append({"label": name, "source": text})
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


def _is_code(cell: object) -> bool:
    return isinstance(cell, dict) and cell.get("cell_type") == "code"


def written_with(notebook: dict[str, Any]) -> str:
    """The version of Python that a notebook says it was written with, or ""."""
    metadata = notebook.get("metadata")
    info = metadata.get("language_info") if isinstance(metadata, dict) else None
    version = info.get("version") if isinstance(info, dict) else None
    return version if isinstance(version, str) else ""


def defined_in(text: str) -> list[str]:
    """The names that a cell defines at its left edge."""
    return _DEFINED.findall(text)


def checked_tasks(source: str) -> list[str]:
    """The tasks that a cell asks about: check(serve_many)."""
    if "check" not in source:
        return []
    try:
        tree = syntax.parse(source)
    except (SyntaxError, ValueError):
        return []
    return list(_checked(tree))


def _checked(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called == "check" and isinstance(node.args[0], ast.Name):
                yield node.args[0].id


def is_check(cell: dict[str, Any]) -> bool:
    """True for a cell that nbgrader grades by its result."""
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if not isinstance(marks, dict):
        return False
    return bool(marks.get("grade")) and not marks.get("solution")


def checked_task(source: str) -> str | None:
    """The task that a check cell of the release asks about: check(serve_many)."""
    return next(iter(checked_tasks(source)), None)


def only_asks(text: str) -> bool:
    """True for code that defines nothing: check(serve_many)."""
    try:
        statements = syntax.parse(text).body
    except (SyntaxError, ValueError):
        return False
    asking = (ast.Expr, ast.Import, ast.ImportFrom)
    return all(isinstance(statement, asking) for statement in statements)


def _import(path: Path) -> ModuleType:
    """A file of tests as a module; it is run again only when the file has changed."""
    try:
        status = path.stat()
    except OSError:
        status = None
    if status is None:
        raise NotOfThisCourse(f"The tests of this topic are missing: {path}")
    return _imported(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _imported(path: Path, *_stamp: int) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"graders.{path.stem}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _behaviours(module: ModuleType) -> Iterator[Behaviour]:
    for name, value in vars(module).items():
        if name.startswith("test_") and hasattr(value, "behaviour"):
            yield value.behaviour
