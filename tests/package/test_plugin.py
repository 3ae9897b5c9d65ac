"""The plugin in a plain `pytest` run, and what it tells over its pipe."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psutil
import pytest
import servers
import small_course
from processes import locked, readable, until
from small_course import TOPIC

from buckets import course
from buckets.driving import reserve as reserving
from buckets.driving.reserve import AHEAD, CAREFUL_TESTS, Nursery
from buckets.driving.server import Server
from buckets.grading.company import Company

TESTS = '''
import os
from pathlib import Path

from buckets.behaviour import behaviour
from buckets.driving.unmet import Unmet

RUNS = Path(os.environ["BUCKETS_COURSE"], "runs")


def run_number():
    with open(RUNS, "a") as runs:
        runs.write("x")
    return RUNS.stat().st_size


@behaviour("shout", points=1, timing=True)
def test_rests(server):
    """the server rests"""
    server.connect("anna").send(b"hello").expect(b"HELLO")
    if run_number() in FAILING:
        raise Unmet("never rests", kind=KIND)


@behaviour("shout", points=1, needs="rests")
def test_wakes(server):
    """the server wakes"""
    server.connect("anna").send(b"hello").expect(b"HELLO")


@behaviour("greet", points=1)
def test_is_greeted(server):
    """a client is greeted"""
    server.connect("ben").expect(b"welcome\\n")


def test_of_something_else():
    assert 1 + 1 == 2
'''


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A function that makes a small course whose timing check fails in these runs."""
    monkeypatch.setenv("BUCKETS_COURSE", str(tmp_path))
    course.root.cache_clear()
    small_course.make(tmp_path)

    def write(*failing, kind="rest"):
        tests = course.Topic(TOPIC).tests
        tests.write_text(f"FAILING, KIND = {failing}, {kind!r}\n{TESTS}")
        return tests

    yield write
    course.root.cache_clear()


def plain(tests, *words):
    """`pytest` as a learner or a maintainer calls it."""
    root = course.root()
    return small_course.run(
        root, "pytest", "-p", "buckets.grading.pytest_plugin", str(tests), *words
    )


def runs():
    return (course.root() / "runs").read_text()


# A plain run tests the course's own solution -----------------------------------------


def test_the_solution_passes_and_other_tests_run_beside_it(small):
    run = plain(small())
    assert run.returncode == 0, run.stdout
    assert "4 passed" in run.stdout
    assert runs() == "x"


def test_a_failed_timing_check_is_run_again_and_only_that_run_counts(small):
    run = plain(small(1))
    assert run.returncode == 0, run.stdout
    assert "4 passed" in run.stdout
    assert " failed" not in run.stdout
    assert runs() == "xx"


def test_in_a_class_it_is_run_again_when_no_neighbour_is_tested(small, tmp_path):
    """The neighbour is this test; until it has gone, there is no second run."""
    tests, neighbour = small(1), Company(tmp_path)
    with ThreadPoolExecutor() as pool:
        with neighbour.beside():
            run = pool.submit(plain, tests, "--company", str(tmp_path))
            once = tmp_path / "runs"
            until(lambda: once.exists() and runs() == "x", "the first run")
            until(lambda: locked(tmp_path / "gate"), "it waits to be alone")
            assert runs() == "x"
        assert "4 passed" in run.result().stdout
    assert runs() == "xx"


def test_a_timing_check_that_fails_at_bytes_is_not_run_again(small):
    run = plain(small(1, kind="wrong"))
    assert "1 failed, 2 passed, 1 skipped" in run.stdout
    assert runs() == "x"


def test_failing_twice_is_failing_and_what_needs_it_is_skipped(small):
    run = plain(small(1, 2), "-rs")
    assert run.returncode == 1
    assert "1 failed, 2 passed, 1 skipped" in run.stdout
    assert "needs: the server rests" in run.stdout
    assert runs() == "xx"


def test_a_failure_is_told_as_a_story(small):
    run = plain(small(1, 2))
    _, _, story = run.stdout.partition("what happened")
    assert "anna  connects\nanna  > b'hello'\n" in story.replace('"', "'")


def test_one_task_alone(small):
    run = plain(small(), "--task", "greet", "-v")
    assert "test_is_greeted" in run.stdout
    assert "1 passed" in run.stdout
    assert "test_rests" not in run.stdout
    assert not (course.root() / "runs").exists()


# What it tells whoever started it ----------------------------------------------------


def told(tests, folder, *words):
    """The lines that come over the pipe, in order, from a run on RIGHT."""
    handed_in = folder / "submission.json"
    servers.submission(RIGHT, "shout", "greet").save(handed_in)
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "pytest", "-p", "buckets.grading.pytest_plugin"]
    command += ["-p", "no:cacheprovider", str(tests), "--submission", str(handed_in)]
    process = subprocess.Popen(
        [*command, "--results", str(writing), *words],
        pass_fds=[writing],
        stdout=subprocess.DEVNULL,
        cwd=folder,
    )
    os.close(writing)
    try:
        return [json.loads(line) for line in until_end(reading).splitlines()]
    finally:
        os.close(reading)
        process.kill()
        process.wait()


def until_end(fd):
    text = b""
    while readable(fd):
        piece = os.read(fd, 1 << 16)
        if not piece:
            return text
        text += piece
    raise AssertionError(f"nothing more came after {text!r}")


RIGHT = small_course.GIVEN + small_course.SHOUT + small_course.GREET


def test_first_the_plan_then_each_result_then_the_end(small, tmp_path):
    plan, *results, end = told(small(), tmp_path)
    ids = ["rests", "wakes", "is_greeted"]
    assert [(task, test["id"]) for task, test in plan["plan"]] == [
        *(("shout", name) for name in ids[:2]),
        ("greet", ids[2]),
    ]
    assert [said["result"]["id"] for said in results] == ids
    assert {said["result"]["status"] for said in results} == {"pass"}
    assert end == {"done": True}


def test_the_plan_holds_what_is_asked_for_only(small, tmp_path):
    plan, *results, _ = told(small(), tmp_path, "--task", "greet")
    assert [task for task, _ in plan["plan"]] == ["greet"]
    assert [said["task"] for said in results] == ["greet"]


# Children in reserve -----------------------------------------------------------------


@pytest.fixture
def reserve():
    keeper = Nursery()
    yield keeper
    keeper.close()


def spares():
    return psutil.Process().children()


def test_no_child_is_started_that_nobody_will_ask_for(reserve):
    before = len(spares())
    reserve.expect(1)
    reserve.warm()
    assert len(spares()) == before + 1
    child = reserve.take()
    try:
        assert len(spares()) == before + 1
    finally:
        child.stop()
    assert len(spares()) == before


def test_the_next_ones_are_warm_and_no_more(reserve):
    before = len(spares())
    reserve.expect(100)
    reserve.warm()
    warm = [len(spares()) - before]
    for _ in range(CAREFUL_TESTS + 2):
        reserve.take().stop()
        warm.append(len(spares()) - before)
    assert warm == [1] * (CAREFUL_TESTS + 1) + [AHEAD] * 2
    reserve.close()
    assert len(spares()) == before


def test_whoever_asks_unannounced_is_served_too(reserve):
    children = [reserve.take(), reserve.take()]
    try:
        assert len({child.popen.pid for child in children}) == 2
        assert all(child.popen.poll() is None for child in children)
    finally:
        for child in children:
            child.stop()


def test_one_that_dies_in_reserve_is_replaced(reserve):
    reserve.expect(3)
    reserve.warm()
    # Popen() returns in the middle of an exec(); the command line is told after it.
    until(lambda: any(map(is_child, spares())), "a warm child")
    dead = [process for process in spares() if is_child(process)]
    assert dead
    for process in dead:
        process.kill()
        # Its end is for the keeper to find: nobody waits for it here.
        until(lambda process=process: has_ended(process), "the end of a warm child")
    source = servers.submission(RIGHT, "shout")
    with Server(source, "shout", child=reserve.take()) as server:
        assert server.process.pid not in [process.pid for process in dead]
        server.connect("anna").send(b"hello").expect(b"HELLO")


def has_ended(process):
    return process.status() == psutil.STATUS_ZOMBIE


def is_child(process):
    with suppress(psutil.Error):
        return "buckets.child" in process.cmdline()
    return False


def test_a_child_that_cannot_be_started_is_not_asked_for_ever(reserve, monkeypatch):
    """A machine out of processes: the error is the grader's, and there is no loop."""
    asked = []

    def refuse(walls):
        asked.append(walls)
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(reserving, "Child", refuse)
    with pytest.raises(BlockingIOError):
        reserve.take()
    assert len(asked) == 1
