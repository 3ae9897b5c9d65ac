"""Whether a notebook gets the same points wherever it is checked.

    python tools/compare_callers.py [FOLDER] [--only TEXT] [--sample N] [--nbgrader]

Checks each notebook in three ways, which are all there are: in a kernel that runs it
from top to bottom (what a learner sees, and what Validate does), with `buckets check`,
and as `buckets grade` and `nbgrader autograde` mark it. Over the tests that all of them
run, the points must be the same; where hidden variants take more, that is told apart.
--nbgrader asks its two commands themselves, too: Validate must pass the tasks that have
full marks in a kernel, and autograde give the points of the class.

FOLDER holds answers to tasks (TOPIC/*.py, as in tests/mistakes) or notebooks. Without
it, all mistakes, alternatives and odd notebooks of the course are compared: this takes
hours. --sample draws N of each topic, the same each time; $BUCKETS_SEED draws others.
Exit status 1 when anything differs.
"""

from __future__ import annotations

import argparse
import atexit
import importlib
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbgrader.validator import Validator

from buckets import course, release
from buckets.classroom import handed_in
from buckets.classroom.demo import put_in
from buckets.classroom.gradebook import Books
from buckets.classroom.marking import mark
from buckets.driving.seed import SEED, USUAL
from buckets.grading import sandbox
from buckets.verdict import Verdict

ROOT = Path(__file__).resolve().parent.parent
Points = dict[str, float]
KERNEL, TERMINAL, CLASS = "kernel", "buckets check", "class"


def in_kernel(folder: Path, path: Path, topic: course.Topic) -> Points:
    """Run all cells in a kernel; the points are the last values of the check cells.

    A task that no cell checks is left out: there a kernel says nothing.
    """
    whole = handed_in.tidy(course.read_notebook(path))
    notebook = nbformat.from_dict(whole)
    client = NotebookClient(
        notebook,
        timeout=300,
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    points: Points = {}
    for cell in notebook.cells:
        for task in course.checked_tasks(cell.source) if cell.source else []:
            points.setdefault(task, 0.0)
            values = [out for out in cell.get("outputs", []) if _is_result(out)]
            if values:
                points[task] = float(values[-1]["data"]["text/plain"])
    return points


def _is_result(output: dict[str, Any]) -> bool:
    return output["output_type"] == "execute_result"


def in_terminal(folder: Path, path: Path, topic: course.Topic) -> Points:
    """By the command."""
    command = [sys.executable, "-m", "buckets", "check", path.name, "--json"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    try:
        documents = json.loads(run.stdout)
    except ValueError:
        return dict.fromkeys(topic.tasks, -1.0)
    return {document["task"]: document["points"] for document in documents}


def in_class(folder: Path, path: Path, topic: course.Topic) -> Points:
    """As a class is marked, without what only the hidden variants took."""
    return {verdict.task: _seen(verdict) for verdict in marked(folder, topic)}


def marked(folder: Path, topic: course.Topic) -> list[Verdict]:
    """The verdicts of the class engine on what lies in a folder."""
    try:
        notebook = handed_in.read(folder / f"{topic.name}.ipynb", topic)
    except course.NotOfThisCourse:
        return []
    handed_in.rebuild(notebook, handed_in.masters_of(release.of(topic)))
    return mark(topic, notebook, sandboxed=sandbox.available() is None).verdicts


def _seen(verdict: Verdict) -> float:
    seen = [test for test in verdict.tests if not test.hardens]
    return Verdict(verdict.task, verdict.max_points, seen).points


CALLERS: dict[str, Callable[[Path, Path, course.Topic], Points]] = {
    KERNEL: in_kernel,
    TERMINAL: in_terminal,
    CLASS: in_class,
}


def compare(data: bytes, name: str, topic: course.Topic) -> dict[str, Points]:
    """The points of one file by each of the callers, each in a folder of its own."""
    found = {}
    for caller, points in CALLERS.items():
        with tempfile.TemporaryDirectory(prefix="buckets-compare-") as folder:
            path = Path(folder, name)
            path.write_bytes(data)
            found[caller] = points(Path(folder), path, topic)
    return found


def same(found: dict[str, Points]) -> bool:
    """Whether all callers say the same, of what all of them look at."""
    first, *others = found.values()
    return all(points.get(task) == first[task] for task in first for points in others)


# nbgrader's own commands --------------------------------------------------------------


def validated(path: Path, topic: course.Topic) -> set[str] | None:
    """The tasks that Validate passes; None where it cannot read the file."""
    try:
        nbformat.read(path, as_version=4)
        said = Validator().validate(str(path))
    except (ValueError, KeyError, AttributeError, OSError):
        return None
    if "changed" in said or "type_changed" in said:
        return None
    failed = [course.checked_tasks(cell["source"]) for cell in said.get("failed", [])]
    return set(topic.tasks) - {task for tasks in failed for task in tasks}


_learners = itertools.count()


@cache
def _class_of(topic: course.Topic) -> Path:
    """A course of this topic alone, which its gradebook knows."""
    root = Path(tempfile.mkdtemp(prefix="buckets-class-"))
    atexit.register(shutil.rmtree, root, True)
    shutil.copytree(ROOT / "tests", root / "tests")
    shutil.copytree(topic.solution.parent, root / "solutions" / topic.name)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    Books(root, topic.name).generate()
    return root


def autograded(path: Path, topic: course.Topic) -> Points:
    """What `nbgrader autograde` writes into the gradebook."""
    # Another one each time: what is written of the last would be taken for this.
    root, student = _class_of(topic), f"learner-{next(_learners)}"
    place = root / "grading" / "submitted" / student / topic.name
    place.mkdir(parents=True)
    shutil.copy(path, place)
    command = [sys.executable, "-m", "nbgrader", "autograde", topic.name, "--force"]
    environment = {**os.environ, "BUCKETS_COURSE": str(root)}
    subprocess.run(command, cwd=root, env=environment, capture_output=True)
    shutil.rmtree(place.parent)
    entry = Books(root, topic.name).entries().get(student)
    return dict(entry.tasks) if entry else {}


def by_nbgrader(
    data: bytes, name: str, topic: course.Topic, in_kernel: Points
) -> Iterator[str]:
    """Sentences on what nbgrader's own commands say otherwise."""
    with tempfile.TemporaryDirectory(prefix="buckets-compare-") as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        passed = validated(path, topic)
        full = {task for task, most in in_kernel.items() if topic.tasks[task] == most}
        if passed is not None and passed & in_kernel.keys() != full:
            yield f"Validate passes {sorted(passed)}, a kernel {sorted(full)}"
        marks = {
            verdict.task: verdict.points for verdict in marked(Path(folder), topic)
        }
        written = autograded(path, topic)
        if written != (marks or dict.fromkeys(topic.tasks, 0.0)):
            yield f"autograde gives {written}, the class {marks}"


# What is compared ---------------------------------------------------------------------

# Its name, the bytes of the file, what the file is called, and its topic.
Case = tuple[str, bytes, str, course.Topic]


def of_folder(folder: Path) -> Iterator[Case]:
    """The notebooks in a folder, and its answers put into the solutions."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".ipynb":
            try:
                topic = course.topic_of_notebook(path, course.read_notebook(path))
            except course.NotOfThisCourse as error:
                print(f"?  {path}: {error}")
                continue
            yield str(path.relative_to(folder)), path.read_bytes(), path.name, topic
        elif path.suffix == ".py" and _topic_above(path):
            yield str(path.relative_to(folder)), *_with_answer(path)


def _topic_above(path: Path) -> course.Topic | None:
    names = {topic.name: topic for topic in course.topics()}
    return next((names[part] for part in path.parts if part in names), None)


def _with_answer(path: Path) -> tuple[bytes, str, course.Topic]:
    topic = _topic_above(path)
    assert topic
    right = course.read_notebook(topic.solution)
    whole = put_in(right, path, topic)
    return json.dumps(whole).encode(), f"{topic.name}.ipynb", topic


def of_the_course() -> Iterator[Case]:
    """All that the course itself holds."""
    sys.path.append(str(ROOT / "tests" / "package"))
    notebooks = importlib.import_module("odd").notebooks()
    for name, (data, file) in notebooks.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, file)
            path.write_bytes(data)
            topic = course.topic_of_notebook(path, course.read_notebook(path))
        yield name, data, file, topic
    yield from _shapes()
    yield from _long_days()
    for kind in ("alternatives", "mistakes"):
        yield from of_folder(ROOT / "tests" / kind)


def _shapes() -> Iterator[Case]:
    """Each topic's solution, and what became of its cells."""
    for name, shape in importlib.import_module("odd_shapes").SHAPES.items():
        for topic in course.topics():
            data = json.dumps(shape(topic)).encode()
            yield f"shape: {name}, {topic.name}", data, f"{topic.name}.ipynb", topic


def _long_days() -> Iterator[Case]:
    """Each topic's solution with all habits above it, or all things in its tasks."""
    odd, habits = map(importlib.import_module, ("odd", "odd_habits"))
    things = {k: v for k, v in habits.THINGS.items() if k not in habits.ALONE}
    stay = {k: v for k, v in things.items() if k in habits.STAYS}
    copied = {k: v for k, v in things.items() if k not in habits.STAYS}
    days = {"lines": (habits.LINES, {}), "copied": ({}, copied), "made": ({}, stay)}
    for topic in course.topics():
        for day, crowd in days.items():
            data = json.dumps(odd.crowded(topic, *crowd)).encode()
            yield f"long day: {topic.name}, {day}", data, f"{topic.name}.ipynb", topic


def drawn(cases: Iterable[Case], most: int) -> list[Case]:
    """At most so many of each topic, drawn from the seed."""
    chance = random.Random(int(os.environ.get(SEED) or USUAL))
    of_topic = defaultdict(list)
    for case in cases:
        of_topic[case[3]].append(case)
    return [
        case
        for all_of_it in of_topic.values()
        for case in chance.sample(all_of_it, min(most, len(all_of_it)))
    ]


def tell(name: str, found: dict[str, Points]) -> None:
    """A line, and the points where they differ."""
    print("=" if same(found) else "!", name, flush=True)
    if not same(found):
        for caller, points in found.items():
            print(f"     {caller:14}", {k: f"{v:g}" for k, v in points.items()})


def asked() -> argparse.Namespace:
    """What the command line says."""
    words = argparse.ArgumentParser(description="Compare the callers.")
    words.add_argument("folder", nargs="?", type=Path, metavar="FOLDER")
    words.add_argument(
        "--only", default="", metavar="TEXT", help="names with this text"
    )
    words.add_argument("--sample", type=int, metavar="N", help="so many of each topic")
    words.add_argument(
        "--nbgrader", action="store_true", help="ask its own commands, too"
    )
    return words.parse_args()


def main() -> int:
    """Compare, tell, and count."""
    args = asked()
    whole = of_folder(args.folder) if args.folder else of_the_course()
    chosen: Iterable[Case] = (case for case in whole if args.only in case[0])
    if args.sample:
        chosen = drawn(chosen, args.sample)
    different = full = number = 0
    for name, data, file, topic in chosen:
        found = compare(data, file, topic)
        number += 1
        full += all(points == topic.tasks for points in found.values())
        others = []
        if args.nbgrader:
            others = list(by_nbgrader(data, file, topic, found[KERNEL]))
        different += not same(found) or bool(others)
        tell(name, found)
        print("".join(f"     {sentence}\n" for sentence in others), end="")
    print(f"{number} compared, {full} with full marks everywhere, {different} differ")
    return int(different > 0)


if __name__ == "__main__":
    raise SystemExit(main())
