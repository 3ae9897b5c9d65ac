"""What a learner's process says to the outside, and writes down for it.

It is told things over a Unix socket, because only that carries descriptors. But what it
says comes through a pipe. Over the socket it could send descriptors back, and whoever
receives one closes it: the last close() of a connection takes as long as its owner has
ordered (SO_LINGER), and for so long the grader would stand still.
"""

from __future__ import annotations

import os
import socket
import tempfile
from contextlib import suppress

MOST_AT_ONCE = 1 << 16


class Hearing:
    """A pipe out of a learner's process: bytes, and nothing else."""

    def __init__(self) -> None:
        reading, self.theirs = os.pipe()
        os.set_blocking(reading, False)
        self._file = open(reading, "rb", 0)

    def fileno(self) -> int:
        """To wait for what comes."""
        return self._file.fileno()

    def read(self) -> bytes | None:
        """The next piece; None for nothing yet, b"" for the end.

        Raises:
            ValueError: it is closed.
        """
        return self._file.read(MOST_AT_ONCE)

    def hand_over(self, line: socket.socket) -> None:
        """Send the end to write at, and let nothing come back over this line."""
        line.shutdown(socket.SHUT_RD)
        socket.send_fds(line, [b"."], [self.theirs])
        self.handed_over()

    def handed_over(self) -> None:
        """The other process has the end to write at, and this one has it no longer."""
        if self.theirs >= 0:
            os.close(self.theirs)
        self.theirs = -1

    def close(self) -> None:
        """Give both ends back. Safe to call again."""
        self.handed_over()
        self._file.close()


class Paper:
    """A file without a name that a learner's process writes, and the outside reads.

    Copies of a descriptor have their flags in common: who has one may set O_DIRECT, and
    then a read by the other fails. So each side opens the file for itself.
    """

    def __init__(self) -> None:
        self._theirs = tempfile.TemporaryFile("a+b", prefix="buckets-")
        # Where /dev/fd copies a descriptor (macOS) there is no such flag to be set.
        self._ours = open(f"/dev/fd/{self._theirs.fileno()}", "rb", 0)

    @property
    def theirs(self) -> int:
        """The descriptor to hand over."""
        return self._theirs.fileno()

    def fileno(self) -> int:
        """To read by, with os.pread(): the place at which to read is shared, too."""
        return self._ours.fileno()

    @property
    def closed(self) -> bool:
        return self._ours.closed

    def size(self) -> int:
        """How many bytes there are."""
        return os.fstat(self.fileno()).st_size

    def read(self, start: int, most: int) -> bytes:
        """What is written from here on; at most so many bytes."""
        with suppress(OSError):
            return os.pread(self.fileno(), most, start)
        return b""

    def close(self) -> None:
        """Safe to call again."""
        self._theirs.close()
        self._ours.close()
