"""Rules for servers in need: calls that fail, limits, an end, and a successor.

They are asked first, and for the tasks of exercise 15 alone. A call that failed because
a test wanted it so is marked in the record as `made`; SIGTERM stands there as `signal`;
and what the clock said is told by its hands, at every moment at which the server rests.
"""

from __future__ import annotations

import re

from buckets.diagnosis import rules
from buckets.diagnosis.evidence import Event, Evidence, data_of
from buckets.diagnosis.rules import (
    NO_FINDING,
    WAITING,
    Finding,
    Rules,
    awaits_the_end,
    first_of,
    suspected_of,
    wanted,
)
from buckets.diagnosis.topics import connecting_out

OUT = {"hold_out"}
LIMITS = {"hold_limits"}
ENDS = {"drain", "hand_over"}
WATCHED = {"monitored"}

AGAIN = ("EAGAIN", "EINTR")
SHORT = ("EMFILE", "ENFILE", "ENOBUFS", "ENOMEM")
IDLE, WHOLE, PAUSE, DRAIN = 30.0, 10.0, 1.0, 5.0
MOST = 10

DESKS = ("clock", "heir", "monitor")
rule_for_calls = Rules(OUT | LIMITS)
rule_for_limits = Rules(LIMITS)
rule_for_ends = Rules(ENDS)
rule_for_monitors = Rules(WATCHED)
rule_at_last = Rules(OUT | LIMITS | ENDS | WATCHED)


def _now_at(evidence: Evidence, t: int) -> float:
    """What the clock said at a moment of the run: all by which it had been moved."""
    moves = evidence.log.of_client("clock", "pour")
    return sum(float(data_of(e) or 0) for e in moves if e["t"] <= t)


def _now(evidence: Evidence) -> float:
    events = evidence.log.trace.events
    return _now_at(evidence, events[-1]["t"]) if events else 0.0


def _inside(evidence: Evidence) -> list[str]:
    """The clients whose connections are open; not the test's own desks."""
    log = evidence.log
    return [w for w in log.clients if log.descriptors_of(w) and w not in DESKS]


def _neighbours(evidence: Evidence) -> list[str]:
    """Who else is in and has come from the same address."""
    told = [e for e in evidence.log.trace.events if e["e"] == "address"]
    hosts = {e["who"]: e["host"] for e in told}
    who = evidence.unmet.who
    others = [each for each in _inside(evidence) if each != who]
    return [each for each in others if who in hosts and hosts.get(each) == hosts[who]]


def _after(evidence: Evidence, event: Event) -> list[Event]:
    """What the server did after one of its own events."""
    return [each for each in evidence.log.own if each["t"] > event["t"]]


def _failed(evidence: Evidence, *ops: str) -> list[Event]:
    """The calls that failed because the test wanted it, or for want of descriptors."""
    fails = [e for e in evidence.log.of_any("fail") if e.get("op") in ops]
    return [e for e in fails if e.get("made") or e.get("errno") in SHORT]


def _raised(evidence: Evidence) -> bool:
    return bool(evidence.ending and evidence.ending.how == "raised")


def _waited_for_a_closed_one(evidence: Evidence) -> bool:
    fails = [e for e in evidence.log.recent if e["e"] == "fail"]
    return bool(fails) and fails[-1].get("op") in WAITING


# Calls that fail ----------------------------------------------------------------------


@rule_for_limits
@rule_for_ends
def never_asked_its_clock(evidence: Evidence) -> Finding | None:
    """Time had passed by the given clock, something was due, and another was asked."""
    told = [e for e in evidence.log.trace.events if e["e"] == "clock"]
    if evidence.ending or not told or not _now(evidence):
        return None
    if told[-1]["looked"] or not told[-1]["others"]:
        return None
    timely = evidence.unmet.kind in ("early", "late", "end")
    if not timely and not awaits_the_end(evidence):
        return None
    return Finding("M84", "housekeeping.looked_at_another_clock")


@rule_for_calls
def not_now_ended_it(evidence: Evidence) -> Finding | None:
    """A call said "not now", and the program has ended with that."""
    fails = _failed(evidence, "accept", "recv", "send", "sendall")
    if not _raised(evidence) or not fails or fails[-1]["errno"] not in AGAIN:
        return None
    facts = {"op": fails[-1]["op"], "errno": fails[-1]["errno"]}
    return Finding("M220", "faults.not_now_ended_it", **facts)


@rule_for_calls
def not_now_closed_it(evidence: Evidence) -> Finding | None:
    """The same, and its connection was closed."""
    for fail in _failed(evidence, "recv", "send", "sendall"):
        since = [e for e in _after(evidence, fail) if e.get("fd") == fail["fd"]]
        closed = since and since[0]["e"] in ("close", "shut")
        if fail["errno"] in AGAIN and closed and evidence.unmet.kind in CUT:
            facts = {"op": fail["op"], "errno": fail["errno"]}
            return Finding("M220", "faults.not_now_closed_it", **facts)
    return None


CUT = ("eof", "reset")


@rule_for_calls
def gave_a_part_away(evidence: Evidence) -> Finding | None:
    """send() took a part of an answer, and nothing was sent to that client since."""
    who = evidence.unmet.who
    sends = evidence.log.of(who, "send")
    if evidence.ending or evidence.unmet.kind not in ("nothing", "wrong") or not sends:
        return None
    last = sends[-1]
    if last["n"] >= last["ask"]:
        return None
    waits = evidence.log.latest("wait") or {}
    if last["fd"] in waits.get("w", []):
        return None  # it will be asked again
    facts = {"n": last["n"], "ask": last["ask"], "who": who}
    return Finding("M04", "faults.gave_a_part_away", **facts)


@rule_for_calls
def one_failure_ended_it(evidence: Evidence) -> Finding | None:
    fails = _failed(evidence, "recv", "send", "sendall")
    if not _raised(evidence) or not fails or fails[-1]["errno"] in AGAIN:
        return None
    if evidence.log.own and fails[-1]["t"] < _last_call(evidence):
        return None
    facts = {"op": fails[-1]["op"], "errno": fails[-1]["errno"]}
    return Finding("M10", "faults.one_failure_ended_it", **facts)


def _last_call(evidence: Evidence) -> int:
    """When the program last came back to its wait, or called anything that worked."""
    kinds = ("woke", "recv", "send", "accept")
    return max((e["t"] for e in evidence.log.own if e["e"] in kinds), default=0)


@rule_for_calls
def who_is_gone_ended_it(evidence: Evidence) -> Finding | None:
    ending, fails = evidence.ending, _failed(evidence, "accept")
    if not ending or ending.kind != "ConnectionAbortedError" or not fails:
        return None
    return Finding("M221", "faults.who_is_gone_ended_it", errno=fails[-1]["errno"])


@rule_for_calls
def who_is_gone_shut_the_door(evidence: Evidence) -> Finding | None:
    """accept() failed for one client, and since then the listener is not watched."""
    fails = _failed(evidence, "accept")
    wait = evidence.log.latest("wait") or {}
    if evidence.ending or not fails or fails[-1]["errno"] != "ECONNABORTED":
        return None
    if evidence.unmet.kind != "nothing" or evidence.log.listener in wait.get("r", []):
        return None
    return Finding("M221", "faults.who_is_gone_shut_the_door")


@rule_for_calls
def not_now_shut_the_door(evidence: Evidence) -> Finding | None:
    """accept() said "not now", and since then the listener is not watched."""
    fails = _failed(evidence, "accept")
    wait = evidence.log.latest("wait") or {}
    if evidence.ending or not fails or fails[-1]["errno"] not in AGAIN:
        return None
    if evidence.unmet.kind != "nothing" or evidence.log.listener in wait.get("r", []):
        return None
    facts = {"errno": fails[-1]["errno"]}
    return Finding("M220", "faults.not_now_shut_the_door", **facts)


@rule_for_calls
def a_shortage_ended_it(evidence: Evidence) -> Finding | None:
    fails = _failed(evidence, "accept")
    if not _raised(evidence) or not fails or fails[-1]["errno"] not in SHORT:
        return None
    return Finding("M17", "faults.a_shortage_ended_it", errno=fails[-1]["errno"])


@rule_for_calls
def tried_again_at_once(evidence: Evidence) -> Finding | None:
    """accept() was called again before PAUSE seconds had passed by the clock."""
    for fail in _failed(evidence, "accept"):
        if fail["errno"] not in SHORT or evidence.ending:
            continue
        tries = [e for e in _after(evidence, fail) if _is_accept(e)]
        due = _now_at(evidence, fail["t"]) + PAUSE
        if tries and _now_at(evidence, tries[0]["t"]) < due - 0.01:
            return Finding("M17", "faults.tried_again_at_once", errno=fail["errno"])
    return None


def _is_accept(event: Event) -> bool:
    return event["e"] == "accept" or (
        event["e"] == "fail" and event.get("op") == "accept"
    )


@rule_for_calls
def opens_too_late(evidence: Evidence) -> Finding | None:
    """It sleeps on after the moment at which the door was to be tried again."""
    told = re.search(r"sleeps (.*), but something is due in (.*)", evidence.unmet.text)
    fails = [e for e in _failed(evidence, "accept") if e["errno"] in SHORT]
    if evidence.unmet.kind != "late" or not told or not fails:
        return None
    facts = {"errno": fails[-1]["errno"], "told": told[1], "due": told[2].rstrip(".")}
    return Finding("M222", "faults.opens_too_late", **facts)


@rule_for_calls
def goes_by_another_clock(evidence: Evidence) -> Finding | None:
    """What it asks of select() is no time that the given clock can have told."""
    told = [e for e in evidence.log.trace.events if e["e"] == "clock"]
    asks = told[-1]["asks"] if told else None
    if evidence.ending or evidence.unmet.kind not in ("early", "late") or not asks:
        return None
    if told[-1]["looked"] == 0:
        return Finding("M84", "housekeeping.looked_at_another_clock")
    if told[-1]["others"]:
        return Finding("M84", "faults.asked_another_clock")
    # Whatever is typed, and whatever the tests move, is whole in milliseconds.
    if abs(asks * 1000 - round(asks * 1000)) > 1e-3:
        return Finding("M84", "housekeeping.looked_at_another_clock_3")
    return None


@rule_for_calls
def spared_a_failed_one(evidence: Evidence) -> Finding | None:
    """A call failed on a connection, and it is still open."""
    who, ends = evidence.unmet.who, "end of the connection" in evidence.unmet.text
    fails = [e for e in evidence.log.of(who, "fail") if e.get("made")]
    if evidence.ending or evidence.unmet.kind not in ("nothing", "extra") or not ends:
        return None
    if not fails or fails[-1]["errno"] in AGAIN:
        return None
    facts = {"op": fails[-1]["op"], "errno": fails[-1]["errno"], "who": who}
    return Finding("", "faults.spared_a_failed_one", **facts)


@rule_for_calls
def called_another(evidence: Evidence) -> Finding | None:
    """A call was to fail, and the client was answered without it."""
    unmet, mishaps = evidence.unmet, evidence.behaviour.options.mishaps
    if unmet.kind != "extra" or "end of the connection" not in unmet.text:
        return None
    due = [m.call for m in mishaps if m.error and m.error not in AGAIN]
    failed = {e.get("op") for e in _failed(evidence, *due)}
    missing = [call for call in due if call not in failed and call != "accept"]
    return Finding("", "faults.called_another", op=missing[0]) if missing else None


# Limits -------------------------------------------------------------------------------


rule_for_calls(rules.sleeps_in_its_loop)
rule_for_limits(rules.struck_by_its_clock)


def _told_at(evidence: Evidence, t: int) -> float:
    """What the clock had said last, by then: it said no less at that moment."""
    told = [e for e in evidence.log.trace.events if e["e"] == "clock" and e["t"] <= t]
    return float(told[-1]["now"]) if told else 0.0


@rule_for_limits
def closed_for_an_old_line(evidence: Evidence) -> Finding | None:
    """WHOLE seconds after a line had begun that was whole long before that."""
    unmet, closes = evidence.unmet, evidence.log.of(evidence.unmet.who, "close")
    if unmet.kind not in CUT or not closes:
        return None
    now, began = _now_at(evidence, closes[-1]["t"]), list[float]()
    unfinished = b""
    for read in evidence.log.of(unmet.who, "recv"):
        if read["n"] and (not unfinished or b"\n" in data_of(read)):
            began.append(_told_at(evidence, read["t"]))
        unfinished = (unfinished + data_of(read)).rpartition(b"\n")[2]
    if not unfinished or len(began) < 2 or now - began[-1] >= WHOLE:
        return None
    if all(now - each < WHOLE for each in began[:-1]):
        return None
    facts = {"who": unmet.who, "began": began[-1], "now": now}
    return Finding("M93", "faults.closed_for_an_old_line", **facts)


@rule_for_limits
def closed_a_slow_reader(evidence: Evidence) -> Finding | None:
    """Its client had taken something less than IDLE seconds before, and said nothing.

    Who has spoken since was closed for another reason.
    """
    unmet, log = evidence.unmet, evidence.log
    closes = log.of(unmet.who, "close")
    if unmet.kind not in CUT or not closes:
        return None
    said = [e for e in log.of(unmet.who, "recv") if e["n"]]
    spoke = _now_at(evidence, said[-1]["t"]) if said else 0.0
    if said and _now_at(evidence, closes[-1]["t"]) - spoke < IDLE:
        return None
    taken = [e for e in log.of_client(unmet.who, "hear") if e["t"] < closes[-1]["t"]]
    if not taken:
        return None
    at, now = (_now_at(evidence, e["t"]) for e in (taken[-1], closes[-1]))
    if now - at >= IDLE or not now:
        return None
    return Finding("M223", "faults.closed_a_slow_reader", who=unmet.who, idle=IDLE)


@rule_for_limits
def closed_too_early(evidence: Evidence) -> Finding | None:
    """Bytes had come from it less than IDLE seconds before, and no line had begun."""
    who, log = evidence.unmet.who, evidence.log
    closes, reads = log.of(who, "close"), log.of(who, "recv")
    if evidence.unmet.kind not in CUT or not closes or not reads:
        return None
    if not data_of(reads[-1]).endswith(b"\n") or log.of(who, "fail"):
        return None
    pours = [e for e in log.of_client(who, "pour") if e["t"] < reads[-1]["t"]]
    heard, now = (_now_at(evidence, e["t"]) for e in (pours[-1], closes[-1]))
    if not 0 < now - heard < IDLE:
        return None
    facts = {"who": who, "seconds": f"{now - heard:g}", "idle": f"{IDLE:g}"}
    return Finding("M92", "faults.closed_too_early", **facts)


@rule_for_limits
def closed_a_silent_one(evidence: Evidence) -> Finding | None:
    """It had come less than IDLE seconds before, and had said nothing."""
    who, log = evidence.unmet.who, evidence.log
    closes, came = log.of(who, "close"), log.of_client(who, "connect")
    if evidence.unmet.kind not in CUT or not closes or not came or log.poured(who):
        return None
    since, now = (_now_at(evidence, e["t"]) for e in (came[-1], closes[-1]))
    if not 0 < now - since < IDLE:
        return None
    facts = {"who": who, "seconds": f"{now - since:g}", "idle": f"{IDLE:g}"}
    return Finding("M92", "faults.closed_a_silent_one", **facts)


@rule_for_limits
def stays_too_long(evidence: Evidence) -> Finding | None:
    """No byte of its client has moved for twice IDLE seconds, and it is open."""
    who, log = evidence.unmet.who, evidence.log
    if evidence.ending or evidence.spinning or not awaits_the_end(evidence):
        return None
    kinds = ("connect", "pour", "hear")
    moved = [e for kind in kinds for e in log.of_client(who, kind)]
    since = max((e["t"] for e in moved), default=0)
    seconds = _now(evidence) - _now_at(evidence, since)
    if not moved or seconds < 2 * IDLE or not log.descriptors_of(who):
        return None
    facts = {"who": who, "seconds": f"{seconds:g}"}
    return Finding("M92", "faults.stays_too_long", **facts)


@rule_for_limits
def spared_who_takes_nothing(evidence: Evidence) -> Finding | None:
    """A client has taken nothing for twice IDLE seconds, and is still connected."""
    log, now = evidence.log, _now(evidence)
    if evidence.ending or evidence.unmet.kind != "leak":
        return None
    for who in log.clients:
        pours = log.of_client(who, "pour")
        if not pours or log.of_client(who, "hear") or not log.descriptors_of(who):
            continue
        seconds = now - _now_at(evidence, pours[-1]["t"])
        if seconds >= 2 * IDLE and log.of(who, "send"):
            facts = {"who": who, "seconds": f"{seconds:g}"}
            return Finding("M223", "faults.spared_who_takes_nothing", **facts)
    return None


@rule_for_limits
def renewed_by_a_byte(evidence: Evidence) -> Finding | None:
    """A line began WHOLE seconds ago, bytes have come since, and no newline."""
    unmet, log = evidence.unmet, evidence.log
    reads = [e for e in log.of(unmet.who, "recv") if e["n"]]
    if evidence.ending or not awaits_the_end(evidence) or len(reads) < 2:
        return None
    begun = _now_at(evidence, reads[0]["t"])
    if any(b"\n" in data_of(e) for e in reads) or _now(evidence) - begun < WHOLE:
        return None
    facts = {"who": unmet.who, "begun": f"{begun:g}", "now": f"{_now(evidence):g}"}
    return Finding("M20", "faults.renewed_by_a_byte", **facts)


@rule_for_limits
def has_no_deadline(evidence: Evidence) -> Finding | None:
    """A line began behind the newline of another one, and has all the time it wants."""
    who, now = evidence.unmet.who, _now(evidence)
    reads = [e for e in evidence.log.of(who, "recv") if e["n"]]
    if evidence.ending or not awaits_the_end(evidence) or not reads:
        return None
    begun = _now_at(evidence, reads[-1]["t"])
    _, newline, rest = data_of(reads[-1]).rpartition(b"\n")
    if not newline or not rest or now - begun < WHOLE:
        return None
    facts = {"who": who, "begun": f"{begun:g}", "now": f"{now:g}"}
    return Finding("", "faults.has_no_deadline", **facts)


@rule_for_limits
def let_in_one_more(evidence: Evidence) -> Finding | None:
    """More than MOST clients are in, and the last of them was answered."""
    count = len(_inside(evidence))
    if evidence.unmet.kind != "extra" or count <= MOST:
        return None
    facts = {"who": evidence.unmet.who, "count": count, "most": MOST}
    wait = evidence.log.latest("wait")
    if wait and evidence.log.listener not in wait.get("r", []):
        # It does stop: so it knows of a limit, and counts or compares otherwise.
        key = "M59" if count > MOST + 1 else ""
        return Finding(key, "faults.let_in_one_more_and_stopped", **facts)
    return Finding("M225", "faults.let_in_one_more", **facts)


@rule_for_limits
def was_not_told_busy(evidence: Evidence) -> Finding | None:
    """One too many from its address was closed, and heard no word."""
    unmet, log = evidence.unmet, evidence.log
    if b"busy" not in wanted(evidence) or unmet.got:
        return None
    if unmet.kind in CUT and log.of(unmet.who, "close"):
        return Finding("", "faults.closed_without_a_word", who=unmet.who)
    return None


@rule_for_limits
def turned_away(evidence: Evidence) -> Finding | None:
    """Somebody was accepted while others were there, and closed, unread."""
    unmet, log = evidence.unmet, evidence.log
    if unmet.kind not in CUT or not suspected_of(evidence, "M225"):
        return None
    others = _inside(evidence)
    if log.of(unmet.who, "recv") or not log.of(unmet.who, "close") or not others:
        return None
    facts = {"who": unmet.who, "count": len(others)}
    return Finding("M225", "faults.turned_away", **facts)


@rule_for_limits
def stares_at_the_door(evidence: Evidence) -> Finding | None:
    """The listener's flag is up, and accept() is not called."""
    woke, log = evidence.log.latest("woke"), evidence.log
    spins = evidence.spinning or evidence.unmet.kind in ("rest", "busy")
    if (
        evidence.ending
        or not spins
        or not woke
        or log.listener not in woke.get("r", [])
    ):
        return None
    if any(_is_accept(event) for event in log.recent):
        return None
    count = len(_inside(evidence))
    return Finding("M225", "faults.stares_at_the_door", count=count)


@rule_for_limits
def told_busy_in_a_full_house(evidence: Evidence) -> Finding | None:
    """Nobody else from its address is in, and as many are in as may be."""
    unmet = evidence.unmet
    told = unmet.got.startswith(b"busy") or "got b'busy" in unmet.text
    count = len([who for who in _inside(evidence) if who != unmet.who])
    if evidence.ending or not told or _neighbours(evidence) or count < MOST:
        return None
    facts = {"who": unmet.who, "count": count}
    return Finding("M225", "faults.told_busy_in_a_full_house", **facts)


@rule_for_limits
def counts_visits(evidence: Evidence) -> Finding | None:
    """Somebody was told busy, after others had left."""
    unmet, log = evidence.unmet, evidence.log
    told = unmet.got.startswith(b"busy") or "got b'busy" in unmet.text
    if not told or not log.of_any("close") or not suspected_of(evidence, "M225"):
        return None
    near = len(_neighbours(evidence))
    if near and log.of_any("close"):
        return Finding("M59", "faults.counts_visits", who=unmet.who, count=near)
    count = len(_inside(evidence))
    return Finding("M59", "faults.was_told_busy", who=unmet.who, count=count)


@rule_for_limits
def one_too_many_is_in(evidence: Evidence) -> Finding | None:
    """Whoever was to be told busy was let in."""
    unmet, log = evidence.unmet, evidence.log
    if evidence.ending or unmet.kind != "nothing" or unmet.due != b"busy\n":
        return None
    if not log.descriptors_of(unmet.who):
        return None
    return Finding("M59", "faults.one_too_many_is_in", who=unmet.who)


# A door to look in --------------------------------------------------------------------

rule_for_monitors(rules.struck_by_its_clock)
for _ask in not_now_ended_it, one_failure_ended_it, who_is_gone_ended_it:
    rule_for_monitors(_ask)
rule_for_monitors(a_shortage_ended_it)


@rule_for_monitors
def asked_who_is_closed(evidence: Evidence) -> Finding | None:
    """What is still on its way was asked of a socket that is closed."""
    told = evidence.ending.traceback if evidence.ending else ""
    closed = evidence.log.of_any("close")
    if not closed or "ioctl" not in told or "negative integer" not in told:
        return None
    return Finding("M14", "faults.asked_who_is_closed")


@rule_for_monitors
def told_what_is_kept(evidence: Evidence) -> Finding | None:
    """So many bytes as the last send() did not take, and no more."""
    facts = evidence.unmet.facts
    sends = evidence.log.of(str(facts.get("who")), "send")
    if facts.get("why") != "few" or not sends:
        return None
    left = sends[-1]["ask"] - sends[-1]["n"]
    if facts["told"] != left:
        return None
    return Finding("M223", "faults.told_what_is_kept", who=facts["who"])


@rule_for_monitors
def told_who_is_gone(evidence: Evidence) -> Finding | None:
    """No visitor: such a one is no guest, whether it is there or gone."""
    facts, log = evidence.unmet.facts, evidence.log
    if facts.get("why") != "stranger" or not log.of(facts["who"], "close"):
        return None
    if log.descriptors_of(facts["who"]):
        return None
    return Finding("M14", "faults.told_who_is_gone", who=facts["who"])


@rule_for_monitors
def told_by_another_clock(evidence: Evidence) -> Finding | None:
    told = [e for e in evidence.log.trace.events if e["e"] == "clock"]
    if evidence.unmet.facts.get("why") != "slowest" or not told:
        return None
    if told[-1]["looked"] or not told[-1]["others"]:
        return None
    return Finding("M84", "housekeeping.looked_at_another_clock")


@rule_for_monitors
def timed_a_wait(evidence: Evidence) -> Finding | None:
    """It tells of a time in which nobody was served, because nobody wanted anything."""
    facts, log = evidence.unmet.facts, evidence.log
    if facts.get("why") != "slowest":
        return None
    said, due = (float(facts[each].partition(" ")[0]) for each in ("said", "due"))
    moves = [float(data_of(e) or 0) for e in log.of_client("clock", "pour")]
    slept = [seconds for seconds in moves if due < seconds <= said]
    if not slept:
        return None
    seconds = {"seconds": f"{max(slept):g}", "said": facts["said"]}
    return Finding("M230", "faults.timed_a_wait", **seconds)


@rule_for_monitors
def told_a_time_of_nobody(evidence: Evidence) -> Finding | None:
    """No time has passed by the clock, and yet somebody is named."""
    facts = evidence.unmet.facts
    if facts.get("why") != "slowest" or facts["due"] != "0.00 s for nobody":
        return None
    if _now(evidence) or not facts["said"].startswith("0.00 "):
        return None
    return Finding("", "faults.told_a_time_of_nobody", said=facts["said"])


@rule_for_monitors
def told_something_else(evidence: Evidence) -> Finding | None:
    """What a report says, and what is the case, in plain words."""
    facts = evidence.unmet.facts
    if facts.get("why") in TOLD:
        given = {key: value for key, value in facts.items() if key != "why"}
        return Finding("", TOLD[facts["why"]], **given)
    return None


TOLD = {
    "few": "faults.told_few",
    "many": "faults.told_many",
    "missing": "faults.told_missing",
    "stranger": "faults.told_stranger",
    "visitor": "faults.told_visitor",
    "slowest": "faults.told_slowest",
    "odd_line": "faults.told_odd_line",
    "odd_last": "faults.told_odd_last",
    "last_before_others": "faults.told_last_before_others",
    "no_newline": "faults.told_no_newline",
    "no_last": "faults.told_no_last",
}


@rule_for_monitors
def reads_a_visitor(evidence: Evidence) -> Finding | None:
    """It waits in recv() for somebody at the monitor, who need not say anything."""
    blocked, log = evidence.blocked, evidence.log
    if not blocked or blocked.op != "recv" or not blocked.who:
        return None
    if log.poured(blocked.who) or not evidence.log.own:
        return None
    return Finding("M36", "faults.reads_a_visitor", who=blocked.who)


# The end ------------------------------------------------------------------------------


def _signals(evidence: Evidence) -> list[Event]:
    return [e for e in evidence.log.trace.events if e["e"] == "signal"]


@rule_for_ends
def slept_through_it(evidence: Evidence) -> Finding | None:
    """SIGTERM came, and the wait that had begun before goes on."""
    signals, last = _signals(evidence), evidence.log.last
    if evidence.ending or not signals or evidence.unmet.kind != "nothing":
        return None
    if last.get("e") != "wait" or last["t"] > signals[-1]["t"]:
        return None
    return Finding("M226", "faults.slept_through_it", api=last["api"])


def _of_nobody(evidence: Evidence, *kinds: str) -> list[Event]:
    """What the learner's code did on sockets that are no client's."""
    steps = evidence.log.trace.walk()
    own = (s for s in steps if s.event.get("p") == evidence.log.trace.main)
    nobodys = (step.event for step in own if not step.connection)
    return [event for event in nobodys if event["e"] in kinds and "at" in event]


@rule_for_ends
def took_an_end_for_a_byte(evidence: Evidence) -> Finding | None:
    """recv() gave no byte, and something was sent there all the same."""
    ended = [e for e in _of_nobody(evidence, "recv") if not e["n"]]
    fails = [e for e in _of_nobody(evidence, "fail") if e["op"].startswith("send")]
    if not ended or not fails or fails[-1]["fd"] != ended[-1]["fd"]:
        return None
    if not _raised(evidence):
        return None
    return Finding("M06", "faults.took_an_end_for_a_byte", errno=fails[-1]["errno"])


@rule_for_ends
def closed_its_listener(evidence: Evidence) -> Finding | None:
    """It comes to its end as it should, and the listener is not its own."""
    closed = evidence.log.closes_of_the_listener
    return Finding("", "rules.closed_the_door") if closed else None


@rule_for_ends
def kept_after_the_limit(evidence: Evidence) -> Finding | None:
    """The end has begun DRAIN seconds ago, or was told twice, and somebody is in."""
    who, log = evidence.unmet.who, evidence.log
    began = [*_signals(evidence), *_changes(evidence)]
    told = sorted(began, key=lambda event: event["t"])
    if evidence.ending or not awaits_the_end(evidence) or not told:
        return None
    seconds = _now(evidence) - _now_at(evidence, told[0]["t"])
    if not log.descriptors_of(who):
        return None
    if len(told) > 1:
        return Finding("M229", "faults.kept_at_the_second_word", who=who)
    if seconds < DRAIN:
        return None
    facts = {"who": who, "seconds": f"{seconds:g}"}
    return Finding("M229", "faults.kept_after_the_limit", **facts)


DOOR, WISH = b"door", b"?"
"""What goes over the line to a successor, and what comes."""


@rule_for_ends
def keeps_who_has_nothing_open(evidence: Evidence) -> Finding | None:
    """The end has come, or the listener was given away; a client is not let go."""
    who, log = evidence.unmet.who, evidence.log
    given = [e for e in _of_nobody(evidence, "send") if e["n"]]
    if evidence.ending or not awaits_the_end(evidence):
        return None
    if not log.descriptors_of(who) or not (_signals(evidence) or given):
        return None
    read = b"".join(map(data_of, log.of(who, "recv")))
    if read and not read.endswith(b"\n"):
        return None
    return Finding("", "faults.keeps_who_has_nothing_open", who=who)


@rule_for_ends
def was_killed(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if not ending or not _signals(evidence):
        return None
    if ending.how == "killed" and ending.error == "signal 15":
        return Finding("M227", "faults.was_killed")
    if ending.how == "exited" and _waited_since(evidence, _signals(evidence)[0]):
        return Finding("", "faults.exited_in_order")
    if ending.how == "exited" or ending.kind == "KeyboardInterrupt":
        return Finding("M227", "faults.was_thrown_out", how=ending.how)
    return None


def _waited_since(evidence: Evidence, signal: Event) -> bool:
    """Whether the loop has gone on after a signal."""
    return any(event["e"] == "wait" for event in _after(evidence, signal))


@rule_for_ends
def handled_inside_a_wait(evidence: Evidence) -> Finding | None:
    """The handler closed sockets that the wait in which it ran goes on to ask for."""
    signals, waits = _signals(evidence), evidence.log.of_any("wait")
    if not evidence.ending or not signals or not waits:
        return None
    if waits[-1]["t"] > signals[-1]["t"] or not _waited_for_a_closed_one(evidence):
        return None
    return Finding("M226", "faults.handled_inside_a_wait", api=waits[-1]["api"])


@rule_for_ends
def let_in_after_the_end(evidence: Evidence) -> Finding | None:
    """The end had begun, by SIGTERM or by the change, and somebody was let in."""
    who, began = evidence.unmet.who, [*_signals(evidence), *_changes(evidence)]
    if not began or evidence.unmet.kind not in (*CUT, "extra", "gone"):
        return None
    first = min(began, key=lambda event: event["t"])
    accepted = [
        c.accepted
        for c in evidence.log.trace.connections
        if c.who == who and c.accepted is not None
    ]
    if not accepted or accepted[-1] < first["t"]:
        return None
    told = first["e"] == "signal"
    end, change = "faults.let_in_after_the_end", "faults.let_in_after_the_change"
    return Finding("M227", end if told else change, who=who)


def _changes(evidence: Evidence) -> list[Event]:
    """When the listener was sent to a successor."""
    return [e for e in _of_nobody(evidence, "send") if data_of(e) == DOOR]


@rule_for_ends
def left_a_line_unread(evidence: Evidence) -> Finding | None:
    """Bytes came before SIGTERM, or before the change, and nobody has read them."""
    unmet, log = evidence.unmet, evidence.log
    if unmet.kind not in (*CUT, "gone"):
        return None
    read = sum(e["n"] for e in log.of_everybody(unmet.who, "recv"))
    count = len(log.poured(unmet.who)) - read
    if count <= 0 or not suspected_of(evidence, "M228"):
        return None
    return Finding("M228", "faults.left_a_line_unread", who=unmet.who, count=count)


@rule_for_ends
def cut_in_the_middle(evidence: Evidence) -> Finding | None:
    """A line had begun, or an answer was not sent in full, and it was cut."""
    unmet, log = evidence.unmet, evidence.log
    if unmet.kind not in (*CUT, "gone"):
        return None
    if evidence.ending and evidence.ending.how != "returned":
        return None
    sends = log.of(unmet.who, "send")
    if sends and sends[-1]["n"] < sends[-1]["ask"]:
        return Finding("M227", "faults.cut_an_answer", who=unmet.who)
    for who in (unmet.who, *log.clients):
        reads = [e for e in log.of(who, "recv") if e["n"]]
        over = evidence.ending or log.of(who, "close")
        if over and reads and not data_of(reads[-1]).endswith(b"\n"):
            return Finding("M227", "faults.cut_in_the_middle", who=who)
    return None


@rule_for_ends
def has_no_limit(evidence: Evidence) -> Finding | None:
    """It has been told to end, and to be woken by no clock."""
    last, signals = evidence.log.last, _signals(evidence)
    if evidence.ending or evidence.unmet.kind != "end" or not signals:
        return None
    if len(signals) > 1:
        return Finding("M229", "faults.was_told_twice")
    if last.get("e") != "wait":
        return None
    if last.get("timeout") is None:
        return Finding("M229", "faults.has_no_limit", api=last["api"])
    seconds = _now(evidence) - _now_at(evidence, signals[0]["t"])
    if seconds < DRAIN:
        return None
    facts = {"seconds": f"{seconds:g}", "asks": f"{last['timeout']:g}"}
    return Finding("M229", "faults.puts_off_its_limit", **facts)


@rule_for_ends
def shut_the_door_for_both(evidence: Evidence) -> Finding | None:
    log = evidence.log
    shut = [e for e in log.of_any("shut") if e["fd"] == log.listener]
    if shut and evidence.behaviour.task == "hand_over":
        return Finding("M224", "faults.shut_the_door_for_both")
    return Finding("", "faults.shut_the_door") if shut else None


@rule_for_ends
def sent_no_descriptor(evidence: Evidence) -> Finding | None:
    if "a message without it" not in evidence.unmet.text:
        return None
    return Finding("M224", "faults.sent_no_descriptor")


@rule_for_ends
def goes_on_after_the_change(evidence: Evidence) -> Finding | None:
    """It has given the listener away; why it goes on is not known here."""
    if "that the old server returns" not in evidence.unmet.text:
        return None
    return Finding("", "faults.goes_on_after_the_change")


@rule_for_ends
def may_come_to_its_end(evidence: Evidence) -> Finding | None:
    """After SIGTERM, or with a successor, that a function returns is no fault."""
    ending = evidence.ending
    if not ending or ending.how != "returned":
        return None
    given = evidence.behaviour.task == "hand_over"
    return NO_FINDING if given or _signals(evidence) else None


rule_for_ends(rules.not_in_the_list)


@rule_at_last
def what_else_it_may_be(evidence: Evidence) -> Finding | None:
    """Lines are cut and answered by what is given: rules about them are not asked."""
    return first_of(connecting_out.ALSO, evidence) or NO_FINDING


@rule_for_ends
def lives_on_without_a_successor(evidence: Evidence) -> Finding | None:
    """The line to the successor has ended, and the program did not go on as before."""
    log, ends = evidence.log, _ends_of_the_line(evidence)
    if not ends:
        return None
    if evidence.unmet.kind == "over":
        return Finding("", "faults.returned_for_nobody")
    if evidence.spinning and not log.deaf:
        return Finding("M06", "faults.hears_the_end_again")
    return None


def _ends_of_the_line(evidence: Evidence) -> list[Event]:
    if evidence.behaviour.task != "hand_over":
        return []
    return [e for e in _of_nobody(evidence, "recv") if not e["n"]]


@rule_for_ends
def keeps_the_successor_waiting(evidence: Evidence) -> Finding | None:
    """It has read the successor's byte, and has sent nothing."""
    unmet = evidence.unmet
    asked = [e for e in _of_nobody(evidence, "recv") if data_of(e) == WISH]
    if unmet.who != "heir" or unmet.kind != "nothing" or not asked:
        return None
    if evidence.ending or "expected the listener" not in unmet.text:
        return None
    return Finding("", "faults.keeps_the_successor_waiting")
