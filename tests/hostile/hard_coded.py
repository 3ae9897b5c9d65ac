"""Servers that know the words of the visible tests by heart, and no rule.

    python tests/hostile/hard_coded.py [TOPIC ...]

Takes minutes, so it is a command and no part of the suite. The course's own solution is
run on the visible tests, and what it is asked for is written down. Then it is run again
with what was written down in the place of its rule: that is a right server in every way
but one. The hidden variants must tell it from a right one wherever a word is said.
"""

from __future__ import annotations

import ast
import sys
import tempfile
from pathlib import Path

from buckets import course
from buckets.grading.collect import collect_script
from buckets.grading.engine import grade

TOPICS = ("02_the_queue", "03_fork", "04_threads", "05_select", "09_housekeeping")

# In the place of the rule: `asked` is what it is asked for, `told` what it would say.
LEARN = """
def by_heart(asked, told):
    import os

    fd = os.open({notes!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(fd, repr(bytes(asked)).encode() + b"\\n")
    os.close(fd)
    return told
"""
REPEAT = """
KNOWN = {known!r}


def by_heart(asked, told):
    return told if bytes(asked) in KNOWN else b"?" * len(told)
"""


class ByHeart(ast.NodeTransformer):
    """Asks by_heart() wherever an answer is made: upper(), [::-1], an echo."""

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


def _asked(what: ast.expr, rule: ast.expr) -> ast.Call:
    return ast.Call(ast.Name("by_heart"), [what, rule], [])


def submission(topic: course.Topic, first: str):
    """The solution, with this in its first cell and by_heart() as its rule."""
    script = course.script(topic, course.read_notebook(topic.solution))
    for cell in script.cells:
        if any(sign in cell["source"] for sign in ("upper()", "[::-1]", "sendall(")):
            tree = ByHeart().visit(ast.parse(cell["source"]))
            cell["source"] = first + ast.unparse(tree)
    return collect_script(script, topic)


def known(topic: course.Topic) -> set[bytes]:
    """What the visible tests ask for."""
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder, "notes")
        learning = submission(topic, LEARN.format(notes=str(notes)))
        grade(topic, learning, hidden=False)
        return set(map(ast.literal_eval, notes.read_text().splitlines()))


def replay(topic: course.Topic):
    """Verdicts on a server that repeats: by the visible tests, and by all."""
    repeating = submission(topic, REPEAT.format(known=known(topic)))
    return grade(topic, repeating, hidden=False), grade(topic, repeating)


def kept(topic: course.Topic):
    """For each task: points of the visible tests, of all, and what is still kept."""
    for seen, whole in zip(*replay(topic), strict=True):
        still = [test.title for test in whole.tests if test.max_points and test.points]
        yield whole.task, seen.points, whole.points, still


def main() -> None:
    for name in sys.argv[1:] or TOPICS:
        for task, seen, whole, still in kept(course.Topic(name)):
            print(f"{name} {task}: {seen:g} by the visible tests, {whole:g} by all")
            print("".join(f"    keeps: {title}\n" for title in still), end="")


if __name__ == "__main__":
    main()
