"""Hints fade: the last one is a piece, and no solution under another name.

How much of a solution a hint gives away is counted in tokens, with all names that are
neither Python's nor an attribute's taken for one: `n = sock.send(data)` is told by
`count = connection.send(rest)`. What counts is a run of six tokens or more, since all
code has shorter ones in common.
"""

import builtins
import io
import keyword
import re
import textwrap
import tokenize

import pytest

from buckets import course

RUN = 6
# Shares of a solution's tokens.
MOST_IN_LAST, MOST_IN_ALL = 0.15, 0.35

KNOWN = {*keyword.kwlist, *dir(builtins)}
LAYOUT = {
    *(tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT),
    *(tokenize.COMMENT, tokenize.ENDMARKER),
}
SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)
HINT = re.compile(r"<summary>(.*?)</summary>(.*?)</details>", re.DOTALL)
FENCED = re.compile(r"```.*?\n(.*?)```", re.DOTALL)


def tokens(code):
    """Its tokens, without layout, and with one name for all names of its own."""
    found, before = [], ""
    # What is quoted in a hint need not be whole.
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type in LAYOUT:
                continue
            own = token.type == tokenize.NAME and token.string not in KNOWN
            found.append("name" if own and before != "." else token.string)
            before = token.string
    except (tokenize.TokenError, IndentationError):
        pass
    return found


def quoted(text):
    """The pieces of code in a hint."""
    return FENCED.findall(text) + re.findall(r"`([^`]+)`", FENCED.sub("", text))


def given_away(solution, hints):
    """The share of a solution's tokens that stand in hints, in runs."""
    told = set()
    for piece in [piece for hint in hints for piece in quoted(hint)]:
        told |= runs(tokens(piece))
    covered = set()
    for start, run in enumerate(in_order(solution)):
        if run in told:
            covered |= {*range(start, start + RUN)}
    return len(covered) / len(solution)


def in_order(found):
    return [tuple(found[i : i + RUN]) for i in range(len(found) - RUN + 1)]


def runs(found):
    return set(in_order(found))


def tasks():
    """Each task: its name, its solution's tokens, and the texts of its hints."""
    for topic in course.topics():
        solution = []
        cells = course.read_notebook(topic.solution)["cells"]
        for cell, below in zip(cells, [*cells[1:], {}], strict=True):
            text = course.text_of(cell)
            for part in SOLUTION.findall(text):
                solution += tokens(textwrap.dedent(part))
            if course.is_check(cell):
                hints = HINT.findall(course.text_of(below))
                yield f"{topic.name[:2]}_{course.checked_task(text)}", solution, hints
                solution = []


TASKS = list(tasks())
each_task = pytest.mark.parametrize(
    ("solution", "hints"),
    [each[1:] for each in TASKS],
    ids=[each[0] for each in TASKS],
)


@each_task
def test_a_task_has_hints_that_are_numbered(solution, hints):
    assert solution and hints
    numbers = [title.partition(":")[0] for title, _ in hints]
    size = len(hints)
    assert numbers == [f"Hint {n} of {size}" for n in range(1, size + 1)]


@each_task
def test_hints_give_no_solution_away(solution, hints):
    texts = [text for _, text in hints]
    assert given_away(solution, texts[-1:]) <= MOST_IN_LAST
    assert given_away(solution, texts) <= MOST_IN_ALL


def test_a_solution_under_other_names_is_found():
    solution = tokens("while rest:\n    rest = rest[conn.send(rest) :]\n")
    hint = "Write `while data:\n    data = data[sock.send(data) :]`."
    assert given_away(solution, [hint]) > 0.9
    assert given_away(solution, ["`send()` says how much it took."]) == 0
