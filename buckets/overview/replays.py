"""One recorded run for each mistake in each task, with nobody's name on it.

A comment or a docstring is where people write their names, so both are left out of the
code beside a picture. Lines keep their numbers.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from contextlib import suppress

from buckets import course, syntax
from buckets.cells import label
from buckets.classroom.gradebook import Books
from buckets.classroom.whole_class import result_of
from buckets.overview.gathered import Gathered
from buckets.pictures.picture import Picture
from buckets.report.moment import replay_the_moment
from buckets.verdict import TestResult


def replays(books: Books, found: Gathered) -> dict[tuple[str, str], Picture]:
    """A picture for each task and misconception of which a recording was kept.

    Args:
        books: of the topic.
        found: from gather(); it says which recordings are the shortest.
    """
    pictures = {}
    for (task, belief), (student, test) in found.examples.items():
        failure = _failure(books, student, task, test)
        picture = _picture(failure, _sources(books, student)) if failure else None
        if picture:
            pictures[task, belief] = picture
    return pictures


def _failure(books: Books, student: str, task: str, test: str) -> TestResult | None:
    marked = result_of(books, student)
    verdict = marked.of(task) if marked else None
    return next((t for t in verdict.tests if t.id == test), None) if verdict else None


def _picture(failure: TestResult, sources: dict[str, str]) -> Picture | None:
    # A picture is no part of a verdict, and its data came from a submission.
    with suppress(Exception):
        return replay_the_moment(failure, sources)
    return None


def _sources(books: Books, student: str) -> dict[str, str]:
    """The cells as they were marked; none where nbgrader's notebook is not there."""
    try:
        notebook = json.loads(books.autograded(student).read_bytes())
        return {
            label(number): nameless(course.text_of(cell))
            for number, cell in course.numbered(notebook)
        }
    except (OSError, ValueError, LookupError, TypeError):
        return {}


def nameless(source: str) -> str:
    """A cell without comments and without strings that stand alone.

    >>> nameless("x = 1  # by Anna")
    'x = 1'
    """
    try:
        lines = _without_texts(source, syntax.parse(source))
        return "\n".join(_without_comments(lines))
    except (SyntaxError, ValueError, tokenize.TokenError, RecursionError):
        return re.sub(r"#.*", "", source)


def _without_texts(source: str, tree: ast.AST) -> list[str]:
    """The lines, in which nothing but quotes is left of a docstring."""
    lines = source.split("\n")
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            if isinstance(node.value.value, str) and node.end_lineno:
                indent = lines[node.lineno - 1][: node.col_offset]
                lines[node.lineno - 1] = f'{indent}"""..."""'
                for number in range(node.lineno, node.end_lineno):
                    lines[number] = ""
    return lines


def _without_comments(lines: list[str]) -> list[str]:
    for token in tokenize.generate_tokens(io.StringIO("\n".join(lines)).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip()
    return lines
