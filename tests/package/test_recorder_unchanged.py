"""Under the recorder a program does, prints and raises what it does without it."""

import pytest
from recorded import Recorded

HEAD = """
import gc, os, select, selectors, signal, socket, sys, threading, time, traceback

def tried(call, *args, **more):
    try:
        print(repr(call(*args, **more)))
    except Exception as error:
        print(type(error).__name__, error)

def pair():
    return socket.socketpair()

def serve(listener):
    left, right = pair()
"""


def outputs(body, how):
    """What a program prints without the recorder, and with it; and how it ends."""
    source = HEAD + "\n".join("    " + line for line in body.strip().splitlines())
    printed = []
    for record in (False, True):
        with Recorded(source, record=record) as server:
            printed.append(server.wait().output)
            if record:
                assert not server.of("off"), server.of("off")
                main = server.popen.pid
                ends = [e["how"] for e in server.of("end") if e["p"] == main]
                assert ends == [how], printed
    assert printed[0], "the program is meant to print something"
    return printed


SAME = {
    "results": """
left.send(b"abc")
readable, writable, broken = select.select([right, left], [right], [])
print(readable == [right], writable == [right], broken)
print(type(readable), right.recv(2), right.recv(2), left.send(b""), left.sendall(b""))
print(time.sleep(0), select.select([], [], [], 0))
print(right.setblocking(False), right.gettimeout(), right.shutdown(1), right.close())
""",
    "types": """
print(type(left) is socket.socket, isinstance(left, socket.socket))
print(isinstance(left.accept, type(left.makefile)), left.recv.__name__)
print(left.send.__doc__[:20], socket.socket.__mro__)
connection = socket.create_connection(listener.getsockname())
accepted, address = listener.accept()
print(type(accepted) is socket.socket, type(address), accepted.gettimeout())
print(isinstance(select.epoll(), select.epoll), callable(select.poll))
tried(type(select.poll()))
""",
    "wrong arguments": """
for call in (left.recv, left.send, left.sendall, left.recv_into, left.connect):
    tried(call)
    tried(call, "text")
    tried(call, -1)
    tried(call, None, None, None, None)
tried(left.accept)
tried(left.shutdown, 7)
tried(left.settimeout, -1)
tried(left.recv_into, b"read-only")
tried(left.sendmsg, 5)
tried(left.sendmsg, [5])
for lists in ((), (1, 2, 3), ([], []), ([None], [], []), (["a"], [], [])):
    tried(select.select, *lists)
tried(select.select, [-3], [], [])
tried(select.select, [], [], [], -1)
tried(select.select, [], [], [], "soon")
tried(select.select, [5000], [], [], 0)
tried(time.sleep, -1)
tried(time.sleep, "long")
tried(time.sleep)
tried(os.close, -1)
tried(os.read, left.fileno())
tried(os.write, left.fileno(), "text")
""",
    "closed sockets": """
left.close()
left.close()
tried(select.select, [left], [], [], 0)
tried(left.recv, 10)
tried(left.send, b"x")
tried(left.accept)
tried(left.settimeout, 1)
tried(left.shutdown, 1)
print(left.fileno(), left.detach(), left)
print(right.recv(10))
tried(right.send, b"x")
""",
    "non-blocking": """
left.setblocking(False)
listener.setblocking(False)
tried(left.recv, 1)
tried(listener.accept)
print(0 < left.send(bytes(1 << 22)) < 1 << 22)
tried(left.send, b"x")
tried(left.sendall, b"x")
left.settimeout(0.01)
tried(left.recv, 1)
tried(socket.socket().connect_ex, ("127.0.0.1", 1))
tried(socket.socket().connect, ("127.0.0.1", 1))
""",
    "poll and epoll": """
for make, unit in ((select.poll, 1000), (select.epoll, 1)):
    poller = make()
    tried(poller.register)
    tried(poller.register, "a")
    tried(poller.register, right)
    tried(poller.register, right)
    tried(poller.register, right.fileno(), 1)
    tried(poller.modify, 999, 1)
    tried(poller.unregister, 999)
    left.send(b"x")
    print([mask for _, mask in poller.poll()], right.recv(1))
    print(*(mask for _, mask in poller.poll(0) + poller.poll(0.001 * unit)))
    tried(poller.poll, "soon")
    tried(poller.unregister, right)
    print(poller.poll(0))
print(poller.closed, poller.fileno() > 0, poller.close(), poller.closed)
tried(poller.poll)
with select.epoll(sizehint=3) as poller:
    poller.register(fd=right, eventmask=4)
    print(len(poller.poll(timeout=1, maxevents=5)))
again = select.epoll.fromfd(os.dup(left.fileno()))
print(type(again) is select.epoll, again.closed)
""",
    "all that can stand in a list": """
left.send(b"x")
print(select.select({right}, (), {}, 0)[0] == [right])
print(select.select((s for s in [right]), iter([]), {}.values(), 0)[0] == [right])
print(select.select({right: 1}, [], [], 0)[0] == [right])
print(select.select([right.fileno()], [], [], 0)[0] == [right.fileno()])
class Handler:
    def fileno(self):
        print("asked")
        return right.fileno()
handler = Handler()
print(select.select([handler], [handler], [], 0)[0] == [handler])
poller = select.poll()
poller.register(handler)
poller.unregister(handler)
class Broken:
    def __init__(self, answer): self.answer = answer
    def fileno(self): return self.answer()
for answer in (lambda: "a", lambda: -1, lambda: 1/0, lambda: None):
    tried(select.select, [Broken(answer)], [], [])
    tried(select.poll().register, Broken(answer))
selector = selectors.DefaultSelector()
selector.register(handler, selectors.EVENT_READ)
print(len(selector.select(0)))
""",
    "functions kept in a class": """
class Loop:
    wait, rest, poll, epoll = select.select, time.sleep, select.poll, select.epoll
    write = os.write
loop = Loop()
print(loop.wait([], [], [], 0), loop.rest(0), loop.poll().poll(0))
print(loop.epoll().poll(0), loop.write(1, b""))
""",
    "a class of one's own": """
class Loud(socket.socket):
    __slots__ = ("name",)
    def recv(self, size):
        print("recv", size)
        return super().recv(size)
    def fileno(self):
        print("fileno")
        return super().fileno()
    def close(self):
        print("close")
        super().close()
loud = Loud(fileno=right.detach())
left.send(b"abc")
print(select.select([loud], [], [], 1)[0] == [loud], loud.recv(5))
loud.close()
""",
    "a socket that is forgotten": """
left = None
print(gc.collect() >= 0, right.recv(1))
""",
    "files over sockets": """
file = right.makefile("rw", newline="\\n")
left.sendall(b"one\\ntwo\\n")
print(file.readline(), file.readline())
print("three", file=file, flush=True)
right.close()
print(left.recv(10))
file.close()
print(left.recv(10))
""",
    "tracebacks": """
left.setblocking(False)
def work():
    left.recv(1)
try:
    work()
except BlockingIOError:
    traceback.print_exc()
    print(traceback.format_exc())
try:
    try:
        select.select([None], [], [])
    except TypeError as error:
        raise RuntimeError from error
except RuntimeError as error:
    traceback.print_exception(error)
thread = threading.Thread(target=work, name="worker")
thread.start()
thread.join()
thread = threading.Thread(target=sys.exit)
thread.start()
thread.join()
left.accept()
""",
    "a signal at any moment": """
class Late(Exception):
    pass
# As if it came from a module: its file is none of the learner's cells.
names = {"Late": Late}
exec(compile("def ring(*_): raise Late", "helper.py", "exec"), names)
rings = 0
signal.signal(signal.SIGVTALRM, names["ring"])
while rings < 300:
    # It counts the time that this process works, so it mostly hits the recorder.
    signal.setitimer(signal.ITIMER_VIRTUAL, 1e-5 * (rings % 7 + 1))
    try:
        while True:
            left.send(b"x")
            select.select([right], [], [], 0)
            right.recv(1)
            right.setblocking(False)
    except (Late, BlockingIOError):
        rings += 1
signal.setitimer(signal.ITIMER_VIRTUAL, 0)
print(rings)
""",
    "signals": """
class Late(Exception):
    pass
def ring(*_):
    print("ring")
    if raising:
        raise Late
signal.signal(signal.SIGALRM, ring)
for raising in (False, True):
    for call in (
        lambda: select.select([right], [], [], 0.1),
        lambda: time.sleep(0.1),
        lambda: select.poll().poll(100),
        lambda: right.recv(1),
    ):
        right.settimeout(0.1)
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        tried(call)
""",
    "processes": """
pid = os.fork()
if pid == 0:
    left.send(b"from the child")
    os._exit(3)
print(right.recv(100), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
sys.stdout.flush()
pid = os.fork()
if pid == 0:
    left.close()
    sys.exit(4)
left.close()
print(right.recv(100), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
""",
    "duplicates": """
copy = right.dup()
left.send(b"ab")
print(copy.recv(1))
right.close()
print(copy.recv(1), type(socket.fromfd(copy.fileno(), copy.family, copy.type)))
number = copy.detach()
print(os.write(number, b"x"), os.close(number), left.recv(2), left.recv(2))
""",
}


@pytest.mark.parametrize("name", SAME)
def test_nothing_is_changed(name):
    how = "raised" if name == "tracebacks" else "returned"
    without, recorded = outputs(SAME[name], how)
    assert recorded == without


# Whatever happens to the recorder -----------------------------------------------------

ECHO = """
import os, resource, select, socket
def serve(listener):
    connection, _ = listener.accept()
    {hindrance}
    while data := connection.recv(100):
        select.select([], [connection], [])
        connection.sendall(data)
    connection.close()
"""

HINDRANCES = {
    "its file is full": ("resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))"),
    "its descriptor is closed": "os.closerange(connection.fileno() + 1, 2000)",
    "its descriptor is used again": (
        "from buckets.child import recorder; number = recorder._tape.fd;"
        "os.close(number); os.dup2(connection.fileno(), number)"
    ),
    "it fails": (
        "import functools; from buckets.child.recorder import tape;"
        "tape.here = functools.partial(divmod, 1, 0)"
    ),
    "there is no memory to map": (
        "from buckets.child import recorder; recorder._tape.slots = None;"
        "recorder._tape.full = True"
    ),
}


@pytest.mark.parametrize("hindrance", HINDRANCES.values(), ids=HINDRANCES)
def test_a_recorder_that_fails_harms_nobody(hindrance):
    with Recorded(ECHO.format(hindrance=hindrance)) as server:
        server.talk(*[b"%03d" % number for number in range(200)])
        assert server.wait().output == ""
        assert server.popen.returncode == 0
        assert len(server.of("send")) < 200, "the recorder was to be hindered"
