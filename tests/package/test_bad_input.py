"""Cells that do their worst, graded by `buckets check`: nothing else is lost.

What a server may do is in test_check.py; what learners do to the file, in test_cli.py.
"""

import os
import subprocess
import sys
import time
import uuid
from contextlib import suppress

import nbformat
import pytest

from buckets import course

TOPIC = course.Topic("00_start_here")
GOOD = """
def greet(listener):
    connection, _ = listener.accept()
    connection.sendall(b"hello\\n")
    connection.close()
"""

# What a cell does, and what is said of it.
CELLS = {
    "raises": ("raise ValueError('no water')", "ValueError: no water"),
    "does not compile": ("def broken(:", "SyntaxError"),
    "hangs": ("while True: pass", "the cell was stopped after 5 s"),
    "cannot be interrupted": (
        "import signal, time\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])\n"
        "time.sleep(600)",
        "it was still running",
    ),
    "exits": ("import sys; sys.exit(1)", "SystemExit"),
    "exits at once": ("import os; os._exit(1)", "ended the notebook"),
    "kills itself": ("import os; os.kill(os.getpid(), 9)", "ended the notebook"),
    "forks without end": ("import os\nwhile True: os.fork()", "cell 1"),
    "prints 100 MB": ("for _ in range(10_000): print('x' * 10_000)", ""),
    "prints 100 MB past Python": (
        "import os\nfor _ in range(1_600): os.write(1, b'x' * 65_536)",
        "",
    ),
    "deletes its folder": (
        "import os, tempfile\nos.chdir(tempfile.mkdtemp())\nos.rmdir(os.getcwd())",
        "",
    ),
    "closes every descriptor": ("import os; os.closerange(3, 256)", ""),
    "leaves a thread": (
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(600,)).start()",
        "",
    ),
    "leaves a process": (
        "import subprocess\nsubprocess.Popen(['sleep', '600'], start_new_session=True)",
        "",
    ),
    "asks for all memory": (
        "import mmap; hoard = [mmap.mmap(-1, 1 << 30) for _ in range(8)]",
        "Cannot allocate memory",
    ),
    "says what it likes": ("print('\\ud800\\x1b[2J')", ""),
}


def graded(tmp_path, *sources):
    """Run `buckets check` on a notebook of these cells, under a mark of its own."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    path = tmp_path / "00_start_here.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    mark = f"BAD_INPUT={uuid.uuid4()}"
    run = subprocess.run(
        [sys.executable, "-m", "buckets", "check", str(path)],
        capture_output=True,
        text=True,
        timeout=110,
        env={**os.environ, **dict([mark.split("=")])},
    )
    return run, mark


def marked(mark):
    """Processes that inherited the mark, zombies left out."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError), open(f"/proc/{pid}/environ", "rb") as environment:
            if mark.encode() in environment.read():
                found.append(int(pid))
    return found


def nothing_is_left(mark):
    until = time.monotonic() + 10
    while marked(mark) and time.monotonic() < until:
        time.sleep(0.01)
    return not marked(mark)


@pytest.mark.parametrize("what", CELLS)
def test_a_cell_costs_at_most_itself(tmp_path, what):
    source, said = CELLS[what]
    run, mark = graded(tmp_path, source, GOOD)
    assert said in " ".join(run.stdout.split())
    assert run.stdout.endswith("00_start_here: 1 of 1 point\n"), run.stdout + run.stderr
    assert run.returncode == 0
    assert run.stderr == ""
    assert len(run.stdout) < 6_000
    if sys.platform.startswith("linux"):
        assert nothing_is_left(mark)


def test_a_task_whose_own_cell_is_broken_says_which_and_why(tmp_path):
    run, _ = graded(tmp_path, "1 / 0", GOOD.replace("listener)", "listener"))
    words = " ".join(run.stdout.split())
    assert "There is no greet. cell 2 stopped with SyntaxError" in words
    assert run.returncode == 1


def test_a_notebook_of_nothing_but_bad_cells_ends_too(tmp_path):
    run, mark = graded(tmp_path, *["import os; os._exit(1)"] * 8, GOOD)
    assert run.returncode in (0, 1)
    assert "ended the notebook" in run.stdout
    if sys.platform.startswith("linux"):
        assert nothing_is_left(mark)
