"""The pytest side of grading: a `server` for each test, and a verdict for each task.

The graders in tests/exercises are plain pytest tests. This plugin gives them the
learner's task as a running server, explains a failure by its story and its diagnosis,
skips what depends on a failure, and tells what came of each test.

    --submission FILE   what to grade; without it, the course's own solution, or in a
                        learner's kit the notebook in exercises/
    --results FD        a pipe for lines of JSON: the plan, each test as it ends, done
    --leash FD          a pipe by which the caller holds this process
    --task, --test      grade these alone
    --sandbox           run the learner's side in a sandbox
    --company FOLDER    of a class whose submissions are tested beside this one
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import traceback
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

from buckets import course
from buckets.behaviour import Behaviour
from buckets.child.limits import hold
from buckets.driving import orphans
from buckets.driving.expect import expect_no_more_at_the_end
from buckets.driving.reserve import Nursery
from buckets.driving.server import Server
from buckets.driving.unmet import Unmet
from buckets.grading.collect import collect_notebook
from buckets.grading.company import Company
from buckets.submission import Submission
from buckets.verdict import TestResult

RESULTS = pytest.StashKey[dict[str, TestResult]]()
NURSERY = pytest.StashKey[Nursery]()
COMPANY = pytest.StashKey[Company]()
SUBMISSIONS = pytest.StashKey[dict[str, Submission]]()

SERVER = pytest.StashKey[Server]()
FAILED = pytest.StashKey[list[tuple[str, TestResult, Callable[..., str]]]]()
PASSED = pytest.StashKey[list[Behaviour]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("buckets", "grading exercises on real sockets")
    group.addoption("--submission", type=Path, help="what to grade")
    group.addoption("--results", type=int, help="descriptor of a pipe for results")
    group.addoption("--leash", type=int, help="descriptor of a pipe: its end is ours")
    group.addoption(
        "--task", action="append", default=[], help="grade this task (and other --task)"
    )
    group.addoption("--test", help="run the test of this name alone")
    group.addoption("--step", type=int, default=0, help="no test of a later step")
    group.addoption("--sandbox", action="store_true", help="sandbox the learner's side")
    group.addoption("--company", type=Path, help="folder of a class that is tested")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--leash") is not None:
        # A caller may be killed in whatever way: then this process goes, too, and its
        # own leashes take the learner's processes along.
        hold(config.getoption("--leash"))
        # This process does nothing but grade.
        orphans.adopt()
    walls = None
    if config.getoption("--sandbox"):
        # Late: a run without a sandbox must not wait for it.
        from buckets.grading.sandbox import Sandbox

        walls = Sandbox()
    config.stash[RESULTS] = {}
    config.stash[SUBMISSIONS] = {}
    config.stash[NURSERY] = Nursery(walls)
    config.stash[COMPANY] = Company(config.getoption("--company"))
    config.stash[FAILED] = []
    config.stash[PASSED] = []
    if config.getoption("--submission") and not config.option.collectonly:
        # There will be one test at least: its child starts while tests are collected.
        config.stash[NURSERY].expect(1)
        config.stash[NURSERY].begin()


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not session.config.option.collectonly:
        _settle(session.config)
    session.config.stash[NURSERY].close()
    _tell(session.config, done=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[NURSERY].close()


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Keep only the tasks, the steps, or the one test, that are asked for."""
    items[:] = [item for item in items if _asked_for(config, _behaviour(item))]


def _asked_for(config: pytest.Config, found: Behaviour | None) -> bool:
    tasks, test = config.getoption("--task"), config.getoption("--test")
    step = config.getoption("--step")
    if not found:
        return not (tasks or test or step)
    if test:
        return bool(found.name == test)
    return (not tasks or found.task in tasks) and (not step or found.step[0] <= step)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Tell what will be tested: a test that is never heard of again is a fault."""
    if session.config.option.collectonly:
        return
    served = [
        item for item in session.items if "server" in getattr(item, "fixturenames", ())
    ]
    if any(found.options.outward for item in served if (found := _behaviour(item))):
        _let_out(session.config)
    met = [len(found.options.servers) for item in served if (found := _behaviour(item))]
    session.config.stash[NURSERY].expect(len(served), sum(met))
    graders = [found for item in session.items if (found := _behaviour(item))]
    plan = [(grader.task, asdict(_blank(grader))) for grader in graders]
    _tell(session.config, plan=plan)


def _let_out(config: pytest.Config) -> None:
    """Servers of these tests connect, too: they share this process's own network.

    Where that leads anywhere, there is no such sandbox, and no test is run.
    """
    if config.getoption("--sandbox"):
        from buckets.grading.sandbox import Sandbox

        config.stash[NURSERY].move(Sandbox(network="shared"))


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
    topic = course.Topic(tests.stem.removeprefix("test_").removeprefix("hidden_"))
    # A learner's kit has no solution: there it is their own notebook that is tested.
    answers = topic.solution if topic.solution.exists() else topic.exercise
    return collect_notebook(answers)[1]


@pytest.fixture
def server(request: pytest.FixtureRequest, submission: Submission) -> Iterator[Server]:
    """The task under test as a running server, fresh for this test."""
    behaviour = _behaviour(request.node)
    assert behaviour, "a test with a server needs @behaviour"
    if not submission.has(behaviour.task):
        pytest.fail(submission.why_missing(behaviour.task), pytrace=False)
    nursery = request.config.stash[NURSERY]
    running = Server(
        submission,
        behaviour.task,
        options=behaviour.options,
        child=nursery.take(),
        another=nursery.take_ours,
    )
    request.node.stash[SERVER] = running
    try:
        yield running
    finally:
        running.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """At the end of each test, whoever has heard all that it expected looks again."""
    yield
    if item.stash.get(SERVER, None):
        expect_no_more_at_the_end(item.stash[SERVER])


# From outcomes to results -------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what depends on a failure, or on what this system does not have."""
    behaviour = _behaviour(item)
    results = item.config.stash[RESULTS]
    if behaviour and behaviour.calls and not hasattr(os, behaviour.calls):
        call = f"os.{behaviour.calls}()"
        pytest.skip(f"needs: {call}, which this system does not have (WSL has it)")
    if behaviour and behaviour.module and not _has(behaviour.module):
        name = behaviour.module
        pytest.skip(
            f"needs: {name}, which is not here; `buckets doctor` says how to have it"
        )
    for name in behaviour.needs if behaviour else ():
        earlier = results.get(name)
        if earlier and earlier.status in ("fail", "skip"):
            pytest.skip(f"needs: {earlier.title}")


@functools.cache
def _has(module: str) -> bool:
    """Whether it can be imported: what it is built on may be missing."""
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    behaviour = _behaviour(item)
    if behaviour:
        _record(item, behaviour, call, report)
    return report


def _blank(behaviour: Behaviour) -> TestResult:
    return TestResult(
        behaviour.name,
        behaviour.title,
        max_points=behaviour.points,
        hardens=behaviour.hardens,
        topic=behaviour.topic,
        client=bool(behaviour.options.servers),
        step=behaviour.rung,
        pends=behaviour.pends,
    )


def _record(
    item: pytest.Item,
    behaviour: Behaviour,
    call: pytest.CallInfo[None],
    report: pytest.TestReport,
) -> None:
    results = item.config.stash[RESULTS]
    if call.when == "setup":
        results[behaviour.name] = _blank(behaviour)
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
    result.status, result.by_time = "fail", error.by_time
    tried = partial(_tried, item, behaviour, server, error)
    item.config.stash[FAILED].append((behaviour.task, result, tried))
    try:
        # Late: a right server needs no diagnosis and does not wait for it.
        from buckets import diagnosis

        diagnosis.explain(result, behaviour, server, error)
    except Exception as fault:
        # The verdict stands without a diagnosis; a fault of ours must not hide it.
        result.message = result.message or error.text
        result.evidence = f"(no diagnosis: {type(fault).__name__}: {fault})"


def _tried(
    item: pytest.Item,
    behaviour: Behaviour,
    server: Server,
    unmet: Unmet,
    *,
    known: bool,
) -> str:
    """The same scene with one thing changed, on fresh servers."""
    from buckets.diagnosis.experiments import experiments

    nursery, script = item.config.stash[NURSERY], server.story.script
    nursery.expect(1)
    played = behaviour, server.submission, script, unmet, nursery.take
    told = experiments(*played, known=known)
    return " ".join(told)


def _settle(config: pytest.Config) -> None:
    """Once all tests are in: what a passed one refutes is struck off, and told anew."""
    settled = set()
    for task, result, tried in config.stash[FAILED]:
        # The first failure of a task is told in full. One that was run again, and then
        # passed, is none.
        if task in settled or config.stash[RESULTS].get(result.id) is not result:
            continue
        settled.add(task)
        passed = [b for b in config.stash[PASSED] if b.task == task]
        try:
            from buckets import diagnosis

            diagnosis.strike_off(result, passed)
            result.tried = tried(known=bool(result.diagnosis))
        except Exception as fault:
            # The verdict stands without it.
            config.stash[RESULTS][result.id].evidence += f" ({type(fault).__name__})"
        _tell(config, task=task, result=asdict(result))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> bool | None:
    """Run a grader; a timing check that fails by time is run again before it counts."""
    behaviour = _behaviour(item)
    if behaviour is None:
        return None
    place = {"nodeid": item.nodeid, "location": item.location}
    item.ihook.pytest_runtest_logstart(**place)
    company = item.config.stash[COMPANY]
    with company.beside():
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    failed = any(report.failed for report in reports)
    if failed and behaviour.timing and _by_time(item, behaviour):
        # As pytest-rerunfailures does: fixtures are made anew for the second run. The
        # first is forgotten: the second must not be less patient because of it.
        item.config.stash[RESULTS].pop(behaviour.name, None)
        item._initrequest()  # type: ignore[attr-defined]
        with company.alone():
            reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(**place)
    result = item.config.stash[RESULTS][behaviour.name]
    if result.status == "pass":
        item.config.stash[PASSED].append(behaviour)
    _tell(item.config, task=behaviour.task, result=asdict(result))
    return True


def _by_time(item: pytest.Item, behaviour: Behaviour) -> bool:
    """Whether what failed can come of a busy machine; wrong bytes cannot."""
    return item.config.stash[RESULTS][behaviour.name].by_time


def _tell(config: pytest.Config, **said: object) -> None:
    """One line, at once: whoever waits sees the first failure early."""
    pipe = config.getoption("--results")
    if pipe is None:
        return
    line = json.dumps(said).encode() + b"\n"
    while line:
        line = line[os.write(pipe, line) :]


__all__ = ["server", "submission"]
