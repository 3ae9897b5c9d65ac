"""Law 9: the learner's kit holds no solution, hidden test or mistake; and it works."""

import ast
import json
import os
import re
import shutil
import subprocess
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from buckets import course, stock
from buckets.classroom import kit as kits
from buckets.classroom.demo import answer_cell

ROOT = Path(__file__).resolve().parents[2]
TOPIC = course.Topic("00_start_here")
TOPICS = [topic for topic in course.topics() if topic.solution.exists()]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The kit's folder and its zip."""
    return kits.build(tmp_path_factory.mktemp("kit"))


def texts(kit):
    for path in kit.rglob("*"):
        if path.is_file():
            yield path.relative_to(kit), path.read_text(encoding="utf-8")


def test_everything_a_learner_needs_is_there(built):
    kit, _ = built
    for topic in TOPICS:
        for path in (topic.lesson, topic.exercise, topic.tests):
            assert (kit / path.relative_to(course.root())).is_file()
    for name in ("README.md", "Makefile", "pyproject.toml", "constraints.txt"):
        assert (kit / name).is_file()
    for name in ("environment.yml", "nbgrader_config.py", "tools/setup.sh"):
        assert (kit / name).is_file()


def test_nothing_else_is_there(built):
    kit, _ = built
    tops = {path.relative_to(kit).parts[0] for path in kit.rglob("*")}
    assert not tops & {"solutions", "grading", "bench", ".git", ".venv"}
    pictures = {path.name for path in (kit / "docs").iterdir()}
    assert pictures == {"aisle.svg"}  # the README's
    below = {path.name for path in (kit / "tests").iterdir()}
    assert below <= {"exercises", "conftest.py", "sharing.py"}
    for path in kit.rglob("*"):
        assert path.name not in kits.NEVER
        assert not path.name.startswith(".")
        assert path.suffix not in (".pyc", ".db", ".half")


def test_no_line_of_an_answer_is_there(built):
    kit, _ = built
    assert list(kits.leaks(kit)) == []
    for path, text in texts(kit):
        if path.suffix == ".ipynb":
            assert "BEGIN SOLUTION" not in text


def test_no_hidden_test_and_no_mistake_is_there(built):
    """Hidden tests are known by their names, mistakes by what is said of them."""
    kit, _ = built
    secrets = set()
    for path in (ROOT / "tests" / "hidden").rglob("*.py"):
        body = ast.parse(path.read_text()).body
        names = {node.name for node in body if isinstance(node, ast.FunctionDef)}
        # Drivers and helpers may be called as in the visible tests.
        secrets |= {name for name in names if name.startswith("test_")}
    for topic in TOPICS:
        for path in topic.mistakes:
            said = ast.get_docstring(ast.parse(path.read_text()))
            secrets.add(said.splitlines()[0])
    telling = {secret for secret in secrets if len(secret) > 15}
    assert len(telling) > 20
    for path, text in texts(kit):
        assert not [secret for secret in telling if secret in text], path


def test_the_search_for_answers_finds_one(built, tmp_path):
    """Else the tests above could not fail."""
    kit, _ = built
    assert kit.exists()
    for topic in TOPICS:
        leaky = tmp_path / topic.name / "exercises"
        leaky.mkdir(parents=True)
        (leaky / "mine.ipynb").write_text(topic.solution.read_text())
        assert [found for _, found in kits.leaks(leaky.parent)] == [topic.name]


def test_no_kit_is_made_of_an_exercise_that_was_solved_in_place(tmp_path, monkeypatch):
    for name in ("exercises", "solutions", "tests/exercises"):
        (tmp_path / name).mkdir(parents=True)
    for place in ("exercises", "solutions"):
        target = tmp_path / place / TOPIC.name / f"{TOPIC.name}.ipynb"
        target.parent.mkdir()
        target.write_text(TOPIC.solution.read_text())
    (tmp_path / "tests/exercises" / TOPIC.tests.name).touch()
    (tmp_path / "README.md").touch()
    monkeypatch.setenv("BUCKETS_COURSE", str(tmp_path))
    course.root.cache_clear()
    try:
        with pytest.raises(kits.NoKit, match="make exercises"):
            kits.build(tmp_path / "kit")
    finally:
        course.root.cache_clear()
    assert not list((tmp_path / "kit").iterdir())


def test_the_zip_is_the_folder_and_the_same_every_time(built, tmp_path):
    kit, archive = built
    with zipfile.ZipFile(archive) as zipped:
        packed = {entry.filename: zipped.read(entry) for entry in zipped.infolist()}
        modes = {entry.filename: entry.external_attr >> 16 for entry in zipped.filelist}
    there = [path for path in kit.rglob("*") if path.is_file()]
    assert packed == {
        f"{kits.NAME}/{p.relative_to(kit)}": p.read_bytes() for p in there
    }
    assert modes[f"{kits.NAME}/tools/setup.sh"] == 0o755
    later = shutil.copytree(kit, tmp_path / kits.NAME, copy_function=shutil.copy)
    os.utime(later / "README.md", (0, 0))
    kits.pack(later, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


def test_the_readme_sends_nobody_to_what_is_not_there(built):
    kit, _ = built
    readme = (kit / "README.md").read_text()
    assert "make lab" in readme
    for gone in ("buckets grade", "CONTRIBUTING"):
        assert gone not in readme
    for link in re.findall(r"\]\(([^)#:]+)\)", readme):
        assert (kit / link).exists(), link


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_the_stock_read_off_a_text_is_that_of_the_tests(topic):
    """A wheel is built where no test can be imported."""
    expected = {
        name: each.options.serves
        for each in topic.behaviours
        for name in each.options.servers
    }
    assert stock.brought(topic.tests) == expected


# The kit at work, with its own package ----------------------------------------------


@pytest.fixture(scope="module")
def python(built, tmp_path_factory):
    """An interpreter in which the kit is installed, as `make lab` would do it."""
    kit, _ = built
    place = tmp_path_factory.mktemp("environment")
    venv.create(place, symlinks=True, with_pip=False)
    site = next(place.glob("lib/python*/site-packages"))
    (site / "kit.pth").write_text(f"{kit}\n")
    for library in Path(sysconfig.get_paths()["purelib"]).iterdir():
        if "aisle" not in library.name:
            (site / library.name).symlink_to(library)
    return place / "bin" / "python"


def ask(python, kit, *words):
    command = [str(python), "-I", *words]
    return subprocess.run(command, cwd=kit, capture_output=True, text=True, timeout=100)


def test_the_course_is_where_its_package_is(built, python):
    kit, _ = built
    where = "from buckets import course; print(course.root())"
    assert ask(python, kit, "-c", where).stdout.strip() == str(kit)


def solved(kit):
    """The kit's exercise with the solution's answer in it; and how to undo that."""
    path = kit / TOPIC.exercise.relative_to(course.root())
    answer = json.loads(TOPIC.solution.read_text())
    notebook = json.loads(path.read_text())
    for task in TOPIC.tasks:
        answer_cell(notebook, task)["source"] = answer_cell(answer, task)["source"]
    return path, json.dumps(notebook)


def test_buckets_check_and_the_visible_tests_work_in_it(built, python):
    kit, _ = built
    path, right = solved(kit)
    check = ("-m", "buckets", "check", str(path))
    tests = ("-m", "pytest", "-q", f"tests/exercises/{TOPIC.tests.name}")
    released = path.read_text()
    assert "0 of 1 point" in ask(python, kit, *check).stdout
    wrong = ask(python, kit, *tests)
    assert wrong.returncode == 1, wrong.stdout + wrong.stderr
    try:
        path.write_text(right)
        assert "1 of 1 point" in ask(python, kit, *check).stdout
        done = ask(python, kit, *tests)
        assert done.returncode == 0, done.stdout + done.stderr
    finally:
        path.write_text(released)
