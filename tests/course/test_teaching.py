"""Each lesson has a page for whoever teaches it, and what the page says is true."""

import json
import re
from pathlib import Path

import pytest

from buckets import course
from buckets.diagnosis.catalogue import catalogue

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "teaching"
SECTIONS = [
    "What it is for",
    "Where people get stuck",
    "What to ask",
    "What to draw",
    "What to skip",
    "In a room",
]
LONGEST = 90  # lines; longer ones are not read on the way to a room

TOPICS = [pytest.param(topic, id=topic.name) for topic in course.topics()]


def page_of(topic):
    return (PAGES / f"{topic.name}.md").read_text("utf-8")


def notebook(path):
    return json.loads(path.read_text("utf-8"))


def minutes(path):
    return notebook(path)["metadata"]["buckets"]["minutes"]


def headings(path):
    """The headings of a notebook's second level."""
    texts = ["".join(cell["source"]) for cell in notebook(path)["cells"]]
    return {h for text in texts for h in re.findall(r"^## (.+)$", text, re.MULTILINE)}


def flowing(page):
    """The page with each paragraph on one line, and without code and bold."""
    text = re.sub(r"\*\*.*?\*\*|`[^`]*`", "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_page_has_every_section_and_is_short(topic):
    page = page_of(topic)
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == SECTIONS
    assert len(page.splitlines()) <= LONGEST


@pytest.mark.parametrize("topic", TOPICS)
def test_a_page_tells_minutes_and_points(topic):
    page = page_of(topic)
    points = sum(topic.tasks.values())
    told = f"{points:g} point" + "s" * (points != 1)
    spent = minutes(topic.lesson), minutes(ROOT / exercise(topic))
    assert "Lesson {} minutes · exercise {} minutes".format(*spent) in page
    assert f"· {told}" in page


def exercise(topic):
    return Path("exercises", topic.name, f"{topic.name}.ipynb")


@pytest.mark.parametrize("topic", TOPICS)
def test_a_page_lists_the_tasks_with_their_points(topic):
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \|", page_of(topic), re.MULTILINE)
    assert {task: int(points) for task, points in rows} == topic.tasks


@pytest.mark.parametrize("topic", TOPICS)
def test_a_page_names_misconceptions_that_there_are(topic):
    named = set(re.findall(r"\bM\d+\b", page_of(topic)))
    assert named
    assert named <= set(catalogue())


@pytest.mark.parametrize("topic", TOPICS)
def test_what_a_page_calls_a_section_is_one_of_the_notebooks(topic):
    """In italics and with a capital: a heading of the lesson or of the exercise."""
    known = headings(topic.lesson) | headings(ROOT / exercise(topic))
    named = set(re.findall(r"\*([A-Z][^*]+)\*", flowing(page_of(topic))))
    assert named
    assert named <= known


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda p: p.stem)
def test_a_page_is_kind_and_its_links_lead_somewhere(page):
    text = page.read_text("utf-8")
    assert not re.findall(r"\b(simply|just|obviously|of course)\b", text, re.IGNORECASE)
    assert all(len(line) <= 88 for line in text.splitlines())
    for target in re.findall(r"\]\(([^)#]+)", text):
        assert (page.parent / target).exists(), target


def test_the_table_of_the_whole_agrees_with_the_pages():
    text = (PAGES / "README.md").read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST
    row = r"^\| \[.+\]\((\w+)\.md\) \| (\d+) min \| (\d+) min \| (\d+) \|$"
    told = {
        name: tuple(map(int, numbers)) for name, *numbers in re.findall(row, text, re.M)
    }
    assert told == {
        topic.name: (
            minutes(topic.lesson),
            minutes(ROOT / exercise(topic)),
            sum(topic.tasks.values()),
        )
        for topic in course.topics()
    }


def test_the_class_in_the_instructors_page_has_todays_points():
    page = (course.root() / "docs" / "instructors.md").read_text()
    told = re.findall(r"^[a-z]+ +\d+ / (\d+)", page, re.MULTILINE)
    told += re.findall(r"maximum of the exercise: (\d+) for 05", page)
    assert {int(most) for most in told} == {
        sum(course.Topic("05_select").tasks.values())
    }


def test_instructors_find_the_pages():
    for path in ("README.md", "docs/instructors.md"):
        assert "docs/teaching" in (ROOT / path).read_text("utf-8"), path
