"""select.epoll and a dict: about the least that Python can do and still be right."""

from __future__ import annotations

import select
import socket

SCOOP = 65536


def serve(listener: socket.socket) -> None:
    """Send back to everybody what they send."""
    listener.setblocking(False)
    aisle, door = select.epoll(), listener.fileno()
    aisle.register(door, select.EPOLLIN)
    guests: dict[int, socket.socket] = {}
    pending: dict[int, bytes] = {}
    while True:
        for number, _ in aisle.poll():
            if number == door:
                _let_in(listener, aisle, guests)
                continue
            try:
                _tend(number, guests[number], aisle, pending)
            except OSError:
                pending.pop(number, None)
                guests.pop(number).close()


def _let_in(
    listener: socket.socket, aisle: select.epoll, guests: dict[int, socket.socket]
) -> None:
    while True:
        try:
            guest, _ = listener.accept()
        except BlockingIOError:
            return
        guest.setblocking(False)
        guests[guest.fileno()] = guest
        aisle.register(guest.fileno(), select.EPOLLIN)


def _tend(
    number: int, guest: socket.socket, aisle: select.epoll, pending: dict[int, bytes]
) -> None:
    """Send what is pending; if nothing was, read and send that.

    Raises:
        OSError: this guest has left.
    """
    waited = number in pending
    data = pending.pop(number, b"") or guest.recv(SCOOP)
    if not data:
        raise ConnectionResetError
    try:  # noqa: SIM105  suppress() would cost more than all the rest of this
        data = data[guest.send(data) :]
    except BlockingIOError:
        pass
    if data:
        pending[number] = data
    if waited != bool(data):
        aisle.modify(number, select.EPOLLOUT if data else select.EPOLLIN)
