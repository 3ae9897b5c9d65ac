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

import nbformat
from nbclient import NotebookClient
from nbconvert.exporters import HTMLExporter
from traitlets.config import Config

from buckets import course

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
    body, _ = _exporter().from_notebook_node(
        notebook, {"metadata": {"name": _title(notebook, page.source.stem)}}
    )
    target = folder / page.place
    target.parent.mkdir(parents=True, exist_ok=True)
    body = _lead_on(_link_pages(_without_servers(body)), page)
    target.write_text(body, encoding="utf-8")
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
            config=_talk_in(private),
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


_FOLDS = """{% extends 'lab/index.html.j2' %}
{% block outputs %}
{%- if cell.metadata.get('buckets_fold') -%}
<details><summary class="jp-RenderedHTMLCommon"
 style="padding-left:calc(var(--jp-cell-prompt-width, 64px) + 22px)">
What the run says</summary>
{{ super() }}
</details>
{%- else -%}{{ super() }}{%- endif -%}
{% endblock outputs %}
"""


def _talk_in(folder: str) -> Config:
    """Speak to a kernel through sockets in a folder that nobody else may enter.

    Over TCP it warns that everybody on this machine could listen. And a socket's path
    must be short, which Jupyter's own folder need not be.
    """
    connection = str(Path(folder, "kernel.json"))
    return Config(KernelManager={"transport": "ipc", "connection_file": connection})


def _exporter() -> HTMLExporter:
    """An exporter whose pages ask nothing of any network."""
    return HTMLExporter(
        template_name="lab",
        raw_template=_FOLDS,
        require_js_url="",
        mathjax_url="",
        mermaid_js_url="",
        jupyter_widgets_base_url="",
        # Not embed_images: it mends each piece of HTML by itself, and so closes a
        # <details> before its text. Pictures in the course are data already.
    )


_NOTEBOOK_LINK = re.compile(
    r'href="(?:\.\./)?(?:(lessons|exercises)/)?([^":#]+)\.ipynb'
)


# Loaders of the template for what the course has none of: formulas and diagrams.
_LOADERS = re.compile(
    r'<script[^>]*src=""[^>]*>\s*</script>'
    r'|<script type="module">(?:(?!</script>).)*mermaid(?:(?!</script>).)*</script>',
    re.DOTALL,
)


def _without_servers(body: str) -> str:
    """The page without what would ask a server for more."""
    return _LOADERS.sub("", body)


def _link_pages(body: str) -> str:
    """Links between notebooks become links between pages."""

    def to_page(match: re.Match[str]) -> str:
        room, name = match.group(1), match.group(2).rpartition("/")[2]
        return f'href="../{room or "lessons"}/{name}.html'

    return _NOTEBOOK_LINK.sub(to_page, body)


_NAV = (
    '<nav aria-label="{where}" class="jp-RenderedHTMLCommon" style="padding-left:calc('
    'var(--jp-cell-prompt-width, 64px) + 22px)">{links}</nav>'
)
_BACK = '<a href="../index.html">The Aisle of Buckets: contents</a>'


def _lead_on(body: str, page: Page) -> str:
    """The page with ways back to the contents, and to the pages before and after it."""
    beside = _beside(page)
    top = _NAV.format(where="Contents", links=" · ".join([_BACK, *beside]))
    foot = _NAV.format(where="Before and after", links=" · ".join(beside))
    if "<html lang" not in body:
        body = body.replace("<html", '<html lang="en"', 1)
    body = re.sub(r"<body[^>]*>", lambda match: match[0] + top, body, count=1)
    return body.replace("</body>", f"{foot}</body>", 1)


def _beside(page: Page) -> list[str]:
    """Links to the pages before and after: a lesson, its exercise, the next lesson."""
    # By number; among equals the lesson comes first.
    order = sorted(pages(), key=lambda each: (each.source.stem, not each.run))
    places = [each.place for each in order]
    if page.place not in places:
        return []
    at = places.index(page.place)
    found = []
    for word, each in (
        ("before", order[at - 1 : at]),
        ("next", order[at + 1 : at + 2]),
    ):
        for other in each:
            title = html.escape(_title(nbformat.read(other.source, as_version=4), word))
            found.append(f'{word}: <a href="../{other.place}">{title}</a>')
    return found


def _title(notebook: nbformat.NotebookNode, otherwise: str) -> str:
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("# "):
            return str(cell.source.splitlines()[0].removeprefix("# ").strip())
    return otherwise
