"""The recorder: all is seen, nothing is changed, and it stays small."""

import json
import select
import selectors
import socket

import pytest
from recorded import Recorded

ECHO = """
import select

def serve(listener):
    clients = []
    served = False
    while clients or not served:
        readable, _, _ = select.select([listener, *clients], [], [])
        for sock in readable:
            if sock is listener:
                clients.append(sock.accept()[0])
                served = True
                continue
            data = sock.recv(4096)
            if data:
                sock.sendall(data)
            else:
                clients.remove(sock)
                sock.close()
"""


def one(handle, imports=""):
    """A server that accepts one connection, `handle`s it, and ends."""
    body = "\n".join("    " + line for line in handle.strip().splitlines())
    return f"""
{imports}
def serve(listener):
    connection, address = listener.accept()
{body}
    connection.close()
"""


def run(source, *messages, **options):
    """The events of a server that echoes each message and ends by itself."""
    with Recorded(source, **options) as server:
        server.talk(*messages).wait()
        print(server.output)
        return server.events


def shapes(events):
    return [" ".join(filter(None, (e["e"], e.get("op")))) for e in events]


def fields(event, *names):
    return tuple(event.get(name) for name in names)


def of(events, *kinds):
    return [event for event in events if event["e"] in kinds]


# What is seen ----------------------------------------------------------------------


def test_each_turn_of_a_select_loop_is_there():
    assert shapes(run(ECHO, b"hello")) == [
        *("wait", "woke", "try accept", "accept"),
        *("wait", "woke", "recv", "try sendall", "send sendall"),
        *("wait", "woke", "try recv", "recv", "close", "end"),
    ]


def test_a_wait_has_its_lists_and_the_learners_line():
    events = run(ECHO, b"hello")
    first, second, _ = of(events, "wait")
    accept = of(events, "accept")[0]
    assert first["at"] == ["cell 7", 8]
    assert fields(first, "api", "w", "x", "timeout") == ("select", [], [], None)
    assert first["r"] == [accept["fd"]]
    assert second["r"] == [accept["fd"], accept["new"]]
    assert [event["r"] for event in of(events, "woke")] == [
        *([accept["fd"]], [accept["new"]], [accept["new"]]),
    ]


def test_an_accept_has_the_clients_port():
    with Recorded(ECHO) as server:
        server.talk(b"hello").wait()
        assert [event["peer"] for event in server.of("accept")] == server.ports


def test_a_recv_has_its_bytes_and_the_level_before():
    data, eof = of(run(ECHO, b"hell\xf6"), "recv")
    wanted = ("ask", "n", "level", "data")
    assert fields(data, *wanted) == (4096, 5, 5, "hell\xf6")
    assert fields(eof, *wanted) == (4096, 0, 0, None)


def test_only_the_first_bytes_are_kept():
    recv = of(run(ECHO, b"x" * 3000), "recv")[0]
    assert recv["data"] == "x" * 48


def test_the_first_line_says_what_runs():
    with Recorded(ECHO) as server:
        server.talk(b"hello").wait()
        start = server.trace.start
        assert fields(start, "trace", "task", "port") == (1, "serve", server.address[1])
        assert start["p"] == start["main"] == server.popen.pid


@pytest.mark.parametrize(
    "call",
    [
        "connection.recv(9)",
        "connection.recv_into(bytearray(9))",
        "connection.recv_into(bytearray(20), 9)",
        "connection.recv_into(buffer=bytearray(20), nbytes=9)",
        "connection.recvfrom(9)",
        "connection.recvfrom_into(bytearray(9))",
        "connection.recvmsg(9)",
        "connection.recvmsg_into([bytearray(4), bytearray(5)])",
        "os.read(connection.fileno(), 9)",
        "connection.makefile('rb', buffering=0).read(9)",
    ],
)
def test_every_way_to_receive_is_a_recv(call):
    source = one(f"select.select([connection], [], [])\n{call}\n", "import os, select")
    with Recorded(source) as server:
        server.connect().sendall(b"abcd")
        server.wait()
        (recv,) = server.of("recv")
        assert fields(recv, "n", "level", "data") == (4, 4, "abcd")
        assert recv["ask"] == 9 or "recvmsg_into" in call


@pytest.mark.parametrize(
    ("call", "op"),
    [
        ("connection.send(b'abcd')", None),
        ("connection.send(memoryview(b'abcd'))", None),
        ("connection.sendall(bytearray(b'abcd'))", "sendall"),
        ("connection.sendmsg([b'abcd'])", None),
        ("connection.sendmsg(iter([b'abcd']))", None),
        ("os.write(connection.fileno(), b'abcd')", None),
        ("file = connection.makefile('wb'); file.write(b'abcd'); file.flush()", None),
        ("print('abcd', end='', file=connection.makefile('w'), flush=True)", None),
    ],
)
def test_every_way_to_send_is_a_send(call, op):
    with Recorded(one(call, "import os")) as server:
        client = server.connect()
        assert client.recv(100) == b"abcd"
        client.close()
        (send,) = server.wait().of("send")
        assert fields(send, "op", "ask", "n", "data") == (op, 4, 4, "abcd")


def test_peeking_takes_nothing():
    source = one(
        "connection.recv(9, socket.MSG_PEEK)\nconnection.recv(9)", "import socket"
    )
    with Recorded(source) as server:
        server.connect().sendall(b"abcd")
        peek, recv = server.wait().of("recv")
        assert fields(peek, "n", "peek") == (4, True)
        assert fields(recv, "n", "level", "peek") == (4, 4, None)


def test_an_urgent_byte_is_taken_out_of_no_stream():
    source = one(
        """
select.select([], [], [connection], 5.0)
connection.recv(1, socket.MSG_OOB)
connection.recv(9)
""",
        "import select, socket",
    )
    with Recorded(source) as server:
        client = server.connect()
        client.sendall(b"first")
        client.send(b"!", socket.MSG_OOB)
        urgent, rest = server.wait().of("recv")
        assert server.of("woke")[0]["x"] == server.of("wait")[0]["x"] != []
        assert fields(urgent, "n", "data", "urgent") == (1, "!", True)
        assert fields(rest, "n", "data", "urgent") == (5, "first", None)


def test_a_call_that_may_block_is_noted_before_it_does():
    with Recorded(one("connection.recv(9)")) as server:
        client = server.connect()
        events = server.until(lambda seen: "try recv" in shapes(seen))
        assert fields(events[-1], "e", "ask", "at") == ("try", 9, ["cell 7", 5])
        client.sendall(b"x")
        assert of(server.wait().events, "recv")[0]["level"] == 0


def test_a_non_blocking_call_is_never_a_try():
    source = one(
        """
connection.setblocking(False)
select.select([connection], [], [])
connection.recv(9)
connection.send(b"abcd")
try:
    connection.recv(9)
except BlockingIOError:
    pass
""",
        "import select",
    )
    with Recorded(source) as server:
        client = server.connect()
        client.sendall(b"x")
        assert client.recv(100) == b"abcd"
        server.wait()
        assert [event["op"] for event in server.of("try")] == ["accept"]
        (block,) = server.of("block")
        assert block["on"] is False
        (fail,) = server.of("fail")
        assert fields(fail, "op", "error", "errno") == (
            *("recv", "BlockingIOError", "EAGAIN"),
        )


def test_sendall_on_a_non_blocking_socket_fails_and_tells_no_count():
    source = one(
        """
connection.setblocking(False)
try:
    connection.sendall(bytes(64 << 20))
except BlockingIOError:
    pass
"""
    )
    with Recorded(source) as server:
        server.connect()
        server.wait()
        assert not server.of("send")
        (fail,) = server.of("fail")
        assert fields(fail, "op", "errno") == ("sendall", "EAGAIN")


def test_a_short_send_shows_both_numbers():
    source = one("connection.setblocking(False)\nconnection.send(bytes(64 << 20))")
    with Recorded(source) as server:
        server.connect()
        (send,) = server.wait().of("send")
        assert send["ask"] == 64 << 20
        assert 0 < send["n"] < send["ask"]


def test_a_connection_behind_a_file_closes_with_the_file():
    source = one(
        """
file = connection.makefile("rb")
connection.close()
file.read()
file.close()
"""
    )
    with Recorded(source) as server:
        server.connect().close()
        assert shapes(server.wait().events)[-4:] == ["try recv", "recv", "close", "end"]


def test_a_socket_that_is_forgotten_is_a_close():
    with Recorded(one("connection = None; import gc; gc.collect(); 1/0")) as server:
        server.connect()
        (close,) = server.wait().of("close")
        assert close["dropped"] is True


def test_shutdown_detach_and_os_close():
    source = """
import os

def serve(listener):
    connection, _ = listener.accept()
    connection.shutdown(1)
    number = connection.detach()
    os.close(number)
"""
    with Recorded(source) as server:
        server.connect()
        events = server.wait().events
        assert shapes(events)[-4:] == ["shut", "detach", "close", "end"]
        new = of(events, "accept")[0]["new"]
        assert [event["fd"] for event in events[-4:-1]] == [new, new, new]


def test_connecting_out():
    source = one(
        """
out = socket.socket()
out.connect(listener.getsockname())
print(socket.socket().connect_ex(("127.0.0.1", 1)))
""",
        "import socket",
    )
    with Recorded(source) as server:
        server.connect()
        server.wait()
        assert server.of("dial")[0]["peer"] == server.address[1]
        assert server.of("fail")[0]["errno"] == "ECONNREFUSED"


def test_a_call_that_does_not_wait():
    """It is known by the server's own port, from the moment at which it begins."""
    source = one(
        """
out = socket.socket()
out.setblocking(False)
code = out.connect_ex(listener.getsockname())
print(code == errno.EINPROGRESS, out.getsockname()[1])
print(out.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
with socket.socket(type=socket.SOCK_DGRAM) as datagrams:
    datagrams.connect(("127.0.0.1", 9))
""",
        "import errno, socket",
    )
    with Recorded(source) as server:
        server.connect()
        server.wait()
        dialled, datagrams = server.of("dial")
        (fate,) = server.of("fate")
        said = server.output.split()
    assert said == ["True", str(dialled["port"]), "0"]
    assert fields(dialled, "peer", "under_way") == (server.address[1], True)
    assert fields(fate, "fd", "errno") == (dialled["fd"], "")
    # No connection, so nothing that could be drawn.
    assert datagrams["port"] == 0


def test_sleep_is_a_wait():
    (wait,) = of(run(one("time.sleep(0.01)", "import time")), "wait")
    assert fields(wait, "api", "timeout") == ("sleep", 0.01)


# Other ways to wait -------------------------------------------------------------------

SELECTOR = """
import selectors

def serve(listener):
    selector = selectors.{name}()
    selector.register(listener, selectors.EVENT_READ)
    while len(selector.get_map()):
        for key, _ in selector.select({timeout}):
            if key.fileobj is listener:
                connection, _ = listener.accept()
                selector.unregister(listener)
                selector.register(connection, selectors.EVENT_READ)
            elif data := key.fileobj.recv(100):
                key.fileobj.sendall(data)
            else:
                selector.unregister(key.fileobj)
                key.fileobj.close()
"""


@pytest.mark.parametrize(
    ("name", "api"),
    [
        ("SelectSelector", "select"),
        ("PollSelector", "poll"),
        ("EpollSelector", "epoll"),
        ("DefaultSelector", None),
    ],
)
def test_every_selector_is_recorded(name, api):
    if not hasattr(selectors, name):
        pytest.skip(f"no {name} on this system")
    events = run(SELECTOR.format(name=name, timeout=20), b"hello")
    waits, wokes = of(events, "wait"), of(events, "woke")
    assert {wait["api"] for wait in waits} == {api} or api is None
    accept = of(events, "accept")[0]
    numbers = [[accept["fd"]], [accept["new"]], [accept["new"]]]
    assert [wait["r"] for wait in waits] == numbers
    assert [woke["r"] for woke in wokes] == numbers
    assert all(wait["timeout"] == 20 and not wait["w"] for wait in waits)
    assert all("at" in wait for wait in waits)


POLLING = """
import select

def serve(listener):
    poll = select.{api}()
    poll.register(listener, select.POLLIN)
    poll.poll()
    connection, _ = listener.accept()
    poll.unregister(listener)
    poll.register(connection.fileno(), select.POLLIN | select.POLLOUT)
    poll.modify(connection, select.POLLOUT)
    print(poll.poll({timeout}) == [(connection.fileno(), select.POLLOUT)])
    connection.close()
    {last}
"""


@pytest.mark.parametrize(("api", "timeout"), [("poll", 5000), ("epoll", 5)])
def test_interest_follows_register_modify_unregister(api, timeout):
    source = POLLING.format(api=api, timeout=timeout, last="")
    with Recorded(source) as server:
        server.connect()
        assert server.wait().output == "True\n"
        first, second = server.of("wait")
        new = server.of("accept")[0]["new"]
        assert fields(first, "api", "w", "timeout") == (api, [], None)
        assert fields(second, "r", "w", "timeout") == ([], [new], 5)
        assert fields(server.of("woke")[1], "r", "w") == ([], [new])


@pytest.mark.skipif(not hasattr(select, "epoll"), reason="only Linux has epoll")
def test_epoll_forgets_a_closed_descriptor_as_the_kernel_does():
    source = POLLING.format(api="epoll", timeout=5, last="poll.poll(0)")
    with Recorded(source) as server:
        server.connect()
        assert server.wait().of("wait")[2]["w"] == []


@pytest.mark.skipif(not hasattr(select, "epoll"), reason="only Linux has epoll")
def test_edge_triggered_interest_is_marked():
    source = one(
        """
with select.epoll() as epoll:
    epoll.register(connection, select.EPOLLIN | select.EPOLLET)
    epoll.poll(0)
""",
        "import select",
    )
    with Recorded(source) as server:
        server.connect()
        (wait,) = server.wait().of("wait")
        assert wait["et"] == wait["r"] != []


def test_a_selector_without_a_call_of_its_own_is_recorded_as_a_whole():
    """What kqueue on macOS needs, tried on a selector that has no name here."""
    source = """
import selectors
from buckets.child.recorder import waits

class Kqueue(selectors._BaseSelectorImpl):
    def select(self, timeout=None):
        return [(key, key.events) for key in self.get_map().values()]

waits.record_selector(Kqueue)

def serve(listener):
    kqueue = Kqueue()
    kqueue.register(listener, selectors.EVENT_READ)
    kqueue.select(1.5)
"""
    with Recorded(source) as server:
        wait, woke, _ = server.wait().events
        assert fields(wait, "api", "timeout") == ("selector", 1.5)
        assert wait["r"] == woke["r"] != []


ASYNCIO = """
import asyncio

async def handle(reader, writer):
    while data := await reader.read(100):
        writer.write(data)
        await writer.drain()
    writer.close()
    done.set()

async def main(listener):
    global done
    done = asyncio.Event()
    async with await asyncio.start_server(handle, sock=listener):
        await done.wait()

def serve(listener):
    asyncio.run(main(listener))
"""


def test_an_asyncio_server_is_recorded():
    events = run(ASYNCIO, b"hello")
    accept = of(events, "accept")[0]
    mine = [event for event in events if event.get("fd") == accept["new"]]
    assert of(mine, "recv")[0]["data"] == of(mine, "send")[0]["data"] == "hello"
    assert of(mine, "close")
    assert any(accept["new"] in wait["r"] for wait in of(events, "wait"))


SOCKETSERVER = """
import socketserver

class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line)

def serve(listener):
    server = socketserver.{name}(("127.0.0.1", 0), Handler)
    server.socket.close()
    server.socket = listener
    server.handle_request()
    server.server_close()
"""


@pytest.mark.parametrize(
    "name", ["TCPServer", "ThreadingTCPServer", "ForkingTCPServer"]
)
def test_socketserver_is_recorded(name):
    events = run(SOCKETSERVER.format(name=name), b"hello\n")
    assert of(events, "recv")[0]["data"] == "hello\n"
    assert of(events, "send")[0]["data"] == "hello\n"
    assert of(events, "wait")[0]["api"] in ("poll", "select")
    (accept,) = of(events, "accept")
    worker = of(events, "recv")[0]
    assert (worker.get("th") is not None) == (name == "ThreadingTCPServer")
    assert (worker["p"] != accept["p"]) == (name == "ForkingTCPServer")


# Threads and processes -------------------------------------------------------------

THREADS = """
import threading

def handle(connection):
    with connection:
        while data := connection.recv(100):
            connection.sendall(data)

def serve(listener):
    threads = []
    for _ in range({clients}):
        connection, _ = listener.accept()
        threads.append(threading.Thread(target=handle, args=[connection]))
        threads[-1].start()
    for thread in threads:
        thread.join()
"""


def test_a_thread_is_born_and_done():
    events = run(THREADS.format(clients=1), b"hello")
    (born,) = of(events, "thread")
    assert born["th"] == born["id"] != born["p"]
    mine = [event for event in events if event.get("th") == born["id"]]
    assert shapes(mine)[0] == "thread"
    assert shapes(mine)[-2:] == ["close", "done"]
    assert of(mine, "recv")[0]["data"] == "hello"
    assert "th" not in of(events, "accept")[0]


def test_lines_of_many_threads_do_not_mix():
    clients, rounds = 8, 50
    with Recorded(THREADS.format(clients=clients)) as server:
        for _ in range(clients):
            server.connect()
        for number in range(rounds):
            for client in server.clients:
                client.sendall(b"%03d" % number)
        for client in server.clients:
            got = b""
            while len(got) < 3 * rounds:
                got += client.recv(4096)
            client.close()
        server.wait()
        server.file.seek(0)
        lines = [line for line in server.file.read().split(b"\n") if line.strip()]
        events = [json.loads(line) for line in lines]
        for kind in ("recv", "send"):
            total = sum(event["n"] for event in of(events, kind))
            assert total == clients * rounds * 3


FORK = """
import os

def serve(listener):
    connection, _ = listener.accept()
    pid = os.fork()
    if pid == 0:
        listener.close()
        connection.sendall(connection.recv(100))
        os._exit(0)
    connection.close()
    os.waitpid(pid, 0)
"""


def test_a_forked_child_goes_on_in_the_same_file():
    events = run(FORK, b"hello")
    (fork,), (born,) = of(events, "fork"), of(events, "born")
    assert (fork["child"], fork["p"]) == (born["p"], born["parent"])
    assert "at" in fork
    child = [event for event in events if event["p"] == born["p"]]
    assert shapes(child)[0] == "born"
    assert child[-1]["e"] == "end"
    assert child[-1]["how"] == "exited"
    assert of(child, "recv", "send") == of(events, "recv", "send")
    assert {close["p"] for close in of(events, "close")} == {born["p"], fork["p"]}
    # The parent's main thread, and the child's: nobody is a thread of his own here.
    assert not any("th" in event for event in events)


@pytest.mark.parametrize(
    "call, notes",
    [
        ("os.waitpid(pid, 0)", ["stand", "stood"]),
        ("os.wait()", ["stand", "stood"]),
        ("os.wait4(pid, options=0)", ["stand", "stood"]),
        ("os.waitid(os.P_PID, pid, os.WEXITED)", ["stand", "stood"]),
        ("os.waitpid(pid, os.WNOHANG)", []),
    ],
)
def test_a_wait_for_a_child_is_noted_and_a_question_is_not(call, notes):
    events = run(FORK.replace("os.waitpid(pid, 0)", call), b"hello")
    found = of(events, "stand", "stood")
    assert [event["e"] for event in found] == notes
    assert {event["op"] for event in found} <= {call[3 : call.index("(")]}
    assert all("at" in event for event in found)


def test_fork_under_another_name():
    """What a notebook's `from os import fork` becomes on its way into the child."""
    source = FORK.replace("os.fork", "fork").replace(
        "os\n", "os\nfrom posix import fork"
    )
    assert of(run(source, b"hello"), "fork")
