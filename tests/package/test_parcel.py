"""Parcels: a learner's objects on their way into a fresh process."""

import importlib
import re
import selectors
import socket
import sys
import traceback
from contextlib import contextmanager

import pytest

from buckets.child.parcel import Unpackable, pack, unpack


def define(source, name, filename="/tmp/ipykernel_1/7.py"):
    """What a kernel does with a cell: compile it under a file name of its own."""
    names = {"__name__": "__main__"}
    exec(compile(source, filename, "exec"), names)
    return names[name]


@contextmanager
def going_on(task):
    """Beside a task whose cell has a thread T, which goes on until GO is set."""
    names = task.__globals__
    try:
        yield
    finally:
        names["GO"].set()
        names["T"].join()


def test_a_function_travels_with_its_globals():
    source = "FACTOR = 3\ndef triple(n): return FACTOR * n"
    assert unpack(pack(define(source, "triple")))(14) == 42


def test_a_class_travels_with_its_methods():
    source = "class Walker:\n    def steps(self): return [step for step in range(3)]"
    assert unpack(pack(define(source, "Walker")))().steps() == [0, 1, 2]


def test_code_is_named_after_its_cell_however_deep_it_lies():
    source = """
def outer():
    def inner():
        return [1 / n for n in (1, 0)]
    return inner()
"""
    filename = "/tmp/ipykernel_1/7.py"
    outer = unpack(pack(define(source, "outer"), {filename: "cell 7"}))
    with pytest.raises(ZeroDivisionError) as caught:
        outer()
    frames = traceback.extract_tb(caught.tb)[1:]
    assert frames
    assert {frame.filename for frame in frames} == {"<cell 7>"}


@pytest.mark.parametrize(
    ("make", "works"),
    [
        ("threading.Lock()", lambda lock: lock.acquire(blocking=False)),
        ("threading.RLock()", lambda lock: lock.acquire(blocking=False)),
        ("threading.local()", lambda local: vars(local) == {}),
        ("selectors.DefaultSelector()", lambda selector: not selector.get_map()),
    ],
)
def test_what_cannot_be_copied_is_made_anew(make, works):
    source = f"import selectors, threading\nTHING = {make}\ndef f(): return THING"
    assert works(unpack(pack(define(source, "f")))())


@pytest.mark.parametrize(
    ("first", "told"),
    [
        ("import threading\nT = threading.Lock()\nT.acquire()", "a lock that is held"),
        ("import threading\nT = threading.local()\nT.x = 1", "for its own thread"),
        ("class M(type): pass\nclass T(metaclass=M): pass", "T, whose making"),
        (
            "class B:\n    def __init_subclass__(cls): pass\nclass T(B): pass",
            "T, whose making",
        ),
        (
            "class T:\n    def __getattr__(self, name): return self.thing.x\n"
            "T = T()\nT.x = 1",
            "cannot be copied (maximum recursion depth",
        ),
        ("T = lambda: eval('1')", "It finds names by way of eval"),
    ],
)
def test_what_would_arrive_as_something_else_stays(first, told):
    source = f"{first}\ndef f(): return T"
    with pytest.raises(Unpackable, match=re.escape(told)):
        pack(define(source, "f"))


def test_what_travels_as_a_name_alone_stays(monkeypatch):
    source = "from typing import NewType\nFd = NewType('Fd', int)\ndef f(): return Fd"
    names = vars(importlib.import_module("__main__"))
    f = define(source, "f")
    monkeypatch.setitem(names, "Fd", f.__globals__["Fd"])
    monkeypatch.setattr(f.__globals__["Fd"], "__module__", "__main__")
    with pytest.raises(Unpackable, match="Fd, which is copied as a name alone"):
        pack(f)


def test_what_a_thread_waits_for_stays_with_it():
    source = """
import queue, threading
Q = queue.Queue()
def work(): Q.get()
T = threading.Thread(target=work, daemon=True)
T.start()
def f(): Q.put(1)
"""
    asks = define(source, "f")
    with pytest.raises(Unpackable, match="a thread that a cell started"):
        pack(asks)
    asks()
    asks.__globals__["T"].join()
    assert pack(asks)


@pytest.mark.parametrize(
    ("work", "asks"),
    [
        ("HEARD.append(GO.wait(30))", "len(HEARD)"),
        ("global COUNT; GO.wait(30); COUNT += 1", "COUNT"),
        ("KEPT.heard = GO.wait(30)", "KEPT.heard"),
        ("ADD(GO.wait(30))", "HEARD"),
        ("Kept.heard = GO.wait(30)", "Kept.heard"),
        ("RISE(GO.wait(30))", "RISEN()"),
        ("CLOCK.run()", "CLOCK.heard"),
        ("TABLE['heard'] = GO.wait(30)", "TABLE"),
    ],
)
def test_what_a_thread_fills_stays_with_it(work, asks):
    source = f"""
import threading
GO, HEARD, COUNT = threading.Event(), [], 0
ADD = HEARD.append
class Kept: pass
KEPT = Kept()
TABLE = {{}}
class Clock:
    def __init__(self): self.heard = None
    def begin(self): threading.Thread(target=self.run).start()
    def run(self): self.heard = GO.wait(30)
CLOCK = Clock()
def made():
    n = 0
    def rise(by):
        nonlocal n
        n += by
    return rise, lambda: n
RISE, RISEN = made()
def work(): {work}
T = threading.Thread(target=work, daemon=True)
T.start()
def f(): return {asks}
def other(): return 3
"""
    asks = define(source, "f")
    with going_on(asks):
        with pytest.raises(Unpackable, match="a thread that a cell started"):
            pack(asks)
        assert pack(asks.__globals__["other"])
    assert pack(asks)


@pytest.mark.parametrize(
    "asks",
    [
        "TABLE.get(b'a')",
        "HEARD.append(1)",
        "BOTH.append(1) or len(BOTH)",
        "Guest().text",
        "KEY.acquire()",
        "b'a'.count(b'b')",
    ],
)
def test_a_demo_of_something_else_does_not_hold_a_task_back(asks):
    source = f"""
import threading
GO, HEARD, BOTH, TABLE = threading.Event(), [], [], {{b'a': 1}}
KEY = threading.Lock()
class Guest:
    text = b''
    def __init__(self): self.text = b'hello'
count = 0
def demo():
    global count
    count += 1
    with KEY: pass
    guest = Guest()
    BOTH.append(TABLE[b'a'])
    HEARD.append(TABLE[b'a'])
    GO.wait(30)
T = threading.Thread(target=demo, daemon=True)
T.start()
def f(): return {asks}
"""
    task = define(source, "f")
    with going_on(task):
        assert pack(task)


@pytest.mark.parametrize("started", ["f", "part", "Guest(None).run", "SERVER.serve"])
def test_a_trial_of_a_task_in_a_thread_does_not_hold_it_back(started):
    source = f"""
import threading
GO, HEARD = threading.Event(), []
def wait(go): go.wait(30)
def part(go): HEARD.append(wait(go))
class Guest(threading.Thread):
    heard = []
    def __init__(self, of):
        super().__init__()
        self.of = of
    def run(self, go=None): self.heard.append(go and wait(go))
class Server:
    def __init__(self): self.guests = 0
    def serve(self, go): self.guests += 1; wait(go)
SERVER = Server()
def f(go): part(go); Guest(go).start(); SERVER.serve(go)
T = threading.Thread(target={started}, args=[GO], daemon=True)
T.start()
"""
    task = define(source, "f")
    with going_on(task):
        assert pack(task)


def test_a_socket_of_another_cell_is_refused():
    with socket.socket() as sock:
        with pytest.raises(Unpackable, match="a socket that a cell has made"):
            pack(lambda: sock)


def test_a_selector_in_use_is_refused():
    with socket.socket() as sock, selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        with pytest.raises(Unpackable, match="in which sockets are registered"):
            pack(lambda: selector)


def test_anything_else_that_cannot_travel_is_named():
    generator = (n for n in range(3))
    with pytest.raises(Unpackable, match="generator"):
        pack(lambda: generator)


def test_a_file_beside_the_notebook_travels_by_value(tmp_path, monkeypatch):
    (tmp_path / "helper_of_mine.py").write_text("def double(n): return 2 * n")
    monkeypatch.syspath_prepend(tmp_path)
    helper = importlib.import_module("helper_of_mine")
    parcel = pack(lambda n: helper.double(n)), pack(helper.double)
    monkeypatch.delitem(sys.modules, "helper_of_mine")
    monkeypatch.undo()
    assert [unpack(one)(21) for one in parcel] == [42, 42]


def test_modules_that_c_code_made_for_itself_stay_where_they_are():
    """They have no file and no spec, as those that a cell makes, and two names each."""
    import xml.parsers.expat

    assert xml.parsers.expat.model.__spec__ is None
    assert pack(lambda: xml.parsers.expat.model.XML_CTYPE_ANY)
