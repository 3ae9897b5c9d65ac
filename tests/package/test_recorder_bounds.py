"""However much a server does, its trace stays small and tells how it ends."""

import os

import pytest
from recorded import Recorded

BLANK = 60_000  # bytes at the beginning that are kept for the last words
TURNS = 10_000

SPIN = """
import select, socket

def serve(listener):
    near, far = socket.socketpair()
    far.setblocking(False)
    listener.setblocking(False)
    dry, gone = socket.socketpair()
    gone.close()
    for turn in range({turns}):
        {turn}
    {last}
"""

SPINS = {
    "asking for write": ("wait", "select.select([far], [far], [])"),
    "polling": ("wait", "select.select([far], [], [], 0)"),
    "a deadline each turn": ("wait", "select.select([far], [], [], 1e-9 / (1 + turn))"),
    "end of file": ("recv", "select.select([dry], [], []); dry.recv(1)"),
    "nothing to read": (
        "fail",
        """
        try:
            far.recv(1)
        except BlockingIOError:
            pass""",
    ),
    "nobody to accept": (
        "fail",
        """
        select.select([], [far], [])
        try:
            listener.accept()
        except BlockingIOError:
            pass""",
    ),
}


def count(events, kind):
    """How many there were, written one by one or counted in sums."""
    written = sum(event["e"] == kind for event in events)
    return written + sum(event.get(kind + "s", 0) for event in events)


@pytest.mark.parametrize(("kind", "turn"), SPINS.values(), ids=SPINS)
def test_a_spin_is_summed_up(kind, turn):
    with Recorded(SPIN.format(turns=TURNS, turn=turn, last="")) as server:
        assert server.wait().output == ""
        assert count(server.events, kind) == TURNS
        assert server.size < BLANK + 300_000


def test_a_long_spin_leaves_no_more_than_twice_the_budget():
    turns, budget = 200_000, 50_000
    source = SPIN.format(turns=turns, turn="select.select([far], [], [], 0)", last="")
    with Recorded(source, budget=budget) as server:
        assert server.wait().output == ""
        assert count(server.events, "wait") == turns
        assert server.size < BLANK + 2 * budget


def test_what_differs_is_written_in_full_after_a_spin():
    turn = "select.select([far], [], [], 0)"
    last = "near.send(b'x'); select.select([far], [], [], 0); far.recv(1)"
    with Recorded(SPIN.format(turns=TURNS, turn=turn, last=last)) as server:
        *_, send, wait, woke, recv, end = server.wait().events
        kinds = [event["e"] for event in (send, wait, woke, recv, end)]
        assert kinds == ["send", "wait", "woke", "recv", "end"]
        assert wait["r"] == woke["r"] == [recv["fd"]]


@pytest.mark.parametrize(
    ("last", "kind", "wanted"),
    [
        ("far.setblocking(True); far.recv(7)", "try", {"op": "recv", "ask": 7}),
        ("select.select([], [], [far])", "wait", {"api": "select", "r": []}),
        ("select.select([far], [], [], 999)", "wait", {"timeout": 999}),
        ("import time; time.sleep(999)", "wait", {"api": "sleep", "timeout": 999}),
    ],
)
def test_where_a_server_hangs_after_a_spin_is_known(last, kind, wanted):
    turn = "select.select([far], [], [], 0)"
    with Recorded(SPIN.format(turns=TURNS, turn=turn, last=last)) as server:

        def hangs(events):
            return (
                events
                and events[-1]["e"] == kind
                and wanted.items() <= (events[-1].items())
            )

        server.until(hangs)
        server.kill()
        assert hangs(server.events)
        assert count(server.events, "wait") >= TURNS


ECHO = """
def serve(listener):
    connection, _ = listener.accept()
    while data := connection.recv(100):
        connection.sendall(data)
    connection.close()
    {last}
"""

BUDGET = 20_000


def test_when_the_budget_is_used_up_the_rest_is_counted():
    rounds = 2000
    messages = [b"%04d" % number for number in range(rounds)]
    with Recorded(ECHO.format(last=""), budget=BUDGET) as server:
        events = server.talk(*messages).wait().events
        assert server.size < BLANK + 3 * BUDGET
        # The beginning is there in full ...
        data = [event["data"] for event in events if event["e"] == "send"]
        assert data[:40] == [message.decode() for message in messages[:40]]
        # ... and nothing is lost of the number of things.
        assert count(events, "send") == rounds
        assert count(events, "recv") == rounds + 1
        assert [event["e"] for event in events if event["e"] in ("close", "end")] == [
            *("close", "end"),
        ]


def test_the_last_call_is_known_when_the_budget_is_used_up():
    source = ECHO.format(last="listener.accept()")
    with Recorded(source, budget=BUDGET) as server:
        server.talk(*[b"%04d" % number for number in range(1000)])
        server.until(lambda events: events and events[-1].get("op") == "accept")
        server.kill()
        last = server.events[-1]
        assert (last["e"], last["op"], last["at"]) == ("try", "accept", ["cell 7", 7])


MANY = """
import threading

def handle(connection):
    while data := connection.recv(100):
        connection.sendall(data)
    connection.close()

def serve(listener):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=handle, args=[connection], daemon=True).start()
"""


def test_connections_are_known_when_the_budget_is_used_up():
    with Recorded(MANY, budget=BUDGET) as server:
        server.talk(*[b"%04d" % number for number in range(300)])
        for _ in range(50):
            server.talk(b"hello")
        server.until(
            lambda events: sum(event["e"] == "close" for event in events) == 51
        )
        connections = server.trace.connections
        assert [connection.port for connection in connections] == server.ports
        assert all(connection.closed for connection in connections)


FORKS = """
import os

def serve(listener):
    for _ in range({children}):
        if os.fork() == 0:
            for _ in range(300):
                os.stat(".")
                listener.getsockname()
                listener.settimeout(0)
                listener.settimeout(None)
            os._exit(0)
    for _ in range({children}):
        os.wait()
"""


def test_all_children_share_one_budget():
    children, budget = 30, 60_000
    with Recorded(FORKS.format(children=children), budget=budget) as server:
        events = server.wait().events
        for kind, wanted in (("fork", children), ("born", children)):
            assert sum(event["e"] == kind for event in events) == wanted
        assert sum(event["e"] == "end" for event in events) == children + 1
        # A process looks at what the others have used once in 4 KB.
        assert server.size < BLANK + 2 * budget + children * 4096


def test_a_server_that_is_killed_leaves_all_it_did():
    with Recorded(ECHO.format(last="")) as server:
        client = server.connect()
        for number in range(500):
            client.sendall(b"%04d" % number)
            assert client.recv(4) == b"%04d" % number
        server.kill()
        events = server.events
        # All but what it did after the last answer was under way.
        assert count(events, "send") >= 499
        assert count(events, "recv") == 500
        assert server.trace.missing is None


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="needs /proc")
def test_a_file_that_cannot_be_mapped_has_no_last_words_and_all_the_rest():
    turn = "select.select([far], [], [], 0)"
    source = SPIN.format(turns=TURNS, turn=turn, last="far.setblocking(True)")
    with Recorded(source, mapped=False) as server:
        assert server.wait().output == ""
        assert count(server.events, "wait") == TURNS
        assert server.size < 300_000
