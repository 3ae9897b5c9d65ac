"""The library's servers: small programs of ours, written as their manuals advise.

Each sends back what comes, as the learner's `echo` of lesson 07 does. They travel into
a child by value, as a learner's servers do, so they pay for the same start.
"""

from __future__ import annotations

import asyncio
import selectors
import socket
import socketserver
from contextlib import suppress
from typing import Any, cast

ROOM = 1 << 16
"""Bytes that are kept for a client that does not read; then it is not read from."""
SCOOP = 1 << 16


# socketserver: a thread for each client ---------------------------------------------


class _EchoLines(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        try:
            for line in self.rfile:
                self.wfile.write(line)
        except OSError:
            return  # the client has vanished; the next one is none the worse


class _Threads(socketserver.ThreadingTCPServer):
    daemon_threads = True


def socketserver_threads(listener: socket.socket) -> None:
    """socketserver's ThreadingTCPServer."""
    server = _Threads(listener.getsockname(), _EchoLines, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.serve_forever()


# selectors: a loop of one's own -----------------------------------------------------


def selectors_loop(listener: socket.socket) -> None:
    """One thread around selectors.DefaultSelector, with a buffer for each client."""
    chosen = selectors.DefaultSelector()
    listener.setblocking(False)
    chosen.register(listener, selectors.EVENT_READ)
    while True:
        for key, events in chosen.select():
            if key.data is None:
                _let_in(chosen, listener)
                continue
            try:
                _tip(chosen, key, events)
            except (OSError, EOFError):
                chosen.unregister(key.fileobj)
                cast(socket.socket, key.fileobj).close()


def _let_in(chosen: selectors.BaseSelector, listener: socket.socket) -> None:
    try:
        connection = listener.accept()[0]
    except OSError:
        return  # it has left again
    connection.setblocking(False)
    chosen.register(connection, selectors.EVENT_READ, bytearray())


def _tip(
    chosen: selectors.BaseSelector, key: selectors.SelectorKey, events: int
) -> None:
    """Take a scoop, hand over what there is room for, and watch for what is left.

    Raises:
        EOFError: all is said, and all is answered.
    """
    sock, kept = cast(socket.socket, key.fileobj), key.data
    finished = False
    if events & selectors.EVENT_READ:
        data = sock.recv(SCOOP)
        finished = not data
        kept += data
    with suppress(BlockingIOError):
        del kept[: sock.send(kept)]
    # While something is kept only room is waited for, so a client's end shows last.
    if finished:
        raise EOFError
    wanted = selectors.EVENT_WRITE if kept else selectors.EVENT_READ
    if wanted != key.events:
        chosen.modify(sock, wanted, kept)


# asyncio ----------------------------------------------------------------------------


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(SCOOP):
            writer.write(data)
            await writer.drain()
    writer.close()


def asyncio_streams(listener: socket.socket) -> None:
    """asyncio.start_server: a coroutine for each client."""

    async def serve() -> None:
        server = await asyncio.start_server(_echo, sock=listener, backlog=512)
        await server.serve_forever()

    asyncio.run(serve())


class _Echo(asyncio.Protocol):
    """A protocol gets what has come; it stops reading while its answers pile up."""

    transport: Any

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)

    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()


class _EchoFromBuffer(asyncio.BufferedProtocol):
    """The same, with a buffer to receive into."""

    transport: Any

    def __init__(self, buffer: bytearray):
        self.buffer = buffer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def get_buffer(self, sizehint: int) -> bytearray:
        return self.buffer

    def buffer_updated(self, nbytes: int) -> None:
        # A copy: what is not sent at once is kept, and the buffer is everybody's.
        self.transport.write(bytes(memoryview(self.buffer)[:nbytes]))

    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()


async def _serve(listener: socket.socket, protocol: Any) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, sock=listener, backlog=512)
    await server.serve_forever()


def asyncio_protocol(listener: socket.socket) -> None:
    """loop.create_server with a Protocol: a callback for what has come."""
    asyncio.run(_serve(listener, _Echo))


def asyncio_buffered(listener: socket.socket) -> None:
    """The same with a BufferedProtocol, which brings its own buffer: one for all."""
    buffer = bytearray(SCOOP)
    asyncio.run(_serve(listener, lambda: _EchoFromBuffer(buffer)))


def uvloop_protocol(listener: socket.socket) -> None:
    """The Protocol again, on a loop that is written in C."""
    import uvloop  # type: ignore[import-not-found, unused-ignore]

    uvloop.run(_serve(listener, _Echo))
