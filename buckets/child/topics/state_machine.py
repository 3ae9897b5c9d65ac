"""Parsers that are fed by real clients: one parser for each, several at once.

The other end is buckets.driving.topics.state_machine. What a feed() gives is sent back
in a form of its own, an item a line, so that a test compares bytes and no objects.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Iterable
from typing import Any

SCOOP = 1 << 16


def feed_parsers(task: Callable[[], Any], listener: socket.socket) -> None:
    """Feed each client's bytes to a parser of its own, as they come.

    Args:
        task: a class; an object of it has feed(data).
        listener: whoever connects is fed to the next object.
    """
    parsers: dict[socket.socket, Any] = {}
    while True:
        for sock in select.select([listener, *parsers], [], [])[0]:
            if sock is listener:
                client = listener.accept()[0]
                parsers[client] = task()
            elif data := sock.recv(SCOOP):
                sock.sendall(b"".join(map(_in_bytes, _items(parsers[sock].feed(data)))))
            else:
                del parsers[sock]
                sock.close()


def _items(found: Any) -> Iterable[Any]:
    """What came back; one strange thing if it is no list."""
    if isinstance(found, list):
        return found
    told = repr(found)
    # An address says nothing to anybody.
    return [
        Strange(
            f"something of type {type(found).__name__}" if " at 0x" in told else told
        )
    ]


class Strange:
    """Something that feed() should not have returned."""

    def __init__(self, told: str):
        self.told = told


def _in_bytes(item: Any) -> bytes:
    """An item as a line: <line>, <words> or <words> <block>, and ! for a refusal."""
    if isinstance(item, bytes):
        return b"<%s>\n" % item
    if hasattr(item, "words") and hasattr(item, "block"):
        return _request(item.words, item.block)
    answer = getattr(item, "answer", None)
    if isinstance(answer, bytes):
        return b"! %s\n" % answer.removesuffix(b"\r\n")
    told = item.told if isinstance(item, Strange) else repr(item)
    return b"%s\n" % told[:200].encode("utf-8", "backslashreplace")


def _request(words: Any, block: Any) -> bytes:
    if _all_bytes(words) and (block is None or isinstance(block, bytes)):
        told = b"<%s>" % b" ".join(words)
        return told + (b"\n" if block is None else b" <%s>\n" % block)
    return repr((words, block))[:200].encode("utf-8", "backslashreplace") + b"\n"


def _all_bytes(words: Any) -> bool:
    many = isinstance(words, list | tuple)
    return many and all(isinstance(word, bytes) for word in words)
