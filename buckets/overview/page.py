"""The page: one file of HTML, in the reader's own theme, that asks no network.

Nothing is said by colour alone: every bar and every cell has its number, and what is
half done is hatched. Names and titles come from outside and are escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from pathlib import Path
from statistics import median

from buckets.classroom.console import lasting
from buckets.diagnosis.catalogue import get as misconception
from buckets.overview.gathered import NO_NAME, NOTHING, Gathered, Learner, Test
from buckets.pictures.picture import Picture

DARKEST = 60
"""Percent of blue in the fullest cell: the number in it stays readable."""
MOST_NAMES = 60
"""Of one group; who needs all of them has the table."""

# The parts of a replay that are the same in all of them.
_SHARED = re.compile(r"<style>.*?</style>|<script>.*?</script>", re.DOTALL)


@dataclass
class Part:
    """One topic on the page."""

    found: Gathered
    pictures: dict[tuple[str, str], Picture] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.found.topic.name


def page(parts: list[Part]) -> str:
    """The whole page.

    Args:
        parts: one for each topic, by number.
    """
    several = len(parts) > 1
    title = "A class" if several else f"A class in {parts[0].name}"
    body = "\n".join(text for part in parts for text in _topic(part, several))
    links = "".join(f'<a href="#{p.name}">{_text(p.name)}</a>' for p in parts)
    nav = f'<nav aria-label="Topics">{links}</nav>' if several else ""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(title)}</title><style>{_asset('page.css')}</style></head>\n"
        f"<body><main><h1>{_text(title)}</h1>{nav}\n{body}\n</main>\n"
        f"{_shared(parts)}<script>{_asset('page.js')}</script></body></html>\n"
    )


@cache
def _asset(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _shared(parts: list[Part]) -> str:
    """What every replay needs, once."""
    for part in parts:
        for picture in part.pictures.values():
            return "".join(dict.fromkeys(_SHARED.findall(picture.html)))
    return ""


def _topic(part: Part, several: bool) -> Iterator[str]:
    found = part.found
    yield f'<section class="topic" id="{_text(part.name)}">'
    if several:
        yield f"<h2>{_text(part.name)}</h2>"
    yield _facts(found)
    if found.marked:
        yield _section("Points for each task", "".join(_shares(found)))
        yield _section("Where they are stuck", "".join(_stuck(found)))
        yield _section("What is behind it", "".join(_map(part)))
        yield _section("What the class got wrong first", "".join(_firsts(found)))
        yield _section("Tests that tell nothing apart", "".join(_tests(found)))
    yield _section("The marking", "".join(_marking(found)))
    yield _section("Everybody", _everybody(found))
    yield "</section>"


def _section(title: str, inner: str) -> str:
    return f"<h2>{_text(title)}</h2>\n{inner}"


def _text(text: str) -> str:
    return escape("".join(sign if sign.isprintable() else " " for sign in text))


def _number(points: float) -> str:
    return f"{round(points, 2):g}"


# At the top -------------------------------------------------------------------------


def _facts(found: Gathered) -> str:
    scores = found.scores()
    full = sum(score >= found.most for score in scores)
    facts = [(str(len(found.learners)), "handed in")]
    if found.missing:
        facts.append((str(len(found.missing)), "of whom there is nothing"))
    if scores:
        middle = f"{_number(found.middle())} of {_number(found.most)}"
        facts += [(middle, "in the middle"), (str(full), "with full marks")]
    looks = sum(bool(learner.look) for learner in found.learners)
    facts += [(str(looks), "to be looked at")] if looks else []
    items = "".join(f"<li><b>{a}</b> {b}</li>" for a, b in facts)
    missing = ", ".join(map(_text, found.missing[:MOST_NAMES]))
    told = f'<p class="soft">Nothing of: {missing}</p>' if missing else ""
    return f'<ul class="facts">{items}</ul>{told}'


def _shares(found: Gathered) -> Iterator[str]:
    yield (
        '<p class="key"><span style="--mark:var(--blue)">all points</span>'
        '<span class="part" style="--mark:repeating-linear-gradient(135deg,'
        'transparent 0 3px,var(--blue) 3px 5px)">some</span><span>none</span></p>'
    )
    yield '<div class="bars">'
    for task, most in found.topic.tasks.items():
        full, some, none = found.shares(task)
        earned = [one.points.get(task, 0.0) for one in found.marked]
        mean = _number(sum(earned) / len(earned))
        yield f'<div><code>{_text(task)}</code><br><span class="soft">'
        yield f"{mean} of {_number(most)} on average</span></div>"
        label = f"{full} have all points, {some} some, {none} none"
        yield f'<div class="bar" role="img" aria-label="{label}">'
        for kind, count in (("full", full), ("some", some), ("none", none)):
            if count:
                yield f'<span class="{kind}" style="flex:{count}"><i>{count}</i></span>'
        yield "</div>"
    yield "</div>"


# Who is stuck -----------------------------------------------------------------------


def _stuck(found: Gathered) -> Iterator[str]:
    groups = found.stuck()
    if not groups:
        yield "<p>Nobody is.</p>"
        return
    yield (
        '<p class="soft">By the first task that is not whole, and the test to pass '
        "next. Checks are counted on the learner's own machine, and come with a file "
        "that <code>buckets submit</code> made; in vain are those since the points "
        "have last risen.</p>"
    )
    yield '<ul class="stuck">'
    for task, test, learners in groups:
        what = _text(test.title) if test else "nothing to test"
        yield f"<li><b>{len(learners)}</b> · <code>{_text(task)}</code>: {what}"
        yield f'<ul class="names">{"".join(_names(task, learners))}</ul></li>'
    yield "</ul>"


def _names(task: str, learners: list[Learner]) -> Iterator[str]:
    """Who has checked most since the points have risen stands first."""

    def since(learner: Learner) -> int:
        counted = learner.checks.get(task)
        return -counted.since if counted else 0

    for learner in sorted(learners, key=since)[:MOST_NAMES]:
        counted = learner.checks.get(task)
        told = ""
        if counted:
            vain = f", {counted.since} in vain" if counted.since else ""
            told = f" <span>{_checks(counted.checks)}{vain}</span>"
        yield f"<li>{_text(learner.shown)}{told}</li>"
    if len(learners) > MOST_NAMES:
        yield f"<li>and {len(learners) - MOST_NAMES} more</li>"


def _checks(number: int) -> str:
    return "1 check" if number == 1 else f"{number} checks"


# The map ----------------------------------------------------------------------------


def _called(belief: str) -> str:
    if belief == NOTHING:
        return "nothing to test: not handed in, or the cell did not run"
    if belief == NO_NAME:
        return "a failure without a name"
    known = misconception(belief)
    return f"{known.id} {known.name}" if known else belief


def _ranked(counts: dict[tuple[str, str], int]) -> list[str]:
    """The misconceptions, the commonest first; what has no name stands last."""
    total: dict[str, int] = {}
    for (_, belief), count in counts.items():
        total[belief] = total.get(belief, 0) + count
    return sorted(total, key=lambda b: (b in (NO_NAME, NOTHING), -total[b], b))


def _map(part: Part) -> Iterator[str]:
    found, counts = part.found, part.found.counts()
    if not counts:
        yield "<p>Nothing: everybody passes every test.</p>"
        return
    yield (
        '<p class="soft">How many learners each misconception showed with, in each '
        "task. A cell with a frame opens one of those runs, without a name.</p>"
    )
    heads = "".join(
        f'<th scope="col"><code>{_text(t)}</code></th>' for t in found.tasks
    )
    yield '<div class="map"><div class="wide"><table class="heat"><thead><tr>'
    yield f'<th scope="col">misconception</th>{heads}</tr></thead><tbody>'
    most = max(counts.values())
    for row, belief in enumerate(_ranked(counts)):
        yield f'<tr><th scope="row">{_text(_called(belief))}</th>'
        for column, task in enumerate(found.tasks):
            run = f"run-{part.name}-{row}-{column}"
            count, picture = counts.get((task, belief), 0), (task, belief)
            yield _cell(count, most, run if picture in part.pictures else "")
            yield _run(run, task, belief, count, part.pictures.get(picture))
        yield "</tr>"
    yield '</tbody></table></div><div class="replay" aria-live="polite"></div></div>'


def _cell(count: int, most: int, run: str) -> str:
    if not count:
        return '<td><span class="none">·</span>'
    style = f'style="--share:{max(8, round(DARKEST * count / most))}%"'
    if not run:
        return f"<td><span {style}>{count}</span>"
    learners = "1 learner" if count == 1 else f"{count} learners"
    return (
        f'<td><button type="button" aria-pressed="false" data-run="{_text(run)}" '
        f'{style} title="{learners}: show one run">{count}</button>'
    )


def _run(run: str, task: str, belief: str, count: int, picture: Picture | None) -> str:
    if picture is None:
        return "</td>"
    told = (
        f"<p><code>{_text(task)}</code> · {_text(_called(belief))}: one of {count}</p>"
    )
    inner = _SHARED.sub("", picture.html)
    return f'<template id="{_text(run)}">{told}{inner}</template></td>'


# What came first, and tests ----------------------------------------------------------


def _firsts(found: Gathered) -> Iterator[str]:
    firsts = found.firsts()
    if not firsts:
        yield "<p>Nothing.</p>"
        return
    yield '<p class="soft">By the first test that each learner fails.</p>'
    yield '<div class="bars">'
    most = firsts[0][1]
    for belief, count in firsts:
        yield f'<div>{_text(_called(belief))}</div><div class="one">'
        yield f'<b style="width:{round(100 * count / most)}%"></b>{count}</div>'
    yield "</div>"


def _tests(found: Gathered) -> Iterator[str]:
    tests = found.by_test()

    def told(which: Callable[[dict[str, int]], bool]) -> str:
        names = [test for test, counts in tests if which(counts)]
        return "".join(f"<li>{_behaviour(test)}</li>" for test in names)

    nobody = told(lambda counts: not counts.get("fail") and bool(counts.get("pass")))
    everybody = told(lambda counts: not counts.get("pass") and bool(counts.get("fail")))
    yield f"<p>Everybody who comes to it fails:</p><ul>{everybody or _NONE}</ul>"
    yield f"<details><summary>Nobody fails {nobody.count('<li>')} of {len(tests)}"
    yield f"</summary><ul>{nobody or _NONE}</ul></details>"
    yield "<details><summary>Test by test</summary>"
    yield _table(("test", "passed", "failed", "not reached", "not run"), _lines(tests))
    yield "</details>"


_NONE = "<li>none</li>"


def _behaviour(test: Test) -> str:
    return f"<code>{_text(test.task)}</code>: {_text(test.title)}"


def _lines(tests: Iterable[tuple[Test, dict[str, int]]]) -> Iterator[list[str]]:
    for test, counts in tests:
        statuses = ("pass", "fail", "skip", "error")
        yield [_behaviour(test), *(str(counts.get(s, 0)) for s in statuses)]


def _table(heads: Sequence[str], lines: Iterable[list[str]], texts: int = 0) -> str:
    """A table whose first column is text, and the others numbers.

    Args:
        heads: what stands above each column.
        lines: cells as HTML.
        texts: so many of the last columns are text, too.
    """
    numbers = range(1, len(heads) - texts)

    def row(cells: Iterable[str], tag: str) -> str:
        words = (' class="number"' if at in numbers else "" for at in range(len(heads)))
        each = zip(cells, words, strict=True)
        name = tag.split()[0]
        return "".join(f"<{tag}{more}>{cell}</{name}>" for cell, more in each)

    body = "".join(f"<tr>{row(line, 'td')}</tr>" for line in lines)
    return (
        f'<div class="wide"><table><thead><tr>{row(heads, _HEAD)}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


_HEAD = 'th scope="col"'


# The marking, and everybody ----------------------------------------------------------


def _marking(found: Gathered) -> Iterator[str]:
    seconds = [learner.seconds for learner in found.learners if learner.seconds]
    if seconds:
        longest = max(found.learners, key=lambda learner: learner.seconds)
        yield f"<p>{lasting(median(seconds))} for the learner in the middle, "
        yield f"{lasting(sum(seconds))} in all, at most {lasting(longest.seconds)} "
        yield f"({_text(longest.shown)}).</p>"
    again = sum(learner.runs for learner in found.learners)
    times = "once" if again == 1 else f"{again} times" if again else "never"
    yield f"<p>Something was run again, since the grader had failed: {times}.</p>"
    yield from _by_reason("To be looked at", found, lambda one: one.look)
    yield from _by_reason("Not the newest", found, lambda one: one.note)


def _by_reason(
    title: str, found: Gathered, reason: Callable[[Learner], str]
) -> Iterator[str]:
    """Each reason once, with those whom it is about."""
    groups: dict[str, list[str]] = {}
    for learner in found.learners:
        if reason(learner):
            groups.setdefault(reason(learner), []).append(learner.shown)
    for why, names in groups.items():
        shown = ", ".join(map(_text, names[:MOST_NAMES]))
        more = len(names) - MOST_NAMES
        told = f"{shown} and {more} more" if more > 0 else shown
        yield f"<p><b>{title}: {told}</b><br>{_text(why)}</p>"


def _everybody(found: Gathered) -> str:
    tasks = [f"<code>{_text(task)}</code>" for task in found.tasks]
    lines = (_line(found, learner) for learner in found.learners)
    table = _table(("learner", "score", *tasks, "first failure"), lines, texts=1)
    return (
        f"<details><summary>{len(found.learners)} learners</summary>{table}</details>"
    )


def _line(found: Gathered, learner: Learner) -> list[str]:
    score = "" if learner.score is None else _number(learner.score)
    earned = [learner.points.get(task) for task in found.tasks]
    points = ["" if one is None else _number(one) for one in earned]
    first = learner.first_failure
    belief = first.misconception if first else ""
    told = (belief or first.title) if first else ""
    return [_text(learner.shown), score, *points, _text(told)]
