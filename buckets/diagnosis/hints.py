"""Which hints of a misconception are worth telling, for this very run.

A hint that advises what was done already sends its reader away. What was done, the
trace knows: whether a connection blocks, whether it has a time limit, whether anybody
has waited in select(). A hint is left out if the call that it names is no news.
"""

from __future__ import annotations

from collections.abc import Callable

from buckets.diagnosis.catalogue import Misconception
from buckets.diagnosis.evidence import Evidence

Check = Callable[[Evidence], bool]


def worth_telling(evidence: Evidence, known: Misconception) -> tuple[int, ...]:
    """The places of the hints that are left; all of them if none would be.

    Args:
        evidence: what is known of the failure.
        known: what was recognised.
    """
    void = [call for call, check in VOID if check(evidence)]
    left = [
        place
        for place, hint in enumerate(known.hints)
        if not any(call in hint for call in void)
    ]
    return tuple(left or range(len(known.hints)))


def _never_blocks(evidence: Evidence) -> bool:
    """Whether the client that is waiting has a connection that does not block."""
    limits = _limits(evidence)
    return bool(limits) and limits[-1] == 0


def _has_a_limit(evidence: Evidence) -> bool:
    """Whether its connection has a time limit already."""
    limits = _limits(evidence)
    return bool(limits) and limits[-1] not in (None, 0)


def _limits(evidence: Evidence) -> list[float | None]:
    """What was said of its connection by setblocking() and settimeout(), in order."""
    told = evidence.log.of_everybody(evidence.unmet.who, "block")
    return [event.get("timeout") if event["on"] else 0 for event in told]


def _needs_no_select(evidence: Evidence) -> bool:
    """Whether the task is no server, and nobody has waited for sockets in it."""
    waits = any(e.get("api") == "select" for e in evidence.log.of_all("wait"))
    return bool(evidence.behaviour.options.driver) and not waits


VOID: tuple[tuple[str, Check], ...] = (
    ("setblocking(False)", _never_blocks),
    ("settimeout(", _has_a_limit),
    ("select(", _needs_no_select),
)
"""A call that a hint may name, and when naming it is no news, or out of place."""
