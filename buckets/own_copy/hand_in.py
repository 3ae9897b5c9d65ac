"""The file that a learner hands in: the exercise, without what a run has left in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from buckets import course
from buckets.own_copy.reset import free_name

FOLDER = "handed_in"


def packed(notebook: dict[str, Any], checks: Mapping[str, Mapping[str, int]]) -> bytes:
    """A notebook as it is handed in: no outputs, which are large and say nothing.

    Args:
        notebook: as it was read; it stays as it is.
        checks: by task, how often it was checked, and how often in vain since.
    """
    whole = deepcopy(notebook)
    for _, cell in course.numbered(whole):
        cell["outputs"], cell["execution_count"] = [], None
    metadata = whole.get("metadata")
    whole["metadata"] = metadata if isinstance(metadata, dict) else {}
    ours = whole["metadata"].get("buckets")
    ours = ours if isinstance(ours, dict) else {}
    whole["metadata"]["buckets"] = {**ours, "checks": checks}
    text = json.dumps(whole, ensure_ascii=False, indent=1) + "\n"
    return text.encode(errors="replace")


def put(data: bytes, topic: course.Topic) -> tuple[Path, Path | None]:
    """Write the file where a learner finds it; a former one keeps its place by name.

    Args:
        data: from packed().
        topic: what it answers.

    Returns:
        Where it lies, and where a former one lies now; None if there was none, or the
        same one.

    Raises:
        OSError: it cannot be written; the former one is where it was.
    """
    path = course.home() / FOLDER / f"{topic.name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.half")
    half.write_bytes(data)
    kept = None
    if path.exists() and path.read_bytes() != data:
        kept = free_name(path)
        path.rename(kept)
    half.replace(path)
    return path, kept
