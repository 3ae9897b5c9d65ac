"""Given servers, around the functions that a learner writes for 06."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from typing import Any


def sends_back(task: Callable[..., Any], listener: socket.socket) -> None:
    """Take one client's bytes, then pour them back by the learner's function."""
    connection, pending = take_in(listener)
    pour_the_rest(task, connection, pending)
    listener.accept()


def take_in(listener: socket.socket) -> tuple[socket.socket, bytearray]:
    """The next client's connection, which waits no more, and all that it has said."""
    connection = listener.accept()[0]
    connection.settimeout(30)
    pending = bytearray()
    while data := connection.recv(4096):
        pending += data
    connection.setblocking(False)
    return connection, pending


def pour_the_rest(
    task: Callable[..., Any], connection: socket.socket, pending: bytearray
) -> None:
    """By the learner's function, whenever there is room; then close."""
    while pending:
        select.select([], [connection], [])
        task(connection, pending)
    connection.close()
