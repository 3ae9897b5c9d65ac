"""A learner's server, seen and held from outside."""

import os
import pickle
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest
from servers import UPPER, start, submission

from buckets.driving.clients import Squatter
from buckets.driving.server import Server
from buckets.driving.spawn import Child
from buckets.driving.unmet import Unmet
from buckets.submission import Submission


def wait_until(true, seconds=10):
    """Wait for a fact of the operating system; the deadline is never met in peace."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "the deadline has passed"
        time.sleep(0.005)


def test_clients_are_served():
    with start() as server:
        server.connect("anna").send(b"hello").expect(b"HELLO")


def test_where_it_is_stuck_is_known_from_outside():
    with start() as server:
        server.connect("silent", Squatter)
        eager = server.connect("eager").send(b"hello")
        with pytest.raises(Unmet, match="the server is asleep") as caught:
            eager.expect(b"HELLO")
        assert caught.value.kind == "nothing"
        place = server.place()
        assert (place.cell, place.line, place.function) == ("cell 1", 4, "serve")
        assert place.source == "while data := connection.recv(4096):"


def test_to_be_asked_where_it_is_stuck_harms_it_not():
    with start() as server:
        client = server.connect("anna")
        for word in (b"one", b"two"):
            assert server.place()
            client.send(word).expect(word.upper())


def test_what_was_printed_before_an_answer_is_known_with_the_answer():
    """It lies in a pipe, and nobody need have read it yet."""
    source = """
        def serve(listener):
            for number in range(100):
                connection, _ = listener.accept()
                print("turn", number)
                connection.close()
    """
    with start(source) as server:
        for number in range(100):
            server.connect("anna").expect_eof()
            assert server.output.endswith(f"turn {number}\n")


def test_vitals_count_threads_children_and_descriptors():
    source = """
        import os, threading, time
        def serve(listener):
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
            if os.fork() == 0:
                time.sleep(60)
            listener.accept()[0].sendall(b"ready")
            listener.accept()
    """
    with start(source) as server:
        server.connect("anna").expect(b"ready")
        vitals = server.vitals()
        assert vitals.processes == 2
        assert vitals.threads == 3
        assert vitals.descriptors > 0
        assert vitals.memory > 1 << 20


def test_a_zombie_is_counted_as_one():
    source = """
        import os
        def serve(listener):
            if os.fork() == 0:
                os._exit(0)
            listener.accept()
    """
    with start(source) as server:
        wait_until(lambda: server.vitals().zombies == 1)


@pytest.mark.parametrize(
    ("body", "how", "error"),
    [
        ("return", "returned", ""),
        ("raise ValueError('no water')", "raised", "no water"),
        ("raise SystemExit(3)", "exited", "3"),
        ("import os; os._exit(4)", "exited", "exit code 4"),
        ("import os; os.kill(os.getpid(), 9)", "killed", "signal 9"),
    ],
)
def test_how_it_ended(body, how, error):
    with start(f"def serve(listener): {body}") as server:
        wait_until(server.ending)
        assert (server.ending().how, server.ending().error) == (how, error)


def test_a_process_that_never_came_to_the_task_is_no_fault_of_the_learners(monkeypatch):
    """It ends after it was told what to do, as on a machine that is out of memory."""
    handed_in, child = submission(UPPER, "serve"), Child()
    brief = child.brief
    wrong = {"mode": "serve", "nothing else": "is told"}
    monkeypatch.setattr(child, "brief", lambda _, *rest: brief(wrong, *rest))
    with pytest.raises(OSError, match="The process for serve did not start"):
        Server(handed_in, "serve", child=child)
    assert child.popen.poll() is not None


class EndsIt:
    def __reduce__(self):
        return os._exit, (3,)


def test_a_task_that_ends_its_process_when_it_is_loaded_is_told_of():
    bomb = Submission(parcels={"serve": pickle.dumps(EndsIt())})
    with Server(bomb, "serve") as server:
        wait_until(server.ending)
        assert server.ending().error == "exit code 3"


def test_the_traceback_is_the_learners_alone():
    source = """
        def pour(bucket):
            return bucket["front"]

        def serve(listener):
            listener.accept()
            pour({})
    """
    with start(source) as server:
        server.connect("anna")
        wait_until(server.ending)
        ending = server.ending()
        # Where the carets stand differs from Python to Python.
        lines = ending.traceback.splitlines()
        assert [line for line in lines if line.strip("~^ ")] == [
            "Traceback (most recent call last):",
            '  File "<cell 1>", line 6, in serve',
            "    pour({})",
            '  File "<cell 1>", line 2, in pour',
            '    return bucket["front"]',
            "KeyError: 'front'",
        ]
        assert ending.at == ("cell 1", 2)
        (end,) = [event for event in server.trace().events if event["e"] == "end"]
        assert (end["how"], end["kind"], end["error"]) == (
            "raised",
            "KeyError",
            "'front'",
        )
        assert end["at"] == ["cell 1", 2]


def test_a_dead_server_refuses_at_once():
    with start("def serve(listener): pass") as server:
        # The function ends first, and then the process with its copy of the listener.
        wait_until(lambda: not server.process.alive())
        with pytest.raises(Unmet, match="wanted to connect: the server has ended"):
            server.connect("anna")


def test_what_it_prints_is_kept_but_bounded():
    source = """
        def serve(listener):
            print("first")
            for _ in range(1000):
                print("x" * 9_999)
            print("last")
            listener.accept()[0].sendall(b"done")
            listener.accept()
    """
    with start(source) as server:
        server.connect("anna").expect(b"done")
        wait_until(lambda: server.output.endswith("last\n"))
        assert server.output.startswith("first\n")
        assert "bytes left out" in server.output
        assert len(server.output) < 100_000


def test_small_buffers_are_inherited_by_accepted_sockets():
    source = """
        import socket
        def serve(listener):
            connection, _ = listener.accept()
            size = connection.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
            connection.sendall(b"%d" % size)
            listener.accept()
    """
    with start(source, buffers=4096) as server:
        assert int(server.connect("anna").receive()) <= 16_384


def test_a_spinning_server_is_given_up_on_by_its_cpu_time():
    source = """
        def serve(listener):
            connection, _ = listener.accept()
            while True:
                pass
    """
    with start(source) as server:
        with pytest.raises(Unmet, match="busy with something else"):
            server.connect("anna").expect(b"hello")
        assert server.rest(0.2).spinning


def test_nothing_is_left_when_it_is_stopped():
    source = """
        import os, time
        def serve(listener):
            for _ in range(3):
                if os.fork() == 0:
                    time.sleep(600)
            listener.accept()[0].sendall(b"ready")
            time.sleep(600)
    """
    descriptors = psutil.Process().num_fds()
    with start(source) as server:
        server.connect("anna").expect(b"ready")
        family = server.process.family()
        assert len(family) == 4
    wait_until(lambda: not any(process.is_running() for process in family))
    assert psutil.Process().num_fds() <= descriptors


HOLDER = f"""
import sys
sys.path.insert(0, {os.path.dirname(__file__)!r})
from servers import start
server = start('''{UPPER}''')
print(server.process.pid, flush=True)
sys.stdin.read()
"""


def test_a_server_does_not_outlive_the_one_who_started_it():
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        pid = int(holder.stdout.readline())
        assert psutil.pid_exists(pid)
        holder.send_signal(signal.SIGKILL)
    wait_until(lambda: not psutil.pid_exists(pid))


def test_a_frozen_server_gets_everything_in_one_batch():
    source = """
        import select
        def serve(listener):
            connections = [listener.accept()[0] for _ in range(2)]
            readable = select.select(connections, [], [])[0]
            for connection in connections:
                connection.sendall(b"%d" % len(readable))
            listener.accept()
    """
    with start(source) as server:
        anna, ben = server.connect("anna"), server.connect("ben")
        with server.frozen():
            anna.send(b"hello")
            ben.send(b"hello")
        anna.expect(b"2")
        ben.expect(b"2")


def test_the_trace_names_what_happened():
    with start() as server:
        client = server.connect("anna").send(b"hello").expect(b"HELLO")
        # A send is written down after it is done; the next answer proves that it was.
        client.send(b"again").expect(b"AGAIN")
        events = [event["e"] for event in server.trace().events]
        assert events[0] == "start"
        for kind in ("connect", "accept", "pour", "recv", "send", "hear"):
            assert kind in events
        client.close()


def test_a_port_is_free_again_afterwards():
    with start() as server:
        address = server.address
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(address)
