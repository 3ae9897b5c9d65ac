"""Points as the tables that learning systems take in.

nbgrader's own command knows them, too:

    nbgrader export --exporter=buckets.classroom.exports.CanvasExport --to canvas.csv

Canvas and Moodle find a learner by what the roster says; see docs/instructors.md. Who
has handed in nothing has an empty cell, which changes nothing in either system.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from nbgrader.api import Assignment, Gradebook, Student
from nbgrader.plugins import ExportPlugin

from buckets.classroom import harmless


class Columns(ExportPlugin):
    """A line for each student and a column for each exercise.

    A subclass says who a line is about.
    """

    default = "grades.csv"
    heads: tuple[str, ...] = ()

    def who(self, student: Student) -> tuple[str, ...]:
        """What stands below heads for a student."""
        raise NotImplementedError

    def below_heads(self, assignments: list[Assignment]) -> list[list[str]]:
        """Lines that are about no student."""
        return []

    def export(self, gradebook: Gradebook) -> None:
        """Write the table; a former one is replaced as a whole."""
        path = Path(self.to or self.default)
        half = path.with_name(f".{path.name}.half")
        assignments = self._wanted(gradebook)
        with half.open("w", newline="", encoding="utf-8", errors="replace") as file:
            table = csv.writer(file)
            table.writerow([*self.heads, *(each.name for each in assignments)])
            table.writerows(self.below_heads(assignments))
            for line in self._lines(gradebook, assignments):
                table.writerow(map(harmless.cell, line))
        half.replace(path)

    def _wanted(self, gradebook: Gradebook) -> list[Assignment]:
        names = set(map(str, self.assignment))
        return [a for a in gradebook.assignments if not names or a.name in names]

    def _lines(
        self, gradebook: Gradebook, assignments: list[Assignment]
    ) -> Iterator[list[str]]:
        points = [_points(gradebook, assignment) for assignment in assignments]
        only = set(map(str, self.student))
        for student in gradebook.students:
            if not only or student.id in only:
                yield [*self.who(student), *(p.get(student.id, "") for p in points)]


def _points(gradebook: Gradebook, assignment: Assignment) -> dict[str, str]:
    """By student, after what was taken off for being late, as CsvExport has it."""
    return {
        each.student_id: f"{max(0.0, each.score - each.late_submission_penalty):g}"
        for each in gradebook.assignment_submissions(assignment.name)
    }


class CanvasExport(Columns):
    """For Canvas: Grades, Import. It finds a learner by ID or by SIS Login ID."""

    default = "canvas.csv"
    heads = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")

    def who(self, student: Student) -> tuple[str, ...]:
        """Canvas writes the last name first."""
        parts = (student.last_name, student.first_name)
        name = ", ".join(part for part in parts if part)
        return name or student.id, student.lms_user_id or "", "", student.id, ""

    def below_heads(self, assignments: list[Assignment]) -> list[list[str]]:
        """What each exercise is worth stands in the second line."""
        most = [f"{each.max_score:g}" for each in assignments]
        return [["Points Possible", "", "", "", "", *most]]


class MoodleExport(Columns):
    """For Moodle: Grades, Import, CSV file; any column can say who is who."""

    default = "moodle.csv"
    heads = ("Username", "First name", "Last name", "ID number", "Email address")

    def who(self, student: Student) -> tuple[str, ...]:
        """Every word that Moodle may find a learner by."""
        words = (student.first_name, student.last_name, student.lms_user_id)
        return student.id, *(word or "" for word in words), student.email or ""
