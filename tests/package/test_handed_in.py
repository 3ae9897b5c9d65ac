"""What is made of a notebook that somebody handed in, before it is graded."""

import json
import os

import nbformat
import pytest

from buckets import course
from buckets.classroom import handed_in
from buckets.classroom.handed_in import Master, read, rebuild, tidy

GIVEN = Master("given", "code", "helper = 1", locked=True, checksum="x")
ANSWER = Master("answer", "code", "def serve(): ...", solution=True)
CHECK = Master(
    "check", "code", "check(serve)", grade=True, locked=True, points=3.0, checksum="y"
)
MASTERS = [GIVEN, ANSWER, CHECK]


def cell(source, name=None, kind="code", **marks):
    metadata = {"nbgrader": {"grade_id": name, **marks}} if name else {}
    return {"cell_type": kind, "source": source, "metadata": metadata}


def rebuilt(*cells):
    """The notebook after rebuilding, as (text, grade_id) pairs; and the notes."""
    notebook = tidy({"cells": list(cells)})
    notes = rebuild(notebook, MASTERS)
    nbformat.validate(nbformat.from_dict(notebook))
    pairs = [
        (cell["source"], cell["metadata"].get("nbgrader", {}).get("grade_id"))
        for cell in notebook["cells"]
    ]
    return pairs, notes


WHOLE = [("helper = 1", "given"), ("mine", "answer"), ("check(serve)", "check")]
AS_GIVEN = [
    cell("helper = 1", "given"),
    cell("mine", "answer"),
    cell("check(serve)", "check"),
]


def test_an_honest_notebook_stays_as_it_is():
    assert rebuilt(*AS_GIVEN) == (WHOLE, [])


def test_points_and_marks_come_from_the_release():
    notebook = tidy({"cells": [cell("check(serve)", "check", points=99, grade=False)]})
    rebuild(notebook, MASTERS)
    marks = notebook["cells"][-1]["metadata"]["nbgrader"]
    assert (marks["points"], marks["grade"], marks["locked"]) == (3.0, True, True)
    assert (marks["checksum"], marks["schema_version"]) == ("y", 3)


def test_a_deleted_check_cell_comes_back_in_its_place():
    pairs, notes = rebuilt(*AS_GIVEN[:2], cell("after"))
    assert pairs == [*WHOLE, ("after", None)]
    assert notes == ["The cell check was missing. It was put back."]


def test_of_two_check_cells_one_stays_and_the_other_is_an_ordinary_cell():
    pairs, notes = rebuilt(*AS_GIVEN, cell("check(serve)", "check"))
    assert [name for _, name in pairs] == ["given", "answer", None, "check"]
    assert notes == []


def test_an_answer_in_a_copied_check_cell_is_not_lost():
    """JupyterLab copies a cell with its marks; the copy comes last."""
    pairs, _ = rebuilt(*AS_GIVEN, cell("def serve(): 'mine'", "check"))
    assert pairs == [*WHOLE, ("def serve(): 'mine'", None)]


def test_an_answer_in_the_check_cell_is_kept_above_it():
    pairs, notes = rebuilt(*AS_GIVEN[:2], cell("def serve(): 'mine'", "check"))
    assert pairs == [*WHOLE[:2], ("def serve(): 'mine'", None), WHOLE[2]]
    assert "was changed" in notes[0]


def test_a_changed_locked_cell_is_followed_by_the_given_one():
    pairs, notes = rebuilt(cell("helper = 2", "given"), *AS_GIVEN[1:])
    assert pairs == [("helper = 2", None), *WHOLE]
    assert len(notes) == 1


def test_marks_that_nobody_gave_are_taken_off():
    pairs, _ = rebuilt(*AS_GIVEN, cell("10**9", "bonus", grade=True, points=100))
    assert pairs[-1] == ("10**9", None)


def test_an_answer_turned_into_text_by_a_slip_of_the_hand_is_code_again():
    pairs, notes = rebuilt(
        AS_GIVEN[0], cell("mine", "answer", kind="markdown"), AS_GIVEN[2]
    )
    assert pairs == WHOLE
    assert notes == ["The cell answer was no code cell any more."]


def test_an_empty_notebook_gets_its_locked_code_and_its_checks():
    pairs, notes = rebuilt()
    assert pairs == [WHOLE[0], WHOLE[2]]
    assert len(notes) == 2


def test_tags_outputs_and_metadata_are_left_behind():
    odd = cell("mine", "answer")
    odd["metadata"] |= {"tags": ["skip-execution"], "deletable": False}
    odd |= {"outputs": ["x" * 1000], "execution_count": "seven", "id": "no id!"}
    made = tidy({"cells": [odd, odd], "metadata": {"kernelspec": 3}})
    nbformat.validate(nbformat.from_dict(made))
    assert "skip-execution" not in json.dumps(made)
    assert [cell["outputs"] for cell in made["cells"]] == [[], []]
    assert len({cell["id"] for cell in made["cells"]}) == 2


@pytest.mark.parametrize(
    "cells",
    [
        [1, "two", None, []],
        [{}],
        [{"cell_type": "code"}],
        [{"cell_type": "heading", "source": "x", "level": 2}],
        [{"cell_type": "code", "source": [1, None, {}], "metadata": []}],
        [{"cell_type": "code", "source": "\ud800", "metadata": {"nbgrader": "x"}}],
        [
            {
                "cell_type": "code",
                "source": "x",
                "metadata": {"nbgrader": {"grade_id": {}}},
            }
        ],
        [{"cell_type": ["code"], "source": {}, "id": 7}],
    ],
    ids=range(8),
)
def test_whatever_stands_in_a_notebook_it_can_be_graded(cells):
    pairs, _ = rebuilt(*cells)
    for source, _ in pairs:
        source.encode()
    assert WHOLE[0] in pairs
    assert WHOLE[2] in pairs


# Files that are no notebooks --------------------------------------------------------


@pytest.fixture
def place(tmp_path):
    return tmp_path / "05_select.ipynb"


def why_not(path):
    with pytest.raises(course.NotOfThisCourse) as refused:
        read(path)
    return str(refused.value)


def test_a_missing_notebook_is_told_with_what_is_there(place):
    assert why_not(place) == "There is no 05_select.ipynb among what was handed in."
    place.with_name("05_select-Copy1.ipynb").touch()
    assert "there is 05_select-Copy1.ipynb" in why_not(place)


def test_a_link_shows_no_other_file(place, tmp_path):
    secret = tmp_path / "solution.ipynb"
    secret.write_text(json.dumps({"cells": []}))
    assert read(secret)
    place.symlink_to(secret)
    assert "a link" in why_not(place)


def test_a_pipe_is_not_waited_for(place):
    os.mkfifo(place)
    assert "no file of its own" in why_not(place)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b'{"cells": [', b"\xff\xfe", b"[]", b"[" * 200_000, b'{"cells": 3}'],
    ids=range(7),
)
def test_what_is_no_notebook_is_called_that(place, content):
    place.write_bytes(content)
    assert "05_select.ipynb is no " in why_not(place)


def test_a_notebook_may_be_large_but_not_huge(place):
    with place.open("wb") as file:
        file.truncate(handed_in.MOST_BYTES + 1)
    assert "larger than" in why_not(place)


# Which task a check cell is about ---------------------------------------------------


@pytest.mark.parametrize(
    ("source", "task"),
    [
        ("check(serve_many)", "serve_many"),
        ("from buckets import check\n\ncheck(greet)  # again", "greet"),
        ("buckets.check(greet)", "greet"),
        ("assert True", None),
        ("check()", None),
        ("check('greet')", None),
        ("def (", None),
    ],
)
def test_the_task_of_a_check_cell(source, task):
    assert course.checked_task(source) == task
