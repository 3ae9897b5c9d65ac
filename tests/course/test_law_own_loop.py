"""Whoever wrote a loop in exercise 07 can do 08, 09 and 10 on it, to full marks.

The solution's loop of 07, and each loop in another style, takes the place of the one
that they give: as a learner would, in a cell below it.
"""

import ast

import pytest
from handed_in import LABEL, name_of

from buckets import course
from buckets.grading.collect import collect
from buckets.grading.engine import grade
from buckets.report.text import render_text

SEVEN = course.Topic("07_event_loop")
EIGHT = course.Topic("08_state_machine")
NINE = course.Topic("09_housekeeping")
TEN = course.Topic("10_database")

OTHER_STYLES = [
    path for path in SEVEN.alternatives if "task: EventLoop" in path.read_text()
]
LOOPS = [SEVEN.solution, *OTHER_STYLES]


def cells_of(topic):
    return course.code_cells(course.read_notebook(topic.solution))


def classes(source):
    """The source of each class in a cell, by name, its comments included."""
    lines, tree = source.splitlines(), ast.parse(source)
    found = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return {n.name: "\n".join(lines[n.lineno - 1 : n.end_lineno]) for n in found}


def own_loop(path):
    """What a learner would copy out of their exercise 07: constants and a class."""
    sources = [cell["source"] for cell in cells_of(SEVEN)]
    wanted = "import", "TICK", "class EventLoop"
    kept = [source for source in sources if source.startswith(wanted)]
    if path in OTHER_STYLES:
        kept.append(path.read_text(encoding="utf-8"))
    return "\n\n".join(kept)


def with_own_loop(topic, path, more=""):
    """A solution whose cells stand on the learner's loop."""
    cells = cells_of(topic)
    given = [n for n, cell in enumerate(cells) if "class Loop:" in cell["source"]]
    given += [n for n, cell in enumerate(cells) if "class EventLoop" in cell["source"]]
    own = {"label": LABEL, "source": f"{own_loop(path)}\n{more}"}
    cells.insert(given[0] + 1, own)
    submission = collect(cells, list(topic.tasks))
    assert submission.problems == []
    return submission


def of_08(path, more=""):
    submission = with_own_loop(EIGHT, path, f"{more}\nLoop = EventLoop\n")
    return grade(EIGHT, submission, task="serve_memcached")


def of_09(path, more=""):
    return grade(NINE, with_own_loop(NINE, path, more))


each_loop = pytest.mark.parametrize("loop", LOOPS, ids=name_of)


@each_loop
def test_a_loop_of_07_carries_the_server_of_08(loop, once):
    for verdict in once(of_08, loop):
        assert verdict.full, render_text(verdict)


@each_loop
def test_a_loop_of_07_carries_all_of_09(loop, once):
    for verdict in once(of_09, loop):
        assert verdict.full, render_text(verdict)


def of_10(path, more=""):
    return grade(TEN, with_own_loop(TEN, path, more), task="serve_database")


@each_loop
def test_a_loop_of_07_carries_the_server_of_10(loop, once):
    for verdict in once(of_10, loop):
        assert verdict.full, render_text(verdict)


IDLER = """
class EventLoop(EventLoop):
    def run(self):
        pass
"""


def test_it_is_the_own_loop_that_was_tested():
    """Else the tests above could not fail."""
    [of_08_on_an_idler] = of_08(SEVEN.solution, IDLER)
    assert of_08_on_an_idler.points == 0
    _, loop, house, *_ = of_09(SEVEN.solution, IDLER)
    assert loop.points < loop.max_points and house.points == 0


def test_what_10_gives_is_the_solution_of_09():
    solved, given = {}, {}
    for cell in cells_of(NINE):
        solved |= classes(without_marks(cell["source"]))
    for cell in cells_of(TEN):
        given |= classes(cell["source"])
    for name in ("Handler", "EventLoop", "Timers", "Handle", "TimedLoop", "Rhythm"):
        assert given[name] == solved[name]


def without_marks(source):
    marks = ("### BEGIN SOLUTION", "### END SOLUTION")
    kept = [line for line in source.splitlines() if line.strip() not in marks]
    return "\n".join(kept)


def test_the_loop_that_09_gives_is_the_solution_of_07():
    """Word for word, so that a learner who has written it knows it again."""
    solved, given = {}, {}
    for cell in cells_of(SEVEN):
        solved |= classes(without_marks(cell["source"]))
    for cell in cells_of(NINE):
        given |= classes(cell["source"])
    for name in ("Handler", "Door", "EventLoop"):
        assert given[name] == solved[name]
