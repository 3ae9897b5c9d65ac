"""Software that nobody here wrote goes through the servers of exercise 12.

curl, by way of the forward proxy; and the course's own tests of exercises 05 to 10
through the relay, which must not change what they find. Some of these stand for all
others; BUCKETS_THROUGH_A_RELAY=all runs all of them, and all mistakes of these topics:

    BUCKETS_THROUGH_A_RELAY=all make test TESTS=tests/course/test_law_connecting_out.py
"""

import hashlib
import os
import shutil
import subprocess
from functools import cache

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
    "server_goes_on_behind_quit",
}
LONG = {"test_eight_megabytes_arrive_whole"}  # each takes seconds
GRADERS = [
    pytest.param(topic, grader, id=f"{topic.name[:2]}-{grader.__name__}")
    for topic in TOPICS
    for grader in graders(topic, *([] if ALL else SERVERS[topic.name]))
    if ALL or grader.__name__ not in LONG
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
    if why := BETWEEN_TWO.get(grader.__name__):
        pytest.skip(f"it asks for what belongs to one connection: {why}")
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
