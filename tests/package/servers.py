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
