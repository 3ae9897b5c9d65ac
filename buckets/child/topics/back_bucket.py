"""Given servers, around the functions that a learner writes for 06."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from contextlib import suppress
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


def walks_by_flags(task: Callable[..., Any], listener: socket.socket) -> None:
    """Send each byte that comes back a million times, as the learner's flags say."""
    pending: dict[socket.socket, bytearray] = {}
    while True:
        lists = task(listener, pending)
        if not isinstance(lists, tuple | list) or len(lists) != 2:
            raise TypeError(f"flags returned {lists}; two lists are asked for")
        read, write = lists
        readable, writable, _ = select.select(read, write, [])
        for sock in readable:
            if sock is listener:
                connection = listener.accept()[0]
                connection.setblocking(False)
                pending[connection] = bytearray()
            elif data := sock.recv(1):
                pending[sock] += data * (1 << 20)
            else:
                del pending[sock]
                sock.close()
        for sock in writable:
            with suppress(BlockingIOError):
                del pending[sock][: sock.send(pending[sock])]
