"""A small server under the recorder, in a process of its own, for tests.

Run as a script it is that process: python recorded.py LISTENER TRACE BUDGET < SOURCE
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import traceback

from buckets.child import recorder
from buckets.trace.trace import Trace

DEADLINE = 60
CELL = "<cell 7>"


class Recorded:
    """A process that runs `serve(listener)` from `source`, recorded or not.

    Its end is the moment to look at `trace` and `output`: nothing needs a sleep.
    """

    def __init__(self, source, *, budget=2 << 20, record=True, mapped=True):
        self.file = tempfile.TemporaryFile("a+b")
        self.printed = tempfile.TemporaryFile("a+b")
        self.clients, self.ports = [], []
        with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
            self.address = listener.getsockname()
            trace_fd = self.file.fileno()
            if not mapped:
                # A file that is open for writing alone cannot be mapped.
                path = f"/proc/self/fd/{trace_fd}"
                trace_fd = os.open(path, os.O_WRONLY | os.O_APPEND)
            fds = (listener.fileno(), trace_fd)
            names = [str(fds[0]), str(fds[1] if record else -1), str(budget)]
            self.popen = subprocess.Popen(
                [sys.executable, __file__, *names],
                stdin=subprocess.PIPE,
                stdout=self.printed,
                stderr=subprocess.STDOUT,
                pass_fds=fds,
                start_new_session=True,
            )
        if not mapped:
            os.close(trace_fd)
        self.popen.stdin.write(textwrap.dedent(source).encode())
        self.popen.stdin.close()

    def connect(self):
        client = socket.create_connection(self.address, timeout=DEADLINE)
        self.clients.append(client)
        self.ports.append(client.getsockname()[1])
        return client

    def talk(self, *messages):
        """One client that says each message, waits for as many bytes, and leaves."""
        with self.connect() as client:
            for message in messages:
                client.sendall(message)
                got = bytearray()
                while len(got) < len(message):
                    piece = client.recv(65536)
                    assert piece, "the server hung up"
                    got += piece
        return self

    def wait(self):
        """Until the server ends by itself."""
        self.popen.wait(DEADLINE)
        return self

    def kill(self):
        os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait(DEADLINE)
        return self

    @property
    def output(self):
        self.printed.seek(0)
        return self.printed.read().decode()

    @property
    def size(self):
        return os.fstat(self.file.fileno()).st_size

    @property
    def trace(self):
        return Trace.load(self.file)

    @property
    def events(self):
        """Every line but the first."""
        return self.trace.events[1:]

    def until(self, enough):
        """The events as soon as they are enough."""
        deadline = time.monotonic() + DEADLINE
        while not enough(self.events):
            assert self.popen.poll() is None, self.output
            assert time.monotonic() < deadline, self.events[-20:]
        return self.events

    def of(self, *kinds):
        return [event for event in self.events if event["e"] in kinds]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for client in self.clients:
            client.close()
        if self.popen.poll() is None:
            self.kill()
        self.file.close()
        self.printed.close()


def main(listener_fd, trace_fd, budget):
    listener = socket.socket(fileno=listener_fd)
    source = sys.stdin.read()
    if trace_fd >= 0:
        recorder.install(
            trace_fd, task="serve", listener_fd=listener_fd, budget_bytes=budget
        )
    names = {"__name__": "__main__"}
    try:
        exec(compile(source, CELL, "exec"), names)
        names["serve"](listener)
    except Exception:
        traceback.print_exc()
        recorder.end("raised")
    else:
        recorder.end("returned")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
