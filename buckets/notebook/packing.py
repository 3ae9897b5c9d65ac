"""From an object in a notebook's kernel to a submission.

The kernel compiles each cell under a file name of its own. Here those names become
labels (see buckets.cells), and the sources of the cells travel along, so that a
traceback can quote them.
"""

from __future__ import annotations

import inspect
import linecache
from functools import partial
from typing import Any

from buckets.cells import SCRIPT, cell_labels, shell
from buckets.child.parcel import Unpackable, pack
from buckets.child.surroundings import changed
from buckets.submission import Submission


def submission_of(obj: Any, name: str) -> Submission:
    """Pack one object of this process, such as a function from a cell.

    Args:
        obj: the function or class.
        name: the name under which it is tested.

    Returns:
        A submission; where the object cannot travel, it says why.
    """
    labels = cell_labels()
    running = shell()
    around = partial(changed, names=running.user_ns if running else {})
    sources = {label: _source(filename) for filename, label in labels.items()}
    sources |= _source_outside_cells(obj, labels)
    try:
        parcel = pack(obj, labels, around)
        return Submission(parcels={name: parcel}, sources=sources)
    except Unpackable as error:
        return Submission(sources=sources, unpackable={name: str(error)})


def _source(filename: str) -> str:
    return "".join(linecache.getlines(filename))


def _source_outside_cells(obj: Any, labels: dict[str, str]) -> dict[str, str]:
    """In a script there are no cells; its whole file is the cell SCRIPT."""
    # A class that a cell has defined has no file: Python says so by an OSError.
    try:
        filename = inspect.getsourcefile(obj) or ""
    except (TypeError, OSError):
        return {}
    if not filename or filename in labels:
        return {}
    labels[filename] = SCRIPT
    return {SCRIPT: _source(filename)}
