"""What a process in a sandbox cannot make, and a family that grows without end."""

import json
import platform
import subprocess
import sys
import time
from contextlib import suppress

import psutil
import pytest

from buckets.driving import control, memory, observe
from buckets.driving.server import Server
from buckets.driving.unmet import Unmet
from buckets.grading import sandbox
from buckets.grading.collect import collect
from buckets.grading.sandbox import Sandbox

WALLS = sandbox.available()
needs_walls = pytest.mark.skipif(bool(WALLS), reason=str(WALLS))
pytestmark = pytest.mark.timeout(120)

# Numbers of x86-64. Each is refused; the last two are what servers live by.
ASKED = """
import ctypes, json, socket

libc = ctypes.CDLL(None, use_errno=True)
calls = {
    "memfd_create": (319, b"m", 0),
    "shmget": (29, 0, 4096, 0o1600),
    "msgget": (68, 0, 0o1600),
    "semget": (64, 0, 1, 0o1600),
    "pidfd_getfd": (438, 3, 0, 0),
    "process_vm_readv": (310, 1, 0, 0, 0, 0, 0),
    "ptrace": (101, 16, 1, 0, 0),
    "io_uring_setup": (425, 8, bytes(512)),
    "keyctl": (250, 0, -3, 0),
    "inotify_init1": (294, 0),
    "fanotify_init": (300, 0, 0),
    "userfaultfd": (323, 1),
    "perf_event_open": (298, bytes(128), 0, -1, -1, 0),
    "bpf": (321, 5, bytes(72), 72),
    "process_vm_writev": (311, 1, 0, 0, 0, 0, 0),
    "clock_settime": (227, 0, bytes(16)),
    "settimeofday": (164, bytes(16), 0),
    "io_setup": (206, 8, bytes(8)),
    "syslog": (103, 10, 0, 0),
    "sync": (162,),
    "syncfs": (306, 0),
    "landlock_create_ruleset": (444, None, 0, 1),
    "statmount": (457, 0),
    "mseal": (462, 0, 0, 0),
    "one of tomorrow": (999,),
    "PR_SET_DUMPABLE": (157, 4, 0, 0, 0, 0),
    "PR_SET_NAME": (157, 15, b"name", 0, 0, 0),
}
told = {}
for name, words in calls.items():
    ctypes.set_errno(0)
    told[name] = 0 if libc.syscall(*words) >= 0 else ctypes.get_errno()
for family in (1, 2, 10, 16, 17, 38, 40):
    try:
        socket.socket(family, 3 if family == 16 else 2).close()
        told[family] = 0
    except OSError as error:
        told[family] = error.errno
# Stream control, multipath, UDP-Lite, ping; and netlink other than routes.
asked = [(2, 1, 0), (2, 1, 6), (10, 2, 17), (16, 3, 0), (1, 1, 0)]
asked += [(2, 1, 132), (2, 1, 262), (2, 2, 136), (2, 2, 1), (16, 3, 6), (16, 3, 17)]
asked += [(16, 3, 12), (10, 5, 132)]
for kind in asked:
    try:
        socket.socket(*kind).close()
        told[str(kind)] = 0
    except OSError as error:
        told[str(kind)] = error.errno
print(json.dumps(told))
"""
EPERM, ENOSYS, EPROTONOSUPPORT, EAFNOSUPPORT = 1, 38, 93, 97
ALLOWED = {"PR_SET_NAME", "1", "2", "10", "16"}
ALLOWED |= {"(2, 1, 0)", "(2, 1, 6)", "(10, 2, 17)", "(16, 3, 0)", "(1, 1, 0)"}


@needs_walls
@pytest.mark.skipif(platform.machine() != "x86_64", reason="numbers of x86-64")
def test_what_no_server_has_use_for_is_refused():
    argv = [sys.executable, "-I", "-c", ASKED]
    with Sandbox().start(argv, stdout=subprocess.PIPE, text=True) as inside:
        told = json.loads(inside.popen.communicate(timeout=60)[0])
    assert {name for name, number in told.items() if number == 0} == ALLOWED
    assert {told[name] for name in ("17", "38", "40")} == {EAFNOSUPPORT}
    unknown = {"statmount", "mseal", "one of tomorrow"}
    assert {told[name] for name in unknown} == {ENOSYS}
    rest = set(told) - ALLOWED - {"17", "38", "40"} - unknown
    protocols = {name for name in rest if name.startswith("(")}
    assert {told[name] for name in protocols} == {EPROTONOSUPPORT}
    assert {told[name] for name in rest - protocols} == {EPERM}


COVERED = """
import os
for ask in (
    lambda: open("/proc/1/mem", "r+b"),
    lambda: open("/proc/1/task/1/mem", "rb"),
    os.openpty,
):
    try:
        print("had", ask())
    except OSError as error:
        print("refused")
"""


@needs_walls
def test_its_keepers_memory_and_terminals_are_out_of_reach():
    argv = [sys.executable, "-I", "-c", COVERED]
    with Sandbox().start(argv, stdout=subprocess.PIPE, text=True) as inside:
        said = inside.popen.communicate(timeout=60)[0]
    assert said.split() == ["refused"] * 3


# Descriptors on their way count for a user: a sandbox may have 1024 of them.
SENDS = """
import resource, sys
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
from buckets.grading.sandbox import Sandbox
with Sandbox().start([sys.executable, "-I", "-c", ""]):
    print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@needs_walls
def test_who_holds_sandboxes_may_send_more_descriptors_than_they():
    argv = [sys.executable, "-I", "-c", SENDS]
    run = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    soft, hard = map(int, run.stdout.split())
    assert soft >= min(4096, hard)


# The kernel shows it as dead, without open files and without memory.
LEFT = """
import ctypes, os, threading, time

hold = bytearray(96 << 20)
hold[::4096] = b"x" * (96 << 8)
threading.Thread(target=time.sleep, args=(600,)).start()
print("ready", flush=True)
ctypes.CDLL(None).syscall(93 if os.uname().machine == "aarch64" else 60, 0)
"""


@needs_walls
def test_who_runs_on_without_a_first_thread_is_counted_and_hides(monkeypatch):
    monkeypatch.setattr(observe, "HEADLESS_SECONDS", 0.0)
    argv = [sys.executable, "-I", "-c", LEFT]
    with Sandbox().start(argv, stdout=subprocess.PIPE, text=True) as inside:
        process = observe.Process(inside.pid(time.monotonic() + 60), inside.keeper)
        assert inside.popen.stdout.readline() == "ready\n"
        first = psutil.Process(process.pid)
        until = time.monotonic() + 60
        while first.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < until
            time.sleep(0.01)
        vitals = process.vitals()
        resident, fair = (memory.taken(inside.keeper, n) for n in (memory.CEILING, 0))
        process.close()
    assert (vitals.processes, vitals.zombies, vitals.hidden) == (1, 0, True)
    assert vitals.threads >= 2
    assert min(resident, fair) > 96 << 20


SOCKETS = """
import socket, time
held = [socket.socketpair() for _ in range({})]
print("ready", flush=True)
time.sleep(60)
"""


@needs_walls
@pytest.mark.parametrize(("pairs", "few"), [(20, True), (400, False)])
def test_what_lies_in_sockets_counts_as_memory(pairs, few):
    argv = [sys.executable, "-I", "-c", SOCKETS.format(pairs)]
    with Sandbox().start(argv, stdout=subprocess.PIPE, text=True) as inside:
        assert inside.popen.stdout.readline() == "ready\n"
        plain = memory.taken(inside.keeper, memory.CEILING)
    most = (2 * pairs - memory.FEW_SOCKETS) * memory._a_socket()
    assert (plain < 100 << 20) == few
    assert few or plain >= most


# Of its descriptors some are epoll's, and each could watch all others.
WATCHES = """
import os, select, time
held = [select.epoll() for _ in range({})] + [os.eventfd(0) for _ in range({})]
print("ready", flush=True)
time.sleep(60)
"""


@needs_walls
@pytest.mark.parametrize(
    ("epolls", "files", "few"), [(1, 150, True), (1, 990, True), (500, 490, False)]
)
def test_what_epoll_watches_counts_as_memory(epolls, files, few):
    """A user has a number of watches: one sandbox could take them from all others."""
    argv = [sys.executable, "-I", "-c", WATCHES.format(epolls, files)]
    with Sandbox().start(argv, stdout=subprocess.PIPE, text=True) as inside:
        assert inside.popen.stdout.readline() == "ready\n"
        taken = memory.taken(inside.keeper, memory.CEILING)
    assert (taken < 100 << 20) == few
    assert few or taken > memory.CEILING


# Empty, so that no size bounds them.
FILES = """
import os, time
for n in range({}):
    os.symlink("x" * 99, f"{}/{{n}}")
print("ready", flush=True)
time.sleep(60)
"""


@needs_walls
@pytest.mark.parametrize("folder", ["/tmp", "/dev/shm"])
def test_empty_files_count_as_memory(folder):
    taken = []
    for files in (0, 3000):
        argv = [sys.executable, "-I", "-c", FILES.format(files, folder)]
        with Sandbox().start(argv, stdout=subprocess.PIPE, text=True) as inside:
            assert inside.popen.stdout.readline() == "ready\n"
            below = list(memory._below(inside.keeper))
            taken.append(memory.A_FILE * memory._made_files(below))
    assert taken[1] - taken[0] == 3000 * memory.A_FILE


# Nobody reads what is sent, so all of it lies in the kernel.
WIRES = """
import socket, time
here = socket.create_server(("127.0.0.1", 0))
held, sent = [], 0
for _ in range({}):
    one = socket.create_connection(here.getsockname())
    held += [one, here.accept()[0]]
    one.setblocking(False)
    try:
        while True:
            sent += one.send(bytes(1 << 16))
    except BlockingIOError:
        pass
print(sent, flush=True)
time.sleep(60)
"""


@needs_walls
@pytest.mark.parametrize(("wires", "few"), [(5, True), (30, False)])
def test_what_is_on_its_way_counts_as_memory(wires, few):
    argv = [sys.executable, "-I", "-c", WIRES.format(wires)]
    with Sandbox().start(argv, stdout=subprocess.PIPE, text=True) as inside:
        sent = int(inside.popen.stdout.readline())
        found = memory._on_its_way(inside.keeper)
        taken = memory.taken(inside.keeper, memory.CEILING)
    assert sent > 0
    assert (found == 0) if few else (found >= sent)
    assert few or taken >= memory.WEIGHT * sent


def lives(process):
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != "zombie"
    return False


def test_a_family_that_grows_without_end_is_held_and_not_waited_for():
    bomb = "import os\ndef greet(listener):\n    while True:\n        os.fork()\n"
    answer = collect([{"label": "cell 1", "source": bomb}], ["greet"])
    with Server(answer, "greet") as server:
        with pytest.raises(Unmet) as found:
            server.connect("anna").expect(b"hello\n")
        family = server.process.family()
    assert found.value.kind == "crowd"
    assert "is more than 44 processes, and their number grows" in found.value.text
    # Who is killed dies when it has the processor next: on a busy machine not at once.
    until = time.monotonic() + 60
    while any(map(lives, family)):
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_line_of_many_tiny_values_is_not_read():
    assert control.parse(b'{"end": [' + b"[]," * 20_000 + b"0]}") is None
    assert control.parse(b'{"end": [' + b"[]," * 20 + b"0]}")
