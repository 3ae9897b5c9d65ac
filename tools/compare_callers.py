"""Whether a notebook gets the same points wherever it is checked.

    python tools/compare_callers.py [FOLDER] [--only TEXT] [--sample N] [--nbgrader]
        [--notes FILE] [--jobs N]

Checks each notebook in three ways, which are all there are: in a kernel that runs it
from top to bottom (what a learner sees, and what Validate does), with `buckets check`,
and as `buckets grade` and `nbgrader autograde` mark it. Over the tests that all of them
run, the points must be the same; where hidden variants take more, that is told apart.
--nbgrader asks its two commands themselves, too: Validate must pass the tasks that have
full marks in a kernel, and autograde give the points of the class.

FOLDER holds answers to tasks (TOPIC/*.py, as in tests/mistakes) or notebooks. Without
it, all mistakes, alternatives and odd notebooks of the course are compared: this takes
hours. Of an answer only the tasks that it defines are tested; with --nbgrader all are.
What differs is compared once more, and counts where it differs again.

--sample draws N of each topic, the same each time; $BUCKETS_SEED draws others. --notes
keeps a line of JSON for each comparison in a file; those that stand there already are
passed over, so a run can be ended and gone on with. Exit status 1 when any differ.
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
from collections.abc import Callable, Collection, Iterable, Iterator, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbgrader.validator import Validator

from buckets import course, release
from buckets.book.pages import talk_in
from buckets.classroom import handed_in
from buckets.classroom.demo import answered, put_in
from buckets.classroom.gradebook import Books
from buckets.classroom.marking import mark
from buckets.driving.seed import SEED, USUAL
from buckets.grading import sandbox
from buckets.verdict import Verdict

ROOT = Path(__file__).resolve().parent.parent
Points = dict[str, float]
KERNEL, TERMINAL, CLASS = "kernel", "buckets check", "class"


def in_kernel(path: Path, topic: course.Topic, tasks: Set[str]) -> Points:
    """Run all cells in a kernel; the points are the last values of the check cells.

    A task that no cell checks is left out: there a kernel says nothing.
    """
    whole = handed_in.tidy(course.read_notebook(path))
    notebook = nbformat.from_dict(whole)
    for cell in notebook.cells:
        checked = course.checked_tasks(cell.source) if cell.source else []
        if checked and not tasks & set(checked):
            cell.source = ""
    with tempfile.TemporaryDirectory(prefix="buckets-kernel-") as private:
        client = NotebookClient(
            notebook,
            config=talk_in(private),
            timeout=300,
            allow_errors=True,
            resources={"metadata": {"path": str(path.parent)}},
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


def in_terminal(path: Path, topic: course.Topic, tasks: Set[str]) -> Points:
    """By the command."""
    command = [sys.executable, "-m", "buckets", "check", path.name, "--json"]
    if len(tasks) == 1:
        command += ["--task", *tasks]
    run = subprocess.run(command, cwd=path.parent, capture_output=True, text=True)
    try:
        documents = json.loads(run.stdout)
    except ValueError:
        return dict.fromkeys(topic.tasks, -1.0)
    return {document["task"]: document["points"] for document in documents}


def in_class(path: Path, topic: course.Topic, tasks: Set[str]) -> Points:
    """As a class is marked, without what only the hidden variants took."""
    task = next(iter(tasks)) if len(tasks) == 1 else None
    return {one.task: _seen(one) for one in marked(path.parent, topic, task)}


def marked(folder: Path, topic: course.Topic, task: str | None = None) -> list[Verdict]:
    """The verdicts of the class engine on what lies in a folder."""
    try:
        notebook = handed_in.read(folder / f"{topic.name}.ipynb", topic)
    except course.NotOfThisCourse:
        return []
    handed_in.rebuild(notebook, handed_in.masters_of(release.of(topic)))
    walls = sandbox.available() is None
    return mark(topic, notebook, sandboxed=walls, task=task).verdicts


def _seen(verdict: Verdict) -> float:
    seen = [test for test in verdict.tests if not test.hardens]
    return Verdict(verdict.task, verdict.max_points, seen).points


CALLERS: dict[str, Callable[[Path, course.Topic, Set[str]], Points]] = {
    KERNEL: in_kernel,
    TERMINAL: in_terminal,
    CLASS: in_class,
}


@dataclass(frozen=True)
class Case:
    """One file to compare.

    Args:
        name: what it is called here.
        data, file: its bytes, and what the file is called.
        topic: what it answers.
        tasks: those whose points are compared.
    """

    name: str
    data: bytes
    file: str
    topic: course.Topic
    tasks: frozenset[str]

    @classmethod
    def whole(cls, name: str, data: bytes, file: str, topic: course.Topic) -> Case:
        """A notebook, with all of its tasks."""
        return cls(name, data, file, topic, frozenset(topic.tasks))


def compare(case: Case, tasks: Collection[str] = ()) -> dict[str, Points]:
    """The points of one file by each of the callers, each in a folder of its own.

    Args:
        case: the file.
        tasks: those to test; the case's own by default.
    """
    wanted = frozenset(tasks) or case.tasks
    found = {}
    for caller, points in CALLERS.items():
        with tempfile.TemporaryDirectory(prefix="buckets-compare-") as folder:
            path = Path(folder, case.file)
            path.write_bytes(case.data)
            told = points(path, case.topic, wanted)
            found[caller] = {task: told[task] for task in told if task in wanted}
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


def by_nbgrader(case: Case, in_kernel: Points) -> Iterator[str]:
    """Sentences on what nbgrader's own commands say otherwise."""
    topic = case.topic
    with tempfile.TemporaryDirectory(prefix="buckets-compare-") as folder:
        path = Path(folder, case.file)
        path.write_bytes(case.data)
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


def of_folder(folder: Path) -> Iterator[Case]:
    """The notebooks in a folder, and its answers put into the solutions."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".ipynb":
            try:
                topic = course.topic_of_notebook(path, course.read_notebook(path))
            except course.NotOfThisCourse as error:
                print(f"?  {path}: {error}")
                continue
            name = str(path.relative_to(folder))
            yield Case.whole(name, path.read_bytes(), path.name, topic)
        elif path.suffix == ".py" and _topic_above(path):
            yield _with_answer(path, str(path.relative_to(folder.parent)))


def _topic_above(path: Path) -> course.Topic | None:
    names = {topic.name: topic for topic in course.topics()}
    return next((names[part] for part in path.parts if part in names), None)


def _with_answer(path: Path, name: str) -> Case:
    topic = _topic_above(path)
    assert topic
    right = course.read_notebook(topic.solution)
    whole = json.dumps(put_in(right, path, topic)).encode()
    tasks = answered(path.read_text(encoding="utf-8"), topic)
    return Case(name, whole, f"{topic.name}.ipynb", topic, frozenset(tasks))


def of_the_course() -> Iterator[Case]:
    """All that the course itself holds."""
    sys.path.append(str(ROOT / "tests" / "package"))
    notebooks = importlib.import_module("odd").notebooks()
    for name, (data, file) in notebooks.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, file)
            path.write_bytes(data)
            topic = course.topic_of_notebook(path, course.read_notebook(path))
        yield Case.whole(name, data, file, topic)
    yield from _shapes()
    yield from _long_days()
    for kind in ("alternatives", "mistakes"):
        yield from of_folder(ROOT / "tests" / kind)


def _shapes() -> Iterator[Case]:
    """Each topic's solution, and what became of its cells."""
    for name, shape in importlib.import_module("odd_shapes").SHAPES.items():
        for topic in course.topics():
            data = json.dumps(shape(topic)).encode()
            told = f"shape: {name}, {topic.name}"
            yield Case.whole(told, data, f"{topic.name}.ipynb", topic)


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
            told = f"long day: {topic.name}, {day}"
            yield Case.whole(told, data, f"{topic.name}.ipynb", topic)


def drawn(cases: Iterable[Case], most: int) -> list[Case]:
    """At most so many of each topic, drawn from the seed."""
    chance = random.Random(int(os.environ.get(SEED) or USUAL))
    of_topic = defaultdict(list)
    for case in cases:
        of_topic[case.topic].append(case)
    return [
        case
        for all_of_it in of_topic.values()
        for case in chance.sample(all_of_it, min(most, len(all_of_it)))
    ]


@dataclass
class Row:
    """What came of one comparison, as a line of the notes.

    Args:
        name: of the case.
        found: the points by each caller.
        others: what nbgrader's own commands say otherwise.
        chance: what was found first, where a second comparison found no difference.
        full: whether all have full marks.
    """

    name: str
    found: dict[str, Points]
    others: list[str]
    chance: dict[str, Points] | list[str]
    full: bool

    @property
    def differs(self) -> bool:
        return not same(self.found) or bool(self.others)

    def tell(self) -> None:
        """A line, and the points where they differ."""
        print("!" if self.differs else "~" if self.chance else "=", self.name)
        if not same(self.found):
            for caller, points in self.found.items():
                print(f"     {caller:14}", {k: f"{v:g}" for k, v in points.items()})
        for sentence in self.others:
            print(f"     {sentence}")
        if self.chance:
            print(f"     at first: {self.chance}")
        sys.stdout.flush()


def row_of(case: Case, nbgrader: bool) -> Row:
    """Compare one file; what differs is compared again."""
    row, before = _row(case, nbgrader), None
    if row.differs:
        before, row = row, _row(case, nbgrader)
    if before and not row.differs:
        row.chance = before.others or before.found
    return row


def _row(case: Case, nbgrader: bool) -> Row:
    found = compare(case, case.topic.tasks if nbgrader else ())
    others = list(by_nbgrader(case, found[KERNEL])) if nbgrader else []
    most = {task: case.topic.tasks[task] for task in found[CLASS]}
    full = all(points == most for points in found.values())
    return Row(case.name, found, others, {}, full)


def noted(file: Path | None) -> dict[str, Row]:
    """The comparisons that a file of notes holds already."""
    if not file or not file.exists():
        return {}
    rows = [Row(**json.loads(line)) for line in file.read_text().splitlines()]
    return {row.name: row for row in rows}


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
    words.add_argument("--notes", type=Path, metavar="FILE", help="go on with these")
    words.add_argument("--jobs", type=int, default=1, metavar="N", help="at a time")
    args = words.parse_args()
    if args.nbgrader and args.jobs > 1:
        words.error("nbgrader's own commands run one at a time: leave --jobs out")
    return args


def main() -> int:
    """Compare, tell, and count."""
    args = asked()
    whole = of_folder(args.folder) if args.folder else of_the_course()
    chosen: Iterable[Case] = (case for case in whole if args.only in case.name)
    if args.sample:
        chosen = drawn(chosen, args.sample)
    known = noted(args.notes)
    rows = []

    def go(case: Case) -> None:
        row = known.get(case.name) or row_of(case, args.nbgrader)
        rows.append(row)
        row.tell()
        if args.notes and case.name not in known:
            with args.notes.open("a") as notes:
                notes.write(json.dumps(asdict(row)) + "\n")

    with ThreadPoolExecutor(args.jobs) as pool:
        list(pool.map(go, chosen))
    full, different = (
        sum(getattr(row, name) for row in rows) for name in ("full", "differs")
    )
    chance = sum(bool(row.chance) for row in rows)
    print(
        f"{len(rows)} compared, {full} with full marks everywhere, {different} differ, "
        f"{chance} differed by chance"
    )
    return int(different > 0)


if __name__ == "__main__":
    raise SystemExit(main())
