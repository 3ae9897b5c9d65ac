"""Lints: each sees its mistake in a real run, and is silent over a right server."""

import contextlib
import json
from pathlib import Path

import pytest
from servers import submission

from buckets.conditions import Options
from buckets.driving.clients import Sipper, Squatter
from buckets.driving.server import Server
from buckets.driving.unmet import Unmet
from buckets.trace.lints import find
from buckets.trace.trace import Trace

TRACES = Path(__file__).parent / "traces"
SAMPLES = sorted(TRACES.glob("*.jsonl"))

LOOP = """
import select, time

def serve(listener):
    clients = []
    while True:
        readable, writable, _ = select.select([listener, *clients], {writers}, [])
        for sock in readable:
            if sock is listener:
                clients.append(sock.accept()[0])
                continue
            data = sock.recv(4096)
            if not data:
                {goodbye}
                continue
            {answer}
"""

RIGHT = {
    "writers": "[]",
    "goodbye": "clients.remove(sock); sock.close()",
    "answer": "sock.sendall(data)",
}


def loop(**wrong):
    """A right select() loop, but for what is named."""
    return LOOP.format(**RIGHT | wrong)


def altered(source, right, wrong):
    """A server with one thing changed."""
    assert right in source
    return source.replace(right, wrong)


def greet(server, *names):
    return [server.connect(name) for name in names]


def talk(server):
    """Two clients, across each other; one says goodbye, and the other goes on."""
    anna, ben = greet(server, "anna", "ben")
    ben.send(b"one").expect(b"one")
    anna.send(b"two").expect(b"two")
    ben.close()
    anna.send(b"three").expect(b"three")
    server.rest(0.3)


def lint(source, play, **options):
    """What find() says of a real run, and the trace that it says it of."""
    with Server(submission(source), "serve", options=Options(**options)) as server:
        # A play may end where the server fails, as a test does.
        with contextlib.suppress(Unmet):
            play(server)
        trace = Trace.load(server._trace, server.story.events)
    return find(trace)


def only(lints, name):
    found = [lint for lint in lints if lint.name == name]
    assert found, [(lint.name, lint.text) for lint in lints]
    return found[0]


# Nothing to say ---------------------------------------------------------------------

SELECTORS = """
import selectors

def serve(listener):
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                connection, _ = listener.accept()
                connection.setblocking(False)
                selector.register(connection, selectors.EVENT_READ)
            elif data := key.fileobj.recv(4096):
                key.fileobj.sendall(data)
            else:
                selector.unregister(key.fileobj)
                key.fileobj.close()
"""

THREADS = """
import threading

def handle(connection):
    with connection:
        while data := connection.recv(4096):
            connection.sendall(data)

def serve(listener):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=handle, args=[connection], daemon=True).start()
"""

FORKS = """
import os

def serve(listener):
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            while data := connection.recv(4096):
                connection.sendall(data)
            connection.close()
            os._exit(0)
        connection.close()
"""

ASYNCIO = """
import asyncio

async def handle(reader, writer):
    while data := await reader.read(4096):
        writer.write(data)
        await writer.drain()
    writer.close()

async def main(listener):
    async with await asyncio.start_server(handle, sock=listener) as server:
        await server.serve_forever()

def serve(listener):
    asyncio.run(main(listener))
"""

BUFFERS = """
import select

def serve(listener):
    listener.setblocking(False)
    waiting = {}
    while True:
        wanting = [sock for sock, data in waiting.items() if data]
        readable, writable, _ = select.select([listener, *waiting], wanting, [], 30)
        for sock in writable:
            sent = sock.send(waiting[sock])
            del waiting[sock][:sent]
        for sock in readable:
            if sock is listener:
                connection, _ = listener.accept()
                connection.setblocking(False)
                waiting[connection] = bytearray()
                continue
            data = sock.recv(4096)
            if data:
                waiting[sock] += data * 1000
            elif not waiting[sock]:
                del waiting[sock]
                sock.close()
"""


@pytest.mark.parametrize(
    "source",
    [loop(), SELECTORS, THREADS, FORKS, ASYNCIO],
    ids=["select", "selectors", "threads", "forks", "asyncio"],
)
def test_a_right_server_has_no_lint(source):
    assert lint(source, talk) == []


def drain_slowly(server):
    """A client whose replies are much larger than all buffers."""
    anna, ben = greet(server, "anna", "ben")
    anna.send(b"x" * 1000)
    ben.send(b"y").expect(b"y" * 1000)
    server.rest(0.2)
    anna.expect(b"x" * 1_000_000)


def test_a_short_send_that_is_taken_up_again_is_no_lint():
    assert lint(BUFFERS, drain_slowly, buffers=4096) == []


# It never rests ----------------------------------------------------------------------


def test_spinning_at_the_end_of_file():
    lints = lint(loop(goodbye="pass"), talk)
    spin = only(lints, "spinning")
    assert spin.misconception == "M06"
    assert "ben had finished, and was asked for more each time" in spin.text
    assert (spin.who, spin.at) == ("ben", ("cell 1", 6))
    eof = only(lints, "end of file not taken as goodbye")
    # While the loop still slept there was nothing to see.
    assert spin.t >= eof.t
    assert (eof.who, eof.misconception) == ("ben", "M06")
    assert only(lints, "never closed").misconception == "M06"
    assert len(lints) == 3


def test_write_interest_while_nothing_is_to_be_sent():
    lints = lint(loop(writers="clients"), talk)
    wrote = only(lints, "write interest while nothing to send")
    assert wrote.misconception == "M07"
    # Whether ben stays long enough to be named depends on the machine.
    assert "anna" in wrote.text
    assert {lint.misconception for lint in lints} == {"M07"}
    assert only(lints, "spinning")


@pytest.mark.parametrize("timeout", ["0", "0.001", "0.01"])
def test_polling_instead_of_waiting(timeout):
    source = altered(loop(), "[], [])", f"[], [], {timeout})")
    lints = lint(source, talk)
    assert only(lints, "polling instead of waiting").misconception == "M26"
    assert {lint.misconception for lint in lints} == {"M26"}


NAPS = """
import time

def serve(listener):
    listener.setblocking(False)
    clients = []
    while True:
        time.sleep(0.005)
        try:
            connection, _ = listener.accept()
            connection.setblocking(False)
            clients.append(connection)
        except BlockingIOError:
            pass
        for sock in list(clients):
            try:
                data = sock.recv(4096)
            except BlockingIOError:
                continue
            if data:
                sock.sendall(data)
            else:
                clients.remove(sock)
                sock.close()
"""


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (NAPS, "slept a little"),
        (altered(NAPS, "time.sleep(0.005)", "pass"), "one socket after the other"),
    ],
)
def test_polling_without_select(source, told):
    (polling,) = lint(source, talk)
    assert (polling.name, polling.misconception) == (
        *("polling instead of waiting", "M26"),
    )
    assert told in polling.text


def test_a_flag_that_nobody_sees_to():
    source = altered(loop(), "in readable:", "in readable if len(clients) < 2 else []:")
    ignored = only(lint(source, hold_up), "flag ignored")
    assert (ignored.misconception, ignored.who) == ("M28", "eager")
    # How often is told by the lint on spinning, and by no other number.
    assert "The flag of eager was up turn after turn" in ignored.text
    assert only(lint(source, hold_up), "spinning").misconception == "M28"


# It waits in the wrong place --------------------------------------------------------


def hold_up(server):
    """The first says nothing, and the second is not served."""
    server.connect("silent", Squatter)
    server.connect("eager").send(b"hello").expect(b"hello")


BLOCKING = """
def serve(listener):
    while True:
        connection, _ = listener.accept()
        while data := connection.recv(4096):
            connection.sendall(data)
        connection.close()
"""


def test_blocked_on_one_while_others_wait():
    (blocked,) = lint(BLOCKING, hold_up)
    assert blocked.name == "blocked on one client while others wait"
    assert (blocked.misconception, blocked.who) == ("M11", "silent")
    assert blocked.at == ("cell 1", 4)
    assert "for silent, while the bytes of eager lay unread" in blocked.text


def test_read_without_a_flag():
    source = altered(loop(), "in readable:", "in [listener, *clients]:")
    lints = lint(source, hold_up)
    read = only(lints, "read without a flag")
    assert "although the flag of" in read.text
    assert read.misconception in ("M11", "M27")
    assert only(lints, "blocked on one client while others wait")


def test_a_second_read_under_one_flag():
    source = loop(
        answer="sock.sendall(data)\n            while data := sock.recv(9): pass"
    )

    def one_of_two(server):
        anna, ben = greet(server, "anna", "ben")
        anna.send(b"one").expect(b"one")
        ben.send(b"two").expect(b"two")

    lints = lint(source, one_of_two)
    assert only(lints, "read without a flag").misconception == "M12"
    assert only(lints, "blocked on one client while others wait").who == "anna"


def test_stuck_in_a_send():
    source = loop(answer="sock.sendall(data * 10_000)")

    def one_does_not_read(server):
        sipper = server.connect("sipper", Sipper)
        sipper.send(b"x" * 1000)
        server.connect("eager").send(b"y").expect(b"y" * 10_000)

    lints = lint(source, one_does_not_read, buffers=4096)
    blocked = only(lints, "blocked on one client while others wait")
    assert blocked.misconception == "M13"
    assert "for sipper to read, while the bytes of eager lay unread" in blocked.text


def test_hogging_the_loop():
    source = loop(answer="time.sleep(0.5 * (data == b'gold')); sock.sendall(data)")

    def gold(server):
        anna, ben, cleo = greet(server, "anna", "ben", "cleo")
        cleo.send(b"one").expect(b"one")
        anna.send(b"gold")
        ben.send(b"two")
        cleo.send(b"three")
        ben.expect(b"two")
        cleo.expect(b"three")
        anna.expect(b"gold")

    hog = only(lint(source, gold), "hogged the loop")
    assert (hog.misconception, hog.who) == ("M18", "anna")
    assert "busy with anna" in hog.text
    assert "2 flags were up: ben and cleo had to wait" in hog.text


def test_who_is_in_no_list():
    source = altered(loop(), "[listener, *clients]", "[listener, *clients[:1]]")

    def second(server):
        anna, ben = greet(server, "anna", "ben")
        anna.send(b"one").expect(b"one")
        ben.send(b"two").expect(b"two")

    (unheard,) = lint(source, second)
    assert (unheard.name, unheard.misconception) == ("not in the list", "M34")
    assert unheard.who == "ben"


def test_a_door_that_is_in_no_list():
    source = altered(loop(), "[listener, *clients]", "(clients or [listener])")
    (unheard,) = lint(source, hold_up)
    assert unheard.name == "not in the list"
    assert "eager stood at the door" in unheard.text


# It forgets -------------------------------------------------------------------------


def test_a_connection_that_is_never_closed():
    forgets = loop(goodbye="clients.remove(sock); kept.append(sock)")
    source = altered(forgets, "clients = []", "clients, kept = [], []")
    (never,) = lint(source, talk)
    assert (never.name, never.misconception, never.who) == (
        "never closed",
        "M32",
        "ben",
    )


def test_a_parent_that_keeps_what_its_child_closed():
    last = "os._exit(0)\n        "
    keeps = altered(
        FORKS, last + "connection.close()", last + "kept.append(connection)"
    )
    source = altered(keeps, "listener):\n", "listener):\n    kept = []\n")
    never = only(lint(source, talk), "never closed")
    assert (never.misconception, never.who) == ("M21", "ben")


def test_a_short_send_whose_rest_is_forgotten():
    source = loop(answer="sock.setblocking(False); sock.send(data * 1_000_000)")

    def expects_all(server):
        server.connect("anna").send(b"abc").expect(b"abc" * 1_000_000)

    short = only(
        lint(source, expects_all, buffers=4096), "wrote short, forgot the rest"
    )
    assert (short.misconception, short.who) == ("M04", "anna")
    assert "of 3,000,000 bytes for anna" in short.text


def test_a_closed_socket_in_the_list():
    lints = lint(loop(goodbye="sock.close()"), talk)
    closed = only(lints, "closed descriptor in the list")
    assert (closed.misconception, closed.who) == ("M14", "ben")
    assert closed.at == ("cell 1", 6)


# By hand: what no run shows on purpose ----------------------------------------------


def test_few_of_each_name_and_in_order():
    events = [{"trace": 1, "e": "start", "t": 0, "p": 1, "listener": 3}]
    for number in range(20):
        port, fd, t = 50000 + number, 10 + number, number * 10**9
        common = {"p": 1, "fd": fd}
        events += [
            {"t": t + 1, "e": "accept", "p": 1, "fd": 3, "new": fd, "peer": port},
            *({"t": t + 2 + n, "e": "recv", "n": 0, **common} for n in range(3)),
            {"t": t + 9, "e": "close", **common},
        ]
    lints = find(Trace(events))
    assert len(lints) == 5
    assert [lint.t for lint in lints] == sorted(lint.t for lint in lints)
    assert lints[0].who == "the client on port 50000"


@pytest.mark.parametrize("path", SAMPLES, ids=[path.stem for path in SAMPLES])
def test_any_part_of_a_trace_can_be_linted(path):
    """A server may die at any line, and some lines may be lost."""
    events = Trace.load(path).events
    for cut in range(0, len(events), 7):
        find(Trace(events[:cut]))
        find(Trace(events[cut:]))
        find(Trace(events[:cut] + events[cut + 5 :]))


def test_lints_are_pure():
    trace = Trace.load(TRACES / "spinning_after_eof.jsonl")
    before = json.dumps(trace.events)
    assert find(trace) == find(trace) != []
    assert json.dumps(trace.events) == before
