"""A room for a learner's process with nothing else in it: bubblewrap, on Linux.

Inside there is the interpreter, its libraries, this package and an empty /tmp; no
network, no other process, no file of the course, no capability. What crosses the wall
are the descriptors that the outside hands over: a listener serves clients outside.
docs/decisions/002-sandbox.md says why it is built this way.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import random
import re
import resource
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from buckets.child.limits import OWN_USER
from buckets.grading import seccomp

_MIB = 2**20
_PACKAGE = Path(__file__).resolve().parents[1]
_START_SECONDS = 20.0
_DESCRIPTORS = 8192

# What a Python process needs of the system. Binding all of /usr would be shorter, but
# in containers a course often lies in /usr/src.
_SYSTEM = (
    *("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64"),
    *("/usr/local/lib", "/usr/local/lib64", "/nix/store", "/gnu/store"),
    *("/etc/ld.so.cache", "/etc/localtime", "/etc/hosts", "/usr/share/zoneinfo"),
    *("/etc/services", "/etc/protocols"),
    # Tcl's own files, where a system's Tcl is used: Debian, Fedora, Arch.
    *("/usr/share/tcltk", "/usr/share/tcl8.6", "/usr/share/tcl9.0"),
)

# Users that no machine gives to anybody: where all numbers exist, a range that
# systemd's list of ranges leaves free; else, in a container, the one it draws from.
_SPARE_USERS = (range(0x7000_0000, 0x8000_0000), range(61184, 65520))

ENVIRONMENT = {
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "LOGNAME": "learner",
    # glibc reserves 64 MiB of address space for every arena, and gives a process with
    # threads eight arenas a core. The limit on address space would hit there first.
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
    probe = [sys.executable, "-I", "-c", "import buckets.child; print('inside')"]
    try:
        # A sandbox in a private network: that is how a submission is graded.
        command, _ = Sandbox().wrap(probe)
        run = subprocess.run(
            in_private_network(command),
            capture_output=True,
            text=True,
            timeout=_START_SECONDS,
        )
    except (SandboxError, OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if run.stdout.strip() == "inside":
        return None
    said = run.stderr.strip().splitlines() or [f"exit code {run.returncode}"]
    return f"bubblewrap cannot make a sandbox here: {said[-1]}"


def in_private_network(argv: Sequence[str]) -> list[str]:
    """The command line that runs argv in a network of its own, which leads nowhere.

    For a worker whose learners' processes must connect out: it serves them on its
    loopback, and starts them in Sandbox(network="shared"). Apart from the network the
    worker runs as before, with the same files and rights.
    """
    command = [_tool("bwrap"), "--unshare-net", "--die-with-parent"]
    if _spare_user() is None:
        command += ["--unshare-user"]
    else:
        # A user namespace with one user in it would take away from root what the
        # sandboxes inside need: other users.
        command += ["--cap-add", "ALL"]
    return [*command, "--dev-bind", "/", "/", "--", *argv]


@dataclass(frozen=True)
class Sandbox:
    """How a room is furnished. One object serves for any number of processes.

    Args:
        network: "none", or "shared" for the network of the caller, which must be
            private: see in_private_network.
        tmp_bytes: size of /tmp, which is also HOME and the working directory.
        shm_bytes: size of /dev/shm.
    """

    network: Literal["none", "shared"] = "none"
    tmp_bytes: int = 64 * _MIB
    shm_bytes: int = 16 * _MIB

    def start(
        self,
        argv: Sequence[str],
        *,
        keep_fds: Iterable[int] = (),
        workdir: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Inside:
        """Start argv in a sandbox, and hold on to it.

        Call it from a thread that lives on: the kernel ends the sandbox with the
        *thread* that started it (--die-with-parent).

        Args:
            argv, keep_fds, workdir, env: as for wrap.
            options: for subprocess.Popen.

        Raises:
            SandboxError: there is no sandbox here. bubblewrap's stderr says why.
        """
        _ask_for_descriptors()
        with _pipe() as (status, report), _pipe() as (hold, _go):
            command, fds = self.wrap(argv, keep_fds, workdir=workdir, env=env)
            ours = {"--info-fd": report.fileno(), "--block-fd": hold.fileno()}
            filtered = seccomp.as_file()
            if filtered is not None:
                ours["--seccomp"] = filtered
            command[1:1] = [str(word) for pair in ours.items() for word in pair]
            options.setdefault("start_new_session", True)
            try:
                popen = subprocess.Popen(
                    command, pass_fds=[*fds, *ours.values()], **options
                )
            finally:
                if filtered is not None:
                    os.close(filtered)
            report.close()
            # Nothing runs inside before its process 1 is held: one that ends at once
            # could not be found any more. Leaving this block lets it go on. (--info-fd
            # and not --json-status-fd, which wants a reader until the end.)
            return Inside(popen, *_hold_init(popen, status))

    def wrap(
        self,
        argv: Sequence[str],
        keep_fds: Iterable[int] = (),
        *,
        workdir: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> tuple[list[str], list[int]]:
        """The command line that runs argv in a sandbox, and pass_fds for Popen.

        Args:
            argv: begins with sys.executable.
            keep_fds: descriptors that the process inside inherits; no other.
            workdir: a folder to start in, read-only at /submission. Its mode must let
                others read it: inside runs another user.
            env: variables besides ENVIRONMENT; no other is visible inside.

        Raises:
            SandboxError: bubblewrap is missing, or the network is not private.
        """
        bubblewrap = _tool("bwrap")
        variables = {**ENVIRONMENT, **(env or {}), **_counted_alone()}
        user, become = _unprivileged()
        command = [
            *(bubblewrap, "--die-with-parent", "--new-session", *user),
            *("--unshare-pid", "--unshare-ipc", "--unshare-uts"),
            # A name that is known inside: some ask for the address of their machine.
            *("--unshare-cgroup-try", "--hostname", "localhost", *self._network()),
            *(self._root() + _desk(workdir)),
            *("--clearenv", *_each("--setenv", variables.items())),
        ]
        return [*command, "--", *become, *argv], list(keep_fds)

    def _network(self) -> list[str]:
        if self.network == "none":
            return ["--unshare-net"]
        if _leads_somewhere():
            raise SandboxError(
                "a sandbox may share its caller's network only where that leads "
                "nowhere: start the caller with in_private_network()"
            )
        return []

    def _root(self) -> list[str]:
        # /tmp comes first: the course or its environment may lie below it, and a later
        # mount would hide them.
        return [
            *("--perms", "1777", "--size", str(self.tmp_bytes), "--tmpfs", "/tmp"),
            *_read_only(_needed()),
            *("--proc", "/proc", "--dev", "/dev", *_out_of_reach()),
            *("--perms", "1777", "--size", str(self.shm_bytes)),
            *("--tmpfs", "/dev/shm", "--remount-ro", "/dev"),
        ]


class Inside:
    """A process in a sandbox, as the outside holds it. Leaving its with block kills.

    Args:
        popen: the running bubblewrap.
        init_pid: the host's pid of the sandbox's process 1.
        init: a pidfd of the same, which this object takes over.
    """

    def __init__(self, popen: subprocess.Popen[Any], init_pid: int, init: int):
        self.popen = popen
        self._init_pid = init_pid
        self._init = init

    def __enter__(self) -> Inside:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill(time.monotonic() + _START_SECONDS)

    def pid(self, deadline: float) -> int:
        """The host's pid of the learner's process, for psutil and for signals.

        Args:
            deadline: a time.monotonic() value.

        Raises:
            SandboxError: it has ended, or did not start in time.
        """
        return _in_namespace(self._init_pid, 2, self._ended, deadline)

    @property
    def keeper(self) -> int:
        """The host's pid of process 1 inside: whoever is orphaned falls to it."""
        return self._init_pid

    def _ended(self) -> bool:
        return self._init < 0 or _readable(self._init, 0.0)

    def kill(self, deadline: float) -> bool:
        """Kill everything inside, and wait until it is gone. Safe to call again.

        Killing process 1 makes the kernel kill all others, whatever session or group
        they are in; and it reports the end of process 1 only after theirs.

        Args:
            deadline: a time.monotonic() value.

        Returns:
            True when nothing is left, False when the deadline passed first.
        """
        if self._init < 0:
            return True
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._init, signal.SIGKILL)
        gone = _readable(self._init, deadline)
        self.popen.kill()
        self.popen.wait()
        if gone:
            self.close()
        return gone

    def end(self) -> None:
        """Kill everything inside, and do not wait; kill() does."""
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(self._init, signal.SIGKILL)

    def close(self) -> None:
        """Give back the descriptor. After it nothing can be killed any more."""
        if self._init >= 0:
            os.close(self._init)
            self._init = -1


@contextlib.contextmanager
def _pipe() -> Iterator[tuple[io.FileIO, io.FileIO]]:
    reading, writing = os.pipe()
    with io.FileIO(reading) as near, io.FileIO(writing, "w") as far:
        yield near, far


def _hold_init(popen: subprocess.Popen[Any], status: io.FileIO) -> tuple[int, int]:
    """Pid and pidfd of the sandbox's process 1, as bubblewrap reports it."""
    said = b""
    deadline = time.monotonic() + _START_SECONDS
    while _readable(status.fileno(), deadline) and (more := status.read(4096)):
        said += more
        with contextlib.suppress(json.JSONDecodeError):
            pid = json.loads(said)["child-pid"]
            return pid, os.pidfd_open(pid)
    popen.kill()
    raise SandboxError(f"bubblewrap did not start: exit code {popen.wait()}")


def _readable(fd: int, deadline: float) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))


def _in_namespace(
    parent: int, number: int, ended: Callable[[], bool], deadline: float
) -> int:
    """The child of parent whose pid in the innermost namespace is number."""
    # A parent that ended may stay as a zombie, which seems to have no children yet.
    while not ended():
        with contextlib.suppress(OSError):
            children = _read(f"/proc/{parent}/task/{parent}/children")
            for pid in map(int, children.split()):
                if _innermost_pid(pid) == number:
                    return pid
        if time.monotonic() > deadline:
            raise SandboxError("no process in the sandbox before the deadline")
        # bubblewrap is still laying out the root; nothing tells when it is done.
        time.sleep(0.001)
    raise SandboxError("the process in the sandbox has ended")


def _read(path: str) -> str:
    # A process may bear a name that is no UTF-8.
    return Path(path).read_text(errors="replace")


def _innermost_pid(pid: int) -> int | None:
    with contextlib.suppress(OSError):
        for line in _read(f"/proc/{pid}/status").splitlines():
            if line.startswith("NSpid:"):
                return int(line.split()[-1])
    return None


def _unprivileged() -> tuple[list[str], list[str]]:
    """Options of bubblewrap, and what to put before argv, to be nobody inside."""
    user = _spare_user()
    if user is None:
        # No namespace inside this one, so nobody becomes root of anything.
        nobody = ("--unshare-user", "--disable-userns", "--uid", "65534")
        return [*nobody, "--gid", "65534"], []
    # Root has no use for a user namespace: its users would all be root outside, whom
    # RLIMIT_NPROC does not bind. Instead the process becomes a real other user.
    needed = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")
    caps = ["--cap-drop", "ALL", *_each("--cap-add", ((name,) for name in needed))]
    become = [_tool("setpriv"), "--reuid", str(user), "--regid", str(user)]
    return caps, [*become, "--clear-groups", "--bounding-set=-all", "--inh-caps=-all"]


def _spare_user() -> int | None:
    """A user and group id of one's own, if we are root and may become anybody."""
    if os.geteuid() != 0:
        return None
    for spare in _SPARE_USERS:
        if all(_mapped(spare, kind) for kind in ("uid", "gid")):
            return random.SystemRandom().choice(spare)
    return None


def _mapped(ids: range, kind: str) -> bool:
    for line in Path(f"/proc/self/{kind}_map").read_text().splitlines():
        first, _, count = map(int, line.split())
        if first <= ids[0] and ids[-1] < first + count:
            return True
    return False


def _counted_alone() -> dict[str, str]:
    """Tell the child whether RLIMIT_NPROC counts only what runs in its sandbox.

    It does for a user of its own; and in a user namespace since Linux 5.14, unless the
    user outside is root.
    """
    if os.geteuid() == 0:
        alone = _spare_user() is not None
    else:
        major, minor = re.findall(r"\d+", os.uname().release)[:2]
        alone = (int(major), int(minor)) >= (5, 14)
    return {OWN_USER: "1"} if alone else {}


def _leads_somewhere() -> bool:
    """Whether this process's network has a route to anything but itself."""
    routes = Path("/proc/self/net/route").read_text().splitlines()[1:]
    with contextlib.suppress(FileNotFoundError):
        six = Path("/proc/self/net/ipv6_route").read_text().splitlines()
        routes += [line for line in six if line.split()[-1] != "lo"]
    return bool(routes)


def _desk(workdir: str | os.PathLike[str] | None) -> list[str]:
    # The root itself is a tmpfs without a size, so it must not stay writable.
    if workdir is None:
        return ["--remount-ro", "/", "--chdir", "/tmp"]
    place = "/submission"
    shown = ["--ro-bind", os.fspath(workdir), place]
    return [*shown, "--remount-ro", "/", "--chdir", place]


@functools.cache
def _needed() -> tuple[str, ...]:
    """What the interpreter and this package need of the file system, parents first."""
    prefixes = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    inside = ("lib", "lib64", "pyvenv.cfg")
    paths = [*_SYSTEM, *(os.path.join(p, name) for p in prefixes for name in inside)]
    paths += [str(_PACKAGE), *_links(sys.executable)]
    if _spare_user() is not None:
        paths += _links(_tool("setpriv"))
    # By both names, where a path leads through a link.
    paths += [os.path.realpath(path) for path in paths]
    kept: list[str] = []
    for path in sorted(filter(os.path.exists, paths)):
        if not _below(path, kept):
            kept.append(path)
    if _below(str(_PACKAGE.parent / "solutions"), kept):
        raise SandboxError(f"{_PACKAGE.parent} lies in a folder that sandboxes show")
    return tuple(kept)


def _links(path: str) -> list[str]:
    """The path, and every further path on the way to what it links to."""
    paths = [path]
    while os.path.islink(path):
        target = os.path.join(os.path.dirname(path), os.readlink(path))
        path = os.path.abspath(target)
        paths.append(path)
    return paths


def _below(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(folder + "/") for folder in folders)


def _read_only(paths: Iterable[str]) -> list[str]:
    """Options that show these paths in an empty root."""
    options: list[str] = []
    made = {"/", "/tmp"}
    for path in paths:
        for folder in reversed(Path(path).parents):
            # bubblewrap would make it too, but for its own user only.
            if str(folder) not in made:
                options += ["--perms", "0755", "--dir", str(folder)]
                made.add(str(folder))
        options += ["--ro-bind", path, path]
    return options


def _out_of_reach() -> list[str]:
    """Options that cover the memory of the sandbox's process 1, and terminals.

    To who is no root that memory is open, and nobody counts what that process does.
    Of terminals the machine has some thousands, for everybody.
    """
    covered = ("/proc/1/mem", "/proc/1/task/1/mem")
    memory = _each("--ro-bind", (("/dev/null", path) for path in covered))
    return [*memory, *("--perms", "0555", "--size", "4096", "--tmpfs", "/dev/pts")]


def _each(option: str, values: Iterable[Sequence[str]]) -> list[str]:
    return [word for value in values for word in (option, *value)]


@functools.cache
def _ask_for_descriptors() -> None:
    """Let this process hold, and send, more descriptors than all sandboxes may.

    The kernel counts what is on its way between sockets for a user, and not for a
    process: a sandbox of an ordinary user's fills that count up to its own limit, and
    who has no more than that cannot send any.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < _DESCRIPTORS:
        most = _DESCRIPTORS if hard == resource.RLIM_INFINITY else hard
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, _DESCRIPTORS), hard))


@functools.cache
def _tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        package = {"bwrap": "bubblewrap", "setpriv": "util-linux"}[name]
        raise SandboxError(f"{name} is missing (package {package})")
    return path
