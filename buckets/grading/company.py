"""Tests of a class run side by side; one that is judged by time can run alone.

Neighbours take CPU time away, so who fails by time in company is asked once more with
nobody beside. All that is needed is two locks in a folder that the class shares. A test
holds `room` shared. Who wants to be alone takes it for itself, and keeps `gate` closed
meanwhile: else there would always be another test that has just begun.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

# A test takes a second. Who is kept waiting for longer goes on in company: no verdict
# waits for a neighbour who hangs.
SECONDS = 30.0
LOOK = 0.01


class Company:
    """What the tests of one submission know of those of others.

    Args:
        folder: of the class; None for a submission that is tested by itself.
    """

    def __init__(self, folder: Path | None):
        self.gate, self.room = (
            _open(folder / name) if folder else None for name in ("gate", "room")
        )

    @contextmanager
    def beside(self) -> Iterator[None]:
        """A test that others may run beside."""
        with ExitStack() as stay:
            with _held(self.gate, fcntl.LOCK_EX):
                stay.enter_context(_held(self.room, fcntl.LOCK_SH))
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A test that nobody else's runs beside."""
        with _held(self.gate, fcntl.LOCK_EX), _held(self.room, fcntl.LOCK_EX):
            yield


def _open(path: Path) -> int | None:
    """A lock; None where there can be none: without it everybody is in company."""
    with suppress(OSError):
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    return None


@contextmanager
def _held(lock: int | None, how: int) -> Iterator[None]:
    """Hold a lock, where there is one, and where it is to be had in time."""
    taken = lock is not None and _taken(lock, how)
    try:
        yield
    finally:
        if lock is not None and taken:
            fcntl.flock(lock, fcntl.LOCK_UN)


def _taken(lock: int, how: int) -> bool:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        try:
            fcntl.flock(lock, how | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOOK)
        else:
            return True
    return False
