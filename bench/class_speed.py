"""How long a class takes: `buckets grade` beside `nbgrader autograde`, both sandboxed.

    python bench/class_speed.py [STUDENTS]

A class of 24, made of exercise 05's solution, alternatives and mistakes, is graded by
both commands in a copy of the course, each with a gradebook of its own. Prints the
seconds of either from the command line to the prompt, their ratio, and what a second
`buckets grade` takes when nothing has changed. Both must give everybody the same score.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

from buckets import course
from buckets.classroom import demo
from buckets.classroom.gradebook import Books
from buckets.grading import sandbox

TOPIC = course.Topic("05_select")
BIN = Path(sys.executable).parent
PARTS = ("exercises", "solutions", "tests/exercises", "tests/hidden")


def hand_in(root: Path, students: int) -> None:
    """A copy of the course, released, with so many submissions."""
    for part in PARTS:
        shutil.copytree(course.root() / part, root / part)
    shutil.copy(course.root() / "nbgrader_config.py", root)
    everything = islice(cycle(demo.answers(TOPIC)), students)
    for number, answer in enumerate(everything):
        folder = root / "grading" / "submitted" / f"student-{number:02}" / TOPIC.name
        folder.mkdir(parents=True)
        (folder / f"{TOPIC.name}.ipynb").write_bytes(answer.notebook)
    run(root, "nbgrader", "generate_assignment", TOPIC.name)


def run(root: Path, command: str, *words: str) -> float:
    """Seconds that one of the environment's commands takes there."""
    environment = {**os.environ, "BUCKETS_COURSE": str(root)}
    begun = time.perf_counter()
    done = subprocess.run(
        [str(BIN / command), *words],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{command} failed:\n{done.stdout}{done.stderr}")
    return time.perf_counter() - begun


def scores(root: Path) -> dict[str, float]:
    """What the gradebook says of everybody."""
    return {name: one.score for name, one in Books(root, TOPIC.name).entries().items()}


def compare(folder: Path, students: int) -> None:
    """Grade the same class twice, and print what it took."""
    ours, stock = folder / "buckets", folder / "nbgrader"
    for root in (ours, stock):
        hand_in(root, students)
    whole = run(ours, "buckets", "grade", TOPIC.name)
    again = run(ours, "buckets", "grade", TOPIC.name)
    one_by_one = run(stock, "nbgrader", "autograde", TOPIC.name)
    if scores(ours) != scores(stock):
        sys.exit(f"The scores differ:\n{scores(ours)}\n{scores(stock)}")
    print(f"{students} submissions, sandboxed; load {os.getloadavg()[0]:.1f}")
    print(f"  nbgrader autograde       {one_by_one:7.1f} s")
    print(f"  buckets grade            {whole:7.1f} s")
    print(f"  ratio                    {one_by_one / whole:7.2f}")
    print(f"  grade, nothing changed   {again:7.1f} s")


def main() -> None:
    """Say so where there is no sandbox, as no class would be graded there."""
    missing = sandbox.available()
    if missing:
        print(f"No class is graded here: {missing}")
        return
    students = int(sys.argv[1]) if sys.argv[1:] else 24
    with tempfile.TemporaryDirectory(prefix="buckets-bench-") as folder:
        compare(Path(folder), students)


if __name__ == "__main__":
    main()
