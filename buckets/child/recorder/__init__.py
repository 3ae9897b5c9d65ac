"""The recorder: what a learner's server asks of the kernel, line by line, as it runs.

`install` wraps the calls by which a server waits, reads, writes and closes. The
learner's code needs no change and sees none: same results, same exceptions, same
types. Each call becomes a line of JSON in a file (docs/trace.md), written at once, so
that a server which is killed in the middle leaves all that it did up to then.

    places      which line of the learner's code is running
    tape        the file: lines, repetitions that are counted instead, the budget
    waits       select, poll, epoll, sleep, and the selectors module over them
    sockets     accept, recv, send, close and their relatives
    windows     Tk's loop: when it was entered, and when it calls back
    processes   fork, threads, and descriptors used through os
    mistakes    exceptions that end something, or that nobody hears of

HAZARD: it must be installed before learner code is loaded. A function that already
holds the old select.select goes unrecorded.
"""

from __future__ import annotations

import atexit
import socket
import sys
from typing import Any

from buckets.child.recorder import mistakes, processes, sockets, waits, windows
from buckets.child.recorder.mistakes import watch
from buckets.child.recorder.places import is_learner_file
from buckets.child.recorder.tape import BUDGET, Tape

__all__ = ["begin", "end", "install", "is_learner_file", "notice_windows", "watch"]

VERSION = 1

_tape: Tape | None = None
_waits = False


def install(
    fd: int,
    *,
    task: str,
    listener_fd: int,
    budget_bytes: int = BUDGET,
    wait: bool = False,
) -> None:
    """Record this process, and all that it forks, from now on.

    Args:
        fd: a regular file, open for reading and writing; taken over and moved to a
            high number, out of the way of the numbers that a learner sees.
        task: what runs, for the first line.
        listener_fd: the descriptor on which clients arrive.
        budget_bytes: how many bytes are written in full detail, by all processes
            together. After that the trace grows by sums, more and more slowly.
        wait: write nothing before begin(): what cells do is no part of a run.

    A second call is ignored. Nothing is raised: without a recorder all else works.
    """
    global _tape, _waits
    if _tape is not None:
        return
    try:
        _tape = Tape(fd, _first_line(task, listener_fd), budget_bytes)
        for part in (waits, sockets, windows, processes, mistakes):
            part.attach(_tape)
        _tape.sockets.add(listener_fd)
        _tape.on, _waits = not wait, wait
        # Sockets that are freed while the interpreter goes down tell nothing new.
        atexit.register(_tape.stop)
    except Exception:
        if _tape is not None:
            _tape.stop()


def notice_windows() -> None:
    """Record Tk's loop, too, if tkinter has been imported meanwhile.

    It is not imported for that: it takes time, and not every system has it.
    """
    if _tape is not None:
        windows.notice()


def begin() -> None:
    """Write from now on, if install() was told to wait. Harmless otherwise."""
    global _waits
    if _waits and _tape is not None:
        _waits = False
        _tape.on = True


def end(how: str, error: str = "", kind: str = "", at: Any = None) -> None:
    """Write the last line of this process.

    Args:
        how: returned, raised, exited or killed.
        error: the text of the exception, if there was one.
        kind: the name of its class.
        at: the learner's line that it came from, as ["cell 7", 12].
    """
    if _tape is not None and _tape.on:
        _tape.last(how, error, kind, at)


def _first_line(task: str, listener_fd: int) -> dict[str, Any]:
    return {
        "trace": VERSION,
        "e": "start",
        "task": task,
        "listener": listener_fd,
        "port": _port(listener_fd),
        "python": ".".join(map(str, sys.version_info[:3])),
    }


def _port(listener_fd: int) -> int:
    """The port that clients call; 0 where there is none."""
    try:
        with socket.socket(fileno=socket.dup(listener_fd)) as listener:
            return int(listener.getsockname()[1])
    except (OSError, ValueError, TypeError, IndexError):
        return 0
