"""The player in a browser: a page opened from a file, with the network off."""

import io
from itertools import pairwise

import made_traces
import pytest
from drawn import DRAWN, expected, scene_in, scrub
from PIL import Image

from buckets.pictures.aisle.aisle import replay
from buckets.pictures.aisle.scene import build

SOURCE = made_traces.SOURCE


def scene_of(picture):
    return scene_in(picture.html)


def assert_drawn(page, scene, index):
    t = scene["moments"][index]["t"]
    assert page.locator(".ab").evaluate(DRAWN) == expected(scene, t)


def index_of(page):
    return int(page.locator(".ab").get_attribute("data-index"))


def until_index(page, index):
    page.wait_for_function(
        "index => Number(document.querySelector('.ab').dataset.index) >= index",
        arg=index,
    )


@pytest.fixture
def opened(visit):
    def open_replay(trace=None, **options):
        picture = replay(trace or made_traces.spinning(), **options)
        return visit(picture.html), scene_of(picture)

    return open_replay


# What JupyterLab does to all that a cell shows.
LAB = """<style>.out { overflow: hidden }
:not(.jp-RenderedMarkdown).jp-RenderedHTMLCommon :is(td, th) { text-align: right }
</style><div class="jp-RenderedHTMLCommon out">%s</div>"""


def quiet_for(milliseconds):
    """A client comes, is silent, and is still there when the record ends."""
    w = made_traces.Writer()
    w.client(0, "anna", "connect", 40001)
    w.accept(4, 40001, gap=1)
    w.server(5, "try", op="recv", fd=4)
    w.server(milliseconds, "levels", q={})
    return w.trace()


# --- moving ---------------------------------------------------------------------------


def test_nothing_moves_before_somebody_presses_play(opened):
    page, scene = opened()
    assert index_of(page) == 0
    assert page.locator(".ab").evaluate("root => root.bucketsPlayer.timer") is None
    assert_drawn(page, scene, 0)


def test_play_and_pause(opened):
    page, scene = opened()
    page.get_by_label("Speed").select_option("4")
    page.get_by_role("button", name="Play", exact=True).click()
    assert page.locator(".ab-say").get_attribute("aria-live") == "off"
    until_index(page, 3)
    page.get_by_role("button", name="Pause").click()
    here = index_of(page)
    assert_drawn(page, scene, here)
    assert page.locator(".ab-say").get_attribute("aria-live") == "polite"
    assert page.locator(".ab").evaluate("root => root.bucketsPlayer.timer") is None
    assert index_of(page) == here


def test_a_run_plays_to_its_end_and_stops(opened):
    page, scene = opened(made_traces.blocking())
    page.get_by_label("Speed").select_option("4")
    page.get_by_role("button", name="Play", exact=True).click()
    until_index(page, len(scene["moments"]) - 1)
    page.get_by_role("button", name="Play", exact=True).wait_for()
    assert_drawn(page, scene, -1)


@pytest.mark.parametrize(
    "run",
    [
        made_traces.spinning,
        made_traces.blocking,
        made_traces.forking,
        made_traces.crowd,
    ],
)
def test_scrubbing_draws_the_state_of_that_time(opened, run):
    page, scene = opened(run())
    last = len(scene["moments"]) - 1
    # To and fro: what is drawn must not depend on the way there.
    for index in (last, 0, last // 2, last // 3, last - 1, 1, last * 2 // 3):
        scrub(page.locator(".ab"), index)
        assert_drawn(page, scene, index)


def test_steps_and_the_ends(opened):
    page, scene = opened()
    last = len(scene["moments"]) - 1
    page.get_by_role("button", name="To the end").click()
    assert index_of(page) == last
    page.get_by_role("button", name="One step on").click()
    assert index_of(page) == last
    page.get_by_role("button", name="One step back").click()
    assert_drawn(page, scene, last - 1)
    page.get_by_role("button", name="To the beginning").click()
    assert index_of(page) == 0


def test_the_keyboard_alone_is_enough(opened):
    page, scene = opened()
    page.evaluate(
        "window.leaked = 0; document.addEventListener('keydown', () => leaked++)"
    )
    page.locator(".ab").focus()
    for key, index in [("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1)]:
        page.keyboard.press(key)
        assert index_of(page) == index
    page.keyboard.press("End")
    assert index_of(page) == len(scene["moments"]) - 1
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    until_index(page, 1)
    page.keyboard.press(" ")
    page.get_by_role("button", name="Play", exact=True).wait_for()
    assert page.evaluate("leaked") == 0
    assert page.locator(".ab").get_attribute("data-lm-suppress-shortcuts") == "true"


def test_escape_gives_the_keyboard_back(visit):
    html = replay(made_traces.spinning(), sources={"serve_many": SOURCE}).html
    page = visit(f'<div tabindex="-1" id="around">{html}</div>')
    for inside in (".ab", '[data-act="next"]', "input[type=range]", ".ab-code pre"):
        page.locator(inside).focus()
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.id") == "around"
    page.evaluate("document.getElementById('around').removeAttribute('tabindex')")
    page.locator(".ab").focus()
    page.keyboard.press(" ")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement === document.body")
    assert page.locator(".ab").evaluate("root => root.bucketsPlayer.timer") is None


def test_space_on_a_button_presses_that_button_only(opened):
    page, _ = opened()
    page.get_by_role("button", name="One step on").focus()
    page.keyboard.press(" ")
    assert index_of(page) == 1
    assert page.locator(".ab").evaluate("root => root.bucketsPlayer.timer") is None


# --- beside the aisle -----------------------------------------------------------------


def test_the_lists_and_the_line(opened):
    source = {"serve_many": made_traces.SOURCE}
    page, scene = opened(sources=source)
    kinds = [m["k"] for m in scene["moments"]]
    second = [i for i, kind in enumerate(kinds) if kind == "woke"][2]
    scrub(page.locator(".ab"), second)
    chips = page.locator(".ab-chip")
    up = [chips.nth(n).get_attribute("data-up") for n in range(3)]
    assert up == ["1", "0", "1"]
    assert "the door" in chips.nth(0).inner_text()
    assert "select.select" in page.locator(".ab-here").inner_text()
    scrub(page.locator(".ab"), second + 1)
    assert "listener.accept()" in page.locator(".ab-here").inner_text()
    rows = page.locator(".ab-src")
    assert rows.count() == made_traces.SOURCE.count("\n")
    assert rows.nth(5).inner_text().split() == "6 for sock in ready:".split()


def test_before_select_is_called_that_is_said(opened):
    page, _ = opened(made_traces.napping())
    assert page.locator(".ab-lists").inner_text() == "poll() has not been called yet"
    page.get_by_role("button", name="To the end").click()
    assert "no answer yet: asleep" in page.locator(".ab-lists").inner_text()


def test_where_a_server_died_and_of_what(opened):
    page, scene = opened(made_traces.dying(), sources={"serve_many": SOURCE})
    page.get_by_role("button", name="To the end").click()
    assert_drawn(page, scene, -1)
    code = page.locator(".ab-code")
    assert code.locator("h4").inner_text() == "died on line 5 of serve_many"
    assert "select.select" in code.locator(".ab-last").inner_text()
    note = "ValueError: file descriptor cannot be a negative integer (-1)"
    assert code.locator(".ab-last + .ab-note").inner_text() == note
    assert page.locator(".ab-lists p").inner_text() == "failed: ValueError"
    assert page.locator('.ab-chip[data-bad="1"]').inner_text() == "a closed socket"
    # A step back it was alive.
    scrub(page.locator(".ab"), [m["k"] for m in scene["moments"]].index("fail"))
    assert page.locator(".ab-note").count() == 0
    assert "select.select" in code.locator(".ab-here").inner_text()


LONG = "    # " + "a long line that goes on and on, " * 6 + "\n"
VISIBLE = """(row) => {
  const box = row.getBoundingClientRect();
  const pane = row.closest("pre").getBoundingClientRect();
  return box.top >= pane.top - 1 && box.bottom <= pane.bottom + 1;
}"""
UNCUT = """(pane) => pane.scrollWidth <= pane.clientWidth &&
  [...pane.querySelectorAll(".ab-src span")].every((text) =>
    text.getBoundingClientRect().right <= pane.getBoundingClientRect().right)"""


@pytest.mark.parametrize("width", [400, 700, 1300])
@pytest.mark.parametrize("before", [0, 3, 40])
def test_the_line_that_runs_is_in_sight_and_whole(visit, width, before):
    # A helper above, and long lines within, push the line out of a pane of fixed size.
    head, *body = SOURCE.splitlines(keepends=True)
    helper = "def helper():\n" + "    pass\n" * before
    source = helper + head + LONG * 4 + "".join(body)
    trace = shifted(made_traces.dying(), helper.count("\n"), 4)
    page = visit(replay(trace, sources={"serve_many": source}).html, width=width)
    moments = page.evaluate("document.querySelector('.ab').bucketsPlayer.last")
    assert page.locator(".ab-code pre").evaluate(UNCUT)
    for index in range(moments + 1):
        scrub(page.locator(".ab"), index)
        for row in page.locator(".ab-here, .ab-last, .ab-note").all():
            assert row.evaluate(VISIBLE), index


def shifted(trace, above, within):
    """The same run, of code in which other lines stand before line 1 and after it."""
    for event in trace.events:
        if "at" in event:
            event["at"][1] += above + within
    return trace


def test_long_names_are_broken_after_a_dot_or_a_bracket(visit):
    source = SOURCE.replace("ready, _, _", "x" * 40 + " = select.select(" + "y" * 40)
    page = visit(replay(made_traces.dying(), sources={"serve_many": source}).html)
    row = page.locator(".ab-src").nth(4)
    assert row.locator("wbr").count() >= 2
    assert "select.select(yyy" in row.locator("span").text_content()


def test_a_function_is_shown_with_its_head_where_there_is_room(visit):
    helper = "def helper():\n" + "    pass\n" * 40
    trace = shifted(made_traces.dying(), helper.count("\n"), 0)
    page = visit(replay(trace, sources={"serve_many": helper + SOURCE}).html)
    page.get_by_role("button", name="To the end").click()
    head = page.locator(".ab-src").filter(has_text="def serve_many")
    assert head.evaluate(VISIBLE)


def test_a_run_without_select_shows_no_lists(opened):
    page, _ = opened(made_traces.blocking())
    assert not page.locator(".ab-lists").is_visible()


def test_the_table_holds_every_moment(opened):
    page, scene = opened()
    page.get_by_text("The run as a table").click()
    rows = page.locator(".ab-all tbody tr")
    # It is made when the browser tells that it was opened, which is after the click.
    rows.first.wait_for()
    assert rows.count() == len(scene["moments"])
    assert scene["words"][scene["moments"][3]["say"]] in rows.nth(3).inner_text()


def test_it_opens_at_the_failure_with_the_lint_marked(opened):
    trace = made_traces.spinning()
    t = trace.events[-1]["t"]
    lint = {"t": t, "name": "spinning", "text": "The loop turned 2,000 times."}
    page, scene = opened(trace, at=t, lint=lint)
    assert index_of(page) == len(scene["moments"]) - 1
    opened = page.locator(".ab-opened").inner_text()
    step = f"step {len(scene['moments'])} of {len(scene['moments'])}"
    assert opened.startswith(f"Opened at {step}, where the test failed")
    page.get_by_role("button", name="From the beginning").click()
    assert index_of(page) == 0
    page.locator(".ab-pin").click()
    assert_drawn(page, scene, -1)


def test_what_is_wrong_is_asked_before_it_is_told(opened):
    trace = made_traces.spinning()
    fault = trace.events[-1]["t"]
    text = "The loop turned 2,000 times."
    lint = {"t": trace.events[-3]["t"], "name": "spinning", "text": text}
    page, _ = opened(trace, at=fault, lint=lint)
    page.get_by_role("button", name="To ▽").click()
    pin = page.locator('.ab-pin:not([data-kind="fault"])')
    told = page.locator(".ab-say .ab-found")
    assert told.inner_text() == "▽ Here something is wrong. What?"
    assert text not in page.locator(".ab-body").inner_text()
    assert "where something is wrong" in pin.get_attribute("aria-label")
    # By the keyboard alone.
    page.locator(".ab-banner summary").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.ab-found').textContent[0] === 'T'")
    assert told.inner_text() == text
    assert text in page.locator(".ab-banner").inner_text()
    assert text in pin.get_attribute("title")


def test_below_its_answer_there_is_no_riddle(opened):
    """A failed check has named the mistake before the replay comes."""
    trace = made_traces.spinning()
    text = "The loop turned 2,000 times."
    lint = {"t": trace.events[-3]["t"], "name": "spinning", "text": text}
    page, scene = opened(trace, lint=lint, told=True)
    banner = page.locator(".ab-banner").inner_text()
    assert "Look for it first" not in banner and text in banner
    scrub(page.locator(".ab"), scene["lints"][0]["i"])
    assert text in page.locator(".ab-say").inner_text()


def test_what_opens_at_its_beginning_says_nothing_of_that(opened):
    page, _ = opened(made_traces.blocking())
    assert page.locator(".ab-opened, .ab-banner").count() == 0


def test_the_legend_unfolds_by_the_keyboard_and_names_every_sign(opened):
    page, _ = opened()
    legend = page.locator(".ab-legend")
    assert not legend.locator("li").first.is_visible()
    legend.locator("summary").focus()
    page.keyboard.press("Enter")
    assert legend.locator("li").first.is_visible()
    told = legend.inner_text()
    for sign in (
        "flag r, small flag at the door|flag w|asleep, on the chair|on the way|"
        "sent in all|no rest|died|reset|dry|grader|Predict|✗|solid is work, a line is"
    ).split("|"):
        assert sign in told, sign
    assert legend.locator("svg:not([aria-hidden])").count() == 0


def test_time_is_shown_truly_below_the_steps(opened):
    page, scene = opened()
    bar = page.locator(".ab-bar")
    at = "hand => parseFloat(hand.style.left)"
    for index in (0, 3, len(scene["moments"]) - 1):
        scrub(page.locator(".ab"), index)
        share = 100 * scene["moments"][index]["t"] / scene["length"]
        assert abs(bar.locator(".ab-hand").evaluate(at) - share) < 0.01
    marks = page.locator(".ab-scale span").all_inner_texts()
    assert marks[0] == "0" and len(marks) >= 3
    # A click finds the last step before that time: here the long sleep's.
    box = bar.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 10)
    steps = [m["t"] for m in scene["moments"]]
    before = [i for i, t in enumerate(steps) if t <= scene["length"] / 2]
    assert index_of(page) == before[-1]
    told = page.get_by_label("Moment of the run").get_attribute("aria-valuetext")
    assert told.startswith(f"step {before[-1] + 1} of {len(steps)}, at ")


SOLID = r"""(bar) => bar.querySelector("path:not(.ab-ticks)").getAttribute("d")
  .match(/M[\d.]+ 6h[\d.]+/g).map((part) => part.slice(1).split(" 6h").map(Number))"""


def test_in_the_strip_a_sleep_is_white_and_a_busy_loop_is_solid(opened):
    page, scene = opened()
    solid = page.locator(".ab-bar").evaluate(SOLID)
    moments, length = scene["moments"], scene["length"]
    naps = [
        (m["t"], after["t"])
        for m, after in pairwise(moments)
        if m["k"] == "wait" and "quick" not in m and after["t"] - m["t"] > 200_000
    ]
    assert naps
    for begin, end in naps:
        middle = 500 * (begin + end) / length
        assert not [x for x, wide in solid if x <= middle <= x + wide]
    (again,) = [m["t"] for m in moments if m["k"] == "again"]
    busy = 1000 * (again - 60_000) / length
    assert [x for x, wide in solid if x <= busy <= x + wide]


def test_in_the_strip_a_wait_for_a_child_is_a_line(visit):
    trace = made_traces.waiting_for_a_child()
    page, scene = visit(replay(trace).html), build(trace)
    solid = page.locator(".ab-bar").evaluate(SOLID)
    drawn = [m for m in scene["moments"] if m.get("p") == 0]
    stands, stood = drawn[2]["t"], drawn[3]["t"]
    for t, works in ((stands + stood) / 2, False), (stood + 200_000, True):
        x = 1000 * t / scene["length"]
        assert any(left <= x <= left + wide for left, wide in solid) == works


def test_marks_that_would_cover_each_other_give_way(visit):
    trace = made_traces.spinning()
    times = [e["t"] for e in trace.events if e["e"] in ("accept", "recv")][:4]
    lints = [{"t": t, "name": f"n{t}", "text": f"At {t}."} for t in times]
    page = visit(replay(trace, lint=lints).html, width=400)
    edges = page.locator(".ab-pin").evaluate_all(
        "pins => pins.map((pin) => pin.getBoundingClientRect().left)"
    )
    edges.sort()
    assert len(edges) >= 4
    gaps = [right - left for left, right in pairwise(edges)]
    assert min(gaps) >= 14


def test_a_call_over_two_lines_is_marked_as_a_whole(opened):
    source = SOURCE.replace(
        "select.select([listener, *clients]",
        "select.select(\n      [listener, *clients]",
    )
    trace = shifted_below(made_traces.spinning(), 5)
    page, scene = opened(relabelled(trace, "cell 6"), sources={"cell 6": source})
    waits = [i for i, m in enumerate(scene["moments"]) if m["k"] == "wait"]
    scrub(page.locator(".ab"), waits[0])
    marked = page.locator(".ab-here i").all_inner_texts()
    assert marked == ["5", "6"]
    assert page.locator(".ab-code h4").inner_text() == (
        "line 5 of cell 6, in serve_many"
    )


def relabelled(trace, cell):
    for event in trace.events:
        if "at" in event:
            event["at"][0] = cell
    return trace


def shifted_below(trace, line):
    """The same run, of code with one line more after this one."""
    for event in trace.events:
        if "at" in event and event["at"][1] > line:
            event["at"][1] += 1
    return trace


def test_no_line_of_code_is_cut_and_what_is_out_of_sight_is_told(visit):
    source = "def serve_many(listener):\n" + "    pass\n" * 57
    picture = replay(made_traces.dying(), sources={"serve_many": source})
    page = visit(picture.html)
    pane = page.locator(".ab-code pre")
    assert pane.evaluate("pre => pre.clientHeight % 18 + pre.scrollTop % 18") == 0
    total = source.count("\n")
    seen = pane.evaluate("pre => pre.clientHeight / 18")
    hints = page.locator(".ab-hints")
    assert f"▾ {total - int(seen)} more lines below" in hints.inner_text()
    hints.get_by_role("button", name="below").click()
    hints.get_by_text("▴ 18 more lines above").wait_for()


def test_at_a_pin_the_caption_says_what_was_found(opened):
    trace = made_traces.spinning()
    t = trace.events[-3]["t"]
    lint = {"t": t, "name": "spinning", "text": "The loop turned 2,000 times."}
    page, scene = opened(trace, lint=lint)
    page.locator(".ab-banner summary").click()
    found = scene["lints"][0]["i"]
    scrub(page.locator(".ab"), found)
    page.wait_for_function("document.querySelector('.ab-found').textContent[0] === 'T'")
    assert page.locator(".ab-say .ab-found").inner_text() == lint["text"]
    scrub(page.locator(".ab"), found - 1)
    assert page.locator(".ab-say .ab-found").count() == 0


@pytest.mark.parametrize("width", [400, 700, 1300])
def test_the_controls_stand_still(visit, width):
    trace = made_traces.dying()
    text = "a long line of what was found, " * 5
    lint = {"t": trace.events[-4]["t"], "name": "closed", "text": text}
    page = visit(replay(trace, lint=lint).html, width=width)
    page.wait_for_function("document.querySelector('.ab-say').style.minHeight")
    last = page.evaluate("document.querySelector('.ab').bucketsPlayer.last")
    heights = set()
    for index in range(last + 1):
        scrub(page.locator(".ab"), index)
        heights.add(page.locator(".ab-say").evaluate("say => say.offsetHeight"))
    assert len(heights) == 1


# --- predicting -----------------------------------------------------------------------


def test_predicting_right_and_wrong(opened):
    page, scene = opened(predict=True)
    stop, reveal, answer, _ = scene["asks"][0]
    page.get_by_label("Speed").select_option("4")
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_text("Which bucket is next").wait_for()
    assert index_of(page) == stop
    assert page.locator(".ab-door").get_attribute("data-flag") == "0"
    page.locator(f'[data-choice="{answer}"]').click()
    assert index_of(page) == reveal
    assert "Yes: the door. 1 of 1 so far." in page.locator(".ab-ask").inner_text()
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("Which bucket is next").wait_for()
    page.locator('[data-choice="1"]').click()
    words = page.locator(".ab-ask").inner_text()
    assert "This time it is the door." in words
    assert "The flag of eager goes up as well. 1 of 2 so far." in words
    # What was answered is not asked again.
    scrub(page.locator(".ab"), stop)
    page.get_by_role("button", name="One step on").click()
    assert index_of(page) == stop + 1


def test_stepping_meets_the_same_questions_and_predicting_can_end(opened):
    page, scene = opened()
    page.get_by_role("button", name="Predict").click()
    scrub(page.locator(".ab"), scene["asks"][0][0])
    page.get_by_role("button", name="One step on").click()
    assert page.locator(".ab-ask").is_visible()
    assert index_of(page) == scene["asks"][0][0]
    page.get_by_role("button", name="Predict").click()
    assert not page.locator(".ab-ask").is_visible()
    page.get_by_role("button", name="One step on").click()
    assert index_of(page) == scene["asks"][0][0] + 1


# --- where it must work ---------------------------------------------------------------


def test_several_players_on_one_page(visit):
    one, two = replay(made_traces.blocking()), replay(made_traces.spinning())
    page = visit(one.html + two.html)
    first, second = page.locator(".ab").all()
    first.get_by_role("button", name="To the end").click()
    assert second.get_attribute("data-index") == "0"
    second.get_by_role("button", name="One step on").click()
    assert first.evaluate(DRAWN) == expected(
        scene_of(one), scene_of(one)["moments"][-1]["t"]
    )


def test_a_script_that_was_moved_away_finds_its_player(visit):
    html = replay(made_traces.blocking()).html
    script = html[html.rindex("<script>") : html.rindex("</div>")]
    page = visit(html.replace(script, "") + "<hr>" + script)
    assert page.locator(".ab-controls").count() == 1


def test_without_scripts_the_poster_stays(visit):
    html = replay(made_traces.blocking()).html
    page = visit(html, java_script_enabled=False)
    image = page.locator("img")
    assert image.is_visible()
    assert "at the door" in image.get_attribute("alt")
    assert image.bounding_box()["height"] > 300
    assert page.locator("button").count() == 0


def test_in_the_dark_the_slider_is_dark(visit):
    html = replay(made_traces.blocking()).html
    page = visit(f'<div style="color:#eee;background:#111">{html}</div>')
    shot = page.locator("input[type=range]").screenshot()
    pixels = Image.open(io.BytesIO(shot)).convert("L")
    # All but the knob, which stands at the beginning.
    groove = pixels.crop((24, 0, pixels.width, pixels.height))
    assert groove.getextrema()[1] < 110


def test_less_motion_for_those_who_ask_for_it(visit):
    html = replay(made_traces.blocking()).html
    duration = "e => getComputedStyle(e).transitionDuration"
    calm = visit(html, reduced_motion="reduce").locator(".ab-person")
    assert calm.evaluate(duration) == "0s"
    assert visit(html).locator(".ab-person").evaluate(duration) != "0s"


def test_light_and_dark_follow_the_page(visit):
    html = replay(made_traces.blocking()).html
    light = visit(html).locator(".ab")
    assert light.get_attribute("data-theme") == "light"
    page = visit(f'<div style="color:#eee;background:#111">{html}</div>')
    assert page.locator(".ab").get_attribute("data-theme") == "dark"


COVERED = """(root) => {
  const boxes = [...root.querySelectorAll(".ab-svg text")]
    .filter((node) => node.textContent.trim() && node.checkVisibility(
      { visibilityProperty: true, opacityProperty: true }))
    .filter((node) => !node.classList.contains("ab-letter"))
    .map((node) => [node.textContent, node.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0);
  const paper = root.querySelector(".ab-svg").getBoundingClientRect();
  const bad = boxes.filter(([, box]) =>
    box.left < paper.left - 1 || box.right > paper.right + 1 ||
    box.bottom > paper.bottom + 1).map(([text]) => [text, "(outside)"]);
  boxes.forEach(([text, a], index) => {
    for (const [other, b] of boxes.slice(index + 1)) {
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      // The line box of a text is taller than its letters.
      if (across > 1 && down > 4) bad.push([text, other]);
    }
  });
  return bad;
}"""


@pytest.mark.parametrize(
    "run", [made_traces.crowd, made_traces.forking, made_traces.dying]
)
def test_no_text_lies_on_another(visit, run):
    picture = replay(run())
    # Without the walk from place to place, whose middle may lie on anything.
    page, scene = visit(picture.html, reduced_motion="reduce"), scene_of(picture)
    last = len(scene["moments"]) - 1
    for index in range(0, last + 1, max(1, last // 15)):
        scrub(page.locator(".ab"), index)
        # What is poured stands over the picture on purpose, for one moment.
        page.locator(".ab-said").evaluate_all(
            "nodes => nodes.forEach((node) => { node.textContent = ''; })"
        )
        assert page.locator(".ab").evaluate(COVERED) == []


# --- the last moment, and the looks ---------------------------------------------------


def test_the_second_that_is_waited_is_a_step_and_the_hand_goes_through_it(opened):
    """Five steps in the first millisecond of a second, and then it seemed dead."""
    page, scene = opened(quiet_for(1000))
    last = scene["moments"][-1]
    assert last["k"] == "still" and last["t"] == scene["length"]
    said = scene["words"][last["say"]]
    assert said.startswith("For 1.00 s nobody has moved") and said.endswith(
        "in recv()."
    )
    scrub(page.locator(".ab"), len(scene["moments"]) - 2)
    page.get_by_role("button", name="Play", exact=True).click()
    hand = page.locator(".ab-hand")
    left = "getComputedStyle(document.querySelector('.ab-hand')).left"
    page.wait_for_function(f"() => parseFloat({left}) > 60")
    until_index(page, len(scene["moments"]) - 1)
    assert hand.evaluate("hand => hand.style.left") == "100%"
    assert page.locator(".ab-rests").get_attribute("d").strip()


def test_a_short_silence_at_the_end_is_no_step(opened):
    _, scene = opened(quiet_for(50))
    assert scene["moments"][-1]["k"] != "still"


def test_the_frame_of_the_focus_has_four_sides_where_what_overflows_is_hidden(visit):
    page = visit(LAB % replay(made_traces.spinning()).html)
    page.locator(".ab").focus()
    page.keyboard.press("End")
    box = page.locator(".ab").bounding_box()
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    x, y = round(box["x"]), round(box["y"] + 60)
    sides = [x, x + 1, round(box["x"] + box["width"]) - 1]
    assert any(shot.getpixel((side, y)) != (255, 255, 255) for side in sides[:2])
    assert shot.getpixel((sides[2], y)) != (255, 255, 255)


def test_sentences_in_the_table_begin_at_the_left(visit):
    page = visit(LAB % replay(made_traces.spinning(), lint=None).html)
    page.locator("details.ab-data").evaluate("details => { details.open = true }")
    page.locator(".ab-all td").first.wait_for()
    aligned = "cells => [...new Set(cells.map(c => getComputedStyle(c).textAlign))]"
    assert page.locator(".ab-data :is(td, th)").evaluate_all(aligned) == ["left"]


@pytest.mark.parametrize("width", [640, 390, 350])
def test_all_of_it_stays_usable_in_a_narrow_window(visit, width):
    """640 pixels are also a window of 1,280 at 200%."""
    page = visit(replay(made_traces.crowd()).html, width=width)
    wide = "() => document.documentElement.scrollWidth"
    assert page.evaluate(wide) <= width
    for button in page.locator(".ab-controls :is(button, select)").all():
        box = button.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        assert box["width"] >= 14 and box["height"] >= 14
    for name in page.locator(".ab-svg text:visible").all()[:6]:
        assert name.bounding_box()["height"] >= 9, "to be read, not guessed"
