"""What works on this machine, and what would make the rest work.

Each finding is a fact that was tried or read just now, with one command or setting
where something is missing. Nothing here changes anything.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from buckets import course

State = Literal["works", "missing", "partly"]

MOST_SECONDS = 20.0
FREE_BYTES = 1 << 30
OLDEST_PYTHON = (3, 11)
OLDEST_BUBBLEWRAP = (0, 8)
OLDEST_KERNEL = (5, 3)


@dataclass(frozen=True)
class Finding:
    """One row: what was looked at, how it stands, and what to do about it.

    Args:
        what: its name.
        state: works, partly or missing.
        found: what was seen.
        needed_for: who goes without, when it is missing.
        cure: one command or setting; "" where nothing need be done.
    """

    what: str
    state: State
    found: str
    needed_for: str = ""
    cure: str = ""


def examine() -> Iterator[Finding]:
    """Look at everything, one after another."""
    for look in LOOKS:
        try:
            yield look()
        except Exception as error:
            name = look.__name__.strip("_").replace("_", " ")
            yield Finding(name, "missing", f"{type(error).__name__}: {error}")


# Tools ------------------------------------------------------------------------------


def _python() -> Finding:
    version = platform.python_version()
    if sys.version_info >= OLDEST_PYTHON:
        return Finding("Python", "works", version)
    return Finding("Python", "missing", version, "everything", "install Python 3.11")


def _git() -> Finding:
    if shutil.which("git"):
        return Finding("git", "works", _first_line(["git", "--version"]))
    return Finding("git", "missing", "not on PATH", "updates", _install("git", "git"))


def _sandbox() -> Finding:
    from buckets.grading import sandbox

    why = sandbox.available()
    if why is None:
        version = _first_line([shutil.which("bwrap") or "bwrap", "--version"])
        return Finding("sandbox", "works", version)
    reason, cure = why_no_sandbox(why)
    return Finding("sandbox", "missing", reason, "buckets grade, nbgrader", cure)


def _tkinter() -> Finding:
    if importlib.util.find_spec("_tkinter"):
        return Finding("tkinter", "works", "can be imported")
    return Finding(
        "tkinter",
        "missing",
        "no _tkinter",
        "windows of one's own",
        _install("python3-tk", "python-tk"),
    )


def _chromium() -> Finding:
    named = os.environ.get("CHROMIUM", "chromium")
    path = shutil.which(named) or shutil.which("chromium-browser")
    cure = _install("chromium", "--cask chromium")
    return _program("Chromium", path, "not on PATH", "tests of pictures", cure)


def _memccapable() -> Finding:
    path = shutil.which("memccapable")
    what = "lesson 08 against a client of others"
    cure = _install("libmemcached-tools", "libmemcached")
    return _program("memcached clients", path, "no memccapable", what, cure)


def _curl() -> Finding:
    path = shutil.which("curl")
    what = "lessons 12 and 13 with a client of others"
    return _program("curl", path, "not on PATH", what, _install("curl", "curl"))


def _iperf3() -> Finding:
    path = shutil.which("iperf3")
    what = "lesson 13 under a flood of others"
    return _program("iperf3", path, "not on PATH", what, _install("iperf3", "iperf3"))


def _program(
    name: str, path: str | None, without: str, what: str, cure: str
) -> Finding:
    """A program that is there, or is not; then what it is for, and what brings it."""
    if path:
        return Finding(name, "works", path)
    return Finding(name, "missing", without, what, cure)


def _install(debian: str, homebrew: str) -> str:
    """The command that brings a program, on the system that this is."""
    if sys.platform == "darwin":
        return f"brew install {homebrew}"
    return f"sudo apt install {debian}"


# Jupyter ----------------------------------------------------------------------------


def _nbgrader() -> Finding:
    """By its files: asking Jupyter takes many seconds."""
    prefix = Path(sys.prefix)
    parts = (
        prefix / "share/jupyter/labextensions/@jupyter/nbgrader/package.json",
        prefix / "etc/jupyter/jupyter_server_config.d/nbgrader.json",
    )
    missing = [path for path in parts if not path.exists()]
    if missing:
        cure = "pip install --force-reinstall nbgrader==0.9.6"
        return Finding("nbgrader", "missing", f"no {missing[0]}", "Formgrader", cure)
    switches = [prefix / "etc/jupyter", Path.home() / ".jupyter"]
    for folder in switches:
        if '"@jupyter/nbgrader": true' in _read(str(folder / _SWITCHED_OFF)):
            cure = "jupyter labextension enable @jupyter/nbgrader"
            return Finding("nbgrader", "partly", "switched off", "Formgrader", cure)
    return Finding("nbgrader", "works", "its extensions are there")


_SWITCHED_OFF = "labconfig/page_config.json"


# The machine ------------------------------------------------------------------------


def _loopback() -> Finding:
    """A client and a server on 127.0.0.1, at a port of the system's choice."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        with socket.create_connection(address, timeout=5) as client:
            client.sendall(b"?")
            with listener.accept()[0] as server:
                server.settimeout(5)
                if server.recv(1) == b"?":
                    return Finding("ports", "works", "loopback carries bytes")
    return Finding(
        "ports", "missing", "loopback is silent", "everything", "ip link set lo up"
    )


def _insight() -> Finding:
    """What the system tells of a process and of its sockets, to whoever looks on."""
    if sys.platform == "linux" and Path("/proc/net/tcp").exists():
        return Finding("insight", "works", "/proc tells of sockets and of waiting")
    return Finding(
        "insight",
        "partly",
        "no /proc: buckets show what recv() met, and no call is named",
        "replays, reports",
        "read docs/macos.md; on Linux everything is seen",
    )


def _disk() -> Finding:
    place = course.root() / "grading"
    place = place if place.exists() else course.root()
    free = shutil.disk_usage(place).free
    if not os.access(place, os.W_OK):
        cure = f"chown -R {os.getuid()} '{place}'"
        return Finding("disk", "missing", f"{place} is read-only", "grades", cure)
    if free < FREE_BYTES:
        return Finding("disk", "partly", f"{free >> 20} MB free", "grades", "make room")
    return Finding("disk", "works", f"{free >> 30} GB free, and writable")


# Why there is no sandbox --------------------------------------------------------------


def why_no_sandbox(
    said: str, read: Callable[[str], str] | None = None
) -> tuple[str, str]:
    """The reason in words, and one command or setting that takes it away.

    Args:
        said: what the attempt said, from sandbox.available().
        read: reads a file of /proc; "" for one that is not there.

    Returns:
        The reason, and the cure.
    """
    read = read or _read
    if sys.platform != "linux":
        return said, "grade on Linux, or in a container: docs/container.md"
    if "is missing" in said:
        package = "util-linux" if "setpriv" in said else "bubblewrap"
        if os.geteuid() and _in_the_cloud():
            return f"{said}, and nobody is root here", "grade on another machine"
        return said, f"sudo apt install {package}"
    for reason, cure in _refusals(read):
        return f"{reason} ({said})", cure
    return said, "run it as root, or see docs/decisions/002-sandbox.md"


def _refusals(read: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """What keeps an ordinary user from a namespace, the likeliest first."""
    if _kernel() < OLDEST_KERNEL:
        yield "the kernel is older than 5.3", "install a newer kernel"
    if _bubblewrap() < OLDEST_BUBBLEWRAP:
        yield "bubblewrap is older than 0.8", "sudo apt install -t stable bubblewrap"
    if _number(read("/proc/sys/user/max_user_namespaces")) == 0:
        yield (
            "user namespaces are switched off",
            "sudo sysctl -w user.max_user_namespaces=10000",
        )
    if _number(read("/proc/sys/kernel/unprivileged_userns_clone")) == 0:
        yield (
            "user namespaces are for root only",
            "sudo sysctl -w kernel.unprivileged_userns_clone=1",
        )
    if _number(read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")) == 1:
        yield (
            "AppArmor restricts user namespaces (Ubuntu 24.04 and later)",
            "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        )
    if _in_the_cloud():
        yield "nobody may make namespaces here", "grade on another machine"
    if _in_a_container(read):
        yield (
            "the container's seccomp filter forbids namespaces",
            "docker run --security-opt seccomp=unconfined --cap-add SYS_ADMIN "
            "--security-opt systempaths=unconfined",
        )


def _in_the_cloud() -> bool:
    return any(name in os.environ for name in ("CODESPACES", "BINDER_SERVICE_HOST"))


def _in_a_container(read: Callable[[str], str]) -> bool:
    filtered = "Seccomp:\t2" in read("/proc/self/status")
    return filtered or Path("/.dockerenv").exists()


def _kernel() -> tuple[int, ...]:
    return _version(os.uname().release)


def _bubblewrap() -> tuple[int, ...]:
    path = shutil.which("bwrap")
    return _version(_first_line([path, "--version"])) if path else OLDEST_BUBBLEWRAP


def _version(text: str) -> tuple[int, ...]:
    """The first two numbers in it; a large one where there are none."""
    words = "".join(sign if sign.isdigit() else " " for sign in text).split()
    return tuple(map(int, words[:2])) or (99,)


def _number(text: str) -> int | None:
    return int(text) if text.strip().isdigit() else None


def _read(path: str) -> str:
    with suppress(OSError):
        return Path(path).read_text(errors="replace")
    return ""


def _first_line(command: list[str]) -> str:
    return next(iter(_run(command).splitlines()), "")


def _run(command: list[str]) -> str:
    """What a command says, wherever it says it."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=MOST_SECONDS,
    )
    return done.stdout.decode(errors="replace")


LOOKS: tuple[Callable[[], Finding], ...] = (
    *(_python, _git, _sandbox, _nbgrader, _loopback, _insight, _disk),
    *(_tkinter, _chromium, _memccapable, _curl, _iperf3),
)
