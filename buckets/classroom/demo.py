"""An instructor's first minute, a small class graded before their eyes.

The class is made of the course's own solution, alternatives and mistakes. All of it
lies in a folder of its own, with a gradebook of its own.
"""

from __future__ import annotations

import ast
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from buckets import course, syntax
from buckets.classroom import CannotGrade
from buckets.classroom.console import grade_with_progress
from buckets.grading import sandbox

if TYPE_CHECKING:
    from buckets.classroom.whole_class import Row

TOPIC = "05_select"
# One for each of the beliefs that are met most often.
MISTAKES = (
    "one_after_the_other",
    "answers_what_recv_gave",
    "one_line_for_each_recv",
    "closed_but_still_listed",
    "nothing_means_not_yet",
    "polls_with_sleep",
    "guests_in_order_of_coming",
)
NAMES = (
    *("amara", "bjorn", "chen", "dalia", "emeka", "farah"),
    *("goran", "hana", "ines", "jonas", "kavya", "liam"),
)

# nbgrader's own names of folders: source, release, submitted, autograded, feedback.
CONFIG = '''"""The demo's settings: nbgrader, run here, uses a gradebook of its own."""

from pathlib import Path

from buckets.classroom import settings

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "demo"
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
settings.use_real_sockets(c)
settings.find_own_commands()
'''


@dataclass(frozen=True)
class Answer:
    """What one student hands in: a notebook's bytes, and what it was made of."""

    made_of: str
    notebook: bytes


# A class, made of what the course has -----------------------------------------------


def answers(topic: course.Topic) -> list[Answer]:
    """Some right answers, some wrong ones, and two that were handed in too early."""
    right = _without_marks(course.read_notebook(topic.solution))
    wrong = [path for path in topic.mistakes if path.stem in MISTAKES]
    others = [*topic.alternatives[:2], *wrong]
    return [
        Answer("the solution", _written(right)),
        *(Answer(path.stem, _written(put_in(right, path, topic))) for path in others),
        Answer("nothing yet", topic.exercise.read_bytes()),
        Answer("half a file", _written(right)[:1500]),
    ]


def _written(notebook: dict[str, Any]) -> bytes:
    return json.dumps(notebook, indent=1).encode()


def _source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def _without_marks(notebook: dict[str, Any]) -> dict[str, Any]:
    """The solution as a learner would have written it."""
    for cell in notebook["cells"]:
        lines = _source(cell).splitlines(keepends=True)
        cell["source"] = "".join(line for line in lines if "### " not in line)
    return notebook


def put_in(
    notebook: dict[str, Any], answer: Path, topic: course.Topic
) -> dict[str, Any]:
    """A notebook with another answer in the cell of the task that it defines.

    Args:
        notebook: with an answer to every task; it stays as it is.
        answer: a module that defines one task or more. One that is built on what the
            cell defines, as `class EventLoop(EventLoop)`, is put below it.
        topic: which tasks there are.
    """
    source = answer.read_text(encoding="utf-8")
    tasks = answered(source, topic)
    changed = json.loads(json.dumps(notebook))
    texts = [_body(source), *["# The cell above has this answer, too."] * len(tasks)]
    for task, text in zip(tasks, texts, strict=False):
        cell = answer_cell(changed, task)
        above = _source(cell)
        built_on_it = _goes_on(source, above)
        cell["source"] = f"{above}\n\n\n{text}" if built_on_it else text
    return changed


def _goes_on(source: str, above: str) -> bool:
    """Whether an answer is built on what a cell defines, and so must stand below it."""
    body = syntax.parse(source).body
    defined: set[str] = set()
    borrowed: set[str] = set()
    for node in body:
        # A function's body is run when all is defined, a class's line at once.
        at_once = node.bases if isinstance(node, ast.ClassDef) else [node]
        if not isinstance(node, ast.FunctionDef):
            borrowed |= _loaded(at_once) - defined
        defined |= set(_names(node))
    borrowed |= _loaded(body) - defined
    return not borrowed.isdisjoint(_defined(above))


def _loaded(nodes: Iterable[ast.AST]) -> set[str]:
    return {
        node.id
        for whole in nodes
        for node in ast.walk(whole)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def answered(source: str, topic: course.Topic) -> list[str]:
    """The tasks of a topic that a module defines."""
    return [name for name in _defined(source) if name in topic.tasks]


def _defined(source: str) -> Iterator[str]:
    for node in syntax.parse(source).body:
        yield from _names(node)


def _names(node: ast.stmt) -> Iterator[str]:
    """What a statement at the top of a module defines."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.Assign):
        yield from (name.id for name in node.targets if isinstance(name, ast.Name))


def _body(source: str) -> str:
    """A module without its docstring, which says what is wrong with it."""
    first = syntax.parse(source).body[0]
    told = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    lines = source.splitlines()[first.end_lineno if told else 0 :]
    return "\n".join(lines).strip()


def answer_cell(notebook: dict[str, Any], task: str) -> dict[str, Any]:
    """The cell in which a learner answers a task: the last before its check cell.

    Raises:
        LookupError: the notebook has no such task.
    """
    answer = None
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            answer = cell
        elif (
            course.is_check(cell)
            and course.checked_task(_source(cell)) == task
            and answer
        ):
            return answer
    raise LookupError(f"no cell answers {task}")


# The demo ---------------------------------------------------------------------------


def set_up(folder: Path, topic: course.Topic) -> dict[str, str]:
    """Write a class into a folder: what each student's answer was made of.

    Raises:
        CannotGrade: this copy of the course has no answers, or the folder is in use.
    """
    here = topic.solution.exists() and topic.exercise.exists()
    if not here or not topic.mistakes:
        raise CannotGrade("This copy of the course has no answers to make a class of.")
    config = folder / "nbgrader_config.py"
    if folder.exists() and any(folder.iterdir()):
        if not config.exists() or not config.read_text().startswith(CONFIG[:12]):
            raise CannotGrade(f"{folder} is in use. Name another folder for the demo.")
        shutil.rmtree(folder)
    source = folder / "source" / topic.name / f"{topic.name}.ipynb"
    source.parent.mkdir(parents=True)
    config.write_text(CONFIG)
    shutil.copyfile(topic.solution, source)
    made_of = {}
    for student, answer in zip(NAMES, answers(topic), strict=False):
        path = folder / "submitted" / student / topic.name / f"{topic.name}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(answer.notebook)
        made_of[student] = answer.made_of
    return made_of


def demonstrate(
    folder: Path, console: Console, topic: course.Topic, workers: int = 2
) -> list[Row]:
    """Make a class, grade it, and write its feedback.

    Args:
        folder: a new one, or that of a former demo.
        console: where to tell of it.
        topic: what the class hands in.
        workers: how many are graded at a time.

    Raises:
        CannotGrade: it cannot be done here; the text says why.
    """
    # Here and not above: nbgrader takes seconds to import, and --help need not wait.
    from buckets.classroom import table_and_csv
    from buckets.classroom.gradebook import Books
    from buckets.classroom.whole_class import Classroom

    made_of = set_up(folder, topic)
    console.print(f"A class of {len(made_of)}, made of the course's own answers.")
    books = Books(folder, topic.name)
    books.generate()
    missing = sandbox.available()
    if missing:
        console.print(
            f"Without a sandbox, since {missing}; `buckets doctor` says what would "
            "help. These answers are our own.",
            soft_wrap=True,
        )
    room = Classroom(books, sandboxed=not missing, workers=workers)
    rows = grade_with_progress(room, console)
    with console.status("writing feedback"):
        books.write_feedback()
    path = folder / f"{topic.name}.csv"
    table_and_csv.write_csv(path, rows, topic.tasks)
    console.print(table_and_csv.table(rows))
    _where(console, books.feedback(_interesting(rows)), path)
    return rows


def _interesting(rows: list[Row]) -> str:
    """A student whose feedback shows a failure in full."""
    for row in rows:
        if row.marked.first_failure and row.marked.first_failure[1]:
            return row.student
    return rows[0].student


def _where(console: Console, page: Path, sheet: Path) -> None:
    gradebook = sheet.with_name("gradebook.db")
    console.print(f"\nfeedback    {page}", soft_wrap=True, markup=False)
    console.print(f"as a table  {sheet}", soft_wrap=True, markup=False)
    console.print(f"gradebook   {gradebook}", soft_wrap=True, markup=False)
    console.print("\nThe same with a class of yours: docs/instructors.md")
