"""A class is graded before somebody's eyes: how far it is, and how to end it."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

if TYPE_CHECKING:
    from buckets.classroom.whole_class import Classroom, Row


def grade_with_progress(
    room: Classroom, console: Console, only: Iterable[str] = (), *, again: bool = False
) -> list[Row]:
    """Grade a class and show how far it is, and about how long it will take.

    Args:
        room: the class.
        console: where to show it.
        only: these students; all by default.
        again: mark all anew, also what has not changed.

    Raises:
        CannotGrade: nobody has handed in anything.
    """
    jobs = room.jobs(only)
    ahead = Ahead(len(jobs), time.monotonic())
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    left = TextColumn("{task.fields[left]}")
    with (
        _ended_like_by_hand(),
        Progress(*columns, left, console=console, transient=True) as progress,
    ):
        bar = progress.add_task(f"grading {room.topic.name}", total=len(jobs), left="")

        def tell(row: Row) -> None:
            ahead.done(row.fresh, time.monotonic())
            progress.update(bar, advance=1, left=ahead.words)

        return room.grade(jobs, again=again, tell=tell)


class Ahead:
    """How long the rest will take, by what was marked so far.

    What has not changed is told first and at once, so it says nothing of the rest.

    Args:
        most: how many there are.
        now: seconds, on the clock of done().
    """

    def __init__(self, most: int, now: float):
        self.left, self.marked = most, 0
        self.began = self.now = now

    def done(self, fresh: bool, now: float) -> None:
        """One more is over; a fresh one was marked."""
        self.left -= 1
        self.now = now
        if fresh:
            self.marked += 1
        else:
            self.began = now

    @property
    def words(self) -> str:
        """Such as "about 3 min left"; "" where nobody can know."""
        if not self.marked or not self.left:
            return ""
        seconds = (self.now - self.began) / self.marked * self.left
        return f"about {lasting(seconds)} left"


def lasting(seconds: float) -> str:
    """A time as somebody would say it.

    >>> lasting(44.19), lasting(1312.93), lasting(9000)
    ('44 s', '22 min', '2.5 h')
    """
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


@contextmanager
def _ended_like_by_hand() -> Iterator[None]:
    """A closed terminal ends the run as Ctrl-C does, and leaves no process either."""
    signals = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(one, signal.default_int_handler) for one in signals]
    try:
        yield
    finally:
        for one, handler in zip(signals, before, strict=True):
            signal.signal(one, handler)
