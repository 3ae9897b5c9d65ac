"""Begin an exercise anew. The file that was worked on is kept under another name."""

from __future__ import annotations

import subprocess
from itertools import count
from pathlib import Path

from buckets import course
from buckets.own_copy import CannotCopy


def reset(topic: course.Topic) -> Path:
    """Put an exercise back to what was given.

    Args:
        topic: the one to begin anew.

    Returns:
        Where the former file lies now.

    Raises:
        CannotCopy: there is no such exercise, nothing to keep, or no fresh one to be
            had.
    """
    if topic not in course.topics():
        known = ", ".join(each.name for each in course.topics())
        raise CannotCopy(f"There is no exercise {topic.name}. There is: {known}.")
    fresh, path = as_given(topic), topic.exercise
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(fresh)
        raise CannotCopy(f"{path} was not there, so nothing had to be kept. It is now.")
    if path.read_bytes() == fresh:
        raise CannotCopy(f"{path} is as it was given. There is nothing to begin anew.")
    kept = free_name(path)
    # First the old file is safe under its new name, then the fresh one takes its place.
    path.rename(kept)
    path.write_bytes(fresh)
    return kept


def as_given(topic: course.Topic) -> bytes:
    """The exercise as it was given out.

    A wheel and a kit carry it; in a clone git has it.

    Raises:
        CannotCopy: neither does.
    """
    inner = Path("exercises", topic.name, f"{topic.name}.ipynb")
    if (course.SHIPPED / inner).is_file():
        return (course.SHIPPED / inner).read_bytes()
    command = ["git", "-C", str(course.root()), "show", f"HEAD:./{inner.as_posix()}"]
    try:
        return subprocess.run(command, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        raise CannotCopy(
            f"No fresh {topic.name} can be had here: this course was neither "
            "cloned with git nor installed. Your file stays as it is."
        ) from None


def free_name(path: Path) -> Path:
    """A name beside a file that is not taken, such as 05_select.kept-1.ipynb."""
    names = (path.with_name(f"{path.stem}.kept-{n}{path.suffix}") for n in count(1))
    return next(name for name in names if not name.exists())
