"""Whoever cannot name a thing cannot look it up: the standard words and their page."""

import re
from collections import Counter

import pytest

from buckets import course
from buckets.book import glossary

# Lesson 00 names nothing new; later ones list what they name.
NAMING = [path for path in glossary.lessons() if not path.stem.startswith("00")]
# What a reader must be able to look up after Part Two.
ASKED_FOR = {
    *("head-of-line blocking", "race condition", "critical section", "deadlock"),
    *("atomic", "level-triggered", "backpressure", "listener", "backlog"),
}


@pytest.mark.parametrize("path", NAMING, ids=lambda path: path.stem)
def test_a_word_is_bold_in_the_text_where_it_first_occurs(path):
    listed = list(glossary.words_of(path))
    assert listed, "a lesson lists what it has named, in the cell `words`"
    told = {
        name: text for name, text in glossary.texts(path).items() if name != "words"
    }
    flat = " ".join(" ".join(told.values()).split()).casefold()
    bold = set(re.findall(r"\*\*([^*]+)\*\*", flat))
    for word in listed:
        forms = {word.term.casefold(), f"{word.term.casefold()}s"}
        assert forms & bold, word.term


def test_a_word_is_named_once_in_the_course():
    counted = Counter(word.term.casefold() for word in glossary.words())
    assert [term for term, times in counted.items() if times > 1] == []


def test_the_words_of_the_field_are_there():
    assert ASKED_FOR <= {word.term for word in glossary.words()}


def test_the_page_is_made_from_the_lessons():
    page = course.root() / "docs" / "glossary.md"
    assert page.read_text("utf-8") == glossary.page(), "python tools/glossary.py"
