"""asyncio's streams, as its documentation shows them."""

from __future__ import annotations

import asyncio
import socket

SCOOP = 65536


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(SCOOP):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def _serve(listener: socket.socket) -> None:
    server = await asyncio.start_server(_echo, sock=listener)
    await server.serve_forever()


def serve(listener: socket.socket, variant: str = "") -> None:
    """Send back to everybody what they send. Variants: "uvloop"."""
    if variant == "uvloop":
        import uvloop

        uvloop.run(_serve(listener))
    else:
        asyncio.run(_serve(listener))
