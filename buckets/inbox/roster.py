"""Who is in the class: a table with a line for each learner.

    id,name,e-mail
    aberg,Anna Berg,anna.berg@example.org

The first line names the columns, in any order; further columns are passed over, so a
learning system's own export will do.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from buckets.inbox.downloads import CannotCollect
from buckets.inbox.names import same_person, student_id, words_of

COLUMNS = {
    "id": ("id", "student_id", "student", "username", "login", "sis login id"),
    "name": ("name", "full name", "student name", "fullname"),
    "first": ("first name", "firstname", "first_name", "given name"),
    "last": ("last name", "lastname", "last_name", "surname", "family name"),
    "e-mail": ("e-mail", "email", "email address", "mail"),
    "number": ("number", "moodle id", "canvas id", "sis user id", "id number"),
}


@dataclass(frozen=True)
class Learner:
    """One line of the roster; `id` is what nbgrader calls the learner."""

    id: str
    name: str = ""
    email: str = ""
    number: str = ""

    @property
    def first_and_last(self) -> tuple[str, str]:
        """The parts of the name, from "Anna Berg" or from "Berg, Anna"."""
        last, comma, first = self.name.partition(",")
        if comma:
            return first.strip(), last.strip()
        first, _, last = self.name.rpartition(" ")
        return first, last

    def called(self) -> frozenset[str]:
        """All that a file of theirs may be called by."""
        mailbox = self.email.partition("@")[0]
        words = [self.id, self.name, self.email, mailbox, self.number]
        return frozenset().union(*(same_person(word) for word in words if word))


class Roster:
    """The learners of a class, to be found by what a system calls them."""

    def __init__(self, learners: Iterable[Learner] = ()):
        self.learners = list(learners)
        self._by: dict[str, set[Learner]] = {}
        for learner in self.learners:
            for word in learner.called():
                self._by.setdefault(word, set()).add(learner)

    def __bool__(self) -> bool:
        return bool(self.learners)

    def find(self, who: str, number: str = "") -> list[Learner]:
        """Everybody who may be meant; one, if the roster and the name are clear."""
        found = [self._by.get(word, set()) for word in same_person(who)]
        meant = set().union(*found)
        by_number = {each for each in self.learners if number and each.number == number}
        return sorted(by_number or meant, key=lambda learner: learner.id)

    def find_in(self, text: str) -> list[Learner]:
        """Everybody who is named within a text, by what is no other word by chance.

        That is a name of two words or more, an address, or an id with a digit in it:
        "emil" may be another Emil, and "2" the second version of a file.

        Args:
            text: such as "Rosa Ruiz - final (2)", or "Ruiz, Rosa (rruiz)".
        """
        words = words_of(text)
        meant: set[Learner] = set()
        for length in range(len(words), 0, -1):
            runs = [words[at : at + length] for at in range(len(words) - length + 1)]
            found = [self._by.get("".join(run), ()) for run in runs if _telling(run)]
            these = set().union(*found)
            # Of two who share a name, the id decides that stands beside it.
            meant = these & meant or meant or these
            if len(meant) == 1:
                break
        return sorted(meant, key=lambda learner: learner.id)


def _telling(run: list[str]) -> bool:
    text = "".join(run)
    if len(run) > 1:
        return len(text) >= 4
    return len(text) >= 5 and any(sign.isdigit() for sign in text)


def read(path: Path) -> Roster:
    """Read a roster.

    Args:
        path: a CSV file, with commas, semicolons or tabs, in UTF-8 or as Excel writes.

    Raises:
        CannotCollect: it cannot be read, or says who nobody is.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CannotCollect(f"{path} cannot be read: {error.strerror}.") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=_mark(text)))
    except csv.Error as error:
        raise CannotCollect(f"{path} is no table: {error}.") from error
    if not lines:
        raise CannotCollect(f"{path} is empty. It begins with: id,name,e-mail")
    places = _places(lines[0])
    if not {"id", "name", "first", "e-mail"} & places.keys():
        raise CannotCollect(
            f"{path} does not say who is who. Its first line names the columns: "
            "id,name,e-mail"
        )
    found = [_learner(line, places) for line in lines[1:] if not _points(line)]
    return Roster(_different([each for each in found if each.id], path))


def _points(line: list[str]) -> bool:
    """Canvas' second line, which is about no learner."""
    return bool(line) and line[0].strip() == "Points Possible"


def _mark(text: str) -> str:
    head = text.partition("\n")[0]
    return max(",;\t", key=head.count)


def _places(head: list[str]) -> dict[str, int]:
    words = [word.strip().casefold() for word in head]
    places = {
        column: words.index(word)
        for column, known in COLUMNS.items()
        for word in reversed(known)
        if word in words
    }
    if {"student", "id", "sis login id"} <= set(words):
        # Canvas' own export, in which "Student" is a name and "ID" is Canvas' number.
        places |= {
            "name": words.index("student"),
            "id": words.index("sis login id"),
            "number": words.index("id"),
        }
    return places


def _learner(line: list[str], places: dict[str, int]) -> Learner:
    def field(column: str) -> str:
        at = places.get(column, len(line))
        return line[at].strip() if at < len(line) else ""

    name = field("name") or f"{field('first')} {field('last')}".strip()
    email = field("e-mail")
    mailbox = email.partition("@")[0]
    chosen = student_id(field("id") or mailbox or name)
    return Learner(chosen, name, email, field("number"))


def _different(learners: list[Learner], path: Path) -> list[Learner]:
    seen: dict[str, Learner] = {}
    for learner in learners:
        if seen.setdefault(learner.id.casefold(), learner) != learner:
            raise CannotCollect(f"{path} has two learners with the id {learner.id}.")
    return list(seen.values())
