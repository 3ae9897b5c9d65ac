"""Software that nobody here wrote goes through the servers of exercise 12.

curl, by way of the forward proxy; and the course's own tests of exercises 05 to 10
through the relay, which must not change what they find. Some of these stand for all
others; BUCKETS_THROUGH_A_RELAY=all runs all of them, and all mistakes of these topics:

    BUCKETS_THROUGH_A_RELAY=all make test TESTS=tests/course/test_law_connecting_out.py
"""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
from functools import cache
from types import SimpleNamespace

import pytest
from handed_in import header, submission
from through_a_relay import (
    BETWEEN_TWO,
    MAY_PASS,
    TOPICS,
    first_failure,
    found,
    graders,
)
from web_shop import shop

from buckets import course
from buckets.behaviour import driver_of
from buckets.driving import orphans
from buckets.driving.beyond import Resolver
from buckets.driving.reserve import Nursery
from buckets.driving.server import Options, Server
from buckets.driving.topics.connecting_out import (
    lead_by_names,
    numbered,
    serve_by_names,
)

TOPIC = course.Topic("12_connecting_out")
MUCH = numbered(8 << 20)
handed_in = cache(submission)


@cache
def solution():
    """What is handed in of exercise 12."""
    return submission(TOPIC)


def begun(task, driver, child=None):
    """The solution's server."""
    options = Options(driver=driver_of(driver), recorded=False, outward=True)
    return Server(solution(), task, options=options, child=child)


def through(proxy, *words):
    """curl, by way of a proxy; it has begun."""
    command = ["curl", "-s", "-S", "--max-time", "60", "--proxytunnel", "--noproxy", ""]
    where = "http://{}:{}".format(*proxy.address)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([*command, "-x", where, *words], **pipes)


def heard(curl):
    """What it has got; it must have ended well."""
    out, complaint = curl.communicate(timeout=100)
    assert curl.returncode == 0, complaint
    return out


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_curl_gets_and_gives_by_way_of_the_proxy(tmp_path):
    """Eight megabytes each way; by a number, and by a name that is looked up."""
    (tmp_path / "much").write_bytes(MUCH)
    with shop(MUCH) as port, begun("forward", serve_by_names) as proxy:
        names = Resolver(proxy)
        lead_by_names(proxy, names)
        by_number = f"http://127.0.0.1:{port}/"
        assert heard(through(proxy, by_number)) == MUCH
        curl = through(proxy, "-T", str(tmp_path / "much"), f"http://shop.test:{port}/")
        names.is_asked("shop.test").answers("shop.test", "127.0.0.1")
        assert heard(curl) == hashlib.sha256(MUCH).hexdigest().encode()


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_curl_is_told_of_a_name_that_there_is_not():
    with begun("forward", serve_by_names) as proxy:
        names = Resolver(proxy)
        lead_by_names(proxy, names)
        curl = through(proxy, "http://nothing.test:80/")
        names.is_asked("nothing.test").answers("nothing.test")
        _, complaint = curl.communicate(timeout=100)
    assert curl.returncode and b"502" in complaint


# SOCKS5, which is no task -----------------------------------------------------------

SOCKS = """
import json, socket, sys
from bench.loops import notebooks
socks = notebooks.load("12_connecting_out").socks
resolver = tuple(json.loads(sys.argv[2]))
socks(socket.socket(fileno=int(sys.argv[1])), resolver, 30.0)
"""


@pytest.fixture
def socks():
    """The solution's optional proxy, its address, and the resolver's socket."""
    names = socket.socket(type=socket.SOCK_DGRAM)
    names.bind(("127.0.0.1", 0))
    names.settimeout(60)
    with names, socket.create_server(("127.0.0.1", 0)) as door:
        fd = door.fileno()
        argv = [sys.executable, "-c", SOCKS, str(fd), json.dumps(names.getsockname())]
        server = subprocess.Popen(argv, pass_fds=[fd], cwd=course.root())
        try:
            yield SimpleNamespace(address=door.getsockname(), names=names)
        finally:
            server.kill()
            server.wait()


def told_by(names, *hosts):
    """Answer one question of a resolver; the name that was asked for."""
    asked, who = names.recvfrom(4096)
    answer = asked[:2] + b"\x81\x80" + asked[4:6] + bytes([0, len(hosts), 0, 0, 0, 0])
    answer += asked[12:]
    for host in hosts:
        # The name stands at byte 12; an address of the Internet; 60 s; four bytes.
        answer += b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(host)
    names.sendto(answer, who)
    return asked[12:-4]


def by_socks(proxy, *words):
    """curl, by way of a proxy that is told the name; it has begun."""
    where = "{}:{}".format(*proxy.address)
    command = ["curl", "-s", "-S", "--max-time", "60", "--noproxy", ""]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([*command, "--socks5-hostname", where, *words], **pipes)


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_curl_speaks_socks5_to_the_proxy(socks, tmp_path):
    """By a number and by a name, there and back; and for what there is not."""
    (tmp_path / "much").write_bytes(MUCH)
    with shop(MUCH) as port:
        assert heard(by_socks(socks, f"http://127.0.0.1:{port}/")) == MUCH
        words = ("-T", str(tmp_path / "much"), f"http://shop.test:{port}/")
        curl = by_socks(socks, *words)
        assert told_by(socks.names, "127.0.0.1") == b"\4shop\4test\0"
        assert heard(curl) == hashlib.sha256(MUCH).hexdigest().encode()
    curl = by_socks(socks, "http://nothing.test/")
    told_by(socks.names)
    _, complaint = curl.communicate(timeout=100)
    assert curl.returncode == 97, complaint


@pytest.mark.parametrize("in_pieces", [False, True])
def test_a_greeting_may_come_in_pieces_and_be_followed_at_once(socks, in_pieces):
    with socket.create_server(("127.0.0.1", 0)) as door:
        host, port = door.getsockname()
        asked = b"\5\2\2\0\5\1\0\1" + socket.inet_aton(host)
        asked += port.to_bytes(2, "big") + b"and more"
        with socket.create_connection(socks.address, timeout=60) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for start in range(0, len(asked), 1 if in_pieces else len(asked)):
                client.sendall(asked[start:][: 1 if in_pieces else None])
            door.settimeout(60)
            far, _ = door.accept()
            with far, far.makefile("rb") as heard_there:
                assert heard_there.read(8) == b"and more"
            with client.makefile("rb") as heard_here:
                assert heard_here.read() == b"\5\0\5\0\0\1" + bytes(6)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (b"\5\1\2", b"\5\xff"),
        (b"\5\1\0\5\2\0\1\0", b"\5\0\5\7\0\1" + bytes(6)),
        (b"\5\1\0\5\1\0\4\0", b"\5\0\5\x08\0\1" + bytes(6)),
    ],
    ids=["way", "command", "kind"],
)
def test_what_it_does_not_do_is_told(socks, asked, answer):
    with socket.create_connection(socks.address, timeout=60) as client:
        client.sendall(asked)
        with client.makefile("rb") as heard_here:
            assert heard_here.read() == answer


# The suites of 05 to 10, through the relay ----------------------------------------

ALL = os.environ.get("BUCKETS_THROUGH_A_RELAY") == "all"
# What stands for its topic where not all is run: the server that comes last in it,
# and one that is wrong.
SERVERS = {
    "05_select": ["serve_many"],
    "06_back_bucket": ["serve_water"],
    "07_event_loop": ["echo", "broadcast"],
    "08_state_machine": ["serve_memcached"],
    "09_housekeeping": ["keep_house"],
    "10_database": ["serve_database"],
}
WRONG = {
    "one_line_for_each_recv",
    "puts_the_newest_in_front",
    "passes_on_what_has_come",
    "an_error_ends_the_conversation",
    "house_every_byte_renews",
    "server_counts_for_each_client",
}
LONG = {"test_eight_megabytes_arrive_whole"}  # each takes seconds
GRADERS = [
    pytest.param(topic, grader, id=f"{topic.name[:2]}-{grader.__name__}")
    for topic in TOPICS
    for grader in graders(topic, *([] if ALL else SERVERS[topic.name]))
    if (ALL or grader.__name__ not in LONG) and grader.__name__ not in BETWEEN_TWO
]
MISTAKES = [
    pytest.param(path, id=f"{topic.name[:2]}-{path.stem}")
    for topic in TOPICS
    for path in topic.mistakes
    if (ALL or path.stem in WRONG) and graders(topic, header(path)["task"])
]


@pytest.fixture(scope="module")
def nursery():
    """Servers are forked, as where answers are graded."""
    orphans.adopt()
    nursery = Nursery()
    nursery.begin()
    yield nursery
    nursery.close()
    orphans.adopt_no_more()


@pytest.mark.parametrize(("topic", "grader"), GRADERS)
def test_a_right_server_passes_through_the_relay(nursery, topic, grader):
    failed = found(nursery, grader, handed_in(topic), solution())
    assert failed is None


@pytest.mark.parametrize("path", MISTAKES)
def test_a_wrong_server_fails_the_same_test_through_the_relay(nursery, path):
    """The relay mends nothing, and breaks nothing more."""
    topic, task = course.Topic(path.parent.name), header(path)["task"]
    wrong = submission(topic, path)
    direct = first_failure(nursery, topic, wrong, task)
    if not direct:
        pytest.skip("it fails by what belongs to one connection alone")
    assert first_failure(nursery, topic, wrong, task, solution()) == direct


def test_what_no_relay_hands_on_is_there():
    """Each test that is left out is one, and there are few."""
    names = {each.__name__ for topic in TOPICS for each in graders(topic)}
    assert {*BETWEEN_TWO, *MAY_PASS} <= names
    assert len(BETWEEN_TWO) * 30 < len(names)
