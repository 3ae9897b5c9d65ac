"""What learners wrote themselves, as Python files that JPlag and Dolos can compare.

    python tools/learner_cells.py 05_select [FOLDER]

Of each notebook under grading/submitted/ it takes the code cells, leaves out every
statement that the exercise gave, and writes the rest, by default below grading/cells/:

    FOLDER/05_select/submitted/STUDENT/05_select.py     one folder for each learner
    FOLDER/05_select/given/05_select.py                 what was given, for both tools

A statement is compared by its meaning to Python: neither blanks nor comments nor the
cell that it stands in make a given one anybody's own. Nothing is run.
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from buckets import course, own_copy, syntax
from buckets.classroom import handed_in
from buckets.own_copy.reset import as_given


def texts(notebook: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The label and the source of each code cell that is not empty."""
    for number, cell in course.numbered(notebook):
        text = course.text_of(cell)
        if text.strip():
            yield f"cell {number}", text


def parsed(text: str) -> tuple[str, list[ast.stmt]]:
    """A cell's text and statements; what is Jupyter's or no Python, as comments."""
    lines = text.splitlines()
    magics = ("%", "!", "?")
    plain = [f"# {ln}" if ln.lstrip().startswith(magics) else ln for ln in lines]
    for attempt in (lines, plain, [f"# {line}" for line in lines]):
        with suppress(SyntaxError, ValueError, RecursionError):
            joined = "\n".join(attempt)
            return joined, syntax.parse(joined).body
    return "", []


def meaning(statement: ast.stmt) -> str:
    """What a statement is to Python: no blanks, no comments, no line numbers."""
    return ast.dump(statement)


def span(statement: ast.stmt) -> range:
    """The numbers of its lines, from 1; those of its decorators, too."""
    decorators = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(each.lineno for each in decorators)])
    return range(first, (statement.end_lineno or first) + 1)


def own(text: str, given: set[str]) -> str:
    """A cell without the statements that were given.

    Args:
        text: the source of the cell.
        given: what the exercise's statements mean.

    Returns:
        The lines that are left, comments among them; "" if no statement is.
    """
    text, body = parsed(text)
    gone = {n for node in body if meaning(node) in given for n in span(node)}
    mine = {n for node in body if meaning(node) not in given for n in span(node)}
    if body and not mine:
        return ""
    lines = enumerate(text.splitlines(), 1)
    return "\n".join(line for n, line in lines if n not in gone - mine).strip()


def own_cells(notebook: dict[str, Any], given: set[str]) -> str:
    """All that a notebook holds of somebody's own, each cell under its label."""
    cells = ((name, own(text, given)) for name, text in texts(notebook))
    return "\n\n\n".join(f"# {name}\n{text}" for name, text in cells if text) + "\n"


def exercise(topic: course.Topic) -> dict[str, Any]:
    """The exercise's notebook as it was given out.

    Raises:
        course.NotOfThisCourse: there is none to be had.
    """
    with suppress(own_copy.CannotCopy):
        return dict(json.loads(as_given(topic)))
    return course.read_notebook(topic.exercise)


def write(path: Path, text: str) -> None:
    """Write it, and the folders that lead to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", errors="replace")


def export(topic: course.Topic, submitted: Path, folder: Path) -> list[str]:
    """Write the learners' own cells of one topic, and what was given.

    Args:
        topic: the exercise.
        submitted: the folder that holds one folder for each learner.
        folder: where to write; former files of this topic are replaced.

    Returns:
        For each learner of whom nothing was written, a sentence why.

    Raises:
        course.NotOfThisCourse: there is no exercise to compare with.
    """
    fresh = exercise(topic)
    bodies = [parsed(text)[1] for _, text in texts(fresh)]
    given = {meaning(statement) for body in bodies for statement in body}
    name = f"{topic.name}.py"
    for former in (folder / "submitted").glob(f"*/{name}"):
        former.unlink()
    write(folder / "given" / name, own_cells(fresh, set()))
    told = []
    for student in sorted(submitted.glob(f"*/{topic.name}/")):
        who = student.parent.name
        try:
            notebook = handed_in.read(student / f"{topic.name}.ipynb", topic)
        except course.NotOfThisCourse as error:
            told.append(f"{who}: {error}")
            continue
        text = own_cells(notebook, given)
        if text.strip():
            write(folder / "submitted" / who / name, text)
        else:
            told.append(f"{who}: nothing was written beside what was given.")
    return told


def main(arguments: list[str] | None = None) -> int:
    """Exit status 1 when nothing was written."""
    page, _, _ = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(description=page)
    parser.add_argument("topic", choices=[topic.name for topic in course.topics()])
    parser.add_argument("folder", nargs="?", type=Path)
    asked = parser.parse_args(arguments)
    grading = course.root() / "grading"
    folder = (asked.folder or grading / "cells") / asked.topic
    try:
        told = export(course.Topic(asked.topic), grading / "submitted", folder)
    except course.NotOfThisCourse as error:
        print(error, file=sys.stderr)
        return 1
    written = len(list((folder / "submitted").glob(f"*/{asked.topic}.py")))
    print(*told, f"{written} written below {folder / 'submitted'}", sep="\n")
    return int(not written)


if __name__ == "__main__":
    raise SystemExit(main())
