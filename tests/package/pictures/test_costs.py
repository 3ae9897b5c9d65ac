"""The bill: bars for what servers cost, from what was measured."""

import re
import xml.etree.ElementTree as ET

import pytest

from buckets.pictures.costs import Cost, bill

IN_TURN = Cost("in_turn", 41, 1, 1, 0.0, None)
FORKS = Cost("forks", 41, 42, 42, 2_400_000.0, 0.004)
THREADS = Cost("threads", 41, 1, 42, 80_000.0, 0.0005)
ALL = [IN_TURN, FORKS, THREADS]


def nodes(picture, tag, **fields):
    root = ET.fromstring(picture.poster_svg)
    found = [node for node in root.iter() if node.tag.endswith(f"}}{tag}")]
    return [n for n in found if all(n.get(key) == fields[key] for key in fields)]


def test_bars_are_as_long_as_the_costs():
    widths = [float(node.get("width")) for node in nodes(bill(ALL), "rect")[1:]]
    processes, threads, memory, wait = (
        *(widths[n : n + 3] for n in (0, 3, 6)),
        widths[9:],
    )
    assert processes[1] / processes[0] == pytest.approx(42, rel=0.01)
    assert threads[1] == threads[2] > threads[0]
    assert memory[1] / memory[2] == pytest.approx(30, rel=0.01)
    # What is small is not nothing, and a wait without an answer is no solid bar.
    assert memory[0] == 2 and len(wait) == 2


def test_a_wait_without_an_answer_is_hatched_and_open():
    picture = bill(ALL)
    (edge,) = nodes(picture, "path", **{"class": "o"})
    assert not edge.get("d").lower().endswith("z")
    assert len(nodes(picture, "path", **{"class": "h"})) == 1
    assert "no answer in 1.0 s" in picture.text
    assert not nodes(bill([FORKS, THREADS]), "path", **{"class": "o"})


def test_every_number_is_there_in_words():
    picture = bill(ALL)
    texts = [node.text for node in nodes(picture, "text")]
    for word in ("42", "2.4 MB", "80 KB", "4 ms", "500 µs", "no answer in 1.0 s"):
        assert word in texts
        assert f"<td>{word}</td>" in picture.html
        assert word in picture.text
        assert word in re.search('alt="([^"]*)"', picture.html)[1]


def test_it_needs_no_definitions_and_nothing_breaks_out():
    evil = Cost("</svg><img src=x onerror=alert(1)>\"'&", 1, 1, 1, 1.0, 0.1)
    picture = bill([evil])
    assert "<img src=x" not in picture.html
    assert {n.tag.split("}")[1] for n in ET.fromstring(picture.poster_svg).iter()} == {
        "svg", "style", "rect", "path", "text",
    }  # fmt: skip
    assert "url(" not in picture.poster_svg
    assert not re.search(r"\sid=", picture.html)


def test_a_server_that_shrank_is_no_bar_to_the_left():
    widths = [
        float(node.get("width"))
        for node in nodes(bill([Cost("odd", 1, 1, 1, -4096.0, 0.0)]), "rect")
    ]
    assert min(widths) > 0


def test_nothing_to_draw_is_said():
    with pytest.raises(ValueError, match="one server"):
        bill([])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_inline_it_follows_the_theme_and_alone_the_system(visit, scheme):
    picture = bill(ALL)
    page = visit(picture.html)
    assert page.locator("svg").is_visible() and not page.locator("img").is_visible()
    page.evaluate("document.body.style.color = 'rgb(250, 240, 230)'")
    colour = "e => getComputedStyle(e).fill"
    assert page.locator("svg text").first.evaluate(colour) == "rgb(250, 240, 230)"
    alone = visit(picture.poster_svg, color_scheme=scheme)
    paper = alone.locator("svg rect").first.evaluate(colour)
    dark = {"light": "rgb(255, 255, 255)", "dark": "rgb(22, 25, 29)"}
    assert paper == dark[scheme]


def test_no_word_runs_out_of_the_picture(visit):
    page = visit(
        bill([Cost("a_server_with_a_long_name", 400, 401, 401, 9e9, None)]).html
    )
    inside = """() => {
      const edge = document.querySelector("svg").getBoundingClientRect();
      return [...document.querySelectorAll("svg text")].every((text) => {
        const box = text.getBoundingClientRect();
        return box.left >= edge.left && box.right <= edge.right; }); }"""
    assert page.evaluate(inside)
