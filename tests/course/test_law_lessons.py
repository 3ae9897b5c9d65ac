"""Every lesson runs top to bottom in a fresh kernel, and leaves nothing.

With BUCKETS_READ_TWICE=1 in the environment each is read twice in one kernel, as by
somebody who chooses Run All again (`make lessons`): that takes twice as long.
"""

import json
import os
import time
import uuid
from contextlib import suppress

import nbformat
import psutil
import pytest
from kernels import private_talk
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

from buckets import course

LESSONS = sorted((course.root() / "lessons").glob("*.ipynb"))
TIMES = 2 if os.environ.get("BUCKETS_READ_TWICE") else 1
MARK = "BUCKETS_LESSON_UNDER_TEST"

# What the kernel's process has at this moment, apart from what its user made.
LOOK = """
import json as _json, psutil as _psutil, threading as _threading
_kernel = _psutil.Process()
print(_json.dumps({
    "processes": [_p.cmdline() for _p in _kernel.children(recursive=True)],
    "threads": sorted(
        _t.name for _t in _threading.enumerate()
        # pyzmq's own, which it starts at the first output that is large.
        if not type(_t).__module__.startswith("zmq.")
    ),
    "listening": sorted(
        _c.laddr.port for _c in _kernel.net_connections("tcp")
        if _c.status == _psutil.CONN_LISTEN
    ),
}))
"""


class Reader(NotebookClient):
    """Reads a lesson in a kernel of its own, cell by cell."""

    def look(self):
        cell = new_code_cell(LOOK)
        self.nb.cells.append(cell)
        self.execute_cell(cell, len(self.nb.cells) - 1)
        return json.loads(self.nb.cells.pop().outputs[0].text)

    def read(self):
        """Run every cell. What it put on stderr, which learners see in red."""
        red = []
        for index, cell in enumerate(self.nb.cells):
            if cell.cell_type == "code":
                self.execute_cell(cell, index)
                red += [o.text for o in cell.outputs if o.get("name") == "stderr"]
        return red


def read(path):
    """What was there before reading it, and after; what was red; who is left."""
    mark = uuid.uuid4().hex
    with private_talk() as talk:
        reader = Reader(
            nbformat.read(path, as_version=4),
            config=talk,
            timeout=120,
            kernel_name="python3",
            resources={"metadata": {"path": str(path.parent)}},
        )
        with reader.setup_kernel(env={**os.environ, MARK: mark}):
            before = reader.look()
            red = [line for _ in range(TIMES) for line in reader.read()]
            after = reader.look()
    return before, after, red, left_behind(mark)


def left_behind(mark, seconds=10):
    """The command lines of processes that outlive their kernel."""
    until = time.monotonic() + seconds
    while (left := marked(mark)) and time.monotonic() < until:
        time.sleep(0.05)
    return left


def marked(mark):
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(MARK) == mark:
                found.append(process.cmdline())
    return found


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_runs_and_leaves_nothing(lesson):
    before, after, red, left = read(lesson)
    assert red == []
    assert after["processes"] == before["processes"]
    assert after["listening"] == before["listening"]
    assert after["threads"] == before["threads"]
    assert left == []
