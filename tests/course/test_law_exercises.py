"""Released exercises fail kindly, solutions get full marks, and both fit the tests."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from handed_in import submission

from buckets import course
from buckets.grading import sandbox
from buckets.grading.collect import collect_notebook
from buckets.grading.engine import grade
from buckets.report.text import render_text

ROOT = course.root()
TOPICS = course.topics()
NAMES = [topic.name for topic in TOPICS]

each_topic = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)


def verdicts_on_release(topic):
    return grade(topic, collect_notebook(topic.exercise)[1])


def verdicts_on_solution(topic):
    return grade(topic, submission(topic))


@each_topic
def test_an_exercise_as_released_fails_kindly(topic, in_advance):
    """No task passes, and no traceback leads anywhere but into the learner's cells."""
    for verdict in in_advance("topic", topic, verdicts_on_release):
        report = render_text(verdict)
        assert not verdict.errors, report
        assert verdict.points < verdict.max_points, report
        assert "this is not written yet" in report
        files = re.findall(r'File "([^"]*)"', report)
        assert all(name.startswith("<cell ") for name in files), report


@each_topic
def test_a_solution_gets_full_marks(topic, in_advance):
    """With hidden variants, each of which guards a visible test of the same task."""
    for verdict in in_advance("topic", topic, verdicts_on_solution):
        assert verdict.full, render_text(verdict)
        visible = {test.id for test in verdict.tests if not test.hardens}
        for test in verdict.tests:
            assert test.hardens is None or test.hardens in visible
            assert not (test.hardens and test.max_points)


# Through nbgrader ---------------------------------------------------------


@pytest.fixture(scope="module")
def one_class(tmp_path_factory):
    """A class in which every solution was released, handed in and graded.

    Its folder, and by topic what nbgrader made of it.
    """
    root = tmp_path_factory.mktemp("class")
    config = (ROOT / "nbgrader_config.py").read_text()
    if sandbox.available():
        config += "c.SubmissionExporter.sandbox = False\n"
    (root / "nbgrader_config.py").write_text(config)
    for topic in TOPICS:
        for path in (topic.solution, topic.tests, topic.hidden_tests):
            copy(path, root / path.relative_to(ROOT))
        copy(topic.solution, root / "grading/submitted/solution" / topic.name)
    return root, grade_class(root)


def copy(path, target):
    """Copy a file that exists, into a folder that may not."""
    if path.exists():
        folder = target.parent if target.suffix else target
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


def grade_class(root):
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("one_class.py"), *NAMES],
        cwd=root,
        env={**os.environ, "BUCKETS_COURSE": str(root)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    return {result["topic"]: result for result in results}


def contents(folder):
    """A folder's files by name, without those that JupyterLab keeps beside them."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    ours = [path for path in files if path.parent.name != ".ipynb_checkpoints"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in ours}


# The first of them waits for the whole class.
in_time = pytest.mark.timeout(60 + 60 * len(TOPICS))


@in_time
@each_topic
def test_the_release_is_what_nbgrader_generates(topic, one_class):
    """After a change in solutions/, `make exercises` writes exercises/ anew."""
    root, _ = one_class
    fresh = root / topic.exercise.parent.relative_to(ROOT)
    assert contents(topic.exercise.parent) == contents(fresh)


@in_time
@each_topic
def test_a_solution_gets_full_marks_through_nbgrader(topic, one_class):
    _, results = one_class
    result = results[topic.name]
    assert result["faults"] == []
    assert result["score"] == result["most"] == sum(topic.tasks.values())


def test_there_is_no_release_without_a_solution():
    names = {path.parent.name for path in (ROOT / "exercises").glob("*/*.ipynb")}
    assert names == set(NAMES)


# Points and check cells ----------------------------------------------------


@each_topic
def test_points_in_the_notebook_are_the_points_of_the_tests(topic):
    cells = course.read_notebook(topic.solution)["cells"]
    checks = [cell for cell in cells if course.is_check(cell)]
    marks = [cell["metadata"]["nbgrader"] for cell in checks]
    points = {mark["grade_id"]: mark["points"] for mark in marks}
    assert points == {f"check_{task}": most for task, most in topic.tasks.items()}
    lines = ["".join(cell["source"]).splitlines()[-1] for cell in checks]
    assert lines == [f"check({task})" for task in topic.tasks]


@each_topic
def test_every_behaviour_has_a_title_and_known_words(topic):
    """A title is one line; what a test needs comes before it."""
    seen = set()
    for behaviour in topic.behaviours:
        assert "\n" not in behaviour.title
        assert not behaviour.title[0].isupper()
        assert not behaviour.title.endswith(".")
        assert set(behaviour.needs) <= seen
        seen.add(behaviour.name)
