"""The report as plain text, for terminals, records, and readers of text/plain.

Nothing in it changes from run to run: no times, ports, process numbers or folders. In
a terminal the same lines are coloured; colour says nothing that the text does not.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import NamedTuple, TextIO

from buckets.report.content import Failure, Line, Report, doing, report_of, where
from buckets.report.wrap import clip, fold
from buckets.texts import say
from buckets.verdict import Verdict

WIDTH = 79
# Marks and numbers stand in a column of their own, beside everything else.
COLUMN = 6
EARNED = 12


class Row(NamedTuple):
    """A line of the report, and which part of it this is: the name of a style."""

    text: str
    part: str = ""


# Blue and orange, with a mark on every line: red and green look alike to many.
STYLES = {
    "head": "bold",
    "pass": "blue",
    "fail": "bold dark_orange",
    "skip": "dim",
    "error": "bold reverse",
    "broken": "bold dark_orange",
    "name": "bold",
    "quote": "cyan",
    "soft": "dim",
}


def render_text(verdict: Verdict, hints: int = 1) -> str:
    """The report on one task.

    Args:
        verdict: what came of its tests.
        hints: how many hints to unfold.
    """
    rows = _rows(report_of(verdict), hints)
    return "".join(f"{row.text}\n" for row in rows)


def print_report(verdict: Verdict, hints: int = 1, file: TextIO | None = None) -> None:
    """Print the report; in colour where it goes to a terminal."""
    file = file or sys.stdout
    if not file.isatty():
        print(render_text(verdict, hints), end="", file=file)
        return
    # Late: who is no terminal need not wait for it.
    from rich.console import Console
    from rich.text import Text

    console = Console(file=file, highlight=False, soft_wrap=True)
    for row in _rows(report_of(verdict), hints):
        console.print(Text(row.text, STYLES.get(row.part, "")))


def _rows(report: Report, hints: int) -> Iterator[Row]:
    yield Row(_spread(report.task, report.score), "head")
    if report.note:
        yield Row("")
        yield from _prose(report.note)
    if report.aside:
        yield Row("")
        yield from _prose(report.aside)
    for fault in report.faults:
        yield Row("")
        yield from _prose(fault.text, "error", mark="!")
        yield from _prose(say("report.fault"))
        yield from _quote(fault.log)
    if report.failure:
        yield Row("")
        yield from _in_full(report.failure, hints)
    if report.lines:
        yield Row("")
    for line in report.lines:
        if line.above:
            yield from _prose(line.above, "soft")
        yield from _one(line)
    if report.harder:
        yield Row("")
        yield from _prose(report.harder, "soft")
    if report.ahead:
        yield Row("")
    for sentence in report.ahead:
        yield from _prose(sentence)


def _spread(left: str, right: str) -> str:
    return f"{left}{right:>{max(len(right) + 2, WIDTH - len(left))}}"


def _one(line: Line) -> Iterator[Row]:
    number = f"{line.number}" if line.number else ""
    texts = _with_reason(line, WIDTH - COLUMN - EARNED)
    for index, text in enumerate(texts, start=1):
        start = f"{line.mark} {number:>2}  " if index == 1 else " " * COLUMN
        last = index == len(texts)
        yield Row(
            _spread(start + text, line.earned) if last else start + text, line.status
        )


def _with_reason(line: Line, width: int) -> list[str]:
    texts = fold(line.title, width)
    if not line.reason:
        return texts
    reason = f"({line.reason})"
    if len(texts[-1]) + 1 + len(reason) <= width:
        return [*texts[:-1], f"{texts[-1]} {reason}"]
    return texts + fold(reason, width)


def _in_full(failure: Failure, hints: int) -> Iterator[Row]:
    yield from _one(failure.line)
    yield Row("")
    yield from _story(failure)
    yield from _quote(failure.details)
    yield from _server(failure)
    yield from _diagnosis(failure, hints)
    if failure.output:
        yield Row("")
        yield from _prose(say("report.printed"), "soft")
        yield from _quote(failure.output)


def _story(failure: Failure) -> Iterator[Row]:
    for index, step in enumerate(failure.transcript):
        broken = index == failure.broken
        who = step.partition("  ")[0]
        hang = len(step) - len(step[len(who) :].lstrip()) + 2
        part, mark = ("broken", "✗") if broken else ("", "")
        yield from _prose(step, part, mark=mark, hang=hang)


def _server(failure: Failure) -> Iterator[Row]:
    if failure.doing:
        yield Row("")
        yield from _prose(doing(failure))
    yield from _quote(failure.source)
    yield from _quote(failure.traceback)


def _diagnosis(failure: Failure, hints: int) -> Iterator[Row]:
    diagnosis = failure.diagnosis
    if diagnosis or failure.evidence or failure.question:
        yield Row("")
    if diagnosis is None:
        yield from _prose(failure.evidence)
        yield from _prose(failure.question, "soft")
        return
    yield from _prose(f"{diagnosis.id}  {diagnosis.name}", "name")
    yield from _prose(f"{failure.evidence} {diagnosis.cause}".strip())
    yield from _prose(where(diagnosis))
    for number, hint in enumerate(diagnosis.hints[:hints], start=1):
        yield Row("")
        most = len(diagnosis.hints)
        told = say("report.hint_told", number=number, most=most, hint=hint)
        yield from _prose(told, mark="▸")


def _prose(text: str, part: str = "", mark: str = "", hang: int = 0) -> Iterator[Row]:
    lines = [
        line
        for paragraph in text.splitlines()
        for line in fold(paragraph, WIDTH - COLUMN, hang)
    ]
    for index, line in enumerate(lines):
        start = f"{mark:>{COLUMN - 2}}  " if mark and index == 0 else " " * COLUMN
        yield Row((start + line).rstrip(), part)


def _quote(text: str) -> Iterator[Row]:
    """Lines that are shown as they are: code, bytes, what a server printed."""
    for line in text.splitlines():
        quoted = clip(line, WIDTH - COLUMN - 4)
        yield Row((" " * (COLUMN + 4) + quoted).rstrip(), "quote")
