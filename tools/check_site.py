"""The book as a reader has it, in a browser without network:  make site-check

    python tools/check_site.py [FOLDER] [--only WORD] [--pictures FOLDER]

FOLDER is what `make book` wrote (by default book/). Each page is opened from its file,
in the light theme on a screen of 400 pixels, and in the dark one on 1,400. Said is

    what a page asks of any network, what it cannot find, and which script fails
    a link or a place of the search that leads nowhere
    a page that is wider than its screen
    what axe-core, a checker of accessibility, finds against WCAG 2.2, levels A and AA
    a search, a fold and the skip link that do not work from the keyboard

axe-core comes in a package, with the version in tools/site.txt, from the index that
pip is set up for here. It takes some minutes, so it is no part of `make test`.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "tools" / "site.txt"
# Marks above a slider: they lie where their moments lie, as close as those do. The
# slider and the buttons below it lead to the same moments, and are large enough.
ALSO_REACHED = (("target-size", "ab-pin"),)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Each theme once and each width once: colours do not hang on the width.
LOOKS = (("light", 400), ("dark", 1400))
HEIGHT = 900
# Code has thousands of words and some twenty colours: a block that brings no new one is
# left out, or a long exercise would take a minute.
LOOK = """async (rules) => {
  const seen = new Set();
  for (const block of document.querySelectorAll(".code")) {
    const colours = [...block.querySelectorAll("span")].map((word) => word.className);
    if (seen.size && colours.every((one) => seen.has(one))) block.dataset.alike = "";
    for (const one of colours) seen.add(one);
  }
  const found = await axe.run({ exclude: ["[data-alike]"] }, {
    runOnly: { type: "tag", values: rules },
    resultTypes: ["violations"], preload: false,
  });
  return found.violations.map(({ id, help, nodes }) => ({
    id, help, nodes: nodes.map(({ target, failureSummary, html }) =>
      ({ target: target.join(" "), why: failureSummary, html: html.slice(0, 160) })),
  }));
}"""


@dataclass
class Found:
    """What is wrong, by kind, with the places where it is."""

    problems: list[str] = field(default_factory=list)
    rules: Counter[str] = field(default_factory=Counter)

    def add(self, place: str, text: str) -> None:
        """One more, told at once."""
        self.problems.append(f"{place}: {text}")
        print(f"  {self.problems[-1]}", flush=True)


def main() -> int:
    """0 when nothing is wrong with the book."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "book")
    parser.add_argument("--pictures", type=Path, help="where to keep a picture of each")
    parser.add_argument("--only", default="", help="open these: a part of their paths")
    args = parser.parse_args()
    places = sorted(path for path in args.folder.rglob("*.html"))
    if not places:
        parser.error(f"{args.folder} holds no page. Write the book with: make book")
    found = Found()
    follow_links(args.folder, places, found)
    places = [path for path in places if args.only in str(path)]
    with tempfile.TemporaryDirectory(prefix="site-") as made, sync_playwright() as play:
        axe = axe_core(Path(made))
        browser = play.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox"]
        )
        for theme, width in LOOKS:
            look_at_all(browser, args, places, (theme, width, axe), found)
        by_keyboard(browser, args.folder, found)
        browser.close()
    print(f"{len(places)} pages looked at, {len(found.problems)} things found")
    for rule, times in found.rules.most_common():
        print(f"  {rule}: {times}")
    return int(bool(found.problems))


def chromium() -> str:
    """The browser's program; $CHROMIUM overrules.

    Raises:
        SystemExit: there is none.
    """
    path = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    if path is None:
        raise SystemExit(
            "make site-check needs Chromium: python tools/setup.py --system "
            "(`buckets doctor` says what else is missing)"
        )
    return path


def axe_core(folder: Path) -> str:
    """The checker's script."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*command, "--target", folder, "-r", TOOLS], check=True)
    [script] = folder.rglob("axe.min.js")
    return script.read_text(encoding="utf-8")


# Pages in a browser -----------------------------------------------------------------


def look_at_all(
    browser: Browser,
    args: argparse.Namespace,
    places: list[Path],
    with_what: tuple[str, int, str],
    found: Found,
) -> None:
    """Open every page with one theme and one width."""
    theme, width, axe = with_what
    context = browser.new_context(
        color_scheme=theme,  # type: ignore[arg-type]
        viewport={"width": width, "height": HEIGHT},
        offline=True,
        # Steps of a replay move; what moves has another colour for a moment.
        reduced_motion="reduce",
    )
    for number, path in enumerate(places, 1):
        name = str(path.relative_to(args.folder))
        if number % 10 == 0:
            told = f"{number} of {len(places)} pages, {theme}, {width} pixels"
            print(f"  {told} ...", flush=True)
        page = context.new_page()
        listen(page, name, found)
        page.goto(path.resolve().as_uri())
        look_at(page, f"{name} ({theme}, {width})", found)
        check(page, f"{name} ({theme}, {width})", axe, found)
        if args.pictures:
            keep(page, args.pictures / f"{theme}-{width}-{name.replace('/', '-')}.png")
        page.close()
    context.close()


def listen(page: Page, name: str, found: Found) -> None:
    """Hear of what a page asks for, and of what fails in it."""

    def asked(request: Any) -> None:
        if urlsplit(request.url).scheme not in ("file", "data", "blob"):
            found.add(name, f"asks {request.url}")

    page.on("request", asked)
    page.on("requestfailed", lambda one: found.add(name, f"has no {one.url}"))
    page.on("pageerror", lambda error: found.add(name, f"a script fails: {error}"))


def look_at(page: Page, name: str, found: Found) -> None:
    """It is as wide as its screen, with every fold open, too."""
    page.evaluate(
        "for (const one of document.querySelectorAll('details')) one.open = 1"
    )
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if wide > 0:
        found.add(name, f"is {wide} pixels wider than the screen")


def check(page: Page, name: str, axe: str, found: Found) -> None:
    """What the checker says of a page."""
    page.evaluate(axe)
    for violation in page.evaluate(LOOK, RULES):
        rule = violation["id"]
        for node in violation["nodes"]:
            if any(
                rule == each and mark in node["html"] for each, mark in ALSO_REACHED
            ):
                continue
            found.rules[rule] += 1
            why = " ".join(node["why"].split())
            found.add(name, f"{rule}: {node['target']}: {why} {node['html']}")


def keep(page: Page, target: Path) -> None:
    """A picture of the whole page."""
    target.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=target, full_page=True)


# The keyboard -----------------------------------------------------------------------


def by_keyboard(browser: Browser, folder: Path, found: Found) -> None:
    """Skip to the text, search, go to what was found, unfold: without a mouse."""
    page = browser.new_page(offline=True)
    page.goto((folder / "index.html").resolve().as_uri())
    page.keyboard.press("Tab")
    if page.evaluate("document.activeElement.className") != "skip":
        found.add("index.html", "Tab does not come to the skip link first")
    page.keyboard.press("Enter")
    if not page.url.endswith("#text"):
        found.add("index.html", "the skip link does not lead to the text")
    page.locator("#ask").focus()
    page.keyboard.type("head-of-line blocking")
    page.wait_for_selector("#found a")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    with suppress(TimeoutError):
        # The skip link has given this page's own address a #, too.
        page.wait_for_url(lambda url: "/index.html" not in url)
    if "the_queue" not in page.url and "glossary" not in page.url:
        found.add("index.html", f"the search leads to {page.url}")
    page.goto((folder / "index.html").resolve().as_uri())
    page.locator("summary").first.focus()
    page.keyboard.press("Space")
    if not page.evaluate("document.activeElement.parentElement.open"):
        found.add("index.html", "a fold does not open from the keyboard")
    page.close()


# Links ------------------------------------------------------------------------------


class Reader(HTMLParser):
    """The links of a page, and the places in it that a link may lead to."""

    def __init__(self, text: str):
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what it names."""
        told = dict(attrs)
        if told.get("id"):
            self.ids.append(str(told["id"]))
        for name in ("href", "src"):
            if told.get(name):
                self.links.append(str(told[name]))


def follow_links(folder: Path, places: list[Path], found: Found) -> None:
    """Whatever a page or the search links to is there, to the very heading."""
    read = {path.resolve(): Reader(path.read_text(encoding="utf-8")) for path in places}
    for path, page in read.items():
        name = str(path.relative_to(folder.resolve()))
        for link in dict.fromkeys(page.links):
            if not leads_somewhere(path, link, read):
                found.add(name, f"the link {link} leads nowhere")
        twice = [one for one, times in Counter(page.ids).items() if times > 1]
        if twice:
            found.add(name, f"has two places with the same name: {', '.join(twice)}")
    for link in searched(folder):
        if not leads_somewhere(folder.resolve() / "index.html", link, read):
            found.add("the search", f"{link} leads nowhere")


def searched(folder: Path) -> Iterator[str]:
    """The places that the search knows."""
    text = (folder / "assets" / "words.js").read_text(encoding="utf-8")
    yield from dict.fromkeys(re.findall(r'"place": "([^"]+)"', text))


def leads_somewhere(path: Path, link: str, read: dict[Path, Reader]) -> bool:
    """Whether a link ends in a file, at a place in it; foreign ones are believed."""
    parts = urlsplit(link)
    if parts.scheme in ("http", "https", "data", "mailto"):
        return True
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_file():
        return False
    within = unquote(parts.fragment)
    return not within or target not in read or within in read[target].ids


if __name__ == "__main__":
    sys.exit(main())
