"""nbgrader's own commands, from the release to the exported grades."""

import csv
import json
import shutil

import nbformat
import pytest
import small_course
from nbformat.v4 import new_code_cell
from nbgrader.converters import Autograde
from small_course import TOPIC, clean, run, submit

from buckets import course
from buckets.classroom import nbgrader_hooks
from buckets.classroom.gradebook import Books
from buckets.classroom.marking import unreadable
from buckets.classroom.nbgrader_hooks import HALF, SECRET
from buckets.grading import sandbox

WALLS = sandbox.available()

# nbgrader takes seconds to start, and much longer beside other work.
pytestmark = pytest.mark.timeout(400)

# Every one of these names is imported by somebody on the way to a grade.
SHADOWS = (
    "select",
    "socket",
    "json",
    "buckets",
    "pytest",
    "cloudpickle",
    "sitecustomize",
)
EVIL = "open({log!r}, 'a').write(__name__); raise SystemExit('shadowed')"


def tampered():
    """A rude answer in a notebook that wants more than the two points it is worth."""
    book = small_course.notebook({"answer_shout": small_course.RUDE_SHOUT})
    cells = {cell.id: cell for cell in book.cells}
    cells["check-shout"].metadata["nbgrader"]["points"] = 1000
    cells["check-shout"].source = "1000.0"
    cells["check-shout"].metadata["tags"] = ["skip-execution"]
    cells["given"].source = cells["given"].source.replace("upper", "title")
    cells["answer-greet"].metadata["tags"] = ["skip-execution"]
    book.cells.remove(cells["check-greet"])
    again = json.loads(json.dumps(cells["answer-greet"]))
    book.cells.append(again | {"id": "greet-again"})
    bonus = small_course.marked(new_code_cell("10**6"), "bonus", points=10**6)
    bonus.metadata["nbgrader"]["schema_version"] = 1
    book.cells.append(bonus)
    book.metadata["buckets"] = {"topic": "05_select", "unreadable": "not my fault"}
    book.metadata["kernelspec"] = {"name": "bash", "display_name": "Bash"}
    return nbformat.from_dict(book)


def raising():
    """Its first answer's cell raises, with markup in what it says."""
    return small_course.notebook(
        {"answer_shout": 'raise ValueError("<script>alert(1)</script> oh no")'}
    )


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The small course after all of nbgrader's steps, with six submissions."""
    root = small_course.make(tmp_path_factory.mktemp("course"))
    if WALLS:
        with (root / "nbgrader_config.py").open("a") as config:
            config.write("c.SubmissionExporter.sandbox = False\n")
    submit(root, "anna")
    submit(root, "ben", tampered())
    submit(root, "cleo", b'{"cells": [{"cell_type": "co')
    submit(root, "dan", raising())
    submit(root, "eve", name="my work.ipynb")
    submit(root, "finn", name=TOPIC)
    for name in SHADOWS:
        log = root / "shadow.log"
        submit(root, "anna", EVIL.format(log=str(log)).encode(), name=f"{name}.py")
    said = {}
    for command in (
        ["generate_assignment", TOPIC],
        ["autograde", TOPIC],
        ["generate_feedback", TOPIC],
        ["export"],
    ):
        done = run(root, "nbgrader", *command)
        assert done.returncode == 0, done.stderr
        said[command[0]] = done.stderr
    return root, said


def test_the_gradebook_has_the_right_scores(graded):
    root, _ = graded
    with (root / "grading" / "grades.csv").open() as file:
        scores = {
            row["student_id"]: float(row["score"]) for row in csv.DictReader(file)
        }
    assert scores == {"anna": 4, "ben": 3, "cleo": 0, "dan": 1, "eve": 4, "finn": 4}


def test_only_what_nobody_could_read_waits_for_a_person(graded):
    root, said = graded
    book = read_gradebook(root)
    waiting = {student for student, grade in book.items() if any(grade.values())}
    assert waiting == {"cleo"}
    assert (
        "cleo, check_shout needs a look: 01_tiny.ipynb is no whole" in said["autograde"]
    )


def read_gradebook(root):
    """For each student and check cell, whether a person has to look at it."""
    from nbgrader.api import Gradebook

    url = f"sqlite:///{root / 'grading' / 'gradebook.db'}"
    with Gradebook(url, "aisle_of_buckets") as gradebook:
        return {
            submission.student.id: {
                grade.name: grade.needs_manual_grade
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            for submission in gradebook.assignment_submissions(TOPIC)
        }


def feedback(root, student):
    path = root / "grading" / "feedback" / student / TOPIC / f"{TOPIC}.html"
    return path.read_text()


def autograded(root, student):
    """The cells of a graded notebook, by nbgrader's names."""
    path = root / "grading" / "autograded" / student / TOPIC / f"{TOPIC}.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    marks = [cell.metadata.get("nbgrader", {}) for cell in cells]
    return {mark.get("grade_id"): cell for mark, cell in zip(marks, cells, strict=True)}


def test_feedback_shows_the_report_of_the_check(graded):
    root, _ = graded
    page = feedback(root, "ben")
    assert '<section aria-label="Report on shout"' in page
    assert "the client is seen off after the answer" in page
    assert "2 of 3" in page
    assert "Hint 1 of 3" in page
    assert feedback(root, "anna").count('<section aria-label="Report on') == 2


def test_a_check_cell_ends_in_the_plain_points(graded):
    root, _ = graded
    report, replay, points = autograded(root, "ben")["check_shout"].outputs
    for shown in (report, replay):
        assert set(shown.data) == {"text/html", "text/plain"}
    assert "ab-scene" in replay.data["text/html"], "the run that failed"
    assert dict(points.data) == {"text/plain": "2.0"}


def test_a_cell_that_raised_shows_its_own_error(graded):
    root, _ = graded
    output = autograded(root, "dan")["answer_shout"].outputs[0]
    assert (output.output_type, output.name) == ("stream", "stdout")
    assert "line 1" in output.text
    assert "ValueError: <script>" in output.text


def test_what_a_learner_wrote_is_shown_as_text_in_feedback(graded):
    root, _ = graded
    page = feedback(root, "dan")
    assert "oh no" in page
    assert "<script>alert(1)" not in page


def test_a_learner_reads_what_was_put_back_and_what_could_not_be_read(graded):
    root, _ = graded
    page = feedback(root, "ben")
    assert "The cell check_shout was changed." in page
    assert "The cell check_greet was missing." in page
    # Once, and not below each check.
    assert feedback(root, "cleo").count("is no whole notebook") == 1
    assert "handed in as my work.ipynb" in feedback(root, "eve")


def test_files_beside_the_notebook_are_never_run(graded):
    root, _ = graded
    # Only the notebook is taken along.
    taken = root / "grading" / "autograded" / "anna" / TOPIC
    assert not (taken / "select.py").exists()
    assert not (root / "shadow.log").exists()


def test_to_grade_again_gives_the_same(graded, tmp_path):
    root, _ = graded
    copy = tmp_path / "again"
    shutil.copytree(root, copy)
    # The copy's settings name the copy's own folders and gradebook.
    done = run(copy, "nbgrader", "autograde", TOPIC, "--student", "ben", "--force")
    assert done.returncode == 0, done.stderr
    *_, points = autograded(copy, "ben")["check_shout"].outputs
    assert dict(points.data) == {"text/plain": "2.0"}


def test_without_a_sandbox_it_refuses_in_one_line(graded):
    root, _ = graded
    before = read_gradebook(root)
    done = run(root, "nbgrader", "autograde", TOPIC, "--force", PATH="/nowhere")
    if WALLS:
        assert done.returncode == 0
        return
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Nothing was graded: bwrap is missing" in done.stderr
    assert "c.SubmissionExporter.sandbox = False" in done.stderr
    assert read_gradebook(root) == before


def test_answers_only_reach_the_source(graded):
    root, _ = graded
    release = (root / "exercises" / TOPIC / f"{TOPIC}.ipynb").read_text()
    assert clean(small_course.SHOUT).splitlines()[1] not in release
    assert "def shout(listener)" in release


@pytest.mark.parametrize(
    ("answers", "failed", "points"),
    [
        (small_course.FULL, 0, "4 of 4 points"),
        ({"answer_shout": small_course.RUDE_SHOUT}, 1, "3 of 4 points"),
        (None, 2, "0 of 4 points"),
    ],
    ids=["solved", "partly", "as released"],
)
def test_validate_and_buckets_check_agree(graded, tmp_path, answers, failed, points):
    """Validate runs the notebook in a kernel, where check() is called for real."""
    root, _ = graded
    path = tmp_path / f"{TOPIC}.ipynb"
    if answers is None:
        shutil.copy(root / "exercises" / TOPIC / path.name, path)
    else:
        nbformat.write(small_course.notebook(answers), path)
    checked = run(root, "buckets", "check", str(path))
    assert points in checked.stdout
    assert checked.returncode == (1 if failed else 0)
    validated = run(root, "nbgrader", "validate", str(path))
    verdict = f"VALIDATION FAILED ON {failed} CELL(S)!" if failed else "Success!"
    assert verdict in validated.stdout


@pytest.fixture
def books(tmp_path, monkeypatch):
    """Of a course that nobody has handed in yet."""
    monkeypatch.setenv("BUCKETS_COURSE", str(tmp_path))
    course.root.cache_clear()
    made = Books(small_course.make(tmp_path), TOPIC)
    made.generate()
    yield made
    course.root.cache_clear()


class Killed(BaseException):
    """Nothing catches it, as nothing does SIGKILL."""


@pytest.mark.filterwarnings("ignore:Object of type", "ignore::ResourceWarning")
def test_who_was_being_graded_when_it_was_killed_is_graded_the_next_time(
    books, monkeypatch
):
    submit(course.root(), "anna")
    submit(course.root(), "ben")
    books.sandboxed = False

    def autograde(mark):
        monkeypatch.setattr(nbgrader_hooks, "mark", mark)
        Autograde(coursedir=books.directory, parent=books.app).start()

    def killed_at_ben(topic, notebook, **more):
        if books.autograded("ben").exists():
            raise Killed
        return unreadable(topic, "anna's")

    with pytest.raises(Killed):
        autograde(killed_at_ben)
    assert books.autograded("ben").exists(), "and it holds no result"
    asked = []
    autograde(lambda topic, *_, **__: asked.append(1) or unreadable(topic, "ben's"))
    assert asked == [1], "anna's stands"
    assert '"execute_result"' in books.autograded("ben").read_text()
    assert not list(books.grading.rglob(HALF))


@pytest.mark.filterwarnings("ignore:Object of type", "ignore::ResourceWarning")
def test_what_is_no_word_and_no_time_is_not_handed_on(books, tmp_path):
    (tmp_path / "secret").write_text("of-the-host")
    for name, content in {"long": b"a" * 999, "none": b"", "blank": b"a b"}.items():
        place = submit(tmp_path, name).parent
        (place / SECRET).write_bytes(content)
        (place / "timestamp.txt").write_bytes(content)
    place = submit(tmp_path, "link").parent
    (place / SECRET).symlink_to(tmp_path / "secret")
    (place / "timestamp.txt").symlink_to(tmp_path / "secret")
    for student, folder in books.submissions().items():
        books.record(student, folder, unreadable(course.Topic(TOPIC), "no notebook"))
    assert not list(books.grading.rglob("autograded/*/*/*.txt"))
