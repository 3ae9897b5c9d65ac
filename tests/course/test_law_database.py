"""Software that nobody here wrote works with the database of exercise 10.

pymemcache's own integration tests, out of its installed package, and Debian's
memccapable, each against a server of its own, with files.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pymemcache
import pytest
from handed_in import submission

from buckets import course
from buckets.behaviour import driver_of
from buckets.driving.server import Options, Server
from buckets.driving.topics.database import keep_files, keeper

TOPIC = course.Topic("10_database")
FOREIGN = Path(pymemcache.__file__).parent / "test" / "test_integration.py"
MARKERS = "unit: \nintegration: \ntls: \nbenchmark: "


@contextmanager
def database():
    """The solution's server, and its port; at the end SIGTERM must be obeyed."""
    options = Options(driver=driver_of(keep_files), recorded=False)
    with Server(submission(TOPIC), "run_database", options=options) as server:
        keeper(server, first=False)
        yield server.address[1]
        os.kill(server.process.pid, signal.SIGTERM)
        assert server.until(lambda: server.ending() is not None) in (None, "gone")
        assert server.ending().how == "returned"


def run(*command):
    """What a command printed, and how it ended."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    return done.stdout + done.stderr, done.returncode


def test_pymemcaches_own_tests_pass():
    """All but those that need TLS."""
    words = ["-q", "-p", "no:cacheprovider", "-c", os.devnull, "-m", "not tls"]
    words += ["-o", f"markers={MARKERS}", "--rootdir", str(FOREIGN.parent)]
    with database() as port:
        where = ["--server", "127.0.0.1", "--port", str(port)]
        told, status = run(sys.executable, "-m", "pytest", *words, *where, str(FOREIGN))
    assert status == 0, told
    assert int(re.search(r"(\d+) passed", told)[1]) >= 90, told


@pytest.mark.skipif(
    not shutil.which("memccapable"), reason="needs memccapable (libmemcached-tools)"
)
def test_memccapable_finds_nothing():
    with database() as port:
        told, status = run("memccapable", "-a", "-h", "127.0.0.1", "-p", str(port))
    assert status == 0, told
    assert told.count("[pass]") == 27 and "All tests passed" in told
