"""The pytest side of grading: a `server` for each test, and a verdict for each task.

The graders in tests/exercises are plain pytest tests. This plugin gives them the
learner's task as a running server, explains a failure by its story and its diagnosis,
skips what depends on a failure, and writes one JSON document.

    --submission FILE   what to grade; without it, the course's own solution
    --verdict FILE      where to write the documents, one for each task
    --sandbox           run the learner's side in a sandbox
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from buckets import course, diagnosis
from buckets.behaviour import Behaviour
from buckets.collecting import collect_notebook
from buckets.expectations import Unmet
from buckets.nursery import Nursery
from buckets.server import Server
from buckets.submission import Submission
from buckets.verdict import TestResult, Verdict

RESULTS = pytest.StashKey[dict[str, TestResult]]()
NURSERY = pytest.StashKey[Nursery]()
SUBMISSIONS = pytest.StashKey[dict[str, Submission]]()
SERVER = pytest.StashKey[Server]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("buckets", "grading exercises on real sockets")
    group.addoption("--submission", type=Path, help="what to grade")
    group.addoption("--verdict", type=Path, help="where to write the verdicts")
    group.addoption(
        "--task", action="append", default=[], help="grade this task (and other --task)"
    )
    group.addoption("--sandbox", action="store_true", help="sandbox the learner's side")


def pytest_configure(config: pytest.Config) -> None:
    walls = None
    if config.getoption("--sandbox"):
        # Late: a run without a sandbox must not wait for it.
        from buckets.grading.sandbox import Sandbox

        walls = Sandbox()
    config.stash[RESULTS] = {}
    config.stash[SUBMISSIONS] = {}
    config.stash[NURSERY] = Nursery(walls)


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[NURSERY].close()


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Keep only the tasks that are asked for."""
    tasks = config.getoption("--task")
    if tasks:
        graders = [(item, _behaviour(item)) for item in items]
        items[:] = [item for item, found in graders if found and found.task in tasks]


def _behaviour(item: pytest.Item) -> Behaviour | None:
    return getattr(getattr(item, "function", None), "behaviour", None)


# One server for each test -------------------------------------------------


@pytest.fixture
def submission(request: pytest.FixtureRequest) -> Submission:
    """What is graded: the file named on the command line, or the solution."""
    config = request.config
    given = config.getoption("--submission")
    key = str(given) if given else request.path.stem
    known = config.stash[SUBMISSIONS]
    if key not in known:
        known[key] = Submission.load(given) if given else _solution(request.path)
    return known[key]


def _solution(tests: Path) -> Submission:
    name = tests.stem.removeprefix("test_").removeprefix("hidden_")
    return collect_notebook(course.Topic(name).solution)[1]


@pytest.fixture
def server(request: pytest.FixtureRequest, submission: Submission) -> Iterator[Server]:
    """The task under test as a running server, fresh for this test."""
    behaviour = _behaviour(request.node)
    assert behaviour, "a test with a server needs @behaviour"
    child = request.config.stash[NURSERY].take()
    running = Server(submission, behaviour.task, options=behaviour.options, child=child)
    request.node.stash[SERVER] = running
    try:
        yield running
    finally:
        running.stop()


# From outcomes to results -------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what depends on a failure."""
    behaviour = _behaviour(item)
    results = item.config.stash[RESULTS]
    for name in behaviour.needs if behaviour else ():
        earlier = results.get(name)
        if earlier and earlier.status in ("fail", "skip"):
            pytest.skip(f"needs: {earlier.title}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    behaviour = _behaviour(item)
    if behaviour:
        _record(item, behaviour, call, report)
    return report


def _record(
    item: pytest.Item,
    behaviour: Behaviour,
    call: pytest.CallInfo[None],
    report: pytest.TestReport,
) -> None:
    results = item.config.stash[RESULTS]
    if call.when == "setup":
        results[behaviour.name] = TestResult(
            behaviour.name,
            behaviour.title,
            max_points=behaviour.points,
            hardens=behaviour.hardens,
        )
    result = results[behaviour.name]
    if report.skipped:
        result.status, result.message = "skip", _skip_reason(report)
    elif report.failed and call.excinfo:
        _explain(item, behaviour, result, call.excinfo.value)
        report.sections.append(("what happened", "\n".join(result.transcript)))


def _skip_reason(report: pytest.TestReport) -> str:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
    return reason.removeprefix("Skipped: ")


def _explain(
    item: pytest.Item, behaviour: Behaviour, result: TestResult, error: BaseException
) -> None:
    """Turn a failure into what the learner reads; anything unexpected is our fault."""
    server = item.stash.get(SERVER, None)
    if not isinstance(error, Unmet) or server is None:
        result.status = "error"
        result.message = f"The grader failed: {type(error).__name__}: {error}"
        result.output = "".join(traceback.format_exception(error))[-6000:]
        return
    result.status = "fail"
    try:
        diagnosis.explain(result, behaviour, server, error)
    except Exception as fault:
        # The verdict stands without a diagnosis; a fault of ours must not hide it.
        result.message = result.message or error.text
        result.evidence = f"(no diagnosis: {type(fault).__name__}: {fault})"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    """A failed timing check is run again, alone, before it counts."""
    outcome = yield
    behaviour = _behaviour(item)
    result = behaviour and item.config.stash[RESULTS].get(behaviour.name)
    if behaviour and behaviour.timing and result and result.status == "fail":
        return _again(item, nextitem, outcome)
    return outcome


def _again(item: pytest.Item, nextitem: pytest.Item | None, outcome: object) -> object:
    from _pytest.runner import runtestprotocol

    if hasattr(item, "_initrequest"):
        item._initrequest()
    runtestprotocol(item, nextitem=nextitem, log=False)
    return outcome


# One document for each task -----------------------------------------------


def pytest_sessionfinish(session: pytest.Session) -> None:
    path = session.config.getoption("--verdict")
    if path:
        documents = [verdict.document() for verdict in _verdicts(session)]
        path.write_text(json.dumps(documents))


def _verdicts(session: pytest.Session) -> list[Verdict]:
    """The verdicts by task, in the order in which the tests stand."""
    results = session.config.stash[RESULTS]
    by_task: dict[str, list[TestResult]] = {}
    for item in session.items:
        behaviour = _behaviour(item)
        if behaviour and behaviour.name in results:
            by_task.setdefault(behaviour.task, []).append(results[behaviour.name])
    return [
        Verdict(task, sum(test.max_points for test in tests), tests).settle()
        for task, tests in by_task.items()
    ]


__all__ = ["server", "submission"]
