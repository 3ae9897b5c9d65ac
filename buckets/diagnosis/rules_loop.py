"""Rules for event loops: who is called, who is told, who is closed.

They are asked first, and for the tasks of exercise 07 alone. A loop is tested with
puppets (buckets.child.puppets), whose exceptions and lines are known here.
"""

from __future__ import annotations

from buckets.diagnosis.evidence import Evidence
from buckets.diagnosis.rules import (
    DIED_OF,
    NO_FINDING,
    Finding,
    asked_first,
    suspected,
)

LOOPS = {"EventLoop"}
ROOMS = {"broadcast"}

rule = asked_first(LOOPS)


@asked_first(ROOMS)
def about_the_room(evidence: Evidence) -> Finding | None:
    """That one hears another's bytes is what a room is for."""
    if evidence.ending or evidence.unmet.kind not in ("wrong", "extra"):
        return None
    return suspected(evidence) or NO_FINDING


@rule
def a_mistake_ended_the_loop(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if ending and ending.kind == "Spilled":
        return Finding(
            "M71", "One handler raised, and that ended the loop for everybody."
        )
    return None


@rule
def the_list_was_old_news(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if not ending or ending.how != "raised" or not _suspected(evidence, "M70"):
        return None
    return Finding(
        "M70",
        f"A handler closed its neighbours, and then a {ending.kind} ended the loop.",
    )


@rule
def closed_and_still_watched(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if ending and any(text in ending.error for text in DIED_OF["fd -1"]):
        return Finding("M73", "Your loop waits for a socket that it has closed.")
    return None


@rule
def an_end_without_handle_close(evidence: Evidence) -> Finding | None:
    if not _suspected(evidence, "M74") or evidence.ending or evidence.blocked:
        return None
    if evidence.log.count("recv", n=0) > 2:
        return Finding("M74", 'recv() gives b"" again and again.')
    return Finding("M74", "")


@rule
def a_flag_that_nobody_asked_for(evidence: Evidence) -> Finding | None:
    woke = evidence.log.latest("woke") or {}
    if _suspected(evidence, "M72") and not evidence.ending and woke.get("w"):
        return Finding(
            "M72", "select() still watches for room, and nobody asks for it any more."
        )
    return None


@rule
def what_the_test_was_written_for(evidence: Evidence) -> Finding | None:
    """The general rules judge a connection by its answers; a puppet has its own."""
    restless = evidence.spinning or evidence.unmet.kind in ("rest", "busy", "crowd")
    if evidence.ending or evidence.blocked or restless:
        return None
    return suspected(evidence)


def _suspected(evidence: Evidence, key: str) -> bool:
    return key in evidence.behaviour.suspects
