"""A notebook as it was handed in, made fit to be graded.

In such a file anything may stand: it may be cut off, its check cells may be gone,
twice there or rewritten, its points edited, its cells tagged so that they are never
run. So nothing is believed but the text of the cells. What is graded, and for how many
points, comes from the release, as nbgrader's gradebook keeps it.
"""

from __future__ import annotations

import html
import json
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from buckets import course, release, syntax
from buckets.classroom import harmless

MOST_BYTES = 256 << 20
# Of the pictures that were pasted into one cell, and into all of them: a page with 150
# MB of them opens in no browser.
MOST_PICTURES = 8 << 20
MOST_OF_ALL_PICTURES = 32 << 20
MOST_FILES = 200
# Links, folders and whatever else are in there, too; and how far below it is looked.
MOST_ENTRIES = 2000
DEPTH = 2
# Of a file that says when something was handed in, or holds a word.
MOST_WORD = 200
# The longest of the course has some sixty cells. nbgrader takes hours over a million.
MOST_CELLS = 1000
MOST_TEXT = 4 << 20
# In code and prose; a picture in a text of code is few words.
MOST_WORDS = 2 * syntax.MOST_WORDS
# Of the learner's prose that is shown. Some of it takes a reader of Markdown a time
# that grows with the square of its length.
MOST_PROSE = 100_000

Cell = dict[str, Any]

_WORD = re.compile(rb"[a-zA-Z0-9_-]+")
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
        """True for a cell that is still what was given, but for blanks at its ends."""
        same = cell["source"].strip() == self.source.strip()
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


def masters_of(given: release.Release) -> list[Master]:
    """The masters of a release, where there is no gradebook to ask."""
    return [
        Master(
            cell.grade_id,
            cell.cell_type,
            cell.source,
            grade=bool(cell.marks.get("grade")),
            solution=bool(cell.marks.get("solution")),
            locked=bool(cell.marks.get("locked")),
            task=bool(cell.marks.get("task")),
            points=cell.marks.get("points"),
        )
        for cell in given.cells
    ]


# Reading ----------------------------------------------------------------------------


def read(path: Path, topic: course.Topic | None = None) -> dict[str, Any]:
    """A submission's notebook, valid as nbformat wants it, whatever stood in the file.

    Args:
        path: where it should be.
        topic: what it should answer. Then another notebook beside it is taken, too,
            if it is the only one that does; taken() tells what it was called.

    Raises:
        course.NotOfThisCourse: there is no notebook to be had; the text says why.
    """
    try:
        notebook = _read(path)
        _refuse_another(path, notebook, topic)
        return notebook
    except course.NotOfThisCourse:
        others = _others(path, topic) if topic else []
        if len(others) != 1:
            raise
        name, notebook = others[0]
        notebook["metadata"]["buckets"] = {"taken": name}
        return notebook


def _read(path: Path) -> dict[str, Any]:
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
        notebook = tidy(_bounded(course.read_notebook(path), path.name))
    except MemoryError:
        raise course.NotOfThisCourse(f"{path.name} does not fit into memory.") from None
    notebook["metadata"]["buckets"].pop("taken", None)
    return notebook


def _bounded(notebook: dict[str, Any], name: str) -> dict[str, Any]:
    """The same, if it is of a size that somebody could have written."""
    cells = notebook["cells"]
    texts = [_text(cell.get("source", "")) for cell in cells if isinstance(cell, dict)]
    if len(cells) > MOST_CELLS:
        why = f"{len(cells):,} cells, and {MOST_CELLS:,} are the most"
    elif sum(map(len, texts)) > MOST_TEXT:
        why = f"more than {MOST_TEXT >> 20} MB of text"
    elif syntax.words("\n".join(texts)) > MOST_WORDS:
        why = f"more than {MOST_WORDS:,} words and signs"
    else:
        return notebook
    raise course.NotOfThisCourse(f"{name} is too long to be graded: it holds {why}.")


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
    data = _bytes_of(path, most)
    if data is not None:
        to.write_bytes(data)


def word_in(path: Path) -> str:
    """The one word that a file of a submission holds; "" if it holds anything else.

    Args:
        path: the file, which need not be there.
    """
    word = _bytes_of(path, MOST_WORD) or b""
    return word.decode() if _WORD.fullmatch(word) else ""


def own_word(path: Path) -> dict[str, Any]:
    """What a notebook says of itself in `metadata.buckets`: the learner's own word.

    Args:
        path: of the file, of which nothing more is believed than of any other.
    """
    data = _bytes_of(path, MOST_BYTES) or b""
    with suppress(course.NotOfThisCourse, LookupError, TypeError, AttributeError):
        told = course.parse_notebook(data, path.name)["metadata"]["buckets"]
        return told if isinstance(told, dict) else {}
    return {}


def _bytes_of(path: Path, most: int) -> bytes | None:
    quiet = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    with suppress(FileNotFoundError):
        if _is_file(path) and path.stat().st_size <= most:
            with open(os.open(path, quiet), "rb") as source:
                return source.read(most)
    return None


def taken(notebook: dict[str, Any]) -> list[str]:
    """A sentence, if a notebook was found under another name than it should bear."""
    name = notebook["metadata"].get("buckets", {}).get("taken", "")
    return [f"This was handed in as {name}. It was taken all the same."] if name else []


def _refuse_another(
    path: Path, notebook: dict[str, Any], topic: course.Topic | None
) -> None:
    """A notebook of another exercise is no wrong answer to this one."""
    found = course.recognised(notebook) if topic else None
    if topic and found and found != topic:
        raise course.NotOfThisCourse(
            f"{path.name} holds another exercise: this is {found.name}, and "
            f"{topic.name} was to be handed in."
        )


def _others(path: Path, topic: course.Topic) -> list[tuple[str, dict[str, Any]]]:
    """Other notebooks in the same folder that answer the topic; copies count once."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    left = MOST_BYTES
    for other in files_in(path.parent):
        left -= other.stat().st_size
        if other == path or left < 0 or len(found) > 1:
            continue
        with suppress(course.NotOfThisCourse):
            notebook = _read(other)
            if course.recognised(notebook) == topic:
                texts = json.dumps([cell["source"] for cell in notebook["cells"]])
                found.setdefault(texts, (other.name, notebook))
    return list(found.values())


def files_in(folder: Path) -> list[Path]:
    """The files of a submission that may be a notebook, whatever they are called."""
    found = islice(_below(folder, DEPTH), MOST_ENTRIES)
    files = (
        Path(entry)
        for entry in found
        if entry.is_file(follow_symlinks=False) and not entry.name.startswith("._")
    )
    return sorted(_small_enough(islice(filter(_may_be_notebook, files), MOST_FILES)))


def _small_enough(files: Iterable[Path]) -> Iterator[Path]:
    """The smallest of them, as many as are read and copied of one submission."""
    left = 2 * MOST_BYTES
    for size, path in sorted((path.lstat().st_size, path) for path in files):
        left -= size
        if left >= 0:
            yield path


def _below(folder: Path, depth: int) -> Iterator[os.DirEntry[str]]:
    """What is in it, nearest first; no link is followed, for it may lead anywhere."""
    folders = []
    with suppress(OSError), os.scandir(folder) as found:
        for entry in found:
            yield entry
            if depth and entry.is_dir(follow_symlinks=False):
                folders.append(Path(entry))
    for below in folders:
        if below.name != ".ipynb_checkpoints":
            yield from _below(below, depth - 1)


def _may_be_notebook(path: Path) -> bool:
    """By its name; else, because names get lost, by its first byte that is no blank."""
    if ".ipynb" in path.name.lower():
        return True
    if path.suffix.lower() not in ("", ".json", ".txt"):
        return False
    with suppress(OSError), path.open("rb") as file:
        return file.read(64).strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"{")
    return False


def _no_such_file(path: Path) -> str:
    if path.is_symlink() or path.exists():
        return f"{path.name} is no file of its own, but a link or something else."
    others = [other.name for other in files_in(path.parent)]
    if not others:
        return f"There is no {path.name} among what was handed in."
    return (
        f"There is no {path.name} among what was handed in, but there is "
        f"{', '.join(others[:3])}. A notebook keeps the name it was given."
    )


def tidy(notebook: dict[str, Any]) -> dict[str, Any]:
    """The same cells in a valid notebook: no outputs, tags or stray metadata."""
    cells, left = [], MOST_OF_ALL_PICTURES
    for cell in notebook["cells"]:
        if isinstance(cell, dict):
            cells.append(_tidy(cell, min(left, MOST_PICTURES)))
            left -= _size_of_pictures(cells[-1])
    _name(cells)
    version = course.written_with(notebook)[:20]
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        # Nothing else of its own: it might say of itself that it is excused.
        "metadata": {
            "language_info": {"name": "python", "version": version},
            "buckets": {},
        },
        "cells": cells,
    }


def _size_of_pictures(cell: Cell) -> int:
    kinds = cell.get("attachments", {}).values()
    return sum(len(data) for kind in kinds for data in kind.values())


def _tidy(cell: Cell, pictures: int) -> Cell:
    kind = cell.get("cell_type")
    if kind not in ("code", "markdown"):
        kind = "raw"
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    tidied = _cell(
        kind,
        _text(cell.get("source", "")).replace("\r\n", "\n"),
        {"nbgrader": marks} if isinstance(marks, dict) else {},
        str(cell.get("id", "")),
    )
    if kind == "markdown":
        kept = harmless.pictures(cell.get("attachments"), pictures)
        tidied |= {"attachments": kept} if kept else {}
        tidied["source"] = harmless.known_pictures(tidied["source"], kept)
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
    cells, masters = notebook["cells"], list(masters)
    notes = list(_code_again(cells, masters))
    plan = _plan(cells, masters)
    plan.notes[:0] = notes
    rebuilt = [_restored(master) for master in plan.following.get(-1, [])]
    left = MOST_PROSE
    for index, cell in enumerate(cells):
        holder = plan.holders.get(index)
        cell["metadata"] = {"nbgrader": holder.marks()} if holder else {}
        if holder and cell["cell_type"] != holder.cell_type:
            cell = _cell(holder.cell_type, cell["source"], cell["metadata"], cell["id"])
        if not (holder and holder.locked) and cell["cell_type"] != "code":
            cell["source"] = harmless.text(cell["source"], left)
            left = max(0, left - len(cell["source"]))
        rebuilt.append(cell)
        rebuilt += [_restored(master) for master in plan.following.get(index, [])]
    _name(rebuilt)
    notebook["cells"] = rebuilt
    return plan.notes


def _code_again(cells: list[Cell], masters: list[Master]) -> Iterator[str]:
    """Turn a text cell that defines a task back into code, if no other cell does.

    A key that is hit by mistake makes text of a cell. One that bears a mark is known
    by that; this is for those that bear none.
    """
    tasks = {task for one in masters if (task := course.checked_task(one.source))}
    for cell in cells:
        if cell["cell_type"] == "code":
            tasks -= set(course.defined_in(cell["source"]))
    for cell in cells:
        if cell["cell_type"] == "code" or cell["metadata"].get("nbgrader"):
            continue
        found = tasks & set(course.defined_in(cell["source"]))
        if found and _is_python(cell["source"]):
            cell |= {"cell_type": "code", "outputs": [], "execution_count": None}
            yield f"The cell that defines {min(found)} was no code cell any more."


def _is_python(text: str) -> bool:
    try:
        syntax.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


def _plan(cells: list[Cell], masters: list[Master]) -> _Plan:
    plan = _Plan()
    claims = _claims(cells, masters)
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
            where = place if claimed else _behind_the_answer(master, cells, place)
            plan.following.setdefault(where, []).append(master)
            plan.notes.append(_lost_note(master, bool(claimed)))
    return plan


def _claims(cells: list[Cell], masters: list[Master]) -> dict[str, list[int]]:
    """For each name of nbgrader's, the cells that bear it, or that it is lost from.

    Some programs save no metadata. Then a cell is known by its text.
    """
    claims: dict[str, list[int]] = {}
    for index, cell in enumerate(cells):
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if isinstance(name, str):
            claims.setdefault(name, []).append(index)
    for master in masters:
        if master.grade_id not in claims and master.locked and master.source.strip():
            nameless = [i for i, cell in enumerate(cells) if master.fits(cell)]
            if nameless:
                claims[master.grade_id] = nameless
    return claims


def _holder(master: Master, cells: list[Cell], claimed: list[int]) -> int | None:
    """The cell that bears a master's marks; none, if it has to be put back.

    Copying a cell in JupyterLab copies its marks, so a learner's own code may well
    stand in a second "check cell". That is why the text decides.
    """
    if master.locked:
        claimed = [index for index in claimed if master.fits(cells[index])]
    return claimed[-1] if claimed else None


def _behind_the_answer(master: Master, cells: list[Cell], place: int) -> int:
    """Where to put a check cell back: its task is what was defined last."""
    task = course.checked_task(master.source) if master.grade else None
    defining = [
        index
        for index, cell in enumerate(cells)
        if cell["cell_type"] == "code" and task in course.defined_in(cell["source"])
    ]
    return max([place, *defining])


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
    """A cell that tells the learner what the grader found.

    The name of a file may stand in it, and be written as a link.
    """
    lines = "\n".join(f"> - {_literal(text)}" for text in sentences)
    return _cell(
        "markdown", f"> **From the grader**\n>\n{lines}", {}, "from-the-grader"
    )


def _literal(text: str) -> str:
    """One line of Markdown in which no link, picture or tag begins."""
    plain = harmless.text(html.escape(" ".join(text.split())))
    return re.sub(r"[\[\]!]", r"\\\g<0>", plain)


def as_graded(
    topic: course.Topic, notebook: dict[str, Any]
) -> tuple[course.Script, list[str]]:
    """What `buckets grade` would run of a notebook, where there is no gradebook.

    Args:
        topic: what it answers.
        notebook: its JSON, however it was handed in.

    Returns:
        The script, whose cells bear the numbers of that notebook; and what had to be
        put back.
    """
    given = release.of(topic)
    whole = tidy(notebook)
    code = [cell["id"] for cell in whole["cells"] if cell["cell_type"] == "code"]
    numbers = {name: number for number, name in enumerate(code, start=1)}
    notes = rebuild(whole, masters_of(given))
    return course.script(topic, whole, given.opening, numbers), notes
