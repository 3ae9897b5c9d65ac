"""The watch itself: what is done when a file is saved, and when a key is pressed."""

from __future__ import annotations

import tempfile
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from buckets import course
from buckets.notebook.ahead import place
from buckets.own_copy import CannotCopy
from buckets.own_copy.reset import reset
from buckets.report.content import of
from buckets.report.moment import replay_the_moment
from buckets.report.text import print_report
from buckets.verdict import Verdict
from buckets.watching.terminal_input import Keys

LOOK = 0.5
"""Seconds between two looks at the file, and for a key."""
MOST_HINTS = 3
KEYS = "h hint · r replay · c check · x begin anew · n next · q end"


@dataclass(frozen=True)
class Checked:
    """What came of a notebook, and the text of its cells by label."""

    verdicts: list[Verdict]
    sources: dict[str, str] = field(default_factory=dict)


class Watcher:
    """Checks an exercise when it is saved, until somebody has had enough.

    Args:
        topic: the exercise.
        check: grades a notebook's file; raises NotOfThisCourse where it cannot.
    """

    def __init__(self, topic: course.Topic, check: Callable[[Path], Checked]):
        self.topic, self._check = topic, check
        self._found = Checked([])
        self._hints = 1
        self._seen: object = None
        self._code: object = None
        self._sure = False

    def go(self, keys: Keys) -> int:
        """Look at the file and for keys, in turn. Returns the exit status."""
        self._open(self.topic)
        while True:
            key = keys.wait(LOOK)
            if key == "q":
                return 0
            if key:
                self._press(key)
            self._look()

    # --- the file -------------------------------------------------------------

    def _open(self, topic: course.Topic) -> None:
        """Watch this exercise from now on. What is saved already is not checked."""
        self.topic, self._found, self._hints = topic, Checked([]), 1
        self._seen, self._code = _stamp(topic.exercise), _code(topic.exercise)
        print(f"\nWatching {topic.exercise}\nSave it, and it is checked.  {KEYS}")

    def _look(self) -> None:
        stamp = _stamp(self.topic.exercise)
        if stamp == self._seen:
            return
        self._seen = stamp
        code = _code(self.topic.exercise)
        # Editors save by themselves, and outputs change: only code is checked anew.
        if code != self._code:
            self._code = code
            self.check()

    def check(self) -> None:
        """Grade the file as it lies there, and tell what came of it."""
        self._hints = 1
        try:
            self._found = self._check(self.topic.exercise)
        except course.NotOfThisCourse as error:
            print(f"\n{error}")
            return
        self._tell()

    def _tell(self) -> None:
        """The first task that is not at full marks, and the points of all."""
        print()
        verdicts = self._found.verdicts
        short = [verdict for verdict in verdicts if not verdict.full]
        for verdict in short[:1]:
            print_report(verdict, self._hints)
            print()
        points = sum(verdict.points for verdict in verdicts)
        print(of(points, sum(verdict.max_points for verdict in verdicts)), end=". ")
        print(f"{KEYS}" if short else f"{place().next}  {KEYS}")

    # --- the keys -------------------------------------------------------------

    def _press(self, key: str) -> None:
        sure, self._sure = self._sure, False
        if key == "h":
            self._hints = min(self._hints + 1, MOST_HINTS)
            self._tell()
        elif key == "r":
            self._replay()
        elif key == "c":
            self.check()
        elif key == "n":
            self._open(self._after())
        elif key == "x":
            self._begin_anew(sure)
        else:
            print(KEYS)

    def _replay(self) -> None:
        failures = [v.first_failure for v in self._found.verdicts if v.first_failure]
        picture = failures and replay_the_moment(failures[0], self._found.sources)
        if not picture:
            print("There is no replay: nothing has failed, or nothing was recorded.")
            return
        with tempfile.NamedTemporaryFile(
            "w", suffix=".html", prefix="buckets-", delete=False, encoding="utf-8"
        ) as file:
            file.write(f'<!doctype html><meta charset="utf-8">{picture.html}')
        print(f"The replay is in {file.name}")
        webbrowser.open(Path(file.name).as_uri())

    def _after(self) -> course.Topic:
        """The exercise that comes next: where points are left, or the one after."""
        here = place().topic
        if here and here != self.topic:
            return here
        later = [topic for topic in course.topics() if topic.name > self.topic.name]
        return later[0] if later else self.topic

    def _begin_anew(self, sure: bool) -> None:
        if not sure:
            self._sure = True
            print("Press x once more to begin anew. Your file is kept beside it.")
            return
        try:
            print(f"Your former work lies at {reset(self.topic)}.")
        except (CannotCopy, OSError) as error:
            print(error)
        self._open(self.topic)


def _stamp(path: Path) -> object:
    """What changes when a file is saved; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _code(path: Path) -> object:
    """The code of a notebook; None where it cannot be read."""
    try:
        return [
            cell["source"] for cell in course.code_cells(course.read_notebook(path))
        ]
    except course.NotOfThisCourse:
        return None
