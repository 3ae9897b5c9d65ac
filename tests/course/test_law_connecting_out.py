"""Software that nobody here wrote goes through the servers of exercise 12.

curl, by way of the forward proxy; and the course's own tests of exercise 05 through
the relay, which must not change what they find.
"""

import hashlib
import importlib.util
import shutil
import subprocess
from contextlib import ExitStack
from functools import cache
from types import SimpleNamespace

import pytest
from handed_in import header, submission
from web_shop import shop

from buckets import course
from buckets.behaviour import driver_of
from buckets.driving import orphans
from buckets.driving.beyond import Resolver
from buckets.driving.patience import Patience
from buckets.driving.reserve import Nursery
from buckets.driving.server import Options, Server
from buckets.driving.topics.connecting_out import (
    lead,
    lead_by_names,
    numbered,
    serve_by_names,
    serve_to,
)
from buckets.driving.unmet import Unmet

TOPIC, SELECT = course.Topic("12_connecting_out"), course.Topic("05_select")
MUCH = numbered(8 << 20)
# A server of 05 whose fault is seen on the wire.
WRONG = next(path for path in SELECT.mistakes if path.stem == "one_line_for_each_recv")


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


# The tests of 05, through the relay ----------------------------------------------


@pytest.fixture(scope="module")
def nursery():
    """Servers are forked, as where answers are graded."""
    orphans.adopt()
    nursery = Nursery()
    nursery.begin()
    yield nursery
    nursery.close()
    orphans.adopt_no_more()


def graders(topic, task):
    """The visible tests of a task, as functions, in teaching order."""
    spec = importlib.util.spec_from_file_location("through_a_relay", topic.tests)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = [each for each in vars(module).values() if hasattr(each, "behaviour")]
    return [each for each in found if each.behaviour.task == task]


def fails(nursery, grader, handed_in):
    """Whether a test fails, with the solution's relay in front of the server."""
    behaviour = grader.behaviour
    with ExitStack() as stack:
        server = Server(
            handed_in,
            behaviour.task,
            options=behaviour.options,
            child=nursery.take(),
        )
        stack.enter_context(server)
        relay = stack.enter_context(begun("relay", serve_to, nursery.take()))
        lead(relay, SimpleNamespace(address=server.address))
        server.address = relay.address
        # What a client waits for may be in the relay still: nobody is asked whether
        # the server sleeps.
        server.patience = Patience(deadline=2.0, ended=lambda: bool(server.ending()))
        try:
            grader(server)
        except Unmet:
            return True
    return False


def test_the_tests_of_05_pass_through_the_relay(nursery):
    tests = graders(SELECT, "serve_many")
    assert len(tests) > 8
    handed_in = submission(SELECT)
    failed = [each.__name__ for each in tests if fails(nursery, each, handed_in)]
    assert failed == []


def test_a_wrong_server_of_05_fails_through_the_relay(nursery):
    """As it does without one: the relay mends nothing."""
    handed_in = submission(SELECT, WRONG)
    tests = graders(SELECT, header(WRONG)["task"])
    assert any(fails(nursery, each, handed_in) for each in tests)
