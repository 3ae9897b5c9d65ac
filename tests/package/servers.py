"""Small servers for tests of the package, and a way to start one from its source."""

import textwrap

from buckets.conditions import Options
from buckets.driving.server import Server
from buckets.grading.collect import collect

UPPER = """
    def serve(listener):
        while True:
            connection, _ = listener.accept()
            while data := connection.recv(4096):
                connection.sendall(data.upper())
            connection.close()
"""


def submission(source, *names):
    """What a notebook of this one cell would hand in."""
    cell = {"label": "cell 1", "source": textwrap.dedent(source).strip()}
    return collect([cell], list(names or ["serve"]))


def start(source=UPPER, task="serve", **options):
    """A server that runs `source`; use it in a with block."""
    walls = options.pop("walls", None)
    handed_in = submission(source, task)
    return Server(handed_in, task, options=Options(**options), walls=walls)


ONE_STEP = '''
import select, socket

class EventLoop:
    """It knows the first step: it accepts, and it reads."""

    def __init__(self):
        self.handlers = {}

    def register(self, handler, read=True, write=False):
        self.handlers[handler.sock] = handler

    def run(self):
        while True:
            self.run_once()

    def run_once(self, timeout=None):
        for sock in select.select(list(self.handlers), [], [], timeout)[0]:
            handler = self.handlers[sock]
            if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                handler.handle_accept(sock.accept()[0])
            elif data := sock.recv(4096):
                handler.handle_read(data)
'''
"""A cell of exercise 07: an EventLoop that can do the first of its six steps."""
