"""What SIGKILL may cost the database of exercise 10, and what it may not.

A process with the solution's store makes changes and syncs, and is killed at one write
to its files after the other: before a file is opened, half-way through a write, before
a file takes another's place. What the next store finds is exactly what the lesson
promises: all that was acknowledged, but for the keys of the turn that was cut short,
of which each has its old value, its new one, none, or, where the new one was written
over the old one, a torn one.
"""

import dbm.dumb
import os
import shutil
import signal
from types import SimpleNamespace

import pytest

from buckets import course

TOPIC = course.Topic("10_database")
PAGE = 4096  # bytes; a write within a page is done, or not done
QUIET = {b"quiet-%d" % number: b"q" * 300 * number for number in range(12)}
OLD = {b"short": b"1" * 10, b"long": b"2" * 9000, b"moved": b"3" * 500, b"gone": b"4"}
NEW = {b"short": b"one", b"long": b"two" * 2000, b"moved": b"3" * 9000, b"born": b"5"}


@pytest.fixture(scope="module")
def notebook():
    """What the solution's cells define."""
    names = {"__name__": "notebook"}
    for cell in course.read_notebook(TOPIC.solution)["cells"]:
        if cell["cell_type"] == "code" and not course.is_check(cell):
            exec("".join(cell["source"]), names)
    return names


STEPS = ("replace", "rename", "unlink")


class Killer:
    """Lets so many steps towards the disk be done, and kills in the middle of the next.

    Args:
        step: which.
    """

    def __init__(self, step):
        self.left = step

    def due(self):
        """Whether this step is the last one."""
        self.left -= 1
        return self.left < 0

    def step(self, act):
        """A step that is done as a whole, or not at all."""

        def counted(*args, **more):
            if self.due():
                os.kill(os.getpid(), signal.SIGKILL)
            return act(*args, **more)

        return counted

    def open(self, *args, **more):
        """A file whose writes count."""
        if self.due():
            os.kill(os.getpid(), signal.SIGKILL)
        return Watched(open(*args, **more), self)


class Watched:
    """A file that may be cut short between two pages."""

    def __init__(self, file, killer):
        self.file, self.killer = file, killer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def __iter__(self):
        return iter(self.file)

    def __getattr__(self, name):
        return getattr(self.file, name)

    def write(self, data):
        """All of it; or, if it is the last step, up to the end of a page."""
        if not self.killer.due():
            return self.file.write(data)
        text = data if isinstance(data, bytes) else data.encode("latin-1")
        self.file.flush()
        place = os.lseek(self.file.fileno(), 0, os.SEEK_CUR)
        os.write(self.file.fileno(), text[: PAGE - place % PAGE])
        os.kill(os.getpid(), signal.SIGKILL)


def change(store):
    """What the turn does that is cut short."""
    for key, value in NEW.items():
        store.put(key, value)
    store.delete(b"gone")
    store.sync()


def killed_at(step, notebook, path):
    """Run that turn in a process; whether it was killed before it had done all."""
    pid = os.fork()
    if not pid:
        store = notebook["Store"](notebook["open_database"](path))
        killer = Killer(step)
        dbm.dumb._io = notebook["Pantry"]._io = SimpleNamespace(open=killer.open)
        steps = {name: killer.step(getattr(os, name)) for name in STEPS}
        notebook["Pantry"]._os = SimpleNamespace(**steps, chmod=os.chmod)
        change(store)
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def acknowledged(notebook, folder):
    """A database with values that somebody has been told are kept."""
    folder.mkdir()
    database = notebook["open_database"](str(folder / "pantry"))
    store = notebook["Store"](database)
    for key, value in {**QUIET, **OLD}.items():
        store.put(key, value, 7)
    store.sync()
    return max(store.get(key).cas for key in OLD)


def may_be(key):
    """The values with which this key may be found."""
    old, new = OLD.get(key), NEW.get(key)
    return {old, new} if key in NEW else {old, None}


def is_torn(key, value):
    """Whether a value is made of the old one and of the new one, in their places."""
    if key not in (b"short", b"long") or value is None:
        return False
    old, new = (values[key].ljust(len(value)) for values in (OLD, NEW))
    pairs = zip(value, old, new, strict=False)
    return all(byte in (one, other, 0) for byte, one, other in pairs)


def opened(notebook, folder):
    """A store on the database there, as the next process opens it."""
    return notebook["Store"](notebook["open_database"](str(folder / "pantry")))


def what_is_torn(store, last, step):
    """Look at all that a killed process has left; the keys whose values are torn."""
    for key, value in QUIET.items():
        assert store.get(key)[:2] == (value, 7), (step, key)
    torn = set()
    for key in {**OLD, **NEW}:
        item = store.get(key)
        value = item.value if item else None
        if value not in may_be(key):
            assert is_torn(key, value), (step, key, value[:80])
            torn.add(key)
    store.put(b"next", b"")
    assert store.get(b"next").cas > last, step
    return torn


def test_a_kill_costs_nothing_but_the_keys_of_its_turn(notebook, tmp_path):
    """At every step, from the first to the last."""
    last = acknowledged(notebook, tmp_path / "before")
    torn, steps, folder = set(), 0, tmp_path / "after"
    shutil.copytree(tmp_path / "before", folder)
    while killed_at(steps, notebook, str(folder / "pantry")):
        store = opened(notebook, folder)
        torn |= what_is_torn(store, last, steps)
        store.sync()
        store.database.close()
        shutil.rmtree(folder)
        shutil.copytree(tmp_path / "before", folder)
        steps += 1
    # Each file, value and line of the index is a step, and two values do tear.
    assert steps > 3 * len(QUIET) and torn == {b"short", b"long"}
    store = opened(notebook, folder)
    assert {key: store.get(key).value for key in NEW} == NEW
    assert store.get(b"gone") is None
    store.database.close()


@pytest.mark.parametrize("half", [b"'b", b"'born', (12", b"'born', (12, 4)"])
def test_half_a_line_of_the_index_is_nobodys(notebook, tmp_path, half):
    """It is cut off, and the rest can be read."""
    acknowledged(notebook, tmp_path / "kept")
    path = tmp_path / "kept" / "pantry"
    with open(f"{path}.dir", "ab") as index:
        index.write(half)
    with notebook["open_database"](str(path)) as database:
        assert b"born" not in database
        assert len(database) == len(QUIET) + len(OLD) + 1
