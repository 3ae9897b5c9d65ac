"""Odd but right notebooks: everyday habits, odd files, odd answers. All are worth full
marks, in whichever of the callers they are checked.

`notebooks()` gives each by its name, as bytes of a file and the name that it bears.
tools/compare_callers.py runs them through a kernel, `buckets check` and the class.
"""

import ast
import copy
import json
import re

from odd_habits import CHANGES, ELSEWHERE, LINES, MAGICS, THINGS

from buckets import course

# A learner's answer to exercise 00, and what it needs.
GREET = """\
def greet(listener):
    assert {ran}
    connection, _ = listener.accept()
    connection.sendall(({what}) + b'\\n')
    connection.close()
"""
# Answers in every form that can be called.
_SERVE = """\
connection, _ = listener.accept()
        connection.sendall(b'hello\\n')
        connection.close()"""
ANSWERS = {
    "a class": f"class greet:\n    def __init__(self, listener):\n        {_SERVE}",
    "a thing that can be called": (
        f"class Greeter:\n    def __call__(self, listener):\n        {_SERVE}\n"
        "greet = Greeter()"
    ),
    "a bound method": (
        f"class Greeter:\n    def run(self, listener):\n        {_SERVE}\n"
        "greet = Greeter().run"
    ),
    "a static method": (
        f"class Greeter:\n    @staticmethod\n    def run(listener):\n        {_SERVE}\n"
        "greet = Greeter.run"
    ),
    "a partial": (
        "from functools import partial\ndef say(word, listener):\n    if word:\n"
        f"        {_SERVE}\ngreet = partial(say, b'hello')"
    ),
    "a lambda": (
        f"def say(listener):\n    if listener:\n        {_SERVE}\n"
        "greet = lambda listener: say(listener)"
    ),
    "out of a factory": (
        f"def make():\n    def inner(listener):\n        {_SERVE}\n    return inner\n"
        "greet = make()"
    ),
    "decorated": (
        "import functools\ndef twice(f):\n    @functools.wraps(f)\n"
        "    def inner(*a):\n        return f(*a)\n    return inner\n"
        f"@twice\ndef greet(listener):\n    if listener:\n        {_SERVE}"
    ),
    "decorated, name lost": (
        "def twice(f):\n    return lambda *a: f(*a)\n"
        f"@twice\ndef greet(listener):\n    if listener:\n        {_SERVE}"
    ),
    "within an if": (f"if True:\n    def greet(listener):\n        {_SERVE}"),
    "renamed": (
        f"def answer(listener):\n    if listener:\n        {_SERVE}\n"
        "greet = answer\ndel answer"
    ),
    "unpacked": (
        f"def answer(listener):\n    if listener:\n        {_SERVE}\n"
        "greet, more = answer, 3"
    ),
    "out of a file": (
        "from pathlib import Path\nPath('mine.py').write_text('''def greet(listener):\n"
        f"    if listener:\n        {_SERVE}'''.replace('hello\\n', 'hello\\\\n'))\n"
        "from mine import greet"
    ),
    "out of a text": (
        f"exec('''def greet(listener):\n    if listener:\n        {_SERVE}'''"
        ".replace('hello\\n', 'hello\\\\n'))"
    ),
    "put among the names": (
        f"def answer(listener):\n    if listener:\n        {_SERVE}\n"
        "globals()['greet'] = answer"
    ),
    "a class with a metaclass": (
        f"class Meta(type):\n    def __call__(cls, listener):\n        {_SERVE}\n"
        "class greet(metaclass=Meta): pass"
    ),
    "with annotations": (
        "from __future__ import annotations\nimport socket\n"
        "def greet(listener: socket.socket, more: Unknown = None) -> None:\n"
        f"    if listener:\n        {_SERVE}"
    ),
    "generator within": (
        "def steps(listener):\n    yield\n    if listener:\n"
        f"        {_SERVE}\ndef greet(listener):\n    for _ in steps(listener): pass"
    ),
    "coroutine within": (
        "import asyncio\nasync def steps(listener):\n    if listener:\n"
        f"        {_SERVE}\n"
        "def greet(listener):\n    asyncio.run(steps(listener))"
    ),
    "cached": (
        "import functools\n@functools.cache\ndef greet(listener):\n    if listener:\n"
        f"        {_SERVE}"
    ),
    "other letters": (
        f"def grüße(größe):\n    listener = größe\n    if größe:\n        {_SERVE}\n"
        "greet = grüße"
    ),
    "carriage returns": (
        f"def greet(listener):\r\n    if listener:\r\n        {_SERVE}\r\n"
    ),
    "form feed": f"\x0c\ndef greet(listener):\n    if 1:\n        {_SERVE}\n\x0c",
}

SPOILT = "given names spoilt at the end"
OLD = "def greet(listener):\n    raise RuntimeError('an old attempt')"
# Between cells, in a text of several.
NEXT_CELL = "\n#%%\n"
FIRST = course.Topic("00_start_here")


def code(source, **more):
    """A cell of a learner's own."""
    cell = {"cell_type": "code", "metadata": {}, "source": source}
    return {**cell, "outputs": [], "execution_count": None, **more}


def solved(topic=FIRST):
    """The solution, as a learner would save it."""
    return copy.deepcopy(course.read_notebook(topic.solution))


def with_cell(source, topic=FIRST, before="check"):
    """The solution with one more cell: before one whose id begins so, or at the end."""
    notebook = solved(topic)
    ids = [str(cell.get("id", "")) for cell in notebook["cells"]]
    found = [n for n, name in enumerate(ids) if name.startswith(before)]
    place = found[0] if before and found else len(ids)
    notebook["cells"].insert(place, code(source, id="of-my-own"))
    return notebook


def _without(what, topic=FIRST):
    notebook = solved(topic)
    for cell in notebook["cells"]:
        for name in what:
            cell.pop(name, None)
        cell.setdefault("metadata", {})
    return notebook


def _nbformat_3(notebook):
    cells = []
    for cell in notebook["cells"]:
        old = {"cell_type": cell["cell_type"], "metadata": cell["metadata"]}
        if cell["cell_type"] == "code":
            old |= {"input": cell["source"], "language": "python", "outputs": []}
        else:
            old |= {"source": cell["source"]}
        cells.append(old)
    return {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [{"cells": cells, "metadata": {}}],
    }


def _names_redefined():
    """Exercise 05, whose second task begins with what spoils the first by its name."""
    five = course.Topic("05_select")
    spoils = "def turn_around(line):\n    return b'spoilt'\nfrom select import select"
    return with_cell(spoils, five, before="hand-in")


def _files():
    """Whole files: what is in them, in which encoding, under which name."""
    name = f"{FIRST.name}.ipynb"

    def text(notebook):
        return json.dumps(notebook, ensure_ascii=False, indent=1)

    plain = text(solved())
    yield "byte order mark", plain.encode("utf-8-sig"), name
    yield "zeros behind its end", plain.encode() + bytes(512), name
    yield "a DOS's end of file", plain.encode() + b"\r\n\x1a", name
    yield "utf-16", plain.encode("utf-16"), name
    yield "utf-16, other way round", plain.encode("utf-16-be"), name
    yield (
        "umlauts of windows",
        text(with_cell("# größer")).encode("cp1252", "replace"),
        name,
    )
    yield "nbformat 3", text(_nbformat_3(solved())).encode(), name
    yield "no metadata", text(_without(["metadata", "id"])).encode(), name
    yield "no ids", text(_without(["id"])).encode(), name
    for other in ("00_start_here (1).ipynb", "00_start_here-Copy1.ipynb",
                  "00_start_here_anna.ipynb", "12345_anna_00_start_here.ipynb",
                  "homework.ipynb", "Untitled.ipynb", "00_START_HERE.IPYNB",
                  "00_start_here.ipynb.txt", "00_start_here.json"):  # fmt: skip
        yield f"named {other}", plain.encode(), other


def notebooks():
    """Each by its name: the bytes of the file, and what the file is called."""
    name = f"{FIRST.name}.ipynb"
    found = {f"habit: {habit}": with_cell(text) for habit, text in MAGICS.items()}
    for habit, source in {**LINES, **CHANGES, **ELSEWHERE}.items():
        answer = GREET.format(ran="LAST_LINE", what="b'hello'")
        found[f"habit: {habit}"] = _above_check(f"{source}\nLAST_LINE = 1", answer)
    for thing, (first, what) in THINGS.items():
        answer = GREET.format(ran="True", what=what)
        found[f"thing: {thing}"] = _above_check(*first.split(NEXT_CELL), answer)
    found["an old attempt below"] = with_cell(OLD, before="")
    found["an old attempt above"] = with_cell(OLD, before="imports")
    found |= {f"answer: {name}": _above_check(text) for name, text in ANSWERS.items()}
    found[SPOILT] = _names_redefined()
    files = {
        key: (json.dumps(value, indent=1).encode(), name)
        for key, value in found.items()
    }
    files[SPOILT] = (files[SPOILT][0], "05_select.ipynb")
    files |= {f"file: {key}": (data, named) for key, data, named in _files()}
    return files


def _above_check(*cells):
    notebook = solved()
    ids = [str(cell.get("id", "")) for cell in notebook["cells"]]
    place = ids.index("check_greet")
    notebook["cells"][place:place] = [
        code(source, id=f"of-my-own-{n}") for n, source in enumerate(cells)
    ]
    return notebook


# A whole day's habits in one notebook, for every topic -------------------------------


def crowded(topic, habits, things):
    """The solution of a topic with many habits above it, and many things in each task.

    Args:
        topic: which.
        habits: cells by their names; the answers ask whether their last line was run.
        things: as THINGS.
    """
    notebook = solved(topic)
    above = [f"{text}\nRAN_{n} = 1" for n, text in enumerate(habits.values())]
    above += list(MAGICS.values()) if habits else []
    ran = " and ".join(f"RAN_{n}" for n in range(len(habits))) or "True"
    firsts, whats = _apart(things)
    above += [*firsts, _meets(ran, whats)]
    cells = [code(source, id=f"mine-{n}") for n, source in enumerate(above)]
    whole = []
    for cell in notebook["cells"]:
        task = course.checked_task(course.text_of(cell))
        if course.is_check(cell) and task:
            whole.append(code(_carrying(task, cell, notebook), id=f"carry-{task}"))
        whole.append(cell)
        if cell.get("id") == "imports":
            whole += cells
    return {**notebook, "cells": whole}


def _apart(things):
    """The things, with names that no other thing has."""
    firsts, whats, taken = [], [], set()
    for number, (first, what) in enumerate(things.values()):
        names = _bound(first)
        for name in sorted(names & taken):
            first, what = (
                re.sub(rf"(?<![\w.'\"]){name}\b(?!=[^=])", f"{name}_{number}", text)
                for text in (first, what)
            )
        taken |= names
        firsts += first.split(NEXT_CELL)
        whats.append(what)
    return firsts, whats


def _bound(text):
    """The names that the statements of a text bind, outside of functions."""
    lines = [line for line in text.split("\n") if not line.startswith("%")]
    found = set()
    for node in ast.parse("\n".join(lines)).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
            continue
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                found.add(part.id)
    return found


def _meets(ran, whats):
    lines = [f"    assert {what} == b'hello'" for what in whats]
    head = ["MET = []", "", "", "def meet_all():", "    if MET:", "        return"]
    return "\n".join([*head, "    MET.append(1)", f"    assert {ran}", *lines])


def _carrying(task, check, notebook):
    """A cell that puts a task into a wrapper, which meets all things first."""
    texts = [course.text_of(cell) for cell in notebook["cells"]]
    if any(f"class {task}" in text for text in texts):
        return (
            f"class {task}({task}):\n    def __init__(self, *a, **k):\n"
            "        meet_all()\n        super().__init__(*a, **k)"
        )
    return (
        f"plain_{task} = {task}\n\n\ndef {task}(*a, **k):\n    meet_all()\n"
        f"    return plain_{task}(*a, **k)"
    )
