"""Rules for threads: the door, the lock, and a bound on how many there are.

They are asked first, and for the tasks of exercise 04 alone: where every client has a
thread, to wait in accept() or recv() is what the general rules take it for only if it
is the wrong thread that waits.
"""

from __future__ import annotations

import re

from buckets.diagnosis import rules
from buckets.diagnosis.evidence import Event, Evidence
from buckets.diagnosis.rules import NO_FINDING, Finding, Rules, suspected, suspected_of
from buckets.driving.unmet import show
from buckets.texts import said

VOTES = {"count_votes", "four_booths"}
TASKS = VOTES | {"serve_threads"}

BOOTHS = 4
FOR_A_THREAD = re.compile(
    r"\b(?:join|result|exception|shutdown|wait)\("
    r"|^\s*with\b.*(?:Executor|Pool|\bpool|\bexecutor)\b"
)
"""What a line says that waits until a thread, or its work, has come to its end.

A pool's block waits at its end, and is then met in its first line.
"""

rule = Rules(TASKS)


def _meetings(evidence: Evidence) -> list[Event]:
    """What other threads did with the votes while the first was in the middle."""
    return [e for e in evidence.log.trace.events if e["e"] == "votes"]


def _unanswered(evidence: Evidence) -> bool:
    """Whether its line was taken, or its connection, and nothing came back."""
    who, log = evidence.unmet.who, evidence.log
    return evidence.unmet.kind == "nothing" and bool(log.descriptors_of(who))


def _is_listened_to(evidence: Evidence, who: str) -> bool:
    """Whether a thread waits in recv() for this client."""
    done = evidence.log.of_everybody(who, "recv", "try", "send", "fail", "close")
    return bool(done) and done[-1]["e"] == "try" and done[-1]["op"] == "recv"


# The votes: who uses them while somebody is in the middle ---------------------------


@rule
def met_in_the_middle(evidence: Evidence) -> Finding | None:
    met = _meetings(evidence)
    if evidence.unmet.kind != "wrong" or not met:
        return None
    if met[0].get("during") != "read":
        return Finding("M60", "threads.met_in_the_middle")
    if any(event.get("free") for event in met if event.get("does") == "read"):
        return _without_the_lock(met)
    if any(event.get("same") for event in met):
        return Finding("", "threads.did_not_wait_for_the_lock")
    if any(event.get("key") for event in met):
        return Finding("M61", "threads.met_in_the_middle_2")
    return Finding("M22", "threads.met_in_the_middle_3")


def _without_the_lock(met: list[Event]) -> Finding:
    """A count was read while nobody had the lock; was it taken for the writing?"""
    writes = [event for event in met if event.get("does") == "write"]
    if not writes:
        return Finding("", "threads.read_without_the_lock")
    if any(event.get("free") for event in writes):
        return Finding("M22", "threads.never_with_the_lock")
    return Finding("M60", "threads.locked_to_write_alone")


# The threads ------------------------------------------------------------------------


@rule
def too_many(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "crowd" or evidence.behaviour.task != "four_booths":
        return None
    return Finding("M64", "threads.too_many", threads=evidence.vitals.threads)


@rule
def used_at_the_same_time(evidence: Evidence) -> Finding | None:
    """The votes have seen it themselves, whichever of their two methods it was."""
    if not evidence.unmet.text.endswith("are used by two threads at once."):
        return None
    met = _meetings(evidence)
    others = any(event.get("free") or event.get("same") for event in met)
    if met and met[0].get("during") == "read" and met[0].get("key") and not others:
        return Finding("M61", "threads.met_in_the_middle_2")
    return Finding("M22", "threads.used_at_the_same_time")


@rule
def more_clients_than_threads(evidence: Evidence) -> Finding | None:
    """Let in, and no thread has come to read from it: they are all with others."""
    who, log, threads = evidence.unmet.who, evidence.log, evidence.vitals.threads
    if not _unanswered(evidence) or evidence.behaviour.task == "four_booths":
        return None
    if not log.poured(who) or log.of_everybody(who, "recv", "try", "close"):
        return None
    guests = [each for each in log.clients if each != "votes"]
    there = [each for each in guests if log.descriptors_of(each)]
    let_in = [each for each in there if not log.of_everybody(each, "close")]
    if not 2 < threads <= len(let_in) or log.of_all("oops"):
        return None
    return Finding(
        "M64",
        "threads.more_clients_than_threads",
        who=who,
        threads=threads,
        clients=len(let_in),
    )


@rule
def sent_away(evidence: Evidence) -> Finding | None:
    who = evidence.unmet.who
    if evidence.behaviour.task != "four_booths" or evidence.unmet.kind != "eof":
        return None
    others = [each for each in evidence.log.clients if each not in (who, "votes")]
    there = [each for each in others if evidence.log.descriptors_of(each)]
    if evidence.log.of(who, "send") or len(there) < BOOTHS:
        return None
    if evidence.log.of_all("oops"):
        return None  # an exception may have closed it
    return Finding("M64", "threads.sent_away", who=who)


@rule
def deaf_to_the_end(evidence: Evidence) -> Finding | None:
    if evidence.ending or evidence.log.deaf is None:
        return None
    return Finding("M42", "threads.deaf_to_the_end")


@rule
def too_few(evidence: Evidence) -> Finding | None:
    """Each thread waits for a client of its own, and they are fewer than booths."""
    who, log, blocked = evidence.unmet.who, evidence.log, evidence.blocked
    if evidence.behaviour.task != "four_booths" or evidence.unmet.kind != "nothing":
        return None
    if evidence.ending or (blocked and blocked.op == "recv") or log.of_all("done"):
        return None
    if log.of_everybody(who, "recv", "try"):
        return None
    others = [each for each in log.clients if each not in (who, "votes")]
    busy = sum(_is_listened_to(evidence, each) for each in others)
    if not 1 < busy < BOOTHS or evidence.vitals.threads - 1 != busy:
        return None
    return Finding("", "threads.too_few", busy=busy, who=who)


@rule
def the_later_was_first(evidence: Evidence) -> Finding | None:
    """Two wait for a booth, and the one who came later is looked after."""
    who, log = evidence.unmet.who, evidence.log
    if evidence.behaviour.task != "four_booths" or evidence.unmet.kind != "nothing":
        return None
    if evidence.ending or who not in log.clients or _read_by(evidence, who):
        return None
    later = log.clients[log.clients.index(who) + 1 :]
    first = [other for other in later if _read_by(evidence, other)]
    if not first:
        return None
    return Finding("", "threads.the_later_was_first", who=who, other=first[0])


def _read_by(evidence: Evidence, who: str) -> bool:
    """Whether a thread has come to read from this client."""
    return bool(evidence.log.of_everybody(who, "recv", "try"))


@rule
def the_door_is_held(evidence: Evidence) -> Finding | None:
    who, kind = evidence.unmet.who, evidence.unmet.kind
    # Whom it has kept at the door it may have let in by now.
    kept = kind == "nothing" and not evidence.log.descriptors_of(who)
    if evidence.ending or not (kept or kind == "door"):
        return None
    if not suspected_of(evidence, "M62"):
        return None
    blocked = evidence.blocked
    if blocked and blocked.op == "recv":
        return Finding("M62", "threads.the_door_is_held", who=blocked.who, who2=who)
    # A thread is waited for with its client; a place for one more is waited for, too.
    line = evidence.place.source if evidence.place else ""
    belief = "M62" if FOR_A_THREAD.search(line) else ""
    return Finding(belief, "threads.the_door_is_held_2", who=who)


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
                "M30",
                "threads.answered_to_somebody_else",
                answer=show(answer),
                other=other,
                who=who,
            )
    return None


@rule
def booths_are_lost(evidence: Evidence) -> Finding | None:
    if not suspected_of(evidence, "M63"):
        return None
    if evidence.behaviour.task != "four_booths":
        return None
    if evidence.ending:
        return Finding("M63", "threads.booths_are_lost")
    if evidence.unmet.kind != "nothing":
        return None
    threads, ended = evidence.vitals.threads, evidence.log.of_all("done")
    if not ended or threads > BOOTHS:
        return None
    few = said(
        "words.one_thread" if threads == 1 else "words.few_threads", threads=threads
    )
    return Finding("M63", "threads.booths_are_lost_2", few=few, who=evidence.unmet.who)


@rule
def never_closed(evidence: Evidence) -> Finding | None:
    who, log = evidence.unmet.who, evidence.log
    if not _unanswered(evidence) or "end of the connection" not in evidence.unmet.text:
        return None
    if not any(event["n"] == 0 for event in log.of(who, "recv")):
        return None
    return Finding("M32", "threads.never_closed", who=who)


rule(rules.silence_was_a_goodbye)
rule(rules.closed_at_an_empty_line)
rule(rules.closed_after_an_answer)


@rule
def waits_before_it_reads(evidence: Evidence) -> Finding | None:
    """A thread was made for it, which has not come to a recv() of its own."""
    who, log = evidence.unmet.who, evidence.log
    if not _unanswered(evidence) or evidence.behaviour.task != "count_votes":
        return None
    guests = [name for name in log.clients if name != "votes"]
    there = [name for name in guests if log.descriptors_of(name)]
    if evidence.vitals.threads <= len(there) or log.of_everybody(who, "recv", "try"):
        return None  # then it has no thread, or its thread has come to read
    tries = [e for e in log.of_all("recv", "try") if "th" in e]
    waiting = [e for e in tries[-1:] if e["e"] == "try" and e["op"] == "recv"]
    other = log.name(waiting[0]["fd"]) if waiting else ""
    if other in ("", who):
        return None
    facts = {"who": who, "other": other}
    found = Finding("M62", "threads.waits_before_it_reads", **facts)
    return found.seen_at(waiting[0], other)


@rule
def waits_for_the_key(evidence: Evidence) -> Finding | None:
    done = evidence.log.of_everybody(evidence.unmet.who, "recv", "try", "send")
    if not _unanswered(evidence) or not done:
        return None
    if done[-1]["e"] != "recv" or not done[-1]["n"]:
        return None  # its thread has gone on, to the next line or to its end
    if any(not event.get("named") for event in evidence.log.of_all("oops")):
        return None  # then an exception is what happened, and that is told
    who, suspects = evidence.unmet.who, evidence.behaviour.suspects
    if "M63" in suspects:
        return Finding("M63", "threads.waits_for_the_key", who=who)
    if "M62" in suspects and not _in_a_send(evidence):
        return Finding("M62", "threads.waits_for_the_key_2", who=who)
    return None


@rule
def sends_for_everybody(evidence: Evidence) -> Finding | None:
    """Somebody's answer waits for room, and this client's for whoever sends it."""
    sending = _in_a_send(evidence)
    if not sending or not _unanswered(evidence):
        return None
    event, other = sending
    facts = {"who": evidence.unmet.who, "other": other}
    return Finding("M62", "threads.sends_for_everybody", **facts).seen_at(event, other)


def _in_a_send(evidence: Evidence) -> tuple[Event, str] | None:
    """A call that waits for room behind somebody else, and behind whom."""
    who, log = evidence.unmet.who, evidence.log
    if evidence.behaviour.task not in VOTES:
        return None
    for other in log.clients:
        done = log.of_everybody(other, "try", "send", "fail", "close")
        sending = done[-1:] and str(done[-1].get("op", "")).startswith("send")
        if other != who and sending and done[-1]["e"] == "try":
            return done[-1], other
    return None


@rule
def lost_votes(evidence: Evidence) -> Finding | None:
    """Nobody was seen with the votes in the middle, and all the same some are gone."""
    told = re.search(r"counts ([\d,]+) of ([\d,]+) votes", evidence.unmet.text)
    if not told or told[1] == "0" or evidence.ending or evidence.log.of_all("oops"):
        return None
    return Finding("M22", "threads.lost_votes", counted=told[1], cast=told[2])


@rule
def told_twice(evidence: Evidence) -> Finding | None:
    """Every vote is counted, and what was told is another vote's count."""
    told = re.search(r"tells ([\d,]+) counts to ([\d,]+) votes", evidence.unmet.text)
    if not told or evidence.ending or evidence.log.of_all("oops"):
        return None
    return Finding("M22", "threads.told_twice", told=told[1], cast=told[2])


@rule
def what_the_test_was_written_for(evidence: Evidence) -> Finding | None:
    """The general rules speak of one thread's waiting; most would be wrong here."""
    if evidence.ending or evidence.unmet.kind == "leak":
        return None
    silent = evidence.unmet.kind in ("nothing", "wrong", "busy", "crowd")
    return (suspected(evidence) if silent else None) or NO_FINDING
