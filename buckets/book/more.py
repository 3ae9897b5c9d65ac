"""The pages of the book that are no notebook: the glossary, and the misconceptions."""

from __future__ import annotations

import html
from collections.abc import Iterator

from buckets import course
from buckets.book import glossary
from buckets.book.beliefs import Shown
from buckets.book.frame import anchor, page, steps
from buckets.diagnosis.catalogue import Misconception, catalogue
from buckets.predictions.outcome import inline


def glossary_page() -> str:
    """The words of the course, each with the lesson that names it."""
    items = "".join(
        f'<dt id="{anchor(word.term)}">{html.escape(word.term)}</dt>'
        f"<dd>{inline(word.meaning)} "
        f'<a href="lessons/{word.lesson}.html">Lesson {word.lesson[:2]}</a></dd>\n'
        for word in glossary.words()
    )
    body = f'<h1>Glossary</h1>\n<dl class="terms">{items}</dl>'
    return page("Glossary", body, place="glossary.html")


def misconceptions_page() -> str:
    """What reports speak of, by the lesson that treats it."""
    body = (
        "<h1>Misconceptions</h1>\n<p>When a check fails and its cause is certain, the "
        "report names it by one of these numbers. Each has a page: the belief, what is "
        "true instead, and the replay of a server that holds it.</p>\n"
        f"{''.join(_groups())}"
    )
    return page("Misconceptions", body, place="misconceptions.html")


def _groups() -> Iterator[str]:
    for topic in course.topics():
        treated = [one for one in ordered() if one.lesson == topic.name]
        if treated:
            yield f'<h2>Lesson {topic.name[:2]}</h2>\n<ul class="beliefs">\n'
            yield from map(_entry, treated)
            yield "</ul>\n"


def _entry(one: Misconception) -> str:
    link = f"misconceptions/{one.id}.html"
    return f'<li><a href="{link}">{one.id}: {inline(one.name)}</a></li>\n'


def ordered() -> list[Misconception]:
    """All of them by number."""
    return sorted(catalogue().values(), key=lambda one: (len(one.id), one.id))


def belief_page(one: Misconception, shown: Shown | None) -> str:
    """A misconception: the belief, its cause, where it is treated, and a replay.

    Hints are left out: they belong to the learner who has that very failure.

    Args:
        one: an entry of the catalogue.
        shown: a run of a server that holds it; None where there is none to show.
    """
    body = (
        '<p class="where"><a href="../misconceptions.html">Misconceptions</a></p>\n'
        f"<h1>{one.id}: {inline(one.name)}</h1>\n"
        f"<p>{inline(one.cause)}</p>\n<p>{inline(one.right_if)}</p>\n"
        f"<p>It is treated in {_where(one)}.</p>\n{_run(shown)}{_beside(one)}"
    )
    place = f"misconceptions/{one.id}.html"
    return page(f"{one.id}: {one.name}", body, place=place, description=one.cause)


def _where(one: Misconception) -> str:
    return (
        f'<a href="../lessons/{one.lesson}.html#{anchor(one.heading)}">lesson '
        f"{one.lesson[:2]}, “{inline(one.heading)}”</a>"
    )


def _run(shown: Shown | None) -> str:
    if shown is None:
        return ""
    exercise = f"../exercises/{shown.topic}.html"
    words = f"<p>{inline(shown.seen)}</p>\n" if shown.seen else ""
    picture = (
        shown.picture or "<p>Of this run there is nothing that could be drawn.</p>"
    )
    return (
        f"<h2>A server that holds it</h2>\n<p>{inline(shown.title)} It was written for "
        f'<code>{html.escape(shown.task)}</code> in <a href="{exercise}">exercise '
        f"{shown.topic[:2]}</a>, and fails the test “{inline(shown.test)}”.</p>\n"
        f'{words}<div class="rich">{picture}</div>\n'
    )


def _beside(one: Misconception) -> str:
    known = ordered()
    at = known.index(one)
    before = known[at - 1] if at else None
    after = known[at + 1] if at + 1 < len(known) else None
    return steps(_step(before), _step(after))


def _step(one: Misconception | None) -> tuple[str, str] | None:
    return (f"{one.id}.html", f"{one.id}: {one.name}") if one else None
