"""A class is marked by a Dask cluster: buckets grade --dask ADDRESS."""

import io
import shutil
import subprocess
import sys
import zipfile
from contextlib import contextmanager, suppress

import psutil
import pytest
import small_course
from processes import until
from small_course import TOPIC, notebook, submit

from buckets import course, release
from buckets.__main__ import main
from buckets.classroom import CannotGrade, cluster, edition, handed_in, on_a_worker
from buckets.classroom.cluster import Cluster
from buckets.classroom.gradebook import Books
from buckets.classroom.marking import Marked
from buckets.classroom.whole_class import Classroom
from buckets.grading import sandbox

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(bool(sandbox.available()), reason="no sandbox here"),
    # nbgrader's way of making its objects; Books keeps it quiet.
    pytest.mark.filterwarnings("ignore:Object of type"),
]

RUDE = {"answer_shout": small_course.RUDE_SHOUT}
NOTHING = {"answer_shout": "raise ValueError", "answer_greet": "raise ValueError"}

# A worker like any other; what it starts to mark with is said before the colon.
WORKER = """
import sys
from buckets.classroom import on_a_worker
from distributed.cli.dask_worker import main
on_a_worker.COMMAND = {command}
main()
"""
FOREVER = """
import sys, time
from buckets.child.limits import hold
hold(int(sys.argv[1]))
while True:
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def dask():
    """A cluster that has nobody yet."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=0, host="127.0.0.1", dashboard_address=None, silence_logs="CRITICAL"
    ) as started:
        yield started


@pytest.fixture(scope="module")
def steady(dask, tmp_path_factory):
    """A worker that stays."""
    with worker(dask, tmp_path_factory.mktemp("steady")) as process:
        yield process


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    root = small_course.make(tmp_path_factory.mktemp("released"))
    hidden = course.Topic(TOPIC).hidden_tests.relative_to(course.root())
    (root / hidden).parent.mkdir()
    (root / hidden).write_text("")
    Books(root, TOPIC).generate()
    return root


@pytest.fixture
def small(released, tmp_path, monkeypatch):
    """A course with a class, and the course that everybody means meanwhile."""
    root = tmp_path / "course"
    shutil.copytree(released, root)
    submit(root, "anna")
    submit(root, "ben", notebook(RUDE))
    submit(root, "cleo", b'{"cells": [')
    for student in ("dan", "eve", "fay"):
        submit(root, student, notebook(NOTHING))
    monkeypatch.setenv("BUCKETS_COURSE", str(root))
    course.root.cache_clear()
    yield root
    course.root.cache_clear()


SCORES = {"anna": 4, "ben": 3, "cleo": 0, "dan": 0, "eve": 0, "fay": 0}


@contextmanager
def worker(dask, folder, marks_with=None):
    """A process that marks one submission at a time, until it is killed."""
    before = len(dask.scheduler.workers)
    code = WORKER.format(command=marks_with or "on_a_worker.COMMAND")
    words = [sys.executable, "-c", code, dask.scheduler_address]
    words += ["--no-nanny", "--nthreads", "1", "--no-dashboard"]
    words += ["--host", "127.0.0.1", "--local-directory", str(folder)]
    process = subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: len(dask.scheduler.workers) > before, "a worker")
        yield process
    finally:
        process.kill()
        process.wait()
        until(lambda: len(dask.scheduler.workers) <= before, "its end is noticed")


def children(process):
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(process.pid).children(recursive=True)
    return []


def test_when_a_worker_is_killed_each_submission_is_marked_once(
    dask, steady, small, tmp_path
):
    books, recorded, told = Books(small, TOPIC), [], []
    marks_for_ever = [sys.executable, "-c", FOREVER]
    with (
        worker(dask, tmp_path / "mortal", marks_for_ever) as mortal,
        Cluster(dask.scheduler_address, course.Topic(TOPIC)) as marking,
    ):
        room = Classroom(books, cluster=marking, workers=marking.threads)
        books_record = books.record
        begun = []

        def record(student, *rest):
            recorded.append(student)
            books_record(student, *rest)

        def tell(row):
            told.append(row.student)
            if begun:
                return
            # It is at it by now, or will be: there is more to mark than one can.
            until(lambda: children(mortal), "it marks")
            begun.extend(children(mortal))
            mortal.kill()

        books.record = record
        rows = room.grade(room.jobs(), tell=tell)
    assert sorted(told) == sorted(recorded) == sorted(SCORES)
    assert {row.student: row.entry.score for row in rows} == SCORES
    assert [row.student for row in rows if row.look] == ["cleo"]
    # What it had begun ends with it.
    until(lambda: not any(one.is_running() for one in begun), "they end, too")
    # And what came is what this machine would have made of it.
    assert not any(row.fresh for row in Classroom(books).grade(room.jobs()))


def test_a_worker_gets_the_tests_and_nothing_else_of_the_course(small):
    found = names(on_a_worker.pack(course.Topic(TOPIC)))
    tests = {f"tests/exercises/test_{TOPIC}.py", f"tests/hidden/test_hidden_{TOPIC}.py"}
    assert found == {*tests, f"solutions/{TOPIC}/{TOPIC}.ipynb"}


def names(errand):
    """The files of a parcel."""
    with zipfile.ZipFile(io.BytesIO(errand.files)) as archive:
        return set(archive.namelist())


def test_a_worker_needs_nothing_that_the_parcel_lacks():
    """Where tests bring most: servers to be told apart, and runs with replies."""
    topic, task = course.Topic("05_select"), "faults_of_walkers"
    errand = on_a_worker.pack(topic)
    brought = [*topic.mistakes, *topic.alternatives]
    assert {str(path.relative_to(course.root())) for path in brought} < names(errand)
    answer = handed_in.tidy(course.read_notebook(topic.solution))
    handed_in.rebuild(answer, handed_in.masters_of(release.of(topic)))
    for cell in answer["cells"]:
        defined = set(course.defined_in(cell["source"]))
        if cell["cell_type"] == "code" and defined & topic.tasks.keys() - {task}:
            cell["source"] = "raise ValueError"
    marked = Marked.from_document(on_a_worker.mark_here(errand, answer))
    points = {each.task: each.points for each in marked.verdicts if each.points}
    assert points == {task: topic.tasks[task]}
    assert not marked.review


def refused(capsys, *words):
    """What `buckets grade` says when it grades nothing, on one line."""
    assert main(["grade", TOPIC, *words]) == 2
    return " ".join(capsys.readouterr().out.split())


def test_a_worker_of_another_version_marks_nothing(
    dask, steady, small, monkeypatch, capsys
):
    monkeypatch.setattr(edition, "package", lambda: "of tomorrow")
    said = refused(capsys, "--dask", dask.scheduler_address)
    assert "another version of the package" in said
    assert "aisle-of-buckets, and bubblewrap" in said


def test_where_dask_is_missing_it_is_said_what_to_install(small, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "distributed", None)
    said = refused(capsys, "--dask", "tcp://127.0.0.1:1")
    assert said == cluster.NOT_INSTALLED
    assert "pip install" in said


def test_an_address_where_nobody_answers(small, monkeypatch, capsys):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.2)
    said = refused(capsys, "--dask", "tcp://127.0.0.1:1")
    assert "no Dask scheduler answers at tcp://127.0.0.1:1" in said


def test_learners_code_never_meets_a_cluster_without_a_sandbox(small, capsys):
    said = refused(capsys, "--dask", "tcp://127.0.0.1:1", "--no-sandbox")
    assert "do not go together" in said


def test_a_cluster_that_goes_away_loses_nothing(dask, steady, small, monkeypatch):
    """As if its scheduler had died: each call of it ends in an error."""
    books = Books(small, TOPIC)
    with Cluster(dask.scheduler_address, course.Topic(TOPIC)) as marking:
        room = Classroom(books, cluster=marking)
        with pytest.raises(CannotGrade, match="goes on from there"):
            room.grade(room.jobs(), tell=lambda row: marking.stop())
    kept = [job.student for job in room.jobs() if job.known()]
    assert kept
    assert set(kept) == books.entries().keys()
