"""Rules for what stands on a loop, and for both: a connection and its bytes.

These servers send back what came, or pass it on: they know of no answers.
"""

from __future__ import annotations

from itertools import pairwise

from buckets.diagnosis import rules
from buckets.diagnosis.evidence import Event, Evidence, data_of
from buckets.diagnosis.rules import Finding, Rules
from buckets.driving.unmet import first_difference, show
from buckets.texts import said

LOOPS = {"EventLoop", "MendedLoop"}
ECHOES = {"Echo", "echo"}
ROOMS = {"broadcast"}

HIGH = 30_000
"""Bytes: from there on, the exercise calls it much."""

rule_for_echoes = Rules(ECHOES)
rule_for_servers = Rules(ECHOES | ROOMS)
rule_for_all = Rules(LOOPS | ECHOES | ROOMS)


# Whatever it is -------------------------------------------------------------


@rule_for_all
def stands_beside_one(evidence: Evidence) -> Finding | None:
    blocked = evidence.blocked
    if not blocked or blocked.op not in ("send", "sendall"):
        return None
    who = blocked.who or said("words.one_client")
    return Finding("M13", "event_loop.stands_beside_one", op=blocked.op, who=who)


@rule_for_all
def no_room_ended_it(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    failed = evidence.log.latest("fail") or {}
    if ending and ending.kind == "BlockingIOError" and failed.get("op") == "send":
        return Finding("M65", "event_loop.no_room_ended_it")
    return None


@rule_for_all
def changed_while_walking(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if ending and "changed size during iteration" in ending.error:
        return Finding("M107", "event_loop.changed_while_walking", error=ending.error)
    return rules.changed_while_walking(evidence)


@rule_for_servers
def no_text_is_lost(evidence: Evidence) -> Finding | None:
    """What came is all there but for bytes that are no text in ASCII or UTF-8."""
    done = evidence.log.of(evidence.unmet.who, "recv", "send")
    for event, after in pairwise(done):
        came, went = data_of(event), data_of(after)
        plain = bytes(byte for byte in came if byte < 128)
        if event["e"] == "recv" and after["e"] == "send" and came != plain:
            if went in (plain, came.decode("utf-8", "replace").encode()):
                return Finding(
                    "M88",
                    "event_loop.no_text_is_lost",
                    came=show(came),
                    went=show(went),
                )
    return None


# Echo, a room: a connection and its bytes ------------------------------------


@rule_for_servers
def let_in_and_dropped(evidence: Evidence) -> Finding | None:
    """It was accepted, its end was not its own, and no loop ever read from it."""
    unmet, log = evidence.unmet, evidence.log
    if unmet.kind not in ("eof", "reset") or evidence.ending:
        return None
    if log.of(unmet.who, "recv", "send") or not log.of_any("accept"):
        return None
    return Finding("M108", "event_loop.let_in_and_dropped", who=unmet.who)


@rule_for_echoes
def sent_to_somebody_else(evidence: Evidence) -> Finding | None:
    """What a handler of one connection keeps, or its socket, another one has used."""
    found = rules.answered_to_somebody_else(evidence)
    return found and Finding("M109", found.said.key, **found.said.facts)


@rule_for_echoes
def somebody_elses_buffer(evidence: Evidence) -> Finding | None:
    """Bytes of a kind that this client never sent."""
    unmet = evidence.unmet
    said = evidence.log.poured(unmet.who)
    others = (each for each in evidence.log.clients if each != unmet.who)
    theirs = b"".join(map(evidence.log.poured, others))
    came = _kinds(unmet.got[:8])
    if unmet.kind != "wrong" or came <= _kinds(said):
        return None
    if not came <= _kinds(said + theirs):
        return None
    return Finding("M109", "event_loop.somebody_elses_buffer", who=unmet.who)


def _kinds(data: bytes) -> set[str]:
    """Which kinds of bytes these are: of long ones, only the beginning is known."""
    shapes = (("digits", bytes.isdigit), ("blanks", bytes.isspace))
    singles = [data[index : index + 1] for index in range(len(data))]
    return {
        next((name for name, fits in shapes if fits(byte)), byte.decode("latin-1"))
        for byte in singles
    }


def _had_no_room(evidence: Evidence) -> bool:
    """Whether something was once pending for the failing client."""
    tries = evidence.log.of(evidence.unmet.who, "send", "fail")
    return any(not _took_all(event) for event in tries)


@rule_for_echoes
def not_in_its_order(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    if unmet.kind != "wrong" or evidence.ending:
        return None
    at = first_difference(unmet.expected, unmet.got)
    moved = unmet.got[at : at + 16]
    if len(moved) > 8 and moved in unmet.expected[: at + 8]:
        return Finding("M46", "event_loop.came_once_more", who=unmet.who)
    if not _had_no_room(evidence) and (len(moved) < 8 or moved not in unmet.expected):
        return None
    return Finding("M101", "event_loop.not_in_its_order", who=evidence.unmet.who)


@rule_for_echoes
def left_lying(evidence: Evidence) -> Finding | None:
    """The server sleeps, and something is missing. What is it watching for?"""
    wait, who = evidence.log.latest("wait"), evidence.unmet.who
    mine = set(evidence.log.descriptors_of(who))
    sends = evidence.log.of(who, "send", "fail")
    hungry = sleeps_over(evidence) and "end of the" not in evidence.unmet.text
    if not hungry or not wait or not mine or not sends:
        return None
    if _took_all(sends[-1]) and not mine & set(wait.get("r", [])):
        return Finding("M102", "event_loop.left_lying", who=who)
    if _took_all(sends[-1]) and not all(map(_took_all, sends)):
        return Finding("M101", "event_loop.left_lying_2", who=who)
    if _took_all(sends[-1]):
        return None
    if not mine & set(wait.get("w", [])):
        if evidence.drops_result("send"):
            return Finding("M04", "event_loop.dropped_the_rest", who=who)
        return Finding("M66", "event_loop.left_lying_3", who=who)
    return None


def _took_all(event: Event) -> bool:
    return bool(event["e"] == "send" and event["n"] == event.get("ask"))


@rule_for_echoes
def watched_for_nothing(evidence: Evidence) -> Finding | None:
    """All that it had was sent, and then the loop has let go of its handler."""
    unmet, log = evidence.unmet, evidence.log
    done = log.of(unmet.who, "recv", "send", "fail", "close")
    if len(done) < 3 or not done[-1].get("dropped"):
        return None
    # The loop that is given comes to its end with nobody to watch.
    if evidence.ending and evidence.ending.how != "returned":
        return None
    if done[-2]["e"] != "send" or not _took_all(done[-2]) or log.of_all("oops"):
        return None
    if any(event["e"] == "recv" and not event["n"] for event in done):
        return None
    return Finding("M102", "event_loop.watched_for_nothing", who=unmet.who)


@rule_for_echoes
def closed_for_being_slow(evidence: Evidence) -> Finding | None:
    unmet, log = evidence.unmet, evidence.log
    ended = any(event["n"] == 0 for event in log.of(unmet.who, "recv"))
    if unmet.kind not in ("eof", "reset") or evidence.ending or ended:
        return None
    if not _had_no_room(evidence):
        return None
    if any(event.get("dropped") for event in log.of(unmet.who, "close")):
        # Nobody closed it: the loop let go of a handler that asked for nothing.
        return Finding("M66", "event_loop.asked_for_nothing", who=unmet.who)
    belief = _why_it_was_closed(evidence)
    return Finding(belief, "event_loop.closed_for_being_slow", who=unmet.who)


def _why_it_was_closed(evidence: Evidence) -> str:
    """For what is pending, or for a send() without room; "" where it may be both."""
    log, who = evidence.log, evidence.unmet.who
    done = log.of(who, "send", "fail", "close")
    refused = [e for e in done if e.get("errno") == "EAGAIN"]
    pending = sum(event["n"] for event in log.of(who, "recv"))
    pending -= sum(event["n"] for event in done if event["e"] == "send")
    if done[-2:-1] != refused[-1:] or not refused:
        return "M102"
    if pending <= HIGH:
        return "M65"
    return "M102" if len(refused) > 1 else ""


def sleeps_over(evidence: Evidence) -> bool:
    """Whether a client waits for nothing, and the server sleeps."""
    return evidence.asleep_in_wait and evidence.unmet.kind == "nothing"
