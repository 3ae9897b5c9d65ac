"""The demo: a class made of the course's own answers."""

import csv
import io
import json

import pytest
import small_course
from rich.console import Console
from small_course import TOPIC, clean

from buckets import course
from buckets.classroom import CannotGrade, demo

pytestmark = pytest.mark.timeout(400)

SECOND_STYLE = """
    class Shouter:
        def __call__(self, listener):
            connection, _ = listener.accept()
            with connection:
                connection.sendall(connection.recv(100).upper())

    shout = Shouter()
"""


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A small course with an exercise, an alternative and a mistake."""
    root = small_course.make(tmp_path / "course")
    released = root / "exercises" / TOPIC / f"{TOPIC}.ipynb"
    released.parent.mkdir(parents=True)
    released.write_bytes((root / "solutions" / TOPIC / released.name).read_bytes())
    mistake = '"""It stays.\n\ntask: shout\n"""\n' + clean(small_course.RUDE_SHOUT)
    for kind, name, text in (
        ("alternatives", "as_a_class", clean(SECOND_STYLE)),
        ("mistakes", demo.MISTAKES[0], mistake),
    ):
        path = root / "tests" / kind / TOPIC / f"{name}.py"
        path.parent.mkdir(parents=True)
        path.write_text(text)
    monkeypatch.setenv("BUCKETS_COURSE", str(root))
    course.root.cache_clear()
    yield root
    course.root.cache_clear()


def test_a_class_is_graded_and_told_of(small, tmp_path):
    console = Console(file=io.StringIO(), width=100)
    folder = small / "grading" / "demo"
    rows = demo.demonstrate(folder, console, course.Topic(TOPIC))
    scores = [row.entry.score for row in rows]
    # The solution, the alternative, the mistake, the exercise (which is the solution
    # here, since nobody made a release of it), and half a file.
    assert scores == [4, 4, 3, 4, 0]
    told = console.file.getvalue()
    assert "A class of 5" in told
    assert "amara" in told
    assert "3 / 4" in told
    with (folder / f"{TOPIC}.csv").open() as file:
        assert [float(row["score"]) for row in csv.DictReader(file)] == scores
    for row in rows:
        page = folder / "feedback" / row.student / TOPIC / f"{TOPIC}.html"
        assert "Report on shout" in page.read_text()
    # A real gradebook would lie in grading/.
    assert [path.name for path in (small / "grading").iterdir()] == ["demo"]


def test_a_former_demo_is_replaced_and_nothing_else(small, tmp_path):
    topic = course.Topic(TOPIC)
    folder = tmp_path / "demo"
    demo.set_up(folder, topic)
    (folder / "submitted" / "former").mkdir()
    demo.set_up(folder, topic)
    assert not (folder / "submitted" / "former").exists()
    work = tmp_path / "work"
    work.mkdir()
    (work / "thesis.txt").touch()
    with pytest.raises(CannotGrade, match="is in use"):
        demo.set_up(work, topic)
    assert (work / "thesis.txt").exists()


def test_in_a_learners_kit_there_is_nothing_to_make_a_class_of(small, tmp_path):
    course.Topic(TOPIC).solution.unlink()
    with pytest.raises(CannotGrade, match="no answers"):
        demo.set_up(tmp_path / "demo", course.Topic(TOPIC))


# With the course itself -------------------------------------------------------------


def test_every_mistake_of_the_class_is_in_the_course():
    there = {path.stem for path in course.Topic(demo.TOPIC).mistakes}
    assert set(demo.MISTAKES) <= there


def test_nobody_hands_in_marks_or_a_description_of_the_mistake():
    topic = course.Topic(demo.TOPIC)
    made = demo.answers(topic)
    assert len(made) <= len(demo.NAMES)
    for answer in made:
        assert b"BEGIN SOLUTION" not in answer.notebook
        assert b"diagnosis:" not in answer.notebook


def test_a_mistake_stands_in_the_cell_of_its_task():
    topic = course.Topic(demo.TOPIC)
    right = course.read_notebook(topic.solution)
    path = next(path for path in topic.mistakes if path.stem == demo.MISTAKES[-1])
    wrong = demo.put_in(right, path, topic)
    source = demo.answer_cell(wrong, "three_guests")["source"]
    assert source.startswith("def three_guests(listener):")
    changed = [
        a["id"] for a, b in zip(wrong["cells"], right["cells"], strict=True) if a != b
    ]
    assert changed == [demo.answer_cell(wrong, "three_guests")["id"]]
    assert json.dumps(right) == json.dumps(course.read_notebook(topic.solution))


def test_what_is_built_on_an_answer_stands_below_it(tmp_path):
    topic = next(topic for topic in course.topics() if "EventLoop" in topic.tasks)
    right = course.read_notebook(topic.solution)
    whole = "".join(demo.answer_cell(right, "EventLoop")["source"])
    path = tmp_path / "answer.py"
    for answer, stands in (
        ("class EventLoop(EventLoop):\n    pass", True),
        ("class Mine(EventLoop):\n    pass\n\n\nEventLoop = Mine", True),
        ("class EventLoop:\n    pass", False),
    ):
        path.write_text(answer)
        made = demo.put_in(right, path, topic)
        source = demo.answer_cell(made, "EventLoop")["source"]
        assert source == (f"{whole}\n\n\n{answer}" if stands else answer)
