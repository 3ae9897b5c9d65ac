"""What a report says, before anybody decides how it looks.

The first failure is told in full and everything else in one line each. Tests bear the
number at which they stand, so that one line can name another. A hidden variant is told
with the visible test that it hardens: a learner reads one list. Text and HTML are two
faces of the same `Report`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from buckets.diagnosis.catalogue import Misconception, get
from buckets.report.clean import clean, shorten, steady
from buckets.texts import instead, say
from buckets.verdict import Status, TestResult, Verdict

MARKS: dict[Status, str] = {"pass": "✓", "fail": "✗", "skip": "·", "error": "!"}
PENDS = "?"

MOST_OUTPUT = 12
MOST_WORDS = 118
"""So many a report has before its hints, for who reads a screen and not a book."""
UNWRITTEN = "NotImplementedError"
FIRST_STEPS = 2
LEAST_STEPS = 4
MOST_TRACEBACK = 9


@dataclass(frozen=True)
class Line:
    """A test in one line.

    Args:
        status: pass, fail, skip or error.
        number: where it stands among the tests of its task.
        title: the behaviour.
        earned: such as "0 of 2".
        reason: why it is not what it seems, in a few words.
        above: what stands above it, where a step of its task begins.
        pends: whether nobody can say yet that it is right.
    """

    status: Status
    number: int
    title: str
    earned: str
    reason: str = ""
    above: str = ""
    pends: bool = False

    @property
    def mark(self) -> str:
        return PENDS if self.pends else MARKS[self.status]


@dataclass(frozen=True)
class Failure:
    """The first failure, in full.

    Args:
        line: its one line.
        transcript: the story; `broken` is the index of the step that failed.
        details: expected and got, with a caret.
        doing: what the server was doing; `source` is the line at which it was.
        traceback: the learner's own.
        evidence: what speaks for the diagnosis.
        diagnosis: the misconception, if one was recognised.
        question: what may be asked where none was, as a sentence.
        output: what the server printed last.
        client: whether a client was tested, and not a server.
        log: what the grader said, where points are withheld; for an instructor.
    """

    line: Line
    transcript: list[str]
    broken: int | None
    details: str
    doing: str
    source: str
    traceback: str
    evidence: str
    diagnosis: Misconception | None
    question: str
    output: str
    client: bool = False
    log: str = ""


@dataclass(frozen=True)
class Fault:
    """A test that the grader could not carry out, and what an instructor may read."""

    text: str
    log: str


@dataclass(frozen=True)
class Report:
    """A verdict in words."""

    task: str
    score: str
    full: bool
    note: str
    failure: Failure | None
    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    harder: str = ""
    aside: str = ""
    ahead: list[str] = field(default_factory=list)


def report_of(verdict: Verdict) -> Report:
    """Put a verdict into words."""
    return _Teller(verdict).report()


def number(points: float) -> str:
    """Points as people write them: 4, or 2.5."""
    return f"{points:g}"


def of(points: float, most: float) -> str:
    """A score as people write it: 1 of 1 point."""
    key = "report.point" if most == 1 else "report.points"
    return say(key, points=number(points), most=number(most))


def where(diagnosis: Misconception) -> str:
    """Where the lesson treats a misconception; "" before that lesson is met."""
    if not diagnosis.heading:
        return ""
    lesson, _, _ = diagnosis.lesson.partition("_")
    return say("report.where", lesson=lesson, heading=diagnosis.heading)


def doing(failure: Failure) -> str:
    """What the server was doing, as a sentence without its full stop."""
    gone = failure.doing.startswith(say("report.gone"))
    key = "report.is" if gone else "report.does"
    if failure.client:
        key = "report.client_is" if gone else "report.client_does"
    return say(key, doing=failure.doing)


class _Teller:
    def __init__(self, verdict: Verdict):
        self.verdict = verdict
        self.first = verdict.first_failure
        visible = [test for test in verdict.tests if not test.hardens]
        self.numbers = {test.id: index for index, test in enumerate(visible, start=1)}
        self.visible = {test.id: test for test in visible}
        self.variants = [test for test in verdict.tests if test.hardens]

    def report(self) -> Report:
        verdict = self.verdict
        others = [test for test in self.visible.values() if test is not self.first]
        return Report(
            task=verdict.task,
            score=of(verdict.points, verdict.max_points),
            full=verdict.full,
            note=steady(clean(verdict.note)),
            failure=self._in_full(self.first) if self.first else None,
            lines=list(self._by_steps(others)),
            faults=self._faults(),
            harder=self._harder(),
            aside=clean(verdict.aside),
            ahead=list(verdict.ahead),
        )

    def _by_steps(self, tests: list[TestResult]) -> Iterator[Line]:
        """A line for each test, with a heading where a step begins."""
        before = ""
        for test in tests:
            begins = test.step != before
            before = test.step
            yield replace(self._line(test), above=self._step(test) if begins else "")

    def _step(self, test: TestResult) -> str:
        """A step of the task, and what was earned in it."""
        if not test.step:
            return ""
        tests = [one for one in self.visible.values() if one.step == test.step]
        most = sum(one.max_points for one in tests)
        points = sum(map(self.verdict.earned, tests))
        return say("report.step", step=test.step, points=of(points, most))

    def _line(self, test: TestResult) -> Line:
        status, reason = test.status, ""
        failed = [v for v in self._variants_of(test) if v.status == "fail"]
        if status == "skip":
            reason = self._skipped(test)
        elif status == "error":
            reason = say("report.grader_failed")
        elif status == "pass" and failed:
            status = "fail"
            above = failed[0] is self.first
            told = say("report.told_above") if above else _title(failed[0])
            reason = say("report.harder_failed", told=told)
        pends = test.pends and status == "pass" and not self._variants_of(test)
        earned = say("report.pends", most=number(test.max_points))
        return Line(
            status,
            self._number(test),
            _title(test),
            earned if pends else _earned(test),
            reason,
            pends=pends,
        )

    def _variants_of(self, test: TestResult) -> list[TestResult]:
        return [variant for variant in self.variants if test.id in variant.guards]

    def _number(self, test: TestResult) -> int:
        first = next(iter(test.guards), test.id)
        return self.numbers.get(first, 0)

    def _skipped(self, test: TestResult) -> str:
        """Why it was skipped: by the number of what it needs, if it has one."""
        needed = test.message.removeprefix("needs: ")
        for other in self.visible.values():
            if other.title == needed:
                return say("report.needs", what=self._number(other))
        key = "report.needs" if needed else "report.skipped"
        return clean(say(key, what=needed), 500)

    def _harder(self) -> str:
        passed = sum(variant.status == "pass" for variant in self.variants)
        if not self.variants:
            return self._withheld()
        most = len(self.variants)
        return say("report.harder", passed=passed, most=most)

    def _withheld(self) -> str:
        """At full marks: what is run besides, when the notebook is handed in."""
        number = self.verdict.withheld
        if not number or not self.verdict.full:
            return ""
        if number == 1:
            return say("report.one_withheld")
        return say("report.withheld", number=number)

    def _faults(self) -> list[Fault]:
        """Each fault once: when the tests cannot be run, all of them say the same."""
        by_message: dict[str, list[TestResult]] = {}
        for test in self.verdict.errors:
            by_message.setdefault(test.message, []).append(test)
        return [_fault(tests) for tests in by_message.values()]

    def _in_full(self, test: TestResult) -> Failure:
        base = self.visible.get(next(iter(test.guards), ""))
        reason = say("report.hardens", title=_title(base)) if base else ""
        earned = _earned(base or test)
        known = self._told(test)
        cause = known.cause if known else ""
        trace = shorten(steady(clean(test.traceback)), MOST_TRACEBACK)
        parts = (_title(test), reason, test.details, test.doing, test.source, trace)
        told = " ".join((*parts, _evidence(test), cause))
        steps = [steady(clean(step, 1_000)) for step in test.transcript]
        steps, broken = fit(steps, test.broken, MOST_WORDS - len(told.split()))
        return Failure(
            line=Line("fail", self._number(test), _title(test), earned, reason),
            transcript=steps,
            broken=broken,
            details=clean(test.details, 2_000),
            doing=steady(clean(test.doing, 500)),
            source=clean(test.source, 200),
            traceback=trace,
            evidence=_evidence(test),
            diagnosis=known,
            question=_question(test),
            client=test.client,
            output="" if test.withheld else _printed(test),
            log=shorten(clean(test.output)) if test.withheld else "",
        )

    def _told(self, test: TestResult) -> Misconception | None:
        known = get(test.diagnosis)
        if known is None:
            return None
        known = known.told_in(test.topic, self.verdict.task)
        if test.hints is None:
            return known
        left = [known.hints[place] for place in test.hints if place < len(known.hints)]
        return replace(known, hints=tuple(left))


def _printed(test: TestResult) -> str:
    return "\n".join(steady(clean(test.output)).splitlines()[-MOST_OUTPUT:])


def _title(test: TestResult) -> str:
    english = " ".join(test.title.split())
    return instead(f"tests.{test.topic}.{test.id}", english)


def _titles(tests: list[TestResult]) -> str:
    if len(tests) == 1:
        return _title(tests[0])
    return say("report.and_more", title=_title(tests[0]), number=len(tests) - 1)


def _evidence(test: TestResult) -> str:
    if not test.diagnosis and UNWRITTEN in test.doing:
        return say("report.unwritten")
    return steady(clean(f"{test.evidence} {test.tried}".strip(), 1_000))


def fit(
    steps: list[str], broken: int | None, words: int
) -> tuple[list[str], int | None]:
    """As much of a story as there is room for: its beginning, and its end.

    Args:
        steps: the story; `broken` is the index of the step that failed.
        words: how many there may be. A few steps are kept in any case.

    Returns:
        The steps that are left, and where the broken one stands now.
    """
    last = len(steps) if broken is None else broken + 1
    kept = steps[:last] if last < len(steps) else steps
    gap = 0
    while len(kept) - gap > LEAST_STEPS and _words(kept, gap) > words:
        gap += 1
    if gap < 2:
        return kept, broken
    left_out = kept[FIRST_STEPS : FIRST_STEPS + gap]
    column = re.match(r"\S+(?: \S+)* {2,}", steps[0])
    width = column.end() if column else 5
    more = say("report.more_steps", number=sum(map(_counted, left_out)))
    told = f"{'...':<{width}}{more}"
    shown = [*kept[:FIRST_STEPS], told, *kept[FIRST_STEPS + gap :]]
    return shown, None if broken is None else len(shown) - 1


def _counted(step: str) -> int:
    """How many steps this one stands for: a long story has been cut before."""
    before = re.match(r"\.\.\. +(\d+) ", step)
    return int(before[1]) if before else 1


def _words(steps: list[str], gap: int) -> int:
    left = steps[:FIRST_STEPS] + steps[FIRST_STEPS + gap :]
    return sum(len(step.split()) for step in left)


def _question(test: TestResult) -> str:
    """A guess is marked as one, and never bears a number."""
    asked = None if test.diagnosis else get(test.question)
    if asked is None:
        return ""
    return say("report.question", name=asked.name)


def _earned(test: TestResult) -> str:
    points, most = number(test.points), number(test.max_points)
    return say("report.earned", points=points, most=most)


def _fault(tests: list[TestResult]) -> Fault:
    sentence, _, rest = tests[0].message.partition("\n")
    log = "\n".join(filter(None, (rest, tests[0].output)))
    text = steady(clean(f"{_titles(tests)}: {sentence}", 1_000))
    return Fault(text, shorten(clean(log)))
