"""The cast, against servers that a test drives by hand."""

import socket
import threading

import pytest

from buckets.driving.clients import (
    Client,
    Dribbler,
    Ghost,
    Gulper,
    HalfCloser,
    Mob,
    Sipper,
    Squatter,
    Talker,
)
from buckets.driving.patience import Patience
from buckets.driving.unmet import Unmet

HURRY = Patience(deadline=0.2)


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        listener.settimeout(10)
        yield listener


@pytest.fixture
def pair(listener):
    """A function that connects a client of some kind; gives it and the server's end."""
    open_ones = []

    def connect(kind=Client, name="anna", **more):
        client = kind(listener.getsockname(), name, patience=HURRY, **more)
        connection, _ = listener.accept()
        connection.settimeout(10)
        open_ones.extend([client, connection])
        return client, connection

    yield connect
    for one in open_ones:
        one.__exit__(None, None, None)


def everything(connection):
    data = b""
    while piece := connection.recv(1 << 16):
        data += piece
    return data


def test_a_client_tells_what_it_did(pair):
    client, connection = pair()
    client.send(b"hello\n")
    connection.sendall(connection.recv(100))
    client.expect(b"hello\n")
    assert client.story.lines() == [
        "anna  connects",
        "anna  > b'hello\\n'",
        "anna  < b'hello\\n'",
    ]


@pytest.mark.parametrize(
    ("said", "kind", "text"),
    [
        (b"helko\n", "wrong", "expected b'hello\\n', got b'helko\\n'"),
        (b"hello\nyou", "extra", "expected no more, got b'you'"),
        (b"hel", "eof", "got b'hel' so far, but the server closed"),
        (b"", "eof", "but the server closed"),
    ],
)
def test_every_byte_is_checked(pair, said, kind, text):
    client, connection = pair()
    connection.sendall(said)
    connection.shutdown(socket.SHUT_WR)
    with pytest.raises(Unmet) as caught:
        client.expect(b"hello\n")
    assert caught.value.kind == kind
    assert caught.value.who == "anna"
    assert text in caught.value.text


def test_the_caret_stands_under_the_first_wrong_byte(pair):
    client, connection = pair()
    connection.sendall(b"helko\n")
    with pytest.raises(Unmet) as caught:
        client.expect(b"hello\n")
    expected, got, caret = caught.value.details.splitlines()
    column = caret.index("^")
    assert (expected[column], got[column]) == ("l", "k")


def test_waiting_ends_at_the_deadline_and_says_so(pair):
    client, _ = pair()
    with pytest.raises(Unmet, match="nothing came, until the deadline") as caught:
        client.expect(b"hello\n")
    assert caught.value.kind == "nothing"


def test_expect_eof_takes_the_end_and_nothing_else(pair):
    client, connection = pair()
    connection.shutdown(socket.SHUT_WR)
    client.expect_eof()
    client, connection = pair()
    connection.sendall(b"more")
    with pytest.raises(Unmet, match="expected no more"):
        client.expect_eof()


def test_expect_silence_sees_bytes_and_goodbyes(pair):
    client, connection = pair()
    client.expect_silence()
    connection.sendall(b"psst")
    with pytest.raises(Unmet, match="expected nothing yet"):
        # recv() proves that the bytes have come, before the client looks.
        client.sock.setblocking(True)
        client.sock.recv(1, socket.MSG_PEEK)
        client.sock.setblocking(False)
        client.expect_silence()


def test_nobody_listens(listener):
    address = listener.getsockname()
    listener.close()
    with pytest.raises(Unmet, match="refused") as caught:
        Client(address, "anna")
    assert caught.value.kind == "refused"


def test_a_reset_by_the_server_is_named(pair):
    client, connection = pair()
    client.send(b"unread")
    connection.recv(1)
    connection.close()  # with unread bytes, which makes it a reset
    with pytest.raises(Unmet, match="cut the connection with a reset"):
        client.expect_eof()


def test_the_dribbler_sends_single_bytes(pair):
    client, connection = pair(Dribbler)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.send(b"drip")
    pours = [event for event in client.story.events if event["e"] == "pour"]
    assert [event["data"] for event in pours] == list("drip")
    assert [event["took"] for event in pours] == [1, 1, 1, 1]
    client.close()
    assert everything(connection) == b"drip"


def test_the_trace_tells_how_much_of_a_long_word_was_taken(pair):
    client, connection = pair(Client)
    reader = threading.Thread(target=everything, args=[connection])
    reader.start()
    client.send(b"x" * (4 << 20)).close()
    reader.join(20)
    pours = [event for event in client.story.events if event["e"] == "pour"]
    assert sum(event["took"] for event in pours) == 4 << 20


def test_the_gulper_sends_many_messages_in_one_call(pair):
    client, connection = pair(Gulper)
    client.send_glued([b"one\n", b"two\n"])
    assert connection.recv(100) == b"one\ntwo\n"


def test_the_half_closer_still_listens(pair):
    client, connection = pair(HalfCloser)
    client.send(b"last words")
    assert everything(connection) == b"last words"
    connection.sendall(b"heard")
    client.expect(b"heard")


def test_the_ghost_leaves_a_reset(pair):
    client, connection = pair(Ghost)
    client.close()
    with pytest.raises(ConnectionResetError):
        connection.recv(100)


def test_the_squatter_says_so(pair):
    client, _ = pair(Squatter)
    assert client.story.lines() == ["anna  connects, says nothing"]


def test_the_sipper_leaves_the_server_no_room(pair):
    client, connection = pair(Sipper)
    connection.setblocking(False)
    sent = 0
    with pytest.raises(BlockingIOError):
        while sent < 64 << 20:
            sent += connection.send(bytes(1 << 16))
    assert sent < 32 << 20
    assert client.sip(10) == bytes(10)


def test_the_talker_stops_when_told(pair):
    before = threading.active_count()
    client, connection = pair(Talker)
    client.talk(b"bla ")
    assert connection.recv(8)
    client.close()
    assert threading.active_count() <= before
    assert set(everything(connection)) <= set(b"bla ")


def test_the_mob_is_told_of_as_one(listener):
    def connect(name):
        return Client(listener.getsockname(), name, patience=HURRY)

    mob = Mob(connect, 20)
    connections = [listener.accept()[0] for _ in range(20)]
    mob.send(lambda number: b"%d" % number)
    for connection in connections:
        connection.sendall(connection.recv(10))
    mob.expect(lambda number: b"%d" % number, backwards=True)
    mob.close()
    assert [line.split()[0] for line in mob.story.lines()] == ["mob"] * 4
    for connection in connections:
        assert everything(connection) == b""
        connection.close()


def test_a_member_that_fails_is_named(listener):
    def connect(name):
        return Client(listener.getsockname(), name, patience=HURRY)

    mob = Mob(connect, 2)
    with pytest.raises(Unmet) as caught:
        mob.expect(lambda number: b"x")
    assert caught.value.who == "mob-1"
    assert mob.story.lines()[-1].startswith("mob-1")
    for member in mob.members:
        member.close()


def test_to_hear_nothing_is_no_error(pair):
    client, connection = pair()
    assert client.hear(0.1) is None
    connection.sendall(b"hello\n")
    assert client.hear(10) == b"hello\n"
    connection.close()
    assert client.hear(10) == b""
    assert client.story.lines()[1:] == [
        "anna  < nothing in 0.1 s",
        "anna  < b'hello\\n'",
        "anna  < end of file",
    ]
