"""The client at a desk: it talks to the code around a task, and not to its server.

Drivers of ours need orders, and have something to tell: whom a server is to call, what
a function has returned, which call of the work has begun. Each is one line of JSON, on
a connection of its own. The other end is buckets.child.desk.
"""

from __future__ import annotations

import json
from typing import Any, Self

from buckets.driving import control
from buckets.driving.clients import Client

MOST_LINE = 1 << 16
MOST_LINES = 20_000


class Desk(Client):
    """Talks to the code around the task; no water of it goes through the aisle."""

    _rest = b""
    _lines = 0

    def _event(self, kind: str, data: bytes = b"") -> None:
        if kind == "connect":
            super()._event(kind, data)

    def order(self, **told: Any) -> Self:
        """One line for the other end."""
        return self._pour(json.dumps(told).encode() + b"\n")

    def line(self, wanted: str) -> Any:
        """The next line from there, whatever stands in it."""
        while b"\n" not in self._rest:
            piece = self._some(1 << 16, wanted=wanted)
            if not piece or len(self._rest) > MOST_LINE:
                raise self._cut(wanted, "the server closed the connection", "eof")
            self._rest += piece
        data, _, self._rest = self._rest.partition(b"\n")
        self._lines += 1
        # It comes from the learner's side: anything may stand in it, without end.
        return control.anything(data) if self._lines < MOST_LINES else None
