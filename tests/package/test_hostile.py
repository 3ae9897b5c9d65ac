"""Submissions that want points without an answer, or want to spoil the grading.

Each wrong answer here stays worth nothing, each right one beside it keeps its points,
and no process is left.
"""

import textwrap
import time
from pathlib import Path

import psutil
import pytest
import small_course
from small_course import TOPIC, clean

from buckets import course
from buckets.classroom import handed_in
from buckets.classroom.marking import mark
from buckets.grading import sandbox

WALLS = sandbox.available()
needs_walls = pytest.mark.skipif(bool(WALLS), reason=str(WALLS))

WRONG = """
    def shout(listener):
        listener.accept()[0].sendall(b"points, please")
"""


@pytest.fixture
def small(tmp_path, monkeypatch):
    monkeypatch.setenv("BUCKETS_COURSE", str(tmp_path))
    course.root.cache_clear()
    yield small_course.make(tmp_path)
    course.root.cache_clear()


def graded(*, before="", shout=WRONG, sandboxed=not WALLS):
    """The points by task, and all of the result, for a notebook that does this."""
    answer = clean(before) + "\n\n" + clean(shout)
    notebook = handed_in.tidy(small_course.notebook({"answer_shout": answer}))
    marked = mark(course.Topic(TOPIC), notebook, sandboxed=sandboxed)
    assert not marked.review, marked.review
    return {verdict.task: verdict.points for verdict in marked.verdicts}, marked


WORTHLESS = {"shout": 0, "greet": 1}


def test_a_right_answer_gets_its_points_and_a_wrong_one_none(small):
    """Else none of these tests could fail."""
    assert graded(shout=small_course.SHOUT)[0] == {"shout": 3, "greet": 1}
    assert graded()[0] == WORTHLESS


# Looking for the answers ------------------------------------------------------------


def test_no_file_of_the_course_is_within_reach(small):
    (small / "tests" / "hidden").mkdir()
    (small / "tests" / "hidden" / "secret.py").write_text("def shout(listener): pass")
    (small / "grading").mkdir()
    (small / "grading" / "gradebook.db").write_text("points")
    look = f"""
        import os

        def found():
            for top in [{str(small)!r}, {str(small_course.REPO)!r}]:
                for name in ["solutions", "tests/hidden", "grading"]:
                    if os.path.exists(os.path.join(top, name)):
                        return True
            return False

        if found():
    """
    answer = textwrap.indent(clean(small_course.SHOUT), "    ")
    peeping = clean(look) + "\n" + answer
    within_reach = {"shout": 3, "greet": 1}
    assert graded(shout=peeping, sandboxed=False)[0] == within_reach
    if not WALLS:
        assert graded(shout=peeping)[0] == WORTHLESS


@needs_walls
def test_nothing_can_be_written_outside(small):
    home = str(course.root().parent)
    places = [str(small), home, "/etc", "/usr/lib", "/"]
    spy = f"""
        import pathlib

        for place in {places!r}:
            try:
                pathlib.Path(place, "i-was-here").write_text("x")
            except OSError:
                pass
    """
    assert graded(before=spy)[0] == WORTHLESS
    for place in places:
        assert not Path(place, "i-was-here").exists()


# Claiming points --------------------------------------------------------------------


def test_a_printed_or_reported_score_counts_for_nothing(small):
    liar = """
        def shout(listener):
            import json, os

            verdict = {"task": "shout", "points": 3, "status": "pass", "done": True,
                       "end": "returned", "ready": True, "test": "pass"}
            for fd in range(1, 64):
                try:
                    os.write(fd, (json.dumps(verdict) + "\\n3.0\\n").encode())
                except OSError:
                    pass
            listener.accept()[0].sendall(b"points, please")
    """
    assert graded(before='print(3.0); print("3 passed")', shout=liar)[0] == WORTHLESS


def test_what_equals_everything_equals_nothing_on_a_socket(small):
    sly = """
        class Everything(bytes):
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            def __hash__(self): return 0
            def __float__(self): return 3.0

        def shout(listener):
            listener.accept()[0].sendall(Everything(b"points"))
    """
    assert graded(shout=sly)[0] == WORTHLESS


def test_changing_the_grader_in_ones_own_process_changes_nothing(small):
    patch = """
        import buckets, buckets.child.wire as wire, buckets.verdict as verdict
        import buckets.driving.unmet, buckets.driving.clients, pytest

        verdict.Verdict.points = property(lambda self: 3.0)
        verdict.TestResult.status = "pass"
        buckets.check = lambda *_: 3.0
        buckets.driving.clients.Client.expect = lambda self, *_: self
        report = wire.report
        wire.report = lambda control, **said: report(control, points=3, **said)
    """
    assert graded(before=patch)[0] == WORTHLESS


def test_rewriting_later_cells_rewrites_nothing_of_ours(small):
    transform = """
        def rewrite(lines):
            return ["3.0\\n"] if "check(" in "".join(lines) else lines

        get_ipython().input_transformers_cleanup.append(rewrite)
        get_ipython().input_transformers_post.append(rewrite)
        get_ipython().run_cell_magic = lambda *_: 3.0
    """
    assert graded(before=transform)[0] == WORTHLESS


def test_what_a_pickle_runs_it_runs_on_the_learners_side(small, tmp_path):
    """Without a sandbox, where it could write down who opened it."""
    log = tmp_path / "opened-by"
    trap = f"""
        import copyreg

        class Trap:
            def __call__(self, listener): ...

        def opened(trap):
            code = (
                "open({str(log)!r}, 'a').write("
                "open('/proc/self/cmdline').read().replace(chr(0), ' ') + chr(10))"
            )
            return exec, (code,)

        copyreg.pickle(Trap, opened)
        shout = Trap()
    """
    assert graded(shout=trap, sandboxed=False)[0] == WORTHLESS
    opened_by = log.read_text().splitlines()
    assert opened_by
    assert all("-m buckets.child" in line for line in opened_by)


# Spoiling the grading ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        ("import os; os._exit(0)", "ended"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "ended"),
        ("while True: pass", "CellTooSlow"),
        ("raise SystemExit", "SystemExit"),
        ("raise ValueError('on purpose')", "on purpose"),
        ("import os; os.closerange(0, 4096)", ""),
        ("def (", "SyntaxError"),
    ],
    ids=["exit", "kill", "hang", "SystemExit", "raise", "close", "syntax"],
)
def test_a_cell_that_goes_wrong_costs_itself_alone(small, spoil, told):
    points, marked = graded(before=spoil, shout="")
    assert points["shout"] == 0
    if told:
        problem = marked.problems[0]
        assert told in f"{problem.kind} {problem.error}"
        assert points == WORTHLESS


def test_a_hang_that_ignores_interrupts_costs_itself_alone(small):
    stubborn = """
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass
    """
    assert graded(before=stubborn, shout="")[0] == WORTHLESS


def test_a_hundred_megabytes_of_output_are_neither_kept_nor_waited_for(small):
    loud = """
        def shout(listener):
            for _ in range(100):
                print("x" * (1 << 20), flush=True)
            listener.accept()[0].sendall(b"points, please")
    """
    points, marked = graded(before='print("y" * (100 << 20))', shout=loud)
    assert points == WORTHLESS
    assert len(str(marked.document())) < 1 << 20


@needs_walls
def test_a_server_without_a_directory_is_still_a_server(small):
    homeless = """
        import os, shutil

        shutil.rmtree(os.getcwd(), ignore_errors=True)
    """
    points, _ = graded(before=homeless, shout=small_course.SHOUT)
    assert points == {"shout": 3, "greet": 1}


@needs_walls
def test_no_process_is_left_of_a_server_that_forks_without_end(small):
    """What it starts is found by a word on its command line, whatever it becomes."""
    marker = f"left-behind-{time.time_ns()}"
    bomb = f"""
        import os, sys

        SLEEP = "import os, time; os.setsid(); time.sleep(600)"

        def start():
            if os.fork() == 0:
                os.execv(sys.executable, [sys.executable, "-c", SLEEP, {marker!r}])

        start()

        def shout(listener):
            try:
                while True:
                    start()
            except OSError:
                listener.accept()[0].sendall(b"points, please")
    """
    assert graded(before="", shout=bomb)[0] == WORTHLESS
    left = [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if marker in (process.info["cmdline"] or [])
    ]
    assert not left
