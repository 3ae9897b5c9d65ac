"""Engines for the laws, forked from a process that has their imports done.

The laws grade some five hundred answers, and most of what a short run costs is the
start of pytest. What is run is the engine's own command; tests/package starts it as
learners do.

    python -I warm_engine.py CONTROL_FD
"""

import fcntl
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import struct
import subprocess
import sys

PID = struct.Struct("!q")
MOST_BYTES = 1 << 17
# Where descriptors lie while others take the numbers that they are to have.
ASIDE = 400
PACKAGES = "buckets.diagnosis", "buckets.driving", "buckets.grading", "_pytest"


class Engine:
    """A forked engine, with what is used of subprocess.Popen."""

    def __init__(self, pid):
        self.pid = pid
        try:
            self.pidfd = os.pidfd_open(pid)
        except ProcessLookupError:
            self.pidfd = None

    def wait(self):
        if self.pidfd is not None:
            select.select([self.pidfd], [], [])
            os.close(self.pidfd)
            self.pidfd = None


class WarmEngine:
    """Starts with the first engine that is asked for."""

    def __init__(self):
        self.line = self.process = None

    def start(self, command, *, cwd, env, stdout, pass_fds, **options):
        """As subprocess.Popen, for a command that begins with `python -I -m pytest`."""
        if command[:4] != [sys.executable, "-I", "-m", "pytest"]:
            options |= {"cwd": cwd, "env": env, "stdout": stdout, "pass_fds": pass_fds}
            return subprocess.Popen(command, **options)
        if self.line is None:
            self.begin()
        told = {"words": command[4:], "cwd": str(cwd), "env": env, "fds": pass_fds}
        descriptors = [stdout.fileno(), *pass_fds]
        socket.send_fds(self.line, [json.dumps(told).encode()], descriptors)
        return Engine(PID.unpack(self.line.recv(PID.size))[0])

    def begin(self):
        # Each message is one request, however long.
        self.line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-I", __file__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )

    def close(self):
        if self.line is not None:
            self.line.close()
            self.process.wait()


def serve(control_fd):
    """Fork whenever an engine is asked for, until whoever asks is gone."""
    line = socket.socket(fileno=control_fd)
    # Nobody waits for engines but by their pidfd.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.freeze()
    while True:
        told, descriptors, _, _ = socket.recv_fds(line, MOST_BYTES, 8)
        if not told:
            return
        pid = os.fork()
        if not pid:
            line.close()
            become(json.loads(told), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        line.sendall(PID.pack(pid))


def become(told, descriptors):
    """The engine that was asked for."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.chdir(told["cwd"])
    os.environ.clear()
    os.environ.update(told["env"])
    place(descriptors, [1, *told["fds"]])
    os.dup2(1, 2)
    sys.argv = ["pytest", *told["words"]]
    sys.exit(importlib.import_module("pytest").console_main())


def place(descriptors, numbers):
    """Give each descriptor the number that the command line says."""
    aside = []
    for descriptor in descriptors:
        aside.append(fcntl.fcntl(descriptor, fcntl.F_DUPFD, ASIDE))
        os.close(descriptor)
    for descriptor, number in zip(aside, numbers, strict=True):
        os.dup2(descriptor, number)
        os.close(descriptor)


def warm_up():
    for name in PACKAGES:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            importlib.import_module(module.name)
    # Read once, and not anew for each answer that fails.
    sys.modules["buckets.diagnosis.catalogue"].catalogue()


if __name__ == "__main__":
    warm_up()
    serve(int(sys.argv[1]))
