"""Declare what a test grades: its task, its points, and what it depends on.

    @behaviour("serve_many", points=2, needs="answers_one_client")
    def test_silent_client_holds_nobody_up(server):
        \"\"\"a silent client holds nobody up\"\"\"

The docstring is the title that learners read. Nothing here imports pytest, so that a
notebook can ask how many points a task has without waiting for it.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from buckets.conditions import Options

F = TypeVar("F", bound=Callable[..., Any])


# Most tasks are climbed in one go.
NO_STEP = (0, "")


@dataclass(frozen=True)
class Driver:
    """A function (task, listener) that calls a task, on the learner's side of the line.

    Args:
        where: the module in buckets.child.topics, a dot, and the function's name.
    """

    where: str

    @property
    def name(self) -> str:
        """Of the function."""
        return self.where.partition(".")[2]

    @property
    def source(self) -> str:
        """What the child runs: it imports what the outside never does."""
        module = self.where.partition(".")[0]
        return (
            f"from buckets.child.topics import {module}\n\n\n"
            f"def {self.name}(task, listener):\n"
            f"    {self.where}(task, listener)\n"
        )


@dataclass(frozen=True)
class Behaviour:
    """What one test grades; see `behaviour` for the fields.

    `topic` is the number of the topic whose tests it belongs to, such as "05".
    """

    task: str
    points: float
    title: str
    name: str
    needs: tuple[str, ...] = ()
    suspects: tuple[str, ...] = ()
    timing: bool = False
    hardens: str | None = None
    calls: str = ""
    module: str = ""
    topic: str = ""
    step: tuple[int, str] = NO_STEP
    pends: bool = False
    options: Options = field(default_factory=Options)

    @property
    def rung(self) -> str:
        """The step that it belongs to, as "2: write"; "" where a task has none."""
        number, title = self.step
        return f"{number}: {title}" if number else ""


def behaviour(
    task: str,
    points: float = 0,
    *,
    needs: str = "",
    suspects: str = "",
    timing: bool = False,
    hardens: str | None = None,
    calls: str = "",
    module: str = "",
    driver: Driver | Callable[..., Any] | None = None,
    servers: str = "",
    stage: Driver | Callable[..., Any] | None = None,
    step: tuple[int, str] = NO_STEP,
    pends: bool = False,
    **options: Any,
) -> Callable[[F], F]:
    """Mark a test as the grader of one behaviour of a task.

    Args:
        task: name of the learner's function or class.
        points: what it is worth. A hidden variant is worth nothing of its own.
        needs: names of earlier tests (without `test_`), parted by blanks; if one of
            them fails, this one is skipped with that reason.
        suspects: ids of misconceptions, parted by blanks, the likeliest first: what
            to think of when the evidence alone does not decide.
        timing: judged by CPU time or wake-ups, so one that fails by time is run again,
            alone, before it counts.
        hardens: name of the visible test whose points this hidden variant guards;
            several, parted by blanks, where it guards the points of them all. It is
            told with the first.
        calls: a function of os that this cannot do without, such as fork. On a
            system that has none the test is skipped and says so.
        module: a part of the standard library that this cannot do without, and that
            some systems leave out, such as tkinter. Skipped where it is missing.
        driver: a self-contained function (task, listener) that the child runs when
            the task is not itself a server.
        servers: names of the course's own servers, parted by blanks, that a task meets
            which is itself a client; see buckets.stock.
        stage: a driver as above, that runs those servers.
        step: its number and its title, in a long task that is climbed in steps; the
            tests of a step stand together.
        pends: whether an answer is right is known to its hidden variant alone; until
            then it is there, and no more is said of it.
        options: what this test asks of a run, such as `serves`; see conditions.Options.
    """

    def mark(function: F) -> F:
        topic = _topic(function.__code__.co_filename)
        vars(function)["behaviour"] = Behaviour(
            task=task,
            points=points,
            title=inspect.cleandoc(function.__doc__ or function.__name__),
            name=function.__name__.removeprefix("test_"),
            needs=tuple(needs.split()),
            suspects=tuple(suspects.split()),
            timing=timing,
            hardens=hardens,
            calls=calls,
            module=module,
            topic=topic,
            step=step,
            pends=pends,
            options=Options(
                driver=driver_of(driver),
                servers=tuple(servers.split()),
                stock=topic if servers else "",
                stage=driver_of(stage),
                **options,
            ),
        )
        return function

    return mark


def _topic(filename: str) -> str:
    found = re.search(r"test_(?:hidden_)?(\d\d)_[^/\\]*$", filename)
    return found[1] if found else ""


def driver_of(driver: Driver | Callable[..., Any] | None) -> tuple[str, str] | None:
    """The source of a driver, as it travels to the child, and its name."""
    if driver is None:
        return None
    if isinstance(driver, Driver):
        return driver.source, driver.name
    return textwrap.dedent(inspect.getsource(driver)), driver.__name__
