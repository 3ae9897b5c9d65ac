"""Kill `buckets grade` at drawn moments: nothing is lost, and nothing is twice.

    python tests/hostile/kill_runs.py FOLDER [KILLS] [--nbgrader]

Takes minutes, so it is a command and no test. A class of a small course is graded, and
the run is killed, again and again; what stands is looked at each time. Whenever
everybody is graded it begins anew. FOLDER is made, and must be new. With --nbgrader it
is `nbgrader autograde` that is killed.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "package"))

import small_course
from small_course import BIN, TOPIC, notebook, submit

STUDENTS = ("anna", "ben", "cleo", "dan", "eve", "finn")
NOTHING = {"answer_shout": "raise ValueError", "answer_greet": "raise ValueError"}
RUDE = {"answer_shout": small_course.RUDE_SHOUT}


def make(root):
    """A course in which six have handed in, and the gradebook knows nobody yet."""
    from buckets.classroom.gradebook import Books

    small_course.make(root)
    for number, student in enumerate(STUDENTS):
        submit(root, student, notebook((NOTHING, RUDE, {})[number % 3]))
    Books(root, TOPIC).generate()


def start(root, way):
    return subprocess.Popen(
        [BIN / way[0], way[1], TOPIC],
        cwd=root,
        env={**os.environ, "BUCKETS_COURSE": str(root)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def scores(root):
    """What the gradebook says, by student; two entries of one are told."""
    with sqlite3.connect(root / "grading" / "gradebook.db") as book:
        sound = book.execute("PRAGMA integrity_check").fetchone()
        assert sound == ("ok",), sound
        rows = book.execute(
            "SELECT a.student_id, SUM(g.auto_score), COUNT(*) FROM grade g "
            "JOIN submitted_notebook n ON n.id = g.notebook_id "
            "JOIN submitted_assignment a ON a.id = n.assignment_id "
            "GROUP BY a.id"
        ).fetchall()
    assert len(rows) == len({student for student, *_ in rows}), "somebody twice"
    return {student: (score, count) for student, score, count in rows}


def left_behind(group):
    """Processes of a killed run that live on, after a while."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        found = [p for p in psutil.process_iter() if _belongs(p, group)]
        if not found:
            return []
        time.sleep(0.1)
    return [" ".join(p.cmdline())[:80] for p in found]


def _belongs(process, group):
    try:
        return str(group) in process.environ().get("BUCKETS_COURSE", "")
    except psutil.Error:
        return False


def kill_once(root, way, seconds):
    """One run that is killed after so long; its exit code, None if it was killed."""
    run = start(root, way)
    try:
        return run.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        return None


def killed(fresh, root, way, kills, chance):
    """Kill so many runs; sentences on what went wrong, and the scores to be had."""
    shutil.copytree(fresh, root)
    began = time.monotonic()
    assert start(root, way).wait() == 0
    whole, expected = time.monotonic() - began, scores(root)
    print(f"undisturbed: {whole:.1f} s, {expected}")
    while kills:
        if set(scores(root)) == set(STUDENTS):
            shutil.rmtree(root)
            shutil.copytree(fresh, root)
        if kill_once(root, way, chance.uniform(0.05, whole)) is not None:
            continue
        kills -= 1
        found = scores(root)
        half = {s: v for s, v in found.items() if v != expected[s]}
        print(f"{kills} to come: {len(found)} recorded, {half or 'none by half'}")
        yield from (f"lives on: {one}" for one in left_behind(root))
    done = start(root, way).wait()
    if done or scores(root) != expected:
        yield f"the last run: exit {done}, {scores(root)}"
    for path in (root / "grading").glob("recording_*"):
        yield f"left behind: {path.name}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("kills", type=int, nargs="?", default=20)
    parser.add_argument("--nbgrader", action="store_true")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    args = parser.parse_args()
    print(f"seed {args.seed}")
    place = args.folder.resolve()
    make(place / "fresh")
    chance = random.Random(args.seed)
    way = ("nbgrader", "autograde") if args.nbgrader else ("buckets", "grade")
    wrong = list(killed(place / "fresh", place / "course", way, args.kills, chance))
    print("\n".join(wrong) or "nothing lost, nothing twice")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
