"""What a learner might hand in, for the laws: solutions with one cell more.

A file in tests/mistakes or tests/alternatives defines one task anew. It stands directly
before the check cell of its task in the solution, as if a learner had written it there.
Its docstring says what it is about, and in lines of their own `task: NAME` and, for a
mistake, `diagnosis: ID`.
"""

import ast
import os
from contextlib import suppress

from buckets import course, syntax
from buckets.driving import seed
from buckets.grading.collect import collect
from buckets.grading.engine import grade

# The seed of randomised tests is fixed, so that what they report can be recorded.
os.environ.setdefault(seed.SEED, "2026")

# However many cells a solution has, reports on the file stay the same.
LABEL = "cell 99"


def topic_of(path):
    """The topic in whose folder a mistake or an alternative lies."""
    return course.Topic(path.parent.name)


def submission(topic, extra=None):
    """The solution of a topic, with the file `extra` as one more cell of its task."""
    script = course.script(topic, course.read_notebook(topic.solution))
    cells, above = list(script.cells), dict(script.above)
    if extra:
        place = above[header(extra)["task"]]
        cell = {"label": LABEL, "source": extra.read_text(encoding="utf-8")}
        cells.insert(place, cell)
        above = {task: n + (n >= place) for task, n in above.items()}
    return collect(cells, list(topic.tasks), above=above)


def header(path):
    """What a file says of itself: `title`, `task`, and for a mistake `diagnosis`."""
    text = ast.get_docstring(syntax.parse(path.read_text(encoding="utf-8"))) or ""
    title, *rest = text.splitlines() or [""]
    return {
        "title": title,
        **dict(line.split(": ", 1) for line in rest if ": " in line),
    }


def verdict_on(path):
    """Grade the one task that a file defines, with the hidden variants."""
    topic = topic_of(path)
    return grade(topic, submission(topic, path), task=header(path)["task"])[0]


class Enough(Exception):
    """A test failed, and no more need be run."""


def results_until_failure(path):
    """What the tests find, up to the first that fails: that one is told in full.

    What a wrong server does after that may be chance; and it takes time.
    """
    topic, results = topic_of(path), []

    def hear(_, result):
        results.append(result)
        if result.status == "fail":
            raise Enough

    with suppress(Enough):
        task = header(path)["task"]
        grade(topic, submission(topic, path), task=task, on_result=hear)
    return results


def name_of(path):
    """How a test's id names a file: 05_select/polls_with_sleep."""
    return f"{path.parent.name}/{path.stem}"
