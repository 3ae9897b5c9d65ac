"""Watching processes end, for tests: by what the kernel says and never by a nap."""

from __future__ import annotations

import fcntl
import os
import select
import time
from pathlib import Path

PATIENCE = 30.0


class Life:
    """A pipe that ends when the last process that inherited `fd` is gone."""

    def __init__(self):
        self._end, self.fd = os.pipe()

    def is_over(self, seconds=PATIENCE):
        """Whether all of them are gone, waiting for it at most so long."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
        while readable(self._end, seconds):
            # Somebody may have written into it; what counts is that it ends.
            if os.read(self._end, 1 << 16) == b"":
                return True
        return False

    def close(self):
        for fd in (self._end, self.fd):
            if fd >= 0:
                os.close(fd)


def readable(fd, seconds=PATIENCE):
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def line_from(popen):
    """The next line that the process prints; it must be bytes and unbuffered."""
    line = b""
    while not line.endswith(b"\n"):
        assert readable(popen.stdout.fileno()), f"nothing more came after {line!r}"
        piece = os.read(popen.stdout.fileno(), 1)
        assert piece, f"the output ended after {line!r}"
        line += piece
    return line.decode().strip()


def until(true, what):
    """Wait for something that only looking can tell."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"not in {PATIENCE:.0f} s: {what}"
        time.sleep(0.01)


def locked(path):
    """Whether somebody holds the lock on this file."""
    with path.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def asleep(pid):
    """Whether the main thread of the process waits in a system call (Linux)."""
    stat = Path(f"/proc/{pid}/stat").read_text()
    return stat.rpartition(")")[2].split()[0] == "S"
