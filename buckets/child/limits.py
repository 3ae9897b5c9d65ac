"""What a learner's process may use, and the leash that ends it with its keeper.

Applied inside the child before any learner code runs, with or without a sandbox. Alone
it stops accidents, not malice: code that wants to can undo what Python did to `os`.
Against malice there is buckets.grading.sandbox, inside which the same limits bind for
good.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import functools
import mmap
import os
import resource
import select
import signal
import threading
from array import array
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

_T = TypeVar("_T")
_MIB = 2**20

# Set by the sandbox: nobody else runs under this user, so the kernel can count.
OWN_USER = "BUCKETS_OWN_USER"

# Our descriptors stay out of the way of closerange(3, 256), and of the small numbers
# a learner meets in a trace.
_HIGH = 1000


class Limits(NamedTuple):
    """Upper bounds for one learner's process; None leaves a resource as it is.

    Args:
        address_space: bytes of memory one process may map. A thread maps 8 MiB for its
            stack: the default leaves room for some 350.
        processes: processes (where the kernel counts them: and threads) alive at once.
        file_size: bytes in any one file, standard output included if it is a file.
        descriptors: open descriptors of one process.
        cpu_seconds: CPU time of one process. At the limit comes SIGXCPU.
    """

    address_space: int | None = 3072 * _MIB
    processes: int | None = 400
    file_size: int | None = 64 * _MIB
    descriptors: int | None = 4096
    cpu_seconds: int | None = 60


def apply(limits: Limits) -> None:
    """Bind this process and all it will start. There is no way back."""
    _first_victim()
    # Not 0: where a program of the system takes the dumps of whoever crashes, the
    # kernel starts it all the same, outside and as root. Of 1 it makes nothing.
    _bound(resource.RLIMIT_CORE, 1)
    _bound(resource.RLIMIT_AS, limits.address_space)
    _bound(resource.RLIMIT_NOFILE, limits.descriptors)
    _bound(resource.RLIMIT_CPU, limits.cpu_seconds, grace=2)
    if limits.processes is not None:
        # RLIMIT_NPROC counts a user's processes on the whole machine and exempts root.
        # So it is right for a user of one's own, and wrong for everybody else.
        if OWN_USER in os.environ:
            _bound(resource.RLIMIT_NPROC, limits.processes)
        else:
            ForkBudget(limits.processes).install()
    _bound(resource.RLIMIT_FSIZE, limits.file_size)


def _bound(kind: int, most: int | None, grace: int = 0) -> None:
    if most is None:
        return
    hard = resource.getrlimit(kind)[1]
    ceiling = most + grace
    if hard != resource.RLIM_INFINITY:
        ceiling = min(ceiling, hard)
    # macOS knows some of the limits by name only, and refuses to set them.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (min(most, ceiling), ceiling))


def _first_victim() -> None:
    """When memory runs out the kernel ends this process, not the learner's editor."""
    with (
        contextlib.suppress(OSError),
        open("/proc/self/oom_score_adj", "w") as score,
    ):
        score.write("1000")


class Leash:
    """The outside's end of a pipe by which it holds a child.

    The child calls hold() on `fd`. When this end is closed, by cut() or because the
    process that holds it died in whatever way, the kernel kills the child's group.

    HAZARD: a process that the outside forks without exec inherits this end, and the
    child then outlives the outside until that process is gone too. Never write to it:
    a byte kills as well.
    """

    def __init__(self) -> None:
        # The outside keeps the far end open too. Otherwise a child that closes all its
        # descriptors would be off the leash. That works because Linux releases the
        # files of a dying process from the highest number down: the near end first.
        self.fd, self._near = os.pipe()

    def cut(self) -> None:
        """Kill the child's process group. The second call does nothing."""
        near, self._near = self._near, -1
        if near >= 0:
            os.close(near)
            os.close(self.fd)


def hold(fd: int, by_kernel: bool = hasattr(fcntl, "F_SETSIG")) -> None:
    """Tie the life of this process group to a Leash of the outside.

    No thread and no polling: the pipe itself reports (O_ASYNC) to the process group
    (F_SETOWN), and on Linux the report is SIGKILL (F_SETSIG), which reaches a process
    that is blocked in any call, and its forked children. prctl(PR_SET_PDEATHSIG) is
    not used: it is not inherited by children, and it fires when the *thread* that
    started the child ends.

    Args:
        fd: the pipe end from Leash.fd, which this call takes over.
        by_kernel: False for systems without F_SETSIG, such as macOS. There the report
            is SIGIO, and Python's handler for it kills the group; a call into C that
            neither returns nor is interrupted delays it.

    A child that leaves the process group (setsid) leaves the leash as well; only the
    sandbox holds that one.
    """
    if os.getpgrp() != os.getpid():
        # Else the signal would hit the group of whoever started this process.
        os.setpgid(0, 0)
    far = out_of_the_way(fd)
    if by_kernel:
        fcntl.fcntl(far, fcntl.F_SETSIG, signal.SIGKILL)
    else:
        signal.signal(signal.SIGIO, lambda *_: _end_group())
    fcntl.fcntl(far, fcntl.F_SETOWN, -os.getpgrp())
    flags = fcntl.fcntl(far, fcntl.F_GETFL)
    fcntl.fcntl(far, fcntl.F_SETFL, flags | os.O_ASYNC | os.O_NONBLOCK)
    # The outside may have died before the pipe was armed.
    poll = select.poll()
    poll.register(far, select.POLLIN)
    if poll.poll(0):
        _end_group()


def _end_group() -> None:
    os.killpg(os.getpgrp(), signal.SIGKILL)


def out_of_the_way(fd: int) -> int:
    """The same descriptor under a high number, which no program of ours inherits."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    room = _HIGH if soft == resource.RLIM_INFINITY else min(_HIGH, soft // 2)
    moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, room)
    os.close(fd)
    return moved


class ForkBudget:
    """os.fork() with a limit on living descendants, where RLIMIT_NPROC has none.

    A table of pids lies in memory that all descendants share. A full table is swept of
    the dead; if it stays full, fork raises what the kernel would raise. As with the
    kernel, a zombie counts until somebody waits for it.

    An at-fork hook cannot do this: exceptions in hooks are printed and dropped. And a
    program started by subprocess or posix_spawn is not counted.

    Args:
        most: living descendants of this process, at all depths.
    """

    def __init__(self, most: int):
        self.most = most
        self._lock_fd = out_of_the_way(_nameless_file())
        self._pids = memoryview(mmap.mmap(-1, 4 * most)).cast("i")
        self._gate = threading.Lock()

    def install(self) -> None:
        """Replace os.fork and os.forkpty."""
        os.fork = self._counted(os.fork, lambda pid: pid)
        os.forkpty = self._counted(os.forkpty, lambda both: both[0])

    def _counted(
        self, fork: Callable[[], _T], pid_of: Callable[[_T], int]
    ) -> Callable[[], _T]:
        @functools.wraps(fork)
        def counted() -> _T:
            with self._gate, self._locked():
                slot = self._free_slot()
                result = fork()
                # Both sides write the same number: either may be killed first.
                self._pids[slot] = pid_of(result) or os.getpid()
            return result

        return counted

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        # A POSIX lock goes with its process, however that ends. The child of a fork
        # does not own it, so its unlocking does nothing. Where the learner's code
        # closed the descriptor, counting goes on without the lock.
        with contextlib.suppress(OSError):
            fcntl.lockf(self._lock_fd, fcntl.LOCK_EX)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                fcntl.lockf(self._lock_fd, fcntl.LOCK_UN)

    def _free_slot(self) -> int:
        pids = self._pids.tolist()
        if 0 not in pids:
            pids = [pid if _alive(pid) else 0 for pid in pids]
            self._pids[:] = array("i", pids)
        if 0 not in pids:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return pids.index(0)


def _nameless_file() -> int:
    """A descriptor of an empty file, for a lock among forked processes."""
    if hasattr(os, "memfd_create"):
        # A sandbox refuses it: what is in such a file, no limit counts.
        with contextlib.suppress(OSError):
            return os.memfd_create("forks")
    # Late: it costs every child some milliseconds.
    import tempfile

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        # Also EPERM: the number went to somebody else's process.
        return False
    return True
