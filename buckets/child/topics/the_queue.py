"""A queue that is predicted and measured: one server, and one client at a time.

The other end is buckets.driving.topics.the_queue.Forecaster. Its connection, the desk,
brings orders, each a line of JSON. The desk is read and written past the recorder.
"""

from __future__ import annotations

import inspect
import json
import math
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import sleep
from typing import Any


def answer_forecasts(task: Callable[..., Any], listener: socket.socket) -> None:
    """Ask `task` for its predictions, and run the server that they are about.

    Args:
        task: takes costs and a patience, returns a wait for each client.
        listener: the first to connect is the forecaster; the others are its queue.
    """
    desk = listener.accept()[0].detach()
    answers = open(desk, "wb", closefd=False)
    for line in open(desk, "rb"):
        order = json.loads(line)
        if "costs" in order:
            said = _in_json(task(order["costs"], order["patience"]))
        else:
            serve_in_turn(listener, **order)
            said = b"served"
        answers.write(b"bytes %d\n%s" % (len(said), said))
        answers.flush()


def serve_in_turn(
    listener: socket.socket, size: int, patience: float, unit: float
) -> None:
    """Let in `size` clients, one after the other; each says what its request costs.

    Args:
        patience: units that it waits for a client to speak.
        unit: seconds.
    """
    for _ in range(size):
        connection, _ = listener.accept()
        connection.settimeout(None if patience == math.inf else patience * unit)
        with connection, suppress(OSError):
            said = connection.recv(64)
            if said:
                sleep(float(said) * unit)
                connection.sendall(b"done\n")


def _in_json(result: Any) -> bytes:
    """A list of numbers; of anything else, what it looks like, as a text."""
    said: Any
    if isinstance(result, Iterator):
        # It has an address in its repr(), which is another one each time.
        return json.dumps(f"<{type(result).__name__}>").encode()
    try:
        said = [float(each) for each in result]
    except (TypeError, ValueError):
        said = repr(result)[:200]
    return json.dumps(said).encode()


def wait_long(task: Callable[..., Any], listener: socket.socket) -> None:
    """Run a server that may wait a minute for a client."""
    task(listener, 60.0)


def wait_briefly(task: Callable[..., Any], listener: socket.socket) -> None:
    """Run a server that may wait 0.2 s for a client."""
    task(listener, 0.2)


def be_patient(task: Callable[..., Any], listener: socket.socket) -> None:
    """Run a server that may wait a minute for a client, if it asks for how long."""
    asked = len(inspect.signature(task).parameters) - 1
    task(listener, *[60.0] * asked)
