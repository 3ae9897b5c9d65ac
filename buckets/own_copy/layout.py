"""Lay the course out in a folder, and bring a newer one without touching any work.

Beside the files lies a list of them as they were given. A file that still is what was
given may be replaced; one that a learner has changed may not, so a newer version of it
is put beside it. A notebook counts as changed when a cell of it was: outputs, and the
numbers of executions, are no work.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from buckets import course
from buckets.own_copy import CannotCopy

Fate = Literal["new", "replaced", "unchanged", "beside", "kept"]


@dataclass(frozen=True)
class Laid:
    """What became of one file.

    `fate` is new, replaced, unchanged, kept (changed by the learner, and no newer one
    is there) or beside (changed by the learner, and the newer one lies at `path`).
    """

    path: Path
    fate: Fate


def lay_out(folder: Path) -> list[Laid]:
    """Lay the course out in an empty or new folder.

    Args:
        folder: made if need be.

    Raises:
        CannotCopy: something else lies there, or the package brings no course along.
    """
    if (folder / course.LAID_OUT).is_file():
        raise CannotCopy(
            f"The course lies in {folder} already. To bring it up to date: "
            f"buckets update {folder}"
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CannotCopy(f"{folder} is not empty. Name a folder that is, or a new one.")
    return _bring(folder, {})


def update(folder: Path) -> list[Laid]:
    """Bring a folder up to what the installed package holds.

    Args:
        folder: one that lay_out() made, or one inside of it.

    Returns:
        What became of each file, by path.

    Raises:
        CannotCopy: nothing was ever laid out there.
    """
    inside = (folder.resolve(), *folder.resolve().parents)
    made = [each for each in inside if (each / course.LAID_OUT).is_file()]
    if not made:
        raise CannotCopy(
            f"{folder} is no folder that buckets start has made. In a clone, git pull "
            "brings the newest course."
        )
    return _bring(made[0], _given(made[0]))


def _bring(folder: Path, given: dict[str, str]) -> list[Laid]:
    if not course.SHIPPED.is_dir():
        raise CannotCopy(
            "This copy of the package brings no course along. In a clone the course is "
            "there already: make lab opens it."
        )
    fates = [_place(folder, inner, given.get(str(inner), "")) for inner in _shipped()]
    _remember(folder)
    return fates


def _shipped() -> Iterator[Path]:
    for path in sorted(course.SHIPPED.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(course.SHIPPED)


def _place(folder: Path, inner: Path, given: str) -> Laid:
    source, target = course.SHIPPED / inner, folder / inner
    newest = fingerprint(source)
    if not target.exists():
        _copy(source, target)
        return Laid(inner, "new")
    present = fingerprint(target)
    if present == newest:
        return Laid(inner, "unchanged")
    if present == given:
        _copy(source, target)
        return Laid(inner, "replaced")
    if newest == given:
        return Laid(inner, "kept")
    beside = inner.with_name(f"{inner.stem}.newer{inner.suffix}")
    _copy(source, folder / beside)
    return Laid(beside, "beside")


def _copy(source: Path, target: Path) -> None:
    """Whole or not at all: a full disk leaves the former file as it was."""
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}.half")
    try:
        shutil.copyfile(source, half)
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)


def fingerprint(path: Path) -> str:
    """What a file holds, in short; of a notebook its cells without their outputs."""
    data = path.read_bytes()
    if path.suffix == ".ipynb":
        # A notebook that cannot be read is told by its bytes: it is somebody's work.
        with suppress(ValueError, TypeError, KeyError, AttributeError):
            cells = json.loads(data)["cells"]
            told = [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
            data = json.dumps(told).encode()
    return hashlib.sha256(data).hexdigest()


def _given(folder: Path) -> dict[str, str]:
    try:
        found = json.loads((folder / course.LAID_OUT).read_text(encoding="utf-8"))
        return {str(name): str(print_) for name, print_ in found.items()}
    except (OSError, ValueError, AttributeError):
        # Without the list every changed file counts as the learner's: nothing is lost.
        return {}


def _remember(folder: Path) -> None:
    marks = {str(inner): fingerprint(course.SHIPPED / inner) for inner in _shipped()}
    target = folder / course.LAID_OUT
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(marks, indent=1), encoding="utf-8")
