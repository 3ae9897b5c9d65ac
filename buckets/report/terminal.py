"""What a terminal shows of a whole notebook: notes, a report for each task, points."""

from __future__ import annotations

from buckets import course
from buckets.report.clean import clean, shorten
from buckets.report.content import of
from buckets.report.text import print_report
from buckets.submission import ENDED, Problem, Submission
from buckets.verdict import Verdict


def print_notes(notes: list[str], submission: Submission) -> None:
    """What was done to the notebook, and the cells that could not be run."""
    for note in notes + [note.sentence for note in submission.notes]:
        print(f"Note: {clean(note)}\n")
    for problem in submission.problems:
        print(clean(_problem(problem)))
        if problem.traceback:
            print(shorten(clean(problem.traceback)))
        print()


def _problem(problem: Problem) -> str:
    more = (
        ". It was left out, and the others were run." if problem.kind == ENDED else ""
    )
    return problem.sentence + more


def print_reports(topic: course.Topic, verdicts: list[Verdict], hints: int) -> None:
    """A report for each task, and the points of all."""
    for verdict in verdicts:
        print_report(verdict, hints)
        print()
    points = sum(verdict.points for verdict in verdicts)
    print(
        f"{topic.name}: {of(points, sum(verdict.max_points for verdict in verdicts))}"
    )
    failures = [verdict.first_failure for verdict in verdicts if verdict.first_failure]
    if hints == 1 and any(failure.diagnosis for failure in failures):
        print("More hints: add --hints 2, or --hints 3.")
