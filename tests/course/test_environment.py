"""One environment, however it is made: constraints.txt, pyproject, environment.yml."""

import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from traitlets.config.loader import PyFileConfigLoader

ROOT = Path(__file__).resolve().parents[2]
LINES = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
PINS = dict(line.split("==") for line in LINES if "==" in line)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))

# First releases of each Python: a pin that needs a later one would lock out
# Debian 12, whose Python is 3.11.2.
PYTHONS = ["3.11.0", "3.12.0", "3.13.0"]


def direct_requirements():
    project = PROJECT["project"]
    names = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    return [Requirement(name) for name in names + PROJECT["build-system"]["requires"]]


def needs(requirement, seen):
    """Adds to seen what a requirement pulls in here, by canonical name."""
    name = canonicalize_name(requirement.name)
    if (name, *sorted(requirement.extras)) in seen:
        return
    seen.add((name, *sorted(requirement.extras)))
    for text in importlib.metadata.requires(name) or []:
        inner = Requirement(text)
        extras = ["", *requirement.extras]
        if not inner.marker or any(inner.marker.evaluate({"extra": e}) for e in extras):
            needs(inner, seen)


def tracked_files():
    """Every file under version control; in an unpacked archive, every file."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached"]
    listed = subprocess.run(command, capture_output=True, check=False)
    if listed.returncode == 0:
        names = listed.stdout.decode().split("\0")
        return [ROOT / name for name in names if name and (ROOT / name).is_file()]
    aside = {".venv", "grading", ".git"}
    found = [path for path in ROOT.rglob("*") if path.is_file()]
    return [path for path in found if path.relative_to(ROOT).parts[0] not in aside]


# ------------------------------------------------------------------ constraints.txt


def test_every_line_is_a_plain_name_and_version():
    wrong = [x for x in LINES if not re.fullmatch(r"[a-z0-9-]+==[0-9][a-z0-9.]*", x)]
    assert wrong == []


def test_names_are_canonical_sorted_and_unique():
    names = [line.split("==")[0] for line in LINES]
    assert names == sorted({str(canonicalize_name(name)) for name in names})


@pytest.mark.parametrize("requirement", direct_requirements(), ids=str)
def test_every_direct_dependency_is_pinned(requirement):
    pin = PINS.get(canonicalize_name(requirement.name))
    assert pin is not None
    assert requirement.specifier.contains(pin)


def test_this_environment_is_the_pinned_one():
    seen = set()
    for requirement in direct_requirements():
        needs(requirement, seen)
    names = {entry[0] for entry in seen}
    assert len(names) > 100
    here = {name: importlib.metadata.version(name) for name in names}
    assert here == {name: PINS.get(name) for name in names}


@pytest.mark.parametrize("python", PYTHONS)
def test_the_pins_install_on_every_python_of_the_course(python):
    assert python in SpecifierSet(PROJECT["project"]["requires-python"])
    refusing = {}
    for package in importlib.metadata.distributions():
        wanted = package.metadata.get("Requires-Python")
        pinned = canonicalize_name(package.metadata["Name"]) in PINS
        if pinned and wanted and python not in SpecifierSet(wanted):
            refusing[package.metadata["Name"]] = wanted
    assert refusing == {}


def test_what_builds_the_package_is_the_pinned_setuptools():
    # conda's pip fetches it for the build alone, where constraints do not reach.
    requires = PROJECT["build-system"]["requires"]
    assert requires == [f"setuptools=={PINS['setuptools']}"]


# ------------------------------------------------------------------ environment.yml


def conda_parts():
    """What comes from conda, and the lines that go to pip."""
    plain = [part for part in CONDA["dependencies"] if isinstance(part, str)]
    (pip,) = (part["pip"] for part in CONDA["dependencies"] if isinstance(part, dict))
    return plain, pip


def test_conda_gives_python_and_pip_and_nothing_else():
    plain, _ = conda_parts()
    assert CONDA["channels"] == ["conda-forge", "nodefaults"]
    assert sorted(re.split(r"[ <>=]", part)[0] for part in plain) == ["pip", "python"]


def test_conda_takes_the_same_pythons():
    plain, _ = conda_parts()
    (spec,) = (part for part in plain if part.startswith("python"))
    allowed = SpecifierSet(spec.removeprefix("python").strip())
    assert all(python in allowed for python in PYTHONS)
    assert "3.10.9" not in allowed


def test_conda_hands_pip_the_same_pins():
    _, pip = conda_parts()
    assert pip == ["-c constraints.txt", "-e .[dev]"]


def test_pip_finds_nothing_to_change_in_what_conda_asks_for(tmp_path):
    """The lines for pip, run as conda does: from a file beside environment.yml."""
    built_from = ("pyproject.toml", "setup.py", "README.md", "course.toml", "LICENSE")
    for name in ("constraints.txt", *built_from):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "buckets").mkdir()
    (tmp_path / "buckets" / "__init__.py").touch()
    (tmp_path / "asked.txt").write_text("\n".join(conda_parts()[1]))
    report = tmp_path / "report.json"
    # No index: were a single version to differ, pip could not satisfy it.
    command = [sys.executable, "-I", "-m", "pip", "install", "--isolated", "--dry-run"]
    command += ["--no-index", "--no-build-isolation", "--report", str(report)]
    command += ["-r", "asked.txt"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stdout + done.stderr
    changes = json.loads(report.read_text("utf-8"))["install"]
    assert [change["metadata"]["name"] for change in changes] == ["aisle-of-buckets"]


# -------------------------------------------------------------- nothing of one place


def test_no_file_names_a_package_registry():
    # Put together here, or this file would be the first to be found.
    hosts = ("pypi", "pythonhosted", "anaconda", "npmjs")
    options = ("index-url", "extra-index-url", "find-links")
    registries = [f"{host}.org".encode() for host in hosts]
    registries += [f"--{option}".encode() for option in options]
    found = [
        (str(path.relative_to(ROOT)), word.decode())
        for path in tracked_files()
        for word in registries
        if word in path.read_bytes()
    ]
    assert found == []


def test_nbgraders_settings_name_no_place_of_one_machine():
    text = (ROOT / "nbgrader_config.py").read_text("utf-8")
    assert re.findall(r"""["'](?:/|~|[A-Z]:)[^"']*["']""", text) == []


def test_nbgrader_works_inside_the_course_only():
    found = PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config()
    course = found.CourseDirectory
    assert course.course_id == "aisle_of_buckets"
    assert (course.source_directory, course.release_directory) == (
        "solutions",
        "exercises",
    )
    assert Path(course.root) == ROOT
    places = [found.Exchange.root, found.Exchange.cache]
    places.append(course.db_url.removeprefix("sqlite:///"))
    steps = ("submitted", "autograded", "feedback", "solution")
    places += [ROOT / course[f"{step}_directory"] for step in steps]
    assert all((ROOT / "grading") in Path(place).parents for place in places)


def test_git_ignores_what_grading_writes_but_not_the_package():
    lines = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert "/grading/" in lines
    assert "grading/" not in lines and "grading" not in lines
