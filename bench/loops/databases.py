"""The database of exercise 10 on several stores, and the stores."""

from __future__ import annotations

import dbm.dumb
import os
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import socket

from bench.loops import notebooks


class Memory(dict):
    """No file at all: what is left is the server."""

    def sync(self) -> None:
        """Nothing is kept, and nothing is promised."""


class Unsynced:
    """A dbm.dumb that is never asked to sync: what a sync costs is left out."""

    def __init__(self, path: str):
        self._book = dbm.dumb.open(path, "c")
        self.sync = lambda: None

    def __getattr__(self, name: str) -> object:
        return getattr(self._book, name)

    def __getitem__(self, key: bytes) -> bytes:
        return self._book[key]

    def __setitem__(self, key: bytes, record: bytes) -> None:
        self._book[key] = record

    def __delitem__(self, key: bytes) -> None:
        del self._book[key]

    def __contains__(self, key: bytes) -> bool:
        return key in self._book

    def __len__(self) -> int:
        return len(self._book)


class Journal:
    """A file to which every change is appended; all records are in memory, too.

    sync() hands what has gathered to the kernel in one write. A record that breaks off
    at the end of the file is left out.
    """

    HEAD = struct.Struct(">II")
    GONE = 0xFFFFFFFF

    def __init__(self, path: str):
        self._file = open(path, "a+b", buffering=0)
        self._file.seek(0)
        self._records = dict(self._read(self._file.read()))
        self._lines: list[bytes] = []

    def _read(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        at, found = 0, {}
        while at + 8 <= len(data):
            size, length = self.HEAD.unpack_from(data, at)
            end = at + 8 + size + (0 if length == self.GONE else length)
            if end > len(data):
                break
            key = data[at + 8 : at + 8 + size]
            if length == self.GONE:
                found.pop(key, None)
            else:
                found[key] = data[at + 8 + size : end]
            at = end
        return iter(found.items())

    def __getitem__(self, key: bytes) -> bytes:
        return self._records[key]

    def __setitem__(self, key: bytes, record: bytes) -> None:
        self._records[key] = record
        self._lines += [self.HEAD.pack(len(key), len(record)), key, record]

    def __delitem__(self, key: bytes) -> None:
        del self._records[key]
        self._lines += [self.HEAD.pack(len(key), self.GONE), key]

    def __contains__(self, key: bytes) -> bool:
        return key in self._records

    def __len__(self) -> int:
        return len(self._records)

    def keys(self) -> list[bytes]:
        """As dbm.dumb has it."""
        return list(self._records)

    def sync(self) -> None:
        """One write for all that has changed."""
        os.write(self._file.fileno(), b"".join(self._lines))
        self._lines.clear()


STORES = {
    "memory": lambda path: Memory(),
    "dbm.dumb": lambda path: dbm.dumb.open(path, "c"),
    "dbm.dumb, no sync": Unsynced,
    "journal": Journal,
}


def main(descriptor: int, store: str) -> None:
    """Serve the solution's database on one of the stores."""
    listener = socket.socket(fileno=descriptor)
    with tempfile.TemporaryDirectory() as folder:
        database = STORES[store](f"{folder}/pantry")
        notebooks.load("10_database").serve_database(listener, database, time.time)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
