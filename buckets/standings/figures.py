"""What there is to say of servers on the board: figures, rows, and the board of them.

Data only. What it says in words is in words, how it is drawn in picture, and where it
comes from in run.
"""

from __future__ import annotations

import platform
from dataclasses import asdict, dataclass, field
from typing import Any

VERSION = 1

YOURS, SOLUTION, LIBRARY = "yours", "solution", "library"
CAST = ("silent", "dribbler", "ghost", "half-closer", "sipper", "crowd")
"""Who comes to each server beside the load; rude.py says what each of them does."""
FINE, STALLED, DIED, WRONG, CUT = "–", "stalled", "died", "wrong", "cut off"
WORDS = {
    FINE: "the next client is served",
    STALLED: "the next client is not served",
    DIED: "the server ends",
    WRONG: "the next client gets a wrong answer",
    CUT: "this client itself gets no whole answer, and the next one is served",
}


@dataclass(frozen=True)
class Figures:
    """What was measured of one server.

    Args:
        clients: how many connected, or tried to.
        served: how many of them had a right answer. The others were connected, too.
        requests: right answers while all were asking.
        seconds: how long all were asking.
        p99: seconds within which 99 of 100 of those answers came; None if none did.
        cpu: seconds of CPU time for all those requests.
        memory: bytes of all its processes, with everybody connected.
        processes, threads: how many the server was.
        idle: its share of a CPU while everybody was connected and silent.
        trouble: how it ended or what it said wrong; empty if neither.
    """

    clients: int
    served: int = 0
    requests: int = 0
    seconds: float = 0.0
    p99: float | None = None
    cpu: float = 0.0
    memory: int = 0
    processes: int = 0
    threads: int = 0
    idle: float = 0.0
    trouble: str = ""

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds if self.seconds else 0.0

    @property
    def each(self) -> float | None:
        """Seconds of CPU time a request; None where there was none."""
        return self.cpu / self.requests if self.requests else None


@dataclass(frozen=True)
class Row:
    """One server on the board.

    Args:
        name, origin, model, whose: see Entrant.
        note: why it is a solution's, or why there are no figures, or what happened.
        figures: what was measured; None of one that does not serve.
        rude: for each of the cast what came of it; see WORDS.
    """

    name: str
    origin: str
    model: str
    whose: str
    note: str = ""
    figures: Figures | None = None
    rude: dict[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The lesson's number and the name; a star for what a solution stands in."""
        number = "" if self.whose == LIBRARY else f"{self.origin[:2]} "
        return f"{number}{self.name}{' *' * (self.whose == SOLUTION)}"

    @property
    def served_all(self) -> bool:
        """Whether everybody who connected was served as well."""
        return bool(self.figures and self.figures.served == self.figures.clients)


@dataclass(frozen=True)
class Board:
    """What was found of all.

    Args:
        rows: the servers, in the order of the course.
        clients: how many came to each.
        seconds: how long all of them asked.
        others: CPUs that other programs used meanwhile, on average.
    """

    rows: tuple[Row, ...]
    clients: int
    seconds: float
    others: float

    @property
    def measured(self) -> list[Row]:
        """Those with figures."""
        return [row for row in self.rows if row.figures]

    @property
    def left_out(self) -> list[Row]:
        """Those without."""
        return [row for row in self.rows if not row.figures]

    def document(self) -> dict[str, Any]:
        """Everything, as JSON takes it. Times are in seconds, memory in bytes."""
        return {
            "version": VERSION,
            "python": platform.python_version(),
            "clients": self.clients,
            "seconds": self.seconds,
            "others": round(self.others, 3),
            "servers": [asdict(row) for row in self.rows],
        }
