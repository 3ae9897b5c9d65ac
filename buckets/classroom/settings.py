"""Settings that nbgrader_config.py shares with the demo and with tests.

Names only, no imports: JupyterLab reads them at every start.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

_OURS = "buckets.classroom.nbgrader_hooks."
_STOCK = "nbgrader.preprocessors."


def use_real_sockets(c: Any) -> None:
    """Let nbgrader mark this course's exercises.

    Args:
        c: nbgrader's configuration.
    """
    c.Autograde.exporter_class = _OURS + "SubmissionExporter"
    c.Autograde.pre_convert_hook = _OURS + "expect_notebook"
    c.Autograde.sanitize_preprocessors = [
        _OURS + "RebuildCells",
        _STOCK + "ClearOutput",
        _STOCK + "DeduplicateIds",
        _STOCK + "OverwriteKernelspec",
        _STOCK + "OverwriteCells",
        _STOCK + "CheckCellMetadata",
    ]
    # MarkTasks stands where Execute stood.
    c.Autograde.autograde_preprocessors = [
        _OURS + "MarkTasks",
        _STOCK + "IgnorePattern",
        _STOCK + "LimitOutput",
        _STOCK + "SaveAutoGrades",
        _OURS + "AskForReview",
        _STOCK + "AssignLatePenalties",
        _STOCK + "CheckCellMetadata",
    ]
    c.GenerateFeedback.exporter_class = "buckets.classroom.feedback.FeedbackExporter"
    c.ExchangeFactory.release_feedback = "buckets.classroom.feedback.ReleaseFeedback"
    c.ExportApp.plugin_class = _OURS + "CsvExport"
    # For Validate, which runs a notebook in a kernel: a server that fails every test
    # takes longer than the 30 seconds that a cell is given.
    c.Execute.timeout = 300


def start_kindly(c: Any) -> None:
    """What stands in a released exercise where the solution was.

    It imports, and a check of it says in so many words that nothing is there yet.

    Args:
        c: nbgrader's configuration.
    """
    stub = (
        "# Your code goes here, in place of the next line.\n"
        'raise NotImplementedError("this is not written yet")'
    )
    c.ClearSolutions.code_stub = {"python": stub}


def find_own_commands() -> None:
    """Put the environment's commands first on PATH.

    nbgrader calls alembic by its bare name when it makes a gradebook. Where that is
    not found, it leaves a half-made one behind, on which the next run succeeds.
    """
    bin_folder = str(Path(sys.prefix) / "bin")
    path = os.environ.get("PATH", "").split(os.pathsep)
    if path[0] != bin_folder:
        os.environ["PATH"] = os.pathsep.join([bin_folder, *path])
