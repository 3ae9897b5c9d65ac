"""Writes docs/misconceptions.md anew, from the catalogue."""

from buckets import course
from buckets.diagnosis.catalogue import Misconception, catalogue

PAGE = course.root() / "docs" / "misconceptions.md"

HEAD = """# The misconceptions

What a report names, such as M11: the belief, or what refutes it, and the lesson that
treats it. `buckets grade` and `buckets report` use the same ids, and so do the
[teaching notes](teaching/README.md). Each has a page with a replay in the book (`make
book`). This page is made from `buckets/diagnosis/misconceptions.toml`.

| id | belief | lesson |
|---|---|---|
"""


def page() -> str:
    """The page, a line for each misconception."""
    found = catalogue()
    return HEAD + "".join(_line(found[name]) for name in sorted(found, key=_number))


def _number(name: str) -> int:
    return int(name.removeprefix("M"))


def _line(one: Misconception) -> str:
    link = f"[{one.lesson[:2]}](../lessons/{one.lesson}.ipynb), *{one.heading}*"
    return f"| {one.id} | {one.name.replace('|', chr(92) + '|')} | {link} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
