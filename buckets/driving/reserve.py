"""Warm children in reserve, so that a test does not wait for an interpreter.

A fresh process for every test is what makes tests fair, and its start is most of what
a short test costs. While one test runs, the children of the next ones are importing.
"""

from __future__ import annotations

from collections import deque

from buckets.driving import orphans
from buckets.driving.spawn import Child, Walls
from buckets.driving.template import Template

# Two: a short test is over before one child has started, and most machines have a
# second CPU. More would only take CPU time from the test that runs.
AHEAD = 2
# One during the first tests: a wrong server fails there, and the one who waits for
# that failure should not wait for children that nobody needs yet.
CAREFUL_TESTS = 2


class Nursery:
    """Hands out fresh children and keeps the next ones warm.

    Args:
        walls: the sandbox for every child, or None.
    """

    def __init__(self, walls: Walls | None = None):
        self.walls = walls
        self._template = Template()
        self._spares: deque[Child] = deque()
        self._wanted = 0
        self._taken = 0

    def expect(self, tests: int, met: int = 0) -> None:
        """Say how many children will be asked for; no more are started in advance.

        Args:
            tests: so many by take().
            met: so many by take_ours().
        """
        self._wanted = tests if self.walls else tests + met

    def begin(self) -> None:
        """Start what takes longest, and do not wait for it: there will be a test."""
        if self._forks():
            self._template.start()
        else:
            self.warm()

    def move(self, walls: Walls) -> None:
        """From now on children live in other walls; those in reserve are ended."""
        while self._spares:
            self._spares.popleft().stop()
        self.walls = walls

    def warm(self) -> None:
        """Start what will be asked for next."""
        ahead = AHEAD if self._taken > CAREFUL_TESTS else 1
        while len(self._spares) < min(ahead, self._wanted):
            self._spares.append(self._child())

    def take(self) -> Child:
        """A child nobody has used; another one is started in its place."""
        child = self._spares.popleft() if self._spares else self._child()
        self._taken += 1
        self._wanted = max(0, self._wanted - 1)
        self.warm()
        while child.popen.poll() is not None:
            # It died in reserve (out of memory, a stray signal): no test pays for that.
            child.stop()
            child = self._child()
        return child

    def take_ours(self) -> Child:
        """A child for a server of the course's own, which a learner's client meets.

        No line of a learner's runs in it, so it needs no walls: the client has nothing
        of it but a connection.
        """
        if self.walls is None:
            return self.take()
        return self._forked() if orphans.adopting() else Child()

    def _child(self) -> Child:
        return self._forked() if self._forks() else Child(self.walls)

    def _forked(self) -> Child:
        try:
            return Child(template=self._template)
        except OSError:
            # It is gone, killed by whatever a test ran into. A new one begins.
            self._template.close()
            return Child(template=self._template)

    def _forks(self) -> bool:
        # A forked child falls to whoever adopts orphans; so that must be us.
        return self.walls is None and orphans.adopting()

    def close(self) -> None:
        """End those in reserve."""
        while self._spares:
            self._spares.popleft().stop()
        self._template.close()
