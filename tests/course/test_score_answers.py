"""tools/score_answers.py: a word for each answer, and the shares."""

import importlib.util
import json
import sys

import pytest

from buckets import course
from buckets.cells import number_of
from buckets.grading import answers
from buckets.verdict import TestResult, Verdict

_spec = importlib.util.spec_from_file_location(
    "score_answers", course.root() / "tools" / "score_answers.py"
)
score_answers = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = score_answers
_spec.loader.exec_module(score_answers)

TOPIC = course.Topic("00_start_here")
RIGHT = '''"""Greets.

task: greet
"""
def greet(listener):
    connection, _ = listener.accept()
    connection.sendall(b"hello\\n")
    connection.close()
'''
SILENT = '''"""Waits, and says nothing.

task: greet
cause: it never sends anything
accept: -
"""
def greet(listener):
    listener.accept()[0].recv(1)
'''


def verdict(status="fail", **fields):
    return Verdict("t", 1, [TestResult("x", "x", status, 0, 1, **fields)])


@pytest.mark.parametrize(
    ("kind", "found", "accept", "word"),
    [
        ("wrong", verdict(diagnosis="M01"), "M02 M01", "fair"),
        ("wrong", verdict(diagnosis="M03"), "M02 M01", "false"),
        ("wrong", verdict(diagnosis="M03"), "-", "false"),
        ("wrong", verdict(), "M01", "silent"),
        ("wrong", verdict(), "-", "fair"),
        ("wrong", verdict(question="Which of the two?"), "M01", "asked"),
        ("wrong", verdict("pass"), "M01", "keeps full marks"),
        ("wrong", verdict("error"), "M01", "broken"),
        ("right", verdict("pass"), "", "full marks"),
        ("right", verdict(), "", "false alarm"),
        ("right", verdict("error"), "", "broken"),
    ],
)
def test_a_word_for_what_came_of_an_answer(kind, found, accept, word):
    assert score_answers.outcome(kind, found, accept.split()) == word


@pytest.mark.parametrize("topic", course.topics(), ids=lambda topic: topic.name)
def test_an_answer_stands_directly_before_its_tasks_check(topic, tmp_path):
    solution = answers.cells(topic)
    numbers = [number_of(cell["label"]) for cell in solution]
    notebook = course.read_notebook(topic.solution)
    for task in topic.tasks:
        path = tmp_path / f"{task}.py"
        path.write_text(f'"""It.\n\ntask: {task}\n"""\n')
        cells = answers.cells(topic, path)
        place = [cell["label"] for cell in cells].index(answers.LABEL)
        assert cells[:place] + cells[place + 1 :] == solution
        # A long task has a check for each step, and the last one is of the whole.
        *_, check = (
            number
            for number, cell in course.numbered(notebook)
            if course.checked_task(course.text_of(cell)) == task
        )
        assert all(number <= check for number in numbers[:place])
        assert all(number > check for number in numbers[place:])


def test_a_task_that_nothing_checks_is_told(tmp_path):
    path = tmp_path / "x.py"
    path.write_text('"""It.\n\ntask: nobody\n"""')
    with pytest.raises(LookupError, match="nobody"):
        answers.cells(TOPIC, path)


def test_a_folder_is_scored(tmp_path, capsys):
    for kind, name, source in [
        ("wrong", "says_nothing", SILENT),
        ("wrong", "is_right", SILENT.split("def")[0] + "def" + RIGHT.split("def")[1]),
        ("right", "greets", RIGHT),
        ("right", "is_wrong", SILENT),
        ("right", "names_no_task", RIGHT.replace("task", "about")),
    ]:
        path = tmp_path / TOPIC.name / kind / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    out = tmp_path / "out.json"
    assert score_answers.main([str(tmp_path), "--json", str(out)]) == 1
    told = {row["name"]: row["outcome"] for row in json.loads(out.read_text())}
    assert told.pop("says_nothing") in ("fair", "silent", "false", "asked")
    assert told == {
        "is_right": "keeps full marks",
        "greets": "full marks",
        "is_wrong": "false alarm",
        "names_no_task": "broken",
    }
    printed = capsys.readouterr().out
    assert "in all" in printed
    assert "2 wrong" in printed
    assert "keeps full marks 1 (50%)" in printed


def test_an_answer_that_is_told_or_given_something_else_is_said_to_vary(
    tmp_path, capsys
):
    path = tmp_path / TOPIC.name / "right" / "greets.py"
    path.parent.mkdir(parents=True)
    path.write_text(RIGHT)
    assert score_answers.main([str(tmp_path), "--again", "2"]) == 0
    assert "0 of 1 vary" in capsys.readouterr().out
    row = {"outcome": "false", "test": "x", "diagnosis": "M01", "question": ""}
    other = {**row, "diagnosis": None, "evidence": "Something else."}
    assert score_answers.varies([row, {**row, "seconds": 2.0}]) == ""
    told = score_answers.varies([row, other, row])
    assert told == "2 times false x M01; 1 times false x"
    more = {**row, "points": 3.0}
    assert score_answers.varies([row, more]).endswith("1 times false 3.0 x M01")


def test_an_empty_folder_is_said_to_be_one(tmp_path, capsys):
    assert score_answers.main([str(tmp_path)]) == 2
    assert "holds no" in capsys.readouterr().err
