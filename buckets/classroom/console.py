"""A class is graded before somebody's eyes: how far it is, and how to end it."""

from __future__ import annotations

import signal
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
    """Grade a class and show how far it is.

    Args:
        room: the class.
        console: where to show it.
        only: these students; all by default.
        again: mark all anew, also what has not changed.

    Raises:
        CannotGrade: nobody has handed in anything.
    """
    jobs = room.jobs(only)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with (
        _ended_like_by_hand(),
        Progress(*columns, console=console, transient=True) as progress,
    ):
        bar = progress.add_task(f"grading {room.topic.name}", total=len(jobs))
        return room.grade(jobs, again=again, tell=lambda row: progress.advance(bar))


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
