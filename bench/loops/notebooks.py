"""What a solution's notebook defines, for benchmarks: one source, and no copy."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

SOLUTIONS = Path(__file__).resolve().parents[2] / "solutions"
# Checks, runs in which a fault is to be found, and the code that had it.
SHOWS = "check(", "recorded(", "code_of("


def load(topic: str, **instead: object) -> SimpleNamespace:
    """Run the code cells of a solution, all but those that only show something.

    Args:
        topic: such as "07_event_loop".
        instead: what its functions find under a name, in the place of what it defines.

    Returns:
        What the cells define, as attributes.
    """
    path = SOLUTIONS / topic / f"{topic}.ipynb"
    names: dict[str, object] = {"__name__": f"solution_{topic}"}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] != "code" or source.startswith(SHOWS):
            continue
        lines = source.splitlines(keepends=True)
        ours = [line for line in lines if not line.startswith("from buckets ")]
        # The file name is for tracebacks and profilers.
        exec(compile("".join(ours), f"<{topic} {cell['id']}>", "exec"), names)
    names.update(instead)
    return SimpleNamespace(**names)
