"""Whose a file is, and which attempt, by what a learning system called it; and back.

The patterns are those of Moodle's and Canvas' documentation on downloading all
submissions, of Blackboard's, and of nbgrader's own folders.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath

# Anna Berg_1234567_assignsubmission_file_/x.ipynb, or all of it in one name
_MOODLE = re.compile(
    r"(?P<who>.+)_(?P<number>\d+)_assignsubmission_(?P<way>file|onlinetext)_?"
    r"(?P<rest>.*)"
)
# berganna_LATE_12345_67890_05_select-2.ipynb
_CANVAS = re.compile(
    r"(?P<who>[^_]+)_(?P<late>LATE_)?(?P<number>\d+)_(?P<file>\d+)_(?P<rest>.+)"
)
# Exercise 05_aberg_attempt_2026-11-28-08-15-00_x.ipynb
_BLACKBOARD = re.compile(
    r"(?:.*_)?(?P<who>[^_]+)_attempt_(?P<when>\d{4}(?:-\d\d){5})_?(?P<rest>.*)"
)
_ATTEMPT = re.compile(r"-(\d{1,3})$")
# A folder for each attempt: Anna Berg/Exercise 5/Version 2/x.ipynb
_VERSION = re.compile(r"version (\d{1,3})", re.IGNORECASE)
# What browsers and editors add to the second file of a name.
_COPY = re.compile(r"(?: ?\(\d+\)|-Copy\d+| - Copy| copy(?: \d+)?)+$", re.IGNORECASE)


@dataclass(frozen=True)
class Named:
    """What a file's name says.

    Args:
        who: the learner, as the system writes it; "" if no part of the name tells.
        number: the system's own number of that learner, or of their submission.
        attempt: 1, or which attempt the system says it is.
        late: the system marked it as late.
        moment: when it was handed in, in seconds since 1970; None if not told.
    """

    who: str = ""
    number: str = ""
    attempt: int = 1
    late: bool = False
    moment: float | None = None

    @property
    def by_a_system(self) -> bool:
        """A learning system has written it, so whose it is stands in one place."""
        return bool(self.number) or self.moment is not None


def named(path: PurePosixPath, topics: list[str]) -> Named:
    """Read a path of a download.

    Args:
        path: of the file in the download.
        topics: the course's topics; no learner is called so.

    >>> named(PurePosixPath("berganna_LATE_12_345_05_select-2.ipynb"), ["05_select"])
    Named(who='berganna', number='12', attempt=2, late=True, moment=None)
    >>> named(PurePosixPath("Åsa Ek_77_assignsubmission_file_/my.ipynb"), []).who
    'Åsa Ek'
    """
    for read in (_moodle, _blackboard, _canvas):
        for part in reversed(path.parts):
            found = read(part)
            if found:
                return found
    parts = [part for part in path.parts if not _VERSION.fullmatch(part)]
    inner = PurePosixPath(*parts)
    who = _from_folder(inner, topics) or _from_stem(inner, topics)
    return Named(who, attempt=_version(path))


def _version(path: PurePosixPath) -> int:
    found = [match for part in path.parts if (match := _VERSION.fullmatch(part))]
    return int(found[-1][1]) if found else 1


def _moodle(part: str) -> Named | None:
    match = _MOODLE.fullmatch(part)
    return Named(match["who"].strip(), match["number"]) if match else None


def _canvas(part: str) -> Named | None:
    match = _CANVAS.fullmatch(part)
    if not match:
        return None
    again = _ATTEMPT.search(match["rest"].rpartition(".")[0])
    # The first is called x, the second x-1.
    attempt = int(again[1]) + 1 if again else 1
    return Named(match["who"], match["number"], attempt, bool(match["late"]))


def _blackboard(part: str) -> Named | None:
    match = _BLACKBOARD.fullmatch(part)
    if not match:
        return None
    moment = None
    with suppress(ValueError, OverflowError):
        moment = time.mktime(time.strptime(match["when"], "%Y-%m-%d-%H-%M-%S"))
    return Named(match["who"], moment=moment)


def _from_folder(path: PurePosixPath, topics: list[str]) -> str:
    """The folder beside or above the topic's: anna/05_select/x.ipynb, anna/x.ipynb."""
    known = {_plain(topic) for topic in topics}
    for part in reversed(path.parts[:-1]):
        name = re.sub(r"\.zip$", "", part, flags=re.IGNORECASE)
        if _plain(_COPY.sub("", name)) not in known:
            return _without(name, topics)
    return ""


def _from_stem(path: PurePosixPath, topics: list[str]) -> str:
    """What a single file's name says beside the topic: 05_select_anna.ipynb."""
    stem = re.sub(r"(\.ipynb|\.json|\.txt)+$", "", path.name, flags=re.IGNORECASE)
    return _without(stem, topics)


def _without(name: str, topics: list[str]) -> str:
    name = _COPY.sub("", name)
    for topic in topics:
        name = re.sub(re.escape(topic), "", name, flags=re.IGNORECASE)
    return _COPY.sub("", name).strip(" _-.,")


# How a page goes back ---------------------------------------------------------------


def for_moodle(origin: PurePosixPath, page: str) -> str:
    """How Moodle finds out whose a page is; "" if it did not write this name.

    It reads the second word between underscores, so a name must not have any itself.

    >>> for_moodle(PurePosixPath("Åsa Ek_77_assignsubmission_file_/my.ipynb"), "x.html")
    'Åsa Ek_77_assignsubmission_file_/x.html'
    """
    match = _last(_MOODLE, origin)
    if not match:
        return ""
    who = match["who"].replace("_", " ")
    return f"{who}_{match['number']}_assignsubmission_{match['way']}_/{page}"


def for_canvas(origin: PurePosixPath, page: str) -> str:
    """How Canvas finds out whose a page is; "" if it did not write this name.

    >>> for_canvas(PurePosixPath("berganna_LATE_12_345_mine-2.ipynb"), "x.html")
    'berganna_LATE_12_345_x.html'
    """
    match = None if _last(_MOODLE, origin) else _last(_CANVAS, origin)
    if not match:
        return ""
    late = match["late"] or ""
    return f"{match['who']}_{late}{match['number']}_{match['file']}_{page}"


def _last(pattern: re.Pattern[str], path: PurePosixPath) -> re.Match[str] | None:
    found = (pattern.fullmatch(part) for part in reversed(path.parts))
    return next(filter(None, found), None)


# What an id may be ------------------------------------------------------------------


def student_id(who: str) -> str:
    """A name as the id of a student: a folder's name that every tool finds again.

    >>> student_id(" .Åsa\\nEk*?")
    'Åsa_Ek'
    """
    text = unicodedata.normalize("NFC", who)
    text = "".join(sign if sign.isprintable() else " " for sign in text)
    text = re.sub(r"[*?\[\]{}/\\:|<>\"]", "", text)
    return re.sub(r"\s+", "_", text.strip()).lstrip(".-_")[:100]


def _plain(text: str) -> str:
    """For comparing: no case, no accents, no marks between."""
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in spread if sign.isalnum())


def words_of(text: str) -> list[str]:
    """Its words, for comparing.

    >>> words_of("Rosa Ruíz - 05_select - final (2)")
    ['rosa', 'ruiz', '05', 'select', 'final', '2']
    """
    return [_plain(word) for word in re.split(r"[\W_]+", text) if _plain(word)]


def same_person(name: str) -> frozenset[str]:
    """All that a system may make of a name, for comparing: each order of its words.

    >>> same_person("Berg, Anna") & same_person("annaberg") == {"annaberg"}
    True
    """
    words = [_plain(word) for word in re.split(r"[\s,_]+", name) if _plain(word)]
    turned = [words[at:] + words[:at] for at in range(len(words))]
    joined: Callable[[list[str]], str] = "".join
    return frozenset(map(joined, turned))
