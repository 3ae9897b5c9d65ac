"""The course in a real JupyterLab: pictures, reports, nbgrader's parts, its end.

One server for all tests of this file; the last one shuts it down.
"""

import json

import pytest
from drawn import DRAWN, expected, scene_in, scrub
from jupyter_lab import PATIENCE, ROOT, Lab, OpenNotebook, until

from buckets import course

pytestmark = pytest.mark.timeout(240)

MISTAKE = ROOT / "tests/mistakes/05_select/one_after_the_other.py"

CONTRAST = """(root) => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = channels(colour).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let ground = root;
  const paint = (node) => getComputedStyle(node).backgroundColor;
  while (channels(paint(ground))[3] === 0) ground = ground.parentElement;
  const one = light(getComputedStyle(root).color), other = light(paint(ground));
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}"""


@pytest.fixture(scope="module")
def lab(browser, tmp_path_factory):
    """The server. It needs a browser, so without one it is not even started."""
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab
    lab.kill()


@pytest.fixture
def opened(browser, lab):
    """Open a notebook in JupyterLab, in a browser that knows of nothing before."""
    contexts, wrong = [], []

    def open_notebook(path):
        context = browser.new_context(viewport={"width": 1300, "height": 1000})
        context.set_default_timeout(PATIENCE * 1000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        return OpenNotebook(page, lab, path)

    yield open_notebook
    for context in contexts:
        context.close()
    assert not wrong, wrong


def index_of(player):
    return int(player.get_attribute("data-index"))


def assert_drawn(player, scene, index):
    t = scene["moments"][index]["t"]
    assert player.evaluate(DRAWN) == expected(scene, t)


# --- the player in a lesson -----------------------------------------------------------


def test_a_lesson_runs_and_its_player_plays(opened, tmp_path):
    notebook = opened("lessons/05_select.ipynb")
    notebook.run_all()
    assert notebook.errors() == []
    assert notebook.pictures(), "no cell of the lesson shows the aisle"
    scene = scene_in(notebook.pictures()[0])
    player = notebook.page.locator(".ab").first
    plays(notebook.page, player, scene)
    draws_what_the_trace_says(player, scene)
    keeps_its_keys(notebook, player, scene)
    suits_both_themes(notebook, player, tmp_path)


def plays(page, player, scene):
    assert index_of(player) == 0
    player.get_by_label("Speed").select_option("4")
    player.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(
        "() => Number(document.querySelector('.ab').dataset.index) >= 2"
    )
    # It may have come to its end by itself.
    player.evaluate("root => root.bucketsPlayer.pause()")
    assert_drawn(player, scene, index_of(player))


def draws_what_the_trace_says(player, scene):
    last = len(scene["moments"]) - 1
    for index in (last, 0, last // 2, last // 3, last - 1, 1):
        scrub(player, index)
        assert index_of(player) == index
        assert_drawn(player, scene, index)


def keeps_its_keys(notebook, player, scene):
    """The arrows step the player; the notebook would move its selection by them."""
    scrub(player, 0)
    # A click, as a learner's: it makes the cell of the player the active one.
    player.get_by_role("button", name="One step on").click()
    here, keyboard = notebook.active_cell(), notebook.page.keyboard
    player.focus()
    for key, index in [("ArrowRight", 2), ("ArrowRight", 3), ("ArrowLeft", 2)]:
        keyboard.press(key)
        assert index_of(player) == index
    keyboard.press("ArrowDown")
    keyboard.press("ArrowUp")
    keyboard.press("ArrowUp")
    assert notebook.active_cell() == here
    assert_drawn(player, scene, index_of(player))
    # Escape gives the keyboard back: now the same key does move the selection.
    keyboard.press("Escape")
    keyboard.press("ArrowDown")
    assert notebook.active_cell() == here + 1


def suits_both_themes(notebook, player, folder):
    seen = {}
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        name = theme.split()[1].lower()
        notebook.command("apputils:change-theme", theme=theme)
        notebook.page.wait_for_function(
            "name => document.querySelector('.ab').dataset.theme === name", arg=name
        )
        assert player.evaluate(CONTRAST) >= 4.5
        player.scroll_into_view_if_needed()
        notebook.page.screenshot(path=folder / f"lab_{name}.png")
        seen[name] = player.screenshot(path=folder / f"player_{name}.png")
    assert seen["light"] != seen["dark"]


# --- the report on an exercise --------------------------------------------------------


def test_a_failed_check_shows_the_report_and_the_moment(opened, tmp_path):
    notebook = opened("exercises/05_select/05_select.ipynb")
    notebook.write("serve_many", MISTAKE.read_text(encoding="utf-8"))
    notebook.run("imports", "turn_around", "serve_many", "check_serve_many")
    assert notebook.errors() == []
    report = notebook.page.get_by_label("Report on serve_many")
    said = report.inner_text()
    assert "M11" in said and "of 12 points" in said
    # Outputs come by another way than the word that the cell has run.
    player = notebook.page.locator(".ab")
    player.wait_for()
    scene = scene_in(notebook.pictures()[0])
    assert index_of(player) == scene["open"] > 0
    assert scene["moments"][scene["open"]]["k"] == "fault"
    assert_drawn(player, scene, scene["open"])
    report.scroll_into_view_if_needed()
    notebook.page.screenshot(path=tmp_path / "report.png")
    player.screenshot(path=tmp_path / "failure.png")


# --- nbgrader's parts -----------------------------------------------------------------


def solved(topic, cell):
    """The text of a cell in the solution of a topic."""
    cells = course.read_notebook(course.Topic(topic).solution)["cells"]
    return "".join(next(each["source"] for each in cells if each["id"] == cell))


def validated(notebook):
    """Press nbgrader's button; what its dialog says."""
    notebook.page.locator(".validate-button").click()
    dialog = notebook.page.locator(".jp-Dialog")
    dialog.wait_for()
    said = dialog.inner_text()
    dialog.get_by_role("button").last.click()
    dialog.wait_for(state="detached")
    return said


def test_validate_tells_right_from_wrong(opened):
    notebook = opened("exercises/00_start_here/00_start_here.ipynb")
    assert "fail" in validated(notebook).lower()
    notebook.write("greet", solved("00_start_here", "greet"))
    assert "success" in validated(notebook).lower()


def test_formgrader_and_assignment_list_answer(lab):
    assert "<title>nbgrader" in lab.ask("formgrader").lower()
    known = json.loads(lab.ask("formgrader/api/assignments"))
    assert "05_select" in [each["name"] for each in known]
    courses = json.loads(lab.ask("courses"))
    assert courses["success"], courses
    listed = json.loads(lab.ask("assignments?course_id=aisle_of_buckets"))
    assert listed["success"], listed


# --- the end --------------------------------------------------------------------------


def test_the_shutdown_leaves_no_process(lab):
    lab.ask("api/kernels", "POST")
    # The server, and a kernel beside it: what must be gone later is there now.
    until(lambda: len(lab.processes()) >= 2, "a kernel has started")
    lab.ask("api/shutdown", "POST")
    until(lab.are_gone, lambda: f"still there: {lab.processes()}\n{lab.log}")
