"""curio's server, as its documentation shows it: a task for each connection."""

from __future__ import annotations

import socket

import curio
from curio.network import run_server

SCOOP = 65536


async def _echo(client: curio.io.Socket, address: tuple) -> None:
    while data := await client.recv(SCOOP):
        await client.sendall(data)


def serve(listener: socket.socket) -> None:
    """Send back to everybody what they send."""
    listener.setblocking(False)
    curio.run(run_server, curio.io.Socket(listener), _echo)
