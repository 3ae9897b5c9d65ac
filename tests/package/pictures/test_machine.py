"""The state diagram: what is given is drawn, and told in words."""

import xml.etree.ElementTree as ET

import pytest

from buckets.pictures.machine import draw_machine

STATES = {"line": (0.3, 0.5), "block": (1.7, 0.5)}
ARROWS = [
    ("line", "line", "a line:\na request"),
    ("line", "block", "set … <n>"),
    ("block", "line", "n bytes"),
]


@pytest.fixture
def drawn():
    return draw_machine(STATES, ARROWS, at="block")


def parts(picture, tag):
    root = ET.fromstring(picture.poster_svg)
    return list(root.iter(f"{{http://www.w3.org/2000/svg}}{tag}"))


def test_every_state_and_every_word_is_drawn(drawn):
    texts = [part.text for part in parts(drawn, "text")]
    for words in ("line", "block", "a line:", "a request", "set … <n>", "n bytes"):
        assert words in texts


def test_every_arrow_has_a_line_and_a_head(drawn):
    classes = [part.get("class") for part in parts(drawn, "path")]
    assert classes.count("l") == classes.count("t") == len(ARROWS)


def test_the_present_state_stands_out(drawn):
    classes = [part.get("class") for part in parts(drawn, "rect")]
    assert classes.count("h") == 1 and classes.count("n") == 1
    assert parts(draw_machine(STATES, ARROWS), "rect")[-1].get("class") == "n"


def test_it_is_told_in_words_to_who_cannot_see_it(drawn):
    assert "From line to block: set … <n>." in drawn.text
    assert "It is in block now." in drawn.text
    assert drawn.html.count("From line to block: set … &lt;n&gt;.") == 2


def test_there_and_back_are_bent_apart(drawn):
    there, back = [p.get("d") for p in parts(drawn, "path") if p.get("class") == "l"][
        1:
    ]
    assert there != back
    assert "<script" not in drawn.html and "<defs" not in drawn.html
