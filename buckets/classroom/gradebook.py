"""nbgrader's folders and gradebook, for whoever grades without its command line.

There is one writer: results are recorded one after another, through the steps that
`nbgrader autograde` takes, so feedback and export go on from here as always.
"""

from __future__ import annotations

import glob
import logging
import os
import re
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from nbgrader.api import (
    Assignment,
    Grade,
    Gradebook,
    GradeCell,
    MissingEntry,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.apps import NbGrader
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.utils import rmtree
from sqlalchemy.exc import SQLAlchemyError

from buckets import course
from buckets.classroom import SEE_DISK, CannotGrade
from buckets.classroom.handed_in import MOST_WORD, Master, files_in, take_copy
from buckets.classroom.marking import Marked
from buckets.classroom.nbgrader_hooks import SECRET, read_masters
from buckets.classroom.one_step import in_one_step
from buckets.classroom.settings import find_own_commands

# Where a submission lies while it is recorded; then comes the number of the process.
_HALF = "recording_"


class CannotRecord(Exception):
    """nbgrader could not take in a result; the text says why."""


@dataclass(frozen=True)
class Entry:
    """What the gradebook says of one student: a person may have changed it.

    Args:
        score: as `nbgrader export` has it: after the penalty for being late.
        max_score: what there was to earn.
        needs_look: a person has not decided yet.
        penalty: points that were taken off for being late; score is without them.
        tasks: points by task, before the penalty.
    """

    score: float
    max_score: float
    needs_look: bool
    penalty: float = 0.0
    tasks: Mapping[str, float] = field(default_factory=dict)


class Recorder(Autograde):
    """nbgrader's autograde for one submission that has been marked already."""

    marked: Marked
    folder: Path

    def init_notebooks(self) -> None:
        """This one notebook, even where it is missing: then that is recorded."""
        name = f"{self.coursedir.assignment_id}.ipynb"
        self.assignments = {str(self.folder): [str(self.folder / name)]}

    def init_single_notebook_resources(self, notebook_filename: str) -> dict[str, Any]:
        """Hands the result on to MarkTasks."""
        resources = super().init_single_notebook_resources(notebook_filename)
        return {**resources, "marked": self.marked}


def _entry(submission: SubmittedAssignment, tasks: dict[str, float]) -> Entry:
    penalty = submission.late_submission_penalty or 0.0
    return Entry(
        max(0.0, submission.score - penalty),
        submission.max_score,
        submission.needs_manual_grade,
        penalty,
        tasks,
    )


def _cells(gradebook: Gradebook, topic: str) -> list[tuple[str, str, float]]:
    """Student, graded cell and points, for everybody: one question to the database."""
    found = (
        gradebook.db.query(SubmittedAssignment.student_id, GradeCell.name, Grade.score)
        .select_from(Grade)
        .join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
        .join(
            SubmittedAssignment,
            SubmittedNotebook.assignment_id == SubmittedAssignment.id,
        )
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .join(GradeCell, Grade.cell_id == GradeCell.id)
        .filter(Assignment.name == topic)
    )
    return [tuple(row) for row in found]


def _copy_notebooks(folder: Path, to: Path) -> None:
    """All that may be the notebook; nothing out of a folder that is a link."""
    if folder.is_symlink() or folder.parent.is_symlink():
        return
    for path in files_in(folder):
        copied = to / path.relative_to(folder)
        copied.parent.mkdir(parents=True, exist_ok=True)
        take_copy(path, copied)


def _put(made: Path, where: Path) -> None:
    """A folder in the place of a former one, if there is any."""
    if where.exists():
        rmtree(str(where))
    if made.exists():
        where.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made, where)


class Books:
    """The folders and the gradebook of one course, as its nbgrader_config.py says.

    Args:
        root: the folder with nbgrader_config.py in it.
        topic: the assignment.

    Raises:
        CannotGrade: the folder for grades cannot be written to.
    """

    def __init__(self, root: Path, topic: str):
        try:
            self._open(root, topic)
        except OSError as error:
            raise CannotGrade(f"Nothing was graded: {error}. {SEE_DISK}") from error

    def _open(self, root: Path, topic: str) -> None:
        find_own_commands()
        self.topic = topic
        self.app = NbGrader(log_level=logging.ERROR)
        with chdir(root):
            self.app.initialize([], root=str(root))
        self.directory = self.app.coursedir
        self.directory.assignment_id = topic
        submitted = Path(self.directory.root, self.directory.submitted_directory)
        self.grading = submitted.parent
        self.marked = self.grading / "marked" / topic
        self._log_to(self.grading / "grading.log")

    def _log_to(self, path: Path) -> None:
        """nbgrader tells of every file it copies: into a file, not the terminal."""
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(path, mode="w", encoding="utf-8")
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        self.app.log.handlers = [handler]
        self.app.log.propagate = False
        self.app.log.setLevel(logging.INFO)
        self.log_file = path

    def _place(self, step: str, student: str) -> Path:
        folder = getattr(self.directory, step)
        return Path(self.directory.format_path(folder, student, self.topic))

    @property
    def sandboxed(self) -> bool:
        """What nbgrader_config.py says of the sandbox."""
        return bool(self.app.config.SubmissionExporter.get("sandbox", True))

    @sandboxed.setter
    def sandboxed(self, wanted: bool) -> None:
        self.app.config.SubmissionExporter.sandbox = wanted

    def tidy_up(self) -> None:
        """Take away what runs have left that were killed."""
        for left in self.grading.glob(f"{_HALF}*"):
            number = left.name.removeprefix(_HALF).partition("_")[0]
            if number.isdigit() and not psutil.pid_exists(int(number)):
                shutil.rmtree(left, ignore_errors=True)

    # Submissions --------------------------------------------------------------------

    def submissions(self) -> dict[str, Path]:
        """The folders that were handed in, by student."""
        step = self.directory.submitted_directory
        pattern = self.directory.format_path(
            step, "(?P<student>.*)", re.escape(self.topic), escape=True
        )
        everything = self.directory.format_path(step, "*", glob.escape(self.topic))
        found = {}
        # Nobody is passed over in silence, whatever a folder is called.
        for folder in sorted(glob.glob(everything, include_hidden=True)):
            match = re.fullmatch(pattern, folder, re.DOTALL)
            if match and Path(folder).is_dir():
                found[match["student"]] = Path(folder)
        return found

    def handed_in(self, student: str) -> Path:
        """Where a student's submission is expected."""
        return self._place("submitted_directory", student)

    def autograded(self, student: str) -> Path:
        """Where nbgrader keeps a student's notebook with the outputs of its checks."""
        return self._place("autograded_directory", student) / f"{self.topic}.ipynb"

    def feedback(self, student: str) -> Path:
        """Where nbgrader writes a student's feedback."""
        return self._place("feedback_directory", student) / f"{self.topic}.html"

    # The gradebook ------------------------------------------------------------------

    @contextmanager
    def gradebook(self) -> Iterator[Gradebook]:
        """nbgrader's gradebook, open."""
        with warnings.catch_warnings():
            # SQLAlchemy warns of the way in which nbgrader makes its objects.
            warnings.simplefilter("ignore")
            try:
                with Gradebook(
                    self.directory.db_url, self.directory.course_id
                ) as opened:
                    yield opened
            except SQLAlchemyError as error:
                why = str(error).partition("\n")[0]
                raise CannotGrade(f"The gradebook cannot be used: {why}.") from error

    def masters(self) -> list[Master]:
        """The release's cells; empty when the assignment has not been generated."""
        with self.gradebook() as gradebook:
            try:
                notebook = gradebook.find_notebook(self.topic, self.topic)
            except MissingEntry:
                return []
            return read_masters(notebook)

    def entries(self) -> dict[str, Entry]:
        """What the gradebook says, by student."""
        tasks = self._tasks()
        with self.gradebook() as gradebook:
            points: dict[str, dict[str, float]] = {}
            for student, cell, score in _cells(gradebook, self.topic):
                task = tasks.get(cell, cell)
                points.setdefault(student, {})[task] = score
            return {
                submission.student_id: _entry(
                    submission, points.get(submission.student_id, {})
                )
                for submission in gradebook.assignment_submissions(self.topic)
            }

    def _tasks(self) -> dict[str, str]:
        """The task that each graded cell of the release checks."""
        checks = [cell for cell in self.masters() if cell.grade]
        found = {cell.grade_id: course.checked_task(cell.source) for cell in checks}
        return {name: task for name, task in found.items() if task}

    # nbgrader's steps ---------------------------------------------------------------

    def generate(self) -> None:
        """nbgrader generate_assignment."""
        self._run(GenerateAssignment)

    def record(self, student: str, folder: Path, marked: Marked) -> None:
        """nbgrader autograde, for a submission that has been marked.

        All of it or nothing: whoever kills the run in between, or reads meanwhile,
        finds what was there before. A former feedback page goes: nbgrader would keep it
        beside the new result.

        Raises:
            CannotRecord: nbgrader refused it.
        """
        where = self.autograded(student).parent
        try:
            with self._private_place():
                recorder = Recorder(coursedir=self.directory, parent=self.app)
                recorder.marked, recorder.force = marked, True
                recorder.folder = self._take_copy(student, folder)
                with in_one_step(self.directory.db_url):
                    self._start(recorder)
                # Last: where it is not written the next run records it again.
                _put(self.autograded(student).parent, where)
        except (OSError, sqlite3.Error) as error:
            why = f"It cannot be written down: {error}. {SEE_DISK}"
            raise CannotRecord(why) from error
        shutil.rmtree(self.feedback(student).parent, ignore_errors=True)

    @contextmanager
    def _private_place(self) -> Iterator[None]:
        """Folders that nobody looks into, for what is recorded and what comes of it."""
        folders = self.directory
        before = folders.submitted_directory, folders.autograded_directory
        with tempfile.TemporaryDirectory(
            prefix=f"{_HALF}{os.getpid()}_", dir=self.grading
        ) as name:
            place = Path(os.path.relpath(name, folders.root))
            folders.submitted_directory = str(place / "submitted")
            folders.autograded_directory = str(place / "autograded")
            try:
                yield
            finally:
                folders.submitted_directory, folders.autograded_directory = before

    def _take_copy(self, student: str, folder: Path) -> Path:
        """A folder in which nothing was handed in but the notebook, and when.

        nbgrader copies what lies beside a notebook, and follows links among it: into a
        learner's feedback, from anywhere on this machine.
        """
        copy = self._place("submitted_directory", student)
        copy.mkdir(parents=True)
        _copy_notebooks(folder, copy)
        for name in ("timestamp.txt", SECRET):
            take_copy(folder / name, copy / name, MOST_WORD)
        return copy

    def write_feedback(self, *, again: bool = True) -> None:
        """nbgrader generate_feedback, for everybody.

        Args:
            again: pages that are there, too; else those alone that are missing, or
                older than their result.
        """
        if not again:
            self._take_away_old_feedback()
        self._run(GenerateFeedback, force=again)

    def _take_away_old_feedback(self) -> None:
        for student in self.entries():
            page, result = self.feedback(student), self.autograded(student)
            with suppress(OSError):
                if page.stat().st_mtime < result.stat().st_mtime:
                    shutil.rmtree(page.parent, ignore_errors=True)

    def _run(self, step: type, *, force: bool = True) -> None:
        converter = step(coursedir=self.directory, parent=self.app)
        converter.force = force
        self._start(converter)

    def _start(self, converter: Any) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                converter.start()
        except Exception as error:
            raise CannotRecord(f"{error} {self.log_file} says more.") from error
