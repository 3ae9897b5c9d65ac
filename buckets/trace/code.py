"""What a learner's cell says: where a line stands, and what comes of a call."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from buckets import syntax

Place = tuple[int, int, str]
"""The first and the last line of a statement, and the function around it."""


def places(source: str, lines: Iterable[int]) -> dict[int, Place]:
    """The statement and the function of each line.

    Args:
        source: the text of a cell.
        lines: numbers from 1; those on which no statement stands are left out.

    Returns:
        By line; nothing for a cell that is no plain Python, as one with magics.
    """
    tree = _tree(source)
    found = list(_statements(tree, "")) if tree else []
    near = {line: _innermost(found, line) for line in lines}
    return {line: place for line, place in near.items() if place}


def uses_result(sources: Iterable[str], function: str, method: str) -> bool:
    """Whether a function does anything with what a method of that name returns.

    Args:
        sources: the texts of cells; the last that defines the function counts.
        function: its name.
        method: such as "send".
    """
    found = _function(sources, function)
    nodes = ast.walk(found) if found else ()
    return any(_is_used(inner, method) for inner in nodes)


def rebinds(sources: Iterable[str], function: str, place: int) -> bool:
    """Whether a function gives the name of a parameter to another object.

    Args:
        sources: the texts of cells; the last that defines the function counts.
        function: its name.
        place: of the parameter, from 0.
    """
    found = _function(sources, function)
    if not found or place >= len(found.args.args):
        return False
    name = found.args.args[place].arg
    return any(
        isinstance(target, ast.Name) and target.id == name
        for node in ast.walk(found)
        if isinstance(node, ast.Assign)
        for target in node.targets
    )


def drops_result(sources: Iterable[str], name: str, method: str) -> bool:
    """Whether a function or class calls such a method, and never looks at the result.

    Args:
        sources: the texts of cells; the last that defines it counts.
        name: of the function or the class.
        method: such as "send".
    """
    found = _definition(sources, name, (ast.FunctionDef, ast.ClassDef))
    nodes = [*ast.walk(found)] if found else []
    calls = [node for node in nodes if _calls(node, method)]
    alone = [node.value for node in nodes if isinstance(node, ast.Expr)]
    return bool(calls) and all(call in alone for call in calls)


def calls(sources: Iterable[str], name: str) -> bool:
    """Whether any cell calls something of that name, as a function or a method.

    Args:
        sources: the texts of cells; one that is no plain Python counts as none.
        name: such as "getaddrinfo".
    """
    trees = filter(None, map(_tree, sources))
    return any(_calls_it(node, name) for tree in trees for node in ast.walk(tree))


def names(sources: Iterable[str], function: str, name: str) -> bool:
    """Whether a function names something, or what it uses does, or a cell around all.

    Args:
        sources: the texts of cells; one that is no plain Python counts as none.
        function: its name.
        name: such as "SIGCHLD", alone or behind a dot.
    """
    known: dict[str, ast.AST] = {}
    ahead: list[ast.AST] = []
    for tree in filter(None, map(_tree, sources)):
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                known[node.name] = node
            else:
                ahead.append(node)
    ahead += filter(None, [known.pop(function, None)])
    while ahead:
        for told in _named(ahead.pop()):
            if told == name:
                return True
            ahead += filter(None, [known.pop(told, None)])
    return False


def _named(node: ast.AST) -> Iterator[str]:
    """The names that are used anywhere in it."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield inner.id
        elif isinstance(inner, ast.Attribute):
            yield inner.attr


def _tree(source: str) -> ast.Module | None:
    """Of a cell; None for one that is no plain Python, as one with magics."""
    try:
        return syntax.parse(source)
    except (SyntaxError, ValueError):
        return None


def _calls_it(node: ast.AST, name: str) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    named = isinstance(called, ast.Name) and called.id == name
    return named or _calls(node, name)


def _calls(node: ast.AST, method: str) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == method
    )


def _function(sources: Iterable[str], name: str) -> ast.FunctionDef | None:
    found = _definition(sources, name, (ast.FunctionDef,))
    return found if isinstance(found, ast.FunctionDef) else None


def _definition(
    sources: Iterable[str], name: str, kinds: tuple[type[ast.AST], ...]
) -> ast.AST | None:
    """The last one of that name; cells that are no plain Python are left out."""
    for tree in filter(None, map(_tree, reversed([*sources]))):
        for node in ast.walk(tree):
            if isinstance(node, kinds) and getattr(node, "name", "") == name:
                return node
    return None


def loop_around(source: str, line: int) -> str:
    """The text of the innermost loop in which a line stands; "" where there is none.

    Args:
        source: the text of a cell.
        line: a number from 1.
    """
    tree = _tree(source)
    loops = [
        node
        for node in (ast.walk(tree) if tree else ())
        if isinstance(node, ast.While | ast.For)
        and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    inner = max(loops, key=lambda node: node.lineno, default=None)
    return (ast.get_source_segment(source, inner) or "") if inner else ""


def _is_used(node: ast.AST, method: str) -> bool:
    """Whether this is a statement that has such a call, and is more than the call."""
    if isinstance(node, ast.Expr) or not isinstance(node, ast.stmt | ast.NamedExpr):
        return False
    return _calls(getattr(node, "value", node), method)


def _statements(node: ast.AST, function: str) -> Iterator[Place]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child.lineno, _last(child), function
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _statements(child, child.name)
        else:
            yield from _statements(child, function)


def _last(statement: ast.stmt) -> int:
    """Of a compound statement only the head runs at its line, not its body."""
    body = getattr(statement, "body", None)
    if not body or not isinstance(body, list):
        return statement.end_lineno or statement.lineno
    return max(statement.lineno, body[0].lineno - 1)


def _innermost(found: list[Place], line: int) -> Place | None:
    around = [place for place in found if place[0] <= line <= place[1]]
    return min(around, key=lambda place: place[1] - place[0], default=None)
