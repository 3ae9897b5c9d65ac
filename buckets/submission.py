"""What a learner hands in: tasks as opaque parcels, and the sources of the cells.

The outside carries parcels from one child to the next and never opens one: a parcel
is a pickle, and to open it is to run whatever its maker liked.
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


@dataclass
class Submission:
    """The tasks of one learner.

    Args:
        parcels: for each task that could be packed, its bytes.
        sources: the text of each cell by its label.
        problems: cells that raised, hung or ended the process.
        unpackable: for each task that could not be packed, why.
        fault: what went wrong on the grader's own side while the cells were run.
    """

    parcels: dict[str, bytes] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unpackable: dict[str, str] = field(default_factory=dict)
    fault: str = ""

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
        )
