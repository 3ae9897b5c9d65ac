"""What a learner's side says over a desk orders no fault, and comes to an end.

A desk is a connection on which the code around a task tells what happens there: which
call of the work has begun, whether a client holds a server for wrong. That code runs in
the learner's process, so anything may come over it.
"""

import itertools
import json
import time
from dataclasses import replace

import pytest

from buckets import course
from buckets.driving import control
from buckets.driving.story import Story
from buckets.driving.topics import back_pressure, break_it, database, the_queue, threads
from buckets.grading.collect import collect_script
from buckets.grading.engine import grade

pytestmark = pytest.mark.timeout(120)

WORDS = [
    *(
        '{"told": 1}',
        '{"gone": []}',
        '{"found": {}}',
        '{"runs": {"x": [[]]}}',
        "[[], {}]",
    ),
    '{"told": "hear", "who": [], "port": [], "t": 1e999, "n": {}, "data": {}}',
    '{"told": [], "who": {}, "port": -1, "t": -1, "n": -1, "data": "\\ud800"}',
    '{"does": "read", "by": [], "count": {}, "line": []}',
    *('{"does": [], "by": {}}', '[[1], 2, "x", null]', '["\\ud800", 1e999, NaN]'),
    *(
        "",
        "x",
        "[]",
        "7",
        "null",
        "[" * 100_000,
        "9" * 9000,
        '"\\ud800"',
        '["x", "y", 0]',
    ),
    *("[-1e308, -0.0, Infinity]", '[0, "0", 7.5]', '["a", 1, "\\u20ac"]', "[1, 2, 3]"),
    *("sync", "sync 9999999999999999999", "sync -1", "sync \u0667", "sync"),
]
# Around each task, from its first call on. Who asks json for a text by itself gets one.
NONSENSE = """
import itertools, json, sys


def talk_nonsense(words=WORDS, turn=itertools.count()):
    if getattr(json, "spoilt", False):
        return
    json.spoilt, real = True, json.dumps

    def dumps(*args, **more):
        asks = sys._getframe(1).f_globals.get("__name__", "")
        ours = [f"buckets.child.{room}" for room in ("topics", "desk", "wire")]
        if asks.startswith(tuple(ours)):
            return words[next(turn) % len(words)]
        return real(*args, **more)

    json.dumps = dumps
"""
AROUND = """
right_TASK = TASK


def TASK(*args, **more):
    talk_nonsense()
    return right_TASK(*args, **more)
"""


def talking_nonsense(topic, task):
    """The solution, which says anything over its desk."""
    script = course.script(topic, course.read_notebook(topic.solution), "")
    first = NONSENSE.replace("WORDS", repr(WORDS))
    place = script.above[task]
    script.cells.insert(
        place, {"label": "cell 98", "source": AROUND.replace("TASK", task)}
    )
    script.cells.insert(0, {"label": "cell 99", "source": first})
    above = {name: at + 1 + (at >= place) for name, at in script.above.items()}
    return collect_script(replace(script, above=above), topic)


@pytest.mark.parametrize(
    ("slug", "task"),
    [
        ("02_the_queue", "predict_waits"),
        ("04_threads", "count_votes"),
        ("05_select", "wrong_walker"),
        ("05_select", "faults_of_walkers"),
        ("12_connecting_out", "connect_all"),
        ("13_back_pressure", "answer_in_pieces"),
    ],
)
def test_nonsense_orders_no_fault(slug, task):
    topic = course.Topic(slug)
    submission = talking_nonsense(topic, task)
    assert submission.has(task), submission.problems
    [verdict] = grade(topic, submission, task=task)
    assert "error" not in {test.status for test in verdict.tests}
    assert not any(test.withheld or test.again for test in verdict.tests)
    assert verdict.points < verdict.max_points


@pytest.mark.parametrize("line", WORDS)
def test_whatever_is_said_can_be_written_down(line):
    said = control.anything(line.encode(errors="surrogatepass"))
    assert json.dumps(said, ensure_ascii=False).encode()
    assert str(said)


@pytest.mark.parametrize("line", WORDS)
def test_each_desk_takes_any_line(line):
    data = line.encode(errors="surrogatepass")
    name, start, size = back_pressure._call(data)
    assert (type(name), type(start), type(size)) == (str, int, int)
    assert type(threads._read(data)) is dict
    waits = the_queue._read(data)
    assert isinstance(waits, str) or all(type(each) is float for each in waits)
    desk = database.Desk.__new__(database.Desk)
    desk._said, desk.syncs, desk.records = b"", 0, 7
    desk._hear(data + b"\n")
    assert 0 <= desk.records < 1 << 63
    meeting = break_it.Meeting.__new__(break_it.Meeting)
    meeting.story = Story()
    said = control.anything(data)
    if isinstance(said, dict) and "told" in said:
        meeting._told(said)
        assert all(step.text.encode() for step in meeting.story.steps)


def test_a_line_that_holds_what_is_right_arrives_as_it_is():
    said = {"t": 1 << 60, "who": "anna \u20ac", "n": [1.5, None, True, {"a": "b"}]}
    assert control.anything(json.dumps(said).encode()) == said
    assert the_queue._read(b"[2.0, Infinity, NaN]") == [2.0, float("inf"), -1.0]


def test_who_votes_without_end_is_heard_to_an_end():
    """A forged record is as long as it may be; looking through it takes a moment."""
    log = [(number, "write") for number in range(20_000)]
    began = time.process_time()
    assert threads._is_shared(log)
    assert not threads._is_shared([(1, "write")] * 20_000)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("length", range(5))
def test_a_writing_is_alone_with_its_reading_or_not(length):
    """As by the words: nobody else stands between a writing and the reading before."""
    for log in itertools.product(
        itertools.product("ab", ["read", "write"]), repeat=length
    ):
        assert threads._is_shared(list(log)) == any(
            shares(log[:end], *log[end]) for end in range(length)
        )


def shares(before, by, does):
    reads = [at for at, entry in enumerate(before) if entry == (by, "read")]
    between = before[max(reads, default=-1) + 1 :]
    return does == "write" and any(other != by for other, _ in between)
