"""The scoreboard as small multiples: bars and words from what was measured."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from buckets.standings import words
from buckets.standings.figures import CAST, DIED, FINE, STALLED, Board, Figures, Row
from buckets.standings.picture import BAR, LEAST, PANELS, scores
from buckets.standings.run import Scoreboard

WALKER = Figures(20, 20, 8000, 0.1, 0.0005, 0.08, 10_000_000, 1, 1, 0.0)
FORKS = Figures(20, 20, 4000, 0.1, 0.001, 0.08, 40_000_000, 21, 21, 0.002)
IN_TURN = Figures(20, 1, 2000, 0.1, 0.0001, 0.04, 10_000_000, 1, 1, 0.0)
ALL_WELL = dict.fromkeys(CAST, FINE)


def row(name, figures, whose="solution", origin="05_select", **rude):
    return Row(name, origin, "", whose, "not written yet", figures, ALL_WELL | rude)


def board(*rows):
    return Board(rows, 20, 0.1, 0.0)


THREE = board(
    row("in_turn", IN_TURN, silent=STALLED),
    row("forks", FORKS, ghost=DIED),
    row("walker", WALKER, whose="library", origin="library"),
)


def nodes(picture, tag, **fields):
    root = ET.fromstring(picture.poster_svg)
    found = [node for node in root.iter() if node.tag.endswith(f"}}{tag}")]
    return [n for n in found if all(n.get(key) == fields[key] for key in fields)]


def bars(picture, title):
    """Lengths of the solid bars below a panel's title, from the top."""
    (head,) = (node for node in nodes(picture, "text") if node.text == title)
    left = float(head.get("x"))
    top = float(head.get("y"))
    found = nodes(picture, "rect", **{"class": "w"})
    here = [n for n in found if float(n.get("x")) == left]
    below = [n for n in here if top < float(n.get("y")) < top + 100]
    return [float(n.get("width")) for n in below]


def test_bars_are_as_long_as_the_figures():
    picture = scores(THREE)
    turn, forks, walker = bars(picture, "memory")
    assert forks == BAR and turn == walker == pytest.approx(BAR / 4)
    assert bars(picture, "requests a second") == [BAR / 4, BAR / 2, BAR]
    # One of twenty, and the rest of the bar is those who wait.
    assert bars(picture, "clients served") == pytest.approx(
        [BAR / 20, BAR, BAR], abs=0.1
    )


def test_a_share_of_a_cpu_is_drawn_against_a_whole_one():
    assert set(bars(scores(THREE), "CPU while all are silent")) == {LEAST}
    spins = board(row("spins", replace(WALKER, idle=0.5)))
    assert bars(scores(spins), "CPU while all are silent") == [BAR / 2]


def test_who_is_never_served_is_hatched_and_open():
    picture = scores(THREE)
    hatched = nodes(picture, "path", **{"class": "o"})
    assert len(hatched) == 2  # in "served" and in "99 of 100 within"
    assert not any(node.get("d").lower().endswith("z") for node in hatched)
    assert len(bars(picture, "99 of 100 within")) == 2
    assert not nodes(scores(board(row("walker", WALKER))), "path", **{"class": "o"})


def test_every_figure_is_there_in_words():
    picture = scores(THREE)
    texts = [node.text for node in nodes(picture, "text")]
    alt = re.search('alt="([^"]*)"', picture.html)[1]
    for panel in PANELS:
        for figures in (WALKER, FORKS, IN_TURN):
            word = panel.in_words(figures)
            assert word in texts and word in alt
            assert f"<td>{word}</td>" in picture.html and word in picture.text
    for sentence in words.remarks(THREE):
        assert sentence in alt


def test_what_the_cast_did_is_a_word_and_a_shape():
    picture = scores(THREE)
    texts = [node.text for node in nodes(picture, "text")]
    assert (texts.count(STALLED), texts.count(DIED)) == (1, 1)
    assert texts.count(FINE) == 3 * len(CAST) - 2
    kinds = [n.get("class") for n in nodes(picture, "rect")]
    assert (kinds.count("o"), kinds.count("d")) == (1, 1)


def test_who_is_left_out_is_told_and_not_drawn():
    away = Row("echo", "07_event_loop", "", "yours", "not written yet")
    picture = scores(board(row("walker", WALKER), away))
    texts = [node.text or "" for node in nodes(picture, "text")]
    assert not any("07 echo" in text for text in texts)
    assert any("Left out: echo (not written yet)" in text for text in texts)
    assert "Left out" in scores(board(away)).text
    ET.fromstring(scores(board(away)).poster_svg)


def test_it_needs_no_definitions_and_nothing_breaks_out():
    evil = "</svg><img src=x onerror=alert(1)>\"'&"
    trouble = replace(WALKER, trouble=evil)
    picture = scores(board(replace(row("bad", trouble), note=evil)))
    assert "<img src=x" not in picture.html
    assert {n.tag.split("}")[1] for n in ET.fromstring(picture.poster_svg).iter()} == {
        "svg", "style", "rect", "path", "text",
    }  # fmt: skip
    assert "url(" not in picture.poster_svg
    assert not re.search(r"\sid=", picture.html)


def test_a_notebook_shows_the_picture_and_a_terminal_the_words():
    shown = Scoreboard(THREE.rows, 20, 0.1, 0.0)
    bundle = shown._repr_mimebundle_()
    assert bundle["text/html"] == scores(THREE).html
    assert bundle["text/plain"] == str(shown) == scores(THREE).text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_inline_it_follows_the_theme_and_alone_the_system(visit, scheme):
    picture = scores(THREE)
    page = visit(picture.html, width=760)
    assert page.locator("svg").is_visible() and not page.locator("img").is_visible()
    page.evaluate("document.body.style.color = 'rgb(250, 240, 230)'")
    colour = "e => getComputedStyle(e).fill"
    assert page.locator("svg text").first.evaluate(colour) == "rgb(250, 240, 230)"
    alone = visit(picture.poster_svg, color_scheme=scheme)
    paper = alone.locator("svg rect").first.evaluate(colour)
    dark = {"light": "rgb(255, 255, 255)", "dark": "rgb(22, 25, 29)"}
    assert paper == dark[scheme]


def test_words_stay_in_the_picture_and_apart(visit):
    """The longest that can be, side by side."""
    large = Figures(300, 300, 10**6, 1.0, 9.99, 9999, 9_999_000_000, 301, 301, 1.5)
    few = replace(large, served=100)
    many = board(
        *(row("a_server_with_a_very_long_name", each) for each in (large, few)),
        row("ghost_town", large, **dict.fromkeys(ALL_WELL, DIED)),
    )
    page = visit(scores(many).html, width=760)
    wrong = page.evaluate(
        """() => {
      const edge = document.querySelector("svg").getBoundingClientRect();
      const boxes = [...document.querySelectorAll("svg text")].map(
        (text) => [text.textContent, text.getBoundingClientRect()]);
      const out = boxes.filter(([, b]) => b.left < edge.left || b.right > edge.right);
      const over = boxes.filter(([, a], n) => boxes.slice(n + 1).some(([, b]) =>
        a.left < b.right - 1 && b.left < a.right - 1 &&
        a.top < b.bottom - 4 && b.top < a.bottom - 4));
      return [...out, ...over].map(([text]) => text); }"""
    )
    assert wrong == []
