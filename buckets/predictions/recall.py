"""`recall("05_select")`: four questions from lessons before, at the top of a lesson.

They come from one, two, four and seven lessons ago. What the learner has predicted
wrong there comes first. Nothing is graded, and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from buckets import course
from buckets.predictions.guess import answered
from buckets.predictions.outcome import inline
from buckets.predictions.questions import Question, questions_of

AGO = (1, 2, 4, 7)
"""Lessons; what is asked again at growing distances stays."""


@dataclass(frozen=True)
class Recall:
    """Questions whose answers unfold; a notebook shows it."""

    questions: tuple[Question, ...]

    def __repr__(self) -> str:
        return "\n\n".join(
            f"{_from(each)}: {each.twin.asks}\n  {each.twin.answer}"
            for each in self.questions
        )

    def _repr_html_(self) -> str:
        return "".join(
            f'<details style="margin:.3em 0"><summary>{inline(each.twin.asks)}'
            f"</summary><p>{inline(each.twin.answer)} "
            f"<em>({_from(each)})</em></p></details>"
            for each in self.questions
        )


def _from(question: Question) -> str:
    return f"Lesson {question.topic.partition('_')[0]}"


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
    before = [names[here - ago] for ago in AGO if ago <= here]
    known = answered() if known is None else known
    # A young course has not four lessons yet: then the last one asks more.
    asked = [_asked(name, known, here)[:1] for name in before]
    more = _asked(before[0], known, here)[1:] if before else []
    found = [*(question for group in asked for question in group), *more]
    return Recall(tuple(found[: len(AGO)]))


def _asked(topic: str, known: Mapping[str, Any], turn: int) -> list[Question]:
    """The questions of a lesson, each in its turn; first what was predicted wrong."""
    found = questions_of(topic)
    at = turn % max(1, len(found))

    def wrong(question: Question) -> bool:
        told = known.get(question.name)
        return isinstance(told, dict) and told.get("right") is False

    in_turn = found[at:] + found[:at]
    return sorted(in_turn, key=lambda question: not wrong(question))
