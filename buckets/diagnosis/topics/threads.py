"""Rules for threads: the door, the lock, and a bound on how many there are.

They are asked first, and for the tasks of exercise 04 alone: where every client has a
thread, to wait in accept() or recv() is what the general rules take it for only if it
is the wrong thread that waits.
"""

from __future__ import annotations

from buckets.diagnosis.evidence import Event, Evidence
from buckets.diagnosis.rules import NO_FINDING, Finding, Rules, suspected
from buckets.driving.unmet import show

VOTES = {"count_votes", "four_booths"}
TASKS = VOTES | {"serve_threads"}

BOOTHS = 4

rule = Rules(TASKS)


def _meetings(evidence: Evidence) -> list[Event]:
    """What other threads did with the votes while the first was in the middle."""
    return [e for e in evidence.log.trace.events if e["e"] == "votes"]


def _unanswered(evidence: Evidence) -> bool:
    """Whether its line was taken, or its connection, and nothing came back."""
    who, log = evidence.unmet.who, evidence.log
    return evidence.unmet.kind == "nothing" and bool(log.descriptors_of(who))


# The votes: who uses them while somebody is in the middle ---------------------------


@rule
def met_in_the_middle(evidence: Evidence) -> Finding | None:
    met = _meetings(evidence)
    if evidence.unmet.kind != "wrong" or not met:
        return None
    if met[0].get("during") != "read":
        return Finding(
            "M60",
            "One thread had read and not yet written; in between, another could read "
            "the same count.",
        )
    if any(event.get("key") for event in met):
        return Finding(
            "M61", "Two threads used the votes at once, and neither kept the other out."
        )
    return Finding("M22", "Two threads used the votes at once.")


# The threads ------------------------------------------------------------------------


@rule
def too_many(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "crowd" or evidence.behaviour.task != "four_booths":
        return None
    return Finding("M64", f"It runs {evidence.vitals.threads} threads by now.")


@rule
def sent_away(evidence: Evidence) -> Finding | None:
    who = evidence.unmet.who
    if evidence.behaviour.task != "four_booths" or evidence.unmet.kind != "eof":
        return None
    others = [each for each in evidence.log.clients if each not in (who, "votes")]
    there = [each for each in others if evidence.log.descriptors_of(each)]
    if evidence.log.of(who, "send") or len(there) < BOOTHS:
        return None
    return Finding("M64", f"{who} came while all were busy, and was sent away.")


@rule
def deaf_to_the_end(evidence: Evidence) -> Finding | None:
    if evidence.ending or evidence.log.deaf is None:
        return None
    return Finding(
        "M42",
        'recv() returns b"" again and again, and the thread that asks never ends.',
    )


@rule
def the_door_is_held(evidence: Evidence) -> Finding | None:
    who, log = evidence.unmet.who, evidence.log
    if evidence.ending or evidence.unmet.kind != "nothing" or log.descriptors_of(who):
        return None
    if "M62" not in evidence.behaviour.suspects:
        return None
    blocked = evidence.blocked
    if blocked and blocked.op == "recv":
        return Finding(
            "M62",
            f"The thread that accepts waits in recv() for {blocked.who}; {who} is "
            "still at the door.",
        )
    return Finding("M62", f"Nobody accepts: {who} is still at the door.")


@rule
def answered_to_somebody_else(evidence: Evidence) -> Finding | None:
    who, log = evidence.unmet.who, evidence.log
    if not _unanswered(evidence) or evidence.behaviour.task in VOTES:
        return None
    asked = log.poured(who).splitlines()
    answer = asked[-1].upper() if asked else b""
    for other in log.clients:
        sent = [str(e.get("data", "")) for e in log.of(other, "send")]
        if answer and other != who and answer.decode("latin-1") in "".join(sent):
            return Finding(
                "M30", f"{show(answer)} was sent to {other}, and {who} had asked."
            )
    return None


@rule
def booths_are_lost(evidence: Evidence) -> Finding | None:
    if "M63" not in evidence.behaviour.suspects:
        return None
    if evidence.behaviour.task != "four_booths":
        return None
    if evidence.ending:
        return Finding("M63", "One thread after the other has ended, and now all have.")
    if evidence.unmet.kind != "nothing":
        return None
    threads, ended = evidence.vitals.threads, evidence.log.of_all("done")
    if not ended or threads > BOOTHS:
        return None
    few = "1 thread is" if threads == 1 else f"{threads} threads are"
    return Finding("M63", f"{few} left, and nobody looks after {evidence.unmet.who}.")


@rule
def never_closed(evidence: Evidence) -> Finding | None:
    who, log = evidence.unmet.who, evidence.log
    if not _unanswered(evidence) or "end of the connection" not in evidence.unmet.text:
        return None
    if not any(event["n"] == 0 for event in log.of(who, "recv")):
        return None
    return Finding("M32", f"{who}'s connection is still open on your side.")


@rule
def waits_for_the_key(evidence: Evidence) -> Finding | None:
    if not _unanswered(evidence) or not evidence.log.of(evidence.unmet.who, "recv"):
        return None
    if any(not event.get("named") for event in evidence.log.of_all("oops")):
        return None  # then an exception is what happened, and that is told
    who, suspects = evidence.unmet.who, evidence.behaviour.suspects
    if "M63" in suspects:
        return Finding(
            "M63",
            f"{who}'s line was read, and its thread waits for what nobody gives back.",
        )
    if "M62" in suspects:
        return Finding(
            "M62",
            f"{who}'s line was read, and its thread waits, though nobody else is being "
            "counted.",
        )
    return None


@rule
def what_the_test_was_written_for(evidence: Evidence) -> Finding | None:
    """The general rules speak of one thread's waiting; most would be wrong here."""
    if evidence.ending or evidence.unmet.kind == "leak":
        return None
    silent = evidence.unmet.kind in ("nothing", "wrong", "busy", "crowd")
    return (suspected(evidence) if silent else None) or NO_FINDING
