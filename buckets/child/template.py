"""A warm process that forks: each child begins with its imports done.

    python -I -u -m buckets.child --template CONTROL_FD

To start an interpreter and import what a child needs takes thirty times as long as a
fork(). So one process does it once, and never runs a line of a learner's: it waits for
two descriptors, forks, and tells the pid. Each child is as fresh as one that was
started by itself, because nothing has happened in the template but imports.
"""

from __future__ import annotations

import gc
import importlib
import os
import socket
import struct

PID = struct.Struct("!q")
STDOUT, STDERR = 1, 2


def serve(outside_fd: int) -> int | None:
    """Fork whenever the outside asks, until it is gone.

    Args:
        outside_fd: a Unix socket. A request is one byte with two descriptors: the
            child's control, and what takes its output. The answer is its pid.

    Returns:
        In a child, the descriptor of its control; in the template, at the end, None.
    """
    # Where a task is made by the cells, this is wanted, too.
    importlib.import_module("buckets.child.cells")
    outside = socket.socket(fileno=outside_fd)
    # A collection in a child would touch, and so copy, all that it has in common.
    gc.collect()
    gc.freeze()
    while True:
        asked, descriptors, _, _ = socket.recv_fds(outside, 1, 2)
        if not asked:
            return None
        pid = fork_twice()
        if not pid:
            outside.close()
            return _settle(*descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        outside.sendall(PID.pack(pid))


def fork_twice() -> int:
    """As fork(), but the child leads a session, and falls to whoever adopts orphans.

    Returns:
        0 in the child; elsewhere its pid, once it is an orphan, so that whoever
        adopts it can wait for it.
    """
    reading, writing = os.pipe()
    between = os.fork()
    if not between:
        if os.fork():
            os._exit(0)
        os.setsid()
        os.write(writing, PID.pack(os.getpid()))
        os.close(reading)
        os.close(writing)
        return 0
    os.close(writing)
    os.waitpid(between, 0)
    told = os.read(reading, PID.size)
    os.close(reading)
    return PID.unpack(told)[0] if told else -1


def _settle(control: int, output: int) -> int:
    """In a child: what it prints goes where the outside reads."""
    os.dup2(output, STDOUT)
    os.dup2(output, STDERR)
    os.close(output)
    return control
