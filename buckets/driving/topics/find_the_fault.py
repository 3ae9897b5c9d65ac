"""A learner says what is wrong in recorded runs: at which line, and in what belief.

The task is a function that returns a dict. It is asked once, and no server is started:
what it says is compared with what is known of the run, see buckets.cases.

    @behaviour("faults_of_walkers", points=1, driver=answer_once, recorded=False)
    def test_the_fault_of_amber(server):
        \"\"\"says what is wrong in amber\"\"\"
        expect_named(server, "amber")
"""

from __future__ import annotations

import re
from typing import Any

from buckets import cases
from buckets.behaviour import Driver
from buckets.cases import Case, Reply
from buckets.driving import control
from buckets.driving.clients import Client
from buckets.driving.server import Server
from buckets.driving.story import Story
from buckets.driving.unmet import Unmet, close_name

YOU = "you"
MOST_LINE = 1 << 14

answer_once = Driver("find_the_fault.answer_once")
"""Driver for functions that are asked once, and answer with a dict of pairs."""


def expect_committed(server: Server, name: str) -> None:
    """The learner has named a line and a belief for a run; whether they are right is
    known to a grader alone.

    Raises:
        Unmet: nothing is said of that run, or something that cannot be meant.
    """
    _Answer(server, cases.find(name)).pair()


def expect_named(server: Server, name: str) -> None:
    """The learner has named the line at which a run's fault shows, and the belief.

    Raises:
        Unmet: a line of the run speaks against that belief; or it fits, and the fault
            shows at another line.
    """
    answer = _Answer(server, cases.find(name))
    line, belief = answer.pair()
    reply = answer.case.reply(belief)
    answer.tell(f"say: line {line}, {belief}")
    if not reply.fits:
        raise answer.refuted(belief, reply)
    if line != reply.line:
        raise answer.elsewhere(line, reply)


class OddError(ValueError):
    """What is said of a run cannot be meant.

    Args:
        why: a word for the reason.
        facts: of it, for a sentence about it.
    """

    def __init__(self, why: str, **facts: Any):
        super().__init__(why)
        self.why, self.facts = why, facts


def pair_in(case: Case, answer: Any) -> tuple[int, str]:
    """The line and the belief that an answer names, in whichever order.

    Raises:
        OddError: it names no such pair.
    """
    # A text of digits is a number that somebody has put in quotes.
    many = isinstance(answer, list | tuple)
    pair = [_number(one) for one in answer] if many else []
    lines = [one for one in pair if isinstance(one, int)]
    beliefs = [one for one in pair if isinstance(one, str)]
    if len(pair) != 2 or len(lines) != 1:
        raise OddError("no_pair", said=_shown(answer))
    return _known(case, lines[0], beliefs[0])


def _known(case: Case, line: int, belief: str) -> tuple[int, str]:
    choices, most = list(case.choices), len(case.lines)
    belief = belief.strip().replace("-", "_").replace(" ", "_")
    if belief not in choices:
        meant = close_name(belief, choices)
        raise OddError("no_choice", said=belief[:60], meant=meant or "")
    if not 1 <= line <= most:
        raise OddError("no_line", said=line, most=most)
    return line, belief


class _Answer:
    """What a learner says of one run."""

    def __init__(self, server: Server, case: Case):
        self.server, self.case = server, case

    def pair(self) -> tuple[int, str]:
        """The line and the belief, in whichever order they were given.

        Raises:
            Unmet: there is no such pair.
        """
        said = self._asked()
        runs = said.get("runs")
        if not isinstance(runs, dict):
            raise self._odd("none", said=str(said.get("is", "")))
        if self.case.name not in runs:
            raise self._odd("unnamed")
        try:
            return pair_in(self.case, runs[self.case.name])
        except OddError as odd:
            raise self._odd(odd.why, **odd.facts) from None

    def _asked(self) -> dict[str, Any]:
        """What the function returned.

        Raises:
            Unmet: it never did.
        """
        server, data, said = self.server, b"", None
        wanted = "waits for what your function returns"
        try:
            with Client(
                server.address, YOU, story=Story(), patience=server.patience
            ) as asks:
                while b"\n" not in data[:MOST_LINE] and (
                    more := asks._some(MOST_LINE, wanted=wanted)
                ):
                    data += more
        except Unmet as unmet:
            self.server.story.tell(YOU, "have not come to an answer", broken=True)
            raise Unmet("Your function has not returned.", kind=unmet.kind) from None
        # It comes from the learner's side: anything may stand in it.
        said = control.anything(data)
        return said if isinstance(said, dict) else {}

    def tell(self, text: str) -> None:
        """Add to the story."""
        self.server.story.tell(YOU, text)

    def _odd(self, why: str, **facts: Any) -> Unmet:
        """Nothing was said of the run that could be right or wrong."""
        self.tell_broken("say nothing of this run that can be compared with it")
        facts |= {"why": why, "run": self.case.name}
        return Unmet("You say nothing of this run.", kind="odd", facts=facts)

    def refuted(self, belief: str, reply: Reply) -> Unmet:
        """A line of the run does not fit what was said."""
        story = self.server.story
        story.tell(self.case.name, _line(reply.line, reply.here))
        there = f"would show in {_line(reply.line, reply.there)}"
        story.tell("that belief", there, broken=True)
        facts = {**vars(reply), "means": self.case.choices[belief]}
        return Unmet("The belief does not fit.", kind="belief", facts=facts)

    def elsewhere(self, line: int, reply: Reply) -> Unmet:
        """The belief fits, and the fault shows at another line."""
        here = self.case.lines[line - 1]
        self.server.story.tell(self.case.name, _line(line, here))
        self.tell_broken("say that the fault shows first here, and it does not")
        facts = {"line": line, "early": line < reply.line}
        return Unmet("The line does not fit.", kind="line", facts=facts)

    def tell_broken(self, text: str) -> None:
        """Add the step that failed."""
        self.server.story.tell(YOU, text, broken=True)


def _line(number: int, text: str) -> str:
    return f"line {number}: {' '.join(text.split())}"


def _number(value: Any) -> Any:
    digits = isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,6}\s*", value)
    return int(value) if digits else value


def _shown(answer: Any) -> str:
    return str(answer if isinstance(answer, str) else tuple(answer))[:80]
