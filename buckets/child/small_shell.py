"""The few commands that a notebook gives a shell for its files, without a shell.

`!mkdir -p lib`, `!echo 'WORD = 3' > lib/w.py`, `here = !pwd`: where a notebook is
graded there is no /bin/sh, and what a later cell imports would be missing. Whatever has
more to it than one of these words and its files is left to the caller.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

# What means something to a shell, outside of quotes; and within double ones.
_MORE = re.compile(r"[;&|<>$`*?(){}~!#\\\n]|\[")
_MORE_IN_QUOTES = re.compile(r"[$`\\!]")
_QUOTED = re.compile(r"'[^']*'|\"([^\"]*)\"")
_INTO = re.compile(r"\s*(>>?)\s*([\w./-]+)\s*$")


def run(line: str) -> str | None:
    """Carry a line out; None where it has more to it.

    Args:
        line: as a shell would get it.

    Returns:
        What it prints.
    """
    line, into = _apart(line)
    words = _words(line)
    if not words or words[0] not in _KNOWN:
        return None
    flags = {word for word in words[1:] if word.startswith("-")}
    given = [word for word in words[1:] if word not in flags]
    do, allowed = _KNOWN[words[0]]
    if not flags <= allowed:
        return None
    try:
        said = do(flags, given)
        if into:
            how, name = into
            with open(name, "a" if how == ">>" else "w") as file:
                file.write(said)
            said = ""
    except OSError:
        # As a shell would, which says why and goes on.
        return ""
    return said


def run_all(text: str) -> bool:
    """Carry out all lines of a cell, if each of them is one of these; else none."""
    lines = [line.strip() for line in text.split("\n")]
    lines = [line for line in lines if line and not line.startswith("#")]
    plain = [_words(_apart(line)[0]) for line in lines]
    if not all(words and words[0] in _KNOWN for words in plain):
        return False
    return None not in [run(line) for line in lines]


def _apart(line: str) -> tuple[str, tuple[str, str] | None]:
    """The command, and the file into which it writes and how, if it does."""
    into = _INTO.search(line)
    if into is None:
        return line, None
    return line[: into.start()], (into[1], into[2])


def _words(line: str) -> list[str]:
    """Its words; none where a shell would make something else of them."""
    within = [quoted[1] or "" for quoted in _QUOTED.finditer(line)]
    if _MORE.search(_QUOTED.sub("", line)) or any(map(_MORE_IN_QUOTES.search, within)):
        return []
    with suppress(ValueError):
        return shlex.split(line)
    return []


def _echo(flags: set[str], given: list[str]) -> str:
    return " ".join(given) + ("" if "-n" in flags else "\n")


def _mkdir(flags: set[str], given: list[str]) -> str:
    for name in given:
        os.makedirs(name, exist_ok=True) if "-p" in flags else os.mkdir(name)
    return ""


def _rmdir(flags: set[str], given: list[str]) -> str:
    for name in given:
        os.rmdir(name)
    return ""


def _touch(flags: set[str], given: list[str]) -> str:
    for name in given:
        Path(name).touch()
    return ""


def _rm(flags: set[str], given: list[str]) -> str:
    for name in given:
        if os.path.isdir(name) and not os.path.islink(name):
            if flags - {"-f"}:
                shutil.rmtree(name)
        else:
            Path(name).unlink(missing_ok=True)
    return ""


def _cp(flags: set[str], given: list[str]) -> str:
    *names, to = given or [""]
    for name in names:
        if not os.path.isdir(name):
            shutil.copy(name, to)
        elif flags:
            within = os.path.join(to, os.path.basename(name))
            shutil.copytree(name, within if os.path.isdir(to) else to)
    return ""


def _mv(flags: set[str], given: list[str]) -> str:
    *names, to = given or [""]
    for name in names:
        shutil.move(name, to)
    return ""


def _cat(flags: set[str], given: list[str]) -> str:
    return "".join(Path(name).read_text() for name in given)


def _pwd(flags: set[str], given: list[str]) -> str:
    return f"{os.getcwd()}\n"


def _ls(flags: set[str], given: list[str]) -> str:
    names = sorted(os.listdir(given[0] if given else "."))
    return "".join(f"{name}\n" for name in names if not name.startswith("."))


# What each does, and the flags that make no difference here, or one that it knows.
_KNOWN: dict[str, tuple[Callable[[set[str], list[str]], str], set[str]]] = {
    "echo": (_echo, {"-n"}),
    "mkdir": (_mkdir, {"-p", "-v", "-pv"}),
    "touch": (_touch, set()),
    "rm": (_rm, {"-f", "-r", "-rf", "-fr", "-v"}),
    "rmdir": (_rmdir, set()),
    "cp": (_cp, {"-r", "-R", "-v", "-f"}),
    "mv": (_mv, {"-f", "-v"}),
    "cat": (_cat, set()),
    "pwd": (_pwd, set()),
    "ls": (_ls, {"-1"}),
    "true": (lambda flags, given: "", set()),
}
