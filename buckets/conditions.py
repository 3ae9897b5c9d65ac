"""What a test asks of a run: of its listener, and of the process around it."""

from __future__ import annotations

from dataclasses import dataclass

BACKLOG = 512


@dataclass(frozen=True)
class Options:
    """What a test asks of the listener and of the process around it.

    Args:
        backlog: how many connections the kernel keeps at the door.
        buffers: bytes of the send and receive buffers of accepted sockets.
        descriptors: how many descriptors the process may have open.
        driver: source and name of a function (task, listener) that the child calls
            instead of the task itself.
        recorded: whether each call on a socket is written down. It costs more than
            the call, so a server whose CPU time is measured goes without.
    """

    backlog: int = BACKLOG
    buffers: int | None = None
    descriptors: int | None = None
    driver: tuple[str, str] | None = None
    recorded: bool = True
