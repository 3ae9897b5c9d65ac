"""Descriptors in select(), and a small object of state for each.

task: serve_many
"""

import select
from dataclasses import dataclass, field
from socket import socket


@dataclass
class Guest:
    connection: socket
    buffer: bytearray = field(default_factory=bytearray)

    def lines(self, data):
        self.buffer += data
        *lines, rest = self.buffer.split(b"\n")
        self.buffer = bytearray(rest)
        return lines


def look_after(guest):
    data = guest.connection.recv(4096)
    for line in guest.lines(data):
        guest.connection.sendall(turn_around(bytes(line)) + b"\n")
    return bool(data)


def serve_many(listener):
    guests = {}
    while True:
        readable, _, broken = select.select(
            [listener.fileno(), *guests], [], list(guests)
        )
        for fd in dict.fromkeys(readable + broken):
            if fd == listener.fileno():
                connection, _ = listener.accept()
                guests[connection.fileno()] = Guest(connection)
                continue
            try:
                stays = look_after(guests[fd])
            except OSError:
                stays = False
            if not stays:
                guests.pop(fd).connection.close()
