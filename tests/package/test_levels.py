"""The level of each front bucket, read off the kernel's table."""

import socket
import sys
import time
from contextlib import suppress

import pytest

from buckets.driving.levels import (
    Gauge,
    on_its_way,
    read_level,
    read_levels,
    still_brings,
    taken_and_given,
)

linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux has /proc/net/tcp"
)


@linux
def test_buckets_fill_before_anybody_accepts():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"seven b")
            assert read_levels(port) == {client.getsockname()[1]: 7}
            connection, _ = listener.accept()
            connection.recv(3)
            assert read_levels(port) == {client.getsockname()[1]: 4}
            connection.close()


@linux
@pytest.mark.parametrize("without_netlink", [False, True])
def test_one_bucket_alone_tells_the_same(monkeypatch, without_netlink):
    if without_netlink:
        monkeypatch.delattr("socket.AF_NETLINK")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"seven b")
            mine = client.getsockname()[1]
            assert read_level(port, mine) == 7
            connection, _ = listener.accept()
            connection.recv(3)
            assert read_level(port, mine) == 4
            connection.recv(4)
            assert read_level(port, mine) == 0
            connection.close()
        assert read_level(port, 1) is None


@linux
@pytest.mark.parametrize("without_netlink", [False, True])
def test_an_end_of_file_is_no_water(monkeypatch, without_netlink):
    if without_netlink:
        monkeypatch.delattr("socket.AF_NETLINK")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"seven b")
            client.shutdown(socket.SHUT_WR)
            mine = client.getsockname()[1]
            assert read_level(port, mine) == 7
            connection, _ = listener.accept()
            connection.recv(3)
            assert read_level(port, mine) == 4
            connection.recv(4)
            assert read_level(port, mine) == 0
            connection.close()


@linux
def test_a_gauge_tells_changes_and_leaves_no_thread():
    told = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        gauge = Gauge(port, told.append)
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"drip")
            until = time.monotonic() + 10
            while time.monotonic() < until:
                if told and told[-1]["q"].get(str(client.getsockname()[1])) == 4:
                    break
                time.sleep(0.01)
        gauge.stop()
    assert not gauge._thread.is_alive()
    assert len(told) < 20
    assert any(4 in event["q"].values() for event in told)


def test_where_there_is_no_table_there_are_no_levels(monkeypatch, tmp_path):
    monkeypatch.setattr("buckets.driving.levels._TABLE", tmp_path / "tcp")
    assert read_levels(80) == {}


def until_told(fact):
    """The kernel says after 40 ms at most that something has arrived."""
    until = time.monotonic() + 10
    while not fact():
        assert time.monotonic() < until
        time.sleep(0.005)


@linux
def test_what_has_reached_a_bucket_is_not_on_its_way():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"seven b")
            until_told(lambda: not on_its_way(port))
            connection, _ = listener.accept()
            connection.close()
        # Those who were here are in the table for a minute more.
        until_told(lambda: not on_its_way(port))


@linux
def test_what_finds_no_room_is_on_its_way():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.setblocking(False)
            with pytest.raises(BlockingIOError):
                while True:
                    client.send(bytes(1 << 16))
            assert on_its_way(port)


# What the kernel tells of a connection: a client (2001) has 5 bytes for a server (1000)
# that found no room, and its clock (4, for a full bucket) rings in 0.5 s.
TABLE = """\
   0: 0100007F:03E8 0100007F:07D1 {state} 00000000:{unread} 00:00000000 00000000     0
   1: 0100007F:07D1 0100007F:03E8 01 {unsent} {clock}:00000032 00000000     0
"""


@pytest.mark.parametrize(
    ("changed", "brings"),
    [
        ({}, True),
        ({"clock": "01"}, True),
        ({"state": "08"}, True),
        ({"clock": "02"}, False),
        ({"unsent": "00000000:00000000"}, False),
        ({"unread": "00000001"}, False),
    ],
    ids=["full", "lost", "ended", "keepalive", "all is there", "unread"],
)
def test_the_kernels_clock_brings_what_there_is_room_for(
    monkeypatch, tmp_path, changed, brings
):
    told = {"state": "01", "unread": "00000000", "clock": "04"}
    told |= {"unsent": "00000005:00000000", **changed}
    (tmp_path / "tcp").write_text(TABLE.format(**told))
    monkeypatch.setattr("buckets.driving.levels._TABLE", tmp_path / "tcp")
    assert still_brings(1000) is still_brings(2001) is brings
    assert not still_brings(1001)


@linux
def test_the_kernel_brings_nothing_to_who_does_not_read():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.setblocking(False)
            with pytest.raises(BlockingIOError):
                while True:
                    client.send(bytes(1 << 16))
            assert on_its_way(port)
            assert not still_brings(port)


@linux
def test_who_waits_for_a_place_at_the_door_is_on_its_way():
    with socket.socket() as listener, socket.socket() as first:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        first.connect(("127.0.0.1", port))
        with socket.socket() as second, socket.socket() as third:
            for late in (second, third):
                late.setblocking(False)
                late.connect_ex(("127.0.0.1", port))
            assert on_its_way(port)


@linux
def test_without_a_table_anything_may_be_on_its_way(monkeypatch, tmp_path):
    monkeypatch.setattr("buckets.driving.levels._TABLE", tmp_path / "none")
    assert on_its_way(1)


@linux
def test_what_a_server_has_taken_and_given_is_exact():
    """Also while nobody takes anything, and the kernel has no room any more."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            mine = client.getsockname()[1]
            connection, _ = listener.accept()
            with connection:
                client.sendall(b"seven b")
                connection.recv(3)
                assert taken_and_given(port, mine) == (3, 0)
                connection.setblocking(False)
                given = 0
                with suppress(BlockingIOError):
                    while True:
                        given += connection.send(b"x" * 100_000)
                assert taken_and_given(port, mine) == (3, given)
                client.recv(70_000)
                assert taken_and_given(port, mine) == (3, given)


def test_of_a_connection_that_there_is_not_nothing_is_known():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert taken_and_given(listener.getsockname()[1], 1) is None
