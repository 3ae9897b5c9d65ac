"""The catalogue of misconceptions, read from misconceptions.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from buckets import texts


@dataclass(frozen=True)
class Misconception:
    """One belief that breaks servers.

    Args:
        id: M01 and on; shared by tests, mistakes, hints and the class report.
        name: the belief, or its refutation, in a few words.
        cause: one sentence, why the server does what was seen.
        lesson: the topic that treats it.
        heading: where in that lesson.
        hints: three, from a nudge to nearly the answer.
        refuted_by: tests whose passing shows that nobody holds this belief.
        early: how it is told before its lesson; the same by default.
        elsewhere: other words in a topic that has other names, by its number.
        told_from: number of the lesson from which on it may be told, such as "03".
        right_if: a sentence on the world in which the belief would be right.
    """

    id: str
    name: str
    cause: str
    lesson: str
    heading: str
    hints: tuple[str, ...]
    told_from: str
    right_if: str
    refuted_by: tuple[str, ...] = ()
    early: Early | None = None
    elsewhere: Mapping[str, Early] = field(default_factory=dict)

    def told_in(self, topic: str, task: str = "") -> Misconception:
        """As it is told in a topic, such as "03", which may come before its lesson.

        There its heading is "": nobody is sent to a lesson that is not met yet. A task
        may have words of its own.
        """
        here = self.elsewhere.get(topic)
        told = self._told_in(topic, here)
        return here.tasks[task].told_of(told) if here and task in here.tasks else told

    def _told_in(self, topic: str, here: Early | None) -> Misconception:
        if here and (here.cause or here.hints or here.heading):
            return here.told_of(self)
        if not topic or topic >= self.lesson[:2]:
            return self
        if self.early is None:
            return replace(self, heading="")
        return self.early.told_of(replace(self, heading=""))


@dataclass(frozen=True)
class Early:
    """Other words, for a task where nobody has heard of select() yet, or a later one.

    What is empty is as it is told everywhere. A later topic may have other words for
    one of its tasks, by the task's name.
    """

    cause: str
    hints: tuple[str, ...]
    lesson: str = ""
    heading: str = ""
    tasks: Mapping[str, Early] = field(default_factory=dict)

    def told_of(self, known: Misconception) -> Misconception:
        """A misconception in these words."""
        return replace(
            known,
            cause=self.cause or known.cause,
            hints=self.hints or known.hints,
            lesson=self.lesson or known.lesson,
            heading=self.heading or known.heading,
        )


def catalogue() -> dict[str, Misconception]:
    """All misconceptions by id, in the learner's language."""
    return _read(texts.language())


@cache
def _read(language: str) -> dict[str, Misconception]:
    path = Path(__file__).with_name("misconceptions.toml")
    entries = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        key: _entry(key, _translated(f"misconceptions.{key}", fields, language))
        for key, fields in entries.items()
    }


def get(key: str | None) -> Misconception | None:
    """The misconception with this id; None where there is none."""
    return catalogue().get(key or "")


TEXTS = ("name", "cause", "right_if", "lesson", "heading")


def _translated(key: str, fields: dict[str, Any], language: str) -> dict[str, Any]:
    """The same fields, where a language has words of its own for them."""
    if language == texts.ENGLISH:
        return fields
    there: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, dict):
            there[name] = _translated(f"{key}.{name}", value, language)
        else:
            own = texts.found(f"{key}.{name}", language)
            there[name] = own if type(own) is type(value) else value
    return there


def _entry(key: str, fields: dict[str, object]) -> Misconception:
    hints = fields["hints"]
    assert isinstance(hints, list)
    texts = {name: str(fields[name]) for name in TEXTS}
    told_from = str(fields.get("from", texts["lesson"][:2]))
    return Misconception(
        id=key,
        hints=tuple(map(str, hints)),
        told_from=told_from,
        refuted_by=tuple(str(fields.get("refuted_by", "")).split()),
        early=_early(fields.get("early")),
        elsewhere=_elsewhere(fields),
        **texts,
    )


def _early(fields: object) -> Early | None:
    return _words(fields) if isinstance(fields, dict) else None


def _elsewhere(fields: Mapping[str, object]) -> dict[str, Early]:
    """Of entries such as [M47.in_08], by the number of the topic."""
    return {
        name.removeprefix("in_"): _words(told)
        for name, told in fields.items()
        if name.startswith("in_") and isinstance(told, dict)
    }


def _words(told: Mapping[str, Any]) -> Early:
    hints = tuple(map(str, told.get("hints", ())))
    place = str(told.get("lesson", "")), str(told.get("heading", ""))
    tasks = {
        name: _words(words) for name, words in told.items() if isinstance(words, dict)
    }
    return Early(str(told.get("cause", "")), hints, *place, tasks)
