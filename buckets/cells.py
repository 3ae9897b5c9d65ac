"""What a cell of a notebook is called: one name for it, wherever it is named.

Cell 7 is the one with 7 in brackets beside it. Reports, replays and tracebacks say so,
and records of them: what a learner reads in one place is found in the other.
"""

from __future__ import annotations

from typing import Any

SCRIPT = "cell 0"
"""In a script there are no cells: its whole file is this one."""


def label(number: int) -> str:
    """The name of the cell with this number."""
    return f"cell {number}"


def number_of(called: str) -> int:
    """The number of the cell with this name.

    Raises:
        ValueError: this is no cell's name.
    """
    return int(called.removeprefix("cell "))


def cell_labels() -> dict[str, str]:
    """The kernel's file names of cells, and what to call each; none outside Jupyter."""
    running = shell()
    numbers = getattr(running.compile, "_filename_map", {}) if running else {}
    return {filename: label(number) for filename, number in numbers.items()}


def shell() -> Any:
    """IPython's shell of this process; None outside a notebook."""
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return None
    return get_ipython()
