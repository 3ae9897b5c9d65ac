"""The wheel, built and tried as a stranger would have it:  make wheel

    python tools/try_wheel.py [PYTHON ...]

builds the source distribution and the wheel, has twine look at both, and then, with
each PYTHON (by default this one, and python3.12 and python3.13 where they start):

    an empty environment with the wheel and nothing else; no git and no make
    buckets start "my course"; JupyterLab opens, and gives lesson 05
    lesson 05 runs to its end
    buckets check 05: no points as given, all of them with the course's own answer
    a newer lesson comes with buckets update, and no saved work is touched

At the end uvx does the first of it in one line. Packages come from the index that pip
is set up for here, with the pins of constraints.txt. It takes some minutes, so it is no
part of `make test`; tests/course/test_wheel.py tries a part of it in there.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "constraints.txt"
TOOLS = ROOT / "tools" / "wheel.txt"
OTHERS = ("python3.12", "python3.13")
SECONDS = 900
LAB_SECONDS = 90
TOKEN = "tried"
EXERCISE = Path("exercises", "05_select", "05_select.ipynb")
LESSON = Path("lessons", "05_select.ipynb")


class NotAsPromised(Exception):
    """The wheel does not do what the README says; the text says what it did."""


def main(pythons: list[str]) -> int:
    """Build, look, and try; 0 when everything is as the README says."""
    chosen = pythons or [sys.executable, *filter(runs, OTHERS)]
    with tempfile.TemporaryDirectory(prefix="wheel-") as made:
        folder = Path(made)
        try:
            tools = environment(sys.executable, folder / "tools", "-r", str(TOOLS))
            wheel = build(tools, folder / "dist")
            for number, python in enumerate(chosen):
                tell(version(python))
                place = folder / str(number)
                inside = environment(python, place / "env", "-c", str(PINS), str(wheel))
                Stranger(inside, place / "home").does_everything()
            by_uvx(tools, wheel, folder / "uvx")
        except (NotAsPromised, subprocess.SubprocessError, OSError) as error:
            print(f"make wheel: {error}", file=sys.stderr)
            return 1
    tell("The wheel is as the README says.")
    return 0


def tell(text: str) -> None:
    print(text, flush=True)


def run(*words: object, status: int = 0, **options: object) -> str:
    """What a command prints.

    Raises:
        NotAsPromised: it ends with another status.
    """
    command = list(map(str, words))
    done = subprocess.run(  # type: ignore[call-overload]
        command, capture_output=True, text=True, timeout=SECONDS, **options
    )
    if done.returncode != status:
        said = (done.stdout + done.stderr)[-3000:]
        raise NotAsPromised(f"{' '.join(command)}: status {done.returncode}\n{said}")
    return str(done.stdout)


def runs(python: str) -> bool:
    """Whether it starts: pyenv puts commands on PATH for Pythons that nobody chose."""
    if not shutil.which(python):
        return False
    return subprocess.run([python, "-c", ""], capture_output=True).returncode == 0


def version(python: str) -> str:
    """Such as Python 3.12.1."""
    return run(python, "--version").strip()


def environment(python: str, place: Path, *packages: str) -> Path:
    """A new environment with these packages. Returns its bin/."""
    run(python, "-m", "venv", place)
    inside = place / "bin"
    run(inside / "python", "-m", "pip", "install", "--quiet", *packages)
    return inside


def build(tools: Path, dist: Path) -> Path:
    """The wheel, made from the source distribution, as an index would have both."""
    run(tools / "python", "-m", "build", "--outdir", dist, ROOT)
    both = sorted(dist.iterdir())
    run(tools / "twine", "check", "--strict", *both)
    [wheel] = dist.glob("*.whl")
    sizes = ", ".join(f"{each.name} ({each.stat().st_size >> 10} KB)" for each in both)
    tell(f"built, and twine has no objection: {sizes}")
    return wheel


def bare(inside: Path, home: Path) -> dict[str, str]:
    """Variables of somebody who has this environment, and neither git nor make."""
    kept = {name: os.environ[name] for name in ("LANG",) if name in os.environ}
    return {**kept, "PATH": str(inside), "HOME": str(home), "TMPDIR": str(home)}


class Stranger:
    """Somebody with an empty environment and the wheel.

    Args:
        inside: the environment's bin/.
        home: an empty folder for it.
    """

    def __init__(self, inside: Path, home: Path):
        home.mkdir(parents=True)
        self.inside, self.home = inside, home
        self.course = home / "my course"
        self.variables = bare(inside, home)

    def does_everything(self) -> None:
        """All that the README promises, one after another."""
        self.buckets("start", self.course, "--no-lab", cwd=self.home)
        tell("  the course is laid out")
        self.opens_jupyterlab()
        self.reads_lesson_05()
        self.has_no_points()
        self.has_all_points()
        self.keeps_work_and_gets_news()

    def buckets(self, *words: object, status: int = 0, cwd: Path | None = None) -> str:
        """What `buckets ...` prints, asked in the course's folder."""
        command = (self.inside / "buckets", *words)
        where = cwd or self.course
        return run(*command, status=status, cwd=where, env=self.variables)

    def opens_jupyterlab(self) -> None:
        with lab(self.inside, self.course, self.variables) as address:
            asked = f"{address}api/contents/{LESSON}?token={TOKEN}"
            with urllib.request.urlopen(asked, timeout=30) as answer:
                cells = json.load(answer)["content"]["cells"]
        if "05" not in cells[0]["source"]:
            raise NotAsPromised(f"JupyterLab gives another lesson: {cells[0]}")
        tell("  JupyterLab is open, and gives lesson 05")

    def reads_lesson_05(self) -> None:
        run(
            *(self.inside / "python", "-m", "nbconvert", "--execute", "--stdout"),
            *("--to", "notebook", self.course / LESSON),
            cwd=self.course,
            env=self.variables,
        )
        tell("  lesson 05 runs to its end")

    def has_no_points(self) -> None:
        said = self.buckets("check", "05", status=1)
        if "05_select: 0 of" not in said:
            raise NotAsPromised(f"as given, exercise 05 should have no points:\n{said}")

    def has_all_points(self) -> None:
        shutil.copy(
            ROOT / "solutions/05_select/05_select.ipynb", self.course / EXERCISE
        )
        said = self.buckets("check", "05")
        points = re.search(r"05_select: (\d+) of (\d+)", said)
        if not points or points[1] != points[2]:
            raise NotAsPromised(f"the course's answer has not all points:\n{said}")
        tell(f"  exercise 05: 0 points as given, {points[1]} with the course's answer")

    def keeps_work_and_gets_news(self) -> None:
        [shipped] = self.inside.parent.glob("lib/python*/site-packages/buckets/shipped")
        newer = json.loads((shipped / LESSON).read_text("utf-8"))
        top = newer["cells"][0]
        top["source"] = "".join(top["source"]) + "\n\nA sentence of a later release."
        (shipped / LESSON).write_text(json.dumps(newer), encoding="utf-8")
        mine = (self.course / EXERCISE).read_bytes()
        said = self.buckets("update")
        news = "later release" in (self.course / LESSON).read_text("utf-8")
        if not news or (self.course / EXERCISE).read_bytes() != mine:
            raise NotAsPromised(
                f"buckets update lost work, or brought no news:\n{said}"
            )
        tell("  an update brings the newer lesson, and leaves the answer alone")


@contextmanager
def lab(inside: Path, course: Path, variables: dict[str, str]) -> Iterator[str]:
    """JupyterLab, as `buckets start` opens it: its address, until the end."""
    words = ["--no-browser", "--ServerApp.port=0", f"--IdentityProvider.token={TOKEN}"]
    command = [str(inside / "buckets"), "start", str(course), "--", *words]
    log = course.parent / "lab.log"
    with log.open("wb") as file:
        server = subprocess.Popen(command, stdout=file, stderr=file, env=variables)
        try:
            yield address_of(course.parent)
        except NotAsPromised as error:
            raise NotAsPromised(f"{error}\n{log.read_text()[-2000:]}") from None
        finally:
            server.terminate()
            server.wait(SECONDS)


def address_of(home: Path) -> str:
    """Where a server of Jupyter's listens; it says so in a file of its own.

    Raises:
        NotAsPromised: none does, after LAB_SECONDS.
    """
    runtime = home / ".local/share/jupyter/runtime"
    late = time.monotonic() + LAB_SECONDS
    while time.monotonic() < late:
        for told in runtime.glob("jpserver-*.json"):
            with told.open(encoding="utf-8") as file:
                return str(json.load(file)["url"])
        time.sleep(0.2)
    raise NotAsPromised(f"JupyterLab did not open within {LAB_SECONDS} s")


def by_uvx(tools: Path, wheel: Path, home: Path) -> None:
    """One line that installs nothing: uvx --from WHEEL buckets start FOLDER."""
    home.mkdir()
    words = ("tool", "run", "--quiet", "--constraints", PINS, "--from", wheel)
    run(tools / "uv", *words, "buckets", "start", "my course", "--no-lab", cwd=home)
    if not (home / "my course" / LESSON).is_file():
        raise NotAsPromised("uvx laid out no course")
    tell("uvx lays the course out in one line")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
