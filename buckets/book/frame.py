"""What every page of the book has around it: a way home, a search, a foot.

Pages are plain files. They ask no server for anything, so what they share (one sheet of
style, one script, the words of the search) lies beside them in assets/ and is named by
a path relative to the page.
"""

from __future__ import annotations

import html
import json
import re
import shutil
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from buckets import course
from buckets.book.outline import about

ASSETS = ("book.css", "book.js")
WORDS = "words.js"
PICTURE = "aisle.svg"
PLACES = (
    ("index.html", "The map"),
    ("glossary.html", "Glossary"),
    ("misconceptions.html", "Misconceptions"),
)

_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="{description}">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{up}assets/book.css">
{head}</head>
<body data-up="{up}">
<a class="skip" href="#text">Skip to the text</a>
<header>
<nav aria-label="The book">{places}</nav>
<form id="search" role="search" hidden>
<label for="ask">Search</label>
<input id="ask" type="search" autocomplete="off" aria-describedby="told">
<p id="told" role="status"></p>
<ol id="found"></ol>
</form>
</header>
<main id="text">
{body}
</main>
<footer>
<p>{course}. Texts: CC BY 4.0. Code: MIT licence. {home}</p>
</footer>
<script src="{up}assets/book.js"></script>
</body>
</html>
"""


def page(
    title: str, body: str, *, place: str, description: str = "", head: str = ""
) -> str:
    """A page of the book.

    Args:
        title: of the page alone; the course's own is put behind it.
        body: what stands in <main>, in HTML.
        place: the page's path below the book's folder.
        description: for machines; by default the course's.
        head: more for <head>, in HTML.
    """
    told = about()
    up = "../" * place.count("/")
    whole = told["title"]
    return _PAGE.format(
        language=told["language"],
        title=html.escape(title if title == whole else f"{title} · {whole}"),
        description=html.escape(description or told["description"]),
        up=up,
        head=head,
        places=" ".join(_place(up, place, *each) for each in PLACES),
        body=body,
        course=html.escape(whole),
        home=_home(told["repository"]),
    )


def _place(up: str, here: str, place: str, name: str) -> str:
    present = ' aria-current="page"' if place == here else ""
    return f'<a href="{up}{place}"{present}>{name}</a>'


def _home(repository: str) -> str:
    """A link to the repository; nothing while it has no address."""
    if not repository:
        return ""
    return f'<a href="{html.escape(repository)}">The course, to work with</a>.'


def write_assets(folder: Path, words: list[dict[str, str]]) -> None:
    """Write what the pages share.

    Args:
        folder: the book's.
        words: what the search looks through; see buckets.book.words.
    """
    target = folder / "assets"
    target.mkdir(parents=True, exist_ok=True)
    for name in ASSETS:
        with as_file(files(__package__) / name) as source:
            shutil.copyfile(source, target / name)
    picture = course.root() / "docs" / PICTURE
    if picture.exists():
        shutil.copyfile(picture, target / PICTURE)
    # A script and no JSON: a page that was opened from a file may not fetch one.
    data = f"window.bookWords = {plain(words)};\n"
    (target / WORDS).write_text(data, encoding="utf-8")


def plain(data: Any) -> str:
    """JSON that cannot end the script it stands in."""
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")


def anchor(heading: str) -> str:
    """The id of a heading, from its text or from JupyterLab's own link to it."""
    return re.sub(r"\W+", "-", re.sub(r"<[^>]+>", "", heading)).strip("-")


def steps(before: tuple[str, str] | None, after: tuple[str, str] | None) -> str:
    """Ways to the page before and to the page after.

    Args:
        before, after: an address relative to the page, and a title; None at an end.
    """
    found = []
    for relation, words, step in (("prev", "before", before), ("next", "next", after)):
        if step:
            address, title = html.escape(step[0]), html.escape(step[1])
            link = f'<a rel="{relation}" href="{address}">{title}</a>'
            found.append(f"<li><span>{words}</span> {link}</li>")
    if not found:
        return ""
    items = "".join(found)
    return f'<nav class="steps" aria-label="Before and after"><ul>{items}</ul></nav>'
