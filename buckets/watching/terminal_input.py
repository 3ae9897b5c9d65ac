"""One key each from a terminal, and one letter each from a pipe."""

from __future__ import annotations

import os
import select
import sys
import time
from contextlib import suppress
from typing import Any


class Keys:
    """Waits for a key, and no longer than it is told to; a with block.

    Where standard input is a terminal, no Enter is needed, and the terminal is as it
    was when the block ends. Where it has ended, nobody presses anything any more.
    """

    def __init__(self) -> None:
        self._former: list[Any] | None = None
        self._ended = sys.stdin is None or sys.stdin.closed

    def __enter__(self) -> Keys:
        if not self._ended and sys.stdin.isatty():
            # Not on Windows, which has no terminals of this kind.
            with suppress(ImportError):
                import termios
                import tty

                self._former = termios.tcgetattr(sys.stdin)
                tty.setcbreak(sys.stdin)
        return self

    def __exit__(self, *_: object) -> None:
        if self._former is not None:
            import termios

            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._former)

    def wait(self, seconds: float) -> str:
        """The key that is pressed within so many seconds, or ""."""
        if self._ended:
            time.sleep(seconds)
            return ""
        descriptor = sys.stdin.fileno()
        if not select.select([descriptor], [], [], seconds)[0]:
            return ""
        pressed = os.read(descriptor, 1).decode("ascii", "replace")
        self._ended = not pressed
        return pressed.strip().lower()
