"""Forks, waits for a child, threads, and descriptors of sockets used through os."""

from __future__ import annotations

import os
import posix
import sys
import threading
from typing import Any

from buckets.child.recorder import mistakes, sockets
from buckets.child.recorder.tape import Tape

_tape: Tape
_read, _write, _close, _exit = os.read, os.write, os.close, os._exit
_closerange = os.closerange

# Calls that wait for a child, and which of their arguments are the options.
_REAPS = {"wait": None, "wait3": 0, "wait4": 1, "waitpid": 1, "waitid": 2}


def attach(tape: Tape) -> None:
    """Put the wrappers in place."""
    global _tape
    _tape = tape
    calls = _Calls(os.fork)
    reaps = [name for name in _REAPS if hasattr(os, name)]
    for name in ("fork", "read", "write", "close", "closerange", "_exit", *reaps):
        # A function that came by pickle knows itself as posix.fork, not os.fork.
        for module in (os, posix):
            setattr(module, name, getattr(calls, name))
    os.register_at_fork(after_in_child=tape.reborn)
    _record_threads()


class _Calls:
    """Stand-ins for functions of os; bound methods, see the hazard in waits."""

    def __init__(self, fork: Any):
        # Taken late: the limits may have replaced it already.
        self._fork = fork
        self._reaps = {name: getattr(os, name, None) for name in _REAPS}

    def fork(self) -> int:
        _tape.slots.alone = False
        pid = int(self._fork())
        if pid and _tape.on:
            try:
                _tape.note("fork", f'"child":{pid}', fresh=True, always=True)
            except Exception as error:
                _tape.trouble(error)
        return pid

    def wait(self, *args: Any) -> Any:
        return self._reap("wait", args)

    def wait3(self, *args: Any, **more: Any) -> Any:
        return self._reap("wait3", args, **more)

    def wait4(self, *args: Any, **more: Any) -> Any:
        return self._reap("wait4", args, **more)

    def waitpid(self, *args: Any) -> Any:
        return self._reap("waitpid", args)

    def waitid(self, *args: Any) -> Any:
        return self._reap("waitid", args)

    def _reap(self, name: str, args: tuple[Any, ...], **more: Any) -> Any:
        """Say that it stands there; a call that only asks is passed on."""
        call: Any = self._reaps[name]
        if not _tape.on or _only_asks(name, args, more):
            return call(*args, **more)
        _waits_for_a_child("stand", name)
        try:
            return call(*args, **more)
        finally:
            _waits_for_a_child("stood", name)

    def read(self, *args: Any, **more: Any) -> bytes:
        fd = args[0] if args else -1
        if not _tape.on or fd not in _tape.sockets or len(args) < 2:
            return _read(*args, **more)
        ready = None
        try:
            blocks = os.get_blocking(fd)
            ready = sockets.about_to_receive(fd, args[1], blocks)
        except Exception as error:
            _tape.trouble(error)
        try:
            data = _read(*args)
        except BaseException as error:
            sockets.failed("recv", fd, error)
            raise
        try:
            sockets.received(fd, args[1], ready, data, 0)
        except Exception as error:
            _tape.trouble(error)
        return data

    def write(self, *args: Any, **more: Any) -> int:
        fd = args[0] if args else -1
        if not _tape.on or fd not in _tape.sockets or len(args) < 2:
            return _write(*args, **more)
        size, first = -1, b""
        try:
            _, first, size = sockets.outgoing(args[1:], 0)
            if os.get_blocking(fd):
                sockets.about_to_send(fd, "send", size)
        except Exception as error:
            _tape.trouble(error)
        try:
            n = _write(*args)
        except BaseException as error:
            sockets.failed("send", fd, error)
            raise
        try:
            sockets.sent(fd, "send", size, n, first)
        except Exception as error:
            _tape.trouble(error)
        return n

    def close(self, *args: Any, **more: Any) -> None:
        fd = args[0] if args else more.get("fd")
        if fd == _tape.fd:
            # Else the next connection might get the number, and our lines with it.
            _tape.stop()
        elif _tape.on and fd in _tape.sockets:
            sockets.gone(fd)
        _close(*args, **more)

    def closerange(self, *args: Any) -> None:
        if len(args) == 2 and all(type(arg) is int for arg in args):
            for fd in sorted(_tape.sockets) if _tape.on else ():
                if args[0] <= fd < args[1]:
                    sockets.gone(fd)
            if args[0] <= _tape.fd < args[1]:
                _tape.stop()
        _closerange(*args)

    def _exit(self, *args: Any, **more: Any) -> None:
        if _tape.on:
            # In a `finally` that an exception led to, it is still there to be seen.
            mistakes.told(sys.exc_info()[1], "exit")
            _tape.last("exited", "")
        _exit(*args, **more)


def _only_asks(name: str, args: tuple[Any, ...], more: dict[str, Any]) -> bool:
    place = _REAPS[name]
    given = more.get("options", 0)
    if place is not None and len(args) > place:
        given = args[place]
    return isinstance(given, int) and bool(given & os.WNOHANG)


def _waits_for_a_child(kind: str, name: str) -> None:
    try:
        _tape.note(kind, f'"op":"{name}"')
    except Exception as error:
        _tape.trouble(error)


def _record_threads() -> None:
    """Say when a thread begins and when it is done, whatever its class."""
    original = getattr(threading.Thread, "_bootstrap_inner", None)
    if original is None:
        # Then a thread is noted at its first event.
        return

    def _bootstrap_inner(self: threading.Thread) -> None:
        _say("begin")
        mistakes.hear_of_futures()
        try:
            original(self)
        finally:
            _say("done")

    threading.Thread._bootstrap_inner = (  # type: ignore[attr-defined]
        _bootstrap_inner
    )


def _say(what: str) -> None:
    if not _tape.on:
        return
    try:
        ident = _tape.voices.mine.ident
        if what == "done":
            _tape.note("done", f'"id":{ident}', fresh=True)
    except Exception as error:
        _tape.trouble(error)
