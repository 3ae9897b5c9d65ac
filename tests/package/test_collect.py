"""From the cells of a notebook to the tasks of a submission."""

import subprocess
import sys
import time

import psutil
import pytest

from buckets import course
from buckets.child.parcel import unpack
from buckets.driving.server import Server
from buckets.grading import collect as collecting
from buckets.grading.collect import collect, news
from buckets.submission import Problem


def cells(*sources):
    return [
        {"label": f"cell {number}", "source": source}
        for number, source in enumerate(sources, start=1)
    ]


GOOD = "def serve(listener): return 'served'"


def test_a_task_is_taken_from_the_cell_that_defines_it_last():
    found = collect(cells("def serve(l): return 'early'", GOOD), ["serve"])
    assert unpack(found.parcels["serve"])(None) == "served"


def test_magics_and_await_work_as_in_jupyter():
    found = collect(
        cells("import asyncio\nawait asyncio.sleep(0)", "%%capture\nprint(1)", GOOD),
        ["serve"],
    )
    assert not found.problems
    assert found.parcels


def test_a_cell_that_raises_costs_only_itself():
    found = collect(cells("1 / 0", GOOD), ["serve"])
    assert [problem.kind for problem in found.problems] == ["ZeroDivisionError"]
    assert 'File "<cell 1>", line 1' in found.problems[0].traceback
    assert found.parcels


IN_THE_BACKGROUND = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
from buckets.grading.collect import collect
source = '''
import _thread, time
try:
    _thread.interrupt_main()
    time.sleep(3)
    heard = b'nothing'
except KeyboardInterrupt:
    heard = b'an interrupt'
def serve(listener): return heard
'''
[parcel] = collect([{"label": "cell 1", "source": source}], ["serve"]).parcels.values()
assert b"an interrupt" in parcel
"""


def test_cells_hear_an_interrupt_where_the_grader_runs_in_the_background():
    run = subprocess.run([sys.executable, "-c", IN_THE_BACKGROUND], timeout=60)
    assert run.returncode == 0


def test_a_problem_is_told_from_the_cells_own_line_on():
    """Beside asyncio each statement runs in a loop, whose frames are not theirs."""
    found = collect(cells("import asyncio, json\njson.loads('{')"), [])
    [problem] = found.problems
    first, second, *_ = problem.traceback.splitlines()
    assert first == "Traceback (most recent call last):"
    assert second == '  File "<cell 1>", line 2, in <module>'
    assert "json" in problem.traceback


def test_a_cell_that_does_not_parse_costs_only_itself():
    found = collect(cells("def serve(listener:", GOOD), ["serve"])
    assert [problem.kind for problem in found.problems] == ["SyntaxError"]
    assert found.parcels


STUB = "# Your code goes here.\nraise NotImplementedError('not written yet')"
WRITTEN = "x = 1\nraise NotImplementedError"


@pytest.mark.parametrize(
    ("task", "told"), [("one", "1 3 4"), ("two", "2 3 4"), (None, "1 2 3 4")]
)
def test_what_is_not_written_of_other_tasks_is_no_news(task, told):
    script = course.Script(cells(STUB, STUB, WRITTEN, "("), {"one": 1, "two": 2})
    problems = [
        Problem(cell["label"], "NotImplementedError", "") for cell in script.cells
    ]
    left = [problem.cell for problem in news(problems, script, task)]
    assert left == [f"cell {number}" for number in told.split()]


@pytest.mark.parametrize("task", ["serve_in_pieces", "serve_gold"])
def test_a_released_notebook_is_silent_on_the_tasks_that_nobody_asked_for(task):
    topic = course.Topic("14_gold")
    script = course.script(topic, course.read_notebook(topic.exercise))
    problems = [
        Problem(cell["label"], "NotImplementedError", "")
        for cell in script.cells
        if collecting._unwritten(cell["source"])
    ]
    assert len(problems) == 2
    [left] = news(problems, script, task)
    assert left == problems[task == "serve_gold"]


@pytest.mark.parametrize(
    "ending",
    [
        "import os; os._exit(1)",
        "import os; os.kill(os.getpid(), 9)",
        "import sys; sys.exit()",
        "import os; os.close(3); [os.close(fd) for fd in range(4, 256)]",
    ],
)
def test_a_cell_that_ends_the_process_costs_only_itself(ending):
    found = collect(cells("HELP = 1", ending, GOOD), ["serve"])
    assert unpack(found.parcels["serve"])(None) == "served"
    assert not found.fault


@pytest.mark.parametrize(
    "hang",
    [
        "import time; time.sleep(600)",
        "while True: pass",
        "import socket; socket.create_server(('127.0.0.1', 0)).accept()",
        "while True:\n    try:\n        while True: pass\n"
        "    except BaseException: pass",
    ],
)
def test_a_cell_that_hangs_costs_only_itself(hang, monkeypatch):
    monkeypatch.setattr(collecting, "CELL_SECONDS", 0.3)
    monkeypatch.setattr(collecting, "GRACE_SECONDS", 1.0)
    found = collect(cells(hang, GOOD), ["serve"])
    assert unpack(found.parcels["serve"])(None) == "served"
    assert "cell 1" in [problem.cell for problem in found.problems]


def test_names_of_this_package_do_nothing_while_cells_are_collected():
    source = (
        "from buckets import check, running\n"
        "def serve(listener): return 'served'\n"
        "check(serve)\n"
        "with running(serve) as server:\n    server.connect()"
    )
    found = collect(cells(source), ["serve"])
    assert not found.problems
    assert found.parcels


def test_why_a_task_is_missing_is_said_kindly():
    found = collect(cells("1 / 0\ndef serve(listener): pass"), ["serve"])
    assert "cell 1 stopped with ZeroDivisionError" in found.why_missing("serve")
    found = collect(cells("def serv(listener): pass"), ["serve"])
    assert found.why_missing("serve").startswith("There is no serve in this notebook")


def test_what_cannot_travel_is_made_anew_where_it_is_served():
    source = (
        "import socket\nS = socket.socket()\n"
        "def serve(listener):\n"
        "    conn, _ = listener.accept()\n"
        "    conn.sendall(b'%d' % (S.fileno() > 0))"
    )
    found = collect(cells("later = 1", source), ["serve"])
    assert not found.parcels
    assert "a socket" in found.unpackable["serve"]
    with Server(found, "serve") as server:
        server.connect("anna").expect(b"1")


def test_a_notebook_that_says_lies_to_the_outside_harms_only_itself():
    lies = (
        "import contextlib, os\n"
        "for says in range(3, 1100):\n"
        "    with contextlib.suppress(OSError):\n"
        '        os.write(says, b\'{"packed": [1], "done": 0}\\nnonsense\\n[]\\n\')'
    )
    assert isinstance(collect(cells(lies, GOOD), ["serve"]).parcels, dict)


def test_no_process_is_left():
    collect(cells("import subprocess; subprocess.Popen(['sleep', '600'])"), ["serve"])
    until = time.monotonic() + 10
    while any(_sleepers()) and time.monotonic() < until:
        time.sleep(0.01)
    assert not any(_sleepers())


def _sleepers():
    for process in psutil.Process().children(recursive=True):
        try:
            if process.status() != psutil.STATUS_ZOMBIE:
                yield process.cmdline() == ["sleep", "600"]
        except psutil.Error:
            continue


# What a function leaves behind where it is written: cells, an expression in it that
# relies on them, and what is told.
LEFT_BEHIND = {
    "a name of its module": ("W = 1", "sys.modules[__name__].W", "by way of modules"),
    "a name of a function": (
        "def near(): pass\nW = 1",
        "near.__globals__['W']",
        "by way of __globals__",
    ),
    "a name of a frame": ("W = 1", "sys._getframe().f_globals['W']", "f_globals"),
    "a class of another": (
        "class Base: pass\nclass One(Base): pass",
        "len(Base.__subclasses__())",
        "__subclasses__",
    ),
    "builtins": ("__builtins__.W_ = 1", "__builtins__.W_", "__builtins__"),
    "a name for all": ("import builtins\nbuiltins.V = 1", "V", "set builtins's V"),
    "a class that counts as another": (
        "from collections import abc\n@abc.Sequence.register\nclass Line: pass",
        "isinstance(Line(), abc.Sequence)",
        "set collections.abc's register",
    ),
    "a method in a library": (
        "def into(kind): return lambda f: setattr(kind, f.__name__, f)\n"
        "@into(socket.socket)\ndef ask_twice(self): return 1",
        "listener.ask_twice()",
        "put ask_twice into socket",
    ),
    "a default of a library": (
        "import json\nfor kind in [json.JSONEncoder]:\n"
        "    setattr(kind, 'default', lambda self, other: 1)",
        "json.dumps(object())",
        "put default into JSONEncoder",
    ),
    "a patched number": (
        "from unittest import mock\nmock.patch('errno.EPERM', 7).start()",
        "errno.EPERM",
        "set errno's EPERM",
    ),
    "a patched attribute": (
        "from unittest.mock import patch\npatch.object(select, 'PIPE_BUF', 7).start()",
        "select.PIPE_BUF",
        "set select's",
    ),
    "an entry of a module": (
        "import errno as numbers\nvars(numbers).update(EWORD=7)",
        "numbers.EWORD",
        "set errno's",
    ),
    "a setting of what was imported by name": (
        "import decimal\nfrom decimal import Decimal, getcontext\n"
        "getcontext().prec = 3",
        "Decimal(1) / 3",
        "set decimal's prec",
    ),
    "a setting beside a magic": (
        "%time x = 1\nimport string\nstring.digits = '1'",
        "string.digits",
        "set string's digits",
    ),
    "a closed stream": ("sys.stdin.close()", "sys.stdin.closed", "set sys's close"),
    "a number of a file": (
        "FILE = os.open('its.log', os.O_CREAT | os.O_WRONLY)",
        "os.write(FILE, b'x')",
        "what open said",
    ),
    "a number of a temporary file": (
        "import tempfile\nTEMP, _ = tempfile.mkstemp()",
        "os.write(TEMP, b'x')",
        "what mkstemp said",
    ),
    "a log that is read": (
        "import io, logging\nTEXT = io.StringIO()\nlog = logging.getLogger('read')\n"
        "log.addHandler(logging.StreamHandler(TEXT))",
        "(log.warning('x'), TEXT.getvalue())",
        "reads what a logger",
    ),
    "a log that is kept": (
        "class Keep(logging.Handler):\n    def emit(self, record): pass\n"
        "keep = Keep()\nlogging.getLogger('kept').addHandler(keep)",
        "(logging.getLogger('kept').warning('x'), keep)",
        "reads what a logger",
    ),
    "data of a package": (
        "import os, pkgutil\nos.mkdir('data')\nopen('data/__init__.py', 'w').close()",
        "pkgutil.get_data('data', '__init__.py')",
        "wrote the file",
    ),
    "a number of a program": (
        "import types\nprogram = types.SimpleNamespace(pid=3)\nPID = program.pid",
        "PID + 1",
        "what pid said",
    ),
}
# What only looks like it.
TRAVELS = {
    "its own stack": ("stack = [1]", "stack.pop()"),
    "a table of its own": ("table = {}\ntable.update(a=1)", "table['a']"),
    "a file that is closed": (
        "with open('said.txt', 'w') as file:\n    TOLD = file.write('x')",
        "TOLD",
    ),
    "a setting of another library": ("import textwrap\ntextwrap.X = 1", "errno.EPERM"),
    "a logger that is told": (
        "import logging, sys\ntold = logging.getLogger('told')\n"
        "told.addHandler(logging.StreamHandler(sys.stderr))\ntold.setLevel('INFO')",
        "told.info('x')",
    ),
    "a method of its own class": (
        "class Near: pass\nsetattr(Near, 'ask', lambda self: 1)",
        "Near().ask()",
    ),
}


def functions_of(table):
    """Cells of a table, each with a function that uses what they made."""
    yield "import errno, os, select, socket, sys"
    for number, (first, what, *_) in enumerate(table.values()):
        yield first
        yield f"def task_{number}(listener): return {what}"


def test_what_a_function_would_leave_behind_keeps_it_where_its_cells_are(tmp_path):
    tasks = [f"task_{number}" for number in range(len(LEFT_BEHIND))]
    found = collect(cells(*functions_of(LEFT_BEHIND)), tasks, folder=str(tmp_path))
    assert not found.problems
    told = {
        name: found.unpackable.get(task, "it travels")
        for name, task in zip(LEFT_BEHIND, tasks, strict=True)
    }
    wrong = {k: text for k, text in told.items() if LEFT_BEHIND[k][2] not in text}
    assert not wrong


def test_a_logger_of_a_kind_of_its_own_stays():
    script = cells(
        "import logging\nclass Mine(logging.Logger): pass\n"
        "logging.setLoggerClass(Mine)\nlog = logging.getLogger('mine')\n"
        "logging.setLoggerClass(logging.Logger)\ndel logging",
        "def serve(listener): return log.name",
    )
    assert "Mine" in collect(script, ["serve"]).unpackable["serve"]


def test_what_only_looks_like_it_travels(tmp_path):
    tasks = [f"task_{number}" for number in range(len(TRAVELS))]
    found = collect(cells(*functions_of(TRAVELS)), tasks, folder=str(tmp_path))
    assert not found.problems
    assert not found.unpackable


# What Jupyter keeps of a cell's values: cells, and what _, __ and W must be.
VALUES = {
    "the last value only": (["4", "5\nx = 3", "W = _"], 4),
    "several at a cell's end": (["4", "'a'\n'b'", "W = _, __"], ("b", 4)),
    "a semicolon": (["4", "6 * 7;  # quiet", "W = _"], 4),
    "a name of one's own": (["_ = 3", "4", "W = _"], 3),
    "all of them": (
        ["get_ipython().ast_node_interactivity = 'all'", "4\nx = 3", "W = _"],
        4,
    ),
    "what was assigned": (
        [
            "get_ipython().ast_node_interactivity = 'last_expr_or_assign'",
            "y = 7",
            "W = _",
        ],
        7,
    ),
}


@pytest.mark.parametrize("how", VALUES)
def test_what_a_cell_ends_in_is_kept_as_jupyter_keeps_it(how):
    sources, value = VALUES[how]
    found = collect(cells(*sources, "def serve(listener): return W"), ["serve"])
    assert not found.problems
    assert unpack(found.parcels["serve"])(None) == value


# What cells ask a shell to do for their files, and where W comes from.
SHELLS = {
    "a file by echo": "!echo 'W = 3' > by_echo.py\nfrom by_echo import W",
    "a line more": "!touch a.txt\n!echo 3 >> a.txt\nW = int(open('a.txt').read())",
    "copied": "!echo 'W = 3' > one.py\n!cp one.py two.py\nfrom two import W",
    "moved": "!echo 'W = 3' > old.py\n!mv old.py new.py\nfrom new import W",
    "removed": (
        "!mkdir -p a/b\n!touch a/b/c\n!rm -rf a\nimport os\nW = 3 - os.path.exists('a')"
    ),
    "said": "three = !echo 1 2 3\nW = int(three[0].split()[-1])",
    "listed": "!mkdir -p d\n!touch d/y d/x\nnames = !ls d\nW = names.index('y') + 2",
    "read": "!echo 3 > b.txt\nsaid = !cat b.txt\nW = int(said[0])",
    "by a name of Python's": "n = 3\n!echo {n} > c\nW = int(open('c').read())",
    "a cell of the shell's": (
        "%%bash\n# a place for it\nmkdir -p lib\necho 'W = 3' > lib/word.py",
        "import sys\nsys.path.append('lib')\nfrom word import W",
    ),
}
# What has more to it is not done, and told.
NOT_DONE = (
    *("!echo $HOME > x", "!echo a; echo b", "!cat < a > b", "!ls | wc", "!ls *.py"),
    *("!uname", "!rm -i x", "!echo 'a' > b > c", '!echo "`ls`"', "!sleep 5 &"),
    *("%%bash\nmkdir x\nuname", "%%bash\nfor i in 1 2; do\nmkdir $i\ndone"),
)


@pytest.mark.parametrize("how", SHELLS)
def test_what_cells_ask_a_shell_for_their_files_is_done_without_one(tmp_path, how):
    sources = SHELLS[how] if isinstance(SHELLS[how], tuple) else (SHELLS[how],)
    script = cells(*sources, "def serve(listener): return W")
    found = collect(script, ["serve"], folder=str(tmp_path))
    assert (found.problems, found.notes) == ([], [])
    assert unpack(found.parcels["serve"])(None) == 3


def test_what_has_more_to_it_is_not_done_and_told(tmp_path):
    script = cells(*NOT_DONE, GOOD)
    found = collect(script, ["serve"], folder=str(tmp_path))
    assert not found.problems
    assert [note.cell for note in found.notes] == [
        f"cell {number}" for number in range(1, len(NOT_DONE) + 1)
    ]
    assert not list(tmp_path.iterdir())


def test_a_timer_that_a_cell_set_goes_on():
    script = cells(
        "import signal\ndef rung(*_): pass\nsignal.signal(signal.SIGALRM, rung)\n"
        "signal.setitimer(signal.ITIMER_REAL, 600)",
        "later = 1",
        "def serve(listener):\n    connection, _ = listener.accept()\n"
        "    left, _ = signal.getitimer(signal.ITIMER_REAL)\n"
        "    connection.sendall(b'%d' % (left > 500))",
    )
    with Server(collect(script, ["serve"]), "serve") as server:
        server.connect("anna").expect(b"1")


def test_a_limit_of_digits_is_one_of_the_whole_process():
    script = cells("import sys\nsys.set_int_max_str_digits(0)\ndel sys", GOOD)
    assert "how long a number may be" in collect(script, ["serve"]).unpackable["serve"]
