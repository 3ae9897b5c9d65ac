"""The words that answer a prediction, for a notebook and for a terminal."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Real

from buckets.predictions.questions import Question

FOLD = "data-buckets-outcome"


@dataclass(frozen=True)
class Outcome:
    """What a run said, beside what was predicted; a notebook shows it.

    Args:
        question: the prediction.
        guess: a choice's name or a number; None where nothing was predicted.
        came: the choices that came true, or the number that was measured.
    """

    question: Question
    guess: str | float | None
    came: tuple[str, ...] | float

    @property
    def right(self) -> bool:
        """Whether it came as predicted."""
        if self.guess is None:
            return False
        if isinstance(self.came, tuple):
            return self.guess in self.came
        return self.question.near(float(self.guess), self.came)

    @property
    def verdict(self) -> str:
        """The first sentence: what was said, and what came."""
        if self.guess is None:
            return f"Not predicted. {self._what_came()}"
        said = f"You said: {self._called(self.guess)}."
        if not self.right:
            return f"✗ {said} {self._what_came()}"
        # A number may be near enough and still another one.
        so = self.guess in self._all_that_came()
        return f"✓ {said} {'So it was.' if so else f'Near: {self._what_came()}'}"

    @property
    def answer(self) -> str:
        """The sentence for this very belief; empty where it was right, or none."""
        if self.guess is None or self.right:
            return ""
        if isinstance(self.guess, str):
            return self.question.choices[self.guess].wrong
        return self.question.belief(self.guess)

    def _all_that_came(self) -> tuple[str | float, ...]:
        return self.came if isinstance(self.came, tuple) else (self.came,)

    def _what_came(self) -> str:
        came = self._all_that_came()
        if not came:
            return "This run went another way than any of the choices: see above."
        return f"It was: {' and '.join(map(self._called, came))}."

    def _called(self, guess: str | float) -> str:
        if isinstance(guess, str):
            return self.question.choices[guess].means
        return self.question.counted(round(guess, 1))

    def __repr__(self) -> str:
        return "\n\n".join(filter(None, [self.verdict, self.answer, self._because]))

    @property
    def _because(self) -> str:
        return self.question.because if self._all_that_came() else ""

    def _repr_html_(self) -> str:
        rest = [*_paragraphs(self.answer), *_paragraphs(self._because)]
        # Open in a notebook, where the run has told it all; the book closes it.
        return (
            '<div style="border-left:4px solid currentColor;padding-left:.8em">'
            f"<details open {FOLD}><summary><strong>{inline(self.verdict)}</strong>"
            f"</summary>{''.join(rest)}</details></div>"
        )


def _paragraphs(text: str) -> Iterable[str]:
    """Paragraphs and lists of Markdown as HTML; no more than the texts use."""
    for block in filter(None, text.split("\n\n")):
        items = re.split(r"^(?:- |\d+\. )", block, flags=re.MULTILINE)
        if len(items) > 1 and not items[0]:
            kind = "ul" if block.startswith("-") else "ol"
            inside = "".join(f"<li>{inline(item)}</li>" for item in items[1:])
            yield f"<{kind}>{inside}</{kind}>"
        else:
            yield f"<p>{inline(block)}</p>"


_MARKS = (
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
    (re.compile(r"\*\*([^*]+)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<!\w)\*([^*\s][^*]*)\*"), r"<em>\1</em>"),
)


def inline(text: str) -> str:
    """A line of Markdown as HTML: code, bold and italic."""
    found = html.escape(text.strip(), quote=False)
    for mark, tag in _MARKS:
        found = mark.sub(tag, found)
    return found


def as_number(value: object) -> float | None:
    """A number as one; None for anything else, and for True and False."""
    if isinstance(value, Real) and not isinstance(value, bool):
        return float(value)
    return None
