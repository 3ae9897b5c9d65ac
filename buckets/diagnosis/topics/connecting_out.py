"""Rules for servers that connect out, and for a function that makes connections.

They are asked first, and for the tasks of exercise 12 alone. A connection that the
server opens is in the record as a `dial`, what it asked of its fate as `fate`, and it
bears the name of whoever was called.
"""

from __future__ import annotations

import re
import socket
from itertools import pairwise
from math import ceil

from buckets.diagnosis import rules
from buckets.diagnosis.evidence import MANY, Event, Evidence, data_of
from buckets.diagnosis.rules import (
    NO_FINDING,
    Finding,
    Rules,
    awaits_the_end,
    first_of,
    suspected_of,
    wanted,
)
from buckets.diagnosis.topics import back_bucket
from buckets.driving.unmet import show
from buckets.trace.code import calls
from buckets.trace.trace import Connection

CALLS = {"connect_all"}
RELAYS = {"relay", "log_lines", "forward"}
TASKS = CALLS | RELAYS

GONE = ("ECONNRESET", "EPIPE", "ENOTCONN")
HEAD_END = b"\r\n\r\n"

rule = Rules(TASKS)
rule_for_calls = Rules(CALLS)
rule_for_relays = Rules(RELAYS)
rule_for_logs = Rules({"log_lines"})
rule_for_names = Rules({"forward"})
rule_at_last = Rules(TASKS)


# Calls --------------------------------------------------------------------------------


@rule
def waits_in_connect(evidence: Evidence) -> Finding | None:
    blocked = evidence.blocked
    if not blocked or blocked.op != "connect":
        return None
    return Finding("M191", "connecting_out.waits_in_connect")


@rule
def waited_in_connect(evidence: Evidence) -> Finding | None:
    """A connect() of a socket with a time limit of its own waited until that was over.

    connect_ex() says EAGAIN then; a call that does not wait never does.
    """
    waited = [
        event
        for event in evidence.log.of_any("fail")
        if event.get("op") == "connect" and event.get("errno") == "EAGAIN"
    ]
    return Finding("M191", "connecting_out.waited_in_connect") if waited else None


@rule
def has_no_limit(evidence: Evidence) -> Finding | None:
    """Asleep without a limit, while a call is under way that nobody answers."""
    last = evidence.log.last
    if evidence.ending or last.get("e") != "wait" or last.get("timeout") is not None:
        return None
    if not _under_way(evidence):
        return None
    return Finding("M192", "connecting_out.has_no_limit", api=last["api"])


def _under_way(evidence: Evidence) -> list[int]:
    """The descriptors of calls that have neither been settled nor given up."""
    calls: dict[int, bool] = {}
    for event in evidence.log.own:
        fd = event.get("fd", -1)
        if event["e"] == "dial":
            calls[fd] = event.get("under_way") is True
        elif event["e"] in ("close", "fate", "recv", "send"):
            calls[fd] = False
    return [fd for fd, still in calls.items() if still]


@rule
def has_too_long_a_limit(evidence: Evidence) -> Finding | None:
    """Asleep for long, while a call is under way, and its time was over long ago.

    Asked where a test lets nobody answer, and allows a call far less.
    """
    unmet, last = evidence.unmet, evidence.log.last
    due = awaits_the_end(evidence) and suspected_of(evidence, "M192")
    if not due and "expected [" + LATE not in unmet.text:
        return None
    limit = last.get("timeout") if last.get("e") == "wait" else None
    if evidence.ending or unmet.kind != "nothing" or not limit or limit < LONG:
        return None
    if not _under_way(evidence):
        return None
    # What is left of it is less by what the server has done meanwhile.
    facts = {"api": last["api"], "limit": ceil(limit)}
    return Finding("M192", "connecting_out.waits_too_long", **facts)


@rule
def calls_for_longer(evidence: Evidence) -> Finding | None:
    """A call is under way, and by the clock that a test moves it may go on."""
    clocks = [e for e in evidence.log.trace.events if e["e"] == "clock"]
    asks = clocks[-1].get("asks") if clocks else None
    if evidence.ending or not awaits_the_end(evidence) or not asks:
        return None
    if not _under_way(evidence):
        return None
    return Finding("", "connecting_out.calls_for_longer", asks=f"{asks:g}")


LATE = "TimeoutError"
LONG = 5.0
"""Seconds; the tests that let nobody answer allow a call far less."""


@rule_for_calls
def believes_in_a_mirror(evidence: Evidence) -> Finding | None:
    own = [e for e in evidence.log.of_any("dial") if _is_mirror(e)]
    if evidence.unmet.kind != "wrong" or not own:
        return None
    return Finding("M193", "connecting_out.believes_in_a_mirror")


def _is_mirror(dial: Event) -> bool:
    return bool(dial.get("port")) and dial.get("port") == dial.get("peer")


@rule_for_calls
def takes_room_for_a_connection(evidence: Evidence) -> Finding | None:
    """A refusal was due, a socket was returned, and nobody has asked SO_ERROR."""
    unmet = evidence.unmet
    if unmet.kind != "wrong" or "got [" not in unmet.text:
        return None
    due, _, got = unmet.text.partition("got [")
    refused = due.count("Refused") > got.count("Refused")
    if not refused or evidence.log.of_any("fate"):
        return None
    return Finding("M190", "connecting_out.takes_room_for_a_connection")


@rule_for_calls
def goes_on_calling(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    if unmet.kind != "leak" or "give up" not in unmet.text or not _under_way(evidence):
        return None
    return Finding("M32", "connecting_out.goes_on_calling")


@rule_for_calls
def kept_what_was_not_returned(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "leak" or "not returned" not in evidence.unmet.text:
        return None
    return Finding("M32", "connecting_out.kept_what_was_not_returned")


@rule_for_calls
def failed_at_once(evidence: Evidence) -> Finding | None:
    """The call itself said why it had failed, and the result says something else."""
    unmet = evidence.unmet
    due, _, got = unmet.text.partition("got [")
    if unmet.kind != "wrong" or not got:
        return None
    for event in evidence.log.of_any("fail"):
        why = str(event.get("errno"))
        if event.get("op") == "connect" and f"OSError {why}" in due and why not in got:
            return Finding("", "connecting_out.failed_at_once", why=why)
    return None


@rule_for_calls
def gave_up_with_the_first(evidence: Evidence) -> Finding | None:
    """One select() came back early, and the calls that still waited were given up."""
    own = evidence.log.own
    waits = [e for e in own if e["e"] == "wait" and e.get("w")]
    under_way = [e for e in own if e["e"] == "dial" and e.get("under_way") is True]
    if len(waits) != 1 or len(under_way) < 2 or not waits[0].get("timeout"):
        return None
    woke = [e for e in own if e["e"] == "woke" and e["t"] > waits[0]["t"]]
    if not woke or woke[0]["t"] - waits[0]["t"] > waits[0]["timeout"] * HALF:
        return None
    ready, asked = len(woke[0].get("w", [])), len(waits[0]["w"])
    late = [e for e in own if e["t"] > woke[0]["t"] and e["e"] == "close"]
    if not 0 < ready < asked or not late:
        return None
    facts = {"ready": ready, "asked": asked, "api": waits[0]["api"]}
    return Finding("", "connecting_out.gave_up_with_the_first", **facts)


@rule_for_calls
def waits_as_long_again(evidence: Evidence) -> Finding | None:
    """By a clock that a test moves: it has moved, and no less is left of the limit."""
    log = evidence.log
    waits = [e for e in log.own if e["e"] == "wait" and e.get("timeout")]
    if evidence.ending or evidence.unmet.kind != "nothing" or len(waits) < 2:
        return None
    first, last = waits[0], waits[-1]
    moves = log.of_client("clock", "pour")
    passed = [float(data_of(e)) for e in moves if first["t"] < e["t"] < last["t"]]
    if not sum(passed) or last["timeout"] < first["timeout"]:
        return None
    facts = {"api": last["api"], "asks": f"{last['timeout']:g}"}
    return Finding("M81", "connecting_out.waits_as_long_again", **facts)


HALF = 0.5e9
"""Nanoseconds of half a second: so much of each second that a wait was allowed."""


@rule_for_calls
def in_another_order(evidence: Evidence) -> Finding | None:
    """What was sent over the result of one address has come to another."""
    unmet, due = evidence.unmet, wanted(evidence)
    called = evidence.log.called
    if unmet.kind != "nothing" or not due or unmet.who not in called:
        return None
    for other in called:
        sent = evidence.log.of_everybody(other, "send")
        if other != unmet.who and any(data_of(event) == due for event in sent):
            facts = {"due": show(due), "other": other, "who": unmet.who}
            return Finding("", "connecting_out.in_another_order", **facts)
    return None


@rule_for_calls
def sleeps_when_all_is_settled(evidence: Evidence) -> Finding | None:
    """No call is under way, and it sleeps until its time is over."""
    last, calls_made = evidence.log.last, evidence.log.of_any("dial")
    asleep = last.get("e") == "wait" and last.get("api") == "sleep"
    if evidence.ending or evidence.unmet.kind != "nothing" or not asleep:
        return None
    if not calls_made or _under_way(evidence):
        return None
    return Finding("", "connecting_out.sleeps_when_all_is_settled")


@rule_for_calls
def right_in_another_order(evidence: Evidence) -> Finding | None:
    """What was due and what came are the same, but for the order."""
    lists = re.search(r"expected \[(.*)\], got \[(.*)\]", evidence.unmet.text)
    if evidence.unmet.kind != "wrong" or not lists:
        return None
    due, got = (each.split(", ") for each in lists.groups())
    if due == got or sorted(due) != sorted(got):
        return None
    return Finding("", "connecting_out.right_in_another_order")


@rule_for_relays
def died_of_a_refusal(evidence: Evidence) -> Finding | None:
    """It used a call that had been refused, and nobody has asked SO_ERROR."""
    ending = evidence.ending
    if not ending or ending.kind != "ConnectionRefusedError":
        return None
    if evidence.log.of_any("fate"):
        return None
    return Finding("M190", "connecting_out.died_of_a_refusal", kind=ending.kind)


@rule_for_relays
def closed_by_a_timer(evidence: Evidence) -> Finding | None:
    """A call was answered, and its connection closed as if it had not been.

    How long a call may take is known from the first wait after it; nobody has finished
    or failed in the turn in which it was closed.
    """
    dialled: dict[int, tuple[int, float]] = {}
    settled, quiet, limit_of = set[int](), True, None
    for event, connection in _all_steps(evidence):
        fd = event.get("fd", -1)
        if event["e"] == "dial":
            dialled[fd], limit_of = (event["t"], 0.0), fd
            settled.discard(fd)
        elif event["e"] == "fate" and not event["errno"]:
            settled.add(fd)
        elif event["e"] == "wait":
            quiet = True
            if limit_of is not None and event.get("timeout"):
                dialled[limit_of] = (dialled[limit_of][0], event["timeout"])
            limit_of = None
        elif event["e"] == "fail" or (event["e"] == "recv" and not event["n"]):
            quiet = quiet and event.get("errno") in NOT_NOW
        elif event["e"] == "close" and fd in settled and quiet and connection:
            since, limit = dialled[fd]
            if limit and event["t"] - since >= limit * NEARLY and connection.who:
                facts = {"who": connection.who}
                return Finding("M93", "connecting_out.closed_by_a_timer", **facts)
    return None


NOT_NOW = ("EAGAIN", "EINPROGRESS", "EINTR")
NEARLY = 0.95e9
"""Nanoseconds; the first wait after a call begins a little later than its limit."""


# Two sides ----------------------------------------------------------------------------


def _all_steps(evidence: Evidence) -> list[tuple[Event, Connection | None]]:
    """What the first process did, each with its connection, where it has one."""
    trace = evidence.log.trace
    steps = ((step.event, step.connection) for step in trace.walk())
    return [each for each in steps if each[0].get("p") == trace.main]


def _steps(evidence: Evidence) -> list[tuple[Event, Connection]]:
    """What the first process did on connections that have a name."""
    return [(e, connection) for e, connection in _all_steps(evidence) if connection]


def _ended(evidence: Evidence) -> list[str]:
    """Who has finished sending, as the server has heard, in this order."""
    steps = _steps(evidence)
    return [c.who for e, c in steps if e["e"] == "recv" and not e["n"] and c.who]


@rule_for_relays
def kept_who_cannot_be_connected(evidence: Evidence) -> Finding | None:
    """The call for a client has failed, and the client is still connected."""
    unmet, log = evidence.unmet, evidence.log
    if evidence.ending or not awaits_the_end(evidence) or _under_way(evidence):
        return None
    failed = [e["errno"] for e in log.of_any("fate") if e["errno"]]
    raised = [e for e in log.of_any("fail") if e["op"] == "connect"]
    # What is under way has not failed, though connect() says so in an exception.
    failed += [str(e["errno"]) for e in raised if e.get("errno") not in UNDER_WAY]
    if not failed or not log.descriptors_of(unmet.who) or _is_connected(evidence):
        return None
    facts = {"why": failed[-1], "who": unmet.who}
    return Finding("M197", "connecting_out.kept_who_cannot_be_connected", **facts)


UNDER_WAY = (None, "", "EINPROGRESS", "EALREADY", "EAGAIN", "EINTR")


def _is_connected(evidence: Evidence) -> bool:
    """Whether the call that was made last has succeeded."""
    kinds = ("fate", "dial")
    told = [e for e in evidence.log.own if e["e"] in kinds and e.get("port", 1)]
    last = told[-1] if told else {"e": "none"}
    return last["e"] == "fate" and not last["errno"]


@rule_for_relays
def shut_both_directions(evidence: Evidence) -> Finding | None:
    """shutdown() of both directions, of a connection that had not finished."""
    unmet, ended = evidence.unmet, list[str]()
    if unmet.kind not in ("eof", "reset"):
        return None
    for event, connection in _steps(evidence):
        if event["e"] == "recv" and not event["n"]:
            ended.append(connection.who)
        both = event["e"] == "shut" and event.get("how") == socket.SHUT_RDWR
        if both and connection.who and connection.who not in ended:
            facts = {"who": connection.who}
            return Finding("M194", "connecting_out.shut_both_directions", **facts)
    return None


@rule_for_relays
def sent_on_twice(evidence: Evidence) -> Finding | None:
    """More was sent than was read, and what came again had come before."""
    unmet, own = evidence.unmet, evidence.log.own
    if evidence.ending or unmet.kind not in ("extra", "wrong"):
        return None
    sent = [data_of(e) for e in evidence.log.of(unmet.who, "send") if e["n"]]
    again = [a for a, b in pairwise(sent) if a == b and len(a) >= rules.LEAST]
    read = [data_of(e) for e in own if e["e"] == "recv" and e["n"]]
    if not again or sum(data.count(again[-1]) for data in read) > 1:
        return None
    facts = {"data": show(again[-1]), "who": unmet.who}
    return Finding("M46", "connecting_out.sent_on_twice", **facts)


@rule_for_relays
def read_an_end_again(evidence: Evidence) -> Finding | None:
    """Somebody was closed, and a side that had finished was read again and again.

    Each time its end was passed on anew, and whatever came of that, came of that.
    """
    log = evidence.log
    if evidence.ending or evidence.unmet.kind not in ("eof", "reset"):
        return None
    for who in (*log.called, *log.clients):
        if sum(not event["n"] for event in log.of(who, "recv")) >= MANY:
            return Finding("M06", "connecting_out.read_an_end_again", who=who)
    return None


@rule_for_relays
def left_an_orphan(evidence: Evidence) -> Finding | None:
    if evidence.ending or not awaits_the_end(evidence):
        return None
    steps = _steps(evidence)
    failed = [c for e, c in steps if e["e"] == "fail" and e.get("errno") in GONE]
    if not failed or not failed[-1].who:
        return None
    who, one = failed[-1].who, evidence.unmet.who
    if one == who or not evidence.log.descriptors_of(one):
        return None
    return Finding("M197", "connecting_out.left_an_orphan", who=who, one=one)


@rule_for_relays
def ended_both(evidence: Evidence) -> Finding | None:
    """One side has finished, and a connection was closed that had not."""
    if evidence.unmet.kind not in ("eof", "reset"):
        return None
    ended = _ended(evidence)
    closed = [c.who for e, c in _steps(evidence) if e["e"] == "close"]
    others = [who for who in closed if who and who not in ended]
    if not ended or not others:
        return None
    if _bytes_owed(evidence):
        return None
    for event, connection in _steps(evidence):
        if event["e"] == "fail" and event.get("errno") in GONE and connection.who:
            # Not that somebody has finished, but what was raised, has ended the pair.
            who = connection.who
            partners = [each for each in (*closed, *others) if each not in ("", who)]
            facts = {"op": event["op"], "why": event["errno"]}
            facts |= {"who": who, "one": partners[-1] if partners else others[-1]}
            return Finding("", "connecting_out.ended_by_an_error", **facts)
    return Finding("M194", "connecting_out.ended_both", who=ended[-1], one=others[-1])


def _bytes_owed(evidence: Evidence) -> bool:
    """Whether more was read than sent on."""
    own = evidence.log.own
    read = sum(e["n"] for e in own if e["e"] == "recv")
    return read > sum(e["n"] for e in own if e["e"] == "send")


@rule_for_relays
def kept_the_end(evidence: Evidence) -> Finding | None:
    unmet, ended = evidence.unmet, _ended(evidence)
    waits = awaits_the_end(evidence)
    if evidence.ending or not waits or not ended or unmet.who in ended:
        return None
    told = [c.who for e, c in _steps(evidence) if e["e"] == "shut"]
    if unmet.who in told or not evidence.log.descriptors_of(unmet.who):
        return None
    return Finding("M195", "connecting_out.kept_the_end", who=ended[-1], one=unmet.who)


@rule_for_relays
def dropped_while_calling(evidence: Evidence) -> Finding | None:
    """Bytes were read before the call stood, and fewer were sent on than were read."""
    unmet, log = evidence.unmet, evidence.log
    fate = [e["t"] for e in log.of(unmet.who, "fate") if not e["errno"]]
    if evidence.ending or unmet.kind not in ("wrong", "nothing") or not fate:
        return None
    came = [e for e in log.of_any("accept") if e["t"] < fate[0]]
    who = _who_came(evidence, came[-1]) if came else ""
    read = [e for e in log.of(who, "recv") if e["n"]] if who else []
    early = sum(e["n"] for e in read if e["t"] < fate[0])
    count = sum(e["n"] for e in read)
    lost = count - sum(e["n"] for e in log.of(unmet.who, "send"))
    # What is lost by another way is no matter of when it was read.
    if not early or lost != early or not unmet.expected.endswith(unmet.got):
        return None
    facts = {"lost": lost, "count": count, "who": who, "one": unmet.who}
    return Finding("M101", "connecting_out.dropped_while_calling", **facts)


def _who_came(evidence: Evidence, accept: Event) -> str:
    """Whose connection was accepted there."""
    for event, connection in _steps(evidence):
        if event is accept:
            return connection.who
    return ""


rule_for_relays(rules.forgot_the_rest)


@rule_for_relays
def asks_for_no_room(evidence: Evidence) -> Finding | None:
    """send() found no room for the one who waits, and the next wait asks for none."""
    unmet, log = evidence.unmet, evidence.log
    wait = log.latest("wait")
    if evidence.ending or unmet.kind != "nothing" or not evidence.asleep_in_wait:
        return None
    moved = log.of(unmet.who, "send", "fail", "close", "shut")
    last = moved[-1] if moved else {}
    if last.get("op") != "send" or last.get("errno") != "EAGAIN" or not wait:
        return None
    if wait["t"] < last["t"] or last["fd"] in wait.get("w", []):
        return None
    facts = {"who": unmet.who, "api": wait["api"]}
    return Finding("M66", "connecting_out.asks_for_no_room", **facts)


@rule_for_relays
def ended_with_bytes_kept(evidence: Evidence) -> Finding | None:
    """It was told of the end, or closed, before all that was read had been sent."""
    unmet = evidence.unmet
    if unmet.kind not in ("eof", "reset") or not _bytes_owed(evidence):
        return None
    told = [c.who for e, c in _steps(evidence) if e["e"] in ("shut", "close")]
    if unmet.who not in told:
        return None
    return Finding("M67", "connecting_out.ended_with_bytes_kept", who=unmet.who)


@rule_for_relays
def keeps_too_much(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "memory":
        return None
    return Finding("M19", "connecting_out.keeps_too_much")


# Lines --------------------------------------------------------------------------------


@rule_for_logs
def holds_back(evidence: Evidence) -> Finding | None:
    """Bytes without a newline were read, nothing was sent since, and somebody waits."""
    unmet, log = evidence.unmet, evidence.log
    moved = [e for e in log.own if e["e"] in ("recv", "send") and e.get("n")]
    if evidence.ending or unmet.kind != "nothing" or not unmet.due or not moved:
        return None
    if moved[-1]["e"] != "recv" or data_of(moved[-1]) != unmet.due:
        return None
    return Finding("M198", "connecting_out.holds_back", data=repr(unmet.due))


@rule_for_logs
def one_line_for_two(evidence: Evidence) -> Finding | None:
    """What was logged holds what the other side has sent."""
    unmet = evidence.unmet
    due, _, got = unmet.text.partition(", got log(")
    if unmet.who != "usher" or not got:
        return None
    for who in evidence.log.clients + evidence.log.called:
        for pour in evidence.log.of_client(who, "pour"):
            piece = data_of(pour).strip(b"\n")
            shown = repr(piece)[2:-1]
            if len(piece) > 2 and b"\n" not in piece and shown not in due:
                # A whole line of somebody's is no mixture, wherever it was due.
                if shown in got and f"'{shown}'" not in got:
                    return Finding(
                        "M109", "connecting_out.one_line_for_two", data=repr(piece)
                    )
    return None


@rule_for_logs
def stripped_a_line(evidence: Evidence) -> Finding | None:
    """What was logged lacks what the line begins or ends with."""
    unmet = evidence.unmet
    due, got = unmet.expected, unmet.got
    if unmet.kind != "wrong" or due == got or not got:
        return None
    if due.strip() != got.strip() or got not in due:
        return None
    facts = {"due": show(due), "got": show(got)}
    return Finding("M35", "connecting_out.stripped_a_line", **facts)


@rule_for_logs
def lost_the_last_line(evidence: Evidence) -> Finding | None:
    """A side has ended behind a line without a newline, and nothing was logged."""
    unmet, log = evidence.unmet, evidence.log
    due = wanted(evidence)
    if evidence.ending or unmet.kind != "nothing" or unmet.who != "usher" or not due:
        return None
    for who in _ended(evidence):
        read = b"".join(data_of(e) for e in log.of(who, "recv"))
        if read.rpartition(b"\n")[2] == due:
            facts = {"who": who, "line": show(due)}
            return Finding("", "connecting_out.lost_the_last_line", **facts)
    return None


@rule_for_logs
def a_piece_is_no_line(evidence: Evidence) -> Finding | None:
    """Something was logged before its newline had come."""
    unmet = evidence.unmet
    reads = [e for e in evidence.log.of_any("recv") if e["n"]]
    pieces = [data_of(e) for e in reads if b"\n" not in data_of(e)]
    early = unmet.who == "usher" and unmet.kind in ("extra", "wrong")
    if not early or not pieces or not suspected_of(evidence, "M198"):
        return None
    return Finding("M01", "connecting_out.a_piece_is_no_line", data=repr(pieces[0]))


# Names --------------------------------------------------------------------------------

LOOK_UPS = ("getaddrinfo", "gethostby", "create_connection")


@rule_for_names
def waits_for_a_name(evidence: Evidence) -> Finding | None:
    blocked, place = evidence.blocked, evidence.place
    if evidence.ending:
        return None
    if blocked and blocked.op == "recv" and not blocked.who:
        return Finding("M199", "connecting_out.waits_for_a_name")
    if place and any(word in place.source for word in LOOK_UPS):
        return Finding("M199", "connecting_out.waits_for_a_name_2")
    return None


@rule_for_names
def looks_names_up_itself(evidence: Evidence) -> Finding | None:
    """The resolver was not asked, and a call that looks names up is in the code."""
    unmet, sources = evidence.unmet, evidence.sources.values()
    if evidence.ending or "nobody asked" not in unmet.text:
        return None
    for name in BY_NAME:
        if calls(sources, name):
            return Finding("M199", "connecting_out.looks_names_up_itself", name=name)
    return None


BY_NAME = ("getaddrinfo", "gethostbyname", "gethostbyname_ex")


STATUS = re.compile(rb"HTTP/1\.1 (\d{3}[^\r\n]*)\r?\n")


@rule_for_names
def told_too_early(evidence: Evidence) -> Finding | None:
    """200 was told, and something else about the same call behind it."""
    unmet = evidence.unmet
    told, due = STATUS.findall(unmet.got), STATUS.match(unmet.expected)
    if not due or due[1].startswith(b"200") or not told[:1]:
        return None
    if not told[0].startswith(b"200"):
        return None
    facts = {"who": unmet.who, "due": due[1].decode("latin-1")}
    return Finding("", "connecting_out.told_too_early", **facts)


@rule_for_names
def told_another_status(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    told, due = STATUS.match(unmet.got), STATUS.match(unmet.expected)
    if not told or not due or told[1] == due[1]:
        return None
    came, right = (text[1].decode("latin-1") for text in (told, due))
    facts = {"who": unmet.who, "came": came, "due": right}
    return Finding("", "connecting_out.told_another_status", **facts)


@rule_for_names
def waits_for_an_answer_without_limit(evidence: Evidence) -> Finding | None:
    """A timeout was to be told, and the server waits on for whoever does not answer."""
    unmet, wait = evidence.unmet, evidence.log.latest("wait") or {}
    if unmet.kind != "nothing" or not wanted(evidence).startswith(b"HTTP/1.1 504"):
        return None
    limit = wait.get("timeout")
    if not evidence.asleep_in_wait or (limit is not None and limit < LONG):
        return None
    if limit is None:
        return Finding("M192", "connecting_out.waits_without_limit", api=wait["api"])
    facts = {"api": wait["api"], "limit": ceil(limit)}
    return Finding("M192", "connecting_out.waits_too_long", **facts)


@rule_for_names
def called_one_address(evidence: Evidence) -> Finding | None:
    """Some addresses were told, one was called, and it failed."""
    dials = [e for e in evidence.log.of_any("dial") if e.get("port")]
    refused = [e for e in evidence.log.of_any("fate") if e["errno"]]
    if evidence.ending or not suspected_of(evidence, "M196"):
        return None
    if len(dials) != 1 or not refused:
        return None
    return Finding("M196", "connecting_out.called_one_address", why=refused[0]["errno"])


@rule_for_names
def lost_what_came_early(evidence: Evidence) -> Finding | None:
    """All that a client has sent was read, and none of it was sent on.

    Who reads a head alone, and no byte behind it, has not read everything.
    """
    unmet, log = evidence.unmet, evidence.log
    ends = evidence.log.called
    if evidence.ending or unmet.kind != "nothing" or not unmet.due:
        return None
    if unmet.who not in ends or log.of(unmet.who, "send"):
        return None
    for who in reversed(log.clients):
        count = sum(e.get("n", 0) for e in log.of_client(who, "pour"))
        read = sum(e["n"] for e in log.of(who, "recv"))
        if count and read == count and len(ends) > 1:
            return Finding(
                "M41",
                "connecting_out.lost_what_came_early",
                who=who,
                one=unmet.who,
                count=count,
            )
    return None


@rule_for_names
def answered_half_a_head(evidence: Evidence) -> Finding | None:
    """A client was sent something before the first line of its head had ended."""
    for who in reversed(evidence.log.clients):
        head, piece = b"", b""
        for event in evidence.log.of(who, "recv", "send"):
            if b"\n" in head or not event["n"]:
                break
            if event["e"] == "send" and piece:
                facts = {"data": show(piece), "who": who}
                return Finding("M01", "connecting_out.answered_half_a_head", **facts)
            piece = data_of(event)
            # Of many bytes the record has the first alone.
            head += piece if len(piece) == event["n"] else b"\n"
    return None


@rule_for_names
def gave_an_answer_to_another(evidence: Evidence) -> Finding | None:
    """Told that it is connected, when no answer for its own name had been read."""
    asked, told, last = dict[str, str](), set[str](), ""
    for event, connection in _all_steps(evidence):
        who = connection.who if connection else ""
        data = data_of(event)
        if event["e"] == "recv" and who in evidence.log.clients:
            host = CONNECT.match(data)
            if host and not host[1].replace(b".", b"").isdigit():
                asked.setdefault(who, host[1].decode("latin-1"))
        elif event["e"] == "recv" and not who:
            last = _name_in(data) or last
            told.add(last)
        elif event["e"] == "send" and data.startswith(b"HTTP/1.1 200"):
            own = asked.get(who, "")
            if own and last and own not in told:
                facts = {"name": last, "who": who, "own": own}
                return Finding(
                    "M30", "connecting_out.gave_an_answer_to_another", **facts
                )
    return None


CONNECT = re.compile(rb"CONNECT ([^\s:]+):\d")


@rule_for_names
def asked_with_one_number(evidence: Evidence) -> Finding | None:
    """Two names were asked for with the same number, and the first had no answer yet.

    Numbers may come again: on another socket, and when the answer is there.
    """
    asked = dict[tuple[int, bytes], str]()
    if evidence.ending:
        return None
    for event, connection in _all_steps(evidence):
        data = data_of(event)
        if connection or len(data) < HEAD or event["e"] not in ("recv", "send"):
            continue
        key, name = (event["fd"], data[:2]), _name_in(data)
        if event["e"] == "recv":
            asked.pop(key, None)
        elif name and asked.setdefault(key, name) != name:
            return Finding(
                "M30",
                "connecting_out.asked_with_one_number",
                name=asked[key],
                other=name,
                number=int.from_bytes(data[:2], "big"),
            )
    return None


HEAD = 12
"""Bytes before the name, in a question and in an answer."""


def _name_in(answer: bytes) -> str:
    """The name that a resolver's answer speaks of; "" where it cannot be read."""
    labels, place = list[bytes](), 12
    while place < len(answer) and answer[place]:
        labels.append(answer[place + 1 : place + 1 + answer[place]])
        place += 1 + answer[place]
    return b".".join(labels).decode("latin-1") if place < len(answer) else ""


@rule_for_names
def a_piece_is_no_head(evidence: Evidence) -> Finding | None:
    """A whole head has come in pieces, all of them were read, and nobody was called."""
    unmet, log = evidence.unmet, evidence.log
    if evidence.ending or unmet.kind not in ("uncalled", "nothing"):
        return None
    dials = [event["t"] for event in log.of_any("dial") if event.get("port")]
    for who in reversed(log.clients):
        reads = [e for e in log.of(who, "recv") if e["n"]]
        whole = HEAD_END in log.poured(who)
        count = sum(e["n"] for e in reads)
        if not whole or len(reads) < 2 or count != len(log.poured(who)):
            continue
        if any(t > reads[-1]["t"] for t in dials):
            continue
        return Finding("M01", "connecting_out.a_piece_is_no_head", who=who, count=count)
    return None


@rule_for_calls
def sleeps_on(evidence: Evidence) -> Finding | None:
    """Asleep in sleep(), where no call that is settled wakes it."""
    last = evidence.log.last
    asleep = last.get("e") == "wait" and last.get("api") == "sleep"
    if evidence.ending or evidence.unmet.kind != "nothing" or not asleep:
        return None
    return Finding("", "connecting_out.sleeps_on")


# All of them --------------------------------------------------------------------------

ALSO = (
    rules.struck_by_its_clock,
    rules.sleeps_in_its_loop,
    rules.closed_socket_in_the_list,
    rules.closed_socket_again_and_again,
    rules.descriptor_beyond_select,
    rules.out_of_descriptors,
    rules.reset_ended_the_server,
    rules.changed_while_walking,
    rules.asked_who_has_vanished,
    rules.would_block,
    rules.reset_ended_the_loop,
    rules.came_to_its_end,
    rules.hired_people,
    rules.kept_descriptors,
    rules.blocked_in_accept,
    back_bucket.blocked_in_send,
    rules.blocked_on_somebody_else,
    rules.dry_pipe,
    rules.always_writable,
    rules.hogged_the_loop,
    rules.flag_ignored,
    rules.polling,
    rules.never_closed,
)
"""General rules that hold here, too. The others know of lines that are answered, and
here nothing is answered: what comes from one side goes on to the other."""


@rule_at_last
def what_else_it_may_be(evidence: Evidence) -> Finding | None:
    """A general rule that states what the record shows; otherwise no cause is named."""
    return first_of(ALSO, evidence) or NO_FINDING
