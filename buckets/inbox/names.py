"""Whose a file is, and which attempt, by what a learning system called it; and back.

The patterns are those of Moodle's and Canvas' documentation on downloading all
submissions, of Blackboard's, and of nbgrader's own folders.

A system writes whose a file is before the name that the learner gave it, and around a
folder or a zip of the learner's. So what stands first is the system's word. All behind
it is the learner's own, who may write a neighbour's name there.
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
    r"(?P<who>.+?)_(?P<number>\d+)_assignsubmission_(?P<way>file|onlinetext)_?"
    r"(?P<rest>.*)"
)
# berganna_LATE_12345_67890_05_select-2.ipynb
_CANVAS = re.compile(
    r"(?P<who>[^_]+)_(?P<late>LATE_)?(?P<number>\d+)_(?P<file>\d+)_(?P<rest>.+)"
)
# Exercise 05_aberg_attempt_2026-11-28-08-15-00_x.ipynb
_BLACKBOARD = re.compile(
    r"(?:.*?_)??(?P<who>[^_]+)_attempt_(?P<when>\d{4}(?:-\d\d){5})_?(?P<rest>.*)"
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
    match = _by_a_system(path)
    if match:
        return _READ[match.re](match)
    parts = [part for part in path.parts if not _VERSION.fullmatch(part)]
    inner = PurePosixPath(*parts)
    who = _from_folder(inner, topics) or _from_stem(inner, topics)
    return Named(who, attempt=_version(path))


def _version(path: PurePosixPath) -> int:
    found = [match for part in path.parts if (match := _VERSION.fullmatch(part))]
    return int(found[-1][1]) if found else 1


def _by_a_system(path: PurePosixPath) -> re.Match[str] | None:
    """What was written first by any of them."""
    for part in path.parts:
        found = [match for each in _READ if (match := each.fullmatch(part))]
        if found:
            return min(found, key=lambda match: match.end("who"))
    return None


def _moodle(match: re.Match[str]) -> Named:
    return Named(match["who"].strip(), match["number"])


def _canvas(match: re.Match[str]) -> Named:
    again = _ATTEMPT.search(match["rest"].rpartition(".")[0])
    # The first is called x, the second x-1.
    attempt = int(again[1]) + 1 if again else 1
    return Named(match["who"], match["number"], attempt, bool(match["late"]))


def _blackboard(match: re.Match[str]) -> Named:
    moment = None
    with suppress(ValueError, OverflowError):
        moment = time.mktime(time.strptime(match["when"], "%Y-%m-%d-%H-%M-%S"))
    return Named(match["who"], moment=moment)


_READ: dict[re.Pattern[str], Callable[[re.Match[str]], Named]] = {
    _MOODLE: _moodle,
    _CANVAS: _canvas,
    _BLACKBOARD: _blackboard,
}


def _from_folder(path: PurePosixPath, topics: list[str]) -> str:
    """The folder beside or above the topic's: anna/05_select/x.ipynb, anna/x.ipynb."""
    for part in reversed(path.parts[:-1]):
        name = of_folder(part, topics)
        if name is not None:
            return name
    return ""


def of_folder(part: str, topics: list[str]) -> str | None:
    """What a folder's or a zip's name says beside a topic; None if it is a topic's."""
    name = re.sub(r"\.zip$", "", part, flags=re.IGNORECASE)
    if _plain(_COPY.sub("", name)) in map(_plain, topics):
        return None
    return _without(name, topics)


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
    match = _by_a_system(origin)
    if not match or match.re is not _MOODLE:
        return ""
    who = match["who"].replace("_", " ")
    return f"{who}_{match['number']}_assignsubmission_{match['way']}_/{page}"


def for_canvas(origin: PurePosixPath, page: str) -> str:
    """How Canvas finds out whose a page is; "" if it did not write this name.

    >>> for_canvas(PurePosixPath("berganna_LATE_12_345_mine-2.ipynb"), "x.html")
    'berganna_LATE_12_345_x.html'
    """
    match = _by_a_system(origin)
    if not match or match.re is not _CANVAS:
        return ""
    late = match["late"] or ""
    return f"{match['who']}_{late}{match['number']}_{match['file']}_{page}"


# What an id may be ------------------------------------------------------------------

MOST_ID = 200
"""Bytes of an id."""


def student_id(who: str) -> str:
    """A name as the id of a student: a folder's name that every tool finds again.

    >>> student_id(" .Åsa\\nEk*?")
    'Åsa_Ek'
    """
    text = unicodedata.normalize("NFC", who)
    text = "".join(sign if sign.isprintable() else " " for sign in text)
    # The same that grading refuses in the name of a folder.
    text = re.sub(r"[*?\[\]{}/\\:|<>\"'&]", "", text)
    text = re.sub(r"\s+", "_", text.strip())
    while text and unicodedata.normalize("NFKC", text[0])[:1] in (*"._=+-@", " "):
        text = text[1:]
    return shortened(text[:100], MOST_ID)


def shortened(text: str, most: int) -> str:
    """Its beginning, of so many bytes: a file's name has at most 255.

    >>> shortened("größe", 5)
    'grö'
    """
    return text.encode(errors="replace")[:most].decode(errors="ignore")


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
