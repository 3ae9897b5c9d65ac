"""A learner's own copy: laid out, brought up to date, begun anew. No work is lost."""

import json
import shutil
import subprocess

import pytest

from buckets import course
from buckets.__main__ import main
from buckets.notebook import progress
from buckets.own_copy import CannotCopy
from buckets.own_copy.layout import fingerprint, lay_out, update
from buckets.own_copy.reset import reset
from buckets.verdict import TestResult, Verdict

NAME = "05_select"
EXERCISE = f"exercises/{NAME}/{NAME}.ipynb"
LESSON = f"lessons/{NAME}.ipynb"


def notebook(*sources, outputs=()):
    cells = [
        {"cell_type": "code", "source": [text], "outputs": list(outputs)}
        for text in sources
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4})


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A package that brings a small course along, and nothing beside it."""
    folder = tmp_path / "package" / "shipped"
    for inner in (EXERCISE, LESSON):
        (folder / inner).parent.mkdir(parents=True)
        (folder / inner).write_text(notebook("first = 1"))
    tests = course.Topic(NAME).tests
    (folder / "tests" / "exercises").mkdir(parents=True)
    shutil.copy(tests, folder / "tests" / "exercises")
    monkeypatch.setattr(course, "SHIPPED", folder)
    monkeypatch.setattr(course, "root", lambda: folder)
    return folder


@pytest.fixture
def laid(shipped, tmp_path, monkeypatch):
    folder = tmp_path / "my course"
    lay_out(folder)
    monkeypatch.chdir(folder / "lessons")
    return folder


def fates(found):
    return {str(one.path): one.fate for one in found}


def test_everything_is_laid_out(laid, shipped):
    assert (laid / EXERCISE).read_text() == (shipped / EXERCISE).read_text()
    assert (laid / course.LAID_OUT).is_file()


def test_the_lesson_that_one_opens_is_ones_own(laid, shipped):
    assert course.Topic(NAME).opened == laid / LESSON
    (laid / LESSON).unlink()
    assert course.Topic(NAME).opened == shipped / LESSON


def test_a_learner_is_at_home_anywhere_in_the_folder(laid, tmp_path, monkeypatch):
    assert course.home() == laid
    assert course.Topic(NAME).exercise == laid / EXERCISE
    monkeypatch.chdir(tmp_path)
    assert course.home() != laid


def test_a_folder_with_something_in_it_is_left_alone(shipped, tmp_path):
    (tmp_path / "diary").mkdir()
    (tmp_path / "diary" / "monday").write_text("rain")
    with pytest.raises(CannotCopy, match="not empty"):
        lay_out(tmp_path / "diary")
    assert [path.name for path in (tmp_path / "diary").iterdir()] == ["monday"]


def test_laid_out_twice_it_says_how_to_update(laid):
    with pytest.raises(CannotCopy, match="buckets update"):
        lay_out(laid)


def test_a_newer_file_takes_the_place_of_one_that_nobody_changed(laid, shipped):
    (shipped / LESSON).write_text(notebook("second = 2"))
    assert fates(update(laid))[LESSON] == "replaced"
    assert "second" in (laid / LESSON).read_text()


def test_outputs_are_no_work(laid, shipped):
    """Who has run a lesson and saved it has changed nothing of it."""
    (laid / LESSON).write_text(notebook("first = 1", outputs=[{"text": "1"}]))
    (shipped / LESSON).write_text(notebook("second = 2"))
    assert fates(update(laid))[LESSON] == "replaced"


def test_work_is_kept_and_the_newer_file_lies_beside_it(laid, shipped):
    mine = notebook("mine = 3")
    (laid / EXERCISE).write_text(mine)
    assert fates(update(laid))[EXERCISE] == "kept"
    (shipped / EXERCISE).write_text(notebook("second = 2"))
    beside = EXERCISE.replace(".ipynb", ".newer.ipynb")
    assert fates(update(laid))[beside] == "beside"
    assert (laid / EXERCISE).read_text() == mine
    assert "second" in (laid / beside).read_text()


@pytest.mark.parametrize("list_", ["", "[]", "{", None])
def test_without_the_list_of_what_was_given_no_work_is_lost(laid, shipped, list_):
    mine = notebook("mine = 3")
    (laid / EXERCISE).write_text(mine)
    if list_ is not None:
        (laid / course.LAID_OUT).write_text(list_)
    (shipped / EXERCISE).write_text(notebook("second = 2"))
    update(laid)
    assert (laid / EXERCISE).read_text() == mine


def test_a_damaged_notebook_counts_as_work(laid, shipped):
    (laid / EXERCISE).write_text('{"cells": [')
    (shipped / EXERCISE).write_text(notebook("second = 2"))
    update(laid)
    assert (laid / EXERCISE).read_text() == '{"cells": ['


def test_a_file_that_was_deleted_comes_again(laid):
    (laid / LESSON).unlink()
    assert fates(update(laid / "lessons"))[LESSON] == "new"


def test_elsewhere_there_is_nothing_to_update(shipped, tmp_path):
    with pytest.raises(CannotCopy, match="buckets start"):
        update(tmp_path)


def test_a_lesson_s_fingerprint_is_that_of_its_cells(tmp_path):
    one, two = tmp_path / "1.ipynb", tmp_path / "2.ipynb"
    one.write_text(notebook("a = 1"))
    two.write_text(notebook("a = 1", outputs=[{}]))
    assert fingerprint(one) == fingerprint(two)
    two.write_text(notebook("a = 2"))
    assert fingerprint(one) != fingerprint(two)


# Begin anew ---------------------------------------------------------------------------


def test_an_exercise_is_begun_anew_and_the_old_file_kept(laid, shipped):
    topic = course.Topic(NAME)
    for number, text in enumerate(("mine = 3", "mine = 4"), 1):
        (laid / EXERCISE).write_text(notebook(text))
        kept = reset(topic)
        assert kept.name == f"{NAME}.kept-{number}.ipynb"
        assert kept.read_text() == notebook(text)
        assert (laid / EXERCISE).read_text() == (shipped / EXERCISE).read_text()


def test_what_is_fresh_is_not_begun_anew(laid):
    with pytest.raises(CannotCopy, match="as it was given"):
        reset(course.Topic(NAME))
    assert len(list((laid / EXERCISE).parent.iterdir())) == 1


def test_no_such_exercise(laid, capsys):
    assert main(["reset", "05_selekt"]) == 2
    assert "There is: 05_select" in capsys.readouterr().err


def test_in_a_clone_git_has_the_fresh_exercise(tmp_path, monkeypatch):
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-C", str(tmp_path)]
    (tmp_path / EXERCISE).parent.mkdir(parents=True)
    (tmp_path / EXERCISE).write_text(notebook("first = 1"))
    (tmp_path / "tests/exercises").mkdir(parents=True)
    shutil.copy(course.Topic(NAME).tests, tmp_path / "tests/exercises")
    monkeypatch.setattr(course, "root", lambda: tmp_path)
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "all"]):
        subprocess.run([*git, *words], check=True)
    (tmp_path / EXERCISE).write_text(notebook("mine = 3"))
    reset(course.Topic(NAME))
    assert "first" in (tmp_path / EXERCISE).read_text()


def test_in_a_clone_nothing_is_laid_out(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(course, "SHIPPED", tmp_path / "none")
    assert main(["start", str(tmp_path / "there"), "--no-lab"]) == 2
    assert "make lab" in capsys.readouterr().err


def test_what_is_handed_in_is_the_work_alone_and_a_former_file_is_kept(
    laid, monkeypatch, capsys
):
    monkeypatch.setenv("BUCKETS_PROGRESS", str(laid / ".buckets"))
    for _ in range(2):
        progress.record(Verdict("serve_many", 12, [TestResult("t", "t", max_points=3)]))
    (laid / EXERCISE).write_text(notebook("first = 2", outputs=["a picture"]))
    assert main(["submit", "05"]) == 0
    path = laid / "handed_in" / f"{NAME}.ipynb"
    said = capsys.readouterr().out
    assert f"Hand in {path}" in said
    most = sum(course.Topic(NAME).tasks.values())
    assert f"{NAME}: 0 of {most:g} points" in said
    made = json.loads(path.read_bytes())
    assert made["cells"][0]["source"] == ["first = 2"]
    assert made["cells"][0]["outputs"] == []
    checks = made["metadata"]["buckets"]["checks"]
    assert checks == {"serve_many": {"checks": 2, "since": 1}}
    assert json.loads((laid / EXERCISE).read_text())["cells"][0]["outputs"]
    kept = path.with_name(f"{NAME}.kept-1.ipynb")
    assert main(["submit", NAME]) == 0
    assert not kept.exists(), "the same file once more"
    first = path.read_bytes()
    (laid / EXERCISE).write_text(notebook("first = 3"))
    assert main(["submit", NAME]) == 0
    assert kept.read_bytes() == first
    assert str(kept) in capsys.readouterr().out


@pytest.mark.parametrize("data", [None, b'{"cells": ['])
def test_what_cannot_be_handed_in_is_told(laid, capsys, data):
    assert main(["submit", "77_none"]) == 2
    (laid / EXERCISE).unlink()
    if data:
        (laid / EXERCISE).write_bytes(data)
    assert main(["submit", NAME]) == 2
    assert capsys.readouterr().err.count("buckets submit: ") == 2
    assert not (laid / "handed_in").exists()
