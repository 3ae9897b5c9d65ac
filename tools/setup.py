"""Builds the course's environment in .venv; make calls it through setup.sh.

    setup.py --ready [VERSION]   exit 0 when .venv is complete (run by .venv)
    setup.py --build [VERSION]   make or mend .venv; VERSION was asked for by name
    setup.py --system            what tests need: bubblewrap, chromium, memccapable,
                                 curl, iperf3, Xvfb

Standard library only, since it runs before anything is installed.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PINS = ROOT / "constraints.txt"
LOG = ROOT / "setup.log"

# READY is written last and names what .venv was built from. NEW is there until
# then, UNPACKING while pip writes packages: a .venv that holds one of these was
# left by a run that was killed, and cannot be trusted.
READY = VENV / ".course-ready"
NEW = VENV / ".course-new"
UNPACKING = VENV / ".course-unpacking"
DISCARDED = ROOT / ".venv.discarded"

ROOM_MB = 1100  # 760 MB installed, the rest for downloads on their way
STAGES = 4

# JupyterLab asks every newcomer whether it may fetch news. Nobody came for that.
LAB_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "checkForUpdates": False,
        "fetchNews": "false",
    }
}

# Jupyter calls it after each save; see there why.
AFTER_A_SAVE = "buckets.own_copy.saved.look_again"

HANDLED = re.compile(r"\s*(?:Collecting|Requirement already \S+) ([\w.-]+)")
NETWORK = (
    r"Failed to establish a new connection|Max retries exceeded|NewConnectionError"
    r"|Name or service not known|name resolution|Network is unreachable|timed out"
    r"|No route to host|Connection (refused|reset|broken|aborted)|ProxyError"
)
ADVICE = [
    (
        r"No space left on device|Disk quota exceeded|\[Errno (28|122)\]",
        "The disk is full. The environment takes about 800 MB in this folder and as"
        " much again for pip's downloads ('pip cache purge' gives those back). Make"
        " room, then run make again.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerificationError",
        "The package index answered, but its certificate is not trusted here. Behind"
        " a company's proxy pip needs the proxy's certificate: set PIP_CERT to that"
        " file. A clock that is far off has the same effect. Then run make again.",
    ),
    (
        NETWORK,
        "The package index could not be reached. Check that this machine is online;"
        " behind a proxy set HTTPS_PROXY, with an index of your own PIP_INDEX_URL."
        " Then run make again: what was downloaded so far is kept.",
    ),
    (
        r"Could not find a version|No matching distribution|ResolutionImpossible",
        "The package index does not have one of the versions in constraints.txt for"
        " this Python and machine. An index of your own (PIP_INDEX_URL) may lag"
        " behind, and so may wheels for a Python newer than 3.13: then try an older"
        " one, make lab PYTHON=python3.13. Otherwise run make again: an index that"
        " answers only now and then looks the same.",
    ),
    (
        r"Failed (to build|building)|error: command .* failed|subprocess-exited",
        "A package has no ready-made wheel for this Python and machine, and building"
        " it from source failed. Python 3.11, 3.12 and 3.13 on Linux and macOS have"
        " wheels for everything: make lab PYTHON=python3.13",
    ),
    (
        r"Permission denied|\[Errno 13\]|Read-only file system",
        "This folder cannot be written to. Make the clone your own (for example"
        " under your home directory), then run make again.",
    ),
]


class Trouble(Exception):
    """The set-up cannot go on; the text tells the reader what to do about it."""


# ---------------------------------------------------------------- what is there


def recipe(version: str) -> dict[str, str]:
    """What an environment for Python `version` is built from, to compare stamps.

    Of pyproject.toml only the parts that pip reads count, so that a changed lint
    rule installs nothing anew. The place counts, since scripts in .venv name it.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    tables = [project["build-system"], project["project"]]
    tables.append(project.get("tool", {}).get("setuptools", {}))
    source = PINS.read_bytes() + json.dumps(tables, sort_keys=True).encode()
    digest = hashlib.sha256(source).hexdigest()
    return {"made_of": digest, "python": version, "place": str(ROOT)}


def stamp() -> dict[str, str]:
    """What .venv was built from; empty when it was never finished."""
    try:
        found = json.loads(READY.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def venv_version() -> str:
    """MAJOR.MINOR of the Python in .venv, empty when it or its pip is broken."""
    code = "import pip, sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(
            [PYTHON, "-I", "-c", code], capture_output=True, text=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def is_ready(asked: str) -> bool:
    """Whether the .venv whose Python runs this is complete, and the one asked for."""
    mine = f"{sys.version_info[0]}.{sys.version_info[1]}"
    inside = Path(sys.prefix).resolve() == VENV.resolve()
    return inside and asked in ("", mine) and stamp() == recipe(mine)


def can_be_mended(asked: str) -> bool:
    """Whether .venv may be brought up to date in place instead of anew."""
    moved = stamp().get("place", str(ROOT)) != str(ROOT)
    if VENV.is_symlink() or moved or half_made():
        return False
    version = venv_version()
    return bool(version) and asked in ("", version)


def half_made() -> bool:
    return NEW.exists() or UNPACKING.exists()


# ------------------------------------------------------------ something that moves


class Meter:
    """One line that moves: rewritten on a terminal, every ten seconds elsewhere."""

    def __init__(self) -> None:
        self.tty = sys.stdout.isatty()
        self.began = self.shown = time.monotonic()

    def show(self, text: str) -> None:
        now = time.monotonic()
        line = f"     {text}  ({now - self.began:.0f} s)"
        if self.tty:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r\x1b[K{line[:width]}", end="", flush=True)
        elif now - self.shown >= 10:
            self.shown = now
            print(line, flush=True)

    def clear(self) -> None:
        if self.tty:
            print("\r\x1b[K", end="", flush=True)


class PipWatcher:
    """Turns pip's output into a short text about how far it is."""

    def __init__(self, expected: int) -> None:
        self.expected = expected
        self.name = ""
        self.names: set[str] = set()
        self.unpacking = False
        self.note = ""
        self.before = 0
        self.share = 0.0

    def feed(self, line: str) -> None:
        if found := HANDLED.match(line):
            self.name, self.note = found[1].rstrip("."), ""
            self.names.add(self.name.lower())
        elif line.startswith("Installing collected packages:"):
            UNPACKING.touch()
            self.unpacking, self.note = True, ""
            self.expected = line.count(",") + 1
            self.before = installed()
        elif "Retrying" in line:
            self.note = "the network does not answer, trying again"

    def text(self) -> str:
        if self.note:
            return self.note
        done = installed() - self.before if self.unpacking else len(self.names)
        part = min(done / max(self.expected, 1), 1.0)
        # One meter for both halves. It never goes back: how many there are to fetch is
        # an estimate, and how many to unpack is known late.
        half = (1 + part) / 2 if self.unpacking else part / 2
        self.share = max(self.share, half)
        doing = "unpacking" if self.unpacking else f"fetching  {self.name}"
        return f"{bar(self.share)} {doing}"


def installed() -> int:
    """How many packages .venv holds at this moment."""
    return len(list(VENV.glob("lib/python*/site-packages/*.dist-info")))


def bar(share: float) -> str:
    filled = int(24 * share)
    return f"[{'#' * filled}{'.' * (24 - filled)}] {share:4.0%}"


def stage(number: int, text: str) -> None:
    print(f"{number}/{STAGES}  {text}", flush=True)


# ------------------------------------------------------------------ running things


def clean_environment() -> dict[str, str]:
    """The environment without the settings that make pip install elsewhere."""
    drop = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")
    kept = {key: value for key, value in os.environ.items() if key not in drop}
    return kept | {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def lines_and_ticks(pipe: IO[bytes]) -> Iterator[str]:
    """Lines of a pipe as they come, and an empty one whenever half a second passes.

    pip says nothing for up to a minute while it unpacks; the ticks keep the meter
    moving.
    """
    rest = b""
    while True:
        if not select.select([pipe], [], [], 0.5)[0]:
            yield ""
            continue
        chunk = os.read(pipe.fileno(), 65536)
        if not chunk:
            break
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line.decode("utf-8", "replace") for line in whole)
    yield rest.decode("utf-8", "replace")


def run(command: list[str], watcher: PipWatcher | None = None) -> tuple[int, str]:
    """Runs a command under the meter; returns its exit status and its output.

    The output is added to setup.log as well.
    """
    meter, heard = Meter(), []
    with (
        LOG.open("a", encoding="utf-8") as log,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=clean_environment(),
            cwd=ROOT,
        ) as process,
    ):
        assert process.stdout is not None
        try:
            for line in lines_and_ticks(process.stdout):
                if line:
                    heard.append(line)
                    print(line, file=log)
                if watcher:
                    watcher.feed(line)
                meter.show(watcher.text() if watcher else line[:60] or "working")
        finally:
            meter.clear()
            if process.poll() is None:
                process.terminate()
    return process.returncode, "\n".join(heard)


def pip(*words: str, expected: int) -> None:
    """Runs pip in .venv with the pins; raises Trouble when it fails."""
    watcher = PipWatcher(expected)
    command = [str(PYTHON), "-I", "-u", "-m", "pip", "install", "--no-input"]
    status, output = run([*command, "-c", str(PINS), *words], watcher)
    if status:
        raise Trouble(advice(output))
    UNPACKING.unlink(missing_ok=True)


def advice(output: str) -> str:
    """What to do about output of a command that failed."""
    for pattern, text in ADVICE:
        if re.search(pattern, output):
            return text
    said = "\n".join(output.strip().splitlines()[-5:]) or "(nothing)"
    return (
        "Installing the packages failed for a reason this script does not know. The"
        " last lines are below, all of them in setup.log; run make again once the"
        f" cause is gone.\n\n{said}"
    )


# ------------------------------------------------------------------------ building


def build(asked: str) -> None:
    """Makes .venv, or mends it in place; raises Trouble.

    asked: MAJOR.MINOR of a Python that was named with PYTHON=, or an empty string.
    """
    began = time.monotonic()
    mend = can_be_mended(asked)
    LOG.write_text("")
    try:
        if mend:
            READY.unlink(missing_ok=True)
            stage(1, "Bringing .venv up to date with constraints.txt")
        else:
            make_venv()
        fill_venv()
        finish_venv()
    except BaseException:
        # A package that is half there lacks the record that pip needs to take it
        # out again, so only a new .venv helps. An older one that pip had not
        # begun to change stays as it was.
        if half_made():
            remove_venv()
        raise
    LOG.unlink(missing_ok=True)
    print(f"     Ready after {time.monotonic() - began:.0f} s.\n", flush=True)


def make_venv() -> None:
    free = shutil.disk_usage(ROOT).free // 1_000_000
    if free < ROOM_MB:
        raise Trouble(
            f"There are {free} MB free here, and the environment needs {ROOM_MB} MB"
            " while it is being made. Make room, then run make again."
        )
    if Path(sys.prefix).resolve() == VENV.resolve():
        raise Trouble("PYTHON= names the Python in .venv, which is to be made anew.")
    print("Setting the course up. This happens once.", flush=True)
    version = sys.version.split()[0]
    stage(1, f"Making .venv with Python {version} ({sys.executable})")
    remove_venv()
    VENV.mkdir()
    NEW.touch()
    command = [sys.executable, "-I", "-m", "venv", "--prompt", "buckets", str(VENV)]
    status, output = run(command)
    if status:
        hint = " On Debian and Ubuntu: 'apt install python3-venv' as root."
        raise Trouble(f"Python could not make .venv.{hint}\n\n{output[-600:]}")


def fill_venv() -> None:
    pins = len(PINS.read_text("utf-8").splitlines())
    if NEW.exists():
        stage(2, f"Fetching and unpacking {pins} packages, one to four minutes")
    else:
        stage(2, "Fetching and unpacking what changed")
    # First alone what builds the package, so that pip need not fetch it twice;
    # a dead network also shows here, within seconds.
    pip("setuptools", expected=1)
    pip("--no-build-isolation", "-e", ".[dev]", expected=pins)


def finish_venv() -> None:
    """Sets JupyterLab up, tries the environment, and stamps it as ready."""
    stage(3, "JupyterLab: nbgrader's extensions")
    settings = VENV / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps(LAB_SETTINGS, indent=2) + "\n", "utf-8")
    stage(4, "Trying it out")
    code = "import buckets, nbgrader, jupyterlab, psutil, cloudpickle, matplotlib"
    status, output = run([str(PYTHON), "-I", "-c", code])
    if status:
        raise Trouble(
            "The packages are there, but they cannot be imported; the last lines are"
            f" below. Remove .venv and run make again.\n\n{output[-600:]}"
        )
    keep_outputs_out_of_git()
    version = venv_version()
    READY.write_text(json.dumps(recipe(version), indent=2) + "\n", "utf-8")
    NEW.unlink(missing_ok=True)


def keep_outputs_out_of_git() -> None:
    """Tells git how .gitattributes wants notebooks: as if nobody had run them.

    A copy without git, or one whose settings cannot be written, does without.
    """
    clean = ".venv/bin/python -I tools/unrun.py"
    command = ["git", "-C", str(ROOT), "config", "filter.unrun.clean", clean]
    if (ROOT / ".git").exists() and shutil.which("git"):
        subprocess.run(command, capture_output=True, check=False)
    hook = {"FileContentsManager": {"post_save_hook": AFTER_A_SAVE}}
    folder = VENV / "etc" / "jupyter" / "jupyter_server_config.d"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "aisle_of_buckets.json").write_text(json.dumps(hook) + "\n", "utf-8")


def remove_venv() -> None:
    """Removes .venv at one stroke: a half-removed one could pass for a good one."""
    if VENV.is_symlink():
        VENV.unlink()
    shutil.rmtree(DISCARDED, ignore_errors=True)
    if VENV.exists():
        VENV.rename(DISCARDED)
        shutil.rmtree(DISCARDED, ignore_errors=True)


def build_alone(asked: str) -> None:
    """Builds under a lock: make lab and make test may be started side by side."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Another make is setting .venv up; waiting for it.", flush=True)
        fcntl.flock(folder, fcntl.LOCK_EX)
        version = venv_version()
        if asked in ("", version) and stamp() == recipe(version):
            return
    build(asked)
    if sys.platform == "linux" and not shutil.which("bwrap"):
        print(
            "     Not needed to learn, needed to grade others' work safely:"
            " bubblewrap\n     (Debian, Ubuntu: apt install bubblewrap).\n"
        )


# -------------------------------------------------------------- beside Python


PROGRAMS = {
    "bubblewrap": ("bwrap",),
    "chromium": ("chromium", "chromium-browser"),
    "libmemcached-tools": ("memccapable",),
    "curl": ("curl",),
    "iperf3": ("iperf3",),
    "xvfb": ("Xvfb",),
}
"""By Debian package, the programs of which one must be there."""


def missing_programs() -> list[str]:
    """The Debian packages of the programs that tests use and that are not here."""
    return [
        package
        for package, programs in PROGRAMS.items()
        if not any(map(shutil.which, programs))
        if package != "xvfb" or sys.platform == "linux"
    ]


def provide_programs() -> None:
    """Installs what tests need beside Python where that is possible, or says so.

    Raises Trouble only where CI is set: there no test may be skipped.
    """
    missing = missing_programs()
    if not missing:
        return
    names = ", ".join(missing)
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {names} with apt-get, for the tests.", flush=True)
        install_programs(missing)
        missing = missing_programs()
    if missing and os.environ.get("CI"):
        raise Trouble(f"{names}: not installed, and with CI set no test is skipped.")
    if missing:
        print(
            f"{names}: not installed; what needs that is skipped"
            f" (Debian, Ubuntu: sudo apt install {' '.join(missing)}).",
            flush=True,
        )


def install_programs(packages: list[str]) -> None:
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    if "chromium" in packages:
        # It draws no letter without a font, and recommends are left out.
        packages = [*packages, "fonts-dejavu-core"]
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends"]
    for command in (["apt-get", "update", "-q"], [*install, *packages]):
        status, output = run(command)
        if status:
            last = output.strip().splitlines()[-1:] or ["it said nothing"]
            print(f"     apt-get failed: {last[0]}", flush=True)
            return
    LOG.unlink(missing_ok=True)


# ---------------------------------------------------------------------------- main


def interrupted(signum: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


def attempt(action: str, asked: str) -> None:
    if action == "--build":
        build_alone(asked)
    elif action == "--system":
        provide_programs()
    else:
        raise SystemExit(__doc__)


def complain(text: str) -> None:
    first, *rest = text.split("\n\n", 1)
    print(f"\n{textwrap.fill(first, 78)}\n", *rest, file=sys.stderr, sep="\n")


def main() -> int:
    action, asked = (*sys.argv[1:], "", "")[:2]
    if action == "--ready":
        return 0 if is_ready(asked) else 1
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    try:
        attempt(action, asked)
    except Trouble as trouble:
        complain(str(trouble))
        return 1
    except OSError as error:
        complain(advice(str(error)))
        return 1
    except KeyboardInterrupt:
        complain("Stopped. Nothing half-made is left; run make again to go on.")
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
