"""Drivers: they call a learner's function that is not itself a server.

The other end is buckets.driving.topics.one_bucket.Caller. Its connection, the desk,
brings orders, one a line, and takes what the function returned. The desk is read and
written past the recorder, so that a trace shows the learner's calls and no others.
"""

from __future__ import annotations

import ast
import socket
from collections.abc import Callable
from typing import Any, NoReturn

LEFT_OUT = {
    "sendall": "send() in a loop, and look at what it returns",
    "sendfile": "send() in a loop, and look at what it returns",
    "makefile": "recv() in a loop, and keep what you do not need yet",
}


class NotInThisExercise(Exception):
    """A method that would do the learner's work was called."""

    __module__ = "builtins"  # so that a traceback shows the name alone


def answer_calls(task: Callable[..., Any], listener: socket.socket) -> None:
    """Carry out what the caller orders, until it hangs up.

    Args:
        task: a function whose first argument is an accepted connection.
        listener: the first to connect is the caller; the others are its guests.

    Raises:
        Exception: whatever the task raised and the caller did not ask for.
    """
    desk = listener.accept()[0].detach()
    answers = open(desk, "wb", closefd=False)
    counter = Counter(task, listener)
    for line in open(desk, "rb"):
        order = ast.literal_eval(line.decode("ascii"))
        answer = getattr(counter, order.pop("do"))(**order)
        if answer is not None:
            kind, data = answer
            answers.write(b"%s %d\n%s" % (kind, len(data), data))
            answers.flush()


class Counter:
    """What stands behind the desk: the task, its guests, the newest one's buffer."""

    def __init__(self, task: Callable[..., Any], listener: socket.socket):
        self.task = task
        self.listener = listener
        # All are kept: one that is let go of would be closed.
        self.guests: list[socket.socket] = []
        self.buffer = bytearray()

    def meet(self, time_limit: float | None) -> None:
        """Accept the next guest; calls are about this one from now on."""
        guest = self.listener.accept()[0]
        guest.settimeout(time_limit)
        self.guests.append(guest)
        self.buffer = bytearray()

    def leave_out(self) -> None:
        """From now on there is no sendall() and no makefile()."""
        leave_out()

    def call(
        self, args: tuple[Any, ...], buffer: bool, raises: str
    ) -> tuple[bytes, Any]:
        """Call the task; `raises` names the one exception that is an answer."""
        extra = (self.buffer,) if buffer else ()
        try:
            return _in_bytes(self.task(self.guests[-1], *extra, *args))
        except Exception as error:
            if type(error).__name__ != raises:
                raise
            return b"raised", raises.encode()

    def rest(self) -> tuple[bytes, Any]:
        """What the task has left for others, in the buffer and unread."""
        while data := self.guests[-1].recv(1 << 16):
            self.buffer += data
        return b"bytes", bytes(self.buffer)


def _in_bytes(result: Any) -> tuple[bytes, Any]:
    if isinstance(result, bytes):
        return b"bytes", bytes(result)
    if isinstance(result, str):
        return b"text", result.encode("utf-8", "backslashreplace")
    return b"other", repr(result)[:500].encode("utf-8", "backslashreplace")


def leave_out() -> None:
    """Take the methods away that would do the learner's work."""
    for name, instead in LEFT_OUT.items():
        setattr(socket.socket, name, _refusing(name, instead))


def _refusing(name: str, instead: str) -> Callable[..., NoReturn]:
    def method(*args: Any, **more: Any) -> NoReturn:
        raise NotInThisExercise(
            f"{name}() does the work that this exercise is about. Use {instead}."
        )

    return method


def serve_without(task: Callable[..., Any], listener: socket.socket) -> None:
    """Run a server that must do without those methods."""
    leave_out()
    task(listener)


def serve_with_time_limits(task: Callable[..., Any], listener: socket.socket) -> None:
    """Run a server whose accepted connections have a time limit of 30 s each.

    A send() on them returns as soon as some bytes are taken. On Linux it would
    otherwise wait until all are, and partial sends could not be seen.
    """
    socket.setdefaulttimeout(30)
    task(listener)
