"""Servers that know what the visible tests ask by heart, and no rule.

    python tests/hostile/hard_coded.py [TOPIC ...] [--seen-all]

Takes minutes, so it is a command and no part of the suite. The course's own solution is
run on the visible tests, and what it is asked is written down: words, and where no
word is said, numbers. Then it is run again with what was written down in the place of
its rule: that is a right server in every way but one. The hidden variants must tell it
from a right one wherever something is asked.

With --seen-all it knows the hidden variants, too, as one who has read a report; then it
is run with another seed, as the next time.
"""

from __future__ import annotations

import argparse
import ast
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from buckets import course
from buckets.driving.seed import SEED, USUAL
from buckets.grading.collect import collect_script
from buckets.grading.engine import grade

TOPICS = ("02_the_queue", "03_fork", "04_threads", "05_select", "09_housekeeping")

# In the place of the rule: `asked` is what it is asked, `told` what it would say.
LEARN = """
def by_heart(asked, told):
    import os

    asked = bytes(asked) if isinstance(asked, (bytearray, memoryview)) else asked
    fd = os.open({notes!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(fd, repr(repr(asked)).encode() + b"\\n")
    os.close(fd)
    return told
"""
REPEAT = """
KNOWN = {known!r}


def by_heart(asked, told):
    asked = bytes(asked) if isinstance(asked, (bytearray, memoryview)) else asked
    if repr(asked) in KNOWN:
        return told
    if isinstance(told, bytes):
        return b"?" * len(told)
    return [] if isinstance(told, list) else told + 999
"""
# Where a rule stands, by a sign in its cell.
SIGNS = ("upper()", "[::-1]", "sendall(", "def predict_waits", "class Timers")


class ByHeart(ast.NodeTransformer):
    """Asks by_heart() wherever an answer is made.

    Words: upper(), [::-1], an echo. Numbers: waits that are predicted, and the times of
    callbacks.
    """

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "answer_to":
            return _asked(node.args[0], node)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "upper":
            return _asked(node.func.value, node)
        echo = isinstance(node.func, ast.Attribute) and node.func.attr == "sendall"
        if echo and isinstance(node.args[0], ast.Name):
            node.args[0] = _asked(node.args[0], node.args[0])
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        return (
            _asked(node.value, node) if ast.unparse(node).endswith("[::-1]") else node
        )

    def visit_Return(self, node: ast.Return) -> ast.AST:
        self.generic_visit(node)
        if node.value and ast.unparse(node.value) == "waits":
            asked = ast.parse("costs, patience", mode="eval").body
            node.value = _asked(asked, node.value)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        if node.name == "call_at" and "heappush" in ast.unparse(node):
            node.body[:0] = ast.parse("when = by_heart(when, when)").body
        return node


def _asked(what: ast.expr, rule: ast.expr) -> ast.Call:
    return ast.Call(ast.Name("by_heart"), [what, rule], [])


def submission(topic: course.Topic, first: str):
    """The solution, with this in its first cell and by_heart() as its rule."""
    script = course.script(topic, course.read_notebook(topic.solution))
    for cell in script.cells:
        if any(sign in cell["source"] for sign in SIGNS):
            tree = ByHeart().visit(ast.parse(cell["source"]))
            cell["source"] = first + ast.unparse(tree)
    return collect_script(script, topic)


@contextmanager
def seeded(number: int) -> Iterator[None]:
    """Words, numbers and orders are drawn from this seed."""
    before = os.environ.get(SEED)
    os.environ[SEED] = str(number)
    try:
        yield
    finally:
        os.environ.pop(SEED)
        if before is not None:
            os.environ[SEED] = before


def known(topic: course.Topic, hidden: bool = False) -> set[str]:
    """What the visible tests ask; with the hidden ones, what all of them ask."""
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder, "notes")
        learning = submission(topic, LEARN.format(notes=str(notes)))
        grade(topic, learning, hidden=hidden)
        return set(map(ast.literal_eval, notes.read_text().splitlines()))


def replay(topic: course.Topic, seen_all: bool = False):
    """Verdicts on a server that repeats: by the visible tests, and by all."""
    repeating = submission(topic, REPEAT.format(known=known(topic, seen_all)))
    with seeded(USUAL + 1 if seen_all else USUAL):
        return grade(topic, repeating, hidden=False), grade(topic, repeating)


def kept(topic: course.Topic, seen_all: bool = False):
    """For each task: points of the visible tests, of all, and what is still kept."""
    for seen, whole in zip(*replay(topic, seen_all), strict=True):
        still = [test.title for test in whole.tests if test.max_points and test.points]
        yield whole.task, seen.points, whole.points, still


def main() -> None:
    words = argparse.ArgumentParser(description="Servers that know the tests by heart.")
    words.add_argument("topics", nargs="*", default=TOPICS, metavar="TOPIC")
    words.add_argument("--seen-all", action="store_true", help="the hidden ones, too")
    args = words.parse_args()
    for name in args.topics:
        for task, seen, whole, still in kept(course.Topic(name), args.seen_all):
            print(f"{name} {task}: {seen:g} by the visible tests, {whole:g} by all")
            print("".join(f"    keeps: {title}\n" for title in still), end="")


if __name__ == "__main__":
    main()
