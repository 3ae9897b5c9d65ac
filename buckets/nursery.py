"""One warm child in reserve, so that a test does not wait for an interpreter.

A fresh process for every test is what makes tests fair, and its start is most of what
a short test costs. While one test runs, the next one's child is already importing.
"""

from __future__ import annotations

from buckets.spawn import Child, Walls


class Nursery:
    """Hands out fresh children and keeps the next one warm.

    Args:
        walls: the sandbox for every child, or None.
    """

    def __init__(self, walls: Walls | None = None):
        self.walls = walls
        self._spare: Child | None = None

    def take(self) -> Child:
        """A child nobody has used; another one is started in its place."""
        child = self._spare or Child(self.walls)
        self._spare = Child(self.walls)
        if child.popen.poll() is None:
            return child
        # It died in reserve (out of memory, a stray signal): no test pays for that.
        child.stop()
        return Child(self.walls)

    def close(self) -> None:
        """End the one in reserve."""
        if self._spare:
            self._spare.stop()
            self._spare = None
