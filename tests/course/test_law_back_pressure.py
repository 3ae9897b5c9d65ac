"""Software that nobody here wrote goes through the relay of exercise 13.

iperf3 floods it in both directions; curl takes megabytes through it, and is held for a
while. What has come is what was sent, and the relay keeps little meanwhile.
"""

import json
import shutil
import subprocess
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import pytest
from handed_in import submission
from web_shop import shop

from buckets import course
from buckets.behaviour import driver_of
from buckets.driving.server import Options, Server
from buckets.driving.topics.back_pressure import answer, begin_relay, serve_marked

TOPIC = course.Topic("13_back_pressure")
HIGH, LOW = 1 << 20, 1 << 18
ROOM = 24 << 20  # bytes of memory, for all pairs together
FLOOD = 64 << 20
MUCH = answer("tea", 15_000_000)


@cache
def solution():
    """What is handed in of exercise 13."""
    return submission(TOPIC)


@contextmanager
def relay(port):
    """The solution's relay, to a port of this machine."""
    options = Options(driver=driver_of(serve_marked), recorded=False, outward=True)
    with Server(solution(), "relay_with_marks", options=options) as server:
        upstream = SimpleNamespace(address=("127.0.0.1", port))
        begin_relay(server, upstream, HIGH, LOW)
        before = server.vitals().memory
        yield server
        assert server.ending() is None
        assert server.vitals().memory - before < ROOM


# iperf3 ------------------------------------------------------------------------------


@contextmanager
def iperf_server():
    """One that serves once, and its port."""
    server, port = next(filter(None, (begun() for _ in range(5))))
    with server:
        yield port
        server.kill()


def begun():
    """It cannot choose a port itself, and a free one may be taken meanwhile."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as free:
        port = free.server_port
    command = ["iperf3", "-s", "-1", "-B", "127.0.0.1", "-p", str(port), "--forceflush"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    if any("listening" in line for line in server.stdout):
        return server, port
    server.wait()
    return None


@pytest.mark.skipif(not shutil.which("iperf3"), reason="needs iperf3")
@pytest.mark.parametrize("way", ["", "--reverse"], ids=["there", "back"])
def test_iperf3_floods_the_relay(way):
    """It is content with what goes through, and the relay stays small."""
    with iperf_server() as port, relay(port) as server:
        _, door = server.address
        command = ["iperf3", "-c", "127.0.0.1", "-p", str(door), "-n", str(FLOOD), "-J"]
        done = subprocess.run(
            [*command, *way.split()], capture_output=True, text=True, timeout=100
        )
        assert done.returncode == 0, done.stdout[-500:]
    told = json.loads(done.stdout)["end"]
    assert told["sum_sent"]["bytes"] >= FLOOD
    # What is on its way when the sender stops the clock is not counted.
    assert told["sum_received"]["bytes"] > 0


# curl --------------------------------------------------------------------------------


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_curl_is_held_and_gets_every_byte():
    """Nobody reads what curl has got, so it stops; and then somebody does."""
    with shop(MUCH) as port, relay(port) as server:
        before = server.vitals().memory
        where = "http://{}:{}/".format(*server.address)
        command = ["curl", "-s", "-S", "--noproxy", "*", where]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as curl:
            first = curl.stdout.read(1)
            # It has begun; now its pipe is full, and nobody takes anything.
            server.until(lambda: False)
            assert server.vitals().memory - before < ROOM
            rest = curl.stdout.read()
        assert curl.returncode == 0
    assert first + rest == MUCH
