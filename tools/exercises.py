"""Writes exercises/ anew from solutions/, with nbgrader's own command.

The gradebook is left alone (--no-db), so the result depends on solutions/ only.
An exercise whose solution is gone goes as well.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOLUTIONS = ROOT / "solutions"
EXERCISES = ROOT / "exercises"


def topics(folder: Path) -> list[str]:
    """The topics in a folder: its subfolders that hold a notebook of their name."""
    return sorted(path.parent.name for path in folder.glob("*/*.ipynb"))


def generate(topic: str) -> int:
    """Releases one topic; returns the exit status of nbgrader."""
    nbgrader = Path(sys.executable).with_name("nbgrader")
    command = [str(nbgrader), "generate_assignment", topic, "--force", "--no-db"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    print(f"exercises/{topic}", "written" if done.returncode == 0 else "FAILED")
    if done.returncode:
        print(done.stdout + done.stderr, file=sys.stderr)
    return done.returncode


def main() -> int:
    """Exit status 1 when nbgrader refuses a topic."""
    wanted = topics(SOLUTIONS)
    if not wanted:
        print("There is nothing in solutions/ to make exercises from.")
    for topic in set(topics(EXERCISES)) - set(wanted):
        shutil.rmtree(EXERCISES / topic)
        print(f"exercises/{topic} removed: it has no solution")
    statuses = [generate(topic) for topic in wanted]
    return int(any(statuses))


if __name__ == "__main__":
    raise SystemExit(main())
