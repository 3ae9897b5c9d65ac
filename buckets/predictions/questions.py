"""What is predicted, and the sentence that answers each belief: lessons/NN_slug.toml.

    [nobody_speaks]                       predict.nobody_speaks, in a cell
    because = "why it comes so"           told with the outcome, and not before
    choices.nothing.means = "..."         predict.nobody_speaks.nothing
    choices.greeting.means = "..."
    choices.greeting.wrong = "..."        answers whoever believed that
    twin.asks = "..."                     the same idea, asked again in a later lesson
    twin.answer = "..."

    [how_many]                            predict.how_many(3), in a cell
    number = "scoops"                     what is counted
    one = "scoop"                         what it is called if there is one
    within = 1.0                          the factor by which a guess may be off
    beliefs = [{ from = 3, to = 3, says = "..." }]

What was right stands in none of them: the run tells.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "lessons"


@dataclass(frozen=True)
class Choice:
    """One answer that may be chosen by name.

    Args:
        means: what whoever chooses it expects, to be read after "You said:".
        wrong: the sentence that answers this belief; empty where nobody needs one.
    """

    means: str
    wrong: str = ""


@dataclass(frozen=True)
class Belief:
    """Numbers that betray a belief, both ends included, and the sentence for it."""

    low: float
    high: float
    says: str


@dataclass(frozen=True)
class Twin:
    """A question that stands by itself, and its answer."""

    asks: str
    answer: str


@dataclass(frozen=True)
class Question:
    """One prediction of a lesson.

    Args:
        name: what a cell calls it.
        topic: the lesson's.
        because: why it comes as it does, in Markdown.
        choices: by name; none where a number is asked for.
        number: what is counted; empty where choices are given.
        one: what that is called if there is one.
        within: the factor by which a number may be off and still be right.
        beliefs: what to say to wrong numbers.
        twin: the same idea, asked again lessons later, and its answer.
    """

    name: str
    topic: str
    because: str
    choices: dict[str, Choice] = field(default_factory=dict)
    number: str = ""
    one: str = ""
    within: float = 1.0
    beliefs: tuple[Belief, ...] = ()
    twin: Twin = Twin("", "")

    def counted(self, value: float) -> str:
        """A number with what it counts: 1 scoop, 2 scoops."""
        return f"{value:,.12g} {self.one if self.one and value == 1 else self.number}"

    def near(self, guess: float, value: float) -> bool:
        """Whether a guessed number is right, beside the measured one."""
        low, high = sorted((abs(guess), abs(value)))
        return guess == value or (guess * value > 0 and high <= low * self.within)

    def belief(self, guess: float) -> str:
        """What answers a wrong number; empty where nothing is known of it."""
        told = (each.says for each in self.beliefs if each.low <= guess <= each.high)
        return next(told, "")


@cache
def questions() -> dict[str, Question]:
    """All predictions of the course by name, in the order of the lessons."""
    found: dict[str, Question] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        for name, told in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if name in found:
                raise ValueError(f"{path.name}: {name} is also in {found[name].topic}")
            found[name] = _question(name, path.stem, told)
    return found


def questions_of(topic: str) -> list[Question]:
    """The predictions of one lesson."""
    return [each for each in questions().values() if each.topic == topic]


def _question(name: str, topic: str, told: dict[str, Any]) -> Question:
    return Question(
        name,
        topic,
        told["because"].strip(),
        {key: Choice(**each) for key, each in told.get("choices", {}).items()},
        told.get("number", ""),
        told.get("one", ""),
        told.get("within", 1.0),
        tuple(_belief(each) for each in told.get("beliefs", ())),
        Twin(**told["twin"]),
    )


def _belief(told: dict[str, Any]) -> Belief:
    return Belief(told["from"], told.get("to", float("inf")), told["says"].strip())
