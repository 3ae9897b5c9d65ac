"""`watch(serve_many)`: run a server as running() does, then see what it did.

    with watch(serve_many) as run:
        eager = run.connect("eager")
        eager.send(b"hello\\n").expect(b"olleh\\n")

At the end of the block the aisle appears, drawn from this very run: taps, buckets with
their real levels, flags, and the walker. `run.timeline()` shows the same run as lanes.
The server's code needs no change.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from buckets.conditions import Options
from buckets.driving.levels import Gauge
from buckets.notebook.running import Running, must_be_callable
from buckets.trace.trace import Trace

if TYPE_CHECKING:
    from buckets.pictures.picture import Picture


class Watched(Running):
    """A recorded run. Made by watch().

    Args:
        task: a function that takes a listener.
        options: see buckets.driving.server.Options.
        show: whether the replay appears at the end of a with block.
        predict: whether the replay stops and asks which bucket comes next.
    """

    def __init__(self, task: Any, options: Options, show: bool, predict: bool):
        super().__init__(task, options)
        self._show, self._predict = show, predict
        self._gauge = Gauge(self.address[1], self.story.add)
        self._stopped = 0

    @property
    def trace(self) -> Trace:
        """The recorded run so far; see docs/trace.md."""
        return self._server.trace(self._stopped)

    def save(self, path: str | Path) -> None:
        """Write the trace as JSON lines, to look at it another day."""
        self.trace.write(path)

    def replay(self, predict: bool = False) -> Picture:
        """The aisle of this run, to play and to step through.

        Args:
            predict: stop at each change of flags and ask which bucket comes next.
        """
        from buckets.pictures.aisle.aisle import replay

        return replay(self.trace, sources=self.sources, predict=predict)

    def timeline(self) -> Picture:
        """This run as lanes: waiting is white, work is solid."""
        from buckets.pictures.timeline import timeline

        return timeline(self.trace)

    def stop(self) -> None:
        """End the server, and the reading of levels."""
        # That all clients hang up now is our tidying, and no part of the run.
        self._stopped = self._stopped or time.monotonic_ns()
        self._gauge.stop()
        super().stop()

    def __exit__(self, *problem: object) -> None:
        super().__exit__(*problem)
        if self._show:
            _display(self.replay(self._predict))


def watch(
    task: Any, *, show: bool = True, predict: bool = False, **options: Any
) -> Watched:
    """Start a server in a process of its own, and record what it does.

    Args:
        task: a function that takes a listener.
        show: show the replay at the end of the with block.
        predict: let the replay stop and ask which bucket comes next.
        options: backlog, buffers (bytes), descriptors; see
            buckets.driving.server.Options.

    Raises:
        TypeError: `task` is no function or class.
        ValueError: `task` uses something that cannot travel into another process.
    """
    must_be_callable("watch", task)
    return Watched(task, Options(**options), show, predict)


def _display(picture: Picture) -> None:
    try:
        from IPython.display import display
    except ImportError:
        print(picture.text)
        return
    display(picture)
