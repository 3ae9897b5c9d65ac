"""Tk's loop: a wait inside Tcl, which ends when something is called back.

Tcl waits in C, for sockets, timers and the display alike, and nothing of Python's sees
it wait. What can be seen is that the loop was entered and left, for what sockets it was
asked, and when it calls back. So a wait begins with mainloop(), or with the end of a
callback, and ends with the next callback: a turn for each. What Tcl does of its own
accord between two callbacks (draw, move the pointer) passes for waiting, and how many
turns its own loop took is not known.

HAZARD: methods of the interpreter cannot be replaced, for its type is C's. So a
stand-in is made where tkinter makes an interpreter; it passes on what it does not know.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from buckets.child.recorder import waits
from buckets.child.recorder.tape import Tape

_READ, _WRITE, _EXCEPTION = 1 << 1, 1 << 2, 1 << 3

_tape: Tape | None = None


def attach(tape: Tape) -> None:
    """Keep the tape: tkinter is wrapped once somebody has imported it."""
    global _tape
    _tape = tape


def notice() -> None:
    """Wrap tkinter if it is there by now, and was not wrapped before."""
    tkinter, inner = sys.modules.get("tkinter"), sys.modules.get("_tkinter")
    if _tape is None or not tkinter or not inner or hasattr(inner.create, "recorded"):
        return
    inner.create = _recorded(inner.create)  # type: ignore[attr-defined]
    _wrap_callbacks(tkinter)


def _recorded(create: Callable[..., Any]) -> Callable[..., Any]:
    def create_recorded(*args: Any, **more: Any) -> Any:
        made = create(*args, **more)
        return Interpreter(made) if _tape and _tape.on else made

    create_recorded.recorded = True  # type: ignore[attr-defined]
    return create_recorded


def _wrap_callbacks(tkinter: ModuleType) -> None:
    """Whatever is called by its name in Tcl: timers, buttons, events."""
    original = tkinter.CallWrapper

    class CallWrapper(original):  # type: ignore[valid-type,misc]
        def __call__(self, *args: Any) -> Any:
            tk = getattr(self.widget, "tk", None)
            act = super().__call__
            if type(tk) is not Interpreter:
                return act(*args)
            return tk.during(_flags(-1, 0), lambda: act(*args))

    CallWrapper.__module__, CallWrapper.__qualname__ = "tkinter", "CallWrapper"
    tkinter.CallWrapper = CallWrapper  # type: ignore[attr-defined]


def _flags(fd: int, mask: int) -> str:
    """What Tcl reports of one descriptor, as the lists of a woke line."""
    bits = (_READ, _WRITE, _EXCEPTION)
    return waits._lists(*([fd] if mask & bit else [] for bit in bits))


class Interpreter:
    """Stands in for a Tcl interpreter, and tells the tape when its loop calls back."""

    __slots__ = ("_loops", "_watched", "inner")

    def __init__(self, inner: Any):
        self.inner = inner
        self._watched: dict[int, int] = {}
        self._loops = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    # The loop -------------------------------------------------------------

    def mainloop(self, *args: Any) -> None:
        self._loop(lambda: self.inner.mainloop(*args))

    def dooneevent(self, *args: Any) -> Any:
        return self._loop(lambda: self.inner.dooneevent(*args))

    def _loop(self, run: Callable[[], Any]) -> Any:
        self._loops += 1
        self._wait()
        try:
            return run()
        finally:
            self._loops -= 1
            self._woke(_flags(-1, 0))

    def during(self, lists: str, act: Callable[[], Any]) -> Any:
        """Make a callback; if the loop runs, it waits before and after that."""
        if not self._loops:
            return act()
        self._woke(lists)
        loops, self._loops = self._loops, 0
        try:
            return act()
        finally:
            self._loops = loops
            self._wait()

    def _wait(self) -> None:
        if _tape and _tape.on:
            masks = self._watched.items()
            bits = (_READ, _WRITE, _EXCEPTION)
            lists = ([fd for fd, mask in masks if mask & bit] for bit in bits)
            waits._asks("mainloop", waits._lists(*lists), None)

    def _woke(self, lists: str) -> None:
        if _tape and _tape.on:
            try:
                waits._gets(lists)
            except Exception as error:
                _tape.trouble(error)

    # Its sockets ----------------------------------------------------------

    def createfilehandler(self, file: Any, mask: Any, act: Any, *more: Any) -> None:
        fd = waits.number(file)

        def call(*args: Any) -> Any:
            return self.during(_flags(fd, args[1]), lambda: act(*args))

        known = callable(act) and isinstance(mask, int)
        self.inner.createfilehandler(file, mask, call if known else act, *more)
        self._watched[fd] = mask

    def deletefilehandler(self, file: Any, *more: Any) -> None:
        fd = waits.number(file)
        self.inner.deletefilehandler(file, *more)
        self._watched.pop(fd, None)
