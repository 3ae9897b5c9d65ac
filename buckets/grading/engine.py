"""Grade a submission: run the course's tests on it, in a process of their own.

The process that runs the tests never runs a learner's code, and the process that asks
(a kernel, a terminal, nbgrader) never runs the tests. Between them goes a pipe: a line
of JSON for each test as it ends, so that the first failure is known at once, and what
was found stands even if the rest cannot be run.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import IO, Any

from buckets import course, release
from buckets.child.limits import Leash
from buckets.driving.spawn import Walls
from buckets.grading.collect import collect_notebook
from buckets.grading.faults import Judge
from buckets.submission import Submission
from buckets.verdict import TestResult, Verdict, all_errors, nothing_to_test

# Ten seconds a test is what the clients' own deadline allows; nothing comes near it.
DEADLINE = 300.0
# For one test that is run again alone.
ALONE = 60.0
END_SECONDS = 10.0

# Parts of pytest that grading does not use. Together they are a tenth of its start,
# and the last two collect garbage at its end.
LEFT_OUT = (
    *("junitxml", "unittest", "doctest", "legacypath", "pastebin", "faulthandler"),
    *("setuponly", "setupplan", "stepwise", "subtests", "logging", "cacheprovider"),
    *("threadexception", "unraisableexception"),
)

LATE = (
    "It is written below its check cell, and Run All would not see it there. It was "
    "tested all the same; move it above."
)

OnResult = Callable[[str, TestResult], None]

# How the process that runs the tests is started. The laws, which grade hundreds of
# answers, put something in its place that takes less time.
start: Callable[..., Any] = subprocess.Popen


def grade(
    topic: course.Topic,
    submission: Submission,
    *,
    task: str | None = None,
    sandbox: bool = False,
    hidden: bool = True,
    step: int = 0,
    on_result: OnResult | None = None,
    company: Path | None = None,
) -> list[Verdict]:
    """Grade a submission.

    Args:
        topic: what it answers.
        submission: what was handed in.
        task: grade this task alone; all tasks of the topic by default.
        sandbox: run the learner's side in a sandbox.
        hidden: use the harder variants, too, where this copy of the course has them.
        step: the last step to grade, of a task that is climbed in steps; by default
            all of them.
        on_result: called with a task and a result as soon as each test has ended.
        company: a folder of the class whose submissions are tested beside this one.

    Returns:
        A verdict for each task, in teaching order. Never raises for anything that
        the learner's code or the grader does: that is what a verdict is for.
    """
    wanted = [task] if task else list(topic.tasks)
    if submission.fault:
        return [could_not_run(topic, name, submission.fault) for name in wanted]
    present = [name for name in wanted if submission.has(name)]
    options = _Options(sandbox, hidden, company, step=step)
    run = _Run(topic, submission, present, options)
    run.go(on_result or (lambda task, result: None))
    found = {name: run.verdict(name) for name in present}
    _judge(topic, submission, options).settle(found.values())
    verdicts = [
        found[name]
        if name in found
        else nothing_to_test(
            name, worth(topic, name, step), submission.why_missing(name)
        )
        for name in wanted
    ]
    harder = {} if hidden or step else release.of(topic).harder
    for verdict in verdicts:
        verdict.withheld = harder.get(verdict.task, 0)
        verdict.aside = LATE if verdict.task in submission.late else ""
    return verdicts


class _Enough(Exception):
    """A test failed, and no more need be run."""


def until_failure(
    topic: course.Topic, submission: Submission, task: str, *, hidden: bool = True
) -> list[TestResult]:
    """What the tests of one task find, up to the first that fails, if one does.

    The failure is the last of them. For the other arguments see grade().
    """
    results: list[TestResult] = []

    def hear(_: str, result: TestResult) -> None:
        results.append(result)
        if result.status == "fail":
            raise _Enough

    with suppress(_Enough):
        grade(topic, submission, task=task, hidden=hidden, on_result=hear)
    return results


@dataclass(frozen=True)
class _Options:
    """How tests are run; see grade(). `only` names one test, which is run alone."""

    sandbox: bool
    hidden: bool
    company: Path | None = None
    only: str = ""
    step: int = 0

    @property
    def deadline(self) -> float:
        return ALONE if self.only else DEADLINE


def _judge(topic: course.Topic, submission: Submission, options: _Options) -> Judge:
    """Who settles the faults of this submission, should there be any."""

    def alone(answer: Submission, task: str, test: str) -> TestResult:
        run = _Run(topic, answer, [task], replace(options, only=test))
        run.go(lambda task, result: None)
        found = {one.id: one for one in run.verdict(task).tests}
        why = f"The test could not be run. {run.said[-1500:]}"
        return found.get(test) or TestResult(test, test, "error", message=why)

    @cache
    def solution() -> Submission | None:
        if not topic.solution.exists():
            return None
        return collect_notebook(topic.solution, _walls(options.sandbox))[1]

    return Judge(submission, solution, alone)


def _walls(sandbox: bool) -> Walls | None:
    if not sandbox:
        return None
    # Late: a run without a sandbox must not wait for it.
    from buckets.grading.sandbox import Sandbox

    return Sandbox()


class _Run:
    """One run of the tests on one submission; see grade() for the arguments."""

    def __init__(
        self,
        topic: course.Topic,
        submission: Submission,
        tasks: list[str],
        options: _Options,
    ):
        self.topic = topic
        self.submission = submission
        self.tasks = tasks
        self.options = options
        self.planned = {task: _tests(topic, task, options.step) for task in tasks}
        self.found: dict[str, list[TestResult]] = {task: [] for task in tasks}
        self.said = ""

    def go(self, on_result: OnResult) -> None:
        """Run the tests; on_result hears of each as it ends."""
        if not self.tasks:
            return
        with tempfile.TemporaryDirectory(prefix="buckets-") as folder:
            handed_in, said = Path(folder, "submission.json"), Path(folder, "said")
            self.submission.save(handed_in)
            with (
                open(said, "wb") as output,
                closing(self._lines(handed_in, output)) as lines,
            ):
                for line in lines:
                    if self._hear(json.loads(line), on_result):
                        break
            self.said = said.read_text(errors="replace")

    def _hear(self, told: dict[str, Any], on_result: OnResult) -> bool:
        """Take in one line; True for the last one."""
        if "plan" in told:
            # It comes from the tests as they were collected: hidden ones are in it.
            self.planned = {task: [] for task in self.tasks}
            for task, test in told["plan"]:
                self.planned[task].append(TestResult(**test))
        elif "result" in told:
            result = TestResult(**told["result"])
            known = self.found[told["task"]]
            again = [n for n, test in enumerate(known) if test.id == result.id]
            if again:
                # Told anew, once all tests are in: what is known of its cause now.
                known[again[0]] = result
            else:
                known.append(result)
                on_result(told["task"], result)
        return "done" in told

    def verdict(self, task: str) -> Verdict:
        """The verdict on one task; a test that was not heard of is a fault of ours."""
        tests = self.found[task]
        heard = {test.id for test in tests}
        lost = [test for test in self.planned[task] if test.id not in heard]
        why = f"The tests could not be run. {self.said[-1500:]}"
        for test in lost:
            test.status, test.message = "error", why
        most = worth(self.topic, task, self.options.step)
        return Verdict(task, most, tests + lost).settle()

    def _lines(
        self, handed_in: Path, output: IO[bytes]
    ) -> Generator[bytes, None, None]:
        """Run the tests: each line that they tell, as it comes."""
        command, deadline = self._command(handed_in), self.options.deadline
        return _lines(command, handed_in.parent, output, deadline, self._room())

    def _room(self) -> list[str]:
        """What to put before a command line, so that its network leads nowhere.

        A listener that is handed into a sandbox is a socket of the network that it was
        made in. Whoever holds it can undo it (connect with AF_UNSPEC), and then go
        wherever that network leads.
        """
        if not self.options.sandbox:
            return []
        from buckets.grading.sandbox import in_private_network

        return in_private_network([])

    def _command(self, handed_in: Path) -> list[str]:
        files = [str(self.topic.tests)]
        if self.options.hidden and self.topic.hidden_tests.exists():
            files.append(str(self.topic.hidden_tests))
        command = [sys.executable, "-I", "-m", "pytest", *files]
        # The caller's own pytest settings and plugins are no part of grading.
        ours = Path(__file__).with_name("pytest.ini")
        command += ["-c", str(ours), "--noconftest", "-q", "--assert=plain"]
        # Nobody reads a test's own traceback; in pytest's style it takes 0.2 s.
        command += ["--tb=native"]
        command += ["-p", "buckets.grading.pytest_plugin"]
        command += [f"-pno:{name}" for name in LEFT_OUT]
        command += ["--submission", str(handed_in)]
        for task in self.tasks:
            command += ["--task", task]
        if self.options.only:
            command += ["--test", self.options.only]
        if self.options.step:
            command += ["--step", str(self.options.step)]
        if self.options.company:
            command += ["--company", str(self.options.company)]
        return command + (["--sandbox"] if self.options.sandbox else [])


def _lines(
    command: list[str],
    folder: Path,
    output: IO[bytes],
    seconds: float,
    room: list[str],
) -> Generator[bytes, None, None]:
    """Run the tests and give each line of the pipe as it comes, until the deadline."""
    reading, writing = os.pipe()
    leash = Leash()
    process = start(
        [*room, *command, "--results", str(writing), "--leash", str(leash.fd)],
        cwd=folder,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        pass_fds=[writing, leash.fd],
        start_new_session=True,
    )
    os.close(writing)
    try:
        yield from _split(reading, time.monotonic() + seconds)
    finally:
        # Also on an interrupt from the keyboard: nothing outlives this call.
        _end(process)
        leash.cut()
        _until_closed(reading)


def _environment() -> dict[str, str]:
    """Ours, without the words that a caller may have for pytest."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def _split(reading: int, deadline: float) -> Iterator[bytes]:
    rest = b""
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([reading], [], [], left)[0]:
            return
        data = os.read(reading, 1 << 16)
        if not data:
            return
        *whole, rest = (rest + data).split(b"\n")
        yield from whole


def _end(process: Any) -> None:
    """End it and all that it started: what it had to say has been heard."""
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _until_closed(reading: int) -> None:
    """Wait until the last process is gone that could have told anything."""
    until = time.monotonic() + END_SECONDS
    with suppress(OSError):
        while select.select([reading], [], [], max(0.0, until - time.monotonic()))[0]:
            if not os.read(reading, 1 << 16):
                break
    os.close(reading)


def _tests(topic: course.Topic, task: str, step: int = 0) -> list[TestResult]:
    return [
        TestResult(
            behaviour.name,
            behaviour.title,
            max_points=behaviour.points,
            step=behaviour.rung,
            pends=behaviour.pends,
        )
        for behaviour in topic.behaviours
        if behaviour.task == task and (not step or behaviour.step[0] <= step)
    ]


def worth(topic: course.Topic, task: str, step: int = 0) -> float:
    """What the tests of a task are worth, up to a step if one is asked for."""
    if not step:
        return topic.tasks[task]
    return sum(test.max_points for test in _tests(topic, task, step))


def could_not_run(topic: course.Topic, task: str, why: str) -> Verdict:
    """The verdict on a task whose tests the grader could not run: no point is lost."""
    return all_errors(task, _tests(topic, task), why)
