"""Nobody orders a fault of the grader, and nothing a child says decides a point."""

import pytest
import small_course
from small_course import TOPIC, clean

from buckets import course
from buckets.classroom import handed_in
from buckets.classroom.marking import mark
from buckets.driving import memory
from buckets.grading import collect, sandbox

WALLS = sandbox.available()
needs_walls = pytest.mark.skipif(bool(WALLS), reason=str(WALLS))
pytestmark = pytest.mark.timeout(300)

WORTHLESS = {"shout": 0, "greet": 1}

# How a learner's code finds the pipe by which its process tells what happens.
WIRE = """
    import gc, json, os, socket, stat

    def wires():
        for fd in range(3, 1100):
            try:
                if not stat.S_ISFIFO(os.fstat(fd).st_mode):
                    socket.socket(fileno=os.dup(fd)).getpeername()
            except OSError:
                continue
            yield fd

    def tell(data):
        for fd in wires():
            try:
                os.write(fd, data)
            except OSError:
                pass
"""


@pytest.fixture
def small(tmp_path, monkeypatch):
    monkeypatch.setenv("BUCKETS_COURSE", str(tmp_path))
    course.root.cache_clear()
    yield small_course.make(tmp_path)
    course.root.cache_clear()


def graded(*, before="", shout="", sandboxed=not WALLS):
    """The points by task, and the whole result."""
    answer = clean(before) + "\n\n" + clean(shout)
    notebook = handed_in.tidy(small_course.notebook({"answer_shout": answer}))
    marked = mark(course.Topic(TOPIC), notebook, sandboxed=sandboxed)
    return {verdict.task: verdict.points for verdict in marked.verdicts}, marked


DURING = {
    "a deep document": 'tell(b"[" * 200_000 + b"\\n")',
    "no line at all": 'tell(b"x" * (1 << 20))',
    "half a surrogate": 'tell(b\'{"end": "\\\\ud800", "at": ["\\\\ud800", 1]}\\n\')',
    "an end that is none": 'tell(b\'{"end": "returned"}\\n\')',
    "a name that is no text": (
        "import ctypes; ctypes.CDLL(None).prctl(15, b'\\xff\\xfe)( \\n', 0, 0, 0)"
    ),
    "gone": "os._exit(0)",
    "killed": "os.kill(os.getpid(), 9)",
}


@pytest.mark.parametrize("does", DURING.values(), ids=DURING)
def test_a_server_that_tells_lies_has_no_points(small, does):
    shout = f"""
        def shout(listener):
            connection, _ = listener.accept()
            {does}
            connection.sendall(b"points, please")
            listener.accept()
    """
    points, marked = graded(before=WIRE, shout=shout)
    assert points == WORTHLESS
    assert not marked.review


LOADING = {
    "killed": "os.kill(os.getpid(), 9)",
    "gone": "os._exit(3)",
    "says that it has ended": 'tell(b\'{"end": "returned"}\\n\'); os._exit(0)',
}


@pytest.mark.parametrize("does", LOADING.values(), ids=LOADING)
def test_who_dies_while_it_is_loaded_has_no_points_and_nobody_looks(small, does):
    """Such a parcel is made by hand: a pickle may run anything."""
    shout = f"""
        class Trap:
            def __call__(self, listener): ...
            def __reduce__(self):
                return exec, ({clean(WIRE) + chr(10) + does!r},)

        shout = Trap()
    """
    points, marked = graded(shout=shout)
    assert points == WORTHLESS
    assert not marked.review


CELLS = {
    "an empty label": 'tell(b\'{"cell": ""}\\n\'); os._exit(0)',
    "no base64": 'tell(b\'{"packed": "shout", "parcel": "*"}\\n{"done": true}\\n\')',
    "a deep document": 'tell(b"[" * 200_000 + b"\\n"); os._exit(0)',
}


@pytest.mark.parametrize("does", CELLS.values(), ids=CELLS)
def test_a_cell_that_tells_lies_spoils_itself(small, does):
    points, marked = graded(before=WIRE, shout=does)
    assert points["shout"] == 0
    assert not marked.review


def test_endless_small_lines_end_with_the_notebooks_own_deadline(small, monkeypatch):
    monkeypatch.setattr(collect, "TOTAL_SECONDS", 4.0)
    endless = """
        import time
        while True:
            try:
                tell(b'{"cell": "cell 9"}\\n')
                time.sleep(0.3)
            except BaseException:
                pass
    """
    points, marked = graded(before=WIRE, shout=endless)
    assert points["shout"] == 0
    assert "still running after 4 s" in str(marked.problems)


def test_no_more_cells_are_run_than_a_notebook_has_use_for():
    cells = [{"label": f"cell {n}", "source": "x = 1"} for n in range(1, 20_001)]
    kept, problems = collect._bounded(cells)
    assert len(kept) == collect.MOST_CELLS
    assert problems[0].sentence.startswith("cell 401 was left out")


# The test itself fails, for one answer only -----------------------------------------

FRAGILE = '''
from buckets.behaviour import behaviour


@behaviour("shout", points=3)
def test_comes_back(server):
    """what a client sends comes back"""
    client = server.connect("anna").send(b"hello")
    if "fragile" in server.submission.sources.get("cell 2", ""):
        raise KeyError("a fault of the grader")
    client.expect(b"HELLO")


@behaviour("greet", points=1)
def test_is_greeted(server):
    """a client is greeted"""
    {greeted}
'''


def write_tests(root, greeted="server.connect('ben').expect(b'welcome\\n')"):
    path = root / "tests" / "exercises" / f"test_{TOPIC}.py"
    path.write_text(FRAGILE.format(greeted=greeted))


def test_a_fault_that_comes_with_one_answer_only_withholds_its_points(small):
    write_tests(small)
    points, marked = graded(before="# fragile", shout=small_course.SHOUT)
    assert points == {"shout": 0, "greet": 1}
    assert "points are withheld" in marked.review
    points, marked = graded(shout=small_course.SHOUT)
    assert points == {"shout": 3, "greet": 1}
    assert not marked.review


def test_a_fault_that_the_solution_shows_too_costs_nobody_a_point(small):
    write_tests(small, greeted="{}['front']")
    points, marked = graded(shout=small_course.SHOUT)
    assert points == {"shout": 3, "greet": 1}
    assert "the grader failed" in marked.review


# Leaving the family, leaving the network --------------------------------------------

CROWD = '''
from buckets.behaviour import behaviour
from buckets.driving.expect import expect_alone


@behaviour("shout", points=3)
def test_alone(server):
    """one process"""
    server.connect("anna").send(b"hello").expect(b"HELLO")
    expect_alone(server)


@behaviour("greet", points=1)
def test_is_greeted(server):
    """a client is greeted"""
    server.connect("ben").expect(b"welcome\\n")
'''
HELPER = """
    import os, time

    def hire():
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(60)
            os._exit(0)
        os.wait()

    def shout(listener):
        {first}
        connection, _ = listener.accept()
        connection.sendall(connection.recv(100).upper())
        listener.accept()
"""


@pytest.mark.parametrize("sandboxed", [False, pytest.param(True, marks=needs_walls)])
@pytest.mark.parametrize(("first", "points"), [("hire()", 0), ("pass", 3)])
def test_who_forks_twice_still_belongs_to_the_server(small, sandboxed, first, points):
    path = small / "tests" / "exercises" / f"test_{TOPIC}.py"
    path.write_text(CROWD)
    found, _ = graded(shout=HELPER.format(first=first), sandboxed=sandboxed)
    assert found["shout"] == points


@needs_walls
def test_the_listener_leads_nowhere(small, tmp_path):
    """An undone listener is a socket of a network in which nobody is."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as host:
        port = host.getsockname()[1]
        shout = f"""
            import ctypes, os, socket

            def shout(listener):
                connection, _ = listener.accept()
                libc = ctypes.CDLL(None)
                for one in (listener, connection):
                    libc.connect(one.fileno(), bytes(16), 16)
                    one.settimeout(2)
                    try:
                        one.connect(("127.0.0.1", {port}))
                        one.sendall(b"a word of the test")
                    except OSError:
                        pass
        """
        points, _ = graded(shout=shout)
        assert points == WORTHLESS
        host.settimeout(0.5)
        with pytest.raises(TimeoutError):
            host.accept()


@needs_walls
def test_no_namespace_can_be_made_inside(small):
    shout = """
        import ctypes

        def shout(listener):
            libc = ctypes.CDLL(None)
            made = [libc.unshare(flag) for flag in (0x10000000, 0x20000, 0x40000000)]
            connection, _ = listener.accept()
            data = connection.recv(100)
            connection.sendall(data.upper() if 0 in made else b"none was made")
            connection.close()
    """
    assert graded(shout=shout)[0] == WORTHLESS


@needs_walls
def test_all_processes_together_have_a_ceiling_of_memory(small, monkeypatch):
    monkeypatch.setattr(memory, "CEILING", 300 << 20)
    greedy = """
        import os, time

        for _ in range(4):
            if os.fork() == 0:
                held = bytearray(os.urandom(1 << 20)) * 100
                time.sleep(600)
        time.sleep(4)
    """
    _, marked = graded(before=greedy)
    assert "GB of memory together" in str(marked.problems)
