"""The story of a test: what each client did, step by step, in order.

A failing test is explained by its story and not by a stack of frames. The idea of
a test as a list of steps that can each describe themselves is CS144/minnow's.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from buckets.driving.script import Script
from buckets.texts import say

NEARBY = 16
"""Lines: among so many of the last ones stands the one that was just added."""


@dataclass(frozen=True)
class Step:
    """One line of the story: `who` did `text`; `broken` marks the step that failed."""

    who: str
    text: str
    broken: bool = False


@dataclass
class Story:
    """Steps in the order in which they happened, and the same as trace events.

    Several clients may tell at once from several threads.
    """

    steps: list[Step] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    max_events: int = 20_000
    script: Script = field(default_factory=Script)
    # Ports that say nothing to a reader, and differ from run to run.
    ports: set[int] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def tell(self, who: str, text: str, *, broken: bool = False) -> None:
        """Add a step."""
        for port in self.ports:
            text = text.replace(f":{port}", ":PORT")
        with self._lock:
            self.steps.append(Step(who, text, broken))

    def breaks(self, who: str, text: str, subject: str = "") -> None:
        """Add the step that failed, and the same to the trace.

        Args:
            who: did it, in a line of the story.
            text: what it did.
            subject: what a sentence calls `who`; the same by default.
        """
        self.tell(who, text, broken=True)
        self.fault(f"{subject or who} {text}")

    def event(self, who: str, kind: str, port: int, data: bytes = b"") -> None:
        """Add a line for the trace: `kind` is connect, pour, hear, eof, close, ...

        Stamp a pour *before* the send: the server may answer before send() returns.
        """
        line = {"t": time.monotonic_ns(), "e": kind, "who": who, "port": port}
        if data:
            line |= {"n": len(data), "data": data[:48].decode("latin-1")}
        self.add(line)

    def took(self, who: str, count: int) -> None:
        """Say of the last pour of this client how much of it was taken."""
        with self._lock:
            if len(self.events) == self.max_events:
                return  # Then it may be one of those that were dropped.
            for line in islice(reversed(self.events), NEARBY):
                if line.get("who") == who and line["e"] == "pour":
                    line["took"] = count
                    return

    def add(self, line: dict[str, Any]) -> None:
        """Add a line for the trace as it is; beyond `max_events` it is dropped."""
        with self._lock:
            if len(self.events) < self.max_events:
                self.events.append(line)

    def fault(self, text: str) -> None:
        """Mark this moment in the trace as the one at which the test failed."""
        with self._lock:
            self.events.append({"t": time.monotonic_ns(), "e": "fault", "text": text})

    def lines(self) -> list[str]:
        """The story as aligned text, one string a line."""
        steps = self.shown()
        width = max((len(step.who) for step in steps), default=0)
        return [f"{step.who:<{width}}  {step.text}".rstrip() for step in steps]

    def shown(self) -> list[Step]:
        """The steps that are shown: a long story is cut in the middle."""
        with self._lock:
            return shorten(list(self.steps))


def shorten(steps: list[Step], most: int = 24) -> list[Step]:
    """Keep the beginning and the end of a long story; say what was left out."""
    if len(steps) <= most:
        return steps
    head, tail = steps[: most // 3], steps[-(most - most // 3) :]
    gap = len(steps) - len(head) - len(tail)
    return [*head, Step("...", say("report.more_steps", number=gap)), *tail]
