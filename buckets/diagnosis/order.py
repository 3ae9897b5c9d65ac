"""The order in which rules are asked: this file, and the order in each of the others.

Those for some tasks come before the general ones: what is a mistake in one lesson may
be the right thing in another. Where two groups of a topic know about the same task,
the one whose evidence is the more certain stands first.
"""

from __future__ import annotations

from buckets.diagnosis import rules
from buckets.diagnosis.evidence import Evidence
from buckets.diagnosis.rules import Finding, Rules, suspected
from buckets.diagnosis.topics import (
    back_bucket,
    event_loop,
    fork,
    housekeeping,
    one_bucket,
    state_machine,
    the_queue,
    threads,
    window,
)

ORDER: tuple[Rules, ...] = (
    one_bucket.rule,
    the_queue.rule_for_forecasts,
    the_queue.rule,
    fork.rule,
    threads.rule,
    back_bucket.rule,
    event_loop.rule_for_all,
    event_loop.rule_for_servers,
    event_loop.rule_for_rooms,
    event_loop.rule_for_echoes,
    event_loop.rule,
    state_machine.rule,
    housekeeping.rule_for_houses,
    housekeeping.rule_for_timers,
    housekeeping.rule,
    window.rule,
    window.rule_for_looks,
    window.rule_for_loops,
    window.rule_for_servers,
    window.rule_at_last,
    rules.rule,
)


def diagnose(evidence: Evidence) -> Finding | None:
    """The first finding; failing that, what the test was written to catch."""
    for group in ORDER:
        found = group.ask(evidence)
        if found:
            return found if found.id else None
    silent = evidence.unmet.kind in ("nothing", "wrong", "extra", "eof")
    return suspected(evidence) if evidence.ending is None and silent else None
