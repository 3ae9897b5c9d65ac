"""gevent's server, as its documentation shows it: a greenlet for each connection."""

from __future__ import annotations

import socket

import gevent.socket
from gevent.server import StreamServer

SCOOP = 65536


def _echo(sock: gevent.socket.socket, address: tuple) -> None:
    with sock:
        while data := sock.recv(SCOOP):
            sock.sendall(data)


def serve(listener: socket.socket) -> None:
    """Send back to everybody what they send."""
    listener.setblocking(False)
    door = gevent.socket.socket(fileno=listener.detach())
    StreamServer(door, _echo).serve_forever()
