"""Our part in nbgrader's autograde: what nbgrader_config.py puts into its pipeline.

nbgrader's own commands stay in charge: they copy, sanitise, save scores, assign late
penalties, write feedback and export. Three things are replaced or added, all through
its own settings: how a submission is read (SubmissionExporter), how its marks are
repaired (RebuildCells), and what takes the place of running it (MarkTasks). Learner
code never runs in this process, nor in a kernel.
"""

from __future__ import annotations

import csv
import glob
import logging
from copy import copy
from functools import partial, wraps
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.api import Gradebook, Notebook
from nbgrader.apps import NbGrader
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import CsvExportPlugin
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import rmtree
from traitlets import Bool
from traitlets.config import Application

from buckets import course
from buckets.cells import label
from buckets.classroom import handed_in, harmless
from buckets.classroom.handed_in import Master
from buckets.classroom.marking import Marked, mark
from buckets.grading import sandbox
from buckets.report.html import render_html
from buckets.report.moment import replay_the_moment
from buckets.report.text import render_text

Resources = dict[str, Any]

HALF = ".half"
"""Lies where a result comes, until it is there."""

SECRET = "submission_secret.txt"
"""By it the exchange knows whose a page is; `nbgrader submit` writes it."""


class SubmissionExporter(NotebookExporter):
    """Reads submissions, whatever stands in them; one bad file never stops a class."""

    sandbox = Bool(
        True,
        help="Run learners' code in a sandbox. Only switch it off where you would run "
        "that code with your own rights.",
    ).tag(config=True)

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        place = getattr(self.parent, "coursedir", None)
        if self.parent and place:
            self.parent.coursedir = _notebook_alone(place)
            # Here, because nothing has been written yet: an error in the middle of a
            # submission leaves a file behind that the next run takes for graded.
            self._refuse_early(place.assignment_id)
            _take_away_halves(place)

    def _refuse_early(self, assignment: str) -> None:
        why = self._why_not(assignment)
        if why:
            self.log.error(why)
            raise NbGraderException(why)

    def _why_not(self, assignment: str) -> str:
        if not course.Topic(assignment).tests.exists():
            return f"{assignment} has no tests in {course.root() / 'tests/exercises'}."
        missing = sandbox.available() if self.sandbox else None
        return f"Nothing was graded: {missing}. {NO_SANDBOX}" if missing else ""

    def from_filename(
        self, filename: str, resources: Resources | None = None, **more: Any
    ) -> tuple[NotebookNode, Resources]:
        """Read a notebook; one that cannot be read becomes an empty one."""
        # The second of nbgrader's two passes reads what the first has written.
        first = getattr(self.parent, "_sanitizing", True)
        graded = self._graded(resources or {})
        if graded and first:
            self._begin(graded, Path(filename).parent)
        try:
            notebook = handed_in.read(Path(filename), self._topic())
            if not first:
                ours = course.read_notebook(Path(filename))["metadata"]
                notebook["metadata"]["buckets"] = ours.get("buckets", {})
        except course.NotOfThisCourse as error:
            self.log.warning("%s: %s", filename, error)
            notebook = handed_in.tidy({"cells": []})
            resources = {**(resources or {}), "unreadable": str(error)}
        node = nbformat.from_dict(notebook)
        made = self.from_notebook_node(node, resources=resources, **more)
        if graded and not first:
            (graded / HALF).unlink(missing_ok=True)
        return made

    def _graded(self, resources: Resources) -> Path | None:
        """The folder for what comes of a submission."""
        place = getattr(self.parent, "coursedir", None)
        if not place or "nbgrader" not in resources:
            return None
        names = resources["nbgrader"]
        words = place.autograded_directory, names["student"], names["assignment"]
        return Path(place.format_path(*words))

    def _begin(self, graded: Path, handed: Path) -> None:
        """Write down what nbgrader hands on from here to the page.

        That is when it was handed in, by which it sees that somebody has done so again,
        and the word without which the exchange takes no page.
        """
        graded.mkdir(parents=True, exist_ok=True)
        (graded / HALF).touch()
        place = getattr(self.parent, "coursedir", None)
        if place and place.get_existing_timestamp(str(handed)):
            handed_in.take_copy(handed / "timestamp.txt", graded / "timestamp.txt")
        secret = handed_in.word_in(handed / SECRET)
        if secret:
            (graded / SECRET).write_text(secret)

    def _topic(self) -> course.Topic | None:
        place = getattr(self.parent, "coursedir", None)
        return course.Topic(place.assignment_id) if place else None


def _take_away_halves(place: CourseDirectory) -> None:
    """What a killed run has begun, and nbgrader would take for graded."""
    folder = place.format_path(place.autograded_directory, "*", place.assignment_id)
    for half in glob.glob(f"{folder}/{HALF}", include_hidden=True):
        rmtree(str(Path(half).parent))


def _take_any_name() -> None:
    """Let nbgrader read the names of folders in which a line breaks.

    In its patterns a dot stands for any sign but that one; and a folder that it cannot
    read ends the run for the whole class.
    """
    format_path = CourseDirectory.format_path

    @wraps(format_path)
    def whole(*words: Any, escape: bool = False, **more: Any) -> str:
        path = str(format_path(*words, escape=escape, **more))
        return f"(?s){path}" if escape else path

    CourseDirectory.format_path = whole


_take_any_name()


def _take_any_ending() -> None:
    """Let nbgrader take a submission whose notebook has lost its ending, or its place.

    It passes over a folder in which no file ends in .ipynb, before it asks anybody.
    """
    init_notebooks = Autograde.init_notebooks

    @wraps(init_notebooks)
    def whole(self: Autograde) -> None:
        named, none_at_all = _without_ending(self), None

        def is_true(record: logging.LogRecord) -> bool:
            """It warns of what it has passed over, and nothing of that is."""
            about = str(record.args[0]) if isinstance(record.args, tuple) else ""
            return not any(about.startswith(f"{folder}/") for folder in named)

        self.log.addFilter(is_true)
        try:
            init_notebooks(self)
        except NbGraderException as error:
            none_at_all = error
        finally:
            self.log.removeFilter(is_true)
        self.assignments |= named
        if none_at_all and not self.assignments:
            raise none_at_all

    Autograde.init_notebooks = whole


_take_any_ending()


def _say_no_signs() -> None:
    """Let nbgrader tell of folders and files without what moves a terminal's cursor."""
    start = NbGrader.__init__

    @wraps(start)
    def whole(self: NbGrader, *words: Any, **more: Any) -> None:
        start(self, *words, **more)
        self.log.addFilter(without_signs)

    NbGrader.__init__ = whole
    # Who reads the settings that lead here is there already.
    if Application.initialized():
        Application.instance().log.addFilter(without_signs)


def without_signs(record: logging.LogRecord) -> bool:
    """Take them out of a message; it is told all the same."""
    said = record.getMessage()
    plain = harmless.printable(said)
    if plain != said:
        record.msg, record.args = plain, None
    return True


_say_no_signs()


def _without_ending(app: Autograde) -> dict[str, list[str]]:
    """Folders in which no file ends in .ipynb, and the name that theirs should have.

    Where there is no notebook at all, that is what a person is told.
    """
    place = app.coursedir
    return {
        folder: [str(Path(folder, f"{place.assignment_id}.ipynb"))]
        for folder in glob.glob(
            app._format_source(place.assignment_id, place.student_id)
        )
        if not glob.glob(str(Path(glob.escape(folder), f"{place.notebook_id}.ipynb")))
        and Path(folder).is_dir()
    }


def _notebook_alone(place: CourseDirectory) -> CourseDirectory:
    """The same folders, out of which nothing is taken but notebooks.

    nbgrader copies what lies beside a notebook, and follows links among it: into a
    learner's feedback, from anywhere on this machine.
    """
    narrow = copy(place)
    narrow.ignore = ["*"]
    narrow.get_existing_timestamp = partial(_timestamp, place)
    return narrow


def _timestamp(place: CourseDirectory, folder: str) -> Any:
    """When something was handed in; None where the file for it is no such file."""
    path = Path(folder, "timestamp.txt")
    if (
        path.is_symlink()
        or not path.is_file()
        or path.stat().st_size > handed_in.MOST_WORD
    ):
        return None
    try:
        return place.get_existing_timestamp(folder)
    except Exception:
        # nbgrader has more than one way to fail on what is no time.
        return None


NO_SANDBOX = (
    "`buckets doctor` says what would help. To run learners' code without one, with "
    "your own rights: `buckets grade --no-sandbox`, or "
    "c.SubmissionExporter.sandbox = False in nbgrader_config.py."
)


class RebuildCells(NbGraderPreprocessor):
    """Gives a submission the release's marks, points and locked cells back."""

    def preprocess(
        self, nb: NotebookNode, resources: Resources
    ) -> tuple[NotebookNode, Resources]:
        """First of the sanitising steps; what it finds is told in a cell at the top."""
        notes = handed_in.taken(nb) + handed_in.rebuild(nb, masters(resources))
        why = resources.get("unreadable", "")
        if why or notes:
            nb.cells.insert(0, handed_in.note_cell([why] if why else notes))
        # All of it is new, so that nobody hands in an excuse of his own.
        nb.metadata["buckets"] = {
            "topic": resources["nbgrader"]["assignment"],
            "unreadable": why,
        }
        return nbformat.from_dict(nb), resources


def masters(resources: Resources) -> list[Master]:
    """The release's cells as the gradebook keeps them."""
    place = resources["nbgrader"]
    with Gradebook(place["db_url"]) as gradebook:
        return read_masters(
            gradebook.find_notebook(place["notebook"], place["assignment"])
        )


def read_masters(notebook: Notebook) -> list[Master]:
    """The release's cells of one notebook in an open gradebook."""
    points = {cell.name: cell.max_score for cell in notebook.grade_cells}
    tasks = {cell.name: cell.max_score for cell in notebook.task_cells}
    answers = {cell.name for cell in notebook.solution_cells}
    return [
        Master(
            grade_id=cell.name,
            cell_type=cell.cell_type,
            source=cell.source,
            grade=cell.name in points,
            solution=cell.name in answers,
            locked=cell.locked,
            task=cell.name in tasks,
            points=points.get(cell.name, tasks.get(cell.name)),
            checksum=cell.checksum,
        )
        for cell in notebook.source_cells
    ]


class MarkTasks(NbGraderPreprocessor):
    """Takes the place of Execute: marks the tasks, and writes reports as outputs."""

    def preprocess(
        self, nb: NotebookNode, resources: Resources
    ) -> tuple[NotebookNode, Resources]:
        """The reports go where Execute would have put the outputs of check cells."""
        marked = resources.get("marked")
        if marked is None:
            topic = course.Topic(resources["nbgrader"]["assignment"])
            marked = mark(topic, nb, sandboxed=self._sandboxed())
        resources["review"] = write_reports(nb, marked)
        return nbformat.from_dict(nb), resources

    def _sandboxed(self) -> bool:
        # Under any other exporter there is nobody who could have said no.
        return getattr(self.parent, "sandbox", True)


def write_reports(notebook: dict[str, Any], marked: Marked) -> dict[str, str]:
    """Write what came of a submission into its cells.

    Args:
        notebook: rebuilt.
        marked: its result.

    Returns:
        For each graded cell that a person should look at, why.
    """
    review: dict[str, str] = {}
    told = marked.told()
    cells = list(course.numbered(notebook))
    sources = {label(number): course.text_of(cell) for number, cell in cells}
    for number, cell in cells:
        cell["execution_count"] = number
        marks = cell["metadata"].get("nbgrader", {})
        if course.is_check(cell):
            why = _report(cell, marks, marked)
            cell["outputs"][-1:-1] = _replay(cell, marked, sources)
            if why:
                review[marks["grade_id"]] = why
        elif label(number) in told:
            cell["outputs"] = [_went_wrong(told[label(number)])]
    return review


def _report(cell: dict[str, Any], marks: dict[str, Any], marked: Marked) -> str:
    """Fill in a check cell; why a person should look at it, or ""."""
    verdict = marked.of(course.checked_task(cell["source"]))
    if verdict is None:
        # Without an output nbgrader would give full marks.
        cell["outputs"] = [_result(0.0)]
        return "no test of the course belongs to this cell"
    cell["outputs"] = [
        _shown(
            {
                "text/html": _plain(render_html(verdict)),
                "text/plain": _plain(render_text(verdict)),
            }
        ),
        _result(min(verdict.points, marks["points"]), cell["execution_count"]),
    ]
    if verdict.max_points != marks["points"]:
        return (
            f"the tests give {verdict.max_points:g} points and the gradebook "
            f"{marks['points']:g}: run nbgrader generate_assignment again"
        )
    return verdict.look or marked.unreadable


def _replay(
    cell: dict[str, Any], marked: Marked, sources: dict[str, str]
) -> list[dict[str, Any]]:
    """What a learner's own check shows below a report: the run that failed."""
    verdict = marked.of(course.checked_task(cell["source"]))
    failure = verdict and verdict.first_failure
    if not failure:
        return []
    try:
        picture = replay_the_moment(failure, sources)
    except Exception:
        # A picture is no part of the verdict, and its data came from a submission.
        return []
    if picture is None:
        return []
    data = {"text/html": _plain(picture.html), "text/plain": _plain(picture.text)}
    return [_shown(data)]


def _shown(data: dict[str, str]) -> dict[str, Any]:
    return {"output_type": "display_data", "data": data, "metadata": {}}


def _result(points: float, number: int | None = None) -> dict[str, Any]:
    """A plain number is how nbgrader takes partial credit."""
    return {
        "output_type": "execute_result",
        "data": {"text/plain": repr(float(points))},
        "metadata": {},
        "execution_count": number,
    }


def _went_wrong(text: str) -> dict[str, Any]:
    # On stdout: nbgrader gives no points to a graded cell that wrote to stderr.
    return {"output_type": "stream", "name": "stdout", "text": _plain(text) + "\n"}


def _plain(text: str) -> str:
    """Text from a learner's process that can be written to a file whatever it is."""
    return text.encode(errors="replace").decode()


class AskForReview(NbGraderPreprocessor):
    """After SaveAutoGrades: marks what a person should look at in the gradebook."""

    def preprocess(
        self, nb: NotebookNode, resources: Resources
    ) -> tuple[NotebookNode, Resources]:
        """The points stay as they are: they are full where the grader failed."""
        review: dict[str, str] = resources.get("review", {})
        place = resources["nbgrader"]
        keys = (place["notebook"], place["assignment"], place["student"])
        if review:
            with Gradebook(place["db_url"]) as gradebook:
                for name, why in review.items():
                    gradebook.find_grade(name, *keys).needs_manual_grade = True
                    self.log.warning("%s, %s needs a look: %s", keys[2], name, why)
                gradebook.db.commit()
        return nb, resources


def expect_notebook(assignment: str, student: str, notebooks: list[str]) -> None:
    """nbgrader's pre_convert_hook: a notebook under another name is not passed over.

    nbgrader gives up on a submission without a notebook of the expected name. With the
    name on its list, SubmissionExporter finds that there is no such file, and says so.

    Args:
        assignment, student: as nbgrader calls them; student may be a pattern.
        notebooks: paths of what was handed in; it is changed in place.
    """
    names = [Path(path).stem for path in notebooks]
    if notebooks and assignment not in names:
        notebooks.append(str(Path(notebooks[0]).with_name(f"{assignment}.ipynb")))


class CsvExport(CsvExportPlugin):
    """nbgrader's table, in which no cell is a formula, whoever wrote it."""

    def export(self, gradebook: Gradebook) -> None:
        """Write it, and then once more with what might be one made harmless."""
        super().export(gradebook)
        path = Path(self.to or "grades.csv")
        with path.open(newline="", encoding="utf-8") as file:
            lines = [
                [harmless.cell(word) for word in line] for line in csv.reader(file)
            ]
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(lines)


__all__ = [
    "AskForReview",
    "CsvExport",
    "MarkTasks",
    "RebuildCells",
    "SubmissionExporter",
    "expect_notebook",
]
