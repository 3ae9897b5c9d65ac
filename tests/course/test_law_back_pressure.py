"""Software that nobody here wrote goes through the relay of exercise 13.

iperf3 floods it in both directions. It compares no bytes: it shows that all has gone
through, and that the relay stays small. curl takes megabytes through it and is held for
a while, and gives some; two of our own flood it both ways at once. Of these, what has
come is what was sent, by its digest. The relay keeps little meanwhile.

No kernel's default decides how much lies on the way: where somebody is held, buffers
are set (SMALL), and what is sent is more than all of them.
"""

import hashlib
import json
import shutil
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import pytest
from handed_in import submission
from web_shop import shop

from buckets import course
from buckets.behaviour import driver_of
from buckets.driving.levels import on_its_way
from buckets.driving.server import Options, Server
from buckets.driving.topics.back_pressure import answer, begin_relay, serve_marked

TOPIC = course.Topic("13_back_pressure")
HIGH, LOW = 1 << 20, 1 << 18
ROOM = 24 << 20  # bytes of memory, for all pairs together
FLOOD = 64 << 20
MUCH = answer("tea", 15_000_000)
SMALL = 65536  # bytes of a buffer


@cache
def solution():
    """What is handed in of exercise 13."""
    return submission(TOPIC)


@contextmanager
def relay(port, buffers=None):
    """The solution's relay, to a port of this machine; with such buffers in front."""
    options = Options(
        driver=driver_of(serve_marked), recorded=False, outward=True, buffers=buffers
    )
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


# Both ways at once -------------------------------------------------------------------


def pour(sock, name):
    """Send a flood of known bytes, and then the end; its digest."""
    whole, piece = hashlib.sha256(), 1 << 20
    for start in range(0, FLOOD, piece):
        part = answer(name, piece, start)
        whole.update(part)
        sock.sendall(part)
    sock.shutdown(socket.SHUT_WR)
    return whole.hexdigest()


def drink(sock):
    """Take all that comes until the end; its digest."""
    whole = hashlib.sha256()
    while data := sock.recv(1 << 20):
        whole.update(data)
    return whole.hexdigest()


def test_two_floods_meet_and_each_arrives_byte_for_byte():
    """As iperf3 --bidir, with bytes that are known: 64 MB each way at one time."""
    with (
        socket.create_server(("127.0.0.1", 0)) as door,
        relay(door.getsockname()[1]) as server,
        socket.create_connection(server.address, timeout=60) as near,
        ThreadPoolExecutor(4) as pool,
    ):
        door.settimeout(60)
        far, _ = door.accept()
        with far:
            far.settimeout(60)
            poured = pool.submit(pour, near, "tea"), pool.submit(pour, far, "soup")
            heard = pool.submit(drink, far), pool.submit(drink, near)
            sent, got = [
                [each.result(100) for each in pair] for pair in (poured, heard)
            ]
    assert got == sent
    assert sent[0] != sent[1]


# curl --------------------------------------------------------------------------------


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_curl_gives_every_byte(tmp_path):
    """The web server tells the digest of what has come."""
    (tmp_path / "much").write_bytes(MUCH)
    with shop(MUCH) as port, relay(port) as server:
        where = "http://{}:{}/".format(*server.address)
        command = ["curl", "-s", "-S", "--noproxy", "*", "-T", tmp_path / "much", where]
        done = subprocess.run(command, capture_output=True, timeout=100)
    assert done.stdout == hashlib.sha256(MUCH).hexdigest().encode()


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_curl_is_held_and_gets_every_byte():
    """Nobody reads what curl has got, so it stops; and then somebody does."""
    with shop(MUCH, buffers=SMALL) as port, relay(port, buffers=SMALL) as server:
        before = server.vitals().memory
        where = "http://{}:{}/".format(*server.address)
        command = ["curl", "-s", "-S", "--noproxy", "*", where]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as curl:
            first = curl.stdout.read(1)
            # It has begun; now its pipe is full, and nobody takes anything.
            server.until(lambda: False)
            assert server.vitals().memory - before < ROOM
            # The relay reads no more: what the web server says stays with it.
            assert on_its_way(port)
            rest = curl.stdout.read()
        assert curl.returncode == 0
    assert first + rest == MUCH
