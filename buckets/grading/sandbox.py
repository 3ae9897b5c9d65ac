"""A room for a learner's process with nothing else in it: bubblewrap, on Linux.

Inside there is the interpreter, its libraries, this package and an empty /tmp; no
network, no other process, no file of the course, no capability. What crosses the wall
are the descriptors that the outside hands over: a listener serves clients outside.
docs/decisions/002-sandbox.md says why it is built this way.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from buckets.child.limits import OWN_USER

_MIB = 2**20
_PACKAGE = Path(__file__).resolve().parents[1]

# What a Python process needs of the system. A whole /usr would be less to write, but
# some courses live in /usr/src.
_SYSTEM = (
    *("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64"),
    *("/usr/local/lib", "/usr/local/lib64", "/nix/store", "/gnu/store"),
    *("/etc/ld.so.cache", "/etc/localtime", "/etc/hosts", "/usr/share/zoneinfo"),
)

ENVIRONMENT = {
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "LOGNAME": "learner",
    # glibc reserves 64 MiB of address space for every arena, of which a process with
    # threads gets eight a core. The limit on address space would hit there first.
    "MALLOC_ARENA_MAX": "2",
    "PATH": "/usr/bin:/bin",
    "USER": "learner",
}


class SandboxError(Exception):
    """No sandbox here, or none any more. Never the learner's mistake."""


@functools.cache
def available() -> str | None:
    """Try one. None when it works, else the reason, fit to be shown."""
    if sys.platform != "linux":
        return f"the sandbox needs Linux, and this is {sys.platform}"
    argv = [sys.executable, "-I", "-c", "import buckets.child; print('inside')"]
    try:
        command, fds = Sandbox().wrap(argv)
        run = subprocess.run(
            command, pass_fds=fds, capture_output=True, text=True, timeout=20
        )
    except (SandboxError, OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if run.stdout.strip() == "inside":
        return None
    said = run.stderr.strip().splitlines() or [f"exit code {run.returncode}"]
    return f"bubblewrap cannot make a sandbox here: {said[-1]}"


@dataclass(frozen=True)
class Sandbox:
    """How one room is furnished.

    Args:
        network: "none", or "shared" for the network of the caller, which must be
            private: see in_private_network.
        tmp_bytes: size of /tmp, which is also HOME and the working directory.
        shm_bytes: size of /dev/shm.
    """

    network: Literal["none", "shared"] = "none"
    tmp_bytes: int = 64 * _MIB
    shm_bytes: int = 16 * _MIB

    def wrap(
        self,
        argv: Sequence[str],
        *,
        keep_fds: Sequence[int] = (),
        status_fd: int | None = None,
        workdir: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> tuple[list[str], tuple[int, ...]]:
        """The command line that runs argv in a sandbox, and what to pass to Popen.

        Start it with start_new_session=True, from a thread that lives on: the kernel
        ends the sandbox with the *thread* that started it (--die-with-parent).

        Args:
            argv: begins with sys.executable.
            keep_fds: descriptors that the process inside inherits.
            status_fd: where bubblewrap reports, for inner_pid. It stays outside.
            workdir: a folder to start in, read-only at /submission. Its mode must let
                others read it: inside runs another user.
            env: variables besides ENVIRONMENT; no other is visible inside.

        Returns:
            argv and pass_fds for subprocess.Popen.

        Raises:
            SandboxError: bubblewrap is missing, or the network is not private.
        """
        variables = {**ENVIRONMENT, **(env or {}), OWN_USER: "1"}
        if not _counted_alone():
            del variables[OWN_USER]
        user, become = _user()
        command = [
            _tool("bwrap"),
            *("--unshare-pid", "--unshare-ipc", "--unshare-uts"),
            *("--unshare-cgroup-try", "--hostname", "sandbox"),
            *("--die-with-parent", "--new-session", *user, *self._network()),
            *(self._root() + self._start_in(workdir)),
            *("--clearenv", *_each("--setenv", variables.items())),
        ]
        if status_fd is None:
            return [*command, "--", *become, *argv], tuple(keep_fds)
        command += ["--json-status-fd", str(status_fd)]
        return [*command, "--", *become, *argv], (*keep_fds, status_fd)

    def start(self, argv: Sequence[str], **options: Any) -> Inside:
        """Start argv in a sandbox; options are those of wrap and of Popen."""
        ours = ("keep_fds", "workdir", "env")
        wishes = {name: options.pop(name) for name in ours if name in options}
        status, report = os.pipe()
        try:
            command, fds = self.wrap(argv, status_fd=report, **wishes)
            options.setdefault("start_new_session", True)
            popen = subprocess.Popen(command, pass_fds=fds, **options)
        except BaseException:
            os.close(status)
            raise
        finally:
            os.close(report)
        return Inside(popen, status)

    def _network(self) -> list[str]:
        if self.network == "none":
            return ["--unshare-net"]
        if _routes():
            raise SandboxError(
                "a sandbox may share its caller's network only where that leads "
                "nowhere: start the caller under in_private_network()"
            )
        return []

    def _root(self) -> list[str]:
        # /tmp comes first: the course or its environment may lie below it, and a later
        # mount would hide them.
        return [
            *("--perms", "1777", "--size", str(self.tmp_bytes), "--tmpfs", "/tmp"),
            *_read_only(_needed()),
            *("--proc", "/proc", "--dev", "/dev"),
            *("--perms", "1777", "--size", str(self.shm_bytes)),
            *("--tmpfs", "/dev/shm", "--remount-ro", "/dev"),
        ]

    @staticmethod
    def _start_in(workdir: str | os.PathLike[str] | None) -> list[str]:
        # The root itself is a tmpfs without a size, so it must not stay writable.
        if workdir is None:
            return ["--remount-ro", "/", "--chdir", "/tmp"]
        place = "/submission"
        shown = ["--ro-bind", os.fspath(workdir), place]
        return [*shown, "--remount-ro", "/", "--chdir", place]


class Inside:
    """A process in a sandbox, as the outside holds it.

    Args:
        popen: the running bubblewrap.
        status_fd: the reading end of its status pipe, which this object takes over.
    """

    def __init__(self, popen: subprocess.Popen[Any], status_fd: int):
        self.popen = popen
        self._status_fd = status_fd
        self._init: int | None = None

    def pid(self, deadline: float) -> int:
        """The host's pid of the learner's process, for psutil and for signals.

        Args:
            deadline: a time.monotonic() value.

        Raises:
            SandboxError: it has ended, or did not start in time.
        """
        self._hold_init(deadline)
        return _second_process(self._init_pid, deadline)

    def kill(self, deadline: float) -> bool:
        """Kill everything inside, and wait until it is gone.

        Process 1 of the sandbox is killed through a pidfd. The kernel ends all others
        with it, and says that process 1 is gone only after them.

        Returns:
            True when nothing is left, False when the deadline passed first.
        """
        try:
            self._hold_init(deadline)
        except SandboxError:
            # It ended before we looked, or never began.
            self._kill_bubblewrap()
            return self._reaped(deadline)
        assert self._init is not None
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._init, signal.SIGKILL)
        gone = bool(_wait_readable(self._init, deadline))
        self._kill_bubblewrap()
        return self._reaped(deadline) and gone

    def close(self) -> None:
        """Give back the descriptors. The sandbox itself goes on."""
        for name in ("_status_fd", "_init"):
            fd = getattr(self, name)
            if fd is not None:
                setattr(self, name, None)
                os.close(fd)
