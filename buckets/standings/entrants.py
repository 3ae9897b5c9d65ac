"""Where the servers come from: the learner's notebooks, the solutions, the library.

A learner's server is the one in exercises/, as it was last saved. Where it is not
written yet, the solution's stands in, if this copy of the course has solutions.
"""

from __future__ import annotations

import ast
import importlib.util
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import cloudpickle

from buckets import course, syntax
from buckets.behaviour import driver_of
from buckets.child.parcel import Unpackable, pack
from buckets.driving.topics.database import serve_from_memory
from buckets.grading.collect import collect
from buckets.standings import library
from buckets.standings.figures import LIBRARY, SOLUTION, YOURS
from buckets.submission import Submission

NOT_WRITTEN = "not written yet"
# cloudpickle's list of such modules is everybody's.
_REGISTER = threading.Lock()


PATIENT = ("def patient(task, listener):\n    task(listener, 60.0)\n", "patient")
"""A driver: the patience of lesson 02 is one that nobody on the board outlasts."""


@dataclass(frozen=True)
class Entrant:
    """A server that takes part.

    Args:
        name: of the function.
        origin: the lesson's number and slug, or "library".
        model: who looks after the clients, in two or three words.
        language: which of languages.LANGUAGES it speaks.
        whose: yours, solution or library.
        submission: what it is started from.
        note: why it is not the learner's own, or why it cannot be started.
        stand_in: notebook of the solution, for one that does not serve.
        driver: see server.Options.
    """

    name: str
    origin: str
    model: str
    language: str
    whose: str = YOURS
    submission: Submission | None = None
    note: str = ""
    stand_in: Path | None = None
    driver: tuple[str, str] | None = None


COURSE = (
    Entrant(
        "serve_the_queue",
        "02_the_queue",
        "one at a time",
        "numbered",
        driver=PATIENT,
    ),
    Entrant("hire_and_reap", "03_fork", "a process each", "capitals"),
    Entrant("full_house", "03_fork", "four processes", "capitals"),
    Entrant("serve_threads", "04_threads", "a thread each", "capitals"),
    Entrant("serve_many", "05_select", "one walker", "reversed"),
    Entrant("serve_water", "06_back_bucket", "one walker", "water"),
    Entrant("echo", "07_event_loop", "one walker", "echo"),
    Entrant(
        "serve_database",
        "10_database",
        "one walker",
        "memcached",
        driver=driver_of(serve_from_memory),
    ),
)
SHELF = (
    Entrant("socketserver_threads", LIBRARY, "a thread each", "echo", LIBRARY),
    Entrant("selectors_loop", LIBRARY, "one walker", "echo", LIBRARY),
    Entrant("asyncio_streams", LIBRARY, "one walker", "echo", LIBRARY),
    Entrant("asyncio_protocol", LIBRARY, "one walker", "echo", LIBRARY),
    Entrant("asyncio_buffered", LIBRARY, "one walker", "echo", LIBRARY),
)
UVLOOP = Entrant("uvloop_protocol", LIBRARY, "one walker in C", "echo", LIBRARY)


def known() -> tuple[Entrant, ...]:
    """Everybody who may take part on this machine, in the order of the board."""
    installed = importlib.util.find_spec("uvloop") is not None
    return COURSE + SHELF + ((UVLOOP,) if installed else ())


def chosen(names: Iterable[str] | None) -> list[Entrant]:
    """Those of these names, in the order of the board; by default everybody.

    Raises:
        ValueError: a name is nobody's.
    """
    everybody = {entrant.name: entrant for entrant in known()}
    wanted = list(everybody) if names is None else list(names)
    for name in wanted:
        if name not in everybody:
            raise ValueError(
                f"No server of the scoreboard is called {name!r}. "
                f"They are {', '.join(everybody)}."
            )
    return [entrant for name, entrant in everybody.items() if name in wanted]


def groups(entrants: list[Entrant]) -> list[list[Entrant]]:
    """Those of one notebook together, the library's each alone."""
    return [
        list(group)
        for _, group in groupby(
            entrants, lambda e: e.name if e.whose == LIBRARY else e.origin
        )
    ]


def ready(group: list[Entrant]) -> list[Entrant]:
    """The same with what each is started from; their notebook's cells are run once."""
    if group[0].whose == LIBRARY:
        return [_shelved(entrant) for entrant in group]
    give = _taken(group[0].origin, [entrant.name for entrant in group])
    return [give(entrant) for entrant in group]


def _shelved(entrant: Entrant) -> Entrant:
    with _REGISTER:
        # By value, so that the child need not import anything of ours.
        cloudpickle.register_pickle_by_value(library)
        try:
            parcel = pack(getattr(library, entrant.name))
        except Unpackable as error:
            return replace(entrant, note=str(error))
        finally:
            cloudpickle.unregister_pickle_by_value(library)
    return replace(entrant, submission=Submission({entrant.name: parcel}))


# From a notebook --------------------------------------------------------------------


def _taken(origin: str, names: list[str]) -> Callable[[Entrant], Entrant]:
    """A function that gives an entrant of this topic what it is started from."""
    topic = course.Topic(origin)
    theirs, notes = _submission(topic.exercise, names)
    stand_in = topic.solution if topic.solution.exists() else None
    missing = [name for name in names if name in notes]
    ours = _submission(stand_in, missing)[0] if stand_in and missing else None

    def give(entrant: Entrant) -> Entrant:
        if entrant.name not in notes:
            return replace(entrant, submission=theirs, stand_in=stand_in)
        note = notes[entrant.name]
        if ours and ours.has(entrant.name):
            return replace(entrant, whose=SOLUTION, submission=ours, note=note)
        return replace(entrant, note=note)

    return give


def substitute(entrant: Entrant, why: str) -> Entrant | None:
    """The solution's server in place of a learner's that does not serve.

    Args:
        why: what became of the learner's.

    Returns:
        None where there is no solution, or this one is it already.
    """
    if entrant.whose != YOURS or entrant.stand_in is None:
        return None
    ours, notes = _submission(entrant.stand_in, [entrant.name])
    if entrant.name in notes:
        return None
    return replace(entrant, whose=SOLUTION, submission=ours, note=why)


def _submission(
    notebook: Path | None, names: list[str]
) -> tuple[Submission, dict[str, str]]:
    """What a notebook hands in, and of each server that it does not, why."""
    assert notebook
    try:
        cells = course.code_cells(course.read_notebook(notebook))
    except course.NotOfThisCourse as error:
        return Submission(), dict.fromkeys(names, str(error))
    unwritten = [name for name in names if _is_unwritten(name, cells)]
    if len(unwritten) == len(names):
        # Nothing of it is wanted, so its cells need not be run.
        return Submission(), dict.fromkeys(names, NOT_WRITTEN)
    submission = collect(cells, names)
    notes = dict.fromkeys(unwritten, NOT_WRITTEN)
    for name in names:
        if not submission.has(name) and name not in notes:
            notes[name] = submission.fault or submission.why_missing(name)
    return submission, notes


def _is_unwritten(name: str, cells: list[dict[str, str]]) -> bool:
    """Whether the last function of this name begins by saying so, as when released."""
    bodies = [
        node.body
        for cell in cells
        for node in _statements(cell["source"])
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    return bool(bodies) and any(_says_so(statement) for statement in bodies[-1])


def _statements(source: str) -> list[ast.stmt]:
    try:
        return syntax.parse(source).body
    except (SyntaxError, ValueError):
        return []


def _says_so(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Raise) and "NotImplementedError" in ast.dump(
        statement
    )
