"""Rules for output buffers: partial sends, no room, goodbyes, and how much is kept.

They are asked first, and for the tasks of exercise 06 alone. Its orders are single
bytes without a newline, so the general rules about lines would mislead.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from buckets.diagnosis import rules
from buckets.diagnosis.evidence import Event, Evidence, data_of
from buckets.diagnosis.raised import QUIET, oopses, what_came_of
from buckets.diagnosis.rules import NO_FINDING, Finding, Rules, first_of, suspected
from buckets.driving.unmet import first_difference
from buckets.texts import said
from buckets.trace.code import rebinds

SERVERS = {"hand_out", "serve_water"}
TASKS = SERVERS | {"pour", "flags"}
NO_ROOM = "EAGAIN"

rule = Rules(TASKS)


def _done(evidence: Evidence) -> list[Event]:
    """What was done on the connection of the client that did not get its due."""
    kinds = ("recv", "send", "fail", "close")
    return evidence.log.of(evidence.unmet.who, *kinds)


# No room is no error --------------------------------------------------------------


@rule
def no_room_ended_it(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if not ending or ending.kind != "BlockingIOError":
        return None
    failed = evidence.log.latest("fail") or {}
    if failed.get("op") == "sendall":
        return Finding("M05", "back_bucket.no_room_ended_it")
    what = (
        said("words.no_room")
        if failed.get("op") == "send"
        else said("words.nothing_had_come")
    )
    return Finding(
        "M65",
        "back_bucket.no_room_ended_it_2",
        op=failed.get("op", "A call"),
        what=what,
    )


@rule
def gave_up_half_way(evidence: Evidence) -> Finding | None:
    """sendall() said that there was no room, and somebody misses bytes."""
    gave_up = [e for e in _done(evidence) if e.get("op") == "sendall"]
    missing = evidence.unmet.kind in ("nothing", "wrong", "eof", "reset")
    if not missing or not any(event.get("errno") == NO_ROOM for event in gave_up):
        return None
    return Finding("M05", "back_bucket.gave_up_half_way")


@rule
def no_room_was_taken_for_the_end(evidence: Evidence) -> Finding | None:
    done = _done(evidence)
    for event, after in pairwise(done):
        if event.get("errno") != NO_ROOM or after["e"] != "close":
            continue
        if event["op"] == "sendall":
            return Finding("M05", "back_bucket.no_room_was_taken_for_the_end")
        who = evidence.unmet.who
        return Finding(
            "M65",
            "back_bucket.no_room_was_taken_for_the_end_2",
            op=event["op"],
            who=who,
        )
    return None


rule(rules.silence_was_a_goodbye)


@rule
def a_time_limit_was_over(evidence: Evidence) -> Finding | None:
    """send() waited until the limit of the connection was over, and it was closed."""
    for event, after in pairwise(_done(evidence)):
        late = event.get("error") == "TimeoutError" and after["e"] == "close"
        if late and event["op"].startswith("send"):
            facts = {"op": event["op"], "who": evidence.unmet.who}
            return Finding("M13", "back_bucket.a_time_limit_was_over", **facts)
    return None


rule(rules.answered_to_somebody_else)


# It waits for one reader ----------------------------------------------------------


@rule
def has_a_time_limit(evidence: Evidence) -> Finding | None:
    """A time limit is a wait, and everybody else waits with it."""
    limits = [e for e in evidence.log.of_any("block") if e.get("timeout")]
    sends = [e for e in evidence.log.recent if e.get("op", "").startswith("send")]
    late = any(e.get("error") == "TimeoutError" for e in sends)
    again = evidence.unmet.kind in ("rest", "busy") and late
    if not (evidence.unmet.kind == "one" or again) or not limits:
        return None
    who = evidence.log.name(limits[-1]["fd"]) or said("words.one_client")
    facts = {"who": who, "timeout": limits[-1]["timeout"]}
    return Finding("M13", "event_loop.has_a_time_limit", **facts)


@rule
def blocked_in_send(evidence: Evidence) -> Finding | None:
    blocked = evidence.blocked
    if not blocked or not blocked.op.startswith("send"):
        return None
    who = blocked.who or said("words.one_client")
    return Finding("M13", "back_bucket.blocked_in_send", op=blocked.op, who=who)


@rule
def stands_in_sendfile(evidence: Evidence) -> Finding | None:
    """sendfile() is no call of a socket's that is recorded, and waits like send()."""
    if evidence.ending or evidence.call != "sendfile":
        return None
    return Finding("M13", "back_bucket.stands_in_sendfile")


@rule
def waits_for_room(evidence: Evidence) -> Finding | None:
    if evidence.behaviour.task != "pour" or evidence.unmet.kind != "nothing":
        return None
    if not evidence.asleep_in_wait or not evidence.place:
        return None
    return Finding("M68", "back_bucket.waits_for_room")


@rule
def waits_for_one(evidence: Evidence) -> Finding | None:
    wait = evidence.log.latest("wait") or {}
    watched = wait.get("w", [])
    if not evidence.asleep_in_wait or wait.get("r") or len(watched) != 1:
        return None
    whom = evidence.log.name(watched[0]) or said("words.one_client")
    if _forgets_the_door(evidence, wait):
        return Finding("M34", "back_bucket.forgets_the_door", who=evidence.unmet.who)
    if watched[0] == evidence.log.listener:
        return Finding("", "back_bucket.door_for_room", api=wait["api"])
    if evidence.behaviour.task == "pour" or whom == evidence.unmet.who:
        return None
    return Finding("M68", "back_bucket.waits_for_one", api=wait["api"], whom=whom)


def _forgets_the_door(evidence: Evidence, wait: Event) -> bool:
    """Whether this very line has waited for newcomers before, and does not now."""
    door, log = evidence.log.listener, evidence.log
    before = [e for e in log.of_any("wait") if e.get("at") == wait.get("at")]
    waits_outside = not log.descriptors_of(evidence.unmet.who)
    return waits_outside and any(door in event.get("r", ()) for event in before)


@rule
def tries_for_room(evidence: Evidence) -> Finding | None:
    restless = evidence.spinning or evidence.unmet.kind in ("rest", "busy")
    log = evidence.log
    refused = [e for e in log.recent if e["e"] == "fail" and e["op"].startswith("send")]
    if evidence.ending or not restless or len(refused) < 5:
        return None
    who = log.name(refused[-1]["fd"]) or said("words.one_client")
    return Finding("M68", "back_bucket.tries_for_room", who=who)


# Too much, too early, out of turn, or never ---------------------------------------


@rule
def keeps_too_much(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "memory":
        return None
    return Finding("M19", "back_bucket.keeps_too_much")


@rule
def goodbye_with_water_pending(evidence: Evidence) -> Finding | None:
    done = _done(evidence)
    ended = any(event["e"] == "recv" and event["n"] == 0 for event in done)
    closed = any(event["e"] == "close" for event in done)
    if evidence.unmet.kind not in ("eof", "reset") or not ended or not closed:
        return None
    if rules.has_sent_it(done) and not _asked_for_room(evidence, done):
        return None  # nothing was pending: something else is missing
    if evidence.behaviour.task == "pour":
        return None  # there the given server hears the goodbye first
    return Finding(
        "M67", "back_bucket.goodbye_with_water_pending", who=evidence.unmet.who
    )


def _asked_for_room(evidence: Evidence, done: list[Event]) -> bool:
    """Whether it waited for room on that connection when it closed it.

    Whoever sends in scoops has sent each whole, and has more. A loop that always asks
    for room says nothing by it.
    """
    end = next(event for event in reversed(done) if event["e"] == "close")
    waits = [e for e in evidence.log.of_any("wait") if e["t"] < end["t"]]
    met = [e for e in waits if end["fd"] in (*e["r"], *e["w"])]
    asked = [end["fd"] in wait["w"] for wait in met]
    return bool(waits) and end["fd"] in waits[-1]["w"] and not all(asked)


@rule
def from_the_wrong_place(evidence: Evidence) -> Finding | None:
    """What is left of the flyer is less than what the next send() was given."""
    if evidence.behaviour.task != "hand_out" or evidence.unmet.kind != "wrong":
        return None
    taken = 0
    for event in evidence.log.of(evidence.unmet.who, "send"):
        if FLYER - taken < event["ask"] < FLYER:
            facts = {"taken": taken, "left": FLYER - taken, "ask": event["ask"]}
            return Finding("M04", "back_bucket.from_the_wrong_place", **facts)
        taken += event["n"]
    return None


@rule
def began_from_the_front_again(evidence: Evidence) -> Finding | None:
    """Bytes were taken, no room was left, and the next send() begins as before."""
    if evidence.behaviour.task != "pour" or evidence.unmet.kind not in WRONG:
        return None
    first, taken, refused = None, 0, False
    for event in _done(evidence):
        if event["e"] == "fail":
            refused = refused or event.get("errno") == NO_ROOM
        if event["e"] != "send":
            continue
        same = first and (first["ask"], first["data"]) == (event["ask"], event["data"])
        if same and taken and refused:
            other = rebinds(evidence.sources.values(), "pour", 1)
            belief = "M46" if other else "M04"
            return Finding(belief, "back_bucket.from_the_front", taken=taken)
        if first is None or refused:
            first, taken, refused = event, 0, False
        taken += event["n"]
    return None


WRONG = ("wrong", "extra")


@rule
def sent_a_part(evidence: Evidence) -> Finding | None:
    sends = [event for event in _done(evidence) if event["e"] == "send"]
    refused = [event["t"] for event in _done(evidence) if event["e"] == "fail"]
    for event, after in pairwise([*sends, {}]):
        if event["n"] == event["ask"]:
            continue
        between = any(event["t"] < t < after.get("t", 0) for t in refused)
        took = said("words.took", n=event["n"], ask=event["ask"])
        again = (after.get("ask"), after.get("data")) == (event["ask"], event["data"])
        # Slices of one answer begin alike, too: then the bytes arrive as they should.
        if again and evidence.unmet.kind in ("wrong", "extra"):
            used = evidence.uses_result("send") and not between
            if evidence.behaviour.task == "pour" and used:
                return Finding("M46", "back_bucket.sent_a_part_4", took=took)
            return Finding("M04", "back_bucket.sent_a_part", took=took)
        if not after and evidence.unmet.kind == "eof":
            return Finding("M04", "back_bucket.sent_a_part_2", took=took)
        rest, wrong = event["ask"] - event["n"], evidence.unmet.kind == "wrong"
        if after and wrong and after["ask"] < min(rest, event["n"]):
            return Finding("M04", "back_bucket.sent_a_part_3", took=took)
    return None


@rule
def went_on_elsewhere(evidence: Evidence) -> Finding | None:
    """send() took a part, and the next began with other bytes than it had left."""
    unmet, at, part = evidence.unmet, 0, Event()
    if evidence.behaviour.task != "pour" or unmet.kind != "wrong":
        return None
    for event in evidence.log.of(unmet.who, "send", "fail"):
        if event["e"] == "fail":
            part = event if event.get("errno") == NO_ROOM else part
            continue
        data = data_of(event)
        due = unmet.expected[at : at + len(data)]
        if part and due and not data.startswith(due):
            if part["e"] == "fail":
                return Finding("", "back_bucket.went_on_elsewhere_2")
            took = said("words.took", n=part["n"], ask=part["ask"])
            return Finding("M04", "back_bucket.went_on_elsewhere", took=took)
        at += event["n"]
        part = event if event["n"] < event["ask"] else {}
    return None


@rule
def kept_what_was_taken(evidence: Evidence) -> Finding | None:
    """send() took all, and the next call of pour() found the same bytes again."""
    sends = [event for event in _done(evidence) if event["e"] == "send"]
    if evidence.behaviour.task != "pour" or evidence.unmet.kind != "extra":
        return None
    for event, after in pairwise(sends):
        if (
            event["n"] == event["ask"] == after["ask"]
            and event["data"] == after["data"]
        ):
            return Finding("M46", "back_bucket.kept_what_was_taken", n=event["n"])
    if not any(event["n"] < event["ask"] for event in sends):
        return None
    return Finding("M04", "back_bucket.kept_what_was_taken_2")


@rule
def kept_for_somebody_else(evidence: Evidence) -> Finding | None:
    """It waits for room behind one who has ordered nothing."""
    wait, who, log = evidence.log.latest("wait"), evidence.unmet.who, evidence.log
    if not wait or not evidence.asleep_in_wait or evidence.unmet.kind != "nothing":
        return None
    if evidence.behaviour.task != "serve_water" or log.of(who, "send", "fail"):
        return None
    for fd in wait.get("w", []):
        other = log.name(fd)
        if other not in ("", who) and not any(e["n"] for e in log.of(other, "recv")):
            return Finding(
                "M30", "back_bucket.kept_for_somebody_else", who=who, other=other
            )
    return None


@rule
def not_watched_for_room(evidence: Evidence) -> Finding | None:
    wait, who = evidence.log.latest("wait"), evidence.unmet.who
    if not wait or not evidence.asleep_in_wait or evidence.unmet.kind != "nothing":
        return None
    mine = set(evidence.log.descriptors_of(who))
    if not mine or mine & set(wait.get("w", [])) or not _was_asked(evidence):
        return None
    if _all_was_taken(evidence):
        return None  # then nothing waits for room: something was never poured
    tried = evidence.log.of(who, "send", "fail") or evidence.behaviour.task == "flags"
    if not tried:
        # Whether anything is kept for it, and where, is not known.
        return Finding("", "back_bucket.nothing_was_tried", who=who)
    return Finding("M66", "back_bucket.not_watched_for_room", api=wait["api"], who=who)


def _was_asked(evidence: Evidence) -> bool:
    """Whether something is due: an order was read, or it comes without an order."""
    done = evidence.log.of(evidence.unmet.who, "recv")
    return evidence.behaviour.task == "hand_out" or any(event["n"] for event in done)


def _all_was_taken(evidence: Evidence) -> bool:
    """Whether the last send() found room for everything that it was given."""
    tries = evidence.log.of(evidence.unmet.who, "send", "fail")
    last = tries[-1] if tries else {"e": "none"}
    return last["e"] == "send" and last["n"] == last["ask"]


@rule
def took_several_orders_for_one(evidence: Evidence) -> Finding | None:
    who, unmet = evidence.unmet.who, evidence.unmet
    if evidence.behaviour.task != "serve_water":
        return None
    if unmet.kind not in ("nothing", "wrong") or "end of the connection" in unmet.text:
        return None  # all has come, and only the goodbye is missing
    scoops = [e for e in evidence.log.of(who, "recv") if e["n"] > 1]
    if not scoops or not evidence.asleep_in_wait or not _all_was_taken(evidence):
        return None
    orders = data_of(scoops[-1])
    poured = sum(event["n"] for event in evidence.log.of(who, "send"))
    if unmet.kind == "wrong" and poured >= sum(map(_size, orders)):
        return None
    return Finding(
        "M02",
        "back_bucket.took_several_orders_for_one",
        orders=orders,
        who=who,
        n=scoops[-1]["n"],
    )


@rule
def somebody_elses_order(evidence: Evidence) -> Finding | None:
    """The answer to a letter that this client has not sent, and another one has."""
    unmet, log = evidence.unmet, evidence.log
    if unmet.kind not in ("wrong", "extra") or evidence.behaviour.task != "serve_water":
        return None
    letter = unmet.got[first_difference(unmet.expected, unmet.got) :][:1]
    if not letter.isalpha() or letter in log.poured(unmet.who):
        return None
    for other in log.clients:
        if other != unmet.who and letter in log.poured(other):
            return Finding(
                "M30", "back_bucket.somebody_elses_order", who=unmet.who, other=other
            )
    return None


@rule
def one_buffer_for_all(evidence: Evidence) -> Finding | None:
    """Everybody is given the same; each goes on where the one before left off."""
    if evidence.behaviour.task != "hand_out" or evidence.unmet.kind != "wrong":
        return None
    log = evidence.log
    whose = {id(e): who for who in log.clients for e in log.of(who, "send")}
    taken: Counter[str] = Counter()
    for event in log.of_any("send"):
        who, left = whose.get(id(event), ""), event["ask"]
        own, total = taken[who], taken.total()
        if own < total and left == FLYER - total:
            return Finding("M109", "back_bucket.one_buffer_for_all", who=who, left=left)
        taken[who] += event["n"]
    return None


@rule
def one_place_for_all(evidence: Evidence) -> Finding | None:
    """What this client misses in the middle is as much as others were given then."""
    unmet = evidence.unmet
    if evidence.behaviour.task != "hand_out" or unmet.kind != "wrong":
        return None
    front = first_difference(unmet.expected, unmet.got)
    own = {id(e) for e in evidence.log.of(unmet.who, "send")}
    taken = others = 0
    for event in evidence.log.of_any("send"):
        if id(event) not in own:
            others += event["n"]
        elif taken + event["n"] > front:
            break
        else:
            taken, others = taken + event["n"], 0
    ahead = unmet.got[taken : taken + AHEAD]
    if not others or unmet.expected[taken + others :][:AHEAD] != ahead:
        return None
    facts = {"who": unmet.who, "missed": others, "front": taken}
    return Finding("M109", "back_bucket.one_place_for_all", **facts)


AHEAD = 128
"""Bytes of the flyer that tell their place."""
A_FEW = 4
"""Bytes; each answer tells its letter in the first of them."""
FLYER = 1 << 20
"""Bytes that everybody is given."""


@rule
def asked_for_more(evidence: Evidence) -> Finding | None:
    """Somebody with something pending is in the list to read from, too."""
    unmet = evidence.unmet
    due, got = (told.split(b";") for told in (unmet.expected, unmet.got))
    if evidence.behaviour.task != "flags" or unmet.kind != "wrong" or len(due) < 2:
        return None
    more = set(got[0].split()) - set(due[0].split())
    pending = sorted(more & set(due[1].split()))
    if not pending or len(got) < 2 or got[1] != due[1]:
        return None
    return Finding("M19", "back_bucket.asked_for_more", who=pending[0].decode())


@rule
def kept_to_itself(evidence: Evidence) -> Finding | None:
    """pour() is to let its caller know, and its own except clause was there first."""
    if evidence.behaviour.task != "pour" or evidence.unmet.got != b"nothing":
        return None
    caught = [oops for oops in oopses(evidence) if oops.how in QUIET]
    return what_came_of(evidence, caught[-1]) if caught else None


def _size(letter: int) -> int:
    """How many bytes are poured for a letter."""
    return 2 ** max(0, letter - ord("a"))


@rule
def out_of_turn(evidence: Evidence) -> Finding | None:
    unmet, log = evidence.unmet, evidence.log
    if unmet.kind != "wrong" or evidence.behaviour.task != "serve_water":
        return None
    index = first_difference(unmet.expected, unmet.got)
    letter = unmet.got[index : index + 1]
    orders = log.poured(unmet.who)
    if not letter or letter not in orders or len(orders) < 2:
        return None
    behind = unmet.got[index + _size(letter[0]) :]
    due = unmet.expected[index:]
    goes_on = bool(behind) and due.startswith(behind[:A_FEW])
    # Where the first neither goes on behind it nor comes later, its rest is lost.
    whole = sorted(unmet.got) == sorted(unmet.expected)
    belief = "M69" if goes_on or whole else ""
    return Finding(belief, "back_bucket.out_of_turn", orders=orders, letter=letter)


# The general rules that hold here, too --------------------------------------------

ALSO = (
    rules.never_closed,
    rules.waits_to_be_spoken_to,
    rules.not_in_the_list,
    rules.somebody_elses_bytes,
    rules.gone_too_early,
)


@rule
def what_else_it_may_be(evidence: Evidence) -> Finding | None:
    """Of what was said, no general rule knows; of restlessness and ends they do."""
    silent = evidence.unmet.kind in ("nothing", "wrong", "extra", "eof")
    if evidence.ending or evidence.blocked or not silent:
        return None
    return first_of(ALSO, evidence) or suspected(evidence) or NO_FINDING
