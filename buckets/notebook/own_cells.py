"""A notebook's own cells, for a task that does not travel out of its kernel.

Most functions can be copied into a process of their own. One that uses a generator, an
open file or a database connection cannot, nor one that counts on a handler of signals.
Then the cells are run anew where the task is served: those of the saved notebook, from
top to bottom; where it cannot be found, or was not saved, as they were run here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from buckets import course, release
from buckets.cells import label, shell
from buckets.grading.collect import collect
from buckets.submission import Submission

MOST_FILES = 100
# Notebooks with their pictures are large; a kernel need not read all there are.
MOST_BYTES = 64 << 20

AGAIN = "So your cells were run anew for it"
SAVE = (
    f"{AGAIN}, in the order in which you ran them here. The saved notebook is another: "
    "save it before you hand it in."
)
ORDER = (
    "Here you ran them out of order; the check ran them from top to bottom, as it is "
    "done when they are handed in."
)


def made_anew(name: str, why: str) -> tuple[Submission, str]:
    """A task by way of its cells.

    Args:
        name: the task.
        why: why it does not travel.

    Returns:
        What was found, and what to say of it.
    """
    topic = course.topic_of_task(name)
    ran = _ran()
    place = topic and _saved(topic, name, ran)
    if not (topic and place):
        cells = [{"label": label(number), "source": text} for number, text in ran]
        told = SAVE if topic else f"{AGAIN}."
        return collect(cells, [name], folder=_folder()), f"{why} {told}"
    path, script = place
    found = collect(
        script.cells, [name], above=script.above, folder=str(path.resolve().parent)
    )
    told = f"{AGAIN}, those of the saved notebook."
    if not _in_order(script.cells[: script.above[name]], ran):
        told = f"{told} {ORDER}"
    return found, f"{why} {told}"


def _ran() -> list[tuple[int, str]]:
    """The cells that ran in this kernel, with their numbers, but for check cells."""
    running = shell()
    history = getattr(running, "history_manager", None)
    texts: list[str] = list(history.input_hist_raw) if history else []
    return [
        (number, text)
        for number, text in enumerate(texts)
        if number and not course.only_asks(text)
    ]


def _saved(
    topic: course.Topic, name: str, ran: list[tuple[int, str]]
) -> tuple[Path, course.Script] | None:
    """The notebook's file, if the task stands in it as it was run here."""
    defining = [text for _, text in ran if name in course.defined_in(text)]
    wanted = defining[-1].strip() if defining else ""
    for path in _files():
        try:
            if path.stat().st_size > MOST_BYTES:
                continue
            notebook = course.read_notebook(path)
        except (OSError, course.NotOfThisCourse):
            continue
        script = course.script(topic, notebook, release.of(topic).opening)
        above = script.cells[: script.above[name]]
        if wanted and any(cell["source"].strip() == wanted for cell in above):
            return path, script
    return None


def _files() -> Iterator[Path]:
    """Where the notebook may lie: VS Code and Jupyter tell, or it is in this folder."""
    running = shell()
    names: dict[str, Any] = running.user_ns if running else {}
    for told in (names.get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME")):
        if isinstance(told, str) and told:
            yield from (Path(told), Path(_folder(), Path(told).name))
    yield from sorted(Path(_folder()).glob("*.ipynb"))[:MOST_FILES]


def _folder() -> str:
    """Where the kernel started, wherever a cell has gone since."""
    running = shell()
    visited: list[str] = running.user_ns.get("_dh", []) if running else []
    return str(visited[0]) if visited else os.getcwd()


def _in_order(cells: list[dict[str, str]], ran: list[tuple[int, str]]) -> bool:
    """Whether the cells of the file were run here in the order of the file."""
    last = {text.strip(): number for number, text in ran}
    numbers = [last.get(cell["source"].strip()) for cell in cells]
    known = [number for number in numbers if number is not None]
    return known == sorted(known)
