"""A filter of system calls for sandboxes: no new namespaces, no mounts, no keys.

Nor memory that no limit counts, kinds of sockets that lead out of any network, or a
process that nobody outside can look into.

A hole in the kernel is a hole in the wall, and most of those lately were behind calls
that no server needs. bubblewrap takes a filter as a program of the kernel's packet
filter (seccomp(2), bubblewrap --seccomp FD); the few instructions are written out here,
because a library for them would have to be installed.
"""

from __future__ import annotations

import errno
import os
import platform
import socket
import struct
from collections.abc import Iterator
from typing import NamedTuple

# Instructions of the classic packet filter, from linux/bpf_common.h.
_LOAD, _EQUAL, _AT_LEAST, _BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
# Where struct seccomp_data keeps the number, the architecture, and arguments.
_NUMBER, _ARCH, _FIRST, _THIRD = 0, 4, 16, 32
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000

_NEW_NAMESPACE = 0x7E020000  # all CLONE_NEW* that clone knows
_NEW_TIME = 0x80


class _Machine(NamedTuple):
    """Numbers of one architecture; from the kernel's own tables.

    Args:
        arch: AUDIT_ARCH_*.
        clone, unshare: the calls whose flags are looked at.
        socket, socketpair, prctl: the calls whose first argument is looked at.
        denied: calls that no server has use for.
        foreign: numbers from here on belong to another way of calling (x32).
    """

    arch: int
    clone: int
    unshare: int
    socket: int
    socketpair: int
    prctl: int
    denied: tuple[int, ...]
    foreign: int | None = None


# The new calls have the same numbers everywhere: open_tree, move_mount, fsopen,
# fsconfig, fsmount, fspick, mount_setattr; io_uring's three; pidfd_getfd,
# process_madvise, memfd_secret, process_mrelease; and Landlock's three, by which a
# process can have the kernel keep gigabytes of rules that no limit counts.
_NEW: tuple[int, ...] = (
    *(428, 429, 430, 431, 432, 433, 442, 425, 426, 427, 438, 440, 447, 448),
    *(444, 445, 446),
)
# From here on nobody has looked yet at what a call is good for. To programs it is as if
# the kernel were older.
_UNKNOWN = 457
# mount, umount2, pivot_root, chroot, setns, add_key, request_key, keyctl, bpf,
# userfaultfd, perf_event_open, ptrace, process_vm_readv, process_vm_writev,
# kexec_load, init_module, finit_module, delete_module, reboot, swapon, swapoff,
# open_by_handle_at; and what holds memory that belongs to no process: memfd_create,
# shmget, msgget, semget; and of what a user has a number that is the same inside and
# outside: inotify_init, inotify_init1, fanotify_init
_X86_64 = (
    *(165, 166, 155, 161, 308, 248, 249, 250, 321, 323, 298, 101, 310, 311),
    *(246, 175, 313, 176, 169, 167, 168, 304, 319, 29, 68, 64, 253, 294, 300),
    *(206, 103, 162, 306, 163, 179),
)
_AARCH64 = (
    *(40, 39, 41, 51, 268, 217, 218, 219, 280, 282, 241, 117, 270, 271),
    *(104, 105, 273, 106, 142, 224, 225, 265, 279, 194, 186, 190, 26, 262),
    *(0, 116, 81, 267, 89, 60),
)
_MACHINES = {
    "x86_64": _Machine(0xC000003E, 56, 272, 41, 53, 157, _X86_64 + _NEW, 0x40000000),
    "aarch64": _Machine(0xC00000B7, 220, 97, 198, 199, 167, _AARCH64 + _NEW),
}
_CLONE3 = 435
# Unix, IPv4, IPv6, and netlink, by which libc asks for addresses. Others, such as
# vsock, belong to the machine and to no network.
_NETLINK = 16
_FAMILIES = (1, 2, 10, _NETLINK)
_SET_DUMPABLE = 4


def program() -> bytes | None:
    """The filter for this machine; None where its numbers are not known here."""
    machine = _MACHINES.get(platform.machine())
    return b"".join(_instructions(machine)) if machine else None


def _instructions(machine: _Machine) -> Iterator[bytes]:
    yield _step(_LOAD, _ARCH)
    # Another way of calling has other numbers: then nothing below would hold.
    yield _step(_EQUAL, machine.arch, 1, 0)
    yield _step(_RETURN, _KILL)
    yield _step(_LOAD, _NUMBER)
    if machine.foreign is not None:
        yield _step(_AT_LEAST, machine.foreign, 0, 1)
        yield _refuse(errno.ENOSYS)
    yield _step(_AT_LEAST, _UNKNOWN, 0, 1)
    yield _refuse(errno.ENOSYS)
    # Its flags lie in memory, where no filter can look. Without it glibc uses clone.
    yield _step(_EQUAL, _CLONE3, 0, 1)
    yield _refuse(errno.ENOSYS)
    for number in machine.denied:
        yield _step(_EQUAL, number, 0, 1)
        yield _refuse(errno.EPERM)
    # The lowest byte of clone's flags is a signal; of unshare's it may be a namespace.
    for number, bits in (
        (machine.clone, _NEW_NAMESPACE),
        (machine.unshare, _NEW_NAMESPACE | _NEW_TIME),
    ):
        yield _step(_EQUAL, number, 0, 3)
        yield _step(_LOAD, _FIRST)
        yield _step(_BITS, bits, 0, 1)
        yield _refuse(errno.EPERM)
        yield _step(_LOAD, _NUMBER)
    yield from _by_first_argument(machine)
    yield _step(_RETURN, _ALLOW)


def _by_first_argument(machine: _Machine) -> Iterator[bytes]:
    """What hangs on the lower half of an argument, which is an int in C."""
    for number in (machine.socket, machine.socketpair):
        block = b"".join(_kind_of_socket())
        yield _step(_EQUAL, number, 0, len(block) // len(_step(0, 0)))
        yield block
    # A process that is not dumpable hides its descriptors from who may not read all.
    yield _step(_EQUAL, machine.prctl, 0, 4)
    yield _step(_LOAD, _FIRST)
    yield _step(_EQUAL, _SET_DUMPABLE, 0, 1)
    yield _refuse(errno.EPERM)
    yield _step(_LOAD, _NUMBER)


def _kind_of_socket() -> Iterator[bytes]:
    """Family and protocol; each step says how many of those below it skips."""
    yield _step(_LOAD, _FIRST)
    for left, family in enumerate(reversed(_FAMILIES)):
        # Over the other families, and over the refusal.
        yield _step(_EQUAL, family, len(_FAMILIES) - left, 0)
    yield _refuse(errno.EAFNOSUPPORT)
    yield _step(_LOAD, _THIRD)
    # The usual one is always right; others are kernel modules that lie idle.
    yield _step(_EQUAL, 0, 5, 0)
    yield _step(_EQUAL, socket.IPPROTO_TCP, 1, 0)
    yield _step(_EQUAL, socket.IPPROTO_UDP, 0, 2)
    yield _step(_LOAD, _FIRST)
    # To netlink these two numbers mean something else.
    yield _step(_EQUAL, _NETLINK, 0, 1)
    yield _refuse(errno.EPROTONOSUPPORT)
    yield _step(_LOAD, _NUMBER)


def _step(code: int, value: int, true: int = 0, false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, true, false, value)


def _refuse(number: int) -> bytes:
    return _step(_RETURN, _ERRNO | number)


def as_file() -> int | None:
    """A descriptor from which bubblewrap reads the filter; None where there is none."""
    filtered = program()
    if filtered is None:
        return None
    fd = os.memfd_create("seccomp", os.MFD_CLOEXEC)
    os.write(fd, filtered)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd
