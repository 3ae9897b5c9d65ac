"""The course as pages that open from a file, without network.

Lessons are executed, so every picture in the book is drawn from a run that has just
taken place. Exercises are shown as released, without answers. Nothing in the tree of
the course changes: notebooks are read, and pages are written elsewhere.
"""

from __future__ import annotations

import html
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import nbformat
from nbclient import NotebookClient
from nbconvert.exporters import HTMLExporter
from traitlets.config import Config

from buckets import course
from buckets.book import frame
from buckets.book.frame import anchor, steps
from buckets.book.outline import parts

CELL_SECONDS = 60


@dataclass(frozen=True)
class Page:
    """One notebook of the course and the page that it becomes.

    Args:
        source: the notebook.
        place: the page's path below the book's folder.
        run: whether its cells are executed.
    """

    source: Path
    place: str
    run: bool


def pages() -> list[Page]:
    """All lessons and exercises, by number."""
    lessons = sorted((course.root() / "lessons").glob("[0-9]*.ipynb"))
    exercises = sorted((course.root() / "exercises").glob("[0-9]*/[0-9]*.ipynb"))
    return [
        *(Page(path, f"lessons/{path.stem}.html", True) for path in lessons),
        *(Page(path, f"exercises/{path.stem}.html", False) for path in exercises),
    ]


def write_page(page: Page, folder: Path) -> Path:
    """Make one page.

    Raises:
        CellExecutionError: a cell of a lesson failed.
    """
    notebook = nbformat.read(page.source, as_version=4)
    if page.run:
        _execute(notebook)
        _fold_predicted(notebook)
    cells, _ = _exporter().from_notebook_node(notebook)
    body = f"{_where(page)}{_link_pages(cells)}{_beside(page)}"
    title = _title(notebook, page.source.stem)
    target = folder / page.place
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(frame.page(title, body, place=page.place), encoding="utf-8")
    return target


def _execute(notebook: nbformat.NotebookNode) -> None:
    # In a folder of its own: what a cell writes must not land in the course.
    with (
        tempfile.TemporaryDirectory(prefix="buckets-") as elsewhere,
        tempfile.TemporaryDirectory(prefix="buckets-") as private,
    ):
        NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            kernel_name="python3",
            resources={"metadata": {"path": elsewhere}},
            config=talk_in(private),
        ).execute()


# In a lesson, a cell that makes a prediction, and one that answers it.
_MADE = re.compile(r"^predict\.\w+(\(\))?\Z", re.MULTILINE)
_TOLD = re.compile(r"\bpredict\.\w+\.was\(")


def _fold_predicted(notebook: nbformat.NotebookNode) -> None:
    """Mark what the run of a prediction says: a page has it closed, to think first."""
    asked = False
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if _MADE.search(cell.source):
            # That nothing was predicted yet says little on a page.
            asked, cell.outputs = True, []
        elif asked:
            cell.metadata["buckets_fold"] = True
            asked = not _TOLD.search(cell.source)


_CELLS = """{% extends 'base/display_priority.j2' %}
{% block input %}
<div class="code">{{ cell.source | highlight_code(metadata=cell.metadata) }}</div>
{% endblock input %}
{% block outputs %}
{%- if cell.metadata.get('buckets_fold') -%}
<details><summary>What the run says</summary>
{{ super() }}
</details>
{%- else -%}{{ super() }}{%- endif -%}
{% endblock outputs %}
{% block execute_result %}{{ self.data_priority() }}{% endblock %}
{% block stream_stdout %}<pre class="out">{{ output.text | ansi2html }}</pre>
{% endblock %}
{% block stream_stderr %}<pre class="out err">{{ output.text | ansi2html }}</pre>
{% endblock %}
{% block traceback_line %}<pre class="out err">{{ line | ansi2html }}</pre>
{% endblock %}
{% block data_text %}<pre class="out">{{ output.data['text/plain'] | ansi2html }}</pre>
{% endblock %}
{% block data_html %}<div class="rich">{{ output.data['text/html'] }}</div>
{% endblock %}
{% block data_svg %}<div class="rich">{{ output.data['image/svg+xml'] }}</div>
{% endblock %}
{% block data_png %}<p><img alt="What the cell draws"
 src="data:image/png;base64,{{ output.data['image/png'] }}"></p>
{% endblock %}
{% block data_markdown %}
<div class="prose">{{ output.data['text/markdown'] | markdown2html }}</div>
{% endblock %}
{% block markdowncell %}
<div class="prose">{{ cell.source | markdown2html | named }}</div>
{% endblock markdowncell %}
"""


def talk_in(folder: str) -> Config:
    """Speak to a kernel through sockets in a folder that nobody else may enter.

    Over TCP it warns that everybody on this machine could listen, and whoever is quick
    may take a port between Jupyter's choice and the kernel's start.

    Args:
        folder: a private one, with a short path: that of a socket must be short, which
            Jupyter's own folder need not be.
    """
    connection = str(Path(folder, "kernel.json"))
    return Config(KernelManager={"transport": "ipc", "connection_file": connection})


def _exporter() -> HTMLExporter:
    """An exporter that gives what stands in a page's <main>, and no page around it."""
    # Not embed_images: it mends each piece of HTML by itself, and so closes a
    # <details> before its text. Pictures in the course are data already.
    exporter = HTMLExporter(raw_template=_CELLS, exclude_anchor_links=True)
    exporter.register_filter("named", _name_headings)
    return exporter


_NOTEBOOK_LINK = re.compile(
    r'href="(?:\.\./)?(?:(lessons|exercises)/)?([^":#]+)\.ipynb(#[^"]*)?"'
)
_HEADING = re.compile(r'<h([1-6])(?: id="[^"]*")?>(.*?)</h\1>', re.DOTALL)
_HERE = re.compile(r'href="#([^"]+)"')


def _link_pages(body: str) -> str:
    """Links between notebooks become links between pages."""

    def to_page(match: re.Match[str]) -> str:
        room, name = match[1], match[2].rpartition("/")[2]
        below = anchor(unquote(match[3] or ""))
        return (
            f'href="../{room or "lessons"}/{name}.html{"#" + below if below else ""}"'
        )

    body = _HERE.sub(lambda match: f'href="#{anchor(unquote(match[1]))}"', body)
    return _NOTEBOOK_LINK.sub(to_page, body)


def _name_headings(prose: str) -> str:
    """Each heading with an id that the search and the misconceptions know, too."""

    def named(match: re.Match[str]) -> str:
        name = anchor(html.unescape(re.sub(r"<[^>]+>", "", match[2])))
        return f'<h{match[1]} id="{name}">{match[2]}</h{match[1]}>'

    return _HEADING.sub(named, prose)


def _where(page: Page) -> str:
    """Which part of the course a page belongs to."""
    topic = page.source.stem
    part = next((p.name for p in parts() if topic in [e.topic for e in p.lessons]), "")
    words = f" · {html.escape(part)}" if part else ""
    return f'<p class="where"><a href="../index.html">The map</a>{words}</p>\n'


def _beside(page: Page) -> str:
    """Ways to the pages before and after: a lesson, its exercise, the next lesson."""
    # By number; among equals the lesson comes first.
    order = sorted(pages(), key=lambda each: (each.source.stem, not each.run))
    places = [each.place for each in order]
    if page.place not in places:
        return ""
    at = places.index(page.place)
    before = order[at - 1] if at else None
    after = order[at + 1] if at + 1 < len(order) else None
    return steps(_step(before), _step(after))


def _step(page: Page | None) -> tuple[str, str] | None:
    if page is None:
        return None
    notebook = nbformat.read(page.source, as_version=4)
    return f"../{page.place}", _title(notebook, page.source.stem)


def _title(notebook: nbformat.NotebookNode, otherwise: str) -> str:
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("# "):
            return str(cell.source.splitlines()[0].removeprefix("# ").strip())
    return otherwise
