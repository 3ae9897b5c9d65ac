"""After a notebook was saved: git is shown that running it changed nothing.

.gitattributes has a filter for notebooks, so to git a notebook that was run is what it
was before. But git looks at a file's size first, and takes another size for a change
without asking the filter; then an update would refuse to touch that file. So the file
is looked at anew, as `git add` does, and only where it holds what git has already:
what somebody wrote is never put into the index for them.
"""

from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

SECONDS = 5.0


def look_again(os_path: str, model: dict[str, Any], **_: Any) -> None:
    """Jupyter's post_save_hook; whatever goes wrong here costs a save nothing.

    Args:
        os_path: the file that was saved.
        model: what Jupyter says of it.
    """
    if model.get("type") == "notebook":
        with suppress(OSError, subprocess.SubprocessError):
            refresh(Path(os_path))


def refresh(path: Path) -> bool:
    """Let git see that a file is what it was, if it is.

    Args:
        path: a file in a working tree of git.

    Returns:
        True when it holds what git has, through the filter.

    Raises:
        OSError, subprocess.SubprocessError: there is no git, no working tree around
            the file, or git does not know it.
    """
    name = path.name
    here = _git(path, "hash-object", "--", name)
    known = _git(path, "rev-parse", f":./{name}")
    if here == known:
        _git(path, "add", "--", name)
    return here == known


def _git(path: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(path.parent), *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=SECONDS,
    )
    return done.stdout.strip()
