"""A whole class at once: buckets grade."""

import argparse
import csv
import errno
import io
import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import chdir, suppress

import nbformat
import psutil
import pytest
import small_course
from nbgrader.apps import ExportApp
from nbgrader.auth import Authenticator
from nbgrader.converters import Autograde
from nbgrader.exchange import ExchangeFactory
from nbgrader.exchange.default import (
    ExchangeCollect,
    ExchangeFetchAssignment,
    ExchangeFetchFeedback,
    ExchangeReleaseAssignment,
    ExchangeSubmit,
)
from rich.console import Console
from small_course import TOPIC, notebook, submit

from buckets import course
from buckets.__main__ import main
from buckets.classroom import CannotGrade, edition, table_and_csv, whole_class
from buckets.classroom.console import Ahead
from buckets.classroom.feedback import ReleaseFeedback
from buckets.classroom.gradebook import Books
from buckets.classroom.marking import Marked, unreadable
from buckets.classroom.nbgrader_hooks import SECRET, CsvExport
from buckets.classroom.whole_class import Classroom, Row
from buckets.commands import grade as command
from buckets.grading import sandbox
from buckets.verdict import TestResult, Verdict

WALLS = sandbox.available()
pytestmark = [
    pytest.mark.timeout(400),
    # nbgrader's way of making its objects; Books keeps it quiet.
    pytest.mark.filterwarnings("ignore:Object of type"),
]

RUDE = {"answer_shout": small_course.RUDE_SHOUT}
HALF = b'{"cells": ['
# A cell that raises leaves its task out, which takes no test and no time.
NOTHING = {"answer_shout": "raise ValueError", "answer_greet": "raise ValueError"}


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A small course whose release is in its gradebook, made once."""
    root = small_course.make(tmp_path_factory.mktemp("released"))
    Books(root, TOPIC).generate()
    return root


@pytest.fixture
def small(released, tmp_path, monkeypatch):
    """A copy of it, and the course that everybody means meanwhile."""
    root = tmp_path / "course"
    shutil.copytree(released, root)
    monkeypatch.setenv("BUCKETS_COURSE", str(root))
    course.root.cache_clear()
    yield root
    course.root.cache_clear()


def room(root, **options):
    return Classroom(Books(root, TOPIC), sandboxed=not WALLS, **options)


def grade(root, **options):
    """The rows by student, after one run."""
    opened = room(root)
    rows = opened.grade(opened.jobs(), **options)
    return {row.student: row for row in rows}


def scores(rows):
    return {student: row.entry.score for student, row in rows.items()}


def fresh(rows):
    return {student for student, row in rows.items() if row.fresh}


def test_scores_are_those_of_nbgrader_autograde(small):
    submit(small, "anna")
    submit(small, "ben", notebook(RUDE))
    submit(small, "cleo", HALF)
    submit(small, "dan", notebook(NOTHING))
    (small / "grading/submitted/eve" / TOPIC).mkdir(parents=True)
    rows = grade(small)
    assert scores(rows) == {"anna": 4, "ben": 3, "cleo": 0, "dan": 0, "eve": 0}
    by_buckets = Books(small, TOPIC).entries()
    # The same by nbgrader's own class, which its command runs.
    books = Books(small, TOPIC)
    books.sandboxed = not WALLS
    for path in (small / "grading").glob("gradebook.db"):
        path.unlink()
    books.generate()
    autograde = Autograde(coursedir=books.directory, parent=books.app)
    autograde.force = True
    autograde.start()
    assert books.entries() == by_buckets


def test_only_what_has_changed_is_graded_again(small):
    submit(small, "anna")
    submit(small, "ben", notebook(NOTHING))
    assert fresh(grade(small)) == {"anna", "ben"}
    assert fresh(grade(small)) == set()
    submit(small, "ben", notebook(RUDE))
    rows = grade(small)
    assert fresh(rows) == {"ben"}
    assert scores(rows) == {"anna": 4, "ben": 3}
    assert fresh(grade(small, again=True)) == {"anna", "ben"}


def test_when_a_test_changes_everybody_is_graded_again(small):
    submit(small, "anna", notebook(NOTHING))
    grade(small)
    tests = course.Topic(TOPIC).tests
    tests.write_text(tests.read_text() + "# another seed\n")
    edition.grader.cache_clear()
    assert fresh(grade(small)) == {"anna"}


def test_an_interrupted_run_goes_on_where_it_was(small, monkeypatch):
    for student in ("anna", "ben", "cleo"):
        submit(small, student, notebook(NOTHING))

    class Stopped(Exception):
        pass

    def stop(row):
        raise Stopped

    opened = room(small, workers=1)
    with pytest.raises(Stopped):
        opened.grade(opened.jobs(), tell=stop)
    rows = grade(small)
    assert 0 < len(fresh(rows)) < 3
    assert len(scores(rows)) == 3


def test_who_took_longest_is_marked_first_and_who_is_new_before_them(
    small, monkeypatch
):
    for student in ("anna", "ben", "cleo"):
        submit(small, student, HALF)
    anna, ben, _ = room(small).jobs()
    anna.save(Marked([]), 1.5)
    ben.save(Marked([]), 9.0)
    order = []

    def mark(folder):
        order.append(folder.parent.name)
        return Marked([])

    graded_by(small, mark, monkeypatch, workers=1)
    assert order == ["cleo", "ben", "anna"]


@pytest.mark.parametrize("workers", [1, 2])
def test_tests_know_the_class_where_neighbours_are_marked_beside(
    small, monkeypatch, workers
):
    """Who fails by time in company is asked again alone; see test_company."""
    for student in ("anna", "ben", "cleo"):
        submit(small, student, notebook(NOTHING))
    known = []

    def mark(topic, notebook, *, sandboxed, company):
        known.append(company and company.is_dir() and company)
        return Marked([])

    monkeypatch.setattr(whole_class, "mark", mark)
    opened = room(small, workers=workers)
    monkeypatch.setattr(opened, "_record", lambda job, marked: "")
    rows = opened.grade(opened.jobs(), again=True)
    assert len(known) == len(rows) == 3
    assert len(set(known)) == 1
    assert bool(known[0]) == (workers > 1)


def test_a_full_disk_leaves_no_folder_for_locks_and_everybody_is_marked(
    small, monkeypatch
):
    submit(small, "anna", notebook(NOTHING))
    submit(small, "ben", notebook(NOTHING))

    def full(**_):
        raise OSError(errno.ENOSPC, "No space left on device")

    known = []
    opened = room(small, workers=2)
    monkeypatch.setattr(whole_class.tempfile, "TemporaryDirectory", full)
    monkeypatch.setattr(opened, "_record", lambda job, marked: "")
    monkeypatch.setattr(
        opened, "mark", lambda folder: known.append(opened.company) or Marked([])
    )
    assert len(opened.grade(opened.jobs(), again=True)) == 2
    assert known == [None, None]


def graded_by(root, mark, monkeypatch, **options):
    """The rows of a class, in which nothing but the marking is tried."""
    opened = room(root, **options)
    monkeypatch.setattr(opened, "_record", lambda job, marked: "")
    monkeypatch.setattr(opened, "mark", mark)
    return opened.grade(opened.jobs(), again=True)


def test_results_do_not_pile_up_while_one_is_recorded():
    """The memory of a run does not grow with the class."""
    begun = []

    def work(job):
        begun.append(job)
        return None, 0.0

    with whole_class._pool(2) as pool:
        done = []
        for job, _ in pool.each(work, list(range(50))):
            done.append(job)
            assert len(begun) <= len(done) + 4
    assert sorted(done) == list(range(50))


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_leaves_no_process(small, sign):
    slow = "while True:\n    pass"
    for student in ("anna", "ben", "cleo"):
        submit(small, student, notebook({"answer_shout": slow}))
    command = [str(small_course.BIN / "buckets"), "grade", TOPIC]
    command += ["--no-sandbox"] if WALLS else []
    environment = {**os.environ, "BUCKETS_COURSE": str(small)}
    run = subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, preexec_fn=_as_in_a_terminal
    )
    try:
        wait_until(lambda: len(learners_processes(run.pid)) > 1)
        family = learners_processes(run.pid)
        run.send_signal(sign)
        _, said = run.communicate(timeout=60)
    finally:
        run.kill()
    assert run.returncode == 130
    assert b"Nothing is left running" in said
    wait_until(lambda: not any(process.is_running() for process in family))


def _as_in_a_terminal():
    """A test run in the background ignores SIGINT, and would hand that on."""
    for sign in (signal.SIGINT, signal.SIGHUP):
        signal.signal(sign, signal.SIG_DFL)


def learners_processes(pid):
    with suppress(psutil.Error):
        everybody = psutil.Process(pid).children(recursive=True)
        return [child for child in everybody if "buckets.child" in child.cmdline()]
    return []


def wait_until(true, seconds=150):
    """Wait for a fact of the operating system; the deadline is never met in peace."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "the deadline has passed"
        time.sleep(0.01)


def test_a_result_that_was_not_yet_recorded_is_recorded_without_marking(small):
    submit(small, "anna", notebook(NOTHING))
    grade(small)
    (small / "grading" / "gradebook.db").unlink()
    Books(small, TOPIC).generate()
    rows = grade(small)
    assert fresh(rows) == set()
    assert scores(rows) == {"anna": 0}


def test_one_bad_submission_stops_nobody(small):
    """A pipe beside the notebook costs nobody anything: only the notebook is taken."""
    submit(small, "anna", notebook(NOTHING))
    path = submit(small, "ben", notebook(NOTHING))
    os.mkfifo(path.with_name("data.bin"))
    submit(small, "cleo", notebook(NOTHING))
    rows = grade(small)
    assert fresh(rows) == {"anna", "ben", "cleo"}
    assert [row.fault for row in rows.values()] == ["", "", ""]


def test_a_fault_of_the_grader_costs_no_point_and_is_tried_again(small):
    tests = course.Topic(TOPIC).tests
    tests.write_text(tests.read_text().replace('.expect(b"HELLO")', "[0]", 1))
    edition.grader.cache_clear()
    submit(small, "anna")
    rows = grade(small)
    assert scores(rows) == {"anna": 4}
    assert rows["anna"].entry.needs_look
    assert "the grader failed" in rows["anna"].look
    assert fresh(grade(small)) == {"anna"}


def test_points_that_the_gradebook_does_not_know_of_are_told(small):
    tests = course.Topic(TOPIC).tests
    tests.write_text(tests.read_text().replace("points=2", "points=20"))
    edition.grader.cache_clear()
    submit(small, "anna")
    rows = grade(small)
    assert rows["anna"].entry.needs_look
    assert scores(rows) == {"anna": 4}


def test_what_a_person_has_decided_stands(small):
    submit(small, "anna", notebook(NOTHING))
    grade(small)
    with Books(small, TOPIC).gradebook() as gradebook:
        gradebook.find_grade("check_shout", TOPIC, TOPIC, "anna").manual_score = 2.5
        gradebook.db.commit()
    assert scores(grade(small, again=True)) == {"anna": 2.5}


def printed(rows):
    return shown(table_and_csv.table(rows.values()))


def shown(table):
    console = Console(file=io.StringIO(), width=100)
    console.print(table)
    return console.file.getvalue()


def test_the_table_names_the_first_failure(small):
    submit(small, "anna")
    submit(small, "ben", notebook(RUDE))
    submit(small, "[red]cleo")
    submit(small, "dan", notebook(NOTHING))
    rows = grade(small)
    table = printed(rows)
    assert "anna" in table
    assert "4 / 4" in table
    assert "shout: M" in table
    # A name with marks in it is shown as it is, also where it cannot be recorded.
    assert "[red]cleo" in table
    assert "ValueError" in table


def test_a_table_for_a_spreadsheet(small):
    submit(small, "ben", notebook(RUDE))
    submit(small, "cleo", HALF)
    path = small / "grades.csv"
    table_and_csv.write_csv(path, grade(small).values(), course.Topic(TOPIC).tasks)
    with path.open() as file:
        ben, cleo = csv.DictReader(file)
    assert (ben["score"], ben["max_score"]) == ("3", "4")
    assert (ben["shout"], ben["greet"], ben["needs_a_look"]) == ("2", "1", "")
    assert ben["diagnosis"].startswith("M")
    assert (cleo["score"], cleo["needs_a_look"]) == ("0", "yes")
    assert "no whole notebook" in cleo["first_failure"]


def test_feedback_and_export_go_on_from_here(small):
    submit(small, "ben", notebook(RUDE))
    grade(small)
    books = Books(small, TOPIC)
    books.write_feedback()
    page = books.feedback("ben").read_text()
    assert "2 of 3 points" in page
    assert '<html lang="en"' in page
    assert "ab-scene" in page, "the replay of the run that failed"
    assert "src=" not in page.replace('src="data:', ""), "nothing from elsewhere"
    # nbgrader keeps a page that it has written, whatever was handed in since.
    submit(small, "ben")
    grade(small)
    assert not books.feedback("ben").exists()
    books.write_feedback()
    assert "3 of 3 points" in books.feedback("ben").read_text()


def scored(path, student):
    """What a table says of one student."""
    with path.open() as file:
        [line] = [line for line in csv.DictReader(file) if student in line.values()]
    return line


def test_points_taken_off_for_being_late_are_one_number_everywhere(small, capsys):
    submit(small, "ben")
    grade(small)
    # More is taken off than was earned when a person gives fewer points afterwards.
    for penalty, score in ((1, "3"), (9, "0")):
        books = taken_off(small, penalty)
        _, text = said(capsys, TOPIC)
        assert f"{score} / 4 {penalty} off for being late" in text
        line = scored(small / f"grading/{TOPIC}.csv", "ben")
        assert (line["score"], line["late_penalty"]) == (score, f"{penalty}")
        assert (line["shout"], line["greet"]) == ("3", "1")
        exported = scored(small / "grades.csv", "ben")
        assert float(exported["score"]) == float(score)
        books.write_feedback()
        assert f"(Score: {score}.0 / 4.0)" in books.feedback("ben").read_text()


def taken_off(root, penalty):
    """The gradebook, after so many points were taken off and all was exported."""
    books = Books(root, TOPIC)
    with books.gradebook() as gradebook:
        notebook = gradebook.find_submission_notebook(TOPIC, TOPIC, "ben")
        notebook.late_submission_penalty = penalty
        gradebook.db.commit()
        CsvExport(to=str(root / "grades.csv")).export(gradebook)
    return books


def test_who_is_graded_alone_leaves_everybody_in_the_table(small, capsys):
    for student in ("anna", "ben", "cleo"):
        submit(small, student, notebook(NOTHING))
    grade(small)
    submit(small, "ben", notebook({**NOTHING, "given": "import os"}))
    submit(small, "dan", notebook(NOTHING))
    shutil.rmtree(small / "grading/submitted/cleo")
    status, text = said(capsys, "--all", "--student", "anna")
    assert (status, "0 graded, 1 unchanged" in text) == (0, True)
    told = {
        student: scored(small / f"grading/{TOPIC}.csv", student)
        for student in ("anna", "ben", "cleo", "dan")
    }
    assert [line["score"] for line in told.values()] == ["0", "0", "0", ""]
    assert told["anna"]["first_failure"].startswith("shout: ")
    assert told["ben"]["first_failure"].startswith(whole_class.CHANGED)
    assert told["cleo"]["first_failure"].startswith(whole_class.GONE)
    assert told["dan"]["first_failure"] == whole_class.NOT_YET


def came(*tests):
    """A result of one task, made up: name, status and points of each test."""
    results = [
        TestResult(name, f"it {name}", status, worth, 2)
        for name, status, worth in tests
    ]
    return Marked([Verdict("shout", 9, results)])


def test_a_second_run_says_which_points_have_changed():
    before = came(("answers", "pass", 2), ("ends", "skip", 0), ("waits", "fail", 0))
    now = came(("answers", "fail", 0), ("ends", "pass", 2), ("waits", "fail", 0))
    same, other = Row("anna", now, before=now), Row("ben", now, before=before)
    table = shown(table_and_csv.changes([same, Row("cleo", now), other]))
    assert "ben" in table
    assert "shout: it answers (passed, now failed)" in table
    assert "shout: it ends (skipped, now passed)" in table
    assert "waits" not in table
    assert "anna" not in table and "cleo" not in table
    assert table_and_csv.changes([same]) is None


def test_the_time_that_is_left_is_told_by_what_was_marked():
    ahead = Ahead(10, now=100.0)
    for _ in range(4):
        ahead.done(fresh=False, now=101.0)
    assert ahead.words == ""
    ahead.done(fresh=True, now=141.0)
    assert ahead.words == "about 3 min left"
    ahead.done(fresh=True, now=143.0)
    assert ahead.words == "about 84 s left"


# Back into the learning system ------------------------------------------------------


@pytest.fixture
def graded(small):
    """A gradebook in which one learner of two has points, and some are taken off."""
    books = Books(small, TOPIC)
    with books.gradebook() as gradebook:
        names = {"first_name": "Anna", "last_name": "Berg", "email": "a@b.org"}
        gradebook.add_student("aberg", lms_user_id="77", **names)
        gradebook.add_student("=zoe")
        submission = gradebook.add_submission(TOPIC, "aberg")
        [notebook] = submission.notebooks
        for grade in notebook.grades:
            grade.manual_score = 1.5
        notebook.late_submission_penalty = 0.5
        gradebook.db.commit()
    return books


EXPORTED = {
    "canvas": [
        f"Student,ID,SIS User ID,SIS Login ID,Section,{TOPIC}",
        "Points Possible,,,,,4",
        '"Berg, Anna",77,,aberg,,2.5',
        "'=zoe,,,'=zoe,,",
    ],
    "moodle": [
        f"Username,First name,Last name,ID number,Email address,{TOPIC}",
        "aberg,Anna,Berg,77,a@b.org,2.5",
        "'=zoe,,,,,",
    ],
}


def test_points_go_back_in_the_columns_of_the_system(graded, capsys):
    for kind, lines in EXPORTED.items():
        assert main(["export", f"--{kind}"]) == 0
        path = graded.grading / f"{kind}.csv"
        assert str(path) in capsys.readouterr().out
        written = path.read_text().splitlines()
        assert written[0] == lines[0]
        assert sorted(written) == sorted(lines)
        assert written == by_nbgrader(graded, f"{kind.title()}Export")
    assert main(["export", "--canvas", "77_none"]) == 2
    assert f"It knows: {TOPIC}" in capsys.readouterr().err


def by_nbgrader(books, exporter):
    """What nbgrader's own command writes with one of our exporters."""
    path = books.grading / "by_nbgrader.csv"
    name = f"buckets.classroom.exports.{exporter}"
    app = ExportApp(log_level=50)
    with chdir(books.directory.root):
        app.initialize(
            [f"--exporter={name}", f"--to={path}"], root=books.directory.root
        )
        app.start()
    return path.read_text().splitlines()


# nbgrader's exchange -----------------------------------------------------------------


def test_the_exchange_carries_an_exercise_out_and_a_page_back(small, tmp_path):
    """What docs/instructors.md says of it, by the steps of nbgrader's commands."""
    books = Books(small, TOPIC)
    home = tmp_path / "a learner at home"
    home.mkdir()
    exchanged(books, small, ExchangeReleaseAssignment)
    exchanged(books, home, ExchangeFetchAssignment)
    path = home / TOPIC / f"{TOPIC}.ipynb"
    assert "not written yet" in path.read_text()
    nbformat.write(notebook(), path)
    exchanged(books, home, ExchangeSubmit)
    exchanged(books, small, ExchangeCollect)
    [job] = room(small).jobs()
    assert (job.folder / f"{TOPIC}.ipynb").read_bytes() == path.read_bytes()
    assert (job.folder / "timestamp.txt").exists()
    # Neither of these came by it, and what the second has is no word.
    submit(small, "by-hand")
    forged = submit(small, "forged").parent
    (forged / "timestamp.txt").write_text("2026-11-28 08:00:00 UTC")
    (forged / SECRET).write_bytes(b"\xff../../x")
    for student, folder in books.submissions().items():
        books.record(student, folder, unreadable(course.Topic(TOPIC), "no notebook"))
    books.write_feedback()
    assert ExchangeFactory(parent=books.app).release_feedback is ReleaseFeedback
    exchanged(books, small, ReleaseFeedback)
    exchanged(books, home, ExchangeFetchFeedback)
    [page] = home.rglob("*.html")
    assert page.read_text() == books.feedback(job.student).read_text()


def exchanged(books, folder, step):
    """One step between a folder and nbgrader's exchange, as its command does it."""
    with chdir(folder):
        step(
            coursedir=books.directory,
            authenticator=Authenticator(parent=books.app),
            parent=books.app,
        ).start()


# A class at a glance ----------------------------------------------------------------


def test_a_report_is_made_of_what_was_graded(small, capsys):
    submit(small, "ben", notebook({**RUDE, "given": small_course.GIVEN + "  # ben"}))
    submit(small, "cleo", HALF)
    grade(small)
    assert main(["report", "--all"]) == 0
    path = small / "grading/report/all.html"
    assert str(path) in capsys.readouterr().out
    text = path.read_text()
    assert "ben" in text and "no whole notebook" in text
    [run] = re.findall(r'data-run="([^"]+)"', text)
    _, _, shown = text.partition(f'<template id="{run}">')
    assert "ab-scene" in shown.partition("</template>")[0]
    assert main(["report", TOPIC, "--no-names", "--to", str(small / "x.html")]) == 0
    assert not re.search(r"\b(ben|cleo)\b", (small / "x.html").read_text())
    assert not re.search(r"\b(ben|cleo)\b", (small / "x.csv").read_text())


@pytest.mark.parametrize("words", [[], ["--all", TOPIC], ["--all"], ["77_none"]])
def test_a_report_of_nothing_is_refused_in_a_sentence(small, capsys, words):
    assert main(["report", *words]) == 2
    assert capsys.readouterr().err.startswith("buckets report: ")


# When there is nothing to grade -----------------------------------------------------


def said(capsys, *words):
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    status = command.run(parser.parse_args(words))
    return status, " ".join(capsys.readouterr().out.split())


def test_nobody_has_handed_in(small, capsys):
    status, text = said(capsys, TOPIC)
    assert status == 2
    assert f"Nobody has handed in {TOPIC}" in text


@pytest.mark.parametrize("words", [(), (TOPIC, "--all")])
def test_what_to_grade_must_be_said(small, capsys, words):
    status, text = said(capsys, *words)
    assert (status, "--all" in text) == (2, True)


def test_no_such_topic(small, capsys):
    assert said(capsys, "99_magic") == (
        2,
        f"There is no topic 99_magic. There is: {TOPIC}.",
    )


def test_a_release_that_nbgrader_does_not_know(small):
    (small / "grading" / "gradebook.db").unlink()
    with pytest.raises(CannotGrade, match=f"nbgrader generate_assignment {TOPIC}"):
        room(small)


def test_no_sandbox_no_grades_unless_it_is_said(small, capsys, monkeypatch):
    monkeypatch.setattr(sandbox, "available", lambda: "there are no walls here")
    submit(small, "anna", notebook(NOTHING))
    status, text = said(capsys, TOPIC)
    assert status == 2
    assert "Nothing was graded: there are no walls here." in text
    assert "buckets doctor" in text and "--no-sandbox" in text
    status, text = said(capsys, TOPIC, "--no-sandbox", "--student", "anna")
    assert status == 0
    assert "1 graded, 0 unchanged" in text
