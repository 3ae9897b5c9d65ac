"""buckets grade: a whole class at once, and again only what has changed.

Two submissions are marked at a time, since marking is mostly waiting; their results are
recorded by one writer. What is marked lies under grading/marked/, so an interrupted run
goes on where it was, and one bad submission costs nobody else anything.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from buckets import course
from buckets.diagnosis.catalogue import get as misconception
from buckets.grading import handed_in, sandbox
from buckets.grading.books import Books, CannotRecord, Entry
from buckets.grading.marking import Marked, mark, unreadable

WORKERS = 2


class CannotGrade(Exception):
    """Nothing can be graded; the text says why, in one line."""


@dataclass
class Row:
    """One student's line in the table.

    Args:
        student: nbgrader's name of the student.
        marked: what came of the submission.
        fault: why it could not be recorded; "" if it was.
        fresh: False when a former run's result still stood.
        entry: what the gradebook says in the end.
    """

    student: str
    marked: Marked
    fault: str = ""
    fresh: bool = True
    entry: Entry | None = None

    @property
    def look(self) -> str:
        """Why a person should look at it; "" if nobody need."""
        return self.fault or self.marked.review


@dataclass(frozen=True)
class Job:
    """One submission to mark."""

    student: str
    folder: Path
    state: Path
    fingerprint: str

    def known(self) -> Marked | None:
        """What a former run made of exactly this; None for nothing, or a fault."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            saved = json.loads(self.state.read_text())
            if saved["fingerprint"] == self.fingerprint:
                marked = Marked.from_document(saved["marked"])
                # A fault of the grader is worth another try.
                return None if marked.review and not marked.unreadable else marked
        return None

    def save(self, marked: Marked) -> None:
        """Keep a result for the next run; whole or not at all."""
        document = {"fingerprint": self.fingerprint, "marked": marked.document()}
        self.state.parent.mkdir(parents=True, exist_ok=True)
        half = self.state.with_suffix(".half")
        half.write_text(json.dumps(document))
        half.replace(self.state)


class Classroom:
    """All submissions of a topic, and how to grade them.

    Args:
        books: nbgrader's folders and gradebook.
        sandboxed: run learners' code in a sandbox; by default as books say.
        workers: how many submissions are marked at a time.

    Raises:
        CannotGrade: there is no sandbox, no such topic, or no release of it.
    """

    def __init__(
        self, books: Books, *, sandboxed: bool | None = None, workers: int = WORKERS
    ):
        self.books = books
        self.topic = course.Topic(books.topic)
        self.workers = workers
        if sandboxed is not None:
            books.sandboxed = sandboxed
        self._refuse_early()
        self.masters = books.masters()
        if not self.masters:
            raise CannotGrade(
                f"{books.topic} is not in the gradebook yet. Put it there with: "
                f"nbgrader generate_assignment {books.topic}"
            )

    def _refuse_early(self) -> None:
        if not self.topic.tests.exists():
            known = ", ".join(topic.name for topic in course.topics())
            raise CannotGrade(
                f"There is no topic {self.topic.name}. There is: {known or 'none'}."
            )
        missing = sandbox.available() if self.books.sandboxed else None
        if missing:
            raise CannotGrade(
                f"Nothing was graded: {missing}. --no-sandbox runs learners' code "
                "without one, with your own rights."
            )

    def jobs(self, only: Iterable[str] = ()) -> list[Job]:
        """What there is to grade.

        Args:
            only: these students; all by default.
        """
        wanted = set(only)
        marked = self.books.grading / "marked" / self.topic.name
        return [
            Job(student, folder, marked / f"{student}.json", self._fingerprint(folder))
            for student, folder in self.books.submissions().items()
            if not wanted or student in wanted
        ]

    def _fingerprint(self, folder: Path) -> str:
        """Changes with the notebook, the tests, the release, or the grader itself."""
        notebook = folder / f"{self.topic.name}.ipynb"
        parts = [grader(self.topic), repr(self.masters), str(self.books.sandboxed)]
        if notebook.is_file() and not notebook.is_symlink():
            parts.append(hashlib.sha256(notebook.read_bytes()).hexdigest())
        else:
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
        recorded = self.books.entries()
        rows = []
        for job, marked, fresh in self._marked(jobs, again):
            standing = job.student in recorded and self._written(job)
            fault = "" if standing and not fresh else self._record(job, marked)
            rows.append(Row(job.student, marked, fault, fresh))
            tell(rows[-1])
        entries = self.books.entries()
        for row in rows:
            row.entry = entries.get(row.student)
        return sorted(rows, key=lambda row: row.student)

    def _written(self, job: Job) -> bool:
        """Whether nbgrader's own notebook came after our result."""
        try:
            written = self.books.autograded(job.student).stat().st_mtime_ns
            return written >= job.state.stat().st_mtime_ns
        except OSError:
            return False

    def _marked(
        self, jobs: list[Job], again: bool
    ) -> Iterator[tuple[Job, Marked, bool]]:
        """Every job with its result: first those that stand, then as they come."""
        open_jobs = []
        for job in jobs:
            known = None if again else job.known()
            if known:
                yield job, known, False
            else:
                open_jobs.append(job)
        with _pool(self.workers) as pool:
            waiting = {pool.submit(self.mark, job.folder): job for job in open_jobs}
            for done in as_completed(waiting):
                job, marked = waiting[done], done.result()
                job.save(marked)
                yield job, marked, True

    def mark(self, folder: Path) -> Marked:
        """Mark one submission, with everything put back that belongs to the release."""
        try:
            notebook = handed_in.read(folder / f"{self.topic.name}.ipynb")
        except course.NotOfThisCourse as error:
            return unreadable(self.topic, str(error))
        handed_in.rebuild(notebook, self.masters)
        return mark(self.topic, notebook, sandboxed=self.books.sandboxed)

    def _record(self, job: Job, marked: Marked) -> str:
        try:
            self.books.record(job.student, job.folder, marked)
        except CannotRecord as error:
            return str(error)
        return ""


class _pool:
    """Threads, which wait for processes. An error or an interrupt ends them all.

    They live until the end: a sandbox ends with the thread that started it.
    """

    def __init__(self, workers: int):
        self.threads = ThreadPoolExecutor(workers)
        self.futures: list[Future[Marked]] = []
        self.began = time.time()

    def submit(self, work: Callable[[Path], Marked], folder: Path) -> Future[Marked]:
        self.futures.append(self.threads.submit(work, folder))
        return self.futures[-1]

    def __enter__(self) -> _pool:
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        self.threads.shutdown(wait=False, cancel_futures=True)
        # Not wait(): it would wait for those that were cancelled, too.
        while kind is not None and not all(one.done() for one in self.futures):
            self._kill()
            time.sleep(0.05)
        self.threads.shutdown(wait=True)

    def _kill(self) -> None:
        """End what the threads wait for, again and again: they may start the next."""
        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                if child.create_time() >= self.began - 1:
                    child.kill()


@cache
def grader(topic: course.Topic) -> str:
    """A hash of all that decides a score besides the notebook: the tests, and us."""
    package = Path(__file__).resolve().parents[1]
    files = [*package.rglob("*.py"), *package.rglob("*.toml")]
    # Pictures show what was recorded; they decide nothing.
    files = [path for path in files if "pictures" not in path.parts]
    files += [path for path in (topic.tests, topic.hidden_tests) if path.exists()]
    whole = hashlib.sha256()
    for path in sorted(files):
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


# What the instructor sees -----------------------------------------------------------


def diagnosis(marked: Marked) -> str:
    """The first failure in one line: which misconception, or which behaviour."""
    found = marked.first_failure
    if marked.unreadable or found is None:
        return marked.unreadable
    verdict, test = found
    if test is None:
        return f"{verdict.task}: {verdict.note}"
    belief = misconception(test.diagnosis)
    if belief:
        return f"{verdict.task}: {belief.id} {belief.name}"
    return f"{verdict.task}: {test.doing or test.title}"


def table(rows: Iterable[Row], title: str = "") -> Table:
    """Student, score and diagnosis, for a terminal."""
    drawn = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    drawn.add_column("student", no_wrap=True)
    drawn.add_column("score", justify="right", no_wrap=True)
    drawn.add_column("first failure")
    for row in rows:
        drawn.add_row(_safe(row.student), _score(row), _safe(_why(row)))
    return drawn


def _score(row: Row) -> str:
    if row.entry is None:
        return "not recorded"
    return f"{row.entry.score:g} / {row.entry.max_score:g}"


def _why(row: Row) -> str:
    return f"needs a look: {row.look}" if row.look else diagnosis(row.marked)


def _safe(text: str) -> str:
    """Text from outside, for a terminal: no markup, no control characters."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    return shown.replace("[", r"\[")


def write_csv(path: Path, rows: Iterable[Row]) -> None:
    """One line a student: score, points by task, diagnosis."""
    rows = list(rows)
    tasks = [verdict.task for verdict in rows[0].marked.verdicts] if rows else []
    head = ["student", "score", "max_score", *tasks, "needs_a_look"]
    with path.open("w", newline="", encoding="utf-8", errors="replace") as file:
        sheet = csv.writer(file)
        sheet.writerow([*head, "diagnosis", "first_failure"])
        for row in rows:
            points = [f"{verdict.points:g}" for verdict in row.marked.verdicts]
            sheet.writerow([row.student, *_numbers(row), *points, *_words(row)])


def _numbers(row: Row) -> list[str]:
    if row.entry is None:
        return ["", ""]
    return [f"{row.entry.score:g}", f"{row.entry.max_score:g}"]


def _words(row: Row) -> list[str]:
    found = row.marked.first_failure
    test = found[1] if found else None
    look = "yes" if row.look or (row.entry and row.entry.needs_look) else ""
    return [look, (test and test.diagnosis) or "", diagnosis(row.marked)]


# The command ------------------------------------------------------------------------


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words that `buckets grade` takes."""
    parser.add_argument("topic", help="what to grade, such as 05_select")
    parser.add_argument(
        "--student", action="append", default=[], help="only this student (repeatable)"
    )
    parser.add_argument(
        "--again", action="store_true", help="also what has not changed"
    )
    parser.add_argument(
        "--workers", type=int, default=WORKERS, help="marked at a time (%(default)s)"
    )
    parser.add_argument(
        "--no-sandbox",
        action="store_true",
        help="run learners' code with your own rights",
    )


def run(args: argparse.Namespace) -> int:
    """0 when everybody is in the gradebook, 1 when somebody is not, 2 for nothing."""
    console = Console(highlight=False)
    try:
        books = Books(course.root(), args.topic)
        room = Classroom(
            books,
            sandboxed=False if args.no_sandbox else None,
            workers=max(1, args.workers),
        )
        rows = grade_with_progress(room, console, args.student, again=args.again)
    except CannotGrade as error:
        console.print(_safe(str(error)))
        return 2
    sheet = books.grading / f"{args.topic}.csv"
    write_csv(sheet, rows)
    console.print(table(rows))
    fresh = sum(row.fresh for row in rows)
    console.print(f"\n{fresh} graded, {len(rows) - fresh} unchanged since last time")
    console.print(f"as a table       {sheet}", soft_wrap=True)
    console.print(f"feedback pages   nbgrader generate_feedback {args.topic}")
    looks = sum(bool(row.look) for row in rows)
    if looks:
        console.print(f"needs a look     {looks}; in JupyterLab: Nbgrader, Formgrader")
    return int(any(row.fault for row in rows))


def grade_with_progress(
    room: Classroom, console: Console, only: Iterable[str] = (), *, again: bool = False
) -> list[Row]:
    """Grade a class and show how far it is.

    Raises:
        CannotGrade: nobody has handed in anything.
    """
    jobs = room.jobs(only)
    if not jobs:
        place = room.books.directory.format_path(
            room.books.directory.submitted_directory, "STUDENT", room.topic.name
        )
        raise CannotGrade(f"Nobody has handed in {room.topic.name}: nothing in {place}")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with (
        _ended_like_by_hand(),
        Progress(*columns, console=console, transient=True) as progress,
    ):
        bar = progress.add_task(f"grading {room.topic.name}", total=len(jobs))
        return room.grade(jobs, again=again, tell=lambda row: progress.advance(bar))


@contextmanager
def _ended_like_by_hand() -> Iterator[None]:
    """A closed terminal ends the run as Ctrl-C does, and leaves no process either."""
    signals = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(one, signal.default_int_handler) for one in signals]
    try:
        yield
    finally:
        for one, handler in zip(signals, before, strict=True):
            signal.signal(one, handler)
