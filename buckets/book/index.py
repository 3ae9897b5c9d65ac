"""The first page of the book: the map of the course, a search, and what machines read.

All of it is in one file that asks no server: the picture, the search and its words.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator
from typing import Any

from buckets import course
from buckets.book.outline import Lesson, about, parts

_STYLE = """
:root { color-scheme: light dark; --line: #8886; --link: #1a5fb4; }
@media (prefers-color-scheme: dark) { :root { --link: #8fc3f2; } }
body { font: 18px/1.6 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto;
       padding: 0 1rem; }
a { color: var(--link); }
h1, h2 { line-height: 1.2; }
img { max-width: 100%; height: auto; background: #fff; border-radius: 6px; }
ol { padding-left: 0; list-style: none; }
.lesson { border-top: 1px solid var(--line); padding: .6rem 0; }
.lesson p, .lesson ul { margin: .2rem 0; }
.facts { opacity: .8; font-size: .9em; }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .4rem .6rem; }
a:focus-visible, input:focus-visible, summary:focus-visible {
  outline: 3px solid var(--link); outline-offset: 2px; }
@media print { #search, nav { display: none; } a { color: inherit; } }
"""

_SCRIPT = """
const found = document.getElementById("found");
const words = JSON.parse(document.getElementById("words").textContent);
document.getElementById("ask").addEventListener("input", (event) => {
  const asked = event.target.value.toLowerCase().split(/\\s+/).filter(Boolean);
  found.textContent = "";
  if (!asked.length) return;
  const hits = words.filter((one) => asked.every((word) => one.text.includes(word)));
  for (const hit of hits.slice(0, 20)) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = hit.place;
    link.textContent = hit.title;
    item.append(link);
    found.append(item);
  }
  if (!hits.length) found.textContent = "Nothing in the course has all these words.";
});
"""


def contents() -> str:
    """The page as HTML."""
    told = about()
    return (
        "<!doctype html>\n"
        f'<html lang="{told["language"]}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="description" content="{html.escape(told["description"])}">'
        f"<title>{html.escape(told['title'])}</title><style>{_STYLE}</style>"
        f'<script type="application/ld+json">{_plain(_linked_data(told))}</script>'
        "</head>\n<body><main>\n"
        f"<h1>{html.escape(told['title'])}</h1>\n"
        f"<p>{html.escape(told['subtitle'])}.</p>\n"
        f"{_picture()}{_search()}"
        '<nav aria-label="More"><a href="glossary.html">Glossary</a> · '
        '<a href="misconceptions.html">Misconceptions</a></nav>\n'
        f"{''.join(_map())}</main>\n"
        f'<script type="application/json" id="words">{_plain(list(_words()))}</script>'
        f"<script>{_SCRIPT}</script></body></html>\n"
    )


def _plain(data: Any) -> str:
    """JSON that cannot end the script it stands in."""
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")


def _picture() -> str:
    path = course.root() / "docs" / "aisle.svg"
    if not path.exists():
        return ""
    data = base64.b64encode(path.read_bytes()).decode()
    alt = "One person walks an aisle of buckets, which taps fill: a server at work."
    return f'<p><img alt="{alt}" src="data:image/svg+xml;base64,{data}"></p>\n'


def _search() -> str:
    return (
        '<form id="search" role="search" onsubmit="return false">'
        '<label for="ask">Search the course</label> '
        '<input id="ask" type="search" autocomplete="off"></form>'
        '<ul id="found" aria-live="polite"></ul>\n'
    )


def _map() -> Iterator[str]:
    for part in parts():
        yield f"<h2>{html.escape(part.name)}</h2>\n<ol>\n"
        yield from map(_item, part.lessons)
        yield "</ol>\n"


def _item(lesson: Lesson) -> str:
    facts = [f"{lesson.minutes} minutes"] if lesson.minutes else []
    if lesson.needs:
        facts.append("needs " + ", ".join(need[:2] for need in lesson.needs))
    exercise = (
        f'<a href="exercises/{lesson.topic}.html">exercise {lesson.number}</a>, '
        f"{lesson.points:g} points"
        if lesson.points
        else ""
    )
    afterwards = "".join(f"<li>{_marked(text)}</li>" for text in lesson.objectives)
    return (
        f'<li class="lesson"><p><a href="lessons/{lesson.topic}.html">'
        f"<b>{lesson.number} {html.escape(lesson.title)}</b></a></p>"
        f'<p class="facts">{" · ".join(filter(None, [*facts, exercise]))}</p>'
        "<details><summary>What you can do afterwards</summary>"
        f"<ul>{afterwards}</ul></details></li>\n"
    )


def _marked(text: str) -> str:
    """Markdown's code and italics as HTML; objectives have no more than that."""
    safe = html.escape(text, quote=False)
    safe = re.sub(r"`([^`]+)`", r"<code>\1</code>", safe)
    return re.sub(r"\*([^*]+)\*", r"<i>\1</i>", safe)


def _linked_data(told: dict[str, Any]) -> dict[str, Any]:
    """What search engines for learning material read: schema.org's words."""
    course_ = {
        "@context": "https://schema.org",
        "@type": ["Course", "LearningResource"],
        "name": told["title"],
        "description": told["description"],
        "inLanguage": told["language"],
        "educationalLevel": told["level"],
        "keywords": told["keywords"],
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "author": [{"@type": "Organization", "name": name} for name in told["authors"]],
        "hasPart": [_resource(each) for part in parts() for each in part.lessons],
    }
    # No address is made up: without one the course has none.
    return {**course_, **({"url": told["repository"]} if told["repository"] else {})}


def _resource(lesson: Lesson) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@type": "LearningResource",
        "name": f"Lesson {lesson.number}: {lesson.title}",
        "teaches": list(lesson.objectives),
        "competencyRequired": list(lesson.needs),
        "url": f"lessons/{lesson.topic}.html",
    }
    if lesson.minutes:
        found["timeRequired"] = f"PT{lesson.minutes}M"
    return found


def _words() -> Iterator[dict[str, str]]:
    """What the search looks through: each section of each lesson and exercise."""
    for topic in course.topics():
        for room, path in (("lessons", topic.lesson), ("exercises", topic.exercise)):
            if path.exists():
                yield from _sections(
                    f"{room}/{topic.name}.html", path.read_text("utf-8")
                )


def _sections(place: str, text: str) -> Iterator[dict[str, str]]:
    title, where, gathered = "", place, list[str]()
    for cell in json.loads(text)["cells"]:
        source = "".join(cell["source"])
        heading = (
            re.match(r"#+ (.+)", source) if cell["cell_type"] == "markdown" else None
        )
        if heading:
            if gathered:
                yield _section(title, where, gathered)
            top = source.startswith("# ")
            name = heading[1].strip()
            title = name if top else f"{title.partition(' › ')[0]} › {name}"
            # The anchors of nbconvert's pages.
            where = place if top else f"{place}#{name.replace(' ', '-')}"
            gathered = []
        gathered.append(source)
    if gathered:
        yield _section(title, where, gathered)


def _section(title: str, place: str, gathered: list[str]) -> dict[str, str]:
    text = " ".join(" ".join([title, *gathered]).lower().split())
    return {"title": title, "place": place, "text": text}
