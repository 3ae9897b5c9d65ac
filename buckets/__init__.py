"""The Aisle of Buckets: what a notebook of the course imports.

    check(serve_many)     grade a task; ends in the points
    running(serve_many)   run a server beside the notebook, in a with block
    watch(serve_many)     the same, recorded, with the replay afterwards
    predict.NAME          commit to what a run of a lesson will do
    recorded("amber")     a run of a server that you have not written
    code_of("amber", ...) its code, for whoever has found its fault
    recall("05_select")   four questions from the lessons before
    progress()            how far you are
    solution(serve_many)  at full marks: the course's answer, and two others
    scoreboard()          your servers and the library's, under one load

Names load when they are first used: a learner's server is started in a fresh process
for every test, and must not wait for what it does not need.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOME = {
    "check": "buckets.notebook.check",
    "running": "buckets.notebook.running",
    "watch": "buckets.notebook.watch",
    "predict": "buckets.predictions.guess",
    "recorded": "buckets.notebook.recorded",
    "code_of": "buckets.notebook.mending",
    "recall": "buckets.predictions.recall",
    "progress": "buckets.notebook.progress",
    "solution": "buckets.notebook.solution",
    "scoreboard": "buckets.standings.run",
}

__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'buckets' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    # Kept, so that the next use does not come here. No module at the package's top may
    # bear one of these names: once imported, it would stand where the function stood.
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
