"""trio's streams, as its tutorial shows them."""

from __future__ import annotations

import socket

import trio


async def _echo(stream: trio.SocketStream) -> None:
    # A connection that is cut is no reason to end the others.
    try:
        async for data in stream:
            await stream.send_all(data)
    except trio.BrokenResourceError:
        pass


async def _serve(listener: socket.socket) -> None:
    listener.setblocking(False)
    door = trio.SocketListener(trio.socket.from_stdlib_socket(listener))
    await trio.serve_listeners(_echo, [door])


def serve(listener: socket.socket) -> None:
    """Send back to everybody what they send."""
    trio.run(_serve, listener)
