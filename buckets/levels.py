"""How much water stands in each front bucket: bytes in the kernel's receive buffers.

Linux tells it in /proc/net/tcp for every connection, also for those that nobody has
accepted yet: their buckets fill while they stand at the door. Elsewhere there is
nothing to read, and a picture then shows the levels that recv() met.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

_TABLE = Path("/proc/net/tcp")

# Local port, remote port, state (established, or half-closed by the client), send and
# receive queue; all in hexadecimal digits.
_SERVER_SIDE = rb":%s [0-9A-F]{8}:([0-9A-F]{4}) (?:01|08) [0-9A-F]{8}:([0-9A-F]{8})"

# A reading costs some milliseconds on a busy machine; more of them would be felt.
PAUSE = 0.05


def read_levels(port: int) -> dict[int, int]:
    """Bytes that wait to be read, by the client's port.

    Args:
        port: the port that the clients called.
    """
    try:
        table = _TABLE.read_bytes()
    except OSError:
        return {}
    # Not line by line: visits of the last minute stand there too, and they are many.
    ends = re.finditer(_SERVER_SIDE % (b"%04X" % port), table)
    return {int(end[1], 16): int(end[2], 16) for end in ends}


class Gauge:
    """Reads the levels at most twenty times a second, from a thread of its own.

    Only changes are told: an idle aisle costs no memory.

    Args:
        port: the port that the clients called.
        tell: called with a trace event for each change.
    """

    def __init__(self, port: int, tell: Callable[[dict[str, object]], None]):
        self.port = port
        self.tell = tell
        self._last: dict[int, int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(PAUSE):
            now, levels = time.monotonic_ns(), read_levels(self.port)
            if levels != self._last:
                self._last = levels
                readings = {str(port): level for port, level in levels.items()}
                self.tell({"t": now, "e": "levels", "q": readings})

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join()
