"""The course's reference loop as exercise 07 has it: select(), and its echo server."""

from __future__ import annotations

import socket

from bench.loops import notebooks


def serve(listener: socket.socket) -> None:
    """Send back to everybody what they send."""
    notebooks.load("07_event_loop").echo(listener)
