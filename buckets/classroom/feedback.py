"""Feedback pages as they are given back: whole without a network, and for the learner.

nbgrader writes them from what lies under autograded/, where the reports are. An
instructor reads those in Formgrader; here stands what a page leaves out of them.
"""

from __future__ import annotations

import glob
import re
from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbgrader.exchange.default import ExchangeReleaseFeedback

from buckets.classroom.nbgrader_hooks import SECRET
from buckets.report.html import without_logs

Resources = dict[str, Any]

# nbgrader's template asks a server for what sets formulas; the course has none.
_MATHJAX = re.compile(
    r"<!-- Load mathjax -->.*?<!-- End of mathjax configuration -->", re.DOTALL
)
_HTML = re.compile(r"<html(?![^>]*\blang=)", re.IGNORECASE)


class FeedbackExporter(HTMLExporter):
    """nbgrader's page for a learner, without what a learner should not be given."""

    def from_notebook_node(  # type: ignore[override]  # nbconvert's own, too
        self, nb: NotebookNode, resources: Resources | None = None, **more: Any
    ) -> tuple[str, Resources]:
        """The page, which asks nothing of any network."""
        page, found = super().from_notebook_node(nb, resources, **more)
        page = _MATHJAX.sub("", page)
        return _HTML.sub('<html lang="en"', page, count=1), found

    def _preprocess(
        self, nb: NotebookNode, resources: Resources
    ) -> tuple[NotebookNode, Resources]:
        """After nbgrader's own steps, which put the scores in."""
        nb, resources = super()._preprocess(nb, resources)
        place = resources.get("nbgrader", {})
        if "score" in place:
            # As in the table and in the export: points taken off leave none owing.
            place["score"] = max(0.0, place["score"])
        for cell in nb.cells:
            for output in cell.get("outputs", []):
                _leave_out_logs(output)
        return nb, resources


def _leave_out_logs(output: NotebookNode) -> None:
    data = output.get("data", {})
    if "text/html" in data:
        data["text/html"] = without_logs("".join(data["text/html"]))


class ReleaseFeedback(ExchangeReleaseFeedback):
    """nbgrader release_feedback, for whom it has an address.

    A submission that came otherwise has none, and would end it for all others.
    """

    src_path: str

    def copy_files(self) -> None:
        """One learner's page after the other."""
        for folder in sorted(glob.glob(self.src_path, include_hidden=True)):
            if all(Path(folder, name).is_file() for name in ("timestamp.txt", SECRET)):
                self.src_path = glob.escape(folder)
                super().copy_files()
            else:
                self.log.warning(
                    "%s was not handed in by the exchange, and stays here", folder
                )
