"""What the outside says to a child, once: a header, the parcel, and descriptors.

One of those is a pipe, by which the child answers; see buckets.driving.hearing.

The message travels over a Unix socket pair, because only that can carry an open
descriptor into a process that already runs. So a child can be started, with its
imports done, before anybody knows which test it will serve.
"""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Mapping
from typing import Any

_LENGTHS = struct.Struct("!II")
MOST_DESCRIPTORS = 8

# Bound at import, before the recorder wraps it: what a child tells of itself is no
# part of a learner's recording.
_write = os.write
_recv = socket.socket.recv


def send_spec(
    control: socket.socket,
    header: Mapping[str, Any],
    parcel: bytes,
    descriptors: Mapping[str, int],
) -> None:
    """Tell a waiting child what to do.

    Args:
        control: the outside's end of the pair.
        header: anything JSON can carry.
        parcel: the learner's object, see parcel.pack; may be empty.
        descriptors: open descriptors by the name under which the child finds them.
    """
    text = json.dumps({**header, "descriptors": list(descriptors)}).encode()
    lengths = _LENGTHS.pack(len(text), len(parcel))
    socket.send_fds(control, [lengths], list(descriptors.values()))
    control.sendall(text + parcel)


def receive_spec(control: socket.socket) -> tuple[dict[str, Any], bytes] | None:
    """Wait for the one message. None when the outside went away instead."""
    lengths, descriptors, _, _ = socket.recv_fds(
        control, _LENGTHS.size, MOST_DESCRIPTORS
    )
    if len(lengths) < _LENGTHS.size:
        return None
    text_length, parcel_length = _LENGTHS.unpack(lengths)
    header = json.loads(_read(control, text_length))
    names = header.pop("descriptors")
    header["descriptors"] = dict(zip(names, descriptors, strict=True))
    return header, _read(control, parcel_length)


def _read(control: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        piece = control.recv(size - len(data))
        if not piece:
            raise EOFError("the outside went away in the middle of its message")
        data += piece
    return bytes(data)


def report(says: int, **fields: Any) -> None:
    """Tell the outside something for display. Never a score: nobody would read it.

    Args:
        says: the descriptor of that name.
        fields: anything that JSON can carry.
    """
    line = memoryview(json.dumps(fields).encode() + b"\n")
    while line:
        line = line[_write(says, line) :]


def wait_for_a_word(control: socket.socket) -> None:
    """Until the outside says that it has looked, or is gone."""
    _recv(control, 1)


def say_the_word(control: socket.socket) -> None:
    """Let a child go on that waits for it."""
    control.sendall(b"\n")
