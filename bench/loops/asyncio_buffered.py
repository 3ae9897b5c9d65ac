"""asyncio's BufferedProtocol: the transport receives into a buffer that is kept."""

from __future__ import annotations

import asyncio
import socket
from typing import cast

from bench.loops.asyncio_protocol import SCOOP, serve_with


class BufferedEcho(asyncio.BufferedProtocol):
    """Send back what comes; read no more while the other side does not read."""

    # One for all: what is in it is copied before anybody else can receive.
    scoop = memoryview(bytearray(SCOOP))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        self.transport = cast(asyncio.Transport, transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where to receive into."""
        return self.scoop

    def buffer_updated(self, nbytes: int) -> None:
        """Send a copy back: what finds no room is kept, and the buffer is not."""
        self.transport.write(bytes(self.scoop[:nbytes]))

    def pause_writing(self) -> None:
        """The other side does not read."""
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """It reads again."""
        self.transport.resume_reading()


def serve(listener: socket.socket) -> None:
    """Send back to everybody what they send."""
    asyncio.run(serve_with(BufferedEcho, listener))
