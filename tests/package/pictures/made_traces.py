"""Traces written by hand, each for one thing that a picture must show.

Real ones, from real runs, are in tests/package/traces.
"""

from buckets.trace.trace import Trace

SOURCE = """\
def serve_many(listener):
    clients = []
    while True:
        # who has something for us?
        ready, _, _ = select.select([listener, *clients], [], [], 30.0)
        for sock in ready:
            if sock is listener:
                connection, _ = listener.accept()
                clients.append(connection)
            else:
                data = sock.recv(4096)
                if not data:
                    sock.close()
                    continue
                sock.sendall(data)
"""
MILLI = 1_000_000


class Writer:
    """Writes lines of a trace; times are milliseconds since the line before."""

    def __init__(self, *, pid=100, cell="serve_many"):
        self.t, self.pid, self.cell = 1_000_000_000, pid, cell
        self.events = []
        self.server(0, "start", trace=1, task=cell, listener=3, main=pid)

    def line(self, gap, kind, /, **fields):
        self.t += int(gap * MILLI)
        self.events.append({"t": self.t, "e": kind, **fields})

    def server(self, gap, kind, at=None, /, pid=None, **fields):
        if at:
            fields["at"] = [self.cell, at]
        self.line(gap, kind, p=pid or self.pid, **fields)

    def client(self, gap, who, kind, port, **fields):
        self.line(gap, kind, who=who, port=port, **fields)

    def wait(self, *reading, writing=(), gap=0.02):
        lists = {"r": list(reading), "w": list(writing), "x": []}
        self.server(gap, "wait", 5, api="select", timeout=30.0, **lists)

    def woke(self, *reading, writing=(), gap=0.02):
        lists = {"r": list(reading), "w": list(writing), "x": []}
        self.server(gap, "woke", 5, **lists)

    def accept(self, new, port, gap=0.02):
        self.server(gap, "accept", 8, fd=3, new=new, peer=port)

    def recv(self, fd, n, level, gap=0.02):
        self.server(gap, "recv", 11, fd=fd, ask=4096, n=n, level=level)

    def send(self, fd, n, ask=None, gap=0.02):
        self.server(gap, "send", 15, fd=fd, ask=ask or n, n=n)

    def trace(self):
        return Trace(self.events)


def spinning(turns=2000):
    """select(), three clients; eager's end of file is never acted upon."""
    w = _three_clients()
    w.wait(3, 4, 5, 6)
    w.client(0.05, "eager", "hear", 40002, n=6)
    w.woke(6)
    w.recv(6, 1024, 4000)
    w.send(6, 100, 1024)
    w.wait(3, 4, 5, 6)
    w.client(1200, "eager", "half_close", 40002)
    for _ in range(turns):
        w.woke(5, 6)
        w.recv(5, 0, 0)
        w.wait(3, 4, 5, 6)
    w.line(0.1, "fault", text="eager expected the end of file, waited 2.0 s")
    return w.trace()


def napping():
    """A nap, and only then poll(), which waits for ever."""
    w = Writer()
    lists = {"r": [], "w": [], "x": []}
    w.server(1, "wait", 3, api="sleep", timeout=0.1, **lists)
    w.server(100, "woke", 3, **lists)
    w.server(1, "wait", 4, api="poll", timeout=None, **(lists | {"r": [3]}))
    return w.trace()


def waiting_for_a_child():
    """A parent that hires a child for silent, and stands in waitpid() for long."""
    w = Writer()
    w.client(1, "silent", "connect", 40001)
    w.accept(4, 40001)
    w.server(0.1, "fork", 9, child=101)
    w.server(0.1, "born", 9, pid=101, parent=100)
    w.server(0.1, "close", 12, fd=4)
    w.server(0.1, "try", 10, pid=101, op="recv", fd=4, ask=4096)
    w.server(0.1, "stand", 13, op="waitpid")
    w.client(500, "silent", "close", 40001)
    w.server(0.1, "recv", 10, pid=101, fd=4, ask=4096, n=0, level=0)
    w.server(0.1, "end", 11, pid=101, how="exited")
    w.server(0.1, "stood", 13, op="waitpid")
    # It computes, and asks once more for a child that has ended long since.
    w.server(400, "stand", 14, op="waitpid")
    w.server(0.1, "stood", 14, op="waitpid")
    w.server(0.1, "try", 5, op="accept", fd=3)
    return w.trace()


def called_away():
    """A signal's handler waits for children, while the parent stands in accept()."""
    w = Writer()
    w.client(1, "eager", "connect", 40001)
    w.accept(4, 40001)
    w.server(0.1, "try", 5, op="accept", fd=3)
    w.server(300, "stand", 13, op="wait")
    w.server(0.1, "stood", 13, op="wait")
    w.server(0.1, "stand", 13, op="wait")
    # The next signal comes while it waits, so the handler is called within itself.
    w.server(200, "stand", 13, op="wait")
    w.server(0.1, "stood", 13, op="wait")
    w.server(0.1, "stood", 13, op="wait")
    w.client(100, "late", "connect", 40002)
    w.accept(5, 40002)
    return w.trace()


def dying():
    """A closed socket is left in select()'s list, and the server dies of it."""
    w = _three_clients()
    w.server(0.1, "close", 13, fd=5)
    w.wait(3, 4, -1, 6)
    w.server(0.1, "fail", 5, op="select", fd=-1, error="ValueError")
    error = "file descriptor cannot be a negative integer (-1)"
    w.server(1, "end", 5, how="raised", kind="ValueError", error=error)
    w.server(0.1, "close", fd=4, dropped=True)
    w.line(0.1, "fault", text="the server has ended")
    return w.trace()


def _three_clients():
    w = Writer()
    w.wait(3, gap=1)
    w.client(20, "silent", "connect", 40001)
    w.woke(3)
    w.accept(4, 40001)
    w.wait(3, 4)
    w.client(300, "eager", "connect", 40002)
    w.client(0.05, "eager", "pour", 40002, n=6, data="hello\n")
    w.woke(3)
    w.client(0.2, "gulper", "connect", 40003)
    w.client(0.05, "gulper", "pour", 40003, n=4000, data="one\ntwo\n")
    w.accept(5, 40002)
    w.wait(3, 4, 5)
    w.woke(3, 5)
    w.accept(6, 40003)
    w.recv(5, 6, 6)
    w.send(5, 6)
    return w


def blocking():
    """accept() and recv() block: silent holds up two others, who stand at the door."""
    w = Writer()
    w.server(1, "try", 3, op="accept", fd=3)
    w.client(20, "silent", "connect", 40001)
    w.accept(4, 40001)
    w.server(0.02, "try", 11, op="recv", fd=4, ask=4096)
    w.client(100, "eager", "connect", 40002)
    w.client(0.05, "eager", "pour", 40002, n=6, data="hello\n")
    w.client(200, "quick", "connect", 40003)
    w.client(0.05, "quick", "pour", 40003, n=60, data="one\ntwo\n")
    w.line(50, "levels", q={"40002": 6, "40003": 120})
    w.line(1800, "fault", text='eager expected b"hello\\n", nothing came in 2.0 s')
    return w.trace()


def forking():
    """A child for each client; the parent closes its copy, as it should."""
    w = Writer(cell="serve_forking")
    w.server(1, "try", 3, op="accept", fd=3)
    for number, who in enumerate(["silent", "eager", "slow"]):
        child, port = 200 + number, 40001 + number
        w.client(40, who, "connect", port)
        w.accept(4, port)
        w.server(0.1, "fork", 6, child=child)
        w.server(0.1, "born", pid=child, parent=100)
        w.server(0.1, "close", 7, fd=4)
        w.server(0.1, "try", 11, pid=child, op="recv", fd=4)
        w.server(0.1, "try", 3, op="accept", fd=3)
    w.client(5, "eager", "pour", 40002, n=6, data="hello\n")
    w.server(0.1, "recv", 11, pid=201, fd=4, ask=4096, n=6, level=6)
    w.server(0.1, "send", 12, pid=201, fd=4, ask=6, n=6)
    w.server(0.1, "try", 11, pid=201, op="recv", fd=4)
    w.client(0.1, "eager", "hear", 40002, n=6)
    w.client(500, "eager", "close", 40002)
    w.server(0.1, "recv", 11, pid=201, fd=4, ask=4096, n=0, level=0)
    w.server(0.1, "close", 13, pid=201, fd=4)
    w.server(0.1, "end", pid=201, how="exited")
    return w.trace()


NAMES = (
    "silent eager dribbler gulper halfcloser ghost sipper squatter talker anna "
    "bert carla"
).split()


def crowd(count=60):
    """More clients than the aisle has room for, with water at every height."""
    w = Writer()
    inside = [3]
    w.wait(*inside, gap=1)
    for i in range(count):
        who = NAMES[i] if i < len(NAMES) else f"mob {i}"
        w.client(0.3, who, "connect", 40001 + i)
        w.client(0.1, who, "pour", 40001 + i, n=3 * 4 ** (i % 7) + i, data=f"line {i}")
        if i < 8:
            continue
        w.woke(3, gap=0.1)
        w.accept(len(inside) + 3, 40001 + len(inside) - 1)
        inside.append(len(inside) + 3)
        if len(inside) == 14:
            w.wait(*inside, writing=(4, 5))
            w.woke(*inside[:6], writing=(4, 5))
            w.recv(5, 4, 13)
            w.send(5, 4096, 9000)
            w.send(7, 2_900_000, 3_000_000)
        w.wait(*inside, gap=0.1)
    return w.trace()


def chatter(events=2000):
    """A run of about so many events in which no turn is like the other."""
    w = Writer()
    w.wait(3)
    for i in range(12):
        w.client(0.1, NAMES[i], "connect", 40001 + i)
        w.woke(3)
        w.accept(4 + i, 40001 + i)
        w.wait(3, *range(4, 5 + i))
    for i in range(events // 6):
        fd = 4 + i * 7 % 12
        size = 20 + i % 500
        w.client(0.1, NAMES[fd - 4], "pour", 40001 + fd - 4, n=size, data=f"say {i}")
        w.woke(fd)
        w.recv(fd, size, size)
        w.send(fd, size)
        w.wait(*range(3, 16))
        w.client(0.1, NAMES[fd - 4], "hear", 40001 + fd - 4, n=size)
    return w.trace()
