"""The course out of a wheel, in an environment that holds nothing else of it.

The wheel's dependencies are those of this environment, so that no network is asked:
a file of paths leads to them, and the course itself is hidden from it.
"""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from a_tool import tool

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
    ]
    source = folder / "source"
    # A copy: a build leaves folders behind, and this tree belongs to somebody.
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, check=True
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            target = source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    built = [*command, "--quiet", "--wheel-dir", folder, source]
    subprocess.run(built, check=True, capture_output=True)
    [found] = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A fresh environment's bin, with the wheel and its dependencies."""
    place = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    inside = next(place.glob("lib/python*/site-packages"))
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(inside)
    (inside / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return place / "bin"


def buckets(installed, *words, cwd):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("BUCKETS_")}
    return subprocess.run(
        [installed / "python", "-I", "-m", "buckets", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**environment, "HOME": str(cwd)},
        check=False,
    )


def test_it_holds_what_a_learner_gets_and_no_answer(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    shipped = [name for name in names if name.startswith("buckets/shipped/")]
    lessons = len(list((ROOT / "lessons").glob("[0-9]*.ipynb")))
    assert sum("/lessons/" in name for name in shipped) == lessons
    assert any(name.endswith("tests/exercises/test_05_select.py") for name in shipped)
    for folder in ("solutions", "hidden", "mistakes", "alternatives"):
        assert not [name for name in names if f"/{folder}/" in f"/{name}"]


def test_it_is_filled_where_nothing_is_installed(tmp_path):
    """A build in an environment of its own has setuptools, and nothing else."""
    code = (
        f"import sys, pathlib; sys.path.insert(0, {str(ROOT)!r})\n"
        "from buckets.classroom import kit; kit.ship(pathlib.Path('shipped'))"
    )
    command = [sys.executable, "-I", "-S", "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "shipped" / "tests" / "exercises" / "given.json").is_file()


def test_an_index_can_show_what_it_says_of_itself(wheel):
    packed = zipfile.ZipFile(wheel)
    [name] = [each for each in packed.namelist() if each.endswith("/METADATA")]
    told = packed.read(name).decode()
    assert "Description-Content-Type: text/markdown" in told
    # A page of an index has no files beside it.
    assert "# The Aisle of Buckets" in told and "](docs/" not in told


def test_it_is_the_wheel_that_is_tried(installed, tmp_path):
    code = "import buckets; print(buckets.__file__)"
    command = [installed / "python", "-I", "-c", code]
    found = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert str(installed.parent) in found.stdout


def test_from_a_bare_python_to_a_checked_exercise(installed, tmp_path):
    told = buckets(installed, "start", "my course", "--no-lab", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    folder = tmp_path / "my course"
    assert (folder / "lessons" / "05_select.ipynb").is_file()
    # There is no make in it, so nobody is sent to one.
    readme = (folder / "README.md").read_text("utf-8")
    assert "buckets start ." in readme and "make " not in readme
    told = buckets(installed, "check", "00_start_here", cwd=folder)
    # As given out it has no points, and says what is missing without frames of ours.
    assert told.returncode == 1, told.stderr
    assert "00_start_here: 0 of" in told.stdout
    assert "not written yet" in told.stdout
    assert 'File "/' not in told.stdout + told.stderr
    assert (folder / ".buckets" / "progress.json").is_file()
    told = buckets(installed, "update", cwd=folder)
    assert told.stdout.startswith("0 files came"), told.stdout


def test_a_python_that_does_not_start_is_not_tried(tmp_path, monkeypatch):
    runs = tool("try_wheel").runs
    for name, code in {"starts": 0, "shim": 127}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {code}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [name for name in ("starts", "shim", "none") if runs(name)] == ["starts"]
