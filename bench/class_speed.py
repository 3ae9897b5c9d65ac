"""How long a class takes: `buckets grade` beside *stock* `nbgrader autograde`.

    python bench/class_speed.py [STUDENTS ...] [--workers N ...] [--stock [alone]]

Of each ten submissions to exercise 05, seven or eight are right and wrong answers of
all kinds, one hangs, one ends its process, and of each twenty one prints without end.
Each class is graded in a copy of the course, once for each number of workers. Prints
the seconds from the command line to the prompt, the CPU seconds, the floor (those over
the cores), how many times the floor it took, and what else the machine's processors did
meanwhile. CPU seconds are those of a control group of its own, where one may be made
(root, on Linux); elsewhere they are those of the whole machine.

--stock grades the first class by nbgrader as it comes, too: its own Execute runs each
notebook in a kernel, and the same tests run in the check cells, the harder variants
among them, without a sandbox. A cell has 30 s there. With `alone`, only that is run, so
that a long measurement can be had in pieces.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import nbformat
import psutil

from buckets import course
from buckets.classroom import demo
from buckets.classroom.gradebook import Books
from buckets.grading import sandbox

TOPIC = course.Topic("05_select")
BIN = Path(sys.executable).parent
GROUPS = Path("/sys/fs/cgroup")
PARTS = (
    *("exercises", "solutions", "tests/exercises", "tests/hidden"),
    # The servers that a client is to tell apart.
    *("tests/mistakes", "tests/alternatives"),
)
# What stands in an answer's cell, below the answer.
HANGS = "while True:\n    pass"
EXITS = "import os\nos._exit(3)"
PRINTS = "while True:\n    print('never enough')"

# What stands in a check cell of stock nbgrader, whose source is the instructor's own.
ALL_TESTS = """from buckets import course
from buckets.grading.engine import grade
from buckets.notebook.packing import submission_of
answer = submission_of({task}, {task!r})
grade(course.topic_of_task({task!r}), answer, task={task!r})[0].points"""
STOCK = """c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "stock"
c.CourseDirectory.root = {root!r}
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.db_url = "sqlite:///{root}/grading/gradebook.db"
c.GenerateAssignment.force = True
"""


@dataclass(frozen=True)
class Took:
    """What a command took.

    Args:
        wall: seconds from its start to its end.
        cpu: seconds that processors worked for it and for all that it started.
        others: seconds that they worked for others meanwhile.
    """

    wall: float
    cpu: float
    others: float

    @property
    def floor(self) -> float:
        return self.cpu / len(os.sched_getaffinity(0))


def notebooks() -> Iterator[bytes]:
    """Submissions without end, as the first lines of this file say."""
    right = demo._without_marks(course.read_notebook(TOPIC.solution))
    kinds = cycle(answer.notebook for answer in demo.answers(TOPIC))
    for number in cycle(range(20)):
        rude = {4: HANGS, 14: HANGS, 7: EXITS, 17: EXITS, 9: PRINTS}.get(number)
        yield _with(right, rude) if rude else next(kinds)


def _with(notebook: dict, code: str) -> bytes:
    copied = demo.json.loads(demo._written(notebook))
    cell = demo.answer_cell(copied, next(iter(TOPIC.tasks)))
    cell["source"] = f"{demo._source(cell)}\n\n{code}"
    return demo._written(copied)


def hand_in(root: Path, students: int, *, stock: bool = False) -> None:
    """A copy of the course, released, with so many submissions."""
    for part in PARTS:
        shutil.copytree(course.root() / part, root / part)
    (root / "grading").mkdir()
    if stock:
        (root / "nbgrader_config.py").write_text(STOCK.format(root=str(root)))
        with_all_tests(root / TOPIC.solution.relative_to(course.root()))
    else:
        shutil.copy(course.root() / "nbgrader_config.py", root)
    for number, notebook in zip(range(students), notebooks(), strict=False):
        folder = root / "grading" / "submitted" / f"student-{number:04}" / TOPIC.name
        folder.mkdir(parents=True)
        (folder / f"{TOPIC.name}.ipynb").write_bytes(notebook)
    run(root, "nbgrader", "generate_assignment", TOPIC.name)


def with_all_tests(solution: Path) -> None:
    """Let the check cells of a solution run the harder variants, too."""
    notebook = nbformat.read(solution, as_version=4)
    for task in TOPIC.tasks:
        for cell in notebook.cells:
            if cell.source.endswith(f"check({task})"):
                cell.source = ALL_TESTS.format(task=task)
    nbformat.write(notebook, solution)


def run(root: Path, command: str, *words: str, may_fail: bool = False) -> Took:
    """What one of the environment's commands takes there."""
    # Stock nbgrader calls alembic by its bare name.
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "BUCKETS_COURSE": str(root), "PATH": path}
    with Meter() as meter:
        before, begun = busy(), time.perf_counter()
        done = subprocess.run(
            [str(BIN / command), *words],
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            preexec_fn=meter.join,
        )
        wall, all_of_it = time.perf_counter() - begun, busy() - before
        own = meter.seconds()
    if done.returncode and not may_fail:
        sys.exit(f"{command} failed:\n{done.stdout}{done.stderr}")
    own = all_of_it if own is None else own
    return Took(wall, own, max(0.0, all_of_it - own))


class Meter:
    """Counts the CPU seconds of all that a command starts, by a control group.

    A process of a sandbox is nobody's child any more once it is gone, so only the
    kernel can add them up.
    """

    def __init__(self) -> None:
        one = GROUPS / "cpuacct"
        self.group = (one if one.is_dir() else GROUPS) / f"buckets-bench-{os.getpid()}"

    def __enter__(self) -> Meter:
        with suppress(OSError):
            self.group.mkdir()
        return self

    def join(self) -> None:
        """Put this process into the group; its children are born there."""
        with suppress(OSError):
            (self.group / "cgroup.procs").write_text(str(os.getpid()))

    def seconds(self) -> float | None:
        """What the group has used; None where there is no group."""
        with suppress(OSError):
            return int((self.group / "cpuacct.usage").read_text()) / 1e9
        with suppress(OSError):
            words = (self.group / "cpu.stat").read_text().split()
            return int(words[words.index("usage_usec") + 1]) / 1e6
        return None

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self.group.rmdir()


def busy() -> float:
    """Seconds that the machine's processors have worked so far."""
    times = psutil.cpu_times()
    return times.user + times.system + getattr(times, "nice", 0.0)


def scores(root: Path) -> dict[str, float]:
    """What the gradebook says of everybody."""
    return {name: one.score for name, one in Books(root, TOPIC.name).entries().items()}


def tell(what: str, took: Took) -> None:
    """One line of the table."""
    times = took.wall / took.floor if took.floor else 0.0
    print(
        f"{what:<34} {took.wall:7.1f} s  CPU {took.cpu:7.1f} s  "
        f"floor {took.floor:7.1f} s  {times:5.2f} times  others {took.others:.0f} s",
        flush=True,
    )


def grow(folder: Path, students: int, workers: list[int]) -> Took:
    """Grade a class once for each number of workers; the best of them."""
    root = folder / f"class-{students}"
    hand_in(root, students)
    best, known = None, None
    for number in workers:
        words = ("grade", TOPIC.name, "--again", "--workers", str(number))
        took = run(root, "buckets", *words)
        tell(f"{students} submissions, {number} workers", took)
        if known is not None and scores(root) != known:
            sys.exit(f"The scores differ:\n{known}\n{scores(root)}")
        known = scores(root)
        best = took if best is None or took.wall < best.wall else best
    tell("  nothing changed", run(root, "buckets", "grade", TOPIC.name))
    assert best
    return best


def main() -> None:
    """Say so where there is no sandbox, as no class would be graded there."""
    missing = sandbox.available()
    if missing:
        print(f"No class is graded here: {missing}")
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("students", nargs="*", type=int, default=[24])
    parser.add_argument("--workers", nargs="+", type=int, default=[1, 2, 4])
    parser.add_argument(
        "--stock", nargs="?", const="beside", choices=["beside", "alone"]
    )
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="buckets-bench-") as name:
        folder = Path(name)
        numbers = [] if args.stock == "alone" else args.students
        ours = [grow(folder, number, args.workers) for number in numbers]
        if args.stock:
            took = stock(folder / "stock", args.students[0])
            for best in ours[:1]:
                print(f"{took.wall / best.wall:.1f} times as long")


def stock(root: Path, students: int) -> Took:
    """What nbgrader takes by itself."""
    hand_in(root, students, stock=True)
    took = run(root, "nbgrader", "autograde", TOPIC.name, may_fail=True)
    tell(f"{students} submissions, stock nbgrader", took)
    return took


if __name__ == "__main__":
    main()
