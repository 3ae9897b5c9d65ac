"""The report as plain text, for terminals, records, and readers of text/plain.

Nothing in it changes from run to run: no times, ports, process numbers or paths.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from buckets.report.content import FAULT, Failure, Line, Report, report_of, where
from buckets.verdict import Verdict

WIDTH = 79
INDENT = "    "


def render_text(verdict: Verdict, hints: int = 1) -> str:
    """The report on one task.

    Args:
        verdict: what came of its tests.
        hints: how many hints to unfold.
    """
    return "\n".join(_lines(report_of(verdict), hints)) + "\n"


def _lines(report: Report, hints: int) -> Iterator[str]:
    yield _spread(report.task, report.score)
    if report.note:
        yield from _wrapped(report.note, "  ")
    for fault in report.faults:
        yield from _wrapped(f"! {fault}", "  ")
        yield from _wrapped(FAULT, INDENT)
    if report.failure:
        yield from _in_full(report.failure, hints)
        yield ""
    yield from map(_one, report.lines)


def _spread(left: str, right: str) -> str:
    return f"{left}{right:>{max(len(right) + 2, WIDTH - len(left))}}"


def _one(line: Line) -> str:
    title = f"{line.mark} {line.title}"
    if line.reason:
        title += f" ({line.reason})"
    wrapped = textwrap.wrap(title, WIDTH - 10, subsequent_indent="  ")
    wrapped[-1] = _spread(wrapped[-1], line.earned) if line.earned else wrapped[-1]
    return "\n".join(wrapped)


def _in_full(failure: Failure, hints: int) -> Iterator[str]:
    yield _one(failure.line)
    for index, step in enumerate(failure.transcript):
        yield ("  ✗ " if index == failure.broken else INDENT) + step
    yield from _block(failure.details)
    if failure.doing:
        yield from _wrapped(f"Your server: {failure.doing}", "  ")
    if failure.source:
        yield f"      {failure.source}"
    yield from _block(failure.traceback)
    yield from _diagnosis(failure, hints)
    if failure.output:
        yield "  Your server printed:"
        yield from _block(failure.output)


def _diagnosis(failure: Failure, hints: int) -> Iterator[str]:
    diagnosis = failure.diagnosis
    if diagnosis is None:
        return
    yield f"  {diagnosis.id}  {diagnosis.name}"
    yield from _wrapped(f"{failure.evidence} {diagnosis.cause}".strip(), "       ")
    yield from _wrapped(where(diagnosis), "       ")
    for number, hint in enumerate(diagnosis.hints[:hints], start=1):
        yield from _wrapped(f"Hint {number} of {len(diagnosis.hints)}: {hint}", "  ▸ ")


def _wrapped(text: str, indent: str) -> Iterator[str]:
    yield from textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=" " * len(indent),
        break_long_words=False,
    )


def _block(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield f"      {line}"
