"""Grade a submission: run the course's tests on it, in a process of their own.

The process that runs the tests never runs a learner's code, and the process that asks
(a kernel, a terminal, nbgrader) never runs the tests. Between them goes a file.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from buckets import course
from buckets.submission import Submission
from buckets.verdict import TestResult, Verdict, all_errors, nothing_to_test

# Ten seconds a test is what the clients' own deadline allows; nothing comes near it.
DEADLINE = 300.0


def grade(
    topic: course.Topic,
    submission: Submission,
    *,
    task: str | None = None,
    sandbox: bool = False,
    hidden: bool = True,
) -> list[Verdict]:
    """Grade a submission.

    Args:
        topic: what it answers.
        submission: what was handed in.
        task: grade this task alone; all tasks of the topic by default.
        sandbox: run the learner's side in a sandbox.
        hidden: use the harder variants, too, where this copy of the course has them.

    Returns:
        A verdict for each task, in teaching order. Never raises for anything that
        the learner's code or the grader does: that is what a verdict is for.
    """
    wanted = [task] if task else list(topic.tasks)
    if submission.fault:
        return [_faulty(topic, name, submission.fault) for name in wanted]
    present = [name for name in wanted if name in submission.parcels]
    found = {
        verdict.task: verdict
        for verdict in _run(topic, submission, present, sandbox, hidden)
    }
    return [
        found.get(name)
        or nothing_to_test(name, topic.tasks[name], submission.why_missing(name))
        for name in wanted
    ]


def _run(
    topic: course.Topic,
    submission: Submission,
    tasks: list[str],
    sandbox: bool,
    hidden: bool,
) -> list[Verdict]:
    if not tasks:
        return []
    with tempfile.TemporaryDirectory(prefix="buckets-") as folder:
        handed_in, written = Path(folder, "submission.json"), Path(folder, "verdict")
        submission.save(handed_in)
        command = _command(topic, handed_in, written, tasks, sandbox, hidden)
        said = _until_done(command, folder)
        with suppress(OSError, ValueError):
            documents = json.loads(written.read_text())
            if documents:
                return [Verdict.from_document(document) for document in documents]
    why = f"The tests could not be run. {said[-1500:]}"
    return [_faulty(topic, task, why) for task in tasks]


def _command(
    topic: course.Topic,
    handed_in: Path,
    written: Path,
    tasks: list[str],
    sandbox: bool,
    hidden: bool,
) -> list[str]:
    files = [str(topic.tests)]
    if hidden and topic.hidden_tests.exists():
        files.append(str(topic.hidden_tests))
    command = [sys.executable, "-I", "-m", "pytest", *files]
    # The caller's own pytest settings and plugins are no part of grading.
    command += ["-c", str(Path(__file__).with_name("pytest.ini")), "--noconftest"]
    command += ["-p", "buckets.pytest_plugin", "-p", "no:cacheprovider", "-q"]
    command += ["--submission", str(handed_in), "--verdict", str(written)]
    for task in tasks:
        command += ["--task", task]
    return command + (["--sandbox"] if sandbox else [])


def _until_done(command: list[str], folder: str) -> str:
    """Run the tests; end them, and all they started, when the deadline is over."""
    quick = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=quick,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        return process.communicate(timeout=DEADLINE)[0].decode(errors="replace")
    except subprocess.TimeoutExpired:
        return f"They took longer than {DEADLINE:g} s."
    finally:
        # Also on an interrupt from the keyboard: nothing outlives this call.
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _faulty(topic: course.Topic, task: str, why: str) -> Verdict:
    tests = [
        TestResult(behaviour.name, behaviour.title, max_points=behaviour.points)
        for behaviour in topic.behaviours
        if behaviour.task == task
    ]
    return all_errors(task, tests, why)
