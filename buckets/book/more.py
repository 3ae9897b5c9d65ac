"""The pages of the book that are no notebook: the glossary, and the misconceptions."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from buckets.book import glossary
from buckets.diagnosis.catalogue import Misconception, catalogue

_STYLE = """
:root { color-scheme: light dark; --line: #8886; --link: #1a5fb4; }
@media (prefers-color-scheme: dark) { :root { --link: #8fc3f2; } }
body { font: 18px/1.6 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto;
       padding: 0 1rem; }
a { color: var(--link); }
dt, h2 { margin-top: 1.2rem; }
dd { margin-left: 0; }
h2 { font-size: 1.1rem; border-top: 1px solid var(--line); padding-top: .6rem; }
code { white-space: pre-wrap; }
@media print { nav { display: none; } a { color: inherit; } }
"""


def _page(title: str, body: str) -> str:
    return (
        "<!doctype html>\n"
        '<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title} · The Aisle of Buckets</title><style>{_STYLE}</style></head>\n"
        '<body><nav aria-label="Back"><a href="index.html">The Aisle of Buckets: '
        f"contents</a></nav>\n<main><h1>{title}</h1>\n{body}</main></body></html>\n"
    )


def glossary_page() -> str:
    """The words of the course, each with the lesson that names it."""
    items = "".join(
        f'<dt id="{_anchor(word.term)}"><b>{html.escape(word.term)}</b></dt>'
        f"<dd>{_code(word.meaning)} "
        f'<a href="lessons/{word.lesson}.html">Lesson {word.lesson[:2]}</a></dd>\n'
        for word in glossary.words()
    )
    return _page("Glossary", f"<dl>{items}</dl>")


def misconceptions_page() -> str:
    """What reports speak of, by number: the belief, its cause, where it is treated.

    Hints are left out: they belong to the learner who has that very failure.
    """
    intro = (
        "<p>When a check fails and its cause is certain, the report names it by one of "
        "these numbers.</p>\n"
    )
    return _page("Misconceptions", intro + "".join(_beliefs()))


def _beliefs() -> Iterator[str]:
    for one in sorted(catalogue().values(), key=lambda one: (len(one.id), one.id)):
        yield (
            f'<h2 id="{one.id}">{one.id}: {_code(one.name)}</h2>\n'
            f"<p>{_code(one.cause)} {_code(one.right_if)} {_where(one)}</p>\n"
        )


def _where(one: Misconception) -> str:
    anchor = html.escape(one.heading.replace(" ", "-"))
    return (
        f'<a href="lessons/{one.lesson}.html#{anchor}">Lesson {one.lesson[:2]}, '
        f"“{html.escape(one.heading)}”</a>"
    )


def _code(text: str) -> str:
    """Markdown's code as HTML."""
    safe = html.escape(text, quote=False)
    safe = re.sub(r"\*([^*]+)\*", r"<i>\1</i>", safe)
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", safe)


def _anchor(term: str) -> str:
    return html.escape(term.replace(" ", "-"))
