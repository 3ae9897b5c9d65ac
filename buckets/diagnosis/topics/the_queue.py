"""Rules for the queue: one client at a time, rude clients, a limit on every wait.

They are asked first, and for the tasks of exercise 02 alone: to let everybody else wait
is a mistake in a later lesson, and here it is what is asked for.
"""

from __future__ import annotations

import math
import re
from itertools import accumulate

from buckets.diagnosis import rules
from buckets.diagnosis.answer import heard_by
from buckets.diagnosis.evidence import Blocked, Event, Evidence
from buckets.diagnosis.rules import Finding, Rules, suspected
from buckets.texts import said

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
    if predicted == before[:-1]:
        return Finding("M51", "the_queue.missed_begin")
    if predicted == steps:
        return Finding("M51", "the_queue.missed_turn")
    if math.inf in predicted and math.inf not in measured:
        return Finding("M51", "the_queue.missed_endless")
    if predicted == [*accumulate(reversed(steps))][::-1]:
        return Finding("M51", "the_queue.missed_order")
    if cut := _cut_at_a_limit(steps, predicted):
        return Finding("M52", "the_queue.missed_limit", turn=max(steps), cut=cut)
    if predicted[0] == measured[0]:
        return Finding("M51", "the_queue.missed_later")
    return Finding("M51")


def _cut_at_a_limit(steps: list[float], predicted: list[float]) -> float | None:
    """At what length each longer turn ends in a prediction; None if not at one.

    One turn must have that very length: it is what the silent one's wait lasts.
    """
    before = [0.0, *predicted]
    told = [after - b for b, after in zip(before, predicted, strict=False)]
    cut = {t for t, step in zip(told, steps, strict=False) if t != step}
    most = max(told)
    if cut != {most} or most not in steps or len(told) != len(steps):
        return None
    return most if told == [min(step, most) for step in steps] else None


def _not_one_for_each(got: bytes) -> Finding | None:
    if not got.startswith(b"["):
        return None
    count = len(_waits(got)) if len(got) > len("[]") else 0
    told = said("words.one_wait" if count == 1 else "words.waits_were", count=count)
    return Finding("M51", "the_queue.not_one_for_each", told=told)


def _waits(told: bytes) -> list[float]:
    return [float(number) for number in told.decode().strip("[]").split(", ")]


# It has ended ---------------------------------------------------------------------


def _last_failure(evidence: Evidence) -> Event:
    return evidence.log.latest("fail") or {}


@rule
def limit_on_the_door(evidence: Evidence) -> Finding | None:
    last = _last_failure(evidence)
    if evidence.ending and last.get("op") == "accept" and last["error"] in GAVE_UP:
        return Finding("M52", "the_queue.limit_on_the_door", error=last["error"])
    return None


@rule
def one_visit_ended_the_server(evidence: Evidence) -> Finding | None:
    ending, last = evidence.ending, _last_failure(evidence)
    if not ending or not evidence.log.of_any("accept"):
        return None
    at_a_client = last.get("op") != "accept"
    if ending.how == "raised" and last.get("error") == ending.kind and at_a_client:
        return Finding(
            "M53",
            "the_queue.one_visit_ended_the_server",
            kind=ending.kind,
            op=last["op"],
        )
    if ending.how not in ("returned", "exited"):
        return None
    if failed := _failed_in_the_last_turn(evidence):
        # It came out of no function, so somebody has caught it.
        return Finding(
            "M53",
            "the_queue.one_visit_ended_the_server_3",
            how=ending.how,
            op=failed["op"],
            error=failed["error"],
        )
    return Finding("", "the_queue.one_visit_ended_the_server_2", how=ending.how)


def _failed_in_the_last_turn(evidence: Evidence) -> Event:
    """What a call on a connection has raised since the door was last seen to."""
    found: Event = {}
    for event in reversed(evidence.log.own):
        if event["e"] == "accept" or event.get("op") == "accept":
            break
        if event["e"] == "fail" and event["fd"] >= 0:
            found = event
    return found


# Whose turn it is -----------------------------------------------------------------


@rule
def two_at_a_time(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    if unmet.kind == "extra" and "expected nothing yet" in unmet.text:
        return Finding("M50", "the_queue.two_at_a_time", who=unmet.who)
    if unmet.kind == "crowd":
        return Finding("M50", "the_queue.two_at_a_time_2")
    return None


@rule
def counts_something_else(evidence: Evidence) -> Finding | None:
    """A number belongs to whoever is let in, and to all answers of that client."""
    unmet, log = evidence.unmet, evidence.log
    came = _numbers_of(unmet.got)
    let_in = log.let_in
    if unmet.kind != "wrong" or evidence.ending or unmet.who not in let_in or not came:
        return None
    place = let_in.index(unmet.who)
    if _numbers_of(unmet.expected)[0] != place + 1:
        return None
    heard = b"".join(heard_by(evidence, unmet.who))
    facts: dict[str, object] = {"who": unmet.who, "due": place + 1}
    borne = [*_numbers_of(heard), *came]
    if len(set(borne)) > 1:
        other = next(number for number in borne if number != place + 1)
        key = "the_queue.a_number_for_each_answer"
        return Finding("", key, came=other, **facts)
    silent = [
        who
        for who in let_in[:place]
        if not any(event["n"] for event in log.of(who, "recv"))
    ]
    if silent and came[0] == place + 1 - len(silent):
        names = ", ".join(silent)
        key = "the_queue.a_number_for_who_speaks"
        return Finding("", key, came=came[0], names=names, **facts)
    return None


def _numbers_of(answers: bytes) -> list[int]:
    """With which numbers whole answers begin, one after the other."""
    found = re.findall(rb"^(\d{1,9}) .*\n", answers, re.MULTILINE)
    return [int(number) for number in found]


@rule
def deaf_to_the_end(evidence: Evidence) -> Finding | None:
    who = evidence.log.deaf
    if who is None or evidence.ending:
        return None
    return Finding(
        "M42", "the_queue.deaf_to_the_end", who=who or said("words.the_client")
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
        ended = evidence.log.has_read_the_end(who)
        read = evidence.log.of(who, "recv")
        # Who was let in after it, and before the end of its turn, is looked after too.
        belief = "M54" if ended or not read else "M50"
        return Finding(belief, "the_queue.waits_for_more_to_come", who=who)
    return Finding("M50", "the_queue.waits_for_more_to_come_2", who=who)


rule(rules.closed_at_an_empty_line)


@rule
def sent_away_too_early(evidence: Evidence) -> Finding | None:
    who, kind = evidence.unmet.who, evidence.unmet.kind
    if kind not in ("eof", "reset") or evidence.ending:
        return None
    done = evidence.log.of(who, "recv", "send", "fail", "close")
    if any(event["e"] == "recv" and event["n"] == 0 for event in done):
        return None
    gave_up = [event for event in done if event.get("error") in GAVE_UP]
    if any(event.get("made") for event in gave_up):
        # The test has let less time pass than it was to be waited for.
        return Finding("M52", "the_queue.sent_away_too_early_4", who=who)
    if gave_up:
        return _gave_up(evidence, gave_up[-1])
    answers = len(evidence.log.of(who, "send"))
    if answers > 1 and evidence.behaviour.suspects == ("M52",):
        # It was waited for, again and again: the turn as a whole was too long for it.
        return Finding(
            "M52", "the_queue.sent_away_too_early_3", who=who, answers=answers
        )
    if evidence.behaviour.suspects == ("M52",):
        return Finding("M52", "the_queue.sent_away_too_early_7", who=who)
    return Finding("M50", "the_queue.sent_away_too_early_2", who=who)


def _gave_up(evidence: Evidence, failed: Event) -> Finding:
    """How long a call was let wait that gave up, as settimeout() has said it."""
    who, op = evidence.unmet.who, failed["op"]
    limits = [event.get("timeout") or 0 for event in evidence.log.of(who, "block")]
    if failed["error"] == "BlockingIOError":
        return Finding("M52", "the_queue.sent_away_too_early", who=who, op=op)
    if len(limits) > 1 and limits[-1] < limits[0]:
        return Finding(
            "M52",
            "the_queue.sent_away_too_early_5",
            who=who,
            op=op,
            first=limits[0],
            last=limits[-1],
        )
    return Finding("M52", "the_queue.sent_away_too_early_6", who=who, op=op)


@rule
def shut_and_not_closed(evidence: Evidence) -> Finding | None:
    """Its end was sent by shutdown(), and nothing has closed it since."""
    if evidence.unmet.kind != "leak" or evidence.ending:
        return None
    for who in evidence.log.clients:
        done = evidence.log.of(who, "shut", "close")
        if done and done[-1]["e"] == "shut":
            return Finding("M54", "the_queue.shut_and_not_closed", who=who)
    return None


@rule
def let_in_ahead(evidence: Evidence) -> Finding | None:
    """Somebody's connection is open beside the one of whose turn it is."""
    unmet, log = evidence.unmet, evidence.log
    if unmet.kind != "leak" or evidence.ending:
        return None
    inside = [who for who in log.let_in if log.descriptors_of(who)]
    if len(inside) < 2 or log.has_read_the_end(inside[0]):
        return None  # its end was read: then it is another matter that it is open
    return Finding("M50", "the_queue.let_in_ahead", who=inside[-1], who2=inside[0])


# For whom it waits ----------------------------------------------------------------


@rule
def let_the_next_in_first(evidence: Evidence) -> Finding | None:
    """Its end was read, and what is waited for is another one's request."""
    blocked, who, log = evidence.blocked, evidence.unmet.who, evidence.log
    if not blocked or blocked.op != "recv" or not blocked.who or blocked.who == who:
        return None
    if "end of the connection" not in evidence.unmet.text:
        return None
    if not log.has_read_the_end(who):
        return None
    if log.of(who, "close") or not log.descriptors_of(who):
        return None
    return Finding("M54", "the_queue.let_the_next_in_first", who=who, who2=blocked.who)


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
            "M50",
            "the_queue.waits_without_a_limit",
            op=blocked.op,
            who=blocked.who,
            who2=who,
        )
    others = (
        said("words.client_and_everybody", who=who)
        if who != blocked.who
        else said("words.everybody_else")
    )
    return Finding(
        "M52",
        _which_limit(evidence, blocked),
        op=blocked.op,
        who=blocked.who,
        others=others,
    )


def _which_limit(evidence: Evidence, blocked: Blocked) -> str:
    """The sentence on a call that waits: what has been said of a limit for it."""
    log = evidence.log
    gave_up = [each.get("error") for each in log.of(blocked.who, "fail")]
    if "TimeoutError" in gave_up:
        return "the_queue.waits_without_a_limit_3"
    for_the_door = any(
        event["fd"] == log.listener and event.get("timeout")
        for event in log.of_any("block")
    )
    if for_the_door and not log.of(blocked.who, "block"):
        return "the_queue.waits_without_a_limit_4"
    return "the_queue.waits_without_a_limit_2"


@rule
def what_the_test_was_written_for(evidence: Evidence) -> Finding | None:
    """The general rules speak of loops and lists; a queue has neither."""
    return None if evidence.ending else suspected(evidence)
