"""Odd but right notebooks: everyday habits, odd files, odd answers. All are worth full
marks, in whichever of the callers they are checked.

`notebooks()` gives each by its name, as bytes of a file and the name that it bears.
tools/compare_callers.py runs them through a kernel, `buckets check` and the class.
"""

import copy
import json

from buckets import course

# Cells that stand above the answers and do nothing for them.
HABITS = {
    "installs": "!pip install numpy\nimport select",
    "pip magic": "%pip install requests",
    "lists files": "files = !ls\nprint(len(files))\n!ls -l",
    "bash cell": "%%bash\necho hello",
    "matplotlib inline": "%matplotlib inline",
    "store": "%store -r nothing_kept\n%store",
    "autoreload": "%load_ext autoreload\n%autoreload 2",
    "asks the kernel": "kernel = get_ipython().kernel\nprint(kernel)",
    "asks for the shell": "from IPython import get_ipython\nshell = get_ipython()",
    "colab": "from google.colab import drive\ndrive.mount('/content/drive')",
    "colab, maybe": (
        "try:\n    import google.colab\n    HERE = False\n"
        "except ImportError:\n    HERE = True"
    ),
    "two imports in one": "import no_such_package_at_all, select",
    "faulthandler": "import faulthandler\nfaulthandler.enable()",
    "stdout's number": "import sys\nprint(sys.stdout.fileno(), sys.stderr.fileno())",
    "running loop": "import asyncio\nloop = asyncio.get_running_loop()",
    "a task of asyncio": (
        "import asyncio\nasync def nap():\n    await asyncio.sleep(0)\n"
        "task = asyncio.create_task(nap())\nawait task"
    ),
    "displays": "from IPython.display import display, HTML\ndisplay(HTML('<b>x</b>'))",
    "display of its own accord": "display('x')",
    "timed cell": "%%time\ntotal = sum(range(10))",
    "captured cell": "%%capture\nprint('quiet')",
    "writes a file": "%%writefile notes.txt\nhello",
    "changes the folder": "%cd /tmp",
    "environment": "%env COURSE=buckets",
    "a demo in a thread": (
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()"
    ),
    "a demo in a process": "import subprocess\nsubprocess.Popen(['sleep', '600'])",
    "runs its server by check": "from buckets import check, progress\nprogress()",
    "logs": "import logging\nlogging.basicConfig(level=logging.INFO)",
    "last value": "6 * 7\n_",
    "help": "?print",
    "warns": "import warnings\nwarnings.warn('old')",
    "carriage returns": "x = 1\r\ny = 2\r\n",
    "no last line": "# only a comment",
    "blank magic": "\n\n%time z = 1",
}

# Answers to exercise 00 that use something a pickle would change or refuse.
GREET = """\
def greet(listener):
    connection, _ = listener.accept()
    connection.sendall({what})
    connection.close()
"""
THINGS = {
    "struct": ("import struct\nS = struct.Struct('6s')", "S.pack(b'hello\\n')"),
    "generator": ("G = (text for text in [b'hello\\n'])", "next(G)"),
    "memoryview": (
        "M = memoryview(bytearray(6))",
        "(M.__setitem__(slice(0, 6), b'hello\\n'), bytes(M))[1]",
    ),
    "shared bytearray": (
        "B = bytearray()\ndef fill():\n    B.extend(b'hello\\n')",
        "(fill(), bytes(B))[1]",
    ),
    "lru_cache": (
        "from functools import lru_cache\n@lru_cache\ndef words():\n"
        "    return b'hello\\n'",
        "words()",
    ),
    "cache of a method": (
        "import functools\nclass W:\n    @functools.cache\n"
        "    def words(self):\n        return b'hello\\n'\nw = W()",
        "w.words()",
    ),
    "pool": (
        "from concurrent.futures import ThreadPoolExecutor\nP = ThreadPoolExecutor(2)",
        "P.submit(lambda: b'hello\\n').result()",
    ),
    "log file": (
        "log = open('server.log', 'a')",
        "(print('one', file=log, flush=True), b'hello\\n')[1]",
    ),
    "file to read": (
        "from pathlib import Path\nPath('words.txt').write_bytes(b'hello\\n')\n"
        "words = open('words.txt', 'rb')",
        "words.read()",
    ),
    "sqlite": (
        "import sqlite3\nD = sqlite3.connect(':memory:')\n"
        "D.execute('create table t (x)')\n"
        "D.execute(\"insert into t values ('hello')\")",
        "D.execute('select x from t').fetchone()[0].encode() + b'\\n'",
    ),
    "context variable": (
        "from contextvars import ContextVar\nV = ContextVar('V', default=b'hello\\n')",
        "V.get()",
    ),
    "socket pair": (
        "import socket\nA, B = socket.socketpair()",
        "(A.sendall(b'hello\\n'), B.recv(6))[1]",
    ),
    "queue": ("import queue\nQ = queue.Queue()\nQ.put(b'hello\\n')", "Q.get()"),
    "counter": ("import itertools\nC = itertools.count(1)", "b'hello\\n' * next(C)"),
    "default timeout": (
        "import socket\nsocket.setdefaulttimeout(30)",
        "b'hello\\n' * (socket.getdefaulttimeout() == 30)",
    ),
    "a handler of signals": (
        "import signal\ndef heard(*_): pass\nsignal.signal(signal.SIGUSR2, heard)",
        "b'hello\\n' * (signal.getsignal(signal.SIGUSR2) is heard)",
    ),
    "deep recursion": (
        "import sys\nsys.setrecursionlimit(50_000)",
        "b'hello\\n' * (sys.getrecursionlimit() == 50_000)",
    ),
    "numpy": (
        "import numpy as np\nW = np.frombuffer(b'hello\\n', dtype='u1')",
        "W.tobytes()",
    ),
    "dataclass": (
        "from dataclasses import dataclass, field\n@dataclass\nclass W:\n"
        "    text: bytes = b'hello\\n'\n    more: list = field(default_factory=list)",
        "W().text",
    ),
    "enum": (
        "import enum\nclass W(enum.Enum):\n    HELLO = b'hello\\n'",
        "W.HELLO.value",
    ),
    "weak references": (
        "import weakref\nclass W: pass\nw = W()\nR = weakref.WeakKeyDictionary({w: 1})",
        "b'hello\\n' * R[w]",
    ),
    "iterator": ("I = iter([b'hello\\n'])", "next(I)"),
    "singledispatch": (
        "from functools import singledispatch\n@singledispatch\ndef words(x):\n"
        "    return b'hello\\n'",
        "words(1)",
    ),
}

# Those of which a copy is as good as the thing itself.
TRAVELS = {"struct", "shared bytearray", "queue", "dataclass", "enum"}

SPOILT = "given names spoilt at the end"
OLD = "def greet(listener):\n    raise RuntimeError('an old attempt')"
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
    found = {}
    for habit, source in HABITS.items():
        found[f"habit: {habit}"] = with_cell(source)
    for thing, (first, what) in THINGS.items():
        source = f"{first}\n\n\n{GREET.format(what=what)}"
        found[f"thing: {thing}"] = with_cell(source)
    found["an old attempt below"] = with_cell(OLD, before="")
    found["an old attempt above"] = with_cell(OLD, before="imports")
    found[SPOILT] = _names_redefined()
    files = {
        key: (json.dumps(value, indent=1).encode(), name)
        for key, value in found.items()
    }
    files[SPOILT] = (files[SPOILT][0], "05_select.ipynb")
    files |= {f"file: {key}": (data, named) for key, data, named in _files()}
    return files
