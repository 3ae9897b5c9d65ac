"""A module that lies beside a notebook: it is there in every check, and not in a class.

Only the notebook is handed in. So whoever imports something of their own from beside it
is told so while there is time: the points here would not be those of the class.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from buckets.cells import shell

_IMPORT = re.compile(r"^[ \t]*(?:from|import)[ \t]+([A-Za-z_]\w*)", re.MULTILINE)


def beside(texts: Iterable[str], folder: Path) -> str:
    """What to say of modules that only this folder has; "" for none.

    Args:
        texts: of the notebook's cells. A file that is named in one of them may well be
            written by it.
        folder: where the notebook lies.
    """
    whole = "\n".join(texts)
    found = sorted(
        {name for name in _IMPORT.findall(whole) if _lies_there(name, folder)}
    )
    alone = [name for name in found if not re.search(rf"\b{name}(\.py\b|/)", whole)]
    if not alone:
        return ""
    return (
        f"The module {alone[0]} lies beside the notebook, and only the notebook is "
        "handed in: copy what you need of it into a cell."
    )


def beside_here() -> str:
    """The same for the notebook whose kernel this is."""
    history = getattr(shell(), "history_manager", None)
    return beside(history.input_hist_raw, Path.cwd()) if history else ""


def _lies_there(name: str, folder: Path) -> bool:
    module, package = folder / f"{name}.py", folder / name / "__init__.py"
    return name != "buckets" and (module.is_file() or package.is_file())
