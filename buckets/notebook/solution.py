"""`solution(serve_many)`: at full marks, the course's own answer and two other ones.

Solutions are where an instructor has them: in a clone of the course, or in a folder
that is handed out later. A learner's kit has none.
"""

from __future__ import annotations

import html
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from buckets import course
from buckets.notebook.progress import read
from buckets.report.content import number

ALTERNATIVES = 2
_MARKERS = re.compile(r"^ *### (BEGIN|END) SOLUTION\n?", re.MULTILINE)


@dataclass(frozen=True)
class Answer:
    """One way to do a task: who did it, and the code."""

    title: str
    code: str


@dataclass(frozen=True)
class Solution:
    """Answers side by side, or why there are none to be seen; a notebook shows it."""

    task: str
    answers: tuple[Answer, ...] = ()
    why: str = ""

    def __repr__(self) -> str:
        if self.why:
            return self.why
        shown = (f"# {each.title}\n\n{each.code}" for each in self.answers)
        return "\n\n\n".join(shown)

    def _repr_html_(self) -> str:
        if self.why:
            return f"<p>{html.escape(self.why)}</p>"
        columns = "".join(
            '<div style="flex:1 1 22em;min-width:0">'
            f"<p><strong>{html.escape(each.title)}</strong></p>"
            f'<pre style="white-space:pre-wrap">{html.escape(each.code)}</pre></div>'
            for each in self.answers
        )
        return f'<div style="display:flex;flex-wrap:wrap;gap:1.5em">{columns}</div>'


def solution(task: Any, folder: str | Path | None = None) -> Solution:
    """The course's own answer to a task, two other ones, and yours beside them.

    Args:
        task: the function or class itself, or its name.
        folder: where solutions lie, if your instructor has handed them out.

    Returns:
        What a notebook shows; before full marks, a sentence.
    """
    name = task if isinstance(task, str) else str(getattr(task, "__name__", task))
    topic = course.topic_of_task(name)
    if topic is None:
        return Solution(name, why=f"No exercise of this course asks for {name}.")
    most, known = topic.tasks[name], read().get(name)
    best = known.best if known else 0
    if best < most:
        return Solution(
            name,
            why=f"The solution is shown at full marks. You have {number(best)} of "
            f"{number(most)} so far; a failed check has hints.",
        )
    inside = Path(topic.name, f"{topic.name}.ipynb")
    path = Path(folder) / inside if folder else topic.solution
    try:
        ours = _code(course.read_notebook(path), name)
    except course.NotOfThisCourse:
        return Solution(
            name,
            why="There are no solutions in this copy of the course. If your instructor "
            f'hands them out, say where they lie: solution({name}, "FOLDER").',
        )
    return Solution(
        name, (*_own(task), Answer("The course's own", ours), *_more(topic, name))
    )


def _own(task: Any) -> Iterator[Answer]:
    """The learner's, where its source is known."""
    try:
        yield Answer("Yours", inspect.getsource(task).strip())
    except (TypeError, OSError):
        return


def _code(notebook: dict[str, Any], name: str) -> str:
    """The cells of a solution that define a task, without the marks in them."""
    texts = [
        course.text_of(cell)
        for cell in notebook["cells"]
        if cell.get("cell_type") == "code"
    ]
    wanted = [text for text in texts if name in course.defined_in(text)]
    return "\n\n\n".join(_MARKERS.sub("", text).strip() for text in wanted)


def _more(topic: course.Topic, name: str) -> Iterator[Answer]:
    """Other right answers to the same task, of those that the course is tested with."""
    found = 0
    for path in topic.alternatives:
        text = path.read_text(encoding="utf-8")
        if found < ALTERNATIVES and f"task: {name}\n" in text:
            found += 1
            told, _, code = text.partition('"""\n\n')
            title = told.removeprefix('"""').partition("\n\n")[0]
            yield Answer(" ".join(title.split()), code.strip())
