"""The player in a page that treats an output as VS Code's notebook does.

Read off VS Code 1.139 (its built-in renderer and the page that it shows): the HTML is
set by innerHTML, so that no script of it runs; then every script, data too, is made
anew, put at the end of the output and taken out again. Keys that nobody stops reach
the notebook: an arrow leaves the output, Enter edits the cell, letters are commands.
"""

import made_traces
import pytest
from drawn import DRAWN, expected, scene_in, scrub

from buckets.pictures.aisle.aisle import replay

PAGE = """<div class="widgetarea" id="container"></div>
<style>
  @layer vscode-default {
    body { background-color: transparent; color: var(--vscode-editor-foreground);
      font-family: var(--vscode-font-family); margin: 0; padding: 0 20px; }
    img, video { max-width: 100%; max-height: 100%; }
    code { color: var(--vscode-textPreformat-foreground); padding: 1px 3px; }
  }
  html { background: var(--vscode-editor-background); }
</style>
<script>
  // What a setting adds to the page: notebook.experimental.enableCsp.
  const policy = document.createElement("meta");
  policy.httpEquiv = "Content-Security-Policy";
  policy.content = "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval';" +
    "style-src 'unsafe-inline'; img-src https: http: data:; font-src https:";
  document.head.append(policy);

  const COLOURS = { light: ["#ffffff", "#3b3b3b"], dark: ["#1f1f1f", "#cccccc"] };
  function theme(name) {
    const [ground, ink] = COLOURS[name], set = document.documentElement.style;
    set.setProperty("--vscode-editor-background", ground);
    set.setProperty("--vscode-editor-foreground", ink);
    set.setProperty("--vscode-font-family", "system-ui, sans-serif");
    document.body.className = `vscode-${name}`;
    document.body.dataset.vscodeThemeKind = `vscode-${name}`;
  }

  function render(html) {
    const output = document.createElement("div"), inner = document.createElement("div");
    output.className = "output remove-padding";
    output.tabIndex = -1;
    document.getElementById("container").append(output);
    inner.innerHTML = html;
    output.append(inner);
    for (const old of [...inner.getElementsByTagName("script")]) {
      const made = document.createElement("script");
      made.text = old.innerText;
      if (old.getAttribute("type")) made.setAttribute("type", old.type);
      inner.appendChild(made).parentNode.removeChild(made);
    }
  }

  const reached = [];
  window.addEventListener("keydown", (event) => reached.push(event.key));
  theme("light");
</script>"""


def picture():
    sources = {"serve_many": made_traces.SOURCE}
    return replay(made_traces.spinning(), sources=sources).html


@pytest.fixture
def rendered(visit):
    """A notebook page of VS Code that shows these outputs."""

    def open_page(*outputs):
        page = visit(PAGE)
        for html in outputs:
            page.evaluate("html => render(html)", html)
        return page

    return open_page


def test_the_player_starts_and_draws_the_trace(rendered):
    html = picture()
    page, scene = rendered(html), scene_in(html)
    player = page.locator(".ab")
    last = len(scene["moments"]) - 1
    for index in (last, 0, last // 2):
        scrub(player, index)
        assert player.evaluate(DRAWN) == expected(scene, scene["moments"][index]["t"])


def test_an_output_that_comes_later_starts_too_and_none_starts_twice(rendered):
    page = rendered(picture(), picture())
    first = page.locator(".ab").first
    scrub(first, 2)
    page.evaluate("html => render(html)", picture())
    assert page.locator(".ab[data-on]").count() == 3
    assert page.locator(".ab .ab-controls").count() == 3
    assert first.get_attribute("data-index") == "2"


@pytest.mark.parametrize(
    "inside",
    [
        ".ab",
        "input[type=range]",
        '[data-act="next"]',
        ".ab-code pre",
        "select",
        "summary >> nth=-1",
    ],
)
def test_the_notebook_hears_no_key_of_the_player(rendered, inside):
    page = rendered(picture())
    for key in ["ArrowDown", "ArrowUp", "PageDown", "Enter", " ", "d", "a", "Delete"]:
        page.locator(inside).focus()
        page.keyboard.press(key)
    assert page.evaluate("reached") == []


def test_the_notebook_hears_its_chords_and_the_way_out(rendered):
    page = rendered(picture())
    page.locator('[data-act="next"]').focus()
    for key in ["F1", "Control+k", "Tab"]:
        page.keyboard.press(key)
    assert page.evaluate("reached") == ["F1", "Control", "k", "Tab"]
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("reached")[4:] == ["ArrowDown"]


def test_enter_presses_the_button_and_the_arrows_move_the_slider(rendered):
    page = rendered(picture())
    player = page.locator(".ab")
    scrub(player, 0)
    page.locator('[data-act="next"]').focus()
    page.keyboard.press("Enter")
    assert player.get_attribute("data-index") == "1"
    page.locator("input[type=range]").focus()
    page.keyboard.press("ArrowUp")
    assert player.get_attribute("data-index") == "2"
    page.keyboard.press("ArrowDown")
    assert player.get_attribute("data-index") == "1"


def test_the_theme_is_followed(rendered):
    page = rendered(picture())
    player, body = page.locator(".ab"), page.locator(".ab-body")
    ground = "node => getComputedStyle(node).backgroundColor"
    assert player.get_attribute("data-theme") == "light"
    assert body.evaluate(ground) == "rgb(255, 255, 255)"
    page.evaluate("theme('dark')")
    page.wait_for_selector('.ab[data-theme="dark"]')
    assert body.evaluate(ground) == "rgb(31, 31, 31)"
