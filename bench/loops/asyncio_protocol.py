"""asyncio's protocols: as they come, with a smaller scoop, and on uvloop.

As it comes, a transport asks recv() for 256 KiB. That is above the size from which
malloc maps memory anew for each request and unmaps it after (python/cpython#85451), so
asyncio is also measured with a scoop of 64 KiB, which is what the others here ask for.
"""

from __future__ import annotations

import asyncio
import socket
from typing import cast

SCOOP = 65536


class Echo(asyncio.Protocol):
    """Send back what comes; read no more while the other side does not read."""

    small_scoop = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        self.transport = cast(asyncio.Transport, transport)
        if self.small_scoop:
            self.transport.max_size = SCOOP  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """Send it back."""
        self.transport.write(data)

    def pause_writing(self) -> None:
        """The other side does not read."""
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """It reads again."""
        self.transport.resume_reading()


class EchoOfSmallScoops(Echo):
    """The same, with a scoop below malloc's limit."""

    small_scoop = True


class PlainEcho(asyncio.Protocol):
    """As the documentation's first example has it: nobody is stopped for anybody."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Send it back."""
        self.transport.write(data)


PROTOCOLS = {"64k": EchoOfSmallScoops, "plain": PlainEcho, "uvloop-plain": PlainEcho}


async def serve_with(protocol: type[asyncio.BaseProtocol], sock: socket.socket) -> None:
    """One protocol for each connection."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, sock=sock)
    await server.serve_forever()


def serve(listener: socket.socket, variant: str = "") -> None:
    """Send back to everybody what they send.

    Variants: "64k", "uvloop", "plain", "uvloop-plain".
    """
    protocol = PROTOCOLS.get(variant, Echo)
    if variant.startswith("uvloop"):
        import uvloop

        uvloop.run(serve_with(protocol, listener))
    else:
        asyncio.run(serve_with(protocol, listener))
