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
from buckets.book import outline
from buckets.book import pages as book
from buckets.book.index import contents
from buckets.book.more import glossary_page, misconceptions_page
from buckets.commands import book as command
from buckets.diagnosis.catalogue import catalogue


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


def test_no_page_asks_anything_of_a_network(pages):
    for text in pages.values():
        assert [url for url in Asks(text).found if not url.startswith("data:")] == []
        assert not re.search(r"import\s*\(?['\"]https?:", text)
        assert "cdnjs" not in text


def test_lessons_are_executed_and_exercises_are_not(pages):
    output = 'class="jp-RenderedText jp-OutputArea-output'
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
        r"What the run says</summary>(.*?)</details>\s*</div>", text, re.S
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
    places = {page.place for page in book.pages()} | {"index.html"}
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
        assert text.count('<a href="../index.html">') == 1


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
    assert command.run(argparse.Namespace(folder=tmp_path / "book")) == 1
    told = capsys.readouterr()
    assert "a cell of 00_bad.ipynb failed" in told.err
    assert (tmp_path / "book" / exercise.place).exists()
    assert (tmp_path / "book" / "index.html").exists()


# The pages that are no notebook -------------------------------------------------------


def ids(text):
    return re.findall(r'<(?:h2|dt) id="([^"]+)"', text)


def test_the_index_is_the_map_of_the_course():
    text = contents()
    for part in outline.parts():
        assert f"<h2>{part.name}</h2>" in text
        for lesson in part.lessons:
            assert f'href="lessons/{lesson.topic}.html"' in text
            assert f"{lesson.minutes} minutes" in text
    assert [url for url in Asks(text).found if not url.startswith("data:")] == []
    assert 'lang="en"' in text and "<main>" in text and "<label for=" in text


def test_machines_read_the_same_of_the_course():
    found = re.search(r'ld\+json">(.*?)</script>', contents(), re.DOTALL)
    told = json.loads(found[1])
    lessons = [lesson for part in outline.parts() for lesson in part.lessons]
    assert [one["teaches"] for one in told["hasPart"]] == [
        list(lesson.objectives) for lesson in lessons
    ]
    assert all(lesson.objectives for lesson in lessons)
    assert "url" not in told or outline.about()["repository"]


def test_each_lesson_that_is_there_stands_in_a_part():
    shown = [lesson.topic for part in outline.parts() for lesson in part.lessons]
    there = [topic.name for topic in course.topics() if topic.lesson.exists()]
    assert shown == there


def test_a_search_finds_each_section_by_its_words():
    found = re.search(r'id="words">(.*?)</script>', contents(), re.DOTALL)
    words = json.loads(found[1])
    [hit, *_] = [one for one in words if "head-of-line blocking" in one["text"]]
    assert hit["place"].startswith("lessons/02_the_queue.html#")
    places = {page.place for page in book.pages()}
    assert {one["place"].partition("#")[0] for one in words} <= places


def test_nothing_in_the_data_ends_its_script():
    for data in re.findall(
        r"<script[^>]*json[^>]*>(.*?)</script>", contents(), re.DOTALL
    ):
        assert "<" not in data


def test_the_glossary_and_the_misconceptions_are_pages():
    assert "level-triggered" in ids(glossary_page())
    assert set(ids(misconceptions_page())) == set(catalogue())
    for text in (glossary_page(), misconceptions_page()):
        for place in re.findall(r'href="([^"#]+)', text):
            known = {page.place for page in book.pages()} | {"index.html"}
            assert place in known


def test_a_page_leads_to_the_ones_before_and_after_it(pages):
    lesson = pages["lessons/00_start_here.html"]
    assert 'next: <a href="../exercises/00_start_here.html">' in lesson
    exercise = pages["exercises/00_start_here.html"]
    assert 'before: <a href="../lessons/00_start_here.html">' in exercise
    assert 'next: <a href="../lessons/01_one_bucket.html">' in exercise
