"""Given servers, around the functions that a learner writes for 06."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from typing import Any


def sends_back(task: Callable[..., Any], listener: socket.socket) -> None:
    """Take one client's bytes, then pour them back by the learner's function."""
    connection = listener.accept()[0]
    connection.settimeout(30)
    pending = bytearray()
    while data := connection.recv(4096):
        pending += data
    connection.setblocking(False)
    while pending:
        select.select([], [connection], [])
        task(connection, pending)
    connection.close()
    listener.accept()
