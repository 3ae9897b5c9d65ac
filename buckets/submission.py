"""What a learner hands in: tasks as opaque parcels, and the sources of the cells.

The outside carries parcels from one child to the next and never opens one: a parcel
is a pickle, and to open it is to run whatever its maker liked. A task that cannot
travel so is made anew, by the notebook's cells, in the process that serves it.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# The kind of problem of a cell that nothing came after.
ENDED = "ended the notebook"
# The kind of problem of the cell from which on nothing was run.
LEFT_OUT = "was left out"


@dataclass(frozen=True)
class Problem:
    """A cell that did not run well. `kind` and `error` are the exception's."""

    cell: str
    kind: str
    error: str
    traceback: str = ""

    @property
    def sentence(self) -> str:
        """What happened."""
        how = (
            self.kind if self.kind in (ENDED, LEFT_OUT) else f"stopped with {self.kind}"
        )
        return f"{self.cell} {how}: {self.error}"


@dataclass(frozen=True)
class Note:
    """A line of a cell that was passed over, or a part of it: why it harms nobody."""

    cell: str
    line: int
    why: str

    @property
    def sentence(self) -> str:
        """What was done."""
        return f"{self.cell}, line {self.line}, was passed over: {self.why}."


@dataclass
class Cells:
    """A notebook's cells, to be run in the process that serves a task.

    Args:
        cells: label and source of each.
        above: for each task that is served so, how many of them are run.
        skip: labels of cells that ended the process; they are not run again.
        until: of a cell that never ended, how many of its statements are run.
        seconds: for each cell.
        folder: where the notebook lies; "" for where the child starts.
    """

    cells: list[dict[str, str]] = field(default_factory=list)
    above: dict[str, int] = field(default_factory=dict)
    skip: list[str] = field(default_factory=list)
    until: dict[str, int] = field(default_factory=dict)
    seconds: float = 5.0
    folder: str = ""

    def told(self, cells: list[dict[str, str]] | None = None) -> dict[str, Any]:
        """What a child is told: some of the cells, all by default."""
        return {
            "cells": self.cells if cells is None else cells,
            "skip": self.skip,
            "until": self.until,
            "seconds": self.seconds,
            "folder": self.folder,
        }


@dataclass
class Submission:
    """The tasks of one learner.

    Args:
        parcels: for each task that travels, its bytes.
        sources: the text of each cell by its label.
        problems: cells that raised, hung or ended the process.
        unpackable: for each task that does not travel, why.
        fault: what went wrong on the grader's own side while the cells were run.
        notes: lines that were passed over.
        late: tasks that are written only below their check cell.
        script: the cells, for tasks that do not travel.
    """

    parcels: dict[str, bytes] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unpackable: dict[str, str] = field(default_factory=dict)
    fault: str = ""
    notes: list[Note] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    script: Cells = field(default_factory=Cells)

    def has(self, task: str) -> bool:
        """Whether there is such a task to serve."""
        return task in self.parcels or task in self.script.above

    def brief(self, task: str) -> tuple[dict[str, Any], bytes]:
        """What a child is told to serve it, and the parcel, which may be empty."""
        if task in self.parcels:
            return {"folder": self.script.folder}, self.parcels[task]
        above = self.script.above[task]
        return self.script.told(self.script.cells[:above]), b""

    def why_missing(self, task: str) -> str:
        """Why there is nothing to test for `task`, in one sentence."""
        if task in self.unpackable:
            return f"{task} cannot be tested. {self.unpackable[task]}"
        if self.problems:
            return f"There is no {task}. {self._cause(task).sentence}"
        return (
            f"There is no {task} in this notebook. Was its cell run, and its name kept?"
        )

    def _cause(self, task: str) -> Problem:
        """The problem in the cell that defines a task; failing that, the first."""
        defines = re.compile(rf"\b(?:def|class)\s+{re.escape(task)}\b")
        there = [
            p for p in self.problems if defines.search(self.sources.get(p.cell, ""))
        ]
        return (there or self.problems)[0]

    def save(self, path: Path) -> None:
        """Write it as JSON for the process that grades."""
        document = {
            "parcels": {
                k: base64.b64encode(v).decode() for k, v in self.parcels.items()
            },
            "sources": self.sources,
            "problems": [vars(problem) for problem in self.problems],
            "unpackable": self.unpackable,
            "fault": self.fault,
            "notes": [vars(note) for note in self.notes],
            "late": self.late,
            "script": vars(self.script),
        }
        path.write_text(json.dumps(document))

    @classmethod
    def load(cls, path: Path) -> Submission:
        """Read what save() wrote."""
        document: dict[str, Any] = json.loads(path.read_text())
        parcels = document["parcels"].items()
        return cls(
            parcels={name: base64.b64decode(text) for name, text in parcels},
            sources=document["sources"],
            problems=[Problem(**problem) for problem in document["problems"]],
            unpackable=document["unpackable"],
            fault=document["fault"],
            notes=[Note(**note) for note in document["notes"]],
            late=document["late"],
            script=Cells(**document["script"]),
        )
