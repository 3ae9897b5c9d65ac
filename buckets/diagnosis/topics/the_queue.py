"""Rules for the queue: one client at a time, rude clients, a limit on every wait.

They are asked first, and for the tasks of exercise 02 alone: to let everybody else wait
is a mistake in a later lesson, and here it is what is asked for.
"""

from __future__ import annotations

from buckets.diagnosis.evidence import Event, Evidence
from buckets.diagnosis.rules import Finding, Rules, suspected

SERVERS = {"serve_in_turn", "serve_the_queue"}
FORECASTS = {"predict_waits"}

GAVE_UP = ("TimeoutError", "BlockingIOError")

rule = Rules(SERVERS)
rule_for_forecasts = Rules(FORECASTS)


# Predictions ----------------------------------------------------------------------


@rule_for_forecasts
def missed(evidence: Evidence) -> Finding | None:
    """What a wrong prediction leaves out."""
    unmet = evidence.unmet
    if evidence.ending or not unmet.got:
        return None
    if not unmet.expected:
        return _not_one_for_each(unmet.got)
    measured, predicted = map(_waits, (evidence.unmet.expected, evidence.unmet.got))
    before = [0.0, *measured]
    steps = [after - b for b, after in zip(before, measured, strict=False)]
    text = ""
    if predicted == before[:-1]:
        text = "These are the moments at which each one's turn begins."
    elif predicted == steps:
        text = "This is each one's own turn, without the turns before it."
    elif predicted[0] == measured[0]:
        text = "The first is right; somebody's turn behind it is not."
    return Finding("M51", text)


def _not_one_for_each(got: bytes) -> Finding | None:
    if not got.startswith(b"["):
        return None
    count = len(_waits(got)) if len(got) > len("[]") else 0
    told = f"{count} wait was" if count == 1 else f"{count} waits were"
    return Finding("M51", f"Each client has a wait; {told} returned.")


def _waits(told: bytes) -> list[float]:
    return [float(number) for number in told.decode().strip("[]").split(", ")]


# It has ended ---------------------------------------------------------------------


def _last_failure(evidence: Evidence) -> Event:
    return evidence.log.latest("fail") or {}


@rule
def limit_on_the_door(evidence: Evidence) -> Finding | None:
    last = _last_failure(evidence)
    if evidence.ending and last.get("op") == "accept":
        return Finding(
            "M52",
            f"Nobody came for a while, and accept() raised {last.get('error')}.",
        )
    return None


@rule
def one_visit_ended_the_server(evidence: Evidence) -> Finding | None:
    ending, last = evidence.ending, _last_failure(evidence)
    if not ending or not evidence.log.of_any("accept"):
        return None
    if ending.how == "raised" and last.get("error") == ending.kind:
        return Finding(
            "M53",
            f"A {ending.kind} came out of {last['op']}() on one client's connection, "
            "and ended the server for everybody.",
        )
    failed = any(event["fd"] >= 0 for event in evidence.log.of_any("fail"))
    if ending.how in ("returned", "exited") and not failed:
        return Finding("", f"Your function has {ending.how}; the queue goes on.")
    if ending.how in ("returned", "exited"):
        return Finding("M53", f"Your function has {ending.how}; the queue goes on.")
    return None


# Whose turn it is -----------------------------------------------------------------


@rule
def two_at_a_time(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    if unmet.kind == "extra" and "expected nothing yet" in unmet.text:
        return Finding(
            "M50", f"{unmet.who} was answered while another's turn was not over."
        )
    if unmet.kind == "crowd":
        return Finding("M50", "More than one looks after clients.")
    return None


@rule
def deaf_to_the_end(evidence: Evidence) -> Finding | None:
    who = evidence.log.deaf
    if who is None or evidence.ending:
        return None
    return Finding(
        "M42",
        f'recv() returns b"" again and again: {who or "the client"} has finished, and '
        "the turn goes on.",
    )


@rule
def waits_for_more_to_come(evidence: Evidence) -> Finding | None:
    blocked = evidence.blocked
    if not blocked or blocked.op != "accept":
        return None
    who = evidence.unmet.who
    if not evidence.log.descriptors_of(who):
        return None
    if "end of the connection" in evidence.unmet.text:
        return Finding(
            "M54",
            f"It waits in accept() for the next client; {who}'s connection is still "
            "open.",
        )
    return Finding("M50", f"accept() waits for one more client, before {who} is done.")


@rule
def sent_away_too_early(evidence: Evidence) -> Finding | None:
    who, kind = evidence.unmet.who, evidence.unmet.kind
    if kind not in ("eof", "reset") or evidence.ending:
        return None
    done = evidence.log.of(who, "recv", "send", "fail", "close")
    if any(event["e"] == "recv" and event["n"] == 0 for event in done):
        return None
    if any(event.get("error") in GAVE_UP for event in done):
        return Finding(
            "M52", f"{who} was given no time: recv() gave up, and {who} was sent away."
        )
    return Finding("M50", f"{who}'s connection was closed while {who} had more to ask.")


# For whom it waits ----------------------------------------------------------------


@rule
def waits_without_a_limit(evidence: Evidence) -> Finding | None:
    blocked, who = evidence.blocked, evidence.unmet.who
    if not blocked or blocked.op == "accept" or not blocked.who:
        return None
    if evidence.behaviour.task == "serve_in_turn" and blocked.who == who:
        return None
    asked = bool(evidence.log.poured(who)) and "end of the" not in evidence.unmet.text
    if blocked.who == who and blocked.op == "recv" and asked:
        return None  # what it has to say has come: then there is no limit to be missed
    if evidence.behaviour.task == "serve_in_turn":
        return Finding(
            "M50", f"{blocked.op}() waits for {blocked.who}; it is {who}'s turn."
        )
    others = f"{who} and everybody else" if who != blocked.who else "everybody else"
    return Finding(
        "M52", f"{blocked.op}() waits for {blocked.who}, and {others} with it."
    )


@rule
def what_the_test_was_written_for(evidence: Evidence) -> Finding | None:
    """The general rules speak of loops and lists; a queue has neither."""
    return None if evidence.ending else suspected(evidence)
