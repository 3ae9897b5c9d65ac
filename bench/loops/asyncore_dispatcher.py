"""asyncore, as its documentation shows it; Python has had none since 3.12."""

from __future__ import annotations

import socket
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import asyncore

SCOOP = 65536


class Echo(asyncore.dispatcher_with_send):
    """Send back what comes."""

    def handle_read(self) -> None:
        """Some bytes have come."""
        data = self.recv(SCOOP)
        if data:
            self.send(data)


class Door(asyncore.dispatcher):
    """Let everybody in."""

    def handle_accepted(self, sock: socket.socket, address: tuple) -> None:
        """One connection."""
        Echo(sock)


def serve(listener: socket.socket, variant: str) -> None:
    """Send back to everybody what they send. Variants: "select", "poll"."""
    door = Door(listener)
    door.accepting = True
    asyncore.loop(use_poll=variant == "poll")
