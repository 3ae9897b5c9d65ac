"""A thread for each connection, as in lesson 04."""

from __future__ import annotations

import socket
import threading

SCOOP = 65536


def _echo(sock: socket.socket) -> None:
    with sock:
        while data := sock.recv(SCOOP):
            sock.sendall(data)


def serve(listener: socket.socket) -> None:
    """Send back to everybody what they send."""
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=_echo, args=[sock], daemon=True).start()
