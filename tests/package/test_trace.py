"""Reading traces: whole ones, broken ones, and who is behind a descriptor."""

import io
import json
import os
import tempfile
from pathlib import Path

import pytest

from buckets.trace import trace as reading
from buckets.trace.trace import Ledger, Trace, sound

SAMPLES = sorted((Path(__file__).parent / "traces").glob("*.jsonl"))

START = {"trace": 1, "e": "start", "t": 1, "p": 10, "task": "serve", "listener": 3}


def line(e, t, p=10, **more):
    return {"t": t, "e": e, "p": p} | more


def client(e, t, who, port, **more):
    return {"t": t, "e": e, "who": who, "port": port} | more


def accept(t, new, peer, p=10):
    return line("accept", t, p, fd=3, new=new, peer=peer)


def as_file(*events, end=b""):
    lines = [json.dumps(event).encode() + b"\n" for event in events]
    return io.BytesIO(b"".join(lines) + end)


# Reading ---------------------------------------------------------------------------


@pytest.mark.parametrize("path", SAMPLES, ids=[path.stem for path in SAMPLES])
def test_a_written_trace_reads_back_the_same(path, tmp_path):
    trace = Trace.load(path)
    trace.write(tmp_path / "copy.jsonl")
    assert Trace.load(tmp_path / "copy.jsonl").events == trace.events


def test_server_and_clients_come_in_one_order_of_time():
    said = [client("connect", 5, "anna", 50000), client("pour", 30, "anna", 50000)]
    loaded = Trace.load(as_file(START, accept(20, 7, 50000)), said)
    assert [event["t"] for event in loaded.events] == [1, 5, 20, 30]
    assert loaded.missing is None


def test_no_client_speaks_in_a_servers_own_file():
    """Whoever serves may write anything; what clients did is known from themselves."""
    forged = [client("connect", 7, f"x{number}", number) for number in range(50)]
    said = [client("connect", 5, "anna", 50000)]
    loaded = Trace.load(as_file(START, *forged), said)
    assert loaded.events == [START, *said]
    assert loaded.missing == "Missing here: 50 lines that cannot be read."
    # A file that was written by us has both.
    assert len(Trace.load(as_file(START, *forged)).events) == 51


def test_blank_lines_are_nothing():
    file = io.BytesIO(b" " * 100 + b"\n" + as_file(START).getvalue() + b" \n\n")
    assert Trace.load(file).events == [START]
    assert Trace.load(file).missing is None


def test_a_line_cut_in_the_middle_is_said_to_be_cut():
    loaded = Trace.load(as_file(START, end=b'{"t":5,"e":"wai'))
    assert loaded.events == [START]
    assert loaded.missing == (
        "Missing here: the end of the last line, in which the server was stopped."
    )


def test_a_last_line_without_its_newline_is_whole():
    loaded = Trace.load(as_file(START, end=json.dumps(accept(5, 7, 1)).encode()))
    assert len(loaded.events) == 2
    assert loaded.missing is None


def test_garbage_is_counted():
    file = as_file(START, end=b"\xff\x00garbage\n[1,2]\n" + b"x" * 200_000 + b"\n")
    loaded = Trace.load(file)
    assert loaded.events == [START]
    assert loaded.missing.startswith("Missing here: ")
    assert loaded.missing.endswith(" lines that cannot be read.")


def test_an_empty_file_says_so():
    loaded = Trace.load(io.BytesIO(b""), [client("connect", 5, "anna", 50000)])
    assert len(loaded.events) == 1
    assert loaded.missing == "The server's side is missing: its recorder wrote nothing."


def test_several_reasons_are_one_sentence():
    summed = line("sum", 9, **{"from": 2, "to": 9, "waits": 1000, "fails": 234})
    loaded = Trace.load(as_file(START, summed, line("off", 10, why="full"), end=b"{"))
    assert loaded.missing == (
        "Missing here: 1,234 events that were counted and not written one by one, the "
        "end of the last line, in which the server was stopped, and all after the "
        "recorder gave up (full)."
    )


def test_a_beginning_that_is_lost_or_newer_is_told():
    assert "the beginning" in Trace.load(as_file(accept(5, 7, 1))).missing
    assert "version 2" in Trace.load(as_file(START | {"trace": 2})).missing


def test_a_file_that_is_not_there():
    with pytest.raises(FileNotFoundError):
        Trace.load("/nowhere/at/all.jsonl")


def test_a_long_trace_keeps_both_ends_and_who_came(monkeypatch):
    monkeypatch.setattr(reading, "HEAD", 100)
    monkeypatch.setattr(reading, "TAIL", 50)
    turns = [line("wait", t, api="select", r=[], w=[], x=[]) for t in range(2, 1000)]
    turns[500] = accept(502, 7, 50000)
    file = as_file(START, *turns)
    # As the recorder writes them: without spaces.
    loaded = Trace.load(io.BytesIO(file.getvalue().replace(b": ", b":")))
    assert len(loaded.events) == 151
    assert loaded.connections[0].port == 50000
    assert loaded.missing == (
        "Missing here: 848 lines from the middle of a very long trace."
    )


def test_a_million_lines_are_read_in_bounded_memory():
    turn = b'{"t":%d,"e":"woke","p":10,"r":[],"w":[],"x":[]}\n'
    with tempfile.TemporaryFile() as file:
        file.write(as_file(START).getvalue())
        for first in range(2, 1_000_002, 10_000):
            file.write(b"".join(turn % t for t in range(first, first + 10_000)))
        loaded = Trace.load(file)
    assert len(loaded.events) == reading.HEAD + reading.TAIL
    assert loaded.events[-1]["t"] == 1_000_001
    skipped = 1_000_001 - len(loaded.events)
    assert f"{skipped:,} lines" in loaded.missing


def test_a_server_that_writes_on_does_not_move_the_reader(monkeypatch):
    """Both have the same open file, and with it one place in it."""
    with tempfile.TemporaryFile("a+b") as file:
        file.write(
            as_file(START, *[accept(t, 7, t) for t in range(2, 9000)]).getvalue()
        )
        file.flush()
        pread = os.pread

        def write_on(fd, size, offset):
            os.write(fd, b"\n")
            return pread(fd, size, offset)

        monkeypatch.setattr(os, "pread", write_on)
        loaded = Trace.load(file)
    assert len(loaded.events) == 8999
    assert loaded.missing is None


@pytest.mark.parametrize(
    "bad",
    [
        [],
        {"e": "wait"},
        {"t": 1.5, "e": "wait"},
        {"t": True, "e": "end"},
        {"t": 1 << 70, "e": "end"},
        {"t": 1, "e": 7},
        {"t": 1, "e": "accept", "p": 1, "fd": 3},
        {"t": 1, "e": "accept", "p": 1, "fd": 3, "new": "4"},
        {"t": 1, "e": "wait", "p": 1, "api": "select", "r": [1], "w": ["2"], "x": []},
        {"t": 1, "e": "recv", "p": 1, "fd": 3, "n": 1, "data": 5},
        {"t": 1, "e": "end", "p": 1, "at": ["cell 7"]},
        {"t": 1, "e": "levels", "q": {"50000": "many"}},
        {"t": 1, "e": "connect", "who": "anna"},
        {"t": 1, "e": "end", "timeout": float("nan")},
    ],
)
def test_what_is_no_event_is_left_out(bad):
    assert not sound(bad)
    assert Trace([bad, START]).events == [START]


# Who is who -----------------------------------------------------------------------


def names(events):
    return [connection.name for connection in Trace(events).connections]


def about(events):
    """The client's name for each event that is about one."""
    steps = Trace(events).walk()
    return [(s.event["e"], s.connection.name) for s in steps if s.connection]


def test_a_connection_bears_its_clients_name():
    events = [
        START,
        client("connect", 2, "anna", 50000),
        accept(3, 7, 50000),
        line("recv", 4, fd=7, n=1),
    ]
    assert about(events) == [("connect", "anna"), ("accept", "anna"), ("recv", "anna")]


def test_accept_may_come_before_its_connect():
    events = [START, accept(2, 7, 50000), client("connect", 3, "anna", 50000)]
    assert names(events) == ["anna"]


def test_a_connection_without_a_client_is_known_by_its_port():
    assert names([START, accept(2, 7, 50000)]) == ["the client on port 50000"]


def test_a_descriptor_is_used_again():
    events = [
        START,
        client("connect", 2, "anna", 50000),
        client("connect", 3, "ben", 50001),
        accept(4, 7, 50000),
        line("close", 5, fd=7),
        accept(6, 7, 50001),
        line("recv", 7, fd=7, n=1),
    ]
    assert about(events)[-1] == ("recv", "ben")
    anna, ben = Trace(events).connections
    assert (anna.closed, ben.closed) == (5, None)


def test_a_close_that_went_unseen_shows_by_the_number():
    events = [START, accept(4, 7, 50000), accept(6, 7, 50001)]
    assert [c.closed for c in Trace(events).connections] == [6, None]


def test_a_port_is_used_again():
    events = [
        START,
        client("connect", 2, "anna", 50000),
        client("close", 3, "anna", 50000),
        client("connect", 4, "ben", 50000),
        accept(5, 7, 50000),
    ]
    assert names(events) == ["anna", "ben"]
    assert about(events)[-1] == ("accept", "ben")


@pytest.mark.parametrize("first", ["fork", "born"])
def test_a_forked_child_holds_what_its_parent_held(first):
    fork, born = line("fork", 6, child=11), line("born", 6, p=11, parent=10)
    lines = [fork, born] if first == "fork" else [born, fork]
    events = [
        START,
        accept(5, 7, 50000),
        lines[0],
        line("close", 7, fd=7),
        lines[1] | {"t": 8},
        line("recv", 9, p=11, fd=7, n=1),
    ]
    trace = Trace(events)
    assert trace.connections[0].closed is None
    assert trace.connections[0].holders == {11}
    assert Trace([*events, line("close", 10, p=11, fd=7)]).connections[0].closed == 10
    assert Trace([*events, line("end", 10, p=11)]).connections[0].holders == set()


def test_the_tables_of_a_forged_crowd_are_not_kept(monkeypatch):
    """Each fork copies a table: of 20,000 by 20,000 nobody could keep the copies."""
    monkeypatch.setattr(reading, "MOST_INHERITED", 1000)
    ledger = Ledger()
    for number in range(100):
        ledger.see(accept(number, new=100 + number, peer=1000 + number))
    for number in range(100):
        ledger.see(line("fork", 200 + number, child=500 + number))
    held = [len(ledger.held(500 + number)) for number in range(100)]
    assert held == [100] * 10 + [0] * 90
    assert len(ledger.held(10)) == 100


def test_the_door_and_who_stands_there():
    ledger = Ledger()
    for event in (
        START,
        client("connect", 2, "anna", 50000),
        client("connect", 3, "ben", 50001),
        accept(4, 7, 50000),
        line("fork", 5, child=11),
    ):
        ledger.see(event)
    assert ledger.is_door(10, 3)
    assert ledger.is_door(11, 3)
    assert not ledger.is_door(10, 7)
    assert [connection.who for connection in ledger.waiting()] == ["ben"]


def test_an_end_without_a_process_ends_all():
    events = [START, accept(5, 7, 50000), {"t": 9, "e": "end", "how": "killed"}]
    assert Trace(events).connections[0].holders == set()
