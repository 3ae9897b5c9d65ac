"""Rules for servers and loops that live in somebody else's loop.

They are asked first, and for the tasks of exercise 11 alone. What Tcl does between two
callbacks is not recorded, so nothing is said of it. A client who waits in vain while
the loop ticks on is evidence of that and no more: where the record shows no cause, none
is named.
"""

from __future__ import annotations

import re
from itertools import pairwise

from buckets.diagnosis import rules
from buckets.diagnosis.evidence import Event, Evidence, data_of
from buckets.diagnosis.rules import (
    NO_FINDING,
    Finding,
    Rules,
    awaits_the_end,
    first_of,
    suspected_of,
)
from buckets.diagnosis.topics import back_bucket
from buckets.driving.clients import WHY
from buckets.driving.unmet import show
from buckets.texts import said

LOOKS = {"look_in"}
LOOPS = {"TkLoop", "NotebookLoop"}
SERVERS = {"on_window", "on_notebook"}
TASKS = LOOKS | LOOPS | SERVERS

RESETS = ("ConnectionResetError", "BrokenPipeError", "ConnectionAbortedError")

rule = Rules(TASKS)
rule_at_last = Rules(TASKS)
rule_for_looks = Rules(LOOKS)
rule_for_loops = Rules(LOOPS)
rule_for_servers = Rules(SERVERS)


# What holds in every loop ------------------------------------------------------------


@rule
def what_ended_it(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if not ending or ending.how != "raised":
        return None
    if ending.kind == "RuntimeError" and "running" in ending.error:
        return Finding("M151", "window.what_ended_it", error=ending.error)
    if "loop stopped before" in ending.error and _spilled(evidence):
        return Finding("M71", "window.stopped_for_what_was_raised")
    closed = any(e["e"] == "close" for e in evidence.log.own)
    if ending.error.endswith("descriptor: -1") and closed:
        return Finding("M155", "window.asked_about_a_closed_one")
    if ending.kind == "Spilled":
        return Finding("M154", "window.what_ended_it_2", error=ending.error)
    if ending.kind in RESETS and evidence.behaviour.task in SERVERS:
        return Finding("M154", "window.what_ended_it_3", kind=ending.kind)
    return None


def _spilled(evidence: Evidence) -> bool:
    """Whether a puppet was told to raise, whatever has become of that."""
    return any(b"spill" in evidence.log.poured(who) for who in evidence.log.clients)


@rule_for_servers
def lost_what_it_had_read(evidence: Evidence) -> Finding | None:
    """recv() gave whole lines, was called once more, and said that no more has come."""
    unmet, log = evidence.unmet, evidence.log
    if evidence.ending or unmet.kind not in ("nothing", "wrong"):
        return None
    done = log.of(unmet.who, "recv", "send", "fail", "close")
    for event, after in pairwise(done):
        again = after.get("op") == "recv" and after.get("errno") == "EAGAIN"
        turned = any(
            event["t"] < e["t"] < after["t"] for e in log.own if e["e"] == "wait"
        )
        if event["e"] == "recv" and event["n"] and again and not turned:
            rest = done[done.index(after) + 1 :]
            if not any(e["e"] == "send" for e in rest[:1]):
                facts = {"data": show(data_of(event)), "who": unmet.who}
                return Finding("M37", "window.lost_what_it_had_read", **facts)
    return None


@rule_for_servers
def closed_with_another(evidence: Evidence) -> Finding | None:
    """A second server was closed, and a client of the first is closed with it."""
    who, unmet = evidence.unmet.who, evidence.unmet
    if unmet.kind not in ("eof", "reset") or not suspected_of(evidence, "M109"):
        return None
    if evidence.ending or not evidence.log.of(who, "close"):
        return None
    return Finding("", "window.closed_with_another", who=who)


@rule
def closed_the_door(evidence: Evidence) -> Finding | None:
    """The listener is whoever's who made it, and somebody wants to come in by it."""
    if evidence.unmet.kind != "refused" or evidence.ending:
        return None
    closed = evidence.log.closes_of_the_listener
    return Finding("", "rules.closed_the_door") if closed else None


@rule
def has_not_come_back(evidence: Evidence) -> Finding | None:
    """The window waits for the learner's function itself."""
    opening = evidence.unmet.text.startswith("expected to be opened")
    if not opening or evidence.ending:
        return None
    place = evidence.place
    if place and place.function != evidence.behaviour.task:
        own = waits_in_a_wait_of_its_own(evidence)
        if own:
            return own
    where = said("words.in_line", line=place.line) if place else ""
    return Finding("M151", "window.has_not_come_back", where=where)


@rule
def waits_for_room(evidence: Evidence) -> Finding | None:
    blocked, log = evidence.blocked, evidence.log
    if blocked and blocked.op.startswith("send"):
        who = blocked.who or said("words.one_client")
        return Finding("M156", "window.waits_for_room", op=blocked.op, who=who)
    refused = [e for e in log.recent if e["e"] == "fail" and e["op"].startswith("send")]
    if evidence.ending or len(refused) < 5:
        return None
    who = log.name(refused[-1]["fd"]) or said("words.one_client")
    return Finding("M156", "window.waits_for_room_2", who=who)


@rule
def waits_for_water(evidence: Evidence) -> Finding | None:
    blocked = evidence.blocked
    if not blocked or blocked.op not in ("recv", "accept"):
        return None
    whom = (
        said("words.one_more_client")
        if blocked.op == "accept"
        else blocked.who or said("words.one_client")
    )
    return Finding("M150", "window.waits_for_water", op=blocked.op, whom=whom)


@rule
def waits_in_a_wait_of_its_own(evidence: Evidence) -> Finding | None:
    """Asleep in select() or sleep(), in a line that the loop has called."""
    last = evidence.log.last
    if evidence.ending or last.get("e") != "wait" or not last.get("at"):
        return None
    own = last["api"] != "mainloop" and last.get("timeout") != 0
    if not own or evidence.behaviour.task not in LOOKS | {"TkLoop", "on_window"}:
        return None
    return Finding("M150", "window.waits_in_a_wait_of_its_own", api=last["api"])


@rule
def left_its_handler(evidence: Evidence) -> Finding | None:
    """A descriptor that was closed, and is asked for in Tk's next wait all the same."""
    closed: dict[int, str] = {}
    stale: list[str] = []
    ledger = _names(evidence)
    for event in evidence.log.own:
        if event["e"] == "close":
            closed[event["fd"]] = ledger.get(id(event), "a client")
        elif event["e"] == "accept":
            closed.pop(event["new"], None)
        elif event["e"] == "wait" and event["api"] == "mainloop":
            asked = {*event.get("r", []), *event.get("w", [])}
            stale = [who for fd, who in closed.items() if fd in asked]
    if not stale or evidence.ending:
        return None
    return Finding("M155", "window.left_its_handler", stale=stale[-1])


def _names(evidence: Evidence) -> dict[int, str]:
    """Whose connection each close() ended, by the identity of the event."""
    return {
        id(step.event): step.connection.who
        for step in evidence.log.trace.walk()
        if step.event["e"] == "close" and step.connection and step.connection.who
    }


@rule
def left_in_the_loop(evidence: Evidence) -> Finding | None:
    """After the close: only tests that close are written to catch this."""
    unmet, log = evidence.unmet, evidence.log
    if not suspected_of(evidence, "M158") or evidence.ending:
        return None
    if unmet.kind == "leak":
        return Finding("M158", "window.left_in_the_loop")
    if unmet.kind == "rest":
        return Finding("M158", "window.left_in_the_loop_2")
    if unmet.kind == "no eof":
        return Finding("M158", "window.left_in_the_loop_5", who=unmet.who)
    late = [e for e in log.of_any("accept") if _after_close(evidence, e)]
    if late and unmet.who == "late":
        return Finding("M158", "window.left_in_the_loop_3")
    if awaits_the_end(evidence):
        if log.descriptors_of(unmet.who):
            return Finding("M158", "window.left_in_the_loop_4", who=unmet.who)
    return None


def _after_close(evidence: Evidence, accept: Event) -> bool:
    """Whether somebody was let in who came after the close."""
    came = [e for e in evidence.log.trace.events if e.get("who") == "late"]
    return bool(came) and accept.get("peer") == came[0].get("port")


# Looks ------------------------------------------------------------------------------


@rule_for_looks
def never_looked_again(evidence: Evidence) -> Finding | None:
    looks = [e for e in evidence.log.of_any("wait") if e["api"] != "mainloop"]
    if evidence.ending or evidence.unmet.kind != "nothing" or not looks:
        return None
    if evidence.log.last.get("api") != "mainloop":
        return None
    if len(looks) > 1:
        return _looks_no_more(evidence, looks[-1])
    return Finding("M159", "window.never_looked_again")


@rule_for_looks
def waits_in_each_look(evidence: Evidence) -> Finding | None:
    """A look that may wait is none, however short its wait is."""
    own = [e for e in evidence.log.of_any("wait") if e["api"] != "mainloop"]
    late = [e for e in own if e.get("at") and (e.get("timeout") or 0) > 0]
    if evidence.ending or not late or evidence.unmet.kind == "rest":
        return None
    facts = {"api": late[-1]["api"], "limit": float(late[-1]["timeout"])}
    return Finding("M150", "window.waits_in_each_look", **facts)


@rule_for_looks
def sees_to_one_in_each_look(evidence: Evidence) -> Finding | None:
    """Several were ready, and only one was seen to before the next look."""
    ready, seen = 0, set[int]()
    if "in the same look" not in evidence.unmet.text or evidence.ending:
        return None
    for event in evidence.log.own:
        if event["e"] == "wait":
            if ready > 1 and len(seen) == 1:
                return Finding("M28", "window.sees_to_one_in_each_look", ready=ready)
            ready, seen = 0, set()
        elif event["e"] == "woke":
            ready = len(event.get("r", []))
        elif event["e"] in ("recv", "accept", "fail"):
            seen.add(event["fd"])
    return None


@rule_for_looks
def a_reset_ended_the_looks(evidence: Evidence) -> Finding | None:
    """Tk prints what a timer's callback raises, and does not call it again."""
    done = [e for e in evidence.log.own if e["e"] in ("fail", "wait", "woke")]
    fails = [e for e in done if e["e"] == "fail" and e.get("error") in RESETS]
    if not fails or evidence.unmet.kind != "nothing":
        return None
    closed = [e["fd"] for e in evidence.log.own if e["e"] == "close"]
    if fails[-1]["fd"] in closed:
        return None  # then it was seen to
    after = [e for e in done if e["t"] > fails[-1]["t"] and e.get("api") == "select"]
    if after:
        return None
    return Finding(
        "M10",
        "window.a_reset_ended_the_looks",
        op=fails[-1]["op"],
        error=fails[-1]["error"],
    )


@rule_for_looks
def answers_one_of_several(evidence: Evidence) -> Finding | None:
    """One recv() brought several lines, and fewer answers have left since."""
    unmet = evidence.unmet
    done = evidence.log.of(unmet.who, "recv", "send", "fail")
    reads = [n for n, event in enumerate(done) if event["e"] == "recv" and event["n"]]
    if evidence.ending or unmet.kind not in ("nothing", "wrong") or not reads:
        return None
    data = data_of(done[reads[-1]])
    left = b"".join(data_of(event) for event in done[reads[-1] + 1 :])
    if left.count(b"\n") != 1 or data.count(b"\n") < 2:
        return None
    return Finding("M02", "rules.glued_lines", data=show(data))


def _looks_no_more(evidence: Evidence, look: Event) -> Finding | None:
    """A look in which something was raised was the last, and the loop went on."""
    later = [e for e in evidence.log.own if e["t"] > look["t"]]
    failed = [e for e in later if e["e"] == "fail" and e.get("errno") != "EAGAIN"]
    if not failed or WHY["ticking"] not in evidence.unmet.text:
        return None
    if not any(e["e"] == "close" and e["fd"] == failed[-1]["fd"] for e in later):
        return None  # nobody has seen to it, which is another matter
    facts = {"op": failed[-1]["op"], "error": failed[-1]["error"]}
    return Finding("M159", "window.looks_no_more", **facts)


@rule_for_looks
def looks_all_day(evidence: Evidence) -> Finding | None:
    idle = [e for e in evidence.log.recent if e["e"] == "wait" and e["api"] == "select"]
    if evidence.ending or evidence.unmet.kind != "rest" or len(idle) < 5:
        return None
    if any(event.get("timeout") != 0 for event in idle):
        return None
    return Finding("M152", "window.looks_all_day")


# Loops with watch() -----------------------------------------------------------------


@rule_for_loops
def called_for_nothing(evidence: Evidence) -> Finding | None:
    """What a puppet does is known: what it says shows what was called."""
    unmet, poured = evidence.unmet, evidence.log.poured(evidence.unmet.who)
    suspects = evidence.behaviour.suspects
    if unmet.kind not in ("extra", "wrong") or "M155" not in suspects:
        return None
    if _is_watched_for_room_alone(evidence):
        return Finding("M72", "window.watched_for_room_alone", who=unmet.who)
    if unmet.kind == "wrong" and unmet.got.startswith(b"word\n"):
        return Finding("", "window.wrote_first", who=unmet.who)
    if poured.endswith(b"mute ben\n") and b"word" in unmet.got + unmet.text.encode():
        return Finding("M70", "window.called_for_nothing")
    return Finding("M72", "window.called_for_nothing_2", who=unmet.who)


def _is_watched_for_room_alone(evidence: Evidence) -> bool:
    """Whether the last wait before it said a word asked for its room, and no more."""
    unmet, log = evidence.unmet, evidence.log
    who, sends = unmet.who, log.of(unmet.who, "send")
    # The word is what was heard first of what was not due.
    words = [e for e in sends if e["n"] and unmet.got.startswith(data_of(e))] or sends
    before = [e for e in log.of_any("wait") if words and e["t"] < words[-1]["t"]]
    mine = set(log.descriptors_of(who))
    if not before or log.poured(who).count(b"\n") < 2:
        return False
    return bool(mine & {*before[-1]["w"]}) and not mine & {*before[-1]["r"]}


@rule_for_loops
def kept_to_itself(evidence: Evidence) -> Finding | None:
    """What a handler has raised is to be printed, and was not."""
    if evidence.unmet.kind != "silent" or evidence.ending:
        return None
    return Finding("M95", "window.kept_to_itself")


@rule_for_loops
def watches_who_has_raised(evidence: Evidence) -> Finding | None:
    unmet, log = evidence.unmet, evidence.log
    if not suspected_of(evidence, "M154") or evidence.ending:
        return None
    spilled = [who for who in log.clients if b"spill" in log.poured(who)]
    flags = [e for e in log.recent if e["e"] == "woke"]
    again = {log.name(fd) for e in flags[-3:] for fd in (*e["r"], *e["w"])}
    who = next((name for name in spilled if name in again), "")
    if unmet.kind == "rest" and who:
        return Finding("M154", "window.watches_who_has_raised", who=who)
    if unmet.kind == "extra" and unmet.who in spilled:
        return Finding("M154", "window.watches_who_has_raised_2", who=unmet.who)
    return None


VAIN = 8
"""Wake-ups after which nothing was sent; how many more there were is chance."""


# Servers ----------------------------------------------------------------------------


rule_for_servers(back_bucket.no_room_was_taken_for_the_end)


@rule_for_servers
def somebody_elses_answer(evidence: Evidence) -> Finding | None:
    """Part of a long answer, to a client who has asked for none, and one who has."""
    unmet, log = evidence.unmet, evidence.log
    counted = re.search(rb"0\d{6}\n0\d{6}\n", unmet.got[:100])
    if unmet.kind not in ("wrong", "extra") or not counted:
        return None
    if re.search(rb"\d", log.poured(unmet.who)):
        return None
    for other in log.clients:
        if other != unmet.who and re.search(rb"^\d+\n", log.poured(other)):
            facts = {"who": unmet.who, "other": other}
            return Finding("M109", "window.somebody_elses_answer", **facts)
    return None


@rule_for_servers
def forgot_what_was_not_taken(evidence: Evidence) -> Finding | None:
    """send() took a part, nobody asked for room since, and it was closed."""
    unmet, log = evidence.unmet, evidence.log
    # To send nothing takes nothing back.
    sends = [event for event in log.of(unmet.who, "send") if event["ask"]]
    if unmet.kind not in ("eof", "reset") or not sends or evidence.ending:
        return None
    last, fds = sends[-1], {event["fd"] for event in sends}
    waits = [e for e in log.of_any("wait") if e["t"] > last["t"]]
    if last["n"] == last["ask"] or not waits or any(fds & {*e["w"]} for e in waits):
        return None
    took = said("words.took", n=last["n"], ask=last["ask"])
    return Finding("M04", "back_bucket.sent_a_part_2", took=took)


rule_for_servers(back_bucket.goodbye_with_water_pending)
rule_for_servers(back_bucket.sent_a_part)


@rule_for_loops
def both_flags_and_nothing_done(evidence: Evidence) -> Finding | None:
    """Wake-ups for reading and for room at once, and nothing was read or sent."""
    if evidence.ending or evidence.unmet.kind not in ("nothing", "busy", "rest"):
        return None
    pairs = list(pairwise(evidence.log.recent))
    both = [(a, b) for a, b in pairs if a["e"] == "woke" and {*a["r"]} & {*a["w"]}]
    vain = [a for a, b in both if not _uses_room(b) and b["e"] != "accept"]
    if len(vain) < VAIN or len(vain) < len(both):
        return None
    who = evidence.log.name(min({*vain[-1]["r"]} & {*vain[-1]["w"]}))
    facts = {"who": who or said("words.one_client")}
    return Finding("M28", "window.both_flags_and_nothing_done", **facts)


@rule_for_loops
def room_that_was_asked_for_once(evidence: Evidence) -> Finding | None:
    """It was not watched for room at first, and from some time on it is for ever."""
    log, woke = evidence.log, evidence.log.latest("woke") or {}
    woken = woke.get("w", [])
    if evidence.ending or evidence.unmet.kind != "rest" or not woken:
        return None
    waits = [(e["r"], e["w"]) for e in log.of_any("wait")]
    still = []
    for fd in sorted({*woken, *waits[-1][1]} if waits else woken):
        asked = [fd in w for r, w in waits if fd in (*r, *w)]
        if asked and not asked[0] and all(asked[-VAIN:]):
            still.append(fd)
        elif fd in woken:
            return None
    # Which of several woke it last is a matter of chance; which was there first is not.
    return Finding(
        "M72",
        "window.room_that_was_asked_for_once",
        who=log.name(still[0]) or said("words.one_client"),
    )


@rule_for_loops
@rule_for_servers
def room_without_need(evidence: Evidence) -> Finding | None:
    """Wake-ups for room after which nothing was sent."""
    if evidence.ending or evidence.unmet.kind not in ("nothing", "busy", "rest"):
        return None
    pairs = list(pairwise(evidence.log.recent))
    woken = [(a, b) for a, b in pairs if a["e"] == "woke" and a.get("w")]
    vain = [a for a, b in woken if not _uses_room(b)]
    if len(vain) < VAIN:
        return None
    return Finding("M07", "window.room_without_need", count=VAIN)


def _uses_room(event: Event) -> bool:
    """Whether something was read or sent; to send nothing is no use of it."""
    return event["e"] in ("fail", "recv", "try") or bool(event.get("ask"))


@rule_for_servers
def keeps_too_much(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "memory":
        return None
    return Finding("M19", "window.keeps_too_much")


ALSO = (
    rules.closed_socket_in_the_list,
    rules.reset_ended_the_server,
    rules.hired_people,
    rules.kept_descriptors,
    rules.dry_pipe,
    rules.always_writable,
    rules.hogged_the_loop,
    rules.never_closed,
    rules.answered_a_part,
    rules.somebody_elses_bytes,
)


@rule_at_last
def what_else_it_may_be(evidence: Evidence) -> Finding | None:
    """A general rule that states what the record shows; otherwise no cause is named."""
    return first_of(ALSO, evidence) or NO_FINDING
