"""What a learner gets, as a folder and as a zip.

Only what is named here goes in, so that nothing new lands in it by accident; and what
went in is searched for the answers before anybody gets it: an instructor may well have
solved an exercise in place.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from buckets import course, release, stock

NAME = "aisle-of-buckets"

# Patterns below the course's root. No pattern may match anything with an answer in it.
CONTENTS = (
    "docs/aisle.svg",  # the picture that opens the README
    "LICENSE",
    "LICENSE-TEXT",
    "CITATION.cff",
    "SECURITY.md",
    "Makefile",
    "constraints.txt",
    "course.toml",
    "environment.yml",
    "nbgrader_config.py",
    "pyproject.toml",
    "setup.py",
    "lessons/[0-9][0-9]_*.ipynb",
    "lessons/**/*.svg",
    "lessons/**/*.png",
    "exercises/[0-9][0-9]_*/*.ipynb",
    "tests/conftest.py",
    "tests/sharing.py",
    "tests/exercises/*.py",
    "buckets/**/*.py",
    "buckets/**/*.css",
    "buckets/**/*.html",
    "buckets/**/*.ini",
    "buckets/**/*.js",
    "buckets/**/*.json",
    "buckets/**/*.toml",
    "tools/*.py",
    "tools/*.sh",
)
# The part of it that a wheel carries inside the package: what a learner reads and does,
# and what judges it. The package itself is the wheel's, and .venv is the learner's.
SHIPPED = (
    "docs/aisle.svg",
    "LICENSE",
    "LICENSE-TEXT",
    "CITATION.cff",
    "SECURITY.md",
    "course.toml",
    "nbgrader_config.py",
    "lessons/[0-9][0-9]_*.ipynb",
    "lessons/**/*.svg",
    "lessons/**/*.png",
    "exercises/[0-9][0-9]_*/*.ipynb",
    "tests/exercises/*.py",
)
NEVER = {"__pycache__", ".ipynb_checkpoints"}

# A few lines of a loop look alike wherever a loop is taught; this many do not.
TELLING_LINES = 5
_EPOCH = (1980, 1, 1, 0, 0, 0)


class NoKit(Exception):
    """There can be no kit; the text says why."""


def build(folder: Path) -> tuple[Path, Path]:
    """Write the kit and its zip into a folder; former ones there are replaced.

    Args:
        folder: made if need be.

    Returns:
        The kit's folder, and the zip: the same bytes whenever the course is the same.

    Raises:
        NoKit: this copy of the course has no exercises, or an answer would leak.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kit, archive = folder / NAME, folder / f"{NAME}.zip"
    with tempfile.TemporaryDirectory(dir=folder, prefix=".kit-") as workshop:
        fresh = Path(workshop, NAME)
        _fill(fresh)
        # So that an exercise can be had as it was given, once it has been worked on.
        _fill(fresh / "buckets" / "shipped", SHIPPED)
        _refuse_leaks(fresh)
        packed = Path(workshop, "zip")
        pack(fresh, packed)
        if kit.exists():
            shutil.rmtree(kit)
        fresh.rename(kit)
        packed.replace(archive)
    return kit, archive


def ship(folder: Path) -> None:
    """Write what a wheel carries into a folder inside the package.

    Raises:
        NoKit: there are no exercises, or an answer would leak.
    """
    _fill(folder, SHIPPED)
    _refuse_leaks(folder)


def contents(patterns: Sequence[str] = CONTENTS) -> Iterator[Path]:
    """The course's files that belong in a kit, relative to its root."""
    root = course.root()
    for pattern in patterns:
        for path in sorted(root.glob(pattern)):
            inner = path.relative_to(root)
            if path.is_file() and not NEVER & set(inner.parts):
                yield inner


def _fill(kit: Path, patterns: Sequence[str] = CONTENTS) -> None:
    for inner in contents(patterns):
        target = kit / inner
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(course.root() / inner, target)
        runs = (course.root() / inner).stat().st_mode & 0o100
        target.chmod(0o755 if runs else 0o644)
    if not list(kit.glob("exercises/*/*.ipynb")):
        raise NoKit("There are no exercises yet. Write them with: make exercises")
    _write_given(kit)
    readme = learners_readme((course.root() / "README.md").read_text(encoding="utf-8"))
    if patterns is SHIPPED:
        readme = laid_out_readme(readme)
    (kit / "README.md").write_text(readme, encoding="utf-8")


def _write_given(kit: Path) -> None:
    """What the exercises give, as they were given: learners work in the files."""
    given = {
        topic.name: {**release.of(topic).document(), "stock": stock.packed(topic)}
        for topic in course.topics()
    }
    path = kit / release.KIT_FILE
    path.write_text(json.dumps(given, indent=1, sort_keys=True), encoding="utf-8")


_HERE = """\
## Three commands

In a terminal, in this folder:

```
buckets start .     # opens the course in JupyterLab
buckets check 05    # checks an exercise, here number 05
buckets update      # brings newer texts, and never touches your work
```

Where uv installed the course for one command only, what stood before `buckets start`
stands before each of these, too.

"""


def learners_readme(text: str) -> str:
    """The README without what only instructors and authors can use."""
    left_out = ("## For instructors", "## What lies where")
    return "".join(part for part in _sections(text) if not part.startswith(left_out))


def laid_out_readme(text: str) -> str:
    """The learner's README in a folder that has neither make nor the package's source.

    Args:
        text: what learners_readme() gave.
    """
    begin = "## Two commands"
    sections = _sections(text)
    return "".join(_HERE if part.startswith(begin) else part for part in sections)


def _sections(text: str) -> list[str]:
    return re.split(r"^(?=## )", text, flags=re.MULTILINE)


def pack(kit: Path, archive: Path) -> None:
    """Zip a folder so that the same content gives the same bytes."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zipped:
        for path in sorted(kit.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(f"{NAME}/{path.relative_to(kit)}", _EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.create_system = 3
                entry.external_attr = (path.stat().st_mode & 0o777) << 16
                zipped.writestr(entry, path.read_bytes())


# What must not get out --------------------------------------------------------------


def _refuse_leaks(kit: Path) -> None:
    for inner, topic in leaks(kit):
        raise NoKit(
            f"{inner} holds lines of an answer to {topic}, so there is no kit. If you "
            "solved the exercise in place, write it anew with: make exercises"
        )


def leaks(kit: Path) -> Iterator[tuple[Path, str]]:
    """The kit's files that hold an answer, and to which topic.

    Answers are what stands between nbgrader's marks in solutions/, and the
    alternatives: several of their lines in a row, however they are indented. In an
    exercise a whole short answer is one too; but what its author gives on purpose, such
    as the loop that an earlier one asks for, is none.
    """
    secrets = set(_secrets())
    for path in sorted(kit.rglob("*")):
        if path.is_file():
            inner, text = path.relative_to(kit), _joined(_lines(path))
            exercise = "exercises" in inner.parts[:-1] and path.suffix == ".ipynb"
            given = _given(path) if exercise else ""
            found = Counter(
                topic
                for secret, topic in secrets
                if (exercise or secret.count("\n") > TELLING_LINES)
                and secret in text
                and secret not in given
            )
            # Topics may have some lines in common; the answer is to the one with most.
            for topic, _ in found.most_common(1):
                yield inner, topic


def _secrets() -> Iterator[tuple[str, str]]:
    for topic in course.topics():
        blocks = list(_solution_blocks(topic.solution))
        blocks += [path.read_text().splitlines() for path in topic.alternatives]
        for block in blocks:
            told = [line for line in block if line.strip()]
            last = max(0, len(told) - TELLING_LINES)
            for start in range(last + 1):
                piece = told[start : start + TELLING_LINES]
                if len(piece) > 1:
                    yield _joined(piece), topic.name


def _given(path: Path) -> str:
    """What the solution of an exercise shows outside of nbgrader's marks."""
    if path.suffix != ".ipynb":
        return ""
    told = json.loads(path.read_text(encoding="utf-8"))["metadata"].get("buckets", {})
    solution = course.Topic(told.get("topic", "")).solution
    if not solution.exists():
        return ""
    answers = [_joined(block) for block in _solution_blocks(solution)]
    text = _joined(_lines(solution))
    for answer in answers:
        text = text.replace(answer.rstrip("\n"), "\n", 1)
    return text


def _joined(lines: list[str]) -> str:
    told = [line.strip() for line in lines if line.strip()]
    return "\n" + "\n".join(told) + "\n"


def _solution_blocks(path: Path) -> Iterator[list[str]]:
    """What a notebook's author wrote between nbgrader's marks."""
    if not path.exists():
        return
    block: list[str] | None = None
    for line in _lines(path):
        if "### BEGIN SOLUTION" in line:
            block = []
        elif "### END SOLUTION" in line and block is not None:
            yield block
            block = None
        elif block is not None:
            block.append(line)


def _lines(path: Path) -> list[str]:
    """A file's lines; of a notebook those of its cells."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix != ".ipynb":
        return text.splitlines()
    sources = [cell.get("source", "") for cell in json.loads(text)["cells"]]
    whole = ("".join(source) for source in sources)
    return [line for source in whole for line in source.splitlines()]
