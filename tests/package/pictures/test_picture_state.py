"""One function in two languages: what is drawn at a time.

The cases in state_cases.json are for Python and for the player's JavaScript alike.
Then both must agree on every moment of whole runs.
"""

import json
from pathlib import Path

import made_traces
import pytest
from samples import TRACES

from buckets.pictures.aisle.draw import asset
from buckets.pictures.aisle.look import columns, look, step
from buckets.pictures.aisle.scene import build
from buckets.pictures.aisle.state import state_at
from buckets.trace.trace import Trace

CASES = json.loads((Path(__file__).parent / "state_cases.json").read_text("utf-8"))
RUNS = [made_traces.spinning, made_traces.blocking, made_traces.forking]
RUNS += [made_traces.crowd, made_traces.chatter, made_traces.dying]
RUNS += [made_traces.waiting_for_a_child]


def stage(case):
    """The scene of a case: its moments, and pairs and people without a history."""
    rest = case.get("rest", 0)
    return {
        "pairs": [
            {"name": f"c{n}", "port": n, "hears": case.get("hears", 1)}
            for n in range(case["pairs"])
        ],
        "people": [{"name": f"p{n}"} for n in range(case["people"])],
        "columns": columns(case["pairs"], rest),
        "rest": rest,
        "moments": case["moments"],
    }


def dig(value, path):
    for key in path.split("."):
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


def wrong(check, state, shown):
    """Every expectation of a case that does not hold, as text."""
    wanted = [(state, *item) for item in check.get("expect", {}).items()]
    wanted += [(shown, *item) for item in check.get("look", {}).items()]
    return [
        f"t={check['t']} {path}: {dig(value, path)!r}, not {expected!r}"
        for value, path, expected in wanted
        if dig(value, path) != expected
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_cases_in_python(case):
    scene = stage(case)
    for check in case["at"]:
        state = state_at(scene, check["t"])
        assert not wrong(check, state, look(scene, state))


@pytest.fixture(scope="module")
def script(browser):
    page = browser.new_page()
    page.evaluate(asset("player.js"))
    yield page
    page.close()


BOTH = """([scene, times]) => times.map((t) => {
  const state = bucketsAisle.stateAt(scene, t);
  return [state, bucketsAisle.look(scene, state)];
})"""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_cases_in_javascript(case, script):
    times = [check["t"] for check in case["at"]]
    results = script.evaluate(BOTH, [stage(case), times])
    for check, (state, shown) in zip(case["at"], results, strict=True):
        assert not wrong(check, state, shown)


def scenes():
    yield from (build(run()) for run in RUNS)
    yield from (build(Trace.load(path)) for path in sorted(TRACES.glob("*.jsonl")))


def test_both_agree_on_whole_runs(script):
    for scene in scenes():
        # Python and the browser must see the same JSON.
        scene = json.loads(json.dumps(scene))
        times = [moment["t"] for moment in scene["moments"]][:400]
        for t, (state, shown) in zip(
            times, script.evaluate(BOTH, [scene, times]), strict=True
        ):
            mine = state_at(scene, t)
            assert state == mine, t
            assert shown == look(scene, mine), t


def test_a_state_is_new_each_time():
    scene = build(made_traces.crowd())
    before = json.dumps(scene)
    states = [state_at(scene, m["t"]) for m in scene["moments"]]
    states[-1]["pairs"][0]["level"] = -1
    states[-1]["rest"][0] = -1
    assert json.dumps(scene) == before
    assert state_at(scene, scene["length"])["pairs"][0]["level"] >= 0


def test_steps_of_the_water():
    heights = {0: 0, 1: 1, 3: 1, 4: 2, 6: 2, 16: 3, 4096: 7, 16384: 8, 10**9: 8}
    assert {level: step(level) for level in heights} == heights
