"""Which of a learner's files counts, and where it goes. All are kept.

Under grading/collected/ lies every version that ever came, under its own name, and
nothing there is changed or deleted. Under grading/submitted/ lies what counts.
So a download may be collected twice, a newer one after it, an interrupted run again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from buckets import course
from buckets.inbox.downloads import CannotCollect, Piece, pieces
from buckets.inbox.names import Named, named, of_folder, shortened, student_id
from buckets.inbox.roster import Learner, Roster

NOTEBOOK = (".ipynb", ".json", ".txt", "")
MOST_NAME = 180
"""Bytes, of the name under which a version is kept, with what is put around it."""

LAST_MOMENT = datetime(9999, 12, 30, tzinfo=UTC).timestamp()
"""A file may say that it is of any time; not each has a date."""


@dataclass(frozen=True)
class Version:
    """One notebook that somebody has handed in.

    Args:
        student: nbgrader's id.
        topic: what it answers.
        digest: of its bytes; the same file twice is one version.
        attempt: as the learning system counts.
        moment: when it was handed in, or changed last; seconds since 1970.
        origin: what it was called in the download.
        late: the learning system marked it as late.
        damaged: it is no whole notebook.
    """

    student: str
    topic: str
    digest: str
    attempt: int
    moment: float
    origin: str
    late: bool = False
    damaged: bool = False

    @property
    def age(self) -> tuple[bool, int, float]:
        """The later one is greater; a damaged one never counts before a whole one."""
        return not self.damaged, self.attempt, self.moment

    @property
    def kept_as(self) -> str:
        """Its name among all versions: by digest, so that two never meet."""
        plain = re.sub(r"[^\w.() -]", "_", Path(self.origin).name)[-80:]
        return f"{self.digest[:12]}-{shortened(plain, MOST_NAME)}"


@dataclass
class Outcome:
    """What became of one file, for the instructor.

    Args:
        origin: what it was called in the download.
        text: what became of it, and why.
        version: what it was taken as; None for what was not taken.
    """

    origin: str
    text: str
    version: Version | None = None


@dataclass
class Collected:
    """What came of collecting.

    Args:
        outcomes: one for each file.
        placed: the version that counts, by student and topic.
        missing: learners of the roster of whom there is nothing.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    placed: dict[tuple[str, str], Version] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


Choose = Callable[[list[Version], "Inbox"], Version]


def latest(versions: list[Version], inbox: Inbox) -> Version:
    """The last attempt; among those the one that came last."""
    return max(versions, key=lambda version: version.age)


class Inbox:
    """The folders that submissions come into.

    Args:
        grading: grading/, as nbgrader_config.py says.
        roster: who is in the class; empty for whoever hands in.
        topic: what files are for that do not tell; "" for nothing.
    """

    def __init__(self, grading: Path, roster: Roster | None = None, topic: str = ""):
        self.grading = grading
        self.roster = roster or Roster()
        self.topic = topic
        self.topics = [known.name for known in course.topics()]
        if topic and topic not in self.topics:
            known = ", ".join(self.topics)
            raise CannotCollect(f"There is no topic {topic}. There is: {known}.")

    def collect(self, places: Iterable[Path], choose: Choose = latest) -> Collected:
        """Take in downloads, and put the version that counts in its place.

        Args:
            places: folders and zips.
            choose: which of somebody's versions counts.

        Raises:
            CannotCollect: a place is not there, or grading/ cannot be written to.
        """
        found = Collected()
        for place in places:
            found.outcomes += self._taken(place)
        taken = [each.version for each in found.outcomes if each.version]
        try:
            for key in sorted({(each.student, each.topic) for each in taken}):
                found.placed[key] = self._place(*key, choose)
        except OSError as error:
            see = "`buckets doctor` tells of the disk."
            why = f"It cannot be written down: {error}. {see}"
            raise CannotCollect(why) from error
        self._tell_which(found)
        known = {student for student, _ in found.placed}
        found.missing = [
            each.id for each in self.roster.learners if each.id not in known
        ]
        return found

    # One file -----------------------------------------------------------------------

    def _taken(self, place: Path) -> Iterator[Outcome]:
        every = [(piece, named(piece.path, self.topics)) for piece in pieces(place)]
        if len(every) == 1 and place.suffix.lower() == ".zip" and not every[0][1].who:
            # A zip for each learner: then its own name says more than what is in it.
            path = PurePosixPath(place.name) / every[0][0].path
            every = [(replace(every[0][0], path=path), named(path, self.topics))]
        numbers = _numbers(name for _, name in every)
        for piece, name in every:
            try:
                yield self._outcome(piece, name, numbers)
            except (OSError, MemoryError) as error:
                why = str(error) or "it does not fit into memory"
                yield Outcome(str(piece.path), f"cannot be read: {why}")

    def _outcome(
        self, piece: Piece, name: Named, numbers: dict[str, set[str]]
    ) -> Outcome:
        # What is no text in the system's own writing could not be written down.
        origin = str(piece.path).encode(errors="replace").decode()
        if piece.why_not:
            return Outcome(origin, f"not taken: {piece.why_not}")
        if piece.path.suffix.lower() not in NOTEBOOK:
            return Outcome(origin, "not taken: no notebook")
        data = piece.read()
        topic, damaged = self._topic(data, piece)
        if not topic:
            return Outcome(origin, f"not taken: {damaged}")
        student, why = self._student(piece.path, name, numbers)
        if not student:
            return Outcome(origin, f"not taken: {why}")
        version = Version(
            student,
            topic,
            hashlib.sha256(data).hexdigest(),
            name.attempt,
            piece.modified if name.moment is None else name.moment,
            origin,
            name.late,
            bool(damaged),
        )
        self._keep(version, data)
        return Outcome(origin, damaged, version)

    def _topic(self, data: bytes, piece: Piece) -> tuple[str, str]:
        """What it answers, and what is wrong with it; no topic if it answers none."""
        wanted = piece.path.suffix.lower() == ".ipynb"
        try:
            notebook = course.parse_notebook(data, piece.path.name)
        except course.NotOfThisCourse as error:
            return self._by_name(piece) if wanted else "", str(error)
        found = course.recognised(notebook)
        topic = found.name if found else self._by_name(piece)
        return topic, "" if topic else "no exercise"

    def _by_name(self, piece: Piece) -> str:
        """The topic that its name or a folder's speaks of; else the one collected."""
        text = str(piece.path)
        return next((name for name in self.topics if name in text), self.topic)

    # Whose --------------------------------------------------------------------------

    def _student(
        self, path: PurePosixPath, name: Named, numbers: dict[str, set[str]]
    ) -> tuple[str, str]:
        """The id, or why there is none."""
        if not self.roster and name.who:
            own = student_id(name.who)
            twice = len(numbers.get(own, ())) > 1
            return (f"{own}-{name.number}" if twice else own), "its name has no letters"
        found = self._in_the_roster(path, name)
        if len(found) == 1:
            return found[0].id, ""
        if found:
            ids = ", ".join(each.id for each in found)
            return "", f"it may be by {ids}"
        if name.who:
            return "", f"nobody in the roster is called {name.who}"
        return "", "neither its name nor its folder says whose it is"

    def _in_the_roster(self, path: PurePosixPath, name: Named) -> list[Learner]:
        """Whom a system's name means; else whom a part of the path does.

        The outer first: what lies in somebody's folder or zip, they have named.
        """
        if name.by_a_system:
            return self.roster.find(name.who, name.number)
        find, find_in = self.roster.find, self.roster.find_in
        for part in (*path.parent.parts, path.stem):
            plain = of_folder(part, self.topics) or ""
            found = find(plain) or find(part) or find_in(part)
            if found:
                return found
        return self.roster.find(name.who)

    # Folders ------------------------------------------------------------------------

    def kept(self, student: str, topic: str) -> Path:
        """The folder with all versions."""
        return self.grading / "collected" / topic / student

    def path_of(self, version: Version) -> Path:
        """Where a version is kept."""
        return self.kept(version.student, version.topic) / version.kept_as

    def place_of(self, student: str, topic: str) -> Path:
        """Where grading looks for it."""
        return self.grading / "submitted" / student / topic / f"{topic}.ipynb"

    def _keep(self, version: Version, data: bytes) -> None:
        path = self.path_of(version)
        path.parent.mkdir(parents=True, exist_ok=True)
        known = self.versions(version.student, version.topic)
        if not path.exists() or version.digest not in {each.digest for each in known}:
            _write(path, data)
            document = json.dumps(asdict(version), ensure_ascii=False, indent=1)
            _write(path.with_name(f"{path.name}.about"), document.encode())

    def versions(self, student: str, topic: str) -> list[Version]:
        """All that somebody has handed in, the oldest first."""
        found = []
        for about in self.kept(student, topic).glob("*.about"):
            with suppress(OSError, ValueError, TypeError):
                found.append(Version(**json.loads(about.read_bytes())))
        return sorted(found, key=lambda version: version.age)

    def _place(self, student: str, topic: str, choose: Choose) -> Version:
        version = choose(self.versions(student, topic), self)
        place = self.place_of(student, topic)
        data = self.path_of(version).read_bytes()
        if not place.exists() or place.read_bytes() != data:
            place.parent.mkdir(parents=True, exist_ok=True)
            seconds = min(max(0.0, version.moment), LAST_MOMENT)
            moment = datetime.fromtimestamp(seconds, UTC)
            stamp = f"{moment:%Y-%m-%d %H:%M:%S} UTC"
            _write(place.with_name("timestamp.txt"), stamp.encode())
            _write(place, data)
        return version

    def _tell_which(self, found: Collected) -> None:
        """Once all is known: what counts, and what is kept beside it."""
        told: set[tuple[str, str, str]] = set()
        for outcome in found.outcomes:
            version = outcome.version
            if version is None:
                continue
            counts = found.placed[version.student, version.topic]
            this = version.student, version.topic, version.digest
            text = f"{version.student}, {version.topic}"
            if version.digest != counts.digest:
                text += f": kept; {counts.origin} counts"
            elif this in told:
                text += ": the same file once more"
            if version.late:
                text += " (marked as late)"
            if outcome.text:
                text += f" ({outcome.text})"
            told.add(this)
            outcome.text = text


def _numbers(names: Iterable[Named]) -> dict[str, set[str]]:
    """The system's numbers for each name: two numbers are two learners."""
    numbers: dict[str, set[str]] = {}
    for name in names:
        if name.number:
            numbers.setdefault(student_id(name.who), set()).add(name.number)
    return numbers


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, whenever it is interrupted."""
    half = path.with_name(f".{path.name[-60:]}.half")
    half.write_bytes(data)
    os.replace(half, path)
