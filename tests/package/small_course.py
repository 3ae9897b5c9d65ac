"""A course of one topic with two tasks, to grade without waiting for a real one."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

REPO = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
TOPIC = "01_tiny"

TESTS = '''
from buckets.behaviour import behaviour


@behaviour("shout", points=2)
def test_comes_back_in_capitals(server):
    """what a client sends comes back in capitals"""
    server.connect("anna").send(b"hello").expect(b"HELLO")


@behaviour("shout", points=1, needs="comes_back_in_capitals", suspects="M14")
def test_is_seen_off(server):
    """the client is seen off after the answer"""
    server.connect("anna").send(b"hello").expect(b"HELLO").expect_eof()


@behaviour("greet", points=1)
def test_is_greeted(server):
    """a client is greeted"""
    server.connect("ben").expect(b"welcome\\n")
'''

GIVEN = """
    from buckets import check

    def capitals(data):
        return data.upper()
"""
SHOUT = """
    def shout(listener):
        connection, _ = listener.accept()
        connection.sendall(capitals(connection.recv(100)))
        connection.close()
"""
GREET = """
    def greet(listener):
        listener.accept()[0].sendall(b"welcome\\n")
"""
# Right but for one thing: it never closes the connection. Two of three points.
RUDE_SHOUT = """
    def shout(listener):
        connection, _ = listener.accept()
        connection.sendall(capitals(connection.recv(100)))
        listener.accept()
"""
FULL = {"given": GIVEN, "answer_shout": SHOUT, "answer_greet": GREET}


def clean(text):
    return textwrap.dedent(text).strip()


def marked(cell, name, points=None, solution=False):
    """Give a cell nbgrader's marks."""
    marks = {
        "schema_version": 3,
        "grade_id": name,
        "grade": points is not None,
        "solution": solution,
        "locked": not solution,
        "task": False,
    }
    if points is not None:
        marks["points"] = points
    cell.id = name.replace("_", "-")
    cell.metadata["nbgrader"] = marks
    return cell


def notebook(answers=FULL):
    """The notebook with these answers by cell name; a string alone is a cell's text."""
    answers = {**FULL, **answers}

    def answer(name):
        return marked(new_code_cell(clean(answers[name])), name, solution=True)

    return new_notebook(
        metadata={"buckets": {"topic": TOPIC}},
        cells=[
            new_markdown_cell("# Tiny", id="title"),
            marked(new_code_cell(clean(answers["given"])), "given"),
            answer("answer_shout"),
            marked(new_code_cell("check(shout)"), "check_shout", points=3),
            answer("answer_greet"),
            marked(new_code_cell("check(greet)"), "check_greet", points=1),
        ],
    )


def solution():
    """The instructor's notebook: nbgrader takes out what stands between the marks."""

    def between_marks(source):
        first, *rest = clean(source).splitlines()
        body = "\n".join(rest)
        begin, end = "    ### BEGIN SOLUTION", "    ### END SOLUTION"
        return f"{first}\n{begin}\n{body}\n{end}"

    names = {"answer_shout": SHOUT, "answer_greet": GREET}
    return notebook({name: between_marks(text) for name, text in names.items()})


def make(root):
    """Write the course below `root`."""
    tests = root / "tests" / "exercises" / f"test_{TOPIC}.py"
    source = root / "solutions" / TOPIC / f"{TOPIC}.ipynb"
    for path in (tests, source):
        path.parent.mkdir(parents=True)
    tests.write_text(TESTS)
    nbformat.write(solution(), source)
    config = (REPO / "nbgrader_config.py").read_text()
    (root / "nbgrader_config.py").write_text(config)
    return root


def submit(root, student, content=None, name=f"{TOPIC}.ipynb"):
    """Hand in a notebook, or the bytes of one."""
    path = root / "grading" / "submitted" / student / TOPIC / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        nbformat.write(content or notebook(), path)
    return path


def run(root, *command, seconds=100, **variables):
    """Run one of the environment's commands in the course."""
    environment = {**os.environ, "BUCKETS_COURSE": str(root), **variables}
    return subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds,
    )
