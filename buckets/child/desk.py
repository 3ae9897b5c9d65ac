"""The near end of a desk: what the test orders around a task, and what it is told.

The other end is buckets.driving.desk. It is the first connection of a server, and is
read and written past the recorder, for it is no client of the server's.
"""

from __future__ import annotations

import json
import socket
from typing import Any, BinaryIO


class Desk:
    """The connection of whoever comes first: lines in, lines out."""

    def __init__(self, listener: socket.socket):
        fd = listener.accept()[0].detach()
        # Files, and no socket: that would be recorded.
        self._orders: BinaryIO = open(fd, "rb", closefd=False)
        self._answers: BinaryIO = open(fd, "wb", buffering=0, closefd=False)

    def hear(self) -> dict[str, Any]:
        """The next order; {} at the end of them."""
        line = self._orders.readline()
        return dict(json.loads(line)) if line else {}

    def tell(self, *said: Any) -> None:
        """A line for whoever came first."""
        self._answers.write(json.dumps(said).encode() + b"\n")
