"""What a learner's machine remembers: small files in a folder of the course.

Two kernels may write at once, and a file that was damaged costs what it held and
nothing else.
"""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from buckets import course

FOLDER = "BUCKETS_PROGRESS"


def folder() -> Path:
    """Where the files lie; $BUCKETS_PROGRESS overrules."""
    named = os.environ.get(FOLDER)
    return Path(named) if named else course.home() / ".buckets"


def read(name: str) -> Any:
    """What a file holds; None where it is missing or damaged."""
    try:
        return json.loads((folder() / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def change(name: str, made_of: Callable[[Any], Any]) -> None:
    """Put what `made_of` makes of a file's content in its place.

    Args:
        name: of the file, such as progress.json.
        made_of: is given the present content, as read() returns it.

    Raises:
        OSError: the folder cannot be written to.
    """
    with _alone():
        _write(name, made_of(read(name)))


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the lock: two kernels may check at the same time."""
    folder().mkdir(parents=True, exist_ok=True)
    with open(folder() / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(name: str, content: Any) -> None:
    # Whole or not at all: the new file takes the old one's place in one step.
    descriptor, made = tempfile.mkstemp(dir=folder())
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1, sort_keys=True)
    os.replace(made, folder() / name)
