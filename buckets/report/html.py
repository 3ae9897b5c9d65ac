"""The report as a fragment of HTML, for notebooks and for nbgrader's feedback pages.

Styles stand on the elements themselves: notebooks that are not trusted, and feedback
pages, lose <style> and <script>. Colours come from the theme around it, and nothing is
said by colour alone. Whatever a learner's server said is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from buckets.report.content import FAULT, Failure, Line, Report, report_of, where
from buckets.verdict import Verdict

_BOX = (
    "border:1px solid var(--jp-border-color1,#8886);border-radius:6px;"
    "padding:.8em 1em;margin:.5em 0;line-height:1.45;color:inherit;max-width:60em"
)
_MONO = (
    "font-family:var(--jp-code-font-family,ui-monospace,monospace);"
    "font-size:.92em;white-space:pre-wrap;overflow-wrap:anywhere;margin:.4em 0;"
    "color:inherit;background:transparent;border:0;padding:0"
)
_ASIDE = "border-left:4px solid #e08a1e;padding:.1em 0 .1em .9em;margin:.8em 0"
_ROW = "display:flex;justify-content:space-between;gap:1em;margin:.15em 0"
_SOFT = "opacity:.75"
MOST = 8_000


def render_html(verdict: Verdict) -> str:
    """The report on one task, as one self-contained element."""
    parts = "\n".join(_parts(report_of(verdict)))
    label = escape(f"Report on {verdict.task}", quote=True)
    return f'<section aria-label="{label}" style="{_BOX}">\n{parts}\n</section>'


def _parts(report: Report) -> Iterator[str]:
    yield _row(
        f"<strong>{escape(report.task)}</strong>",
        f"<strong>{escape(report.score)}</strong>",
    )
    if report.note:
        yield f"<p>{escape(report.note)}</p>"
    for fault in report.faults:
        yield f'<p style="{_ASIDE}"><strong>!</strong> {escape(fault[:MOST])}</p>'
        yield f"<p>{escape(FAULT)}</p>"
    if report.failure:
        yield from _in_full(report.failure)
    if report.failure and report.lines:
        yield f'<hr style="border:0;border-top:1px solid #8886;{_SOFT}"/>'
    yield from map(_one, report.lines)


def _row(left: str, right: str) -> str:
    return (
        f'<div style="{_ROW}"><span>{left}</span>'
        f'<span style="white-space:nowrap">{right}</span></div>'
    )


_SPOKEN = {"pass": "passed", "fail": "failed", "skip": "skipped", "error": "error"}


def _one(line: Line) -> str:
    reason = f' <span style="{_SOFT}">({escape(line.reason)})</span>'
    mark = (
        f'<span role="img" aria-label="{_SPOKEN[line.status]}" '
        f'style="display:inline-block;width:1.3em">{line.mark}</span>'
    )
    text = mark + escape(line.title) + (reason if line.reason else "")
    return _row(text, escape(line.earned))


def _in_full(failure: Failure) -> Iterator[str]:
    yield _one(failure.line)
    yield _story(failure)
    if failure.details:
        yield _pre(failure.details)
    if failure.doing:
        yield f"<div>Your server: <strong>{escape(failure.doing)}</strong></div>"
    if failure.source:
        yield _pre(f"    {failure.source}")
    if failure.traceback:
        yield _pre(failure.traceback)
    yield from _diagnosis(failure)
    if failure.output:
        yield _folded("What your server printed", _pre(failure.output))


def _story(failure: Failure) -> str:
    steps = []
    for index, step in enumerate(failure.transcript):
        broken = index == failure.broken
        text = escape(("✗ " if broken else "  ") + step)
        steps.append(f"<strong>{text}</strong>" if broken else text)
    return f'<pre style="{_MONO}">' + "\n".join(steps) + "</pre>"


def _diagnosis(failure: Failure) -> Iterator[str]:
    diagnosis = failure.diagnosis
    if diagnosis is None:
        return
    text = escape(f"{failure.evidence} {diagnosis.cause}".strip())
    yield (
        f'<div style="{_ASIDE}"><div><strong>{diagnosis.id}&ensp;'
        f"{escape(diagnosis.name)}</strong></div>\n<div>{text}</div>\n"
        f'<div style="{_SOFT}">{escape(where(diagnosis))}</div></div>'
    )
    yield _hints(list(diagnosis.hints))


def _hints(hints: list[str]) -> str:
    """Each hint holds the next one: they unfold one at a time."""
    folded = ""
    for number in range(len(hints), 0, -1):
        inner = f"<div>{escape(hints[number - 1])}</div>{folded}"
        folded = _folded(f"Hint {number} of {len(hints)}", inner)
    return folded


def _folded(title: str, inner: str) -> str:
    # nbgrader's feedback pages take the triangle away from a summary: list-item.
    return (
        f'<details style="margin:.3em 0 .3em 1em"><summary '
        f'style="display:list-item;cursor:pointer">{escape(title)}</summary>'
        f"{inner}</details>"
    )


def _pre(text: str) -> str:
    return f'<pre style="{_MONO}">{escape(text[:MOST])}</pre>'
