"""Released exercises fail kindly, solutions get full marks, and both fit the tests."""

import ast
import re

import pytest

from buckets import course
from buckets.grading.collect import collect_notebook
from buckets.grading.engine import grade
from buckets.report.text import render_text

ROOT = course.root()
TOPICS = course.topics()
NAMES = [topic.name for topic in TOPICS]

each_topic = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)


def verdicts_on_release(topic):
    return grade(topic, collect_notebook(topic.exercise)[1])


@each_topic
def test_an_exercise_as_released_fails_kindly(topic, once):
    """No task passes, and no traceback leads anywhere but into the learner's cells."""
    for verdict in once(verdicts_on_release, topic):
        report = render_text(verdict)
        assert not verdict.errors, report
        assert verdict.points < verdict.max_points, report
        assert "this is not written yet" in report
        files = re.findall(r'File "([^"]*)"', report)
        assert all(name.startswith("<cell ") for name in files), report


@each_topic
def test_a_harder_variant_guards_a_visible_test_of_the_same_task(topic):
    """That a solution passes all of them: test_one_class, and the tests themselves."""
    visible = {one.name: one.task for one in topic.behaviours}
    for variant in topic.hidden_behaviours:
        guarded = variant.hardens.split()
        assert guarded and {visible[name] for name in guarded} == {variant.task}
        assert not variant.points


# What draws words, numbers or an order from the seed.
DRAWS = {"dice", "line_of", "random_line", "random_cuts"}
# Tasks whose answers hang on what they are asked.
ASKED = {
    "02_the_queue": {"serve_in_turn", "predict_waits", "serve_the_queue"},
    "03_fork": {"hire", "hire_and_reap", "full_house", "mended_parent"},
    "04_threads": {"serve_threads", "count_votes", "four_booths"},
    "05_select": {"three_guests", "open_door", "serve_many", "mended_walker"},
    "09_housekeeping": {"Timers", "TimedLoop", "keep_house"},
}
# Here nothing is asked: what is to be said is the same for all.
SAME_FOR_ALL = {"everybody_is_welcomed_at_once"}


def names_in(function, functions, seen=frozenset()):
    """The names that a function uses, and those that others of its file use for it."""
    named = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    for other in named & functions.keys() - seen - {function.name}:
        named |= names_in(functions[other], functions, seen | {function.name, other})
    return named


def drawn_guards(topic):
    """The visible tests of which a harder variant draws what it asks."""
    tree = ast.parse(topic.hidden_tests.read_text())
    functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    drawn = {name for name, f in functions.items() if names_in(f, functions) & DRAWS}
    variants = [b for b in topic.hidden_behaviours if f"test_{b.name}" in drawn]
    return {name for variant in variants for name in variant.hardens.split()}


@pytest.mark.parametrize("name", ASKED)
def test_no_point_is_for_a_server_that_knows_the_visible_words_by_heart(name):
    """tests/hostile/hard_coded.py has such servers, and takes minutes."""
    topic = course.Topic(name)
    guarded = drawn_guards(topic) | SAME_FOR_ALL
    for behaviour in topic.behaviours:
        if behaviour.task in ASKED[name] and behaviour.points:
            assert behaviour.name in guarded, behaviour.name


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


@each_topic
def test_an_exercise_says_that_the_grader_adds_harder_variants(topic):
    """What it says of a check is what comes of handing it in."""
    last = "".join(course.read_notebook(topic.exercise)["cells"][-1]["source"])
    said = "harder variants that it adds" in " ".join(last.split())
    assert said == bool(topic.hidden_behaviours)
    assert said or "as the grader will" not in last
