"""The poster, and what is left of a picture where nothing is trusted."""

import re
import xml.etree.ElementTree as ET
from types import SimpleNamespace
from urllib.parse import unquote
from xml.sax.saxutils import escape

import made_traces
import pytest
from samples import TRACES

from buckets import course
from buckets.pictures.aisle.aisle import replay
from buckets.pictures.aisle.draw import FIGURE, poster_style, svg
from buckets.pictures.aisle.look import look
from buckets.pictures.aisle.scene import build
from buckets.pictures.aisle.state import state_at
from buckets.trace import lints

RUNS = [made_traces.spinning, made_traces.blocking, made_traces.forking]
RUNS += [made_traces.crowd, made_traces.dying]
LINT = {"t": 1_330_000_000, "name": "never closed", "text": "eager was never closed."}


def find(root, name):
    return [node for node in root.iter() if node.get("class", "").split()[:1] == [name]]


@pytest.mark.parametrize("run", RUNS)
def test_a_poster_is_well_formed_and_needs_no_definitions(run):
    picture = replay(run())
    root = ET.fromstring(picture.poster_svg)
    tags = {node.tag.split("}")[1] for node in root.iter()}
    assert tags <= {"svg", "g", "path", "rect", "circle", "text", "style"}
    assert not [node for node in root.iter() if node.get("id")]
    assert "url(" not in picture.poster_svg


@pytest.mark.parametrize("run", RUNS)
def test_the_drawing_shows_the_state(run):
    scene = build(run())
    for moment in scene["moments"][:: max(1, len(scene["moments"]) // 12)]:
        state = state_at(scene, moment["t"])
        root, shown = ET.fromstring(svg(scene, state)), look(scene, state)
        for node, pair in zip(find(root, "ab-pair"), shown["pairs"], strict=True):
            for name in "place tap level back flag short shut now".split():
                assert node.get(f"data-{name}") == str(pair[name])
            steps = [int(b.get("data-step")) for b in find(node, "ab-bucket")]
            assert steps == [pair["step"], pair["step"], pair["backstep"]]
            assert find(node, "ab-amount")[0].text == pair["amount"]
        for node, person in zip(find(root, "ab-person"), shown["people"], strict=True):
            assert node.get("data-pose") == person["pose"]
            assert node.get("transform") == f"translate({person['x']} {person['y']})"


def test_without_trust_the_image_and_the_words_remain():
    picture = replay(made_traces.blocking(), lint=LINT)
    kept = re.sub(r"<(style|script|svg)\b.*?</\1>", "", picture.html, flags=re.DOTALL)
    assert "<script" not in kept
    (alt,) = re.findall(r'<img alt="([^"]*)"', kept)
    assert "eager: at the door, 6 B waiting." in alt
    assert "eager was never closed." in alt
    (address,) = re.findall(r'src="(data:image/svg\+xml,[^"]*)"', kept)
    assert unquote(address.split(",", 1)[1]) == picture.poster_svg
    assert not re.search(r"[\s<>'#]", address)
    assert "<table>" in kept
    # Nothing is said of a player that is not there.
    assert "slider" not in kept.partition("How to read")[0] and "Opened" not in kept


def test_the_poster_is_of_the_moment_that_matters():
    trace = made_traces.blocking()
    assert "Here the test failed: eager expected" in replay(trace).poster_svg
    early = next(e["t"] for e in trace.events if e["e"] == "accept")
    assert "accept() lets silent in." in replay(trace, at=early).poster_svg
    lint = {"t": early, "name": "hogged", "text": "silent held everybody up."}
    assert "silent held everybody up." in replay(trace, lint=lint).poster_svg


def test_the_poster_of_a_server_that_died_says_where_and_how():
    trace = made_traces.dying()
    end = next(e["t"] for e in trace.events if e["e"] == "end")
    sources = {"serve_many": made_traces.SOURCE}
    poster = replay(trace, at=end, sources=sources).poster_svg
    text = " ".join("".join(ET.fromstring(poster).itertext()).split())
    for told in (
        "The server has died of an exception: ValueError: file descriptor cannot",
        "select() asked for read: the door, silent, a closed socket and gulper; failed",
        "It ended on line 5 of serve_many: ready, _, _ = select.select",
    ):
        assert told in text


def test_a_lint_may_be_an_object_and_there_may_be_several():
    one = SimpleNamespace(**LINT)
    picture = replay(made_traces.blocking(), lint=[one, LINT])
    assert picture.html.count('class="ab-banner"') == 1


def test_one_banner_tells_the_cause_and_names_the_rest():
    spinning = {"t": 1, "name": "spinning", "text": "It turned 2,000 times."}
    again = LINT | {"text": "ben was never closed."}
    html = replay(made_traces.blocking(), lint=[spinning, LINT, again]).html
    (banner,) = re.findall(r'class="ab-banner">.*?</summary><p>(.*?)</p>', html)
    assert re.sub("<.*?>", "", banner) == (
        "never closed eager was never closed. Also: spinning."
    )
    table = html.partition("What was found in the run")[2]
    assert all(text in table for text in (spinning["text"], again["text"]))


def test_what_the_lints_find_is_shown():
    trace = made_traces.spinning()
    found = lints.find(trace)
    picture = replay(trace, at=found[-1].t, lint=found)
    assert "spinning" in {lint.name for lint in found}
    assert all(lint.text in picture.text for lint in found)


def test_nothing_in_a_trace_can_break_out_of_the_page():
    w = made_traces.Writer()
    evil = "</script><img src=x onerror=alert(1)>\"'&"
    w.client(1, evil, "connect", 40001)
    w.client(1, evil, "pour", 40001, n=9, data=evil)
    w.line(1, "fault", text=evil)
    html = replay(w.trace(), lint=LINT | {"text": evil, "name": evil}, title=evil).html
    assert "<img src=x" not in html
    assert html.count("</script>") == 2
    ET.fromstring(replay(w.trace()).poster_svg)


def test_the_picture_of_the_readme_has_the_look_of_today():
    drawn = (course.root() / "docs" / "aisle.svg").read_text("utf-8")
    assert escape(poster_style()) in drawn, "run tools/readme_picture.py"
    assert all(f"ab-{pose}" in drawn for pose in FIGURE)


def test_the_three_forms():
    picture = replay(TRACES / "spinning_after_eof.jsonl")
    bundle = picture._repr_mimebundle_(include=None, exclude=None)
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/plain"] == str(picture)
    assert "leaver" in picture.text


def test_two_pictures_share_no_name():
    html = replay(made_traces.blocking()).html
    assert not re.search(r"\sid=", html)
    assert "<iframe" not in html
    assert "http" not in html.replace("http://www.w3.org/2000/svg", "")
