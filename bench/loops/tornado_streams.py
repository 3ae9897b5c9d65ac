"""tornado's streams, as its documentation shows them."""

from __future__ import annotations

import asyncio
import socket

from tornado.iostream import IOStream, StreamClosedError
from tornado.tcpserver import TCPServer

SCOOP = 65536


class EchoServer(TCPServer):
    """Send back what comes, and wait until it is on its way."""

    async def handle_stream(self, stream: IOStream, address: tuple) -> None:
        """One connection."""
        while True:
            try:
                await stream.write(await stream.read_bytes(SCOOP, partial=True))
            except StreamClosedError:
                return


async def _serve(listener: socket.socket) -> None:
    listener.setblocking(False)
    EchoServer().add_sockets([listener])
    await asyncio.Event().wait()


def serve(listener: socket.socket) -> None:
    """Send back to everybody what they send."""
    asyncio.run(_serve(listener))
