"""The timeline: who works, who waits, and for how long."""

import re
import xml.etree.ElementTree as ET

import made_traces
import pytest
from made_traces import Writer
from samples import TRACES

from buckets.pictures.lanes import lanes_of
from buckets.pictures.timeline import compare, timeline
from buckets.trace.trace import Trace

MILLI = 1_000_000


def test_waiting_in_select_is_white_and_spinning_is_solid():
    w = Writer()
    w.wait(3, gap=1)
    w.client(0, "eager", "connect", 40001)
    w.woke(3, gap=1000)
    w.accept(4, 40001, gap=1)
    w.wait(3, 4, gap=1)
    w.client(998, "eager", "close", 40001)
    (worker,) = lanes_of(w.trace()).workers
    assert worker.work == [(-1 * MILLI, 0), (1000 * MILLI, 1002 * MILLI)]
    spinning = lanes_of(made_traces.spinning(20_000)).workers[0]
    # Of 60 µs it works 40, for 1.2 of 2.7 seconds.
    assert spinning.share == pytest.approx(0.8 / 2.72, rel=0.02)


def test_standing_in_a_call_is_waiting():
    run = lanes_of(made_traces.blocking())
    assert run.workers[0].share < 0.001
    silent, eager, quick = run.visits
    assert silent.longest == 0
    assert eager.accepted is None
    assert eager.longest == pytest.approx(2_050 * MILLI, rel=0.01)
    assert quick.longest == pytest.approx(1_850 * MILLI, rel=0.01)


def test_waiting_for_a_child_is_waiting():
    run = lanes_of(made_traces.waiting_for_a_child())
    # Of some 900 ms it works for 400, behind waitpid() and not in it.
    assert run.workers[0].share == pytest.approx(400 / 901, rel=0.01)


def test_who_is_called_away_from_a_wait_has_waited():
    run = lanes_of(made_traces.called_away())
    assert run.workers[0].share < 0.01


def test_what_was_only_counted_is_work_if_it_was_fast():
    run = lanes_of(Trace.load(TRACES / "spinning_after_eof.jsonl"))
    assert run.workers[0].share > 0.8
    w = Writer()
    w.wait(3)
    w.server(5000, "sum", waits=5, **{"from": w.t, "to": w.t + 5_000 * MILLI})
    w.wait(3)
    assert lanes_of(w.trace()).workers[0].share < 0.01


def test_children_end_when_they_say_so():
    run = lanes_of(made_traces.forking())
    assert [w.name for w in run.workers] == ["server", "child 1", "child 2", "child 3"]
    assert run.workers[2].end == run.length
    assert run.visits[1].end is not None
    assert run.visits[0].end is None


@pytest.mark.parametrize("path", sorted(TRACES.glob("*.jsonl")), ids=lambda p: p.stem)
def test_real_runs_are_drawn(path):
    picture = timeline(path)
    root = ET.fromstring(picture.poster_svg)
    assert {node.tag.split("}")[1] for node in root.iter()} <= {
        "svg", "style", "rect", "path", "text",
    }  # fmt: skip
    assert re.search(r'<img alt="Timeline of who works', picture.html)
    assert "worked" in picture.text


def test_two_runs_on_one_clock():
    picture = compare(
        made_traces.blocking(), made_traces.spinning(), ["blocking", "select"]
    )
    assert picture.text.index("blocking") < picture.text.index("select")
    root = ET.fromstring(picture.poster_svg)
    texts = [node.text for node in root.iter() if node.tag.endswith("text")]
    assert texts.count("eager") == 2
    assert texts.count("500 ms") == 1
    first = [text for text in texts if text in ("blocking", "select")]
    assert first == ["blocking", "select"]


def test_many_lanes_are_summed_up_and_the_picture_stays_small():
    picture = timeline(made_traces.crowd(400))
    assert "and 388 more connections" in picture.text
    assert "and 388 more connections" in picture.poster_svg
    long = timeline(made_traces.chatter(30_000))
    assert len(long.html) < 200_000


def test_an_empty_trace_says_so(tmp_path):
    path = tmp_path / "empty.jsonl"
    path.write_text("")
    assert "The server's side is missing" in timeline(path).text


def test_inline_it_follows_the_theme_and_hides_the_image(visit):
    page = visit(timeline(made_traces.blocking()).html)
    assert not page.locator("img").is_visible()
    assert page.locator("svg").is_visible()
    colour = "e => getComputedStyle(e).fill"
    page.evaluate("document.body.style.color = 'rgb(250, 240, 230)'")
    assert page.locator("svg text").first.evaluate(colour) == "rgb(250, 240, 230)"


@pytest.mark.parametrize("run", [made_traces.spinning, made_traces.blocking])
def test_no_work_is_drawn_outside_its_lane(run):
    """The first bar began half a column before its lane, and blue ticks hung below."""
    drawing = compare(run(), made_traces.forking()).poster_svg
    lanes = re.findall(r'class="l" d="M([\d.]+) (\d+)H([\d.]+)M', drawing)
    found = re.findall(r'class="w" d="([^"]*)"/>', drawing)[:-1]
    assert found
    for path in found:
        bars = re.findall(r"M([\d.]+) (\d+)v-[\d.]+h([\d.]+)v", path)
        [(left, right)] = {(float(a), float(b)) for a, y, b in lanes if y == bars[0][1]}
        for x, _, wide in bars:
            assert left - 0.06 <= float(x) and float(x) + float(wide) <= right + 0.06
    assert ".s{stroke:#" not in drawing, "blue is the colour of work alone"
