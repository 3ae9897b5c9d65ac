"""`buckets book`: pages that open from a file, without a network."""

import argparse
import json
import os
import re
import tempfile
from contextlib import contextmanager
from html.parser import HTMLParser

import nbformat
import pytest

from buckets import course
from buckets.book import frame, outline
from buckets.book import pages as book
from buckets.book.beliefs import NotShown, Shown, servers_of
from buckets.book.index import contents
from buckets.book.more import belief_page, glossary_page, misconceptions_page
from buckets.book.words import words
from buckets.commands import book as command
from buckets.diagnosis.catalogue import catalogue
from buckets.predictions.outcome import inline


def notebooks():
    """Every file beside the notebooks, and when it was changed."""
    rooms = ("lessons", "exercises", "solutions")
    return {
        path: path.stat().st_mtime_ns
        for room in rooms
        for path in (course.root() / room).rglob("*.ipynb")
    }


@pytest.fixture(scope="module")
def course_before():
    return notebooks()


@pytest.fixture(scope="module")
def written(course_before, tmp_path_factory):
    """The pages of one lesson and one exercise, by place; and what was printed."""
    folder = tmp_path_factory.mktemp("book")
    wanted = [page for page in book.pages() if "00_start_here" in page.place]
    # A kernel writes past sys.stderr.
    with capture_descriptors() as printed:
        made = {page.place: book.write_page(page, folder) for page in wanted}
        return {place: file.read_text() for place, file in made.items()}, printed()


@pytest.fixture
def pages(written):
    return written[0]


@contextmanager
def capture_descriptors():
    with tempfile.TemporaryFile() as file:
        kept = os.dup(2)
        os.dup2(file.fileno(), 2)
        try:
            yield lambda: os.pread(file.fileno(), 10_000, 0).decode()
        finally:
            os.dup2(kept, 2)
            os.close(kept)


class Asks(HTMLParser):
    """Collects what a page would load by itself."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("src", "data") or (tag == "link" and name == "href"):
                self.found.append(value or "")


def test_every_notebook_has_a_page():
    places = {page.place for page in book.pages()}
    for topic in (topic for topic in course.topics() if topic.lesson.exists()):
        assert f"lessons/{topic.name}.html" in places
        assert f"exercises/{topic.name}.html" in places


def shared(up):
    """What a page may load: files beside it."""
    return {f"{up}assets/{name}" for name in frame.ASSETS}


def test_no_page_asks_anything_of_a_network(pages):
    for text in pages.values():
        asked = {url for url in Asks(text).found if not url.startswith("data:")}
        assert asked == shared("../")
        assert not re.search(r"import\s*\(?['\"]https?:", text)
        assert "cdnjs" not in text


def test_lessons_are_executed_and_exercises_are_not(pages):
    output = '<pre class="out">'
    assert output in pages["lessons/00_start_here.html"]
    assert output not in pages["exercises/00_start_here.html"]


def test_what_folds_in_a_notebook_folds_in_a_page(pages):
    for text in pages.values():
        for inner in re.findall(r"<details>(.*?)</details>", text, re.DOTALL):
            after = inner.partition("</summary>")[2]
            assert after.strip()


def test_what_a_run_says_of_a_prediction_is_closed_and_nothing_else_is(pages):
    text = pages["lessons/00_start_here.html"]
    folded = re.findall(
        r"What the run says</summary>(.*?)</details>\s*<div", text, re.S
    )
    assert len(folded) == 3
    assert "HELLO" in folded[0] and "Not predicted. It was: HELLO" in folded[0]
    # The closing look at a wrong answer is no prediction's.
    assert not any("expected" in each for each in folded)
    assert "Not predicted yet" not in text


def test_no_answer_stands_in_an_exercise(pages):
    assert "BEGIN SOLUTION" not in pages["exercises/00_start_here.html"]


def test_nothing_is_printed_that_nobody_needs(written):
    assert written[1] == ""


def test_links_between_notebooks_lead_to_pages(pages):
    places = {page.place for page in book.pages()} | {"index.html", "assets/book.css"}
    places |= {"glossary.html", "misconceptions.html"}
    linked = [
        (place, link)
        for place, text in pages.items()
        for link in re.findall(r'href="\.\./([^"#]+)', text)
    ]
    assert linked
    for place, link in linked:
        assert link in places, f"{place} links to {link}"


def test_a_page_leads_back_to_the_contents(pages):
    for text in pages.values():
        assert '<nav aria-label="The book"><a href="../index.html">' in text
        assert '<a class="skip" href="#text">' in text and '<main id="text">' in text


def test_nothing_in_the_course_changes(pages, course_before):
    assert notebooks() == course_before


def test_a_cell_that_fails_is_told_and_the_other_pages_are_made(
    tmp_path, monkeypatch, capsys
):

    bad = tmp_path / "00_bad.ipynb"
    cells = [nbformat.v4.new_code_cell("1 / 0")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), bad)
    exercise = next(page for page in book.pages() if not page.run)
    made = [book.Page(bad, "lessons/00_bad.html", True), exercise]
    monkeypatch.setattr(command, "pages", lambda: made)
    words = argparse.Namespace(folder=tmp_path / "book", no_replays=True)
    assert command.run(words) == 1
    told = capsys.readouterr()
    assert "a cell of 00_bad.ipynb failed" in told.err
    assert (tmp_path / "book" / exercise.place).exists()
    for name in ("index.html", "assets/words.js", "misconceptions/M01.html"):
        assert (tmp_path / "book" / name).exists()


# The pages that are no notebook -------------------------------------------------------


def ids(text):
    return re.findall(r'<dt id="([^"]+)"', text)


def test_the_index_is_the_map_of_the_course():
    text = contents()
    for part in outline.parts():
        assert f"<h2>{part.name}</h2>" in text
        for lesson in part.lessons:
            assert f'href="lessons/{lesson.topic}.html"' in text
            assert f"{lesson.minutes} minutes" in text
            assert f"{lesson.number} needs" in text or not lesson.needs
            assert inline(lesson.objectives[0]) in text
    asked = {url for url in Asks(text).found if not url.startswith("data:")}
    assert asked == {*shared(""), f"assets/{frame.PICTURE}"}
    assert 'lang="en"' in text and "<main id" in text and "<label for=" in text


def test_machines_read_the_same_of_the_course():
    found = re.search(r'ld\+json">(.*?)</script>', contents(), re.DOTALL)
    told = json.loads(found[1])
    lessons = [lesson for part in outline.parts() for lesson in part.lessons]
    for one, lesson in zip(told["hasPart"], lessons, strict=True):
        assert one["teaches"] == list(lesson.objectives) != []
        assert one["timeRequired"] == f"PT{lesson.minutes}M"
        numbers = [name.split()[1] for name in one["competencyRequired"]]
        assert numbers == [f"{need[:2]}:" for need in lesson.needs]
    assert told["teaches"] == outline.about()["objectives"]
    assert "url" not in told or outline.about()["repository"]


def test_each_lesson_that_is_there_stands_in_a_part():
    shown = [lesson.topic for part in outline.parts() for lesson in part.lessons]
    there = [topic.name for topic in course.topics() if topic.lesson.exists()]
    assert shown == there


def test_a_search_finds_each_section_by_its_words():
    found = words()
    [hit, *_] = [one for one in found if "head-of-line blocking" in one["text"]]
    assert hit["place"].startswith("lessons/02_the_queue.html#")
    places = {page.place for page in book.pages()} | {"glossary.html"}
    places |= {f"misconceptions/{name}.html" for name in catalogue()}
    assert {one["place"].partition("#")[0] for one in found} == places


def test_a_place_of_the_search_is_a_heading_of_its_page(pages):
    for place, text in pages.items():
        found = [one["place"] for one in words() if one["place"].startswith(place)]
        assert len(found) > 1
        for _, _, heading in (each.partition("#") for each in found):
            assert not heading or f' id="{heading}"' in text, heading


@pytest.mark.parametrize(
    "heading",
    ["A line is not a recv", "`select()`, once more", "b'' & the *end*", "Eins/Über"],
)
def test_jupyters_link_to_a_heading_and_its_text_are_one_place(heading):
    linked = re.sub(r"[`*]", "", heading).replace(" ", "-")
    assert frame.anchor(heading) == frame.anchor(linked)


def test_nothing_in_the_data_ends_its_script(tmp_path):
    for data in re.findall(
        r"<script[^>]*json[^>]*>(.*?)</script>", contents(), re.DOTALL
    ):
        assert "<" not in data
    frame.write_assets(tmp_path, [{"text": "</script><b>"}])
    assert "<" not in (tmp_path / "assets" / frame.WORDS).read_text()


def test_the_glossary_and_the_misconceptions_are_pages():
    assert "level-triggered" in ids(glossary_page())
    known = {page.place for page in book.pages()}
    known |= {place for place, _ in frame.PLACES} | shared("")
    beliefs = {f"misconceptions/{name}.html" for name in catalogue()}
    for text in (glossary_page(), misconceptions_page()):
        linked = set(re.findall(r'href="([^"#]+)', text)) - {"data:,"}
        assert linked <= known | beliefs
    assert beliefs <= set(re.findall(r'href="([^"#]+)', misconceptions_page()))


def test_a_misconception_has_a_page_with_its_replay_and_no_hint():
    one = catalogue()["M11"]
    run = Shown("05_select", "serve_many", "It waits.", "all hear", "`recv()`", "<svg>")
    text = belief_page(one, run)
    assert f"<h1>M11: {one.name}</h1>" in text
    assert '<div class="rich"><svg></div>' in text and "<code>recv()</code>" in text
    assert f'href="../lessons/{one.lesson}.html#{frame.anchor(one.heading)}"' in text
    assert not any(inline(hint) in text for hint in one.hints)
    # Where there is no server, as in a kit, nothing is said of one.
    assert "A server that holds it" not in belief_page(one, None)


def test_nearly_each_misconception_has_a_server_that_holds_it():
    without = [name for name, one in catalogue().items() if not servers_of(one)]
    assert len(without) <= 5, without
    [first, *_] = servers_of(catalogue()["M11"])
    assert "diagnosis: M11" in first.read_text()


def test_a_server_that_fails_by_something_else_is_told_of(tmp_path, capsys):
    """Where only the harder variants tell, there is no replay, and nothing is wrong."""

    def show(one):
        if one.id == "M11":
            raise NotShown("no server shows M11 any more: sleeps (M26)")

    assert command.write_beliefs(tmp_path, show) == ["misconceptions/M11.html"]
    assert capsys.readouterr().err == "  no server shows M11 any more: sleeps (M26)\n"
    written = {path.stem for path in (tmp_path / "misconceptions").iterdir()}
    assert written == set(catalogue())


def test_a_misconception_is_treated_under_a_heading_that_its_lesson_has():
    places = {one["place"] for one in words()}
    for one in catalogue().values():
        assert f"lessons/{one.lesson}.html#{frame.anchor(one.heading)}" in places


def test_a_page_leads_to_the_ones_before_and_after_it(pages):
    lesson = pages["lessons/00_start_here.html"]
    assert '<a rel="next" href="../exercises/00_start_here.html">' in lesson
    exercise = pages["exercises/00_start_here.html"]
    assert '<a rel="prev" href="../lessons/00_start_here.html">' in exercise
    assert '<a rel="next" href="../lessons/01_one_bucket.html">' in exercise
