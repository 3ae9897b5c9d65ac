"""What a worker of a Dask cluster does for a class: it marks one submission.

What to mark comes as a parcel: the notebook, the tests, and nothing that says whose it
is. The gradebook is nowhere near. Dask calls this in one of its threads; a sandbox ends
with the thread that started it, and the course's folder is one of a whole process. So
the marking is done by a process of its own, on a leash: it ends with the worker.

    python -I -m buckets.classroom.on_a_worker LEASH FOLDER
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from buckets import course, release
from buckets.child.limits import Leash, hold
from buckets.classroom import edition
from buckets.classroom.marking import mark
from buckets.grading import sandbox

# Every step inside has a deadline of its own; this is for what nobody thought of.
DEADLINE = 3600.0

COMMAND = [sys.executable, "-I", "-m", "buckets.classroom.on_a_worker"]
JOB, RESULT = "job.json", "result.json"


class Unfit(Exception):
    """This worker cannot mark; the text says why."""


@dataclass(frozen=True)
class Errand:
    """What marking needs besides the notebook.

    Args:
        topic: the name of the exercise.
        edition: of the package by which everybody is marked.
        files: the tests and the solution, as a zip, where they lie in a course.
    """

    topic: str
    edition: str
    files: bytes


def pack(topic: course.Topic) -> Errand:
    """The errand for a topic."""
    packed = io.BytesIO()
    given = course.root() / release.KIT_FILE
    files = [*edition.tests_of(topic), topic.solution, given]
    # A file may bear any date.
    with zipfile.ZipFile(
        packed, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False
    ) as archive:
        for path in filter(Path.exists, files):
            archive.write(path, path.relative_to(course.root()))
    return Errand(topic.name, edition.package(), packed.getvalue())


def unfit(wanted: str) -> str:
    """Why this worker cannot mark; "" if it can.

    Args:
        wanted: the edition of the package by which everybody is marked.
    """
    if edition.package() != wanted:
        return "it has another version of the package aisle-of-buckets"
    return sandbox.available() or ""


def mark_here(errand: Errand, notebook: dict[str, Any]) -> dict[str, Any]:
    """Mark one notebook, in a process of its own.

    Args:
        errand: from pack().
        notebook: from handed_in.read(), rebuilt.

    Returns:
        The result, as Marked.document() has it.

    Raises:
        Unfit: this worker cannot mark.
        RuntimeError: the marking did not come to its end; a fault of the grader.
    """
    why = unfit(errand.edition)
    if why:
        raise Unfit(why)
    try:
        return _marked(errand, notebook)
    except OSError as error:
        # To the other side it would look as if the cluster were gone.
        raise RuntimeError(f"{type(error).__name__}: {error}") from None


def _marked(errand: Errand, notebook: dict[str, Any]) -> dict[str, Any]:
    place = _place()
    with tempfile.TemporaryDirectory(prefix="buckets-", dir=place) as name:
        folder = Path(name)
        with zipfile.ZipFile(io.BytesIO(errand.files)) as archive:
            archive.extractall(folder / "course")
        company = _company(place) if place else None
        job = {"topic": errand.topic, "notebook": notebook, "company": company}
        (folder / JOB).write_text(json.dumps(job))
        said = _run(folder)
        try:
            found: dict[str, Any] = json.loads((folder / RESULT).read_bytes())
        except (OSError, ValueError):
            raise RuntimeError(f"the marking ended early. {said}") from None
        return found


def _place() -> str | None:
    """Dask's own folder, which it clears even after a worker that was killed."""
    with suppress(ImportError, ValueError):
        from distributed import get_worker

        return get_worker().local_directory
    return None


def _company(place: str) -> str | None:
    """What all workers of this machine share; see buckets.grading.company."""
    folder = Path(place).parent / "buckets-company"
    with suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        return str(folder)
    return None


def _run(folder: Path) -> str:
    """Mark what lies there. Returns the end of what the process printed."""
    leash = Leash()
    try:
        done = subprocess.run(
            [*COMMAND, str(leash.fd), str(folder)],
            env={**os.environ, "BUCKETS_COURSE": str(folder / "course")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[leash.fd],
            start_new_session=True,
            timeout=DEADLINE,
        )
    except subprocess.TimeoutExpired:
        return f"It took more than {DEADLINE:g} s."
    finally:
        leash.cut()
    return done.stdout.decode(errors="replace")[-1500:]


def main(leash: str, name: str) -> None:
    """Mark the job in a folder, and leave the result beside it; whole or not at all."""
    hold(int(leash))
    folder = Path(name)
    job = json.loads((folder / JOB).read_bytes())
    company = Path(job["company"]) if job["company"] else None
    marked = mark(course.Topic(job["topic"]), job["notebook"], company=company)
    half = folder / f"{RESULT}.half"
    half.write_text(json.dumps(marked.document()))
    half.replace(folder / RESULT)


if __name__ == "__main__":
    main(*sys.argv[1:])
