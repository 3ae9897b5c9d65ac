"""Feedback pages in a zip, under the names by which a system finds its learners.

The names are those of the files that were collected: who has handed in elsewhere, or
was put in place by hand, has none.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from buckets.inbox.names import for_canvas, for_moodle
from buckets.inbox.sorting import Inbox

Naming = Callable[[PurePosixPath, str], str]
SYSTEMS: Mapping[str, Naming] = {"Moodle": for_moodle, "Canvas": for_canvas}


@dataclass
class Parcel:
    """What goes into the zip, and who is left out.

    Args:
        pages: by the name in the zip.
        left_out: by student, why.
    """

    pages: dict[str, Path] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def parcel(inbox: Inbox, topic: str, pages: Mapping[str, Path], system: str) -> Parcel:
    """Find the name of each page.

    Args:
        inbox: with all that was collected.
        topic: of the pages.
        pages: by student, where each should lie.
        system: one of SYSTEMS.
    """
    made = Parcel()
    for student, page in sorted(pages.items()):
        name = _name(inbox, topic, student, SYSTEMS[system])
        if not page.is_file():
            made.left_out[student] = "has no feedback page"
        elif not name:
            made.left_out[student] = f"was not collected from {system}"
        elif name in made.pages:
            made.left_out[student] = f"somebody else has {system}'s number, too"
        else:
            made.pages[name] = page
    return made


def _name(inbox: Inbox, topic: str, student: str, naming: Naming) -> str:
    """By the last version that came from there: Canvas wants the newest file."""
    versions = inbox.versions(student, topic)
    versions.sort(key=lambda version: (version.attempt, version.moment), reverse=True)
    names = (naming(PurePosixPath(each.origin), f"{topic}.html") for each in versions)
    return next(filter(None, names), "")


def write(made: Parcel, path: Path) -> None:
    """Write the zip; a former one is replaced as a whole.

    Raises:
        OSError: there is no room for it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.half")
    kind = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(half, "w", kind, strict_timestamps=False) as archive:
        for name, page in made.pages.items():
            archive.write(page, name)
    os.replace(half, path)
