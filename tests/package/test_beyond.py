"""Whom a server calls: doors that answer, refuse, or do neither; and a resolver."""

import errno
import select
import socket

import pytest
from servers import start

from buckets.driving.beyond import Hole, Nobody, Resolver, Upstream
from buckets.driving.levels import greetings
from buckets.driving.unmet import Unmet
from buckets.notebook.watch import watch

CALLS = """
import select, socket, time

def serve(listener):
    anna = listener.accept()[0]
    far = socket.create_connection(("127.0.0.1", int(anna.recv(99))))
    far.sendall(b"hello")
    anna.sendall(far.recv(99))
    time.sleep(60)
"""


def settled(sock, seconds):
    """Whether a call is over within so many seconds."""
    return bool(select.select([], [sock], [], seconds)[1])


def call(address):
    sock = socket.socket()
    sock.setblocking(False)
    assert sock.connect_ex(address) in (0, errno.EINPROGRESS)
    return sock


def test_an_upstream_is_called_and_speaks():
    with start(CALLS) as server:
        tea = Upstream(server, "tea")
        anna = server.connect("anna").send(b"%d" % tea.address[1])
        far = tea.answers().expect(b"hello")
        far.send(b"good day")
        anna.expect(b"good day")
        log = server.trace()
    dialled = [each for each in log.connections if each.called == tea.address[1]]
    assert [each.who for each in dialled] == ["tea"]


def test_nobody_has_called():
    with start() as server:
        tea = Upstream(server, "tea")
        with pytest.raises(Unmet, match="nobody called") as caught:
            tea.answers()
        assert caught.value.kind == "uncalled"
        assert server.story.steps[-1].broken


def test_a_hole_neither_takes_a_call_nor_refuses_it_until_it_opens():
    with start() as server:
        hole = Hole(server)
        with call(hole.address) as sock:
            assert not settled(sock, 0.2)
            assert sock.getsockname()[1] in greetings(hole.address[1])
            hole.until_called().opens()
            # The kernel greets again after a second, and after three.
            assert settled(sock, 10)
            assert not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            with hole.answers("late") as late:
                late.send(b"at last")
                assert sock.recv(99) == b"at last"


def test_who_waits_for_a_call_of_its_own_is_not_said_to_be_asleep():
    with start(CALLS) as server:
        hole = Hole(server, "hole")
        anna = server.connect("anna").send(b"%d" % hole.address[1])
        with pytest.raises(
            Unmet, match="the server waits for an answer to a call of its own"
        ):
            anna.expect(b"good day")


def test_who_has_come_before_a_door_was_shut_is_still_answered():
    with start() as server:
        tea = Upstream(server, "tea")
        with call(tea.address) as sock:
            assert settled(sock, 10)
            tea.shuts().opens()
            with tea.answers("early") as early:
                early.send(b"hello")
                select.select([sock], [], [], 10)
                assert sock.recv(99) == b"hello"


def test_nobody_refuses_and_keeps_the_port():
    with start() as server:
        nobody = Nobody(server)
        for _ in range(2):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(nobody.address)


def test_a_resolver_is_asked_and_answers():
    head = b"\0\7\1\0\0\1\0\0\0\0\0\0"
    asked = head + b"\3tea\7example\0\0\1\0\1"
    with start() as server, socket.socket(type=socket.SOCK_DGRAM) as sock:
        names = Resolver(server)
        sock.connect(names.address)
        sock.send(asked)
        names.is_asked("tea.example").lies("tea.example", "127.0.0.9")
        names.answers("tea.example", "127.0.0.2", "127.0.0.3")
        lie, answer = sock.recv(4096), sock.recv(4096)
        sock.send(asked)
        names.is_asked("tea.example").answers("tea.example")
        none = sock.recv(4096)
    assert lie[:2] == b"\0\x08" and answer[:2] == b"\0\7"
    assert answer[6:8] == b"\0\2" and answer.endswith(b"\x7f\0\0\3")
    assert none[3] & 15 == 3 and none[6:8] == b"\0\0"


def test_a_resolver_is_asked_for_another_name():
    with start() as server, socket.socket(type=socket.SOCK_DGRAM) as sock:
        names = Resolver(server)
        sock.sendto(b"no question at all", names.address)
        with pytest.raises(Unmet, match="expected to be asked for tea"):
            names.is_asked("tea.example")


def calls_tea(listener):
    """A server that calls somebody, and is refused by another one."""
    import errno
    import socket

    anna = listener.accept()[0]
    tea, nobody = map(int, anna.recv(99).split())
    for port in (tea, nobody):
        far = socket.socket()
        far.setblocking(False)
        if far.connect_ex(("127.0.0.1", port)) == errno.EINPROGRESS:
            far.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    anna.sendall(b"done")
    anna.recv(99)


def test_the_replay_draws_calls_of_the_servers_own():
    tea, nobody = Upstream(name="tea"), Nobody()
    with watch(calls_tea, show=False) as run:
        run.knows(tea, nobody)
        anna = run.connect("anna")
        anna.send(b"%d %d" % (tea.address[1], nobody.address[1]))
        tea.answers("tea-anna")
        anna.expect(b"done")
    picture = run.replay()
    assert "connect() calls tea-anna: the call is under way" in picture.html
    assert "ECONNREFUSED" in picture.html and "tea-anna" in picture.text
