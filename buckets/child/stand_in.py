"""IPython's shell for cells with magics or `!`, with no kernel, no shell, no history.

What would start another program, install something or draw into a notebook is not
carried out; the caller is told, and the cell goes on.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import IPython.core.interactiveshell as ipython
from traitlets.config import Config

# Never carried out: they start programs, install, ask, or draw.
NOT_HERE = {
    *("pip", "conda", "mamba", "micromamba", "uv", "sx", "system", "sc", "rehashx"),
    *("bash", "sh", "script", "cmd", "perl", "ruby", "python", "python2", "python3"),
    *("pypy", "!", "html", "HTML", "javascript", "js", "latex", "svg", "SVG"),
    *("markdown", "matplotlib", "gui", "store", "edit", "ed", "notebook", "debug"),
    *("connect_info", "qtconsole", "subshell", "timeit", "history", "hist", "clear"),
    *("less", "more", "man", "pinfo", "pinfo2", "psource", "pfile", "pdoc", "page"),
    *("logstart", "logon", "alias", "bookmark", "load", "loadpy", "pastebin"),
    *("macro", "save", "rerun", "recall", "rep", "autosave"),
}


def shell_for(
    module: types.ModuleType, note: Callable[[str], None]
) -> ipython.InteractiveShell:
    """A shell whose names are those of `module`.

    Args:
        module: stands for __main__.
        note: hears why something is not carried out.
    """
    config = Config()
    # No history file, and no thread that writes one.
    config.HistoryManager.enabled = False
    shell = ipython.InteractiveShell.instance(config=config, user_module=module)
    names = vars(shell)
    names["system"] = _left(note, "! starts another program", None)
    names["getoutput"] = _left(note, "! starts another program", [])
    names["enable_gui"] = lambda *_, **__: None
    for kind, mark in (("run_line_magic", "%"), ("run_cell_magic", "%%")):
        names[kind] = _choosing(shell, getattr(shell, kind), mark, note)
    return shell


def _left(note: Callable[[str], None], why: str, answer: Any) -> Callable[..., Any]:
    def left(*_: object, **__: object) -> Any:
        note(f"{why}, which is not done here")
        return answer

    return left


def _choosing(
    shell: ipython.InteractiveShell,
    run: Callable[..., Any],
    mark: str,
    note: Callable[[str], None],
) -> Callable[..., Any]:
    def choose(name: str, *args: Any, **more: Any) -> Any:
        if name in NOT_HERE:
            note(f"{mark}{name} is not carried out here")
            return None
        if mark == "%":
            if shell.find_line_magic(name) is None:
                note(f"%{name} is not known here")
                return None
            # Some look for names where they were called: one more frame away.
            more["_stack_depth"] = more.get("_stack_depth", 1) + 1
        return run(name, *args, **more)

    return choose
