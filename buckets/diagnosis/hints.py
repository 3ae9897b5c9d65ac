"""Which hints of a misconception are worth telling, for this very run.

A hint that advises what was done already sends its reader away. What was done, the
trace knows: whether a connection blocks, whether it has a time limit, whether anybody
has waited for anything. A hint is left out if all that it names is no news.
"""

from __future__ import annotations

import re
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
    done = {call for call, check in DONE if check(evidence)}
    absent = {"select"} if _never_waits(evidence) else set()
    left = []
    for place, hint in enumerate(known.hints):
        calls = set(re.findall(r"(\w+)\(", hint)) - {"accept"}
        if not calls & absent and not (calls and calls <= done):
            left.append(place)
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


def _never_waits(evidence: Evidence) -> bool:
    """Whether the task is no server, and nobody has waited for sockets in it."""
    return bool(evidence.behaviour.options.driver) and not evidence.log.of_all("wait")


def _outlives_a_signal(evidence: Evidence) -> bool:
    """Whether SIGTERM has not ended it: then something was said about the signal."""
    goes_on = "to end by SIGTERM" in evidence.unmet.text
    return goes_on and evidence.unmet.kind == "nothing"


DONE: tuple[tuple[str, Check], ...] = (
    ("setblocking", _never_blocks),
    ("settimeout", _has_a_limit),
    ("signal", _outlives_a_signal),
)
"""A call that a hint may name, and when it has been made already."""
