"""The course's own servers, right and wrong, that a learner's client is to tell apart.

The wrong ones are the mistakes of tests/mistakes, and the right ones the alternatives
of tests/alternatives: each with the cells of the solution that it stands on. In a
learner's kit there are only those that visible tests bring, as `buckets kit` has packed
them: whoever opens one has gone out of their way to read an answer.
"""

from __future__ import annotations

import ast
import base64
import json
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from buckets import course, syntax
from buckets.release import KIT_FILE
from buckets.submission import Submission

WRONG, RIGHT = "mistakes", "alternatives"


@dataclass
class Stocked(Submission):
    """One of the course's own servers: its text is run where it serves.

    Args:
        name: of its file, without .py.
        task: the function in it that serves.
        right: whether it keeps all promises of its contract.
        text: its source, with what it stands on.
        belief: the id of what its writer takes for true; "" of a right one.
    """

    name: str = ""
    task: str = ""
    right: bool = False
    text: str = ""
    belief: str = ""

    def brief(self, task: str) -> tuple[dict[str, Any], bytes]:
        """What a child is told to serve it; there is no parcel."""
        return {"source": self.text}, b""


def find(topic: str, name: str, serves: str = "") -> Stocked:
    """A server by its name.

    Args:
        topic: the number of the topic whose stock it is in, such as "05".
        name: of its file, without .py.
        serves: the task that serves; by default the one that the file defines. A file
            may define a part of that, such as a parser.

    Raises:
        LookupError: this copy of the course has no such server.
    """
    path = _path(topic, name)
    if path:
        return _from_file(path, serves)
    known = _packed_in_kit(topic).get(name)
    if known is None:
        raise LookupError(f"there is no server {name} in the stock of topic {topic}")
    text = zlib.decompress(base64.b64decode(known["packed"])).decode()
    return Stocked(
        name=name,
        task=known["task"],
        right=known["right"],
        text=text,
        belief=known.get("belief", ""),
    )


def packed(topic: course.Topic) -> dict[str, dict[str, Any]]:
    """What a learner's kit gets: the servers that visible tests of a topic bring."""
    named = brought(topic.tests)
    found = {name: find(topic.name[:2], name, named[name]) for name in sorted(named)}
    return {
        name: {
            "task": one.task,
            "right": one.right,
            "belief": one.belief,
            "packed": base64.b64encode(zlib.compress(one.text.encode(), 9)).decode(),
        }
        for name, one in found.items()
    }


def brought(tests: Path) -> dict[str, str]:
    """The servers that visible tests bring, and of each the task that serves, or "".

    They are read off the text, so that no test is imported: a wheel is built where
    nothing of what tests import is installed.

    Args:
        tests: the file of a topic's tests.
    """
    tree = syntax.parse(tests.read_text(encoding="utf-8"))
    # What exposes(...) has beside its own words: exposes = partial(behaviour, ...),
    # and what it has from another one: exposes = partial(caches, ...).
    usual: dict[str, dict[str, str]] = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as made):
                before = [
                    usual.get(getattr(one, "id", ""), {}) for one in made.args[:1]
                ]
                usual[name] = {**(before or [{}])[0], **_words(made)}
    found: dict[str, str] = {}
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            words = {**usual.get(call.func.id, {}), **_words(call)}
            for name in words.get("servers", "").split():
                found[name] = words.get("serves", "")
    return found


def _words(call: ast.expr) -> dict[str, str]:
    """The arguments of a call that are given by name, as far as they are plain text."""
    given = call.keywords if isinstance(call, ast.Call) else []
    return {
        each.arg: each.value.value
        for each in given
        if each.arg
        and isinstance(each.value, ast.Constant)
        and isinstance(each.value.value, str)
    }


def _path(topic: str, name: str) -> Path | None:
    for kind in (WRONG, RIGHT):
        for path in (course.root() / "tests" / kind).glob(f"{topic}_*/{name}.py"):
            return path
    return None


@cache
def _from_file(path: Path, serves: str) -> Stocked:
    text = path.read_text(encoding="utf-8")
    told = ast.get_docstring(syntax.parse(text)) or ""
    says = dict(line.split(": ", 1) for line in told.splitlines() if ": " in line)
    task, belief = says["task"], says.get("diagnosis", "").strip("-")
    topic = course.Topic(path.parent.name)
    notebook = course.read_notebook(topic.solution)
    whole = course.script(topic, notebook, tasks=_checked(notebook))
    serves = serves or task
    cells = [cell["source"] for cell in whole.cells[: whole.above[serves]]]
    # Where a learner's cell would stand, directly before the check of its task.
    cells.insert(whole.above[task], text)
    parts = map(_without_the_course, cells)
    right = path.parent.parent.name == RIGHT
    text = "\n\n\n".join(parts)
    return Stocked(name=path.stem, task=serves, right=right, text=text, belief=belief)


def _checked(notebook: dict[str, Any]) -> list[str]:
    """The tasks of a solution: each has a cell that checks it."""
    checks = filter(course.is_check, notebook["cells"])
    return [
        task for cell in checks for task in course.checked_tasks(course.text_of(cell))
    ]


def _without_the_course(text: str) -> str:
    """A cell as a server needs it: check() and the like are no part of one."""
    tree = ast.parse(text)
    tree.body = [node for node in tree.body if not _is_ours(node)]
    return ast.unparse(tree)


def _is_ours(node: ast.stmt) -> bool:
    imported = isinstance(node, ast.ImportFrom) and node.module == "buckets"
    return imported or isinstance(node, ast.Expr)


def _packed_in_kit(topic: str) -> dict[str, dict[str, Any]]:
    kept = course.root() / KIT_FILE
    document = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    for name, known in document.items():
        if name.startswith(topic):
            found: dict[str, dict[str, Any]] = known.get("stock", {})
            return found
    return {}
