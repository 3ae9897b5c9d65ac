"""What a cell's top has left running is no part of a server, unless it works for it."""

import pytest
from servers import start

from buckets.driving.expect import expect_alone
from buckets.driving.topics.fork import doorkeepers
from buckets.driving.unmet import Unmet

SERVE = """
def serve(listener):
    assert kept is not None
    guests = [listener]
    while True:
        for sock in select.select(guests, [], [])[0]:
            if sock is listener:
                guests.append(listener.accept()[0])
            elif data := sock.recv(4096):
                sock.sendall(data)
            else:
                guests.remove(sock)
                sock.close()
"""

# What stands at the top of the cell, and how many processes that leaves behind.
SCENES = {
    "a manager": (
        "board = multiprocessing.get_context('fork').Manager().dict(a=3)\n"
        "class kept:\n"
        "    pass\n",
        1,
    ),
    "shared memory": (
        "from multiprocessing import shared_memory\n"
        "kept = shared_memory.SharedMemory(create=True, size=10)",
        1,
    ),
    "a filled queue": ("kept = multiprocessing.Queue()\nkept.put(3)", 0),
    "a demo in a process": ("kept = subprocess.Popen(['sleep', '600'])", 1),
    "a demo in a thread": (
        "kept = threading.Event()\nthreading.Thread(target=kept.wait).start()",
        0,
    ),
}
USES = {"a manager": SERVE.replace("kept is not None", "board['a'] == 3")}
TOP = (
    "import multiprocessing, os, select, subprocess, threading, time\nstay = iter([])\n"
)


def started(top, serve=SERVE):
    # An iterator cannot travel, so the cells are run in the process that serves.
    stays = "def serve(listener, stay=stay):"
    return start(f"{TOP}{top}\n{serve}".replace("def serve(listener):", stays))


@pytest.mark.parametrize("scene", SCENES)
def test_what_stands_beside_it_is_not_counted(scene):
    top, processes = SCENES[scene]
    with started(top, USES.get(scene, SERVE)) as server:
        for name in ("anna", "ben"):
            server.connect(name).send(b"hi").expect(b"hi")
        expect_alone(server)
        vitals = server.vitals()
        assert (vitals.processes, vitals.threads) == (1, 1)
        assert vitals.helpers == processes
        assert server.process.children() == (0, 0)
        assert doorkeepers(server) == []


# Who works for the server is counted, whenever it was started.
THREADS = """
import queue
work = queue.SimpleQueue()
def toil():
    while True:
        sock = work.get()
        while data := sock.recv(4096):
            sock.sendall(data)
        sock.close()
for _ in range(3):
    threading.Thread(target=toil, daemon=True).start()
"""
HANDS_OVER = """
def serve(listener):
    while True:
        work.put(listener.accept()[0])
"""
PROCESSES = """
import socket
work, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
def toil():
    while True:
        _, [fd], _, _ = socket.recv_fds(theirs, 1, 1)
        with socket.socket(fileno=fd) as sock:
            while data := sock.recv(4096):
                sock.sendall(data)
if not os.fork():
    toil()
"""
SENDS = """
def serve(listener):
    while True:
        with listener.accept()[0] as guest:
            socket.send_fds(work, [b"x"], [guest.fileno()])
"""
IN_A_MANAGER = """
def toil():
    import socket, threading
    door = socket.socket(fileno=max(
        fd for fd in map(int, os.listdir("/proc/self/fd")) if listens(fd)))
    def run():
        guests = []
        while True:
            guests.append(door.accept()[0])
            threading.Thread(target=answer, args=guests[-1:]).start()
    threading.Thread(target=run, daemon=True).start()
def answer(guest):
    while data := guest.recv(4096):
        guest.sendall(data)
def listens(fd):
    import socket, stat
    try:
        if not stat.S_ISSOCK(os.fstat(fd).st_mode):
            return False
        twin = socket.socket(fileno=os.dup(fd))
        with twin:
            if twin.family != socket.AF_INET:
                return False
            return twin.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError:
        return False
from multiprocessing.managers import SyncManager
kept = SyncManager(ctx=multiprocessing.get_context("fork"))
kept.start(toil)
"""
SLEEPS = """
def serve(listener):
    while True:
        time.sleep(60)
"""
WORKERS = {
    "threads": (THREADS, HANDS_OVER),
    "processes": (PROCESSES, SENDS),
    "a manager's process": (IN_A_MANAGER, SLEEPS),
}


@pytest.mark.parametrize("workers", WORKERS)
def test_who_works_for_it_is_counted(workers):
    with started(*WORKERS[workers]) as server:
        guest = server.connect("anna").send(b"hi").expect(b"hi")
        with pytest.raises(Unmet, match="one is asked for"):
            expect_alone(server)
        guest.send(b"again").expect(b"again")


POLLS = """
def toil():
    def run():
        while True:
            time.sleep(0.002)
    threading.Thread(target=run, daemon=True).start()
from multiprocessing.managers import SyncManager
kept = SyncManager(ctx=multiprocessing.get_context("fork"))
kept.start(toil)
"""


def test_who_polls_from_a_helper_is_seen():
    with started(POLLS) as server:
        server.connect("anna").send(b"hi").expect(b"hi")
        assert server.rest(0.5).wakeups > 20
