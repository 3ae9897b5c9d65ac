"""The engine: tests in a process of their own, and what is left when it goes wrong."""

import functools
import json
import os
import subprocess
import sys
import textwrap

import psutil
import pytest
import servers
import small_course
from processes import readable, until
from small_course import TOPIC

from buckets import course
from buckets.grading import engine
from buckets.grading.engine import grade
from buckets.submission import Submission

RIGHT = small_course.GIVEN + small_course.SHOUT + small_course.GREET
RUDE = small_course.GIVEN + small_course.RUDE_SHOUT + small_course.GREET
SILENT = """
    def shout(listener):
        listener.accept()
        listener.accept()
"""
BEGINNING = """
import os
import signal
import time
from pathlib import Path

import psutil

from buckets.behaviour import behaviour
from buckets.driving.unmet import Unmet

HERE = Path(os.environ["BUCKETS_COURSE"])


def note(text):
    with open(HERE / "notes", "a") as notes:
        notes.write(f"{text}\\n")

"""


@functools.cache
def packed(source):
    names = [name for name in ("shout", "greet") if f"def {name}(" in source]
    return servers.submission(source, *names)


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A small course; write_tests() gives it others than its own."""
    root = tmp_path / "course"
    monkeypatch.setenv("BUCKETS_COURSE", str(root))
    course.root.cache_clear()
    yield small_course.make(root)
    course.root.cache_clear()


def write_tests(root, source, hidden=""):
    topic = course.Topic(TOPIC)
    topic.tests.write_text(BEGINNING + textwrap.dedent(source))
    if hidden:
        topic.hidden_tests.parent.mkdir(parents=True)
        topic.hidden_tests.write_text(BEGINNING + textwrap.dedent(hidden))


def graded(source, **options):
    """The verdicts by task."""
    verdicts = grade(course.Topic(TOPIC), packed(source), **options)
    return {verdict.task: verdict for verdict in verdicts}


def statuses(verdict):
    return {test.id: test.status for test in verdict.tests}


def notes(root):
    path = root / "notes"
    return path.read_text().splitlines() if path.exists() else []


@pytest.fixture(autouse=True)
def there_before():
    """Processes that other tests of this worker have left are none of a test's here."""
    BEFORE.clear()
    BEFORE.update(psutil.Process().children(recursive=True))


BEFORE = set()


def nothing_is_left():
    """No child of this test; what has ended and was waited for does not count."""
    return set(psutil.Process().children(recursive=True)) <= BEFORE


# What comes of the tests -------------------------------------------------------------


def test_a_right_answer_gets_everything(small):
    found = graded(RIGHT)
    assert {task: verdict.points for task, verdict in found.items()} == {
        "shout": 3,
        "greet": 1,
    }
    assert all(verdict.full for verdict in found.values())


def test_what_needs_a_failure_is_skipped_with_that_reason(small):
    verdict = graded(SILENT)["shout"]
    first, second = verdict.tests
    assert (first.status, second.status) == ("fail", "skip")
    assert second.message == "needs: what a client sends comes back in capitals"
    assert verdict.points == 0


def test_what_needs_something_skipped_is_skipped_too(small):
    write_tests(
        small,
        """
        @behaviour("shout", points=1)
        def test_one(server):
            raise Unmet("not at all")

        @behaviour("shout", points=1, needs="one")
        def test_two(server): ...

        @behaviour("shout", points=1, needs="two")
        def test_three(server): ...

        @behaviour("shout", points=1)
        def test_four(server): ...
        """,
    )
    verdict = graded(RIGHT, task="shout")["shout"]
    assert list(statuses(verdict).values()) == ["fail", "skip", "skip", "pass"]
    assert verdict.points == 1


def test_one_task_alone(small):
    # A server that writes down that it was started.
    spied = RIGHT.replace(
        "def shout(listener):",
        f"def shout(listener):\n        open({str(small / 'notes')!r}, 'a').write('x')",
    )
    heard = []
    found = graded(spied, task="greet", on_result=lambda task, _: heard.append(task))
    assert list(found) == ["greet"]
    assert heard == ["greet"]
    assert not notes(small)
    graded(spied, task="shout")
    assert notes(small)


def test_a_task_that_is_missing_is_told_and_the_other_is_graded(small):
    found = graded(small_course.GREET)
    assert found["greet"].points == 1
    assert found["shout"].points == 0
    assert "There is no shout in this notebook" in found["shout"].note


def test_a_fault_while_the_cells_were_run_costs_nobody_a_point(small):
    faulty = Submission(fault="the disk is full")
    for verdict in grade(course.Topic(TOPIC), faulty):
        assert verdict.points == verdict.max_points
        assert {test.message for test in verdict.errors} == {"the disk is full"}
        assert len(verdict.errors) == len(verdict.tests)


# A timing check counts when it was run again -----------------------------------------

TIMED = """
@behaviour("shout", points=1{timing})
def test_rests(server):
    note(f"{{server.process.pid}} {{server.patience.asleep}}")
    if len((HERE / "notes").read_text().splitlines()) in {fails}:
        raise Unmet("never rests", kind="rest")
"""


@pytest.mark.parametrize(
    ("timing", "fails", "status", "runs"),
    [
        (", timing=True", [1], "pass", 2),
        (", timing=True", [1, 2], "fail", 2),
        (", timing=True", [], "pass", 1),
        ("", [1], "fail", 1),
    ],
    ids=["once", "twice", "never", "no timing check"],
)
def test_only_the_second_run_of_a_timing_check_counts(
    small, timing, fails, status, runs
):
    write_tests(small, TIMED.format(timing=timing, fails=fails))
    heard = []
    verdict = graded(
        RIGHT, task="shout", on_result=lambda _, result: heard.append(result.status)
    )["shout"]
    assert heard == [status]
    assert statuses(verdict) == {"rests": status}
    assert verdict.points == (status == "pass")
    pids, patience = zip(*(line.split() for line in notes(small)), strict=True)
    assert len(set(pids)) == runs, "each run has a fresh server"
    assert len(set(patience)) == 1, "and is as patient as the first"


# Faults of the grader ----------------------------------------------------------------


def test_a_mistake_in_a_test_is_an_error_and_costs_no_points(small):
    write_tests(
        small,
        """
        @behaviour("shout", points=2)
        def test_shouts(server):
            {}["front"]

        @behaviour("shout", points=1, needs="shouts")
        def test_hears(server): ...
        """,
    )
    verdict = graded(RIGHT, task="shout")["shout"]
    assert statuses(verdict) == {"shouts": "error", "hears": "pass"}
    assert verdict.points == 3
    assert not verdict.full
    assert verdict.errors[0].message == "The grader failed: KeyError: 'front'"


def test_a_plain_assert_is_no_promise_of_the_contract(small):
    write_tests(
        small,
        """
        @behaviour("shout", points=2)
        def test_shouts(server):
            assert 1 == 2
        """,
    )
    assert statuses(graded(RIGHT, task="shout")["shout"]) == {"shouts": "error"}


THREE = """
@behaviour("shout", points=1)
def test_one(server): ...

@behaviour("shout", points=1)
def test_two(server):
    {two}

@behaviour("shout", points=1)
def test_three(server): ...
"""
DIES = "os.kill(os.getpid(), signal.SIGKILL)"


def test_what_was_found_stands_when_the_process_dies(small):
    write_tests(
        small,
        THREE.format(two=DIES).replace(
            "server): ...", "server):\n    raise Unmet('no')", 1
        ),
    )
    verdict = graded(RIGHT, task="shout")["shout"]
    # The third was run again, alone.
    assert statuses(verdict) == {"one": "fail", "two": "error", "three": "pass"}
    assert verdict.points == 2
    assert nothing_is_left()


def test_a_hidden_test_that_was_never_run_is_a_fault_too(small):
    write_tests(
        small,
        THREE.format(two="..."),
        hidden=f"""
        @behaviour("shout", hardens="one")
        def test_one_harder(server):
            {DIES}
        """,
    )
    verdict = graded(RIGHT, task="shout")["shout"]
    assert statuses(verdict)["one_harder"] == "error"
    assert verdict.points == 3
    assert not verdict.full, "a person must have a look"


def test_the_deadline_ends_what_does_not_end(small, monkeypatch):
    monkeypatch.setattr(engine, "DEADLINE", 1.0)
    monkeypatch.setattr(engine, "ALONE", 2.0)
    write_tests(small, THREE.format(two="time.sleep(600)"))
    verdict = graded(RIGHT, task="shout")["shout"]
    assert {"error"} <= set(statuses(verdict).values()) <= {"pass", "error"}
    assert len(verdict.tests) == verdict.points == 3
    assert nothing_is_left()


def test_the_callers_own_settings_of_pytest_are_not_heard(small, monkeypatch):
    monkeypatch.setenv("PYTEST_ADDOPTS", "--maxfail=1 -k nothing_at_all")
    monkeypatch.setenv("PYTEST_PLUGINS", "no_such_plugin")
    assert graded(RIGHT)["shout"].points == 3


# One by one --------------------------------------------------------------------------


def test_each_result_is_heard_before_the_next_test_has_ended(small):
    """The second test waits for what on_result does with the first one's result."""
    write_tests(
        small,
        THREE.format(
            two="""
    import select
    with open(HERE / "pipe", "r+b", buffering=0) as pipe:
        assert select.select([pipe], [], [], 60)[0], "nobody heard of the first"
        """
        ),
    )
    os.mkfifo(small / "pipe")
    heard = []
    with open(small / "pipe", "r+b", buffering=0) as pipe:

        def hear(task, result):
            heard.append((task, result.id, result.status))
            pipe.write(b"x")

        graded(RIGHT, task="shout", on_result=hear)
    assert heard == [("shout", name, "pass") for name in ("one", "two", "three")]


def test_nothing_is_left_when_whoever_listens_is_interrupted(small):
    def interrupt(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        graded(RIGHT, on_result=interrupt)
    assert nothing_is_left()


# Hidden variants ---------------------------------------------------------------------

HIDDEN = """
@behaviour("shout", hardens="one")
def test_one_harder(server):
    note("hidden")
    raise {error}
"""


@pytest.mark.parametrize(
    ("error", "hidden", "points", "runs"),
    [
        ("Unmet('not so')", True, 2, 1),
        ("Unmet('not so')", False, 3, 0),
        ("KeyError('front')", True, 3, 4),
    ],
    ids=["it fails", "not used", "fault of ours"],
)
def test_a_hidden_variant_guards_the_points_of_a_visible_test(
    small, error, hidden, points, runs
):
    write_tests(small, THREE.format(two="..."), hidden=HIDDEN.format(error=error))
    verdict = graded(RIGHT, task="shout", hidden=hidden)["shout"]
    assert verdict.points == points
    assert len(notes(small)) == runs
    assert statuses(verdict)["one"] == "pass"
    assert [test.points for test in verdict.tests][:3] == [points - 2, 1, 1]


# Nothing is left ---------------------------------------------------------------------

CALLER = """
import sys
from pathlib import Path

from buckets import course
from buckets.grading.engine import grade
from buckets.submission import Submission

grade(course.Topic({topic!r}), Submission.load(Path(sys.argv[1])), task="shout")
"""


def test_a_grader_that_is_killed_takes_everything_along(small, tmp_path):
    write_tests(
        small,
        """
        @behaviour("shout", points=1)
        def test_hangs(server):
            with open(HERE / "pipe", "w") as pipe:
                family = [*psutil.Process().children(recursive=True), psutil.Process()]
                pipe.write(" ".join(str(process.pid) for process in family))
            time.sleep(600)
        """,
    )
    packed(RIGHT).save(tmp_path / "submission.json")
    os.mkfifo(small / "pipe")
    code = CALLER.format(topic=TOPIC)
    caller = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "submission.json")]
    )
    try:
        pids = read_fifo(small / "pipe").split()
    finally:
        caller.kill()
        caller.wait()
    assert len(pids) >= 2, "the tests and at least one server"
    for pid in map(int, pids):
        until(lambda pid=pid: has_ended(pid), f"the end of process {pid}")


def read_fifo(path):
    """All that its one writer writes."""
    fifo = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        text = b""
        while True:
            assert readable(fifo), f"nothing more came after {text!r}"
            piece = os.read(fifo, 1 << 16)
            if not piece:
                return text.decode()
            text += piece
    finally:
        os.close(fifo)


def has_ended(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


LEAVES = {
    "prints 100 MB": """
        for _ in range(100):
            print("x" * (1 << 20), flush=True)
    """,
    "forks": """
        import os, time
        for _ in range(10):
            if os.fork() == 0:
                time.sleep(600)
    """,
    "forks and leaves the group": """
        import os, time
        if os.fork() == 0:
            os.setsid()
            time.sleep(600)
    """,
    "starts a program": """
        import subprocess
        subprocess.Popen(["sleep", "600"])
    """,
    "exits": "import os; os._exit(3)",
    "exits with children": """
        import os, time
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
    """,
    "closes everything": "import os; os.closerange(0, 4096)",
    "ignores signals": """
        import signal
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGIO):
            signal.signal(number, signal.SIG_IGN)
    """,
}


@pytest.mark.parametrize("what", LEAVES)
def test_whatever_a_server_does_nothing_is_left(small, what, tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    wrong = "\ndef shout(listener):\n" + textwrap.indent(
        textwrap.dedent(LEAVES[what]).strip() + "\nlistener.accept()\n", "    "
    )
    # Processes of this one are known by a word that all of them inherit.
    mark = f"left-by-{os.getpid()}-{what.replace(' ', '-')}"
    monkeypatch.setenv("BUCKETS_TEST_MARK", mark)
    packed(wrong)
    descriptors = psutil.Process().num_fds()
    verdict = graded(wrong)["shout"]
    assert (verdict.points, verdict.errors) == (0, [])
    assert len(json.dumps(verdict.document())) < 1 << 20
    assert nothing_is_left()
    until(lambda: not marked(mark), f"the end of all that {what}")
    assert psutil.Process().num_fds() <= descriptors
    assert list(temporary.iterdir()) == []


def marked(mark):
    """The processes in whose environment the mark stands."""
    found = []
    for process in psutil.process_iter():
        try:
            environment = process.environ()
        except psutil.Error:
            continue
        if environment.get("BUCKETS_TEST_MARK") == mark and process.pid != os.getpid():
            found.append(process.pid)
    return found


def test_a_child_that_dies_in_reserve_costs_no_test_anything(small):
    """The first test kills all warm children; the others still get theirs."""
    write_tests(
        small,
        """
        @behaviour("shout", points=1)
        def test_one(server):
            for spare in psutil.Process().children():
                if spare.pid != server.process.pid:
                    spare.kill()
                    note("killed")

        @behaviour("shout", points=1)
        def test_two(server):
            server.connect("anna").send(b"hello").expect(b"HELLO")

        @behaviour("shout", points=1)
        def test_three(server):
            server.connect("anna").send(b"hello").expect(b"HELLO")
        """,
    )
    verdict = graded(RIGHT, task="shout")["shout"]
    assert set(statuses(verdict).values()) == {"pass"}, verdict.tests
    assert set(notes(small)) == {"killed"}
