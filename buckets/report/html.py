"""The report as a fragment of HTML, for notebooks and for nbgrader's feedback pages.

Styles stand on the elements themselves: notebooks that are not trusted, and feedback
pages, lose <style> and <script>. Colours come from the theme around it, and nothing is
said by colour alone. Whatever a learner's server said is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from buckets.report.content import (
    Failure,
    Fault,
    Line,
    Report,
    doing,
    report_of,
    where,
)
from buckets.texts import say
from buckets.verdict import Verdict

_BOX = (
    "border:1px solid #888;border-color:var(--jp-border-color1,#888);border-radius:6px;"
    "padding:.8em 1em;margin:.5em 0;line-height:1.45;color:inherit;max-width:60em"
)
_MONO = (
    "font-family:var(--jp-code-font-family,ui-monospace,monospace);"
    "font-size:.92em;white-space:pre-wrap;overflow-wrap:anywhere;margin:.4em 0;"
    # JupyterLab breaks words in a <pre>, even where there is a blank to break at; and
    # lets it scroll, for which a line below its last line is reason enough.
    "word-break:normal;"
    "color:inherit;background:transparent;border:0;padding:0 0 2px;overflow:visible"
)
# Orange on both light and dark; it only repeats what a mark or a name says.
_ORANGE = "#e08a1e"
_ASIDE = f"border-left:4px solid {_ORANGE};padding:.1em 0 .1em .9em;margin:.8em 0"
_BROKEN = f"font-weight:bold;border-bottom:2px solid {_ORANGE}"
_ROW = "display:flex;justify-content:space-between;gap:1em;margin:.15em 0"
_SOFT = "opacity:.75"
_MARK = "display:inline-block;min-width:1.3em"
_NUMBER = "display:inline-block;min-width:1.7em;text-align:right;margin-right:.7em"
_RULE = "border:0;border-top:1px solid #888;margin:.8em 0;opacity:.5"

# What stands in such an element is no business of whoever handed in: it may hold lines
# of a hidden test. Its text is escaped, so nothing in it can end it early.
_INSTRUCTOR = 'data-for="instructor"'
_LOG = re.compile(rf"<details {_INSTRUCTOR}.*?</details>", re.DOTALL)

_SPOKEN = {"pass": "passed", "fail": "failed", "skip": "skipped", "error": "error"}


def render_html(verdict: Verdict) -> str:
    """The report on one task, as one self-contained element."""
    parts = "\n".join(_parts(report_of(verdict)))
    label = escape(say("report.label", task=verdict.task))
    return f'<section aria-label="{label}" style="{_BOX}">\n{parts}\n</section>'


def without_logs(page: str) -> str:
    """A rendered report without what only an instructor may read."""
    return _LOG.sub("", page)


def _parts(report: Report) -> Iterator[str]:
    yield _row(_bold(report.task), _bold(report.score))
    if report.note:
        yield f'<p style="white-space:pre-line">{_text(report.note)}</p>'
    if report.aside:
        yield f"<p>{_text(report.aside)}</p>"
    for fault in report.faults:
        yield from _fault(fault)
    if report.failure:
        yield from _in_full(report.failure)
    if report.failure and report.lines:
        yield f'<hr style="{_RULE}"/>'
    for line in report.lines:
        if line.above:
            yield f'<div style="{_SOFT};margin-top:.4em">{_text(line.above)}</div>'
        yield _one(line)
    if report.harder:
        yield f'<div style="{_SOFT};margin-top:.6em">{_text(report.harder)}</div>'
    if report.ahead:
        lines = "".join(f"<div>{_ahead(line)}</div>" for line in report.ahead)
        yield f'<div style="margin-top:.8em">{lines}</div>'


def _ahead(line: str) -> str:
    """What it speaks of is bold, up to the colon."""
    head, colon, rest = line.partition(":")
    return f"{_bold(head + colon)}{_text(rest)}"


def _fault(fault: Fault) -> Iterator[str]:
    told = _text(say("report.fault"))
    yield (
        f'<div style="{_ASIDE}"><div>{_bold("!")} {_text(fault.text)}</div>'
        f"<div>{told}</div></div>"
    )
    if fault.log:
        yield _folded(say("report.for_instructor"), _pre(fault.log), _INSTRUCTOR)


def _one(line: Line) -> str:
    mark = (
        f'<span role="img" aria-label="{_SPOKEN[line.status]}" style="{_MARK}">'
        f"{line.mark}</span>"
    )
    number = f'<span style="{_NUMBER}">{line.number or ""}</span>'
    reason = f'<span style="{_SOFT}">({_text(line.reason)})</span>'
    title = _bold(line.title) if line.status == "fail" else _text(line.title)
    words = f"{title} {reason}" if line.reason else title
    return _row(f"{mark}{number}", _text(line.earned), words)


def _row(left: str, right: str, middle: str = "") -> str:
    narrow = "white-space:nowrap"
    wide = f'<span style="flex:1">{middle}</span>' if middle else ""
    return (
        f'<div style="{_ROW}"><span style="{narrow}">{left}</span>{wide} '
        f'<span style="{narrow}">{right}</span></div>'
    )


def _in_full(failure: Failure) -> Iterator[str]:
    yield _one(failure.line)
    yield _story(failure)
    if failure.details:
        yield _pre(failure.details)
    if failure.doing:
        yield f"<div>{_text(doing(failure))}</div>"
    if failure.source:
        yield _pre(f"    {failure.source}")
    if failure.traceback:
        yield _pre(failure.traceback)
    yield from _diagnosis(failure)
    if failure.output:
        yield _folded(say("report.what_it_printed"), _pre(failure.output))
    if failure.log:
        yield _folded(say("report.for_instructor"), _pre(failure.log), _INSTRUCTOR)


def _story(failure: Failure) -> str:
    steps = []
    for index, step in enumerate(failure.transcript):
        broken = index == failure.broken
        text = _text(("✗ " if broken else "  ") + step)
        steps.append(f'<span style="{_BROKEN}">{text}</span>' if broken else text)
    return f'<pre style="{_MONO}">' + "\n".join(steps) + "</pre>"


def _diagnosis(failure: Failure) -> Iterator[str]:
    diagnosis = failure.diagnosis
    if diagnosis is None:
        if failure.evidence:
            yield f'<div style="{_ASIDE}">{_text(failure.evidence)}</div>'
        if failure.question:
            yield f'<div style="{_SOFT}">{_text(failure.question)}</div>'
        return
    name = f"{_bold(diagnosis.id)} &#8211; {_bold(diagnosis.name)}"
    text = _text(f"{failure.evidence} {diagnosis.cause}".strip())
    place = where(diagnosis)
    shown = f'\n<div style="{_SOFT}">{_text(place)}</div>' if place else ""
    yield f'<div style="{_ASIDE}"><div>{name}</div>\n<div>{text}</div>{shown}</div>'
    if diagnosis.hints:
        yield _hints(list(diagnosis.hints))


def _hints(hints: list[str]) -> str:
    """Each hint holds the next one: they unfold one at a time."""
    folded = ""
    for number in range(len(hints), 0, -1):
        inner = f"<div>{_text(hints[number - 1])}</div>{folded}"
        folded = _folded(say("report.hint", number=number, most=len(hints)), inner)
    return folded


def _folded(title: str, inner: str, mark: str = "") -> str:
    # nbgrader's feedback pages take the triangle away from a summary: list-item.
    return (
        f"<details{mark and ' ' + mark} "
        f'style="margin:.3em 0 .3em 1em"><summary '
        f'style="display:list-item;cursor:pointer">{_text(title)}</summary>'
        f"{inner}</details>"
    )


def _pre(text: str) -> str:
    return f'<pre style="{_MONO}">{_text(text)}</pre>'


def _bold(text: str) -> str:
    return f"<strong>{_text(text)}</strong>"


def _text(text: str) -> str:
    return escape(text, quote=False)
