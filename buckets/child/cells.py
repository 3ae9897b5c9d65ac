"""Run a notebook's cells top to bottom, as Jupyter would, and pack up the tasks.

IPython's InteractiveShell gives magics, `!` and top-level await without a kernel and
without ports. A cell that raises costs only itself. The names that a notebook imports
from this package do nothing here: the verdict is made outside.
"""

from __future__ import annotations

import base64
import os
import signal
import socket
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import IPython.core.interactiveshell as ipython
import IPython.utils.capture as capture

import buckets
from buckets.child import stage, wire
from buckets.child.parcel import Unpackable, pack

MOST_TEXT = 4000


class LeftOut(Exception):
    """A cell asked to run a server of its own; a grader does not wait for that."""


class CellTooSlow(BaseException):
    """A cell took too long. Not an Exception: `except Exception` must not eat it."""


def run_cells(control: socket.socket, spec: dict[str, Any]) -> None:
    """Run every cell and report, then send the wanted objects as parcels.

    Args:
        control: where to report; a line before each cell, so that the outside knows
            which one ended the process, if one does.
        spec: cells [{label, source}], skip (labels not to run), want (names),
            seconds (for each cell).
    """
    shell = _shell()
    _mute_ourselves()
    for cell in spec["cells"]:
        if cell["label"] in spec["skip"]:
            continue
        wire.report(control, cell=cell["label"])
        problem = _run(shell, cell, spec["seconds"])
        if problem:
            wire.report(control, problem=cell["label"], **problem)
    for name in spec["want"]:
        _hand_over(control, shell, name)
    wire.report(control, done=True)
    # Not sys.exit: a thread that a cell left behind would keep the process here.
    os._exit(0)


def _shell() -> ipython.InteractiveShell:
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    shell = ipython.InteractiveShell(user_module=module)
    # No history file: the disk is read-only here, and nobody looks back.
    if shell.history_manager:
        shell.history_manager.enabled = False
    return shell


def _mute_ourselves() -> None:
    def leave_out(*_: Any, **__: Any) -> Any:
        raise LeftOut

    vars(buckets).update(
        check=lambda *_, **__: 0.0,
        progress=lambda *_, **__: None,
        running=leave_out,
        watch=leave_out,
        scoreboard=leave_out,
    )


def _run(
    shell: ipython.InteractiveShell, cell: dict[str, str], seconds: float
) -> dict[str, str] | None:
    """Run one cell. What went wrong, for display; None when nothing did."""
    label = f"<{cell['label']}>"
    vars(shell.compile)["get_code_name"] = lambda *_: label
    stage.show_sources({cell["label"]: cell["source"]})
    with capture.capture_output(), _at_most(seconds):
        result = shell.run_cell(cell["source"], store_history=True)
    error = result.error_before_exec or result.error_in_exec
    if error is None or isinstance(error, LeftOut):
        return None
    return {
        "kind": _kind(error),
        "error": str(error)[:500],
        "traceback": stage.learners_traceback(error)[-MOST_TEXT:],
    }


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Interrupt a cell that waits for ever, such as one that calls its server."""

    def interrupt(*_: object) -> None:
        raise CellTooSlow(f"the cell was stopped after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except CellTooSlow:
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _hand_over(
    control: socket.socket, shell: ipython.InteractiveShell, name: str
) -> None:
    if name not in shell.user_ns:
        wire.report(control, missing=name)
        return
    try:
        parcel = pack(shell.user_ns[name])
    except Unpackable as error:
        wire.report(control, unpackable=name, error=str(error))
        return
    wire.report(control, packed=name, parcel=base64.b64encode(parcel).decode())


def _kind(error: BaseException) -> str:
    """The name under which a learner knows the error.

    From 3.13 on Python raises SyntaxErrors of kinds for its own use, such as
    _IncompleteInputError.
    """
    names = (kind.__name__ for kind in type(error).__mro__)
    return next(name for name in names if not name.startswith("_"))
