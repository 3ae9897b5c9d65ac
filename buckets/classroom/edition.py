"""Which edition of the package and of an exercise's tests decides a score."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from buckets import cases, course

_PACKAGE = Path(__file__).resolve().parents[1]


@cache
def package() -> str:
    """A hash of the package's code, the same however the package was installed."""
    return _hash(
        path
        for pattern in ("*.py", "*.toml", "recordings/*/*.json")
        for path in _PACKAGE.rglob(pattern)
        # Pictures show what was recorded; they decide nothing. What a wheel brings
        # along of the course is no code of the package.
        if not {"pictures", "shipped"} & set(path.relative_to(_PACKAGE).parts)
    )


@cache
def grader(topic: course.Topic) -> str:
    """A hash of all that decides a score besides the notebook: the tests, and us."""
    return package() + _hash(tests_of(topic))


def tests_of(topic: course.Topic) -> list[Path]:
    """The files that test a topic: visible, hidden, and what either brings along."""
    servers = [*topic.mistakes, *topic.alternatives]
    tests = [topic.tests, topic.hidden_tests, *servers, cases.withheld_file()]
    return [path for path in tests if path.exists()]


def _hash(paths: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for path in sorted(paths):
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()
