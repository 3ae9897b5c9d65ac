"""Rules for timers, for loops that know the time, and for limits.

They are asked first, and for the tasks of exercise 09 alone. What a server asked of the
clock and of select() is told by the clock's hands
(buckets.driving.topics.housekeeping), at every moment at which it rests.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from buckets.diagnosis.evidence import Event, Evidence
from buckets.diagnosis.rules import (
    NO_FINDING,
    Finding,
    Rules,
    awaits_the_end,
    suspected,
    suspected_of,
)
from buckets.diagnosis.topics.event_loop import left_lying, stands_beside_one
from buckets.driving.unmet import Unmet, first_difference, show
from buckets.texts import said

TIMERS = {"Timers"}
HOUSES = {"keep_house"}
TASKS = TIMERS | HOUSES | {"TimedLoop"}

ZERO = 20.0
"""What tests call 20 is the clock's own zero, which is a time like any other."""

A_LOOK = 1.0
IDLE = 30.0
WHOLE = 10.0
ROUNDING = 1e-3
AHEAD = 16
"""Bytes of an answer's numbered lines that tell where it goes on."""
BEATS = 50
"""So many of a rhythm are looked at; no test goes on for longer."""

rule = Rules(TASKS)
rule_for_timers = Rules(TIMERS)
rule_for_houses = Rules(HOUSES)


def _clock(evidence: Evidence) -> list[Event]:
    """What was known each time at which the server had come to rest."""
    return [e for e in evidence.log.trace.events if e["e"] == "clock"]


# A house with two limits ------------------------------------------------------


rule_for_houses(stands_beside_one)


@rule_for_houses
def turned_away_at_the_door(evidence: Evidence) -> Finding | None:
    """Whatever raised in the making of a handler is in what the server printed."""
    unmet, told = evidence.unmet, _clock(evidence)
    read = evidence.log.of(unmet.who, "recv")
    if unmet.kind not in ("eof", "reset") or read or not told:
        return None
    return NO_FINDING if told[-1]["now"] == 0 else None


@rule_for_houses
def said_goodbye_too_soon(evidence: Evidence) -> Finding | None:
    """At the end of file, or later: then it is a timer that has closed it."""
    unmet = evidence.unmet
    reads = evidence.log.of(unmet.who, "recv")
    ends = [event for event in reads if event["n"] == 0]
    if unmet.kind not in ("eof", "reset") or not ends or not _clock(evidence):
        return None
    at, now = _now_at(evidence, ends[0]["t"]), _closed_at(evidence)
    if now == at or _closed_in_that_turn(evidence, ends[0]):
        return Finding("M08", "housekeeping.said_goodbye_too_soon", who=unmet.who)
    came = [event for event in reads if event["n"]]
    whole = not came or str(came[-1]["data"]).endswith("\n")
    if whole or now >= _now_at(evidence, came[-1]["t"]) + IDLE:
        return None
    facts = {"who": unmet.who, "at": at, "now": now}
    return Finding("M93", "housekeeping.waits_for_a_newline", **facts)


@rule_for_houses
def lost_on_the_way(evidence: Evidence) -> Finding | None:
    unmet, log = evidence.unmet, evidence.log
    gave_up = [e for e in log.of_any("fail") if e.get("op") == "sendall"]
    if gave_up:
        return Finding("M05", "housekeeping.lost_on_the_way")
    at = first_difference(unmet.expected, unmet.got)
    ahead = unmet.got[at : at + AHEAD]
    if unmet.kind == "wrong" and len(ahead) == AHEAD and ahead in unmet.expected[at:]:
        return Finding("M101", "housekeeping.lost_on_the_way_2", who=unmet.who)
    return None


@rule_for_houses
def answered_some_of_the_lines(evidence: Evidence) -> Finding | None:
    """One recv() brought several lines, and not all of their answers came."""
    unmet, reads = evidence.unmet, _reads(evidence)
    due, came = (each.splitlines() for each in _both(unmet))
    last = str(reads[-1]["data"]) if reads else ""
    if unmet.kind != "wrong" or last.count("\n") < 2 or len(due) < 2:
        return None
    asked = [line.upper() for line in last.encode("latin-1").splitlines()]
    if not came or came not in (due[-1:], due[:1]) or due != asked[: len(due)]:
        return None
    return Finding("M02", "rules.glued_lines", data=show(last.encode("latin-1")))


@rule_for_houses
def never_said_goodbye(evidence: Evidence) -> Finding | None:
    who = evidence.unmet.who
    ended = any(event["n"] == 0 for event in evidence.log.of(who, "recv"))
    if not _awaits_the_end(evidence) or not ended:
        return None
    return Finding("M32", "housekeeping.never_said_goodbye", who=who)


rule_for_houses(left_lying)


def _awaits_the_end(evidence: Evidence) -> bool:
    return awaits_the_end(evidence) and not evidence.spinning


@rule_for_houses
def not_shown_out(evidence: Evidence) -> Finding | None:
    unmet, told = evidence.unmet, _clock(evidence)
    waits = _awaits_the_end(evidence)
    if not waits or not told or told[-1]["now"] < IDLE:
        return None
    if told[-1]["looked"] == 0 or told[-1]["others"]:
        return None
    now = told[-1]["now"]
    asks = told[-1]["asks"]
    due = (
        said("words.nothing_is_due")
        if asks is None
        else said("words.next_timer", asks=asks)
    )
    return Finding("M92", "housekeeping.not_shown_out", now=now, who=unmet.who, due=due)


@rule_for_houses
def kept_who_takes_nothing(evidence: Evidence) -> Finding | None:
    told = _clock(evidence)
    if evidence.unmet.kind != "leak" or not told or told[-1]["now"] < IDLE:
        return None
    if "connection" not in evidence.unmet.text:
        return None
    return Finding("M92", "housekeeping.kept_who_takes_nothing", now=told[-1]["now"])


def _now_at(evidence: Evidence, t: float) -> float:
    """What the clock said at a moment of the trace, in its seconds."""
    before = [event["now"] for event in _clock(evidence) if event["t"] <= t]
    return float(before[-1]) if before else 0.0


def _closed_at(evidence: Evidence) -> float:
    """When it was closed: a client who reads late hears of that much later.

    What the clock says is written down when all has come to rest behind a move, so what
    was closed between the two was closed at the later time.
    """
    told, log = _clock(evidence), evidence.log
    closes = log.of(evidence.unmet.who, "close")
    if not closes:
        return float(told[-1]["now"])
    last = closes[-1]["t"]
    moves = [e["t"] for e in log.of_client("clock", "pour") if e["t"] <= last]
    before = [e["t"] for e in told if e["t"] <= last]
    behind = [e["now"] for e in told if e["t"] > last]
    if behind and moves and (not before or before[-1] < moves[-1]):
        return float(behind[0])
    return _now_at(evidence, last)


def _closed_in_that_turn(evidence: Evidence, read: Event) -> bool:
    """Whether it was closed behind this recv(), and nothing was waited for between."""
    closes = evidence.log.of(evidence.unmet.who, "close")
    waits = [e["t"] for e in evidence.log.of_any("wait") if e["t"] > read["t"]]
    return bool(closes) and not any(t < closes[-1]["t"] for t in waits)


def _reads(evidence: Evidence) -> list[Event]:
    return [e for e in evidence.log.of(evidence.unmet.who, "recv") if e["n"]]


@rule_for_houses
def put_off_by_every_byte(evidence: Evidence) -> Finding | None:
    """A line has begun long ago, and is not whole; which reads belong to it?"""
    reads, who = _reads(evidence), evidence.unmet.who
    if not _awaits_the_end(evidence) or not reads or not _clock(evidence):
        return None
    text = "".join(str(event.get("data", "")) for event in reads)
    line = len(text) - text.rfind("\n") - 1
    if str(reads[-1]["data"]).endswith("\n") or not line:
        return None
    if "\n" in str(reads[-1]["data"]):
        return Finding("M93", "housekeeping.put_off_by_every_byte", who=who)
    told = _clock(evidence)[-1]
    now, asks = told["now"], told["asks"]
    since = now - _now_at(evidence, reads[-1]["t"])
    # Neither as long as WHOLE from the last byte, nor as IDLE: so it was set before.
    if asks is not None and WHOLE - since + ROUNDING < asks < IDLE - since - ROUNDING:
        facts = {"who": who, "now": now, "asks": asks}
        return Finding("", "housekeeping.set_too_long", **facts)
    if line > len(str(reads[-1]["data"])):
        return Finding("M20", "housekeeping.put_off_by_every_byte_2", who=who)
    return None


@rule_for_houses
def shown_out_at_work(evidence: Evidence) -> Finding | None:
    unmet, told, reads = evidence.unmet, _clock(evidence), _reads(evidence)
    if unmet.kind not in ("eof", "reset") or evidence.ending or not told or not reads:
        return None
    now, who = _closed_at(evidence), unmet.who
    began = _now_at(evidence, reads[-1]["t"])
    if "\n" in str(reads[-1]["data"])[:-1] and now - began < WHOLE:
        return Finding(
            "M93", "housekeeping.shown_out_at_work", who=who, began=began, now=now
        )
    whole = str(reads[-1]["data"]).endswith("\n")
    if (whole or _is_new(evidence, reads, now)) and IDLE <= now < began + IDLE:
        return Finding("M92", "housekeeping.not_renewed", who=who, at=began, now=now)
    taken = [e for e in evidence.log.of(who, "send") if e["n"]]
    last = _now_at(evidence, taken[-1]["t"]) if taken else -IDLE
    if began + IDLE <= now < last + IDLE:
        return Finding(
            "M92", "housekeeping.shown_out_at_work_2", who=who, last=last, now=now
        )
    return None


def _is_new(evidence: Evidence, reads: list[Event], now: float) -> bool:
    """Whether its last line had begun with its last bytes, and no limit of it was due.

    Nor one of the line before; and IDLE seconds had passed since anything before it.
    """
    if len(reads) < 2 or not str(reads[-2]["data"]).endswith("\n"):
        return False
    sent = [e for e in evidence.log.of(evidence.unmet.who, "send") if e["n"]]
    former = _now_at(evidence, reads[-2]["t"])
    moved = max([former, *(_now_at(evidence, e["t"]) for e in sent)])
    began = _now_at(evidence, reads[-1]["t"])
    return former + WHOLE <= began < moved + IDLE <= now < began + WHOLE


# Timers without a loop --------------------------------------------------------


@rule
@rule_for_timers
def timers_of_another_clock(evidence: Evidence) -> Finding | None:
    if b"by some other clock" not in evidence.unmet.got:
        return None
    return Finding("M84", "housekeeping.timers_of_another_clock")


@rule_for_timers
def nothing_at_zero(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    zero = f"next at {ZERO:g}\n".encode()
    if unmet.expected != zero or not unmet.got.startswith(b"next: "):
        return None
    return Finding("M94", "housekeeping.nothing_at_zero")


@rule_for_timers
def a_cancelled_one_is_next(evidence: Evidence) -> Finding | None:
    unmet, orders = evidence.unmet, _orders(evidence)
    if not unmet.expected.startswith(b"next") or unmet.kind != "wrong":
        return None
    for verb, words in orders:
        time, _, name = words.partition(" ")
        if verb in ("in", "at") and ("cancel", name) in orders:
            if unmet.got == f"next at {time}\n".encode():
                return Finding(
                    "M90", "housekeeping.a_cancelled_one_is_next", time=time, name=name
                )
    # It is a time by the clock, of the first in the heap; that is no belief.
    return NO_FINDING if suspected_of(evidence, "M89") else None


@rule_for_timers
def another_of_that_time_is_gone(evidence: Evidence) -> Finding | None:
    """Somebody is due, and one who was asked for the same time was cancelled."""
    unmet = evidence.unmet
    due, told = (re.fullmatch(rb"next(?: at|:) (\S+)\n", each) for each in _both(unmet))
    if not due or not told or due[1] == b"None":
        return None
    when, gone = float(due[1]), _cancelled_at(evidence, float(due[1]))
    if not gone or (told[1] != b"None" and float(told[1]) <= when):
        return None
    facts = {"told": told[1].decode(), "when": f"{when:g}", "other": gone}
    return Finding("M90", "housekeeping.another_of_that_time_is_gone", **facts)


def _both(unmet: Unmet) -> tuple[bytes, bytes]:
    return unmet.expected, unmet.got


NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def _cancelled_at(evidence: Evidence, when: float | None) -> str:
    """Who was asked for this time and cancelled; "" for nobody."""
    orders, times = _orders(evidence), _times(evidence)
    found = (n for n, at in times.items() if at == when and ("cancel", n) in orders)
    return next(found, "")


def _orders(evidence: Evidence) -> list[tuple[str, str]]:
    """What the failing client ordered, as verbs and the words behind them."""
    lines = evidence.log.poured(evidence.unmet.who).decode("latin-1").splitlines()
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in lines]


@rule_for_timers
def called_too_few_or_too_many(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    if unmet.kind != "wrong" or not unmet.expected.endswith(b"done\n"):
        return None
    due, rang = (told.decode().split("\n")[:-2] for told in (unmet.expected, unmet.got))
    if set(rang) < set(due):
        few = next(line for line in due if line not in rang)
        spilled = _raised_before(evidence, few, rang)
        if spilled:
            return Finding(
                "M71", "housekeeping.those_behind_it", spilled=spilled, few=few
            )
        times = _times(evidence)
        when = times.get(_name(few.encode()))
        same = [line for line in rang if times.get(_name(line.encode()), -1.0) == when]
        # Where nothing behind it was called either, it has stopped there.
        went_on = any(line in rang for line in due[due.index(few) :])
        if same and went_on:
            return Finding(
                "M89", "housekeeping.called_too_few_or_too_many", few=few, same=same[0]
            )
        other = _cancelled_at(evidence, when)
        if other:
            facts = {"few": few, "other": other}
            return Finding("M90", "housekeeping.cancelled_with_another", **facts)
        if same or (rang and when is not None and when < _moved_to(evidence)):
            facts = {"few": few, "first": rang[-1]}
            return Finding("", "housekeeping.called_some_of_the_due", **facts)
        return Finding(
            _if_late(evidence, when),
            "housekeeping.called_too_few_or_too_many_2",
            few=few,
        )
    for line in (line for line in rang if line not in due):
        name, _, now = line.partition(" at ")
        orders = " ".join(" ".join(order) for order in _orders(evidence))
        if re.search(rf"\bcancel {re.escape(name)}\b", orders):
            return Finding(
                "M90", "housekeeping.called_too_few_or_too_many_3", name=name
            )
        if any(f"; in 0 {name}" in words for _, words in _orders(evidence)):
            return Finding(
                "M91", "housekeeping.called_too_few_or_too_many_4", name=name
            )
        when = _times(evidence).get(name, -math.inf)
        if when > float(now):
            facts = {"name": name, "when": f"{when:g}", "now": now}
            return Finding("", "housekeeping.called_early", **facts)
    return None


def _if_late(evidence: Evidence, when: float | None) -> str:
    """The belief of who calls too late what is due at this very moment.

    What was due long ago tells of none.
    """
    now = when == _moved_to(evidence) and not _rang_at_its_moment(evidence)
    return "M81" if now else ""


def _rang_at_its_moment(evidence: Evidence) -> bool:
    """Whether another callback was called at the very time at which it was due.

    All but the last of what was ordered has had the right answers.
    """
    now, due = 0.0, dict[str, float]()
    last = max(
        (n for n, (verb, _) in enumerate(_orders(evidence)) if verb == "run"), default=0
    )
    for verb, words in _orders(evidence)[:last]:
        number, _, name = words.partition(" ")
        if verb == "cancel":
            due.pop(words, None)
        elif verb == "run" and now in due.values():
            return True
        elif verb == "move" and NUMBER.fullmatch(number):
            now += float(number)
        elif verb in ("in", "at") and NUMBER.fullmatch(number):
            due[name.partition(";")[0]] = float(number) + now * (verb == "in")
    return False


def _moved_to(evidence: Evidence) -> float:
    """What the clock of the failing client says at last."""
    moves = [words for verb, words in _orders(evidence) if verb == "move"]
    return math.fsum(float(words) for words in moves if NUMBER.fullmatch(words))


def _raised_before(evidence: Evidence, few: str, rang: list[str]) -> str:
    """Whose callback raised and was due before one that was not called; "" if none."""
    times, name = _times(evidence), _name(few.encode())
    for _, words in _orders(evidence):
        first, _, deeds = words.partition("; ")
        other = first.partition(" ")[2]
        called = any(_name(line.encode()) == other for line in rang)
        if deeds != "spill" or not called or name not in times:
            continue
        if times.get(other, math.inf) < times[name]:
            return other
    return ""


@rule_for_timers
def called_in_another_order(evidence: Evidence) -> Finding | None:
    due, got = (
        told.splitlines() for told in (evidence.unmet.expected, evidence.unmet.got)
    )
    if evidence.unmet.kind != "wrong" or due == got or sorted(due) != sorted(got):
        return None
    right, wrong = next(
        pair for pair in zip(due, got, strict=True) if pair[0] != pair[1]
    )
    times = _times(evidence)
    names = [_name(line) for line in got]
    asked = [name for name in times if name in names]
    tie = times.get(_name(right)) == times.get(_name(wrong))
    if not tie and names not in (asked, asked[::-1]):
        return None  # it was sorted by some time, and one came too early or too late
    return Finding(
        "M89",
        "housekeeping.called_in_another_order",
        wrong=wrong.decode("latin-1"),
        right=right.decode("latin-1"),
    )


def _name(line: bytes) -> str:
    return line.decode("latin-1").partition(" at ")[0]


def _times(evidence: Evidence) -> dict[str, float]:
    """When each callback was due, by its name, as the failing client ordered it."""
    now, times = 0.0, dict[str, float]()
    for verb, words in _orders(evidence):
        number, _, name = words.partition(" ")
        if not NUMBER.fullmatch(number):
            continue  # of a long send only the beginning is known
        if verb == "move":
            now += float(number)
        elif verb in ("in", "at"):
            times[name.partition(";")[0]] = float(number) + (
                now if verb == "in" else 0.0
            )
    return times


@rule_for_timers
def nobody_was_told(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "silent":
        return None
    if "Traceback" in evidence.unmet.text:
        return Finding("M95", "housekeeping.nobody_was_told_where")
    return Finding("M95", "housekeeping.nobody_was_told")


# All three --------------------------------------------------------------------


@rule
def compared_what_cannot_be_compared(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if ending and ending.kind == "TypeError" and "not supported" in ending.error:
        return Finding("M89", "housekeeping.compared_what_cannot_be_compared")
    return None


@rule
def a_callback_ended_it(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if ending and ending.kind == "Spilled":
        return Finding("M71", "housekeeping.a_callback_ended_it")
    return None


@rule
def asked_for_less_than_nothing(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if ending and ending.kind == "ValueError" and "non-negative" in ending.error:
        return Finding("M81", "housekeeping.asked_for_less_than_nothing")
    return None


@rule
def slept_by_itself(evidence: Evidence) -> Finding | None:
    wait = evidence.log.latest("wait") or {}
    if evidence.ending or wait.get("api") != "sleep":
        return None
    return Finding("M84", "housekeeping.slept_by_itself")


@rule
def looked_at_another_clock(evidence: Evidence) -> Finding | None:
    told = _clock(evidence)
    timely = evidence.unmet.kind in ("nothing", "early", "late", "eof", "extra")
    if evidence.ending or not told or not timely:
        return None
    if told[-1]["looked"] == 0:
        return Finding("M84", "housekeeping.looked_at_another_clock")
    if told[-1]["others"]:
        return Finding("M84", "housekeeping.looked_at_another_clock_2")
    asks = told[-1]["asks"]
    # Whatever is typed, and whatever the tests move, is whole in milliseconds.
    if asks is not None and abs(asks * 1000 - round(asks * 1000)) > 1e-3:
        return Finding("M84", "housekeeping.looked_at_another_clock_3")
    return None


@rule
def flags_after_all_that_was_due(evidence: Evidence) -> Finding | None:
    """Fifty callbacks, each asked for by the one before, and one who wants to write."""
    due, got = (each.splitlines() for each in _both(evidence.unmet))
    over, flag = b"the chain is over", b"flag"
    if sorted(due) != sorted(got) or not {over, flag} <= set(due):
        return None
    if due.index(flag) > due.index(over) or got.index(flag) < got.index(over):
        return None
    return Finding("M91", "housekeeping.flags_after_all_that_was_due")


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
    last = evidence.log.of(who, "recv", "send")[-1:]
    if last and _closed_in_that_turn(evidence, last[0]):
        return None  # no timer has closed it
    return Finding("M93", "housekeeping.hurried_who_has_begun_nothing", who=who)


@rule
def kept_what_was_cancelled(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind == "memory":
        return Finding("M90", "housekeeping.kept_what_was_cancelled")
    return None


@rule
def woke_for_nothing(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "early":
        return None
    asks = _clock(evidence)[-1]["asks"]
    # No test has anything due that soon; it is a look at the clock.
    if asks is not None and asks <= A_LOOK:
        return Finding("M80", "housekeeping.woke_for_nothing", asks=asks)
    said = b"".join(evidence.log.poured(who) for who in evidence.log.clients)
    events = evidence.log.trace.events
    left = [e["who"] for e in events if e["e"] in ("reset", "close") and "who" in e]
    when = (asks or 0) + _clock(evidence)[-1]["now"]
    for who in left if evidence.behaviour.task in HOUSES else ():
        if _was_due(evidence, who, when):
            return Finding(
                "M93", "housekeeping.woke_for_nothing_2", asks=asks or 0, left=who
            )
    for name, due in _cancelled(evidence, said):
        if abs(due - when) < ROUNDING:
            return Finding(
                "M90", "housekeeping.woke_for_nothing_3", when=when, name=name
            )
    for name, seconds, start in _rhythms(evidence):
        if _on_the_grid(when, seconds) and not _on_the_grid(start, seconds):
            return Finding(
                "M83", "housekeeping.beats_of_the_zero", name=name, seconds=seconds
            )
    if suspected_of(evidence, "M80"):
        return Finding("M80", "housekeeping.woke_for_nothing", asks=asks or 0)
    return suspected(evidence)


def _was_due(evidence: Evidence, who: str, when: float) -> bool:
    """Whether a limit of this client, had it stayed, would be over at that time."""
    log = evidence.log
    kinds = ("connect", "pour", "half_close", "close", "reset")
    moments = [e["t"] for kind in kinds for e in log.of_client(who, kind)]
    moments += [e["t"] for e in log.of(who, "accept", "recv", "send")]
    began = {_now_at(evidence, t) for t in moments} | {0.0}
    return any(abs(t + n - when) < ROUNDING for t in began for n in (IDLE, WHOLE))


def _rhythms(evidence: Evidence) -> Iterator[tuple[str, float, float]]:
    """Each rhythm's name, its seconds, and when it was asked for."""
    for event in evidence.log.trace.events:
        told = str(event.get("data", "")) if event["e"] == "pour" else ""
        for seconds, name in re.findall(r"every ([\d.]+) (\w+)", told):
            yield name, float(seconds), _now_at(evidence, event["t"])


def _on_the_grid(when: float, seconds: float) -> bool:
    """Whether the clock, whose zero is not that of the tests, says a multiple."""
    over = (when - ZERO) % seconds
    return min(over, seconds - over) < ROUNDING


def _cancelled(evidence: Evidence, said: bytes) -> Iterator[tuple[str, float]]:
    """The bells that were taken down, and when they would have rung."""
    gone = set(re.findall(rb"cancel (\w+)", said))
    for event in evidence.log.trace.events:
        if event["e"] != "pour":
            continue
        orders = re.findall(r"(in|at|every) ([\d.]+) (\w+)", str(event.get("data")))
        for verb, seconds, name in orders:
            if name.encode() in gone:
                start = 0.0 if verb == "at" else _now_at(evidence, event["t"])
                beats = BEATS if verb == "every" else 1
                for beat in range(1, beats + 1):
                    yield name, start + beat * float(seconds)


@rule
def slept_over_zero(evidence: Evidence) -> Finding | None:
    """What is due at 0 is taken for nothing at all."""
    unmet, told = evidence.unmet, _clock(evidence)
    if unmet.kind not in ("late", "nothing") or not told or evidence.spinning:
        return None
    due = unmet.text.rpartition("due in ")[2].partition(" s")[0]
    left = _seconds(due) if unmet.kind == "late" else 0.0
    if evidence.behaviour.task != "TimedLoop" or told[-1]["now"] + left != ZERO:
        return None
    return Finding("M94", "housekeeping.slept_over_zero")


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0


@rule
def long_ago_by_another_clock(evidence: Evidence) -> Finding | None:
    if not evidence.unmet.got.startswith(b"at once"):
        return None
    return Finding("M84", "housekeeping.long_ago_by_another_clock")


@rule
def turns_by_the_real_clock(evidence: Evidence) -> Finding | None:
    """That one test takes its turns by hand, and has no clock of its own."""
    if _clock(evidence) or evidence.unmet.kind != "nothing" or evidence.ending:
        return None
    if evidence.behaviour.task != "TimedLoop":
        return None
    late = [word for word in (b"a look", b"short turn") if word in _wanted(evidence)]
    if not late:
        return None
    limit = (evidence.log.latest("wait") or {}).get("timeout")
    told = said("words.no_timeout" if limit is None else "words.longer_timeout")
    return Finding("M106", "housekeeping.turns_by_the_real_clock", told=told)


@rule
def came_back_without_a_call(evidence: Evidence) -> Finding | None:
    """A turn slept until the deadline, and it is the next turn that is asleep now."""
    log, in_time = evidence.log, b"in time" in _wanted(evidence)
    if evidence.behaviour.task != "TimedLoop" or _clock(evidence) or not in_time:
        return None
    waits, woke = log.of_any("wait"), log.of_any("woke")
    if evidence.ending or evidence.spinning or len(waits) < 2 or not woke:
        return None
    slept, sleeps = (wait.get("timeout") or 0.0 for wait in waits[-2:])
    if woke[-1].get("r") or woke[-1].get("w") or not 0 < slept < 1 < sleeps:
        return None
    facts = {"slept": f"{slept:.1f}", "sleeps": f"{sleeps:g}"}
    return Finding("M81", "housekeeping.came_back_without_a_call", **facts)


def _wanted(evidence: Evidence) -> bytes:
    return evidence.unmet.text.encode()


@rule
def out_of_its_rhythm(evidence: Evidence) -> Finding | None:
    """A tick comes every so many seconds, counted from when the last was due."""
    unmet, said = (
        evidence.unmet,
        b"".join(map(evidence.log.poured, evidence.log.clients)),
    )
    period = re.search(rb"every (\d+) (\w+)", said)
    if not period:
        return None
    seconds, name = float(period[1]), period[2].decode()
    asks = _clock(evidence)[-1]["asks"] if _clock(evidence) else None
    if unmet.kind == "late" and asks == seconds:
        return Finding(
            "M83", "housekeeping.out_of_its_rhythm", name=name, seconds=seconds
        )
    again = re.findall(rf"{name} at [\d.]+", unmet.text)
    if unmet.kind == "extra" and again:
        return Finding("M83", "housekeeping.out_of_its_rhythm_2", again=again[-1])
    return None


@rule
def flags_came_first(evidence: Evidence) -> Finding | None:
    expected, got = (
        told.split(b"\n") for told in (evidence.unmet.expected, evidence.unmet.got)
    )
    late = expected[0]
    if evidence.unmet.kind != "wrong" or b" at " not in late or late not in got:
        return None
    if not got.index(late) or b"busy no more" not in got[: got.index(late)]:
        return None
    return Finding("M82", "housekeeping.flags_came_first", late=late.decode())


@rule
def slept_over_it(evidence: Evidence) -> Finding | None:
    """A bell was due, the clock says so, and the server sleeps."""
    told = _clock(evidence)
    due = re.search(r"< expected b'(\w+) at ([\d.]+)", evidence.unmet.text)
    if not told or not due or evidence.unmet.kind != "nothing" or evidence.spinning:
        return None
    if evidence.ending or float(due[2]) > told[-1]["now"]:
        return None
    said = b"".join(map(evidence.log.poured, evidence.log.clients))
    if re.search(rf"every [\d.]+ {due[1]}; spill".encode(), said):
        return Finding("", "housekeeping.its_rhythm_ended", name=due[1])
    if b"every " in said:
        return NO_FINDING  # whether it was asked for again is not known here
    now = told[-1]["now"]
    return Finding(
        "M81", "housekeeping.slept_over_it", due=due[1], due2=due[2], now=now
    )


@rule
def slept_too_long(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "late":
        return None
    told = re.search(r"sleeps (.*), but something is due in (.*)", evidence.unmet.text)
    if suspected_of(evidence, "M80") and told:
        return Finding(
            "M81", "housekeeping.slept_too_long", told=told[1], told2=told[2]
        )
    return suspected(evidence)


@rule
def due_and_not_called(evidence: Evidence) -> Finding | None:
    wait = evidence.log.latest("wait") or {}
    restless = evidence.spinning or evidence.unmet.kind in ("rest", "busy")
    if evidence.ending or not restless or wait.get("timeout") != 0:
        return None
    if wait.get("w") or suspected_of(evidence, "M91"):
        return None
    if not any(event.get("timeout") for event in evidence.log.of_any("wait")):
        return Finding("M80", "housekeeping.due_and_not_called")
    if not _is_due(evidence):
        call = _another_clock(evidence)
        if call:
            return Finding("M84", "housekeeping.awake_before_its_time_2", call=call)
        return Finding("M80", "housekeeping.awake_before_its_time")
    return Finding("M81", "housekeeping.due_and_not_called_2")


def _is_due(evidence: Evidence) -> bool:
    """Whether anything that clients asked for is due by the clock that was given."""
    now, asked = 0.0, list[float]()
    for event in evidence.log.trace.events:
        data = str(event.get("data", "")) if event["e"] == "pour" else ""
        if event.get("who") == "clock":
            now += sum(map(_seconds, data.split()))
        for verb, number in re.findall(r"\b(in|at|every) (-?[\d.]+) ", data):
            asked.append(float(number) + (0.0 if verb == "at" else now))
    return not asked or min(asked) <= now + ROUNDING


def _another_clock(evidence: Evidence) -> str:
    """The call by which the learner's code asks a clock of Python's; "" if none."""
    task = re.compile(rf"^class {evidence.behaviour.task}\b", re.MULTILINE)
    own = [text for text in evidence.sources.values() if task.search(text)][-1:]
    clocks = re.findall(r"\btime\.(?:monotonic|time|perf_counter)\(\)", "".join(own))
    return clocks[0] if clocks else ""


@rule
def what_the_test_was_written_for(evidence: Evidence) -> Finding | None:
    """The general rules know of no deadline: to them an end is always too early."""
    restless = evidence.spinning or evidence.unmet.kind in ("rest", "busy", "crowd")
    if evidence.ending or restless:
        return None
    return suspected(evidence)
