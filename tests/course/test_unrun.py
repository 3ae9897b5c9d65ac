"""Whoever runs the lessons and saves them has changed nothing that git can see."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from jupyter_server.services.contents.filemanager import FileContentsManager

from buckets.own_copy.saved import look_again, refresh

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from unrun import unrun  # noqa: E402  tools/ is no package

NOTEBOOKS = [*ROOT.glob("lessons/*.ipynb"), *ROOT.glob("exercises/*/*.ipynb")]


def as_saved(data, **changed):
    """A notebook as JupyterLab saves it after all cells were run."""
    notebook = json.loads(data)
    for number, cell in enumerate(notebook["cells"], 1):
        if cell["cell_type"] == "code":
            cell["execution_count"] = number
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "1"}]
            cell["metadata"]["execution"] = {"iopub.status.busy": "2026-01-01"}
            cell["metadata"]["tags"] = cell["metadata"].get("tags", [])
    notebook["metadata"]["language_info"]["version"] = "3.13.1"
    notebook["metadata"]["kernelspec"]["display_name"] = "Python 3.13 (mine)"
    notebook.update(changed)
    return json.dumps(notebook, indent=1, ensure_ascii=False).encode()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_running_and_saving_changes_nothing(path):
    data = path.read_bytes()
    assert unrun(data) == data
    assert unrun(as_saved(data)) == data


def test_what_somebody_wrote_is_a_change():
    data = NOTEBOOKS[0].read_bytes()
    notebook = json.loads(data)
    notebook["cells"][0]["source"].append("mine")
    assert b"mine" in unrun(json.dumps(notebook).encode())


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b'{"cells": 3}', b'{"cells": [1]}', b"\xff\xfe", b"[" * 9999],
)
def test_what_is_no_notebook_goes_through_as_it_is(data):
    assert unrun(data) == data


def test_an_update_does_not_collide_with_a_lesson_that_was_run(tmp_path):
    lesson = Path("lessons", "05_select.ipynb")
    author, learner = tmp_path / "author", tmp_path / "learner"
    (author / "lessons").mkdir(parents=True)
    (author / "tools").mkdir()
    shutil.copy(ROOT / ".gitattributes", author)
    shutil.copy(ROOT / "tools/unrun.py", author / "tools")
    shutil.copy(ROOT / lesson, author / lesson)
    git(author, "init", "-q", "-b", "main")
    commit(author)
    git(tmp_path, "clone", "-q", author, learner)
    # The command that `make` sets, with this Python instead of the one in .venv.
    setup = (ROOT / "tools/setup.py").read_text("utf-8")
    assert "-I tools/unrun.py" in setup and "filter.unrun.clean" in setup
    git(
        learner, "config", "filter.unrun.clean", f"'{sys.executable}' -I tools/unrun.py"
    )
    (learner / lesson).write_bytes(as_saved((learner / lesson).read_bytes()))
    look_again(str(learner / lesson), {"type": "notebook"})
    assert git(learner, "status", "--porcelain") == ""
    notebook = json.loads((author / lesson).read_bytes())
    notebook["cells"][0]["source"].append("\nA newer text.")
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    (author / lesson).write_text(text, "utf-8")
    commit(author)
    git(learner, "pull", "-q")
    assert "A newer text." in (learner / lesson).read_text("utf-8")


def test_what_somebody_wrote_is_not_put_into_the_index(tmp_path):
    path = tmp_path / "exercise.ipynb"
    path.write_text("{}")
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path)
    path.write_text('{"mine": 1}')
    assert refresh(path) is False
    assert git(tmp_path, "diff", "--cached", "--name-only") == ""


def test_a_save_outside_of_git_is_a_save_all_the_same(tmp_path):
    (tmp_path / "free.ipynb").write_text("{}")
    look_again(str(tmp_path / "free.ipynb"), {"type": "notebook"})


def test_jupyter_finds_the_hook_that_setup_names():
    setup = (ROOT / "tools/setup.py").read_text("utf-8")
    [named] = re.findall(r'^AFTER_A_SAVE = "(.+)"', setup, flags=re.MULTILINE)
    manager = FileContentsManager(post_save_hook=named)
    assert manager.post_save_hook is look_again


def commit(folder):
    git(folder, "add", ".")
    git(folder, "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "all")


def git(folder, *words):
    command = ["git", "-C", str(folder), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
