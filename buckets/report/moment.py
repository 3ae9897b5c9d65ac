"""The moment at which a test failed, as a picture of the learner's own run."""

from __future__ import annotations

from collections.abc import Mapping

from buckets.pictures.aisle.aisle import replay
from buckets.pictures.picture import Picture
from buckets.trace.lints import find
from buckets.trace.trace import Trace
from buckets.verdict import TestResult

VISITOR = "grader"
"""In a test only the grader's own looks into the loop do not tell of themselves."""


def replay_the_moment(
    failure: TestResult, sources: Mapping[str, str]
) -> Picture | None:
    """The aisle of a failed test, opened where it failed.

    What in the trace speaks for the diagnosis is marked.

    Args:
        failure: a result with the trace of its run.
        sources: the text of each cell by its label.

    Returns:
        The picture; None where nothing was recorded.
    """
    trace = Trace(failure.trace, strangers=VISITOR)
    if not any("p" in event for event in trace.events):
        return None
    marks = [lint for lint in find(trace) if lint.misconception == failure.diagnosis]
    faults = [event["t"] for event in trace.events if event["e"] == "fault"]
    at = faults[-1] if faults else trace.end
    # What is marked is what the report above has named.
    return replay(
        trace, at=at, lint=marks, sources=sources, title=failure.title, told=True
    )
