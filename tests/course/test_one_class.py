"""Every topic goes through nbgrader: the release is current, a solution gets all."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from buckets import course
from buckets.grading import sandbox

ROOT = course.root()
TOPICS = course.topics()
NAMES = [topic.name for topic in TOPICS]

each_topic = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)


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
        # Servers of the course's own, which a learner's client meets.
        for path in (*topic.mistakes, *topic.alternatives):
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
