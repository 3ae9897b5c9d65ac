"""What a large class costs besides the marking, in a class that was made up.

    python bench/class_scale.py [STUDENTS ...]

The demo's answers to exercise 05 are marked for real. Then a class of copies is laid
out, with results as marking leaves them and a gradebook in which all are recorded. It
prints the CPU seconds of `buckets grade` when nothing has changed, of `buckets report`
and of `buckets export`; of recording one result, which nbgrader does; how much memory
the largest process took; and the bytes on disk for each learner.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import tempfile
import time
from itertools import cycle
from pathlib import Path

from class_speed import PARTS, TOPIC, run

from buckets import course
from buckets.classroom import demo
from buckets.classroom.gradebook import Books
from buckets.classroom.marking import Marked
from buckets.classroom.whole_class import Classroom

RECORDED = 10
"""So many are recorded by nbgrader's own steps; the others as it leaves them."""


def real(root: Path) -> list[tuple[bytes, Marked]]:
    """The demo's answers, and what marking makes of them."""
    found = []
    room = Classroom(Books(root, TOPIC.name))
    for answer in demo.answers(TOPIC):
        folder = root / "grading" / "one"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{TOPIC.name}.ipynb").write_bytes(answer.notebook)
        found.append((answer.notebook, room.mark(folder)))
        shutil.rmtree(folder)
    return found


def lay_out(root: Path, students: int, results: list[tuple[bytes, Marked]]) -> float:
    """A class of copies, all recorded. Returns the CPU seconds of recording one."""
    books = Books(root, TOPIC.name)
    names = [f"student-{number:05}" for number in range(students)]
    for name, (notebook, _) in zip(names, cycle(results), strict=False):
        place = books.handed_in(name)
        place.mkdir(parents=True)
        (place / f"{TOPIC.name}.ipynb").write_bytes(notebook)
    room = Classroom(books)
    for job, (_, marked) in zip(room.jobs(), cycle(results), strict=False):
        job.save(marked, 5.0)
    begun = time.process_time()
    for job, (_, marked) in zip(room.jobs(names[:RECORDED]), results, strict=False):
        books.record(job.student, job.folder, marked)
    each = (time.process_time() - begun) / RECORDED
    _as_recorded(books, dict(zip(names, cycle(results), strict=False)))
    return each


def _as_recorded(books: Books, of: dict[str, tuple[bytes, Marked]]) -> None:
    """What recording leaves: points in the gradebook, a notebook with the reports."""
    with books.gradebook() as gradebook:
        for name, (_, marked) in of.items():
            gradebook.update_or_create_student(name)
            submission = gradebook.update_or_create_submission(books.topic, name)
            [notebook] = submission.notebooks
            points = {v.task: v.points for v in marked.verdicts}
            for grade in notebook.grades:
                task = grade.name.removeprefix("check_")
                grade.auto_score = points.get(task, 0.0)
                grade.needs_manual_grade = False
        gradebook.db.commit()
    sample = next(books.grading.glob("autograded/*/*/*.ipynb")).read_bytes()
    for name in of:
        path = books.autograded(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sample)


def size(path: Path) -> int:
    """Bytes of a file, or of all below a folder."""
    files = [path] if path.is_file() else path.rglob("*")
    return sum(each.stat().st_size for each in files if each.is_file())


def tell(what: str, root: Path, students: int, *words: str) -> None:
    """Run a command, and tell in a line what it took: itself, and what it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(root, "buckets", *words)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    each = 1000 * cpu / students
    print(f"{what:<28} CPU {cpu:7.1f} s, {each:6.1f} ms each", flush=True)


def measure(folder: Path, students: int, results: list[tuple[bytes, Marked]]) -> None:
    """Lay a class out, and time what is done with it."""
    root = new_course(folder / str(students))
    recording = lay_out(root, students, results)
    print(f"{students} learners; load {os.getloadavg()[0]:.1f}")
    print(f"recording one                CPU {recording:7.2f} s")
    tell("nothing changed", root, students, "grade", TOPIC.name)
    tell("report", root, students, "report", TOPIC.name)
    tell("export", root, students, "export", "--canvas")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    grading = root / "grading"
    print(f"memory of the largest process {peak >> 10} MB")
    for part in ("marked", "autograded", "gradebook.db", "report"):
        print(f"  {part:<14} {size(grading / part) // students:>9,} bytes each")


def new_course(root: Path) -> Path:
    """A copy of the course, released."""
    for part in PARTS:
        shutil.copytree(course.root() / part, root / part)
    shutil.copy(course.root() / "nbgrader_config.py", root)
    run(root, "nbgrader", "generate_assignment", TOPIC.name)
    return root


def main(sizes: list[int]) -> None:
    """Mark once, then lay out a class of each size."""
    with tempfile.TemporaryDirectory(prefix="buckets-bench-") as name:
        results = real(new_course(Path(name, "real")))
        for students in sizes:
            measure(Path(name), students, results)


if __name__ == "__main__":
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument("students", type=int, nargs="*", default=[100])
    main(words.parse_args().students)
