"""Whether what several clients saw of one value fits one order: linearizability.

Every operation is called at one moment and answered at a later one. It may have
happened at any moment between the two. A history is *linearizable* if a moment can be
chosen for each so that, one after the other, they give the answers that were heard.

The search is Wing and Gong's (1993), with the memory of what was tried that Lowe (2017)
adds: whoever may be next is tried next, as long as the answers fit.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Apply = Callable[[Any, "Operation"], tuple[Any, Any]]


MOST_SUSPECTS = 24


@dataclass(frozen=True)
class Operation:
    """One operation of one client.

    Args:
        who: the client.
        does: what it asked for, such as ("set", 5).
        called, answered: two moments; None where no answer has come yet.
        heard: the answer.
    """

    who: str
    does: tuple[Any, ...]
    called: int
    answered: int | None = None
    heard: Any = None

    def __str__(self) -> str:
        asked = " ".join(map(str, self.does))
        return f"{self.who}'s {asked} (heard {self.heard})"


def register(state: Any, operation: Operation) -> tuple[Any, Any]:
    """One value that can be set, got, counted and deleted; None while there is none.

    Returns:
        The value after an operation, and what its client hears.
    """
    verb, *more = operation.does
    if verb == "set":
        return more[0], "stored"
    if verb == "get":
        return state, state
    if state is None:
        return None, "not found"
    return (state + more[0],) * 2 if verb == "incr" else (None, "deleted")


def is_linearizable(history: Sequence[Operation], apply: Apply = register) -> bool:
    """Whether one order explains everything that was heard.

    An operation without an answer may have happened, or not.
    """
    tried: set[tuple[frozenset[int], Any]] = set()
    todo: list[tuple[frozenset[int], Any]] = [(frozenset(range(len(history))), None)]
    while todo:
        left, state = todo.pop()
        if all(history[n].answered is None for n in left):
            return True
        if (left, state) in tried:
            continue
        tried.add((left, state))
        todo += _next(history, left, state, apply)
    return False


def _next(
    history: Sequence[Operation], left: frozenset[int], state: Any, apply: Apply
) -> list[tuple[frozenset[int], Any]]:
    """What may come next: whoever was called before any other that is left ended."""
    ends = [end for n in left if (end := history[n].answered) is not None]
    found = []
    for n in left:
        operation = history[n]
        if operation.called < min(ends):
            after, heard = apply(state, operation)
            if operation.answered is None or heard == operation.heard:
                found.append((left - {n}, after))
    return found


def cannot_be_ordered(
    history: Sequence[Operation], apply: Apply = register
) -> tuple[Operation, Operation] | None:
    """Two operations that no order explains, the one that broke it last.

    Of all answers, in the order in which they were heard, the first that does not fit
    is one of them. The other is the latest without which it would fit.

    Returns:
        None if the history is linearizable.
    """
    answered = sorted(
        (op for op in history if op.answered is not None),
        key=lambda op: op.answered or 0,
    )
    if is_linearizable(history, apply):
        return None

    def is_broken(last: Operation) -> bool:
        return not is_linearizable(_until(history, last.answered or 0), apply)

    # What no order explains is explained by none that goes on from there.
    last = answered[bisect_left(answered, True, key=is_broken)]
    return _culprit(_until(history, last.answered or 0), last, apply), last


def _until(history: Sequence[Operation], moment: int) -> list[Operation]:
    """What was known at this moment."""
    known = [op for op in history if op.called <= moment]
    return [
        op
        if op.answered is not None and op.answered <= moment
        else Operation(op.who, op.does, op.called)
        for op in known
    ]


def _culprit(history: Sequence[Operation], last: Operation, apply: Apply) -> Operation:
    others = [op for op in history if op != last and op.answered is not None]
    others.sort(key=lambda op: op.answered or 0)
    for other in others[: -1 - MOST_SUSPECTS : -1]:
        rest = [op for op in history if op != other]
        if is_linearizable(rest, apply):
            return other
    return others[-1] if others else last
