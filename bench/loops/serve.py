"""Run one entrant on a listener that is inherited.

python -m bench.loops.serve ENTRANT DESCRIPTOR
"""

from __future__ import annotations

import importlib
import resource
import socket
import sys


def main(name: str, descriptor: str) -> None:
    """Serve until somebody kills this process."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    module, _, variant = name.partition(":")
    entrant = importlib.import_module(f"bench.loops.{module}")
    listener = socket.socket(fileno=int(descriptor))
    entrant.serve(listener, *([variant] if variant else []))


if __name__ == "__main__":
    main(*sys.argv[1:])
