"""A notebook as it was handed in, made fit to be graded.

In such a file anything may stand: it may be cut off, its check cells may be gone,
twice there or rewritten, its points edited, its cells tagged so that they are never
run. So nothing is believed but the text of the cells. What is graded, and for how many
points, comes from the release, as nbgrader's gradebook keeps it.
"""

from __future__ import annotations

import html
import os
import re
import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from buckets import course
from buckets.classroom import harmless

MOST_BYTES = 256 << 20
# Of the pictures that were pasted into one cell.
MOST_PICTURES = 8 << 20

Cell = dict[str, Any]

_ID = re.compile(r"[a-zA-Z0-9-_]{1,64}")


@dataclass(frozen=True)
class Master:
    """A cell of the release that a submission must hold as it was given.

    Args:
        grade_id: nbgrader's name of it.
        cell_type: code or markdown.
        source: its text in the release.
        grade, solution, locked, task: nbgrader's marks.
        points: what it is worth, if it is graded.
        checksum: nbgrader's, of the release.
    """

    grade_id: str
    cell_type: str
    source: str
    grade: bool = False
    solution: bool = False
    locked: bool = False
    task: bool = False
    points: float | None = None
    checksum: str | None = None

    @property
    def code(self) -> bool:
        return self.cell_type == "code"

    def fits(self, cell: Cell) -> bool:
        """True for a cell that is still what was given."""
        same = cell["source"] == self.source
        return same and cell["cell_type"] == self.cell_type

    def marks(self) -> dict[str, Any]:
        """nbgrader's metadata for it."""
        marks: dict[str, Any] = {
            "schema_version": 3,
            "grade_id": self.grade_id,
            "cell_type": self.cell_type,
            "grade": self.grade,
            "solution": self.solution,
            "locked": self.locked,
            "task": self.task,
        }
        if self.points is not None:
            marks["points"] = self.points
        if self.checksum is not None:
            marks["checksum"] = self.checksum
        return marks


# Reading ----------------------------------------------------------------------------


def read(path: Path) -> dict[str, Any]:
    """A submission's notebook, valid as nbformat wants it, whatever stood in the file.

    Raises:
        course.NotOfThisCourse: there is no notebook to be had; the text says why.
    """
    # A link would show the file it names: a solution, another learner's work.
    for folder in path.parents[:2]:
        if folder.is_symlink():
            raise course.NotOfThisCourse(f"The folder {folder.name} is a link.")
    if not _is_file(path):
        raise course.NotOfThisCourse(_no_such_file(path))
    if path.stat().st_size > MOST_BYTES:
        raise course.NotOfThisCourse(
            f"{path.name} is larger than {MOST_BYTES >> 20} MB. Clear its outputs "
            "(Edit, Clear Outputs of All Cells), save it, and hand it in again."
        )
    try:
        return tidy(course.read_notebook(path))
    except MemoryError:
        raise course.NotOfThisCourse(f"{path.name} does not fit into memory.") from None


def _is_file(path: Path) -> bool:
    """A file of its own: no link, no pipe, nothing whose reading would not end."""
    with suppress(OSError):
        return stat.S_ISREG(path.lstat().st_mode)
    return False


def take_copy(path: Path, to: Path, most: int = MOST_BYTES) -> None:
    """Copy a file of a submission; a link is not followed, and a pipe is not read.

    Args:
        path: the file, which need not be there.
        to: the copy.
        most: bytes; a larger one is left out.
    """
    quiet = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    with suppress(FileNotFoundError):
        if not _is_file(path) or path.stat().st_size > most:
            return
        with open(os.open(path, quiet), "rb") as source:
            to.write_bytes(source.read(most))


def _no_such_file(path: Path) -> str:
    if path.is_symlink() or path.exists():
        return f"{path.name} is no file of its own, but a link or something else."
    others = sorted(other.name for other in path.parent.glob("*.ipynb"))
    if not others:
        return f"There is no {path.name} among what was handed in."
    return (
        f"There is no {path.name} among what was handed in, but there is "
        f"{', '.join(others[:3])}. A notebook keeps the name it was given."
    )


def tidy(notebook: dict[str, Any]) -> dict[str, Any]:
    """The same cells in a valid notebook: no outputs, tags or stray metadata."""
    cells = [_tidy(cell) for cell in notebook["cells"] if isinstance(cell, dict)]
    _name(cells)
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        # Nothing of the submission's own: it might say of itself that it is excused.
        "metadata": {"language_info": {"name": "python"}, "buckets": {}},
        "cells": cells,
    }


def _tidy(cell: Cell) -> Cell:
    kind = cell.get("cell_type")
    if kind not in ("code", "markdown"):
        kind = "raw"
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    tidied = _cell(
        kind,
        _text(cell.get("source", "")),
        {"nbgrader": marks} if isinstance(marks, dict) else {},
        str(cell.get("id", "")),
    )
    if kind == "markdown":
        pictures = harmless.pictures(cell.get("attachments"), MOST_PICTURES)
        tidied |= {"attachments": pictures} if pictures else {}
        tidied["source"] = harmless.known_pictures(tidied["source"], pictures)
    return tidied


def _cell(kind: str, source: str, metadata: dict[str, Any], name: str = "") -> Cell:
    cell: Cell = {"cell_type": kind, "id": name, "metadata": metadata}
    cell["source"] = source
    if kind == "code":
        cell |= {"outputs": [], "execution_count": None}
    return cell


def _text(source: object) -> str:
    """A cell's source. Half a surrogate pair could not be written to a file again."""
    lines = source if isinstance(source, list) else [source]
    return "".join(map(str, lines)).encode(errors="replace").decode()


def _name(cells: list[Cell]) -> None:
    """Give a new id to each cell that has none, a bad one, or another cell's."""
    taken: set[str] = set()
    for number, cell in enumerate(cells):
        if not _ID.fullmatch(cell["id"]) or cell["id"] in taken:
            cell["id"] = f"cell-{number}-{len(taken)}"
        taken.add(cell["id"])


# Rebuilding -------------------------------------------------------------------------


@dataclass
class _Plan:
    """Which cell holds which master, and which masters follow which cell."""

    holders: dict[int, Master] = field(default_factory=dict)
    following: dict[int, list[Master]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def rebuild(notebook: dict[str, Any], masters: Iterable[Master]) -> list[str]:
    """Put the release's marks and locked cells back into a tidy notebook, in place.

    All else that the learner wrote stays and is run as ordinary cells, even where it
    was written into a check cell.

    Args:
        notebook: from tidy().
        masters: the release's cells in their order.

    Returns:
        What was done, in sentences for the learner.
    """
    cells = notebook["cells"]
    plan = _plan(cells, list(masters))
    rebuilt = [_restored(master) for master in plan.following.get(-1, [])]
    for index, cell in enumerate(cells):
        holder = plan.holders.get(index)
        cell["metadata"] = {"nbgrader": holder.marks()} if holder else {}
        if holder and cell["cell_type"] != holder.cell_type:
            cell = _cell(holder.cell_type, cell["source"], cell["metadata"], cell["id"])
        if not (holder and holder.locked) and cell["cell_type"] != "code":
            cell["source"] = harmless.text(cell["source"])
        rebuilt.append(cell)
        rebuilt += [_restored(master) for master in plan.following.get(index, [])]
    _name(rebuilt)
    notebook["cells"] = rebuilt
    return plan.notes


def _plan(cells: list[Cell], masters: list[Master]) -> _Plan:
    plan = _Plan()
    claims = _claims(cells)
    place = -1
    for master in masters:
        claimed = claims.get(master.grade_id, [])
        holder = _holder(master, cells, claimed)
        if holder is not None:
            plan.holders[holder] = master
            plan.notes += _type_note(master, cells[holder])
            place = holder
            continue
        place = claimed[-1] if claimed else place
        if master.grade or (master.locked and master.code):
            plan.following.setdefault(place, []).append(master)
            plan.notes.append(_lost_note(master, bool(claimed)))
    return plan


def _claims(cells: list[Cell]) -> dict[str, list[int]]:
    """For each name of nbgrader's, the cells that say they bear it."""
    claims: dict[str, list[int]] = {}
    for index, cell in enumerate(cells):
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if isinstance(name, str):
            claims.setdefault(name, []).append(index)
    return claims


def _holder(master: Master, cells: list[Cell], claimed: list[int]) -> int | None:
    """The cell that bears a master's marks; none, if it has to be put back.

    Copying a cell in JupyterLab copies its marks, so a learner's own code may well
    stand in a second "check cell". That is why the text decides.
    """
    if master.locked:
        claimed = [index for index in claimed if master.fits(cells[index])]
    return claimed[-1] if claimed else None


def _restored(master: Master) -> Cell:
    return _cell(master.cell_type, master.source, {"nbgrader": master.marks()})


def _type_note(master: Master, cell: Cell) -> list[str]:
    if cell["cell_type"] == master.cell_type:
        return []
    return [f"The cell {master.grade_id} was no {master.cell_type} cell any more."]


def _lost_note(master: Master, changed: bool) -> str:
    if not changed:
        return f"The cell {master.grade_id} was missing. It was put back."
    return (
        f"The cell {master.grade_id} was changed. It was put back as it was given; "
        "what you wrote in it stands above it."
    )


def note_cell(sentences: Iterable[str]) -> Cell:
    """A cell that tells the learner what the grader found."""
    lines = "\n".join(f"> - {html.escape(text)}" for text in sentences)
    return _cell(
        "markdown", f"> **From the grader**\n>\n{lines}", {}, "from-the-grader"
    )
