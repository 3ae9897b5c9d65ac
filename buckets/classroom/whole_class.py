"""Grade a whole class at once, and again only what has changed.

Some submissions are marked at a time, since marking is mostly waiting; their results
are recorded by one writer. What is marked lies under grading/marked/, so an interrupted
run goes on where it was, and one bad submission costs nobody else anything.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from buckets import course
from buckets.classroom import CannotGrade, handed_in, harmless
from buckets.classroom.edition import grader
from buckets.classroom.gradebook import Books, CannotRecord, Entry
from buckets.classroom.marking import Marked, mark, unreadable
from buckets.grading import sandbox

if TYPE_CHECKING:
    from buckets.classroom.cluster import Cluster

MOST_NAME = 200

_Timed = tuple[Marked, float]
"""A result, and the seconds that it took."""

NOT_YET = "not graded yet"
CHANGED = "not graded since it was changed, or the course was"
GONE = "no longer among what was handed in"


@dataclass
class Row:
    """One student's line in the table.

    Args:
        student: nbgrader's name of the student.
        marked: what came of the submission.
        fault: why it could not be recorded; "" if it was.
        fresh: False when a former run's result still stood.
        entry: what the gradebook says in the end.
        before: what the run before had made of it, if this one marked it anew.
        note: why the result may not be the newest; "" if it is.
    """

    student: str
    marked: Marked
    fault: str = ""
    fresh: bool = True
    entry: Entry | None = None
    before: Marked | None = None
    note: str = ""

    @property
    def look(self) -> str:
        """Why a person should look at it; "" if nobody need."""
        return self.fault or self.marked.review

    def points(self, task: str) -> float | None:
        """What a task earned: as the gradebook says, or as it was marked."""
        if self.entry and task in self.entry.tasks:
            return self.entry.tasks[task]
        verdict = self.marked.of(task)
        return verdict.points if verdict else None


@dataclass(frozen=True)
class _Result:
    """What came of a job, and what had come of it before, where that was another."""

    marked: Marked
    before: Marked | None = None

    def lighten(self) -> None:
        for marked in (self.marked, self.before):
            if marked:
                marked.lighten()


@dataclass(frozen=True)
class Job:
    """One submission to mark; `refused` says why it cannot be."""

    student: str
    folder: Path
    state: Path
    fingerprint: str
    refused: str = ""

    def known(self) -> Marked | None:
        """What a former run made of exactly this; None for nothing, or a fault."""
        last = self.last()
        if last is None or last.fingerprint != self.fingerprint:
            return None
        # A fault of the grader is worth another try.
        stands = last.marked.unreadable or not last.marked.review
        return last.marked if stands else None

    def last(self) -> Kept | None:
        """What the last run made of it, whatever was handed in since."""
        return kept(self.state)

    def save(self, marked: Marked, seconds: float) -> None:
        """Keep a result for the next run; whole or not at all."""
        document = {
            "student": self.student,
            "fingerprint": self.fingerprint,
            "seconds": round(seconds, 2),
            "marked": marked.document(),
        }
        self.state.parent.mkdir(parents=True, exist_ok=True)
        half = self.state.with_suffix(".half")
        half.write_text(json.dumps(document))
        half.replace(self.state)


@dataclass(frozen=True)
class Kept:
    """A result as a run has left it.

    Args:
        student: whose it is.
        fingerprint: of all that it was made of.
        seconds: how long the marking took, waiting included.
        marked: the result.
    """

    student: str
    fingerprint: str
    seconds: float
    marked: Marked


def kept(state: Path) -> Kept | None:
    """Read a result from its file; None where there is none that can be read."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        saved = json.loads(state.read_bytes())
        marked = Marked.from_document(saved["marked"])
        return Kept(saved["student"], saved["fingerprint"], saved["seconds"], marked)
    return None


def result_of(books: Books, student: str) -> Marked | None:
    """What the last run made of a student's submission; None where none has."""
    last = kept(books.marked / _file_name(student))
    return last.marked if last else None


class Classroom:
    """All submissions of a topic, and how to grade them.

    Args:
        books: nbgrader's folders and gradebook.
        sandboxed: run learners' code in a sandbox; by default as books say.
        workers: how many submissions are marked at a time.
        reading: nothing will be marked, so no sandbox is needed.
        cluster: who marks; by default this machine does.

    Raises:
        CannotGrade: there is no sandbox, no such topic, or no release of it.
    """

    def __init__(
        self,
        books: Books,
        *,
        sandboxed: bool | None = None,
        workers: int = 2,
        reading: bool = False,
        cluster: Cluster | None = None,
    ):
        self.books = books
        self.topic = course.Topic(books.topic)
        self.workers, self.cluster = workers, cluster
        self.company: Path | None = None
        if sandboxed is not None:
            books.sandboxed = sandboxed
        self._refuse_early(self.books.sandboxed and not reading and not cluster)
        self.masters = books.masters()
        if not self.masters:
            raise CannotGrade(
                f"{books.topic} is not in the gradebook yet. Put it there with: "
                f"nbgrader generate_assignment {books.topic}"
            )

    def _refuse_early(self, walls: bool) -> None:
        if not self.topic.tests.exists():
            known = ", ".join(topic.name for topic in course.topics())
            raise CannotGrade(
                f"There is no topic {self.topic.name}. There is: {known or 'none'}."
            )
        missing = sandbox.available() if walls else None
        if missing:
            raise CannotGrade(
                f"Nothing was graded: {missing}. `buckets doctor` says what would "
                "help. --no-sandbox runs learners' code without one, with your own "
                "rights."
            )

    def jobs(self, only: Iterable[str] = ()) -> list[Job]:
        """What there is to grade.

        Args:
            only: these students; all by default.

        Raises:
            CannotGrade: nobody has handed in anything.
        """
        wanted = set(only)
        jobs = [
            self._job(student, folder, self.books.marked)
            for student, folder in self.books.submissions().items()
            if not wanted or student in wanted
        ]
        if not jobs:
            where = self.books.handed_in("STUDENT")
            raise CannotGrade(
                f"Nobody has handed in {self.topic.name}: nothing in {where}"
            )
        return jobs

    def _job(self, student: str, folder: Path, marked: Path) -> Job:
        why = harmless.bad_name(student)
        refused = f"{why}. Give the folder another name" if why else ""
        try:
            fingerprint = self._fingerprint(folder, self.books.sandboxed)
        except OSError as error:
            fingerprint, refused = "", refused or f"it cannot be read: {error}"
        return Job(student, folder, marked / _file_name(student), fingerprint, refused)

    def _fingerprint(self, folder: Path, sandboxed: bool) -> str:
        """Changes with the notebook, tests and their seed, release, or the grader."""
        parts = [grader(self.topic), repr(self.masters), str(sandboxed)]
        parts += filter(None, [os.environ.get("BUCKETS_SEED")])
        if folder.is_symlink() or folder.parent.is_symlink():
            parts.append("a link")
        else:
            # Any of them may be the one that is taken.
            for path in handed_in.files_in(folder):
                parts += [str(path.relative_to(folder)), _digest(path)]
            parts += sorted(path.name for path in folder.iterdir())
        return hashlib.sha256("\n".join(parts).encode(errors="replace")).hexdigest()

    def grade(
        self,
        jobs: list[Job],
        *,
        again: bool = False,
        tell: Callable[[Row], None] = lambda row: None,
    ) -> list[Row]:
        """Mark what is new, record it, and say what came of everybody.

        Args:
            jobs: from jobs().
            again: mark all anew, also what has not changed.
            tell: called with each student's row as it comes.

        Returns:
            The rows by student.
        """
        self.books.tidy_up()
        recorded = self.books.entries()
        rows = []
        for job, result, fresh in self._marked(jobs, again):
            standing = job.student in recorded and self._written(job)
            fault = "" if standing and not fresh else self._record(job, result.marked)
            # Of a whole class in memory, recordings would be gigabytes.
            result.lighten()
            row = Row(job.student, result.marked, fault, fresh, before=result.before)
            rows.append(row)
            tell(row)
        return self._with_entries(rows)

    def _with_entries(self, rows: list[Row]) -> list[Row]:
        entries: dict[str, Entry] = {}
        with suppress(CannotGrade):
            # Without them each row says that it is not recorded.
            entries = self.books.entries()
        for row in rows:
            row.entry = entries.get(row.student)
        return sorted(rows, key=lambda row: row.student)

    def everybody(self, rows: list[Row]) -> list[Row]:
        """The rows of this run, and of all others as former runs have left them.

        Args:
            rows: from grade().
        """
        former = []
        for row, _ in self.standing({row.student for row in rows}):
            row.marked.lighten()
            former.append(row)
        return sorted([*rows, *former], key=lambda row: row.student)

    def standing(self, but: Iterable[str] = ()) -> Iterator[tuple[Row, float]]:
        """What former runs have left, one after another, and the seconds of each.

        Args:
            but: these students are passed over.
        """
        folders, entries = self.books.submissions(), self.books.entries()
        for student in sorted((folders.keys() | entries.keys()) - set(but)):
            last = kept(self.books.marked / _file_name(student))
            row = Row(student, last.marked if last else Marked([]), fresh=False)
            row.entry = entries.get(student)
            row.note = self._note(folders.get(student), last)
            yield row, last.seconds if last else 0.0

    def _note(self, folder: Path | None, last: Kept | None) -> str:
        """Why a result may not be the newest; "" if it is."""
        if folder is None:
            return GONE
        if last is None:
            return NOT_YET
        with suppress(OSError):
            # With a sandbox or without: whichever it was, it was this submission.
            now = [self._fingerprint(folder, walls) for walls in (True, False)]
            return "" if last.fingerprint in now else CHANGED
        return CHANGED

    def _written(self, job: Job) -> bool:
        """Whether nbgrader's own notebook came after our result."""
        try:
            written = self.books.autograded(job.student).stat().st_mtime_ns
            return written >= job.state.stat().st_mtime_ns
        except OSError:
            return False

    def _marked(
        self, jobs: list[Job], again: bool
    ) -> Iterator[tuple[Job, _Result, bool]]:
        """Every job with its result: first those that stand, then as they come."""
        open_jobs = []
        for job in jobs:
            known = None if again else job.known()
            if job.refused:
                yield job, _Result(unreadable(self.topic, job.refused)), True
            elif known:
                yield job, _Result(known), False
            else:
                open_jobs.append(job)
        # Who took longest stands first: nobody waits for a late beginner in the end.
        # What was never marked may take any time.
        known_seconds = {job: last.seconds for job in open_jobs if (last := job.last())}
        open_jobs.sort(key=lambda job: -known_seconds.get(job, float("inf")))
        for job, (marked, seconds) in self._each(open_jobs):
            last = job.last()
            with suppress(OSError):
                # Not kept, on a full disk: then the next run marks it again.
                job.save(marked, seconds)
            yield job, _Result(marked, last.marked if last else None), True

    def _each(self, jobs: list[Job]) -> Iterator[tuple[Job, _Timed]]:
        """Mark each, some at a time. Neighbours take time away; see grading.company."""
        stop = self.cluster.stop if self.cluster else None
        with _shared_folder() as folder, _pool(self.workers, stop) as pool:
            self.company = folder if self.workers > 1 else None
            yield from pool.each(self._timed, jobs)

    def _timed(self, job: Job) -> tuple[Marked, float]:
        begun = time.monotonic()
        return self.mark(job.folder), time.monotonic() - begun

    def mark(self, folder: Path) -> Marked:
        """Mark one submission, with everything put back that belongs to the release.

        Whatever is wrong with it costs its own row and no other.

        Raises:
            CannotGrade: nobody can be marked any more: the cluster is gone.
        """
        try:
            return self._mark(folder)
        except CannotGrade:
            raise
        except Exception as error:
            why = f"it could not be marked ({type(error).__name__}: {error})"
            return unreadable(self.topic, why)

    def _mark(self, folder: Path) -> Marked:
        try:
            place = folder / f"{self.topic.name}.ipynb"
            notebook = handed_in.read(place, self.topic)
        except course.NotOfThisCourse as error:
            return unreadable(self.topic, str(error))
        handed_in.rebuild(notebook, self.masters)
        if self.cluster:
            return self.cluster.mark(self.topic, notebook)
        return mark(
            self.topic,
            notebook,
            sandboxed=self.books.sandboxed,
            company=self.company,
        )

    def _record(self, job: Job, marked: Marked) -> str:
        if job.refused:
            return job.refused
        try:
            self.books.record(job.student, job.folder, marked)
        except (CannotRecord, CannotGrade) as error:
            return str(error)
        return ""


@contextmanager
def _shared_folder() -> Iterator[Path | None]:
    """For the locks of a class; None on a full disk, which must not end its run."""
    with ExitStack() as until_the_end:
        try:
            made = tempfile.TemporaryDirectory(prefix="buckets-")
        except OSError:
            yield None
        else:
            yield Path(until_the_end.enter_context(made))


def _digest(path: Path) -> str:
    """Of what is in a file; of its size, where it is too large to be read."""
    size = path.stat().st_size
    if size > handed_in.MOST_BYTES:
        return f"{size} bytes"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _file_name(student: str) -> str:
    """Where a result is kept; names of files are bounded, those of students are not."""
    if len(student.encode(errors="replace")) <= MOST_NAME and student.isprintable():
        return f"{student}.json"
    return f"{hashlib.sha256(student.encode(errors='replace')).hexdigest()}.json"


class _pool:
    """Threads, which wait for processes. An error or an interrupt ends them all.

    They live until the end: a sandbox ends with the thread that started it.

    Args:
        workers: how many threads.
        stop: ends what they wait for, where that is no process of ours.
    """

    def __init__(self, workers: int, stop: Callable[[], None] | None = None):
        self.workers, self.stop = workers, stop or self._kill
        self.threads = ThreadPoolExecutor(workers)
        self.waiting: dict[Future[_Timed], Job] = {}
        self.began = time.time()

    def each(
        self, work: Callable[[Job], _Timed], jobs: list[Job]
    ) -> Iterator[tuple[Job, _Timed]]:
        """Each job with its result, as they come.

        Twice as many as there are workers are on the way, so that nobody is idle while
        a result is recorded, and no more, so that results do not pile up.
        """
        left = iter(jobs)
        for job in islice(left, 2 * self.workers):
            self.waiting[self.threads.submit(work, job)] = job
        while self.waiting:
            done, _ = wait(self.waiting, return_when=FIRST_COMPLETED)
            for future in done:
                job = self.waiting.pop(future)
                for new in islice(left, 1):
                    self.waiting[self.threads.submit(work, new)] = new
                yield job, future.result()

    def __enter__(self) -> _pool:
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        self.threads.shutdown(wait=False, cancel_futures=True)
        # Not wait(): it would wait for those that were cancelled, too.
        while kind is not None and not all(one.done() for one in self.waiting):
            self.stop()
            time.sleep(0.05)
        self.threads.shutdown(wait=True)

    def _kill(self) -> None:
        """End what the threads wait for, again and again: they may start the next."""
        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                if child.create_time() >= self.began - 1:
                    child.kill()
