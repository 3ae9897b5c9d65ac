"""IPython's shell for cells with magics or `!`, with no kernel, no shell, no history.

What would start another program, install something or draw into a notebook is not
carried out; the caller is told, and the cell goes on.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable
from typing import Any

import IPython.core.interactiveshell as ipython
from IPython.utils.text import SList
from traitlets import Instance
from traitlets.config import Config

from buckets.child import small_shell

# Never carried out: they start programs, install, ask, or draw.
NOT_HERE = {
    *("pip", "conda", "mamba", "micromamba", "uv", "sx", "system", "sc", "rehashx"),
    *("bash", "sh", "script", "cmd", "perl", "ruby", "python", "python2", "python3"),
    *("pypy", "!", "html", "HTML", "javascript", "js", "latex", "svg", "SVG"),
    *("markdown", "matplotlib", "gui", "edit", "ed", "notebook", "debug"),
    *("connect_info", "qtconsole", "subshell", "history", "hist", "clear"),
    *("less", "more", "man", "pinfo", "pinfo2", "psource", "pfile", "pdoc", "page"),
    *("logstart", "logon", "alias", "bookmark", "load", "loadpy", "pastebin"),
    *("macro", "save", "rerun", "recall", "rep", "autosave"),
}

_SHELLS = {"bash", "sh", "cmd"}
# How often %timeit is to run; here it runs once, for what that does and returns.
_OFTEN = re.compile(r"(?<!\S)-[nr]\s*\d+(?!\S)")


class Kernel:
    """Stands where a shell has its kernel, and can do nothing."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"there is no kernel here, and no {name} of it")


class ZMQInteractiveShell(ipython.InteractiveShell):
    """Bears the name of a kernel's shell: by that, too, a notebook may ask."""

    __module__ = "ipykernel.zmqshell"
    kernel = Instance(Kernel, ())


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
    # By this a notebook may ask whether a kernel runs it.
    config.IPKernelApp.connection_file = "kernel.json"
    shell = ZMQInteractiveShell.instance(config=config, user_module=module)
    names = vars(shell)
    left = _left(note, "! starts another program")

    def system(line: str, *_: object, **__: object) -> None:
        said = small_shell.run(shell.var_expand(line, depth=1))
        if said is None:
            left()
        elif said:
            print(said, end="")
        # As if it had gone well.
        shell.user_ns["_exit_code"] = 0

    def getoutput(line: str, *_: object, **__: object) -> SList:
        said = small_shell.run(shell.var_expand(line, depth=1))
        if said is None:
            left()
        return SList((said or "").splitlines())

    names["system"], names["getoutput"] = system, getoutput
    names["enable_gui"] = lambda *_, **__: None
    for kind, mark in (("run_line_magic", "%"), ("run_cell_magic", "%%")):
        names[kind] = _choosing(shell, getattr(shell, kind), mark, note)
    return shell


def reads_of(shell: ipython.InteractiveShell) -> list[Any]:
    """By what it changes the text of a cell, and its tree."""
    cleanup = list(shell.input_transformers_cleanup)
    return [*cleanup, *shell.input_transformers_post, *shell.ast_transformers]


class _Store:
    """%store: what is kept, is kept for this notebook only."""

    def __init__(self, names: dict[str, Any], note: Callable[[str], None]):
        self.names, self.note = names, note
        self.kept: dict[str, Any] = {}

    def __call__(self, line: str) -> None:
        words = line.split()
        wanted = [word for word in words if not word.startswith("-")]
        if "-r" in words:
            for name in wanted or list(self.kept):
                if name in self.kept:
                    self.names[name] = self.kept[name]
                else:
                    self.note(f"%store knows no {name} here")
        elif wanted == words:
            self.kept |= {
                name: self.names[name] for name in words if name in self.names
            }


def _left(note: Callable[[str], None], why: str) -> Callable[[], None]:
    return lambda: note(f"{why}, which is not done here")


def _choosing(
    shell: ipython.InteractiveShell,
    run: Callable[..., Any],
    mark: str,
    note: Callable[[str], None],
) -> Callable[..., Any]:
    store = _Store(shell.user_ns, note)

    def choose(name: str, *args: Any, **more: Any) -> Any:
        if name == "store" and mark == "%":
            return store(args[0] if args else "")
        plain = mark == "%%" and name in _SHELLS and not args[0].strip()
        if plain and small_shell.run_all(args[1]):
            return None
        if name == "timeit":
            args = (f"-n1 -r1 {_OFTEN.sub('', args[0])}", *args[1:])
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
