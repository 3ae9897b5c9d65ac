"""The rooms of the package, and the arrows between them, read from the code.

    python tools/rooms.py            write the table in CONTRIBUTING.md anew

Here their order is written down, once: a room imports from those before it, and from no
other. tests/course/test_law_structure.py holds the package to it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "buckets"

DATA = (
    "texts",
    "syntax",
    "cells",
    "conditions",
    "submission",
    "verdict",
    "behaviour",
    "course",
    "release",
    "stock",
    "cases",
)
"""Modules at the package's top: what rooms hand to each other, the lowest first."""

ROOMS = (
    "child",
    "trace",
    "driving",
    "diagnosis",
    "grading",
    "pictures",
    "report",
    "notebook",
    "predictions",
    "standings",
    "classroom",
    "overview",
    "inbox",
    "own_copy",
    "watching",
    "doctor",
    "book",
    "commands",
)
"""The folders, the lowest first."""

ORDER = (*DATA, *ROOMS)

WALLS = {
    "child": {
        "driving",
        "grading",
        "classroom",
        "report",
        "pictures",
        "notebook",
        "predictions",
        "commands",
        "diagnosis",
        "standings",
        "trace",
    },
    "pictures": {"grading"},
    **{name: set(ROOMS) for name in DATA},
}
"""What a room must not import, wherever it stands in the order."""

BEGIN, END = "<!-- rooms: begin -->", "<!-- rooms: end -->"


@dataclass(frozen=True)
class Import:
    """One import: of a module by a module, by their dotted names, and at which line."""

    source: str
    target: str
    line: int

    @property
    def rooms(self) -> tuple[str, str]:
        """The two rooms, or modules at the top."""
        return room(self.source), room(self.target)

    def __str__(self) -> str:
        return f"{self.source}, line {self.line}, imports {self.target}"


def room(module: str) -> str:
    """The room that a module lies in; its own name where it lies at the top."""
    return module.split(".")[1] if "." in module else ""


def modules(root: Path = ROOT) -> dict[str, Path]:
    """The package's modules by dotted name."""
    found = {}
    for path in sorted((root / PACKAGE).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(root: Path = ROOT) -> list[Import]:
    """Each import of one module of the package by another, late ones, too."""
    known = modules(root)
    return [found for name in known for found in _of(name, known)]


def _of(name: str, known: dict[str, Path]) -> Iterator[Import]:
    path = known[name]
    here = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for target in _named(node, here, known):
            if target in known and target != name:
                yield Import(name, target, node.lineno)  # type: ignore[attr-defined]


def _named(node: ast.AST, here: str, known: dict[str, Path]) -> Iterator[str]:
    """The modules that a statement names; `from x import y` may mean the module x.y."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            folder = here.split(".")[: len(here.split(".")) - node.level + 1]
            base = ".".join([*folder, *([base] if base else [])])
        for alias in node.names:
            inner = f"{base}.{alias.name}"
            yield inner if inner in known else base


# What must not be -------------------------------------------------------------------


def strangers(root: Path = ROOT) -> list[str]:
    """Rooms and modules at the top that have no place in the order."""
    there = {room(name) for name in modules(root)} - {"", "__main__"}
    return sorted(there - set(ORDER))


def upward(found: Iterable[Import]) -> list[Import]:
    """Imports from a room that stands later in the order; __main__ may all."""
    place = {name: index for index, name in enumerate(ORDER)}
    return [
        each
        for each in found
        if all(name in place for name in each.rooms)
        and place[each.rooms[0]] < place[each.rooms[1]]
    ]


def through_walls(found: Iterable[Import]) -> list[Import]:
    """Imports that a wall forbids."""
    return [e for e in found if e.rooms[1] in WALLS.get(e.rooms[0], set())]


def circle(arrows: Iterable[tuple[str, str]]) -> list[str]:
    """Names of which each leads to the next and the last to the first; or nothing."""
    leads: dict[str, set[str]] = {}
    for one, other in arrows:
        if one != other:
            leads.setdefault(one, set()).add(other)
    # Who leads nowhere is in no circle; what is left when they are gone is.
    while leads:
        ends = {name for names in leads.values() for name in names} - set(leads)
        if not ends:
            return _walk(leads)
        leads = {name: names - ends for name, names in leads.items() if names - ends}
    return []


def _walk(leads: dict[str, set[str]]) -> list[str]:
    """Go on until a name comes a second time: between the two there is a circle."""
    walked = [min(leads)]
    while walked[-1] not in walked[:-1]:
        walked.append(min(leads[walked[-1]]))
    return walked[walked.index(walked[-1]) :]


# The table --------------------------------------------------------------------------


def table(root: Path = ROOT) -> str:
    """The rooms, the topmost first: what each is for, and which it uses."""
    uses: dict[str, set[str]] = {name: set() for name in ROOMS}
    for each in imports(root):
        one, other = each.rooms
        if one in uses and other in uses and one != other:
            uses[one].add(other)
    lines = ["| room | what you change there | it uses |", "|---|---|---|"]
    for name in reversed(ROOMS):
        used = ", ".join(other for other in ROOMS if other in uses[name]) or "nothing"
        told = purpose(root / PACKAGE / name / "__init__.py")
        lines.append(f"| `buckets/{name}/` | {told} | {used} |")
    for name in reversed(DATA):
        told = purpose(root / PACKAGE / f"{name}.py")
        lines.append(f"| `buckets/{name}.py` | {told} | data |")
    return "\n".join(lines)


def purpose(path: Path) -> str:
    """The first sentence of a module's docstring."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.split("\n\n")[0].replace("\n", " ")


def with_table(text: str, made: str) -> str:
    """A page with the table in its place.

    Raises:
        ValueError: the page has no such place.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"there is no {BEGIN} ... {END}")
    return f"{before}{begin}\n{made}\n{end}{after}"


def main() -> int:
    page = ROOT / "CONTRIBUTING.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(with_table(text, table()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
