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
from pathlib import Path
from typing import IO, Any

from buckets import course, release
from buckets.child.limits import Leash
from buckets.submission import Submission
from buckets.verdict import TestResult, Verdict, all_errors, nothing_to_test

# Ten seconds a test is what the clients' own deadline allows; nothing comes near it.
DEADLINE = 300.0

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


def grade(
    topic: course.Topic,
    submission: Submission,
    *,
    task: str | None = None,
    sandbox: bool = False,
    hidden: bool = True,
    on_result: OnResult | None = None,
) -> list[Verdict]:
    """Grade a submission.

    Args:
        topic: what it answers.
        submission: what was handed in.
        task: grade this task alone; all tasks of the topic by default.
        sandbox: run the learner's side in a sandbox.
        hidden: use the harder variants, too, where this copy of the course has them.
        on_result: called with a task and a result as soon as each test has ended.

    Returns:
        A verdict for each task, in teaching order. Never raises for anything that
        the learner's code or the grader does: that is what a verdict is for.
    """
    wanted = [task] if task else list(topic.tasks)
    if submission.fault:
        return [could_not_run(topic, name, submission.fault) for name in wanted]
    present = [name for name in wanted if submission.has(name)]
    run = _Run(topic, submission, present, sandbox, hidden)
    run.go(on_result or (lambda task, result: None))
    verdicts = [
        run.verdict(name)
        if name in present
        else nothing_to_test(name, topic.tasks[name], submission.why_missing(name))
        for name in wanted
    ]
    harder = {} if hidden else release.of(topic).harder
    for verdict in verdicts:
        verdict.withheld = harder.get(verdict.task, 0)
        verdict.aside = LATE if verdict.task in submission.late else ""
    return verdicts


class _Run:
    """One run of the tests on one submission; see grade() for the arguments."""

    def __init__(
        self,
        topic: course.Topic,
        submission: Submission,
        tasks: list[str],
        sandbox: bool,
        hidden: bool,
    ):
        self.topic = topic
        self.submission = submission
        self.tasks = tasks
        self.sandbox = sandbox
        self.hidden = hidden
        self.planned = {task: _tests(topic, task) for task in tasks}
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
                closing(_lines(self._command(handed_in), folder, output)) as lines,
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
            self.found[told["task"]].append(result)
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
        return Verdict(task, self.topic.tasks[task], tests + lost).settle()

    def _command(self, handed_in: Path) -> list[str]:
        files = [str(self.topic.tests)]
        if self.hidden and self.topic.hidden_tests.exists():
            files.append(str(self.topic.hidden_tests))
        command = [sys.executable, "-I", "-m", "pytest", *files]
        # The caller's own pytest settings and plugins are no part of grading.
        ours = Path(__file__).with_name("pytest.ini")
        command += ["-c", str(ours), "--noconftest", "-q", "--assert=plain"]
        command += ["-p", "buckets.grading.pytest_plugin"]
        command += [f"-pno:{name}" for name in LEFT_OUT]
        command += ["--submission", str(handed_in)]
        for task in self.tasks:
            command += ["--task", task]
        return command + (["--sandbox"] if self.sandbox else [])


def _lines(
    command: list[str], folder: str, output: IO[bytes]
) -> Generator[bytes, None, None]:
    """Run the tests and give each line of the pipe as it comes, until the deadline."""
    reading, writing = os.pipe()
    leash = Leash()
    process = subprocess.Popen(
        [*command, "--results", str(writing), "--leash", str(leash.fd)],
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
        yield from _split(reading, time.monotonic() + DEADLINE)
    finally:
        os.close(reading)
        # Also on an interrupt from the keyboard: nothing outlives this call.
        _end(process)
        leash.cut()


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


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it and all that it started: what it had to say has been heard."""
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _tests(topic: course.Topic, task: str) -> list[TestResult]:
    return [
        TestResult(behaviour.name, behaviour.title, max_points=behaviour.points)
        for behaviour in topic.behaviours
        if behaviour.task == task
    ]


def could_not_run(topic: course.Topic, task: str, why: str) -> Verdict:
    """The verdict on a task whose tests the grader could not run: no point is lost."""
    return all_errors(task, _tests(topic, task), why)
