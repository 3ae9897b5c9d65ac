"""Rules for timers, for loops that know the time, and for limits.

They are asked first, and for the tasks of exercise 09 alone. What a server asked of the
clock and of select() is told by the clock's hands (buckets.clockwork), at every moment
at which it rests.
"""

from __future__ import annotations

from buckets.diagnosis.evidence import Event, Evidence
from buckets.diagnosis.rules import Finding, asked_first, suspected

TIMERS = {"Timers"}
TASKS = TIMERS | {"TimedLoop", "keep_house"}

A_LOOK = 1.0
IDLE = 30.0

rule = asked_first(TASKS)


def _clock(evidence: Evidence) -> list[Event]:
    """What was known each time at which the server had come to rest."""
    return [e for e in evidence.log.trace.events if e["e"] == "clock"]


@rule
def compared_what_cannot_be_compared(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if ending and ending.kind == "TypeError" and "not supported" in ending.error:
        return Finding(
            "M89", "Two entries with the same time were compared by what is behind it."
        )
    return None


@rule
def a_callback_ended_it(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if ending and ending.kind == "Spilled":
        return Finding(
            "M71", "One callback raised, and that ended the program for everybody."
        )
    return None


@rule
def asked_for_less_than_nothing(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if ending and ending.kind == "ValueError" and "non-negative" in ending.error:
        return Finding(
            "M81", "A deadline had passed, and select() was given what was left of it."
        )
    return None


@rule
def slept_by_itself(evidence: Evidence) -> Finding | None:
    wait = evidence.log.latest("wait") or {}
    if evidence.ending or wait.get("api") != "sleep":
        return None
    return Finding(
        "M84", "It waits in time.sleep(), where no client and no clock can reach it."
    )


@rule
def looked_at_another_clock(evidence: Evidence) -> Finding | None:
    told = _clock(evidence)
    timely = evidence.unmet.kind in ("nothing", "early", "late", "eof", "extra")
    if evidence.ending or not told or not timely:
        return None
    if told[-1]["looked"] == 0:
        return Finding("M84", "The clock that it was given has never been asked.")
    if told[-1]["others"]:
        return Finding("M84", "It asks the clock that it was given, and another one.")
    asks = told[-1]["asks"]
    # Whatever is typed, and whatever the tests move, is whole in milliseconds.
    if asks is not None and abs(asks * 1000 - round(asks * 1000)) > 1e-3:
        return Finding(
            "M84", "The timeout that it gave select() comes from some other clock."
        )
    return None


@rule
def timers_of_another_clock(evidence: Evidence) -> Finding | None:
    if b"by some other clock" not in evidence.unmet.got:
        return None
    return Finding(
        "M84", "It did not ask the clock that it was given, but another one."
    )


@rule
def hurried_who_has_begun_nothing(evidence: Evidence) -> Finding | None:
    who, told = evidence.unmet.who, _clock(evidence)
    if evidence.ending or evidence.unmet.kind != "eof" or not told:
        return None
    # What it has read, and not what was sent: that may have come too late.
    read = [str(e.get("data", "")) for e in evidence.log.of(who, "recv") if e["n"]]
    begun = read and not read[-1].endswith("\n")
    if begun or told[-1]["now"] >= IDLE:
        return None
    return Finding(
        "M93", f"{who} was shown out before IDLE seconds were over, with no line begun."
    )


@rule
def kept_what_was_cancelled(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind == "memory":
        return Finding("M90", "Cancelled timers pile up until their time has come.")
    return None


@rule
def woke_for_nothing(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "early":
        return None
    asks = _clock(evidence)[-1]["asks"]
    # No test has anything due that soon; it is a look at the clock.
    if asks is not None and asks <= A_LOOK:
        return Finding("M80", "")
    return suspected(evidence) or Finding("M80", "")


@rule
def slept_too_long(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "late":
        return None
    if "M80" in evidence.behaviour.suspects:
        return Finding("M81", "")
    return suspected(evidence)


@rule
def due_and_not_called(evidence: Evidence) -> Finding | None:
    wait = evidence.log.latest("wait") or {}
    restless = evidence.spinning or evidence.unmet.kind in ("rest", "busy")
    if evidence.ending or not restless or wait.get("timeout") != 0:
        return None
    if wait.get("w") or "M91" in evidence.behaviour.suspects:
        return None
    if not any(event.get("timeout") for event in evidence.log.of_any("wait")):
        return Finding("M80", "It asks select() to wait for 0 s, always.")
    return Finding(
        "M81",
        "select() is given a timeout of 0 s again and again: something is due, and is "
        "not called.",
    )


@rule
def what_the_test_was_written_for(evidence: Evidence) -> Finding | None:
    """The general rules know of no deadline: to them an end is always too early."""
    restless = evidence.unmet.kind in ("rest", "crowd")
    if evidence.ending or restless:
        return None
    return suspected(evidence)
