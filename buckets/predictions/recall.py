"""`recall("05_select")`: four questions from lessons before, at the top of a lesson.

They come from one, two, four and seven lessons ago. What the learner has predicted
wrong there comes first. Nothing is graded. `recall("05_select").knew(1, 3)` keeps which
of them the learner knew, by their own word, beside the predictions; how many wrong
predictions were known when they were asked again is what `asked_again()` counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from buckets import course
from buckets.notebook import kept
from buckets.predictions.guess import answered
from buckets.predictions.outcome import inline
from buckets.predictions.questions import Question, questions, questions_of

FILE = "recalled.json"
AGO = (1, 2, 4, 7)
"""Lessons; what is asked again at growing distances stays."""


@dataclass(frozen=True)
class Recall:
    """Questions whose answers unfold; a notebook shows it."""

    questions: tuple[Question, ...]
    lesson: str = ""

    def knew(self, *numbers: int) -> str:
        """Keep which of the questions you knew before you unfolded them.

        Args:
            numbers: of those, from 1; none if you knew none.

        Raises:
            ValueError: there is no question of that number.
        """
        most = len(self.questions)
        if not {*numbers} <= {*range(1, most + 1)}:
            raise ValueError(f"The questions have the numbers 1 to {most}.")
        told = {
            f"{self.lesson}/{each.name}": number in numbers
            for number, each in enumerate(self.questions, 1)
        }
        with suppress(OSError):
            # The first word counts: a later one comes after the answers.
            kept.change(FILE, lambda _: told | _recalled())
        knew, asked = asked_again()
        return (
            f"Of what you had predicted wrong and were asked again: {knew} of {asked}."
        )

    def __repr__(self) -> str:
        asked = (
            f"{number}. {_from(each)}: {each.twin.asks}\n  {each.twin.answer}"
            for number, each in enumerate(self.questions, 1)
        )
        return "\n\n".join([*asked, self._keep()])

    def _repr_html_(self) -> str:
        asked = "".join(
            f'<details style="margin:.3em 0"><summary>{number}. '
            f"{inline(each.twin.asks)}</summary><p>{inline(each.twin.answer)} "
            f"<em>({_from(each)})</em></p></details>"
            for number, each in enumerate(self.questions, 1)
        )
        return f"{asked}<p>{inline(self._keep())}</p>"

    def _keep(self) -> str:
        """How to say what one knew."""
        told = f'`recall("{self.lesson}").knew(1, 3)`'
        return f"If you knew 1 and 3, {told} keeps that, on your machine."


def _from(question: Question) -> str:
    return f"Lesson {question.topic.partition('_')[0]}"


def _recalled() -> dict[str, bool]:
    found = kept.read(FILE)
    return found if isinstance(found, dict) else {}


def asked_again(
    ago: int = 0, known: Mapping[str, Any] | None = None
) -> tuple[int, int]:
    """Of all that was predicted wrong: how much was known when it was asked again.

    By the learner's own word, in `knew()`; each prediction counts once for each lesson
    that has asked it again.

    Args:
        ago: only what was asked again so many lessons later; all by default.
        known: what was predicted; by default what is kept on this machine.

    Returns:
        how many were known, and of how many.
    """
    known = answered() if known is None else known
    names = [topic.name for topic in course.topics()]
    told = []
    for key, knew in _recalled().items():
        lesson, _, name = key.partition("/")
        question, said = questions().get(name), known.get(name)
        if question is None or lesson not in names or not isinstance(said, dict):
            continue
        later = names.index(lesson) - names.index(question.topic)
        if said.get("right") is False and later == (ago or later):
            told.append(knew is True)
    return sum(told), len(told)


def recall(lesson: str, known: Mapping[str, Any] | None = None) -> Recall:
    """Four questions from the lessons before this one.

    Args:
        lesson: its name, such as 05_select.
        known: what was predicted before; by default what is kept on this machine.

    Raises:
        ValueError: there is no such lesson.
    """
    names = [topic.name for topic in course.topics()]
    if lesson not in names:
        raise ValueError(f"There is no lesson {lesson}. There is: {', '.join(names)}.")
    here = names.index(lesson)
    # Early in the course there is no lesson so long ago: another one asks then.
    ago = sorted(range(1, here + 1), key=lambda each: (each not in AGO, each))
    before = [names[here - each] for each in ago[: len(AGO)]]
    known = answered() if known is None else known
    asked = [_asked(name, known, here)[:1] for name in before]
    # And before there are four lessons, the last one asks more.
    more = _asked(before[0], known, here)[1:] if before else []
    found = [*(question for group in asked for question in group), *more]
    return Recall(tuple(found[: len(AGO)]), lesson)


def _asked(topic: str, known: Mapping[str, Any], turn: int) -> list[Question]:
    """The questions of a lesson, each in its turn; first what was predicted wrong."""
    found = questions_of(topic)
    at = turn % max(1, len(found))

    def wrong(question: Question) -> bool:
        told = known.get(question.name)
        return isinstance(told, dict) and told.get("right") is False

    in_turn = found[at:] + found[:at]
    return sorted(in_turn, key=lambda question: not wrong(question))
