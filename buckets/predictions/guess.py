"""`predict`: commit to what a run will do, before it does.

    predict.nobody_speaks.nothing      a choice; Tab lists the names
    predict.scoops(2)                  a number

The run's own cell ends in `predict.nobody_speaks.was(nothing=heard is None, ...)`: the
facts are the run's. Nothing has to be predicted; then the outcome is told all the same.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from buckets.notebook import kept
from buckets.predictions.outcome import Outcome, as_number, inline
from buckets.predictions.questions import Question, questions

FILE = "predictions.json"


class Guess:
    """A choice, which counts when its cell shows it. Made by a Prediction.

    That a name is read is no guess: the completion of names reads all of them.
    """

    def __init__(self, prediction: Prediction, value: str | float, means: str):
        self._prediction, self._value, self._means = prediction, value, means

    def __repr__(self) -> str:
        return f"You say: {self._means}. Now run the next cell."

    def _ipython_display_(self) -> None:
        self._prediction._commit(self._value)
        _show(_Said(repr(self)))


class Prediction:
    """One prediction of a lesson; its choices are its attributes."""

    def __init__(self, question: Question):
        self._question = question
        self._guess: str | float | None = None
        for name, choice in question.choices.items():
            setattr(self, name, Guess(self, name, choice.means))

    def __dir__(self) -> list[str]:
        # What Tab offers: the choices, and nothing else.
        return list(self._question.choices)

    def __call__(self, guess: object = None) -> Guess | Prediction:
        """Predict a number, or a choice by its name; nothing, and nothing is predicted.

        Raises:
            TypeError: it is no number, and one is asked for.
            ValueError: it is none of the choices.
        """
        name = self._question.name
        if guess is None:
            return self
        if not self._question.number:
            if guess not in self._question.choices:
                raise ValueError(f"predict.{name} knows {self._known()}.")
            made: Guess = getattr(self, str(guess))
            return made
        found = as_number(guess)
        if found is None:
            raise TypeError(f"predict.{name}() takes a number, such as 3.")
        self._commit(found)
        return Guess(self, found, self._question.counted(found))

    def was(self, value: float | None = None, /, **facts: bool) -> None:
        """Tell what the run has said, beside what was predicted.

        Args:
            value: the number that was measured, where one was asked for.
            facts: for each choice, whether it came true.

        Raises:
            TypeError: these are not the choices, or no number is given.
        """
        if set(facts) != set(self._question.choices) or (
            bool(self._question.number) == (value is None)
        ):
            raise TypeError(f"predict.{self._question.name} knows {self._known()}.")
        true = tuple(name for name, fact in facts.items() if fact)
        outcome = Outcome(self._question, self._guess, true if value is None else value)
        if self._guess is not None:
            _keep(outcome)
        _show(outcome)

    def _commit(self, guess: str | float) -> None:
        self._guess = guess

    def _known(self) -> str:
        return ", ".join(self._question.choices) or "a number"

    def __repr__(self) -> str:
        name = f"predict.{self._question.name}"
        if self._question.number:
            return (
                f"Not predicted yet. Put a number between the parentheses of {name}(), "
                f"and run the cell: how many {self._question.number}?"
            )
        return "\n".join(
            [
                f"Not predicted yet. Put a dot behind {name}, press Tab, and choose:",
                *(f"  .{key}: {c.means}" for key, c in self._question.choices.items()),
            ]
        )

    def _repr_html_(self) -> str:
        first, *choices = repr(self).splitlines()
        listed = "".join(f"<li>{inline(each)}</li>" for each in choices)
        return f"<p>{inline(first)}</p>" + (f"<ul>{listed}</ul>" if listed else "")


class Predict:
    """All predictions of the course by name, those of a lesson in its cells.

    They are attributes, made at once: IPython completes no names behind a __getattr__.
    """

    def __init__(self) -> None:
        for name, question in questions().items():
            setattr(self, name, Prediction(question))

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Prediction: ...


predict = Predict()


class _Said:
    """A line that a notebook shows as text."""

    def __init__(self, text: str):
        self._text = text

    def __repr__(self) -> str:
        return self._text


def answered() -> dict[str, dict[str, Any]]:
    """What was predicted on this machine, by name: the first time that each was.

    Returns:
        for each its "guess", and whether it was "right".
    """
    found = kept.read(FILE)
    return found if isinstance(found, dict) else {}


def _keep(outcome: Outcome) -> None:
    """Remember the first guess: a second one comes from somebody who has seen it."""
    told = {"guess": outcome.guess, "right": outcome.right}
    name = outcome.question.name
    with suppress(OSError):
        kept.change(FILE, lambda _: {name: told} | answered())


def _show(shown: object) -> None:
    try:
        from IPython.display import display
    except ImportError:
        print(shown)
        return
    display(shown)
