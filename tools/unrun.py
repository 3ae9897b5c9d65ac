"""A notebook as it was before anybody ran it, from stdin to stdout: git's clean filter.

    git config filter.unrun.clean ".venv/bin/python -I tools/unrun.py"

What somebody wrote stays: texts, code, the order of cells, marks of nbgrader. Outputs,
counts, and what an editor notes of its own go. What is no notebook goes through as it
is: git must be able to keep anything.

Standard library only, since git runs it for each file.
"""

from __future__ import annotations

import json
import sys
from typing import Any

# Notes that editors leave in a cell, and that change with each run.
NOTES = {"execution", "trusted", "ExecuteTime", "vscode", "jupyter", "collapsed"}
# Notes that say nothing when they are empty, or that JupyterLab writes by itself.
EMPTY = {"tags": [], "slideshow": {"slide_type": ""}, "editable": True}


def unrun(data: bytes) -> bytes:
    """The bytes that git keeps for a notebook.

    Args:
        data: the file as it lies in the working tree.

    Returns:
        The notebook without what running it has added; `data` itself for anything that
        is no notebook of this format.
    """
    try:
        notebook = json.loads(data)
        for cell in notebook["cells"]:
            _unrun_cell(cell)
        _unrun_metadata(notebook["metadata"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return data
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True)
    return (text + "\n").encode()


def _unrun_cell(cell: dict[str, Any]) -> None:
    if cell["cell_type"] == "code":
        cell["outputs"], cell["execution_count"] = [], None
    metadata = cell.get("metadata", {})
    for name in list(metadata):
        if name in NOTES or (name in EMPTY and metadata[name] == EMPTY[name]):
            del metadata[name]


def _unrun_metadata(metadata: dict[str, Any]) -> None:
    """Which Python ran it is a fact of a machine, and none of the notebook's."""
    if metadata.get("language_info", {}).get("name") == "python":
        metadata["language_info"] = {"name": "python"}
    if metadata.get("kernelspec", {}).get("language") == "python":
        metadata["kernelspec"] = {
            "display_name": "Python 3 (ipykernel)",
            "language": "python",
            "name": "python3",
        }
    metadata.pop("widgets", None)


if __name__ == "__main__":
    sys.stdout.buffer.write(unrun(sys.stdin.buffer.read()))
