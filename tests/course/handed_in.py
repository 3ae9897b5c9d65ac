"""What a learner might hand in, for the laws: solutions with one cell more.

A file in tests/mistakes or tests/alternatives defines one task anew, and is run as if a
learner had written it before the task's check cell (see buckets.grading.answers). Its
docstring says what it is about, and in lines of their own `task: NAME` and, for a
mistake, `diagnosis: ID`.
"""

import os

from buckets import course
from buckets.driving import seed
from buckets.grading.answers import LABEL, header, submission
from buckets.grading.engine import grade, until_failure

__all__ = [
    "LABEL",
    "header",
    "name_of",
    "results_until_failure",
    "submission",
    "topic_of",
    "verdict_on",
]

# The seed of randomised tests is fixed, so that what they report can be recorded.
os.environ.setdefault(seed.SEED, "2026")


def topic_of(path):
    """The topic in whose folder a mistake or an alternative lies."""
    return course.Topic(path.parent.name)


def verdict_on(path):
    """Grade the one task that a file defines, with the hidden variants."""
    topic = topic_of(path)
    return grade(topic, submission(topic, path), task=header(path)["task"])[0]


def results_until_failure(path):
    """What the tests find, up to the first that fails: that one is told in full.

    What a wrong server does after that may be chance; and it takes time.
    """
    topic, task = topic_of(path), header(path)["task"]
    return until_failure(topic, submission(topic, path), task)


def name_of(path):
    """How a test's id names a file: 05_select/polls_with_sleep."""
    return f"{path.parent.name}/{path.stem}"
