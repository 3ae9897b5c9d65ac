"""The rules: from evidence to the misconception it speaks for.

Each rule looks for one pattern and says what it saw, in one sentence, with the
clients' names. The first that fits wins, so the certain stand before the merely likely:
an exception says more than a silence. Nothing here can change a score.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import pairwise

from buckets.diagnosis.evidence import Event, Evidence, data_of
from buckets.driving.unmet import show
from buckets.texts import Said, said


class Finding:
    """A misconception by id, and the sentence of evidence that speaks for it.

    The sentence is a key of languages/en.toml and the facts that it is made of; it can
    say nothing else. Without an id it stands alone: what happened, in plain words.

    Args:
        id: of the misconception; "" for none.
        key: of the sentence; "" for none.
        facts: what the sentence has braces for.
    """

    def __init__(self, id: str, key: str = "", /, **facts: object):
        self.id, self.said = id, Said(key, facts)
        self.seen: tuple[Event, str] | None = None

    def seen_at(self, event: Event, who: str) -> Finding:
        """The call that it is about, where another thread than the first is in it.

        Args:
            event: such a call has begun, and not come back.
            who: on whose connection.
        """
        self.seen = event, who
        return self

    @property
    def text(self) -> str:
        """The sentence in English, as it is compared with the run."""
        return self.said.english


def plainly(sentence: Said) -> Finding:
    """What happened, and no misconception."""
    return Finding("", sentence.key, **sentence.facts)


NO_FINDING = Finding("")
"""What a rule returns to say that no later one should be asked."""

Rule = Callable[[Evidence], Finding | None]


class Rules:
    """Rules for some tasks, asked in the order in which they are written.

        rule = Rules(["serve_many"])

        @rule
        def sits_and_waits(evidence): ...

    Which group is asked before which stands in order.py.

    Args:
        tasks: names of the tasks that these rules know about; by default all tasks.
    """

    def __init__(self, tasks: Iterable[str] = ()):
        self.tasks = frozenset(tasks)
        self.own: list[Rule] = []

    def __call__(self, function: Rule) -> Rule:
        """Add a rule."""
        self.own.append(function)
        return function

    def of(self, task: str) -> list[Rule]:
        """The rules to be asked about a task; none if this group does not know it."""
        return [] if self.tasks and task not in self.tasks else self.own


rule = Rules()


def first_of(asked: Iterable[Rule], evidence: Evidence) -> Finding | None:
    """What the first of these rules finds that finds anything."""
    return next(filter(None, (ask(evidence) for ask in asked)), None)


def suspected(evidence: Evidence) -> Finding | None:
    """What the test was written to catch; None if it names nothing.

    It has no evidence, so it is never told: it may be asked about.
    """
    suspects = evidence.behaviour.suspects
    return Finding(suspects[0]) if suspects else None


def suspected_of(evidence: Evidence, key: str) -> bool:
    """Whether a test was written to catch this, among others."""
    return key in evidence.behaviour.suspects


# The server has ended -----------------------------------------------------

WAITING = frozenset("select poll epoll selector".split())

DIED_OF = {
    "fd -1": (
        "negative integer",
        "Invalid file descriptor",
        "Invalid file object",
        "Bad file descriptor",
    ),
    "limit": ("out of range in select",),
    "crowded": ("Too many open files",),
}


def _died_of(evidence: Evidence, cause: str) -> bool:
    ending = evidence.ending
    return bool(
        ending
        and ending.how == "raised"
        and any(text in ending.error for text in DIED_OF[cause])
    )


ENDS_BY_ITSELF = ("01", "11")
"""Topics whose tasks come to an end, or are closed, and have rules of their own."""


def struck_by_its_clock(evidence: Evidence) -> Finding | None:
    """It was woken by nothing but its clock, and used a socket that was closed.

    Asked where servers have timers: nobody's flag was up, so a timer has called.
    """
    woke, log = evidence.log.latest("woke"), evidence.log
    closed = [e for e in log.own if e["e"] == "close"]
    if not _died_of(evidence, "fd -1") or not woke or woke.get("r") or woke.get("w"):
        return None
    late = [e for e in log.own if e["t"] > woke["t"]]
    if not closed or any(e["e"] in ("wait", "close") for e in late):
        return None
    return Finding("M93", "rules.struck_by_its_clock")


def sleeps_in_its_loop(evidence: Evidence) -> Finding | None:
    """Asleep in sleep(), in the one thread that everybody waits for."""
    last, unmet = evidence.log.last, evidence.unmet
    asleep = last.get("e") == "wait" and last.get("api") == "sleep"
    if evidence.ending or unmet.kind != "nothing" or not asleep:
        return None
    return Finding("M150", "rules.sleeps_in_its_loop")


def closed_the_door(evidence: Evidence) -> Finding | None:
    """The listener was closed by the process that was started, not on its way out."""
    ending, log = evidence.ending, evidence.log
    closes = log.closes_of_the_listener
    if not closes or evidence.behaviour.topic in ENDS_BY_ITSELF:
        return None
    doors = (
        e for e in log.of_all("accept", "try") if e.get("op", "accept") == "accept"
    )
    if any(e["p"] != log.trace.main and e["t"] > closes[0]["t"] for e in doors):
        return None  # a child has a copy of it, and lets others in
    if ending and not any(text in ending.error for text in DIED_OF["fd -1"]):
        return None  # then a `with` may have closed it, because of what is told there
    return Finding("", "rules.closed_the_door")


@rule
def closed_socket_in_the_list(evidence: Evidence) -> Finding | None:
    """It was waited for; who calls recv() on one has its traceback."""
    failed = evidence.log.latest("fail") or {}
    if not _died_of(evidence, "fd -1") or failed.get("op", "select") not in WAITING:
        return None
    return Finding("M14", "rules.closed_socket_in_the_list")


@rule
def closed_socket_again_and_again(evidence: Evidence) -> Finding | None:
    """The same, where an `except` clause of the learner's swallows it."""
    refused = [
        event
        for event in evidence.log.recent
        if event["e"] == "fail" and event["op"] in WAITING and event["fd"] == -1
    ]
    if evidence.ending or len(refused) < 3 or refused[-1]["error"] != "ValueError":
        return None
    return Finding("M14", "rules.closed_socket_again_and_again", op=refused[-1]["op"])


@rule
def descriptor_beyond_select(evidence: Evidence) -> Finding | None:
    if _died_of(evidence, "limit"):
        return Finding("M16", "rules.descriptor_beyond_select")
    return None


@rule
def out_of_descriptors(evidence: Evidence) -> Finding | None:
    if _died_of(evidence, "crowded"):
        return Finding("M17", "rules.out_of_descriptors")
    return None


@rule
def reset_ended_the_server(evidence: Evidence) -> Finding | None:
    resets = ("ConnectionResetError", "BrokenPipeError", "ConnectionAbortedError")
    ending, events = evidence.ending, evidence.log.trace.events
    vanished = any(e["e"] in ("reset", "close") and "who" in e for e in events)
    if not ending or ending.kind not in resets or not vanished:
        return None
    who = _failed_last(evidence)
    if who in evidence.log.called:
        facts = {"who": who, "kind": ending.kind}
        return Finding("M10", "rules.reset_ended_the_server_2", **facts)
    return Finding("M10", "rules.reset_ended_the_server", kind=ending.kind)


def _failed_last(evidence: Evidence) -> str:
    """On whose connection a call has raised last; "" where that is not known."""
    log, failed = evidence.log, evidence.log.of_any("fail")[-1:]
    names = [*log.called, *log.clients]
    return next((who for who in names if failed == log.of(who, "fail")[-1:]), "")


@rule
def changed_while_walking(evidence: Evidence) -> Finding | None:
    """Wherever that exception went: a loop may have caught it."""
    for event in evidence.log.of_all("oops"):
        if "changed size during iteration" in event["text"]:
            cell, line = event["where"]
            return Finding(
                "M107",
                "rules.changed_while_walking",
                kind=event["kind"],
                line=line,
                cell=cell,
                text=event["text"],
            )
    return None


@rule
def asked_who_has_vanished(evidence: Evidence) -> Finding | None:
    """getpeername() and shutdown() fail, too, on a connection that was reset."""
    ending, events = evidence.ending, evidence.log.trace.events
    vanished = [event["who"] for event in events if event["e"] == "reset"]
    if ending and ending.how == "killed" and ending.error == "signal 13":
        return Finding("M10", "rules.asked_who_has_vanished")
    if not ending or not vanished:
        return None
    if ending.how == "raised" and "not connected" in ending.error:
        return Finding("M10", "rules.asked_who_has_vanished_2", vanished=vanished[-1])
    return None


@rule
def would_block(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if not ending or ending.kind != "BlockingIOError":
        return None
    failed = evidence.log.latest("fail") or {}
    if failed.get("op") == "sendall":
        return Finding("M05", "rules.would_block")
    return None


NEVER_IN_A_CHARACTER = [
    f"byte 0x{byte:02x}" for byte in (0xC0, 0xC1, *range(0xF5, 256))
]


@rule
def cut_a_character(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if not ending or ending.kind != "UnicodeDecodeError":
        return None
    if _is_cut(ending.error):
        return Finding("M03", "rules.cut_a_character_2")
    return Finding("M35", "rules.cut_a_character")


def _is_cut(error: str) -> bool:
    """Whether a character begins and breaks off, or its end stands in front."""
    if any(byte in error for byte in NEVER_IN_A_CHARACTER):
        return False
    begins = "position 0: invalid start byte" in error
    return "unexpected end of data" in error or begins


@rule
def reset_ended_the_loop(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    last = evidence.log.latest("fail") or {}
    resets = ("ECONNRESET", "EPIPE", "ECONNABORTED")
    if ending and ending.how == "returned" and last.get("errno") in resets:
        return Finding(
            "M10", "rules.reset_ended_the_loop", error=last.get("error", "error")
        )
    return None


@rule
def not_when_all_are_answered(evidence: Evidence) -> Finding | None:
    """The one task here whose function is meant to return, and when."""
    ending = evidence.ending
    if evidence.behaviour.task != "three_guests" or evidence.unmet.kind == "door":
        return None  # it has ended in time, and taken the listener along
    if evidence.unmet.kind == "end":
        return Finding("M86", "rules.not_when_all_are_answered")
    if ending and ending.how == "returned" and _meant_to_stay(evidence):
        who = evidence.unmet.who
        whom = who if who in evidence.log.clients else said("words.everybody")
        return Finding("M86", "rules.not_when_all_are_answered_2", whom=whom)
    return None


@rule
def came_to_its_end(evidence: Evidence) -> Finding | None:
    """Nobody was left; where somebody is, its end has another reason."""
    ending = evidence.ending
    if not ending or ending.how not in ("returned", "exited"):
        return None
    if not _meant_to_stay(evidence) or evidence.unmet.kind == "door":
        return None
    belief = "" if somebody_stays(evidence) else "M31"
    return Finding(belief, "rules.came_to_its_end", how=ending.how)


def somebody_stays(evidence: Evidence) -> bool:
    """Whether a client who was let in has neither finished nor vanished."""
    log, leaves = evidence.log, ("half_close", "close", "reset")
    let_in = [who for who in log.clients if who in log.let_in]
    return any(not any(log.of_client(who, e) for e in leaves) for who in let_in)


def _meant_to_stay(evidence: Evidence) -> bool:
    """False where its end is beside the point.

    A server that returns at once has not been written yet; that is no belief. And who
    was given a wrong answer was served.
    """
    return bool(evidence.log.of_any("accept")) and not evidence.unmet.got


# How it works, whatever it answers ----------------------------------------


@rule
def hired_people(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "crowd":
        return None
    vitals = evidence.vitals
    if vitals.processes > 1:
        return Finding("M29", "rules.hired_people", processes=vitals.processes)
    return Finding("M29", "rules.hired_people_2", threads=vitals.threads)


@rule
def kept_descriptors(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "leak" or not evidence.log.keeps_a_connection:
        return None
    if evidence.behaviour.task == "three_guests":
        return Finding("M85", "rules.kept_descriptors")
    return Finding("M32", "rules.kept_descriptors_2")


# It waits in the wrong place ----------------------------------------------


@rule
def blocked_in_accept(evidence: Evidence) -> Finding | None:
    blocked = evidence.blocked
    if not blocked or blocked.op != "accept" or evidence.is_with_its_driver:
        return None
    if evidence.unmet.kind in ("eof", "reset") and evidence.unmet.who:
        return Finding("M27", "rules.closed_before_accept", who=evidence.unmet.who)
    return Finding("M27", "rules.blocked_in_accept")


@rule
def blocked_on_somebody_else(evidence: Evidence) -> Finding | None:
    blocked = evidence.blocked
    if not blocked or blocked.op != "recv":
        return None
    if blocked.who in ("", evidence.unmet.who):
        return None
    waiting, log = evidence.unmet.who, evidence.log
    theirs = said("words.everybody_else_waits")
    if log.poured(waiting):
        theirs = said("words.bytes_have_come", who=waiting)
    elif waiting in log.clients and not log.descriptors_of(waiting):
        theirs = said("words.at_the_door", who=waiting)
    return Finding(
        "M11", "rules.blocked_on_somebody_else", who=blocked.who, theirs=theirs
    )


@rule
def emptied_a_bucket(evidence: Evidence) -> Finding | None:
    blocked, suspects = evidence.blocked, evidence.behaviour.suspects
    if not blocked or blocked.op != "sendall" or "M37" not in suspects:
        return None
    who = blocked.who or said("words.one_client")
    return Finding("M37", "rules.emptied_a_bucket", who=who, who2=evidence.unmet.who)


# It never rests -----------------------------------------------------------


def _restless(evidence: Evidence) -> bool:
    return evidence.ending is None and (
        evidence.spinning or evidence.unmet.kind in ("rest", "busy")
    )


@rule
def dry_pipe(evidence: Evidence) -> Finding | None:
    who = evidence.log.deaf
    if not _restless(evidence) or who is None:
        return None
    return Finding(
        "M06",
        "rules.dry_pipe",
        who=who or said("words.a_client"),
        who2=who or said("words.the_client"),
    )


@rule
def always_writable(evidence: Evidence) -> Finding | None:
    woke = evidence.log.latest("woke")
    # A loop that never comes to select() again has looked there once, too.
    often = evidence.log.count("woke") > 1
    if any(e["e"] == "send" and e["n"] for e in evidence.log.vain):
        return None  # nobody is idle: something is sent, whatever it may be
    if _restless(evidence) and often and woke and woke.get("w") and not woke.get("r"):
        who, log = evidence.unmet.who, evidence.log
        if evidence.unmet.due and set(woke["w"]) <= set(log.descriptors_of(who)):
            # Who is owed an answer is not idle. Why it is not sent is not known here.
            return Finding("", "rules.room_and_nothing_sent", who=who)
        return Finding("M07", "rules.always_writable")
    return None


A_FEW, MANY = 5, 20
LONG = 500_000_000
"""Nanoseconds."""


@rule
def hogged_the_loop(evidence: Evidence) -> Finding | None:
    own = evidence.log.own
    waits = [n for n, event in enumerate(own) if event["e"] in ("wait", "woke")]
    since = own[waits[-1] + 1 :] if waits else own
    read = [event["fd"] for event in since if event["e"] == "recv"]
    if not _restless(evidence) or len(read) < A_FEW or len(set(read)) > 1:
        return None
    # Who takes long over each piece has not read it many times.
    if len(read) < MANY and evidence.log.trace.events[-1]["t"] - since[0]["t"] < LONG:
        return None
    who = evidence.log.name(read[0]) or said("words.one_client")
    return Finding("M37", "rules.hogged_the_loop", who=who)


@rule
def only_peeked(evidence: Evidence) -> Finding | None:
    """What MSG_PEEK has shown stays where it is, and the flag stays up."""
    read = [event for event in evidence.log.recent if event["e"] == "recv"]
    looks = [event for event in read if event.get("peek") and event["n"]]
    if not _restless(evidence) or len(looks) < 2 or len(looks) < len(read):
        return None
    if len({event["fd"] for event in looks}) > 1:
        return None
    who = evidence.log.name(looks[0]["fd"]) or said("words.one_client")
    return Finding("M28", "rules.only_peeked", who=who)


@rule
def flag_ignored(evidence: Evidence) -> Finding | None:
    woke = evidence.log.latest("woke")
    if not _restless(evidence) or not woke:
        return None
    if any(e["e"] == "sum" and e.get("moved") for e in evidence.log.recent):
        return None  # something was done, and was counted and not written
    touches = ("recv", "try", "accept", "fail")
    touched = {e.get("fd") for e in evidence.log.recent if e["e"] in touches}
    ignored = [fd for fd in woke.get("r", []) if fd not in touched]
    if not ignored:
        return None
    waiting = evidence.log.descriptors_of(evidence.unmet.who) or [evidence.log.listener]
    # Whoever is waiting for an answer is named first.
    fd = min(ignored, key=lambda fd: fd not in waiting)
    who = evidence.log.name(fd) or said("words.a_connection")
    return Finding("M28", "rules.flag_ignored", who=who)


@rule
def polling(evidence: Evidence) -> Finding | None:
    if not _restless(evidence):
        return None
    naps = evidence.log.count("wait", api="sleep")
    tries = evidence.log.errors()["EAGAIN"]
    late = [e for e in evidence.log.recent if e.get("error") == "TimeoutError"]
    wait = evidence.log.latest("wait")
    if naps >= 2:
        return Finding("M26", "rules.polling")
    woke = evidence.log.latest("woke") or {}
    nobody = not woke.get("r") and not woke.get("w")
    limited = wait and wait.get("timeout") is not None
    # Who asks one socket beside a wait for all of them polls in that wait.
    failed = [e for e in evidence.log.vain if e["e"] == "fail"]
    asked = {e.get("fd") for e in failed}
    if tries >= A_FEW and len(asked) > 1:
        return Finding("M26", "rules.polling_2")
    if tries >= A_FEW and not (limited and nobody):
        return Finding("M26", "rules.polling_5", op=failed[-1]["op"])
    if len(late) >= 3:
        return Finding("M26", "rules.polling_3", op=late[-1]["op"])
    if wait and limited and nobody and not evidence.takes_turns:
        return Finding("M26", "rules.polling_4", timeout=wait["timeout"])
    # A loop that knows timers has a reason for 0 where one of them is due.
    if wait and wait.get("timeout") == 0 and nobody and _knows_no_timers(evidence):
        return Finding("M26", "rules.polling_4", timeout=wait["timeout"])
    return None


def _knows_no_timers(evidence: Evidence) -> bool:
    return evidence.behaviour.task in ("EventLoop", "MendedLoop")


# It has not closed what it should have closed ------------------------------


@rule
def never_closed(evidence: Evidence) -> Finding | None:
    who = evidence.unmet.who
    if not awaits_the_end(evidence) or not evidence.log.descriptors_of(who):
        return None
    finished = any(
        event["e"] == "half_close" and event.get("who") == who
        for event in evidence.log.trace.events
    )
    seen = any(event["n"] == 0 for event in evidence.log.of(who, "recv"))
    if finished and not seen:
        return None  # it has not noticed yet, which is another matter
    if evidence.behaviour.task == "three_guests":
        return Finding("M85", "rules.never_closed", who=who)
    return Finding("M32", "rules.never_closed_2", who=who)


def awaits_the_end(evidence: Evidence) -> bool:
    """Whether the client that was let down waits for its end of file."""
    unmet = evidence.unmet
    return unmet.kind == "nothing" and "end of the connection" in unmet.text


# Who speaks first -----------------------------------------------------------


GREETS_LAST = "06"
"""The last topic in which a server has the first word."""


@rule
def waits_to_be_spoken_to(evidence: Evidence) -> Finding | None:
    who, log = evidence.unmet.who, evidence.log
    hears = evidence.unmet.kind == "nothing" and not awaits_the_end(evidence)
    if evidence.behaviour.topic > GREETS_LAST:
        return None
    if not hears or log.poured(who) or log.of(who, "send"):
        return None
    blocked = evidence.blocked
    wait = log.latest("wait") or {}
    waits_for = [blocked.fd] if blocked else wait.get("r", [])
    if not set(log.descriptors_of(who)) & set(waits_for):
        return None
    return Finding("M36", "rules.waits_to_be_spoken_to", who=who)


NO_LINES = frozenset("open_door Echo echo pour flags hand_out serve_water".split())
"""Tasks that send back bytes, or water: what knows of lines is not asked there."""

ANSWERS_LATER = frozenset({"serve_gold"})
"""An answer may be to a line that was read long before those of the last recv()."""


def forgot_the_rest(evidence: Evidence) -> Finding | None:
    """send() took a part for the one who waits, and then nobody asked for room there.

    Asked where what has no room is to be kept: in the tasks that have a loop.
    """
    unmet, log = evidence.unmet, evidence.log
    if evidence.ending or unmet.kind not in ("nothing", "wrong", "eof", "reset"):
        return None
    parts = [e for e in log.of(unmet.who, "send") if e["n"] < e["ask"]]
    for part in parts:
        later = [e for e in log.own if e["t"] > part["t"]]
        # What it did with that connection next, or its next wait, whichever is first.
        kinds = ("send", "close", "shut")
        own = (e for e in later if e["e"] in kinds and e["fd"] == part["fd"])
        waits = (e for e in later if e["e"] == "wait")
        wait, again = next(waits, None), next(own, None)
        if wait and (again is None or wait["t"] < again["t"]):
            if part["fd"] not in wait["w"]:
                return Finding("M04", "rules.forgot_the_rest", who=unmet.who)
    return None


@rule
def dropped_the_rest(evidence: Evidence) -> Finding | None:
    """send() took a part for the one who waits, and the rest was never handed over."""
    unmet, log = evidence.unmet, evidence.log
    if evidence.ending or unmet.kind not in ("nothing", "wrong"):
        return None
    asks_for_room = set((log.latest("wait") or {}).get("w", ()))
    if not evidence.asleep_in_wait or asks_for_room & set(
        log.descriptors_of(unmet.who)
    ):
        return None
    sends = log.of(unmet.who, "send")
    for number, part in enumerate(sends):
        rest = data_of(part)[part["n"] :]
        later = [data_of(event) for event in sends[number + 1 :]]
        if rest and not any(_goes_on(rest, each) for each in later):
            n, ask = part["n"], part["ask"]
            return Finding("M04", "rules.dropped_the_rest", n=n, ask=ask, who=unmet.who)
    return None


def _goes_on(rest: bytes, sent: bytes) -> bool:
    """Whether a send begins with a rest, or with its beginning."""
    return bool(sent) and sent[: len(rest)] == rest[: len(sent)]


# What it says is not what was asked ---------------------------------------


def _line_answers(evidence: Evidence) -> list[tuple[Event, Event]]:
    """Each recv on the failing client's connection with the event that followed it."""
    done = evidence.log.of(evidence.unmet.who, "recv", "send", "close")
    return list(pairwise(done))


def _received(event: Event) -> bytes:
    """What a recv gave (its beginning); nothing for any other event."""
    data = event.get("data", "") if event["e"] == "recv" else ""
    return str(data).encode("latin-1")


@rule
def unanswered_at_the_end(evidence: Evidence) -> Finding | None:
    who = evidence.unmet.who
    done = evidence.log.of(who, "recv", "send", "close")
    ended = [n for n, e in enumerate(done) if e["e"] == "recv" and e["n"] == 0]
    if evidence.unmet.kind != "eof" or not ended:
        return None
    before = [e["e"] for e in done[: ended[0]]]
    if before and before[-1] == "recv":
        return Finding("M08", "rules.unanswered_at_the_end", who=who)
    return None


@rule
def closed_at_a_hang_up(evidence: Evidence) -> Finding | None:
    """It had finished, and was closed in a turn that has read nothing of what it sent.

    poll() and epoll tell of a hang-up beside the bytes that came before it.
    """
    who, log = evidence.unmet.who, evidence.log
    done = log.of(who, "recv", "send", "fail", "close")
    if evidence.unmet.kind not in ("eof", "reset") or evidence.ending or not done:
        return None
    finished = log.of_client(who, "half_close")
    if not finished or done[-1]["e"] != "close" or done[-1].get("dropped"):
        return None
    closed = done[-1]["t"]
    woke = [e["t"] for e in log.own if e["e"] == "woke" and e["t"] < closed]
    in_turn = [e for e in done[:-1] if woke and e["t"] > woke[-1]]
    pours = [e["n"] for e in log.of_client(who, "pour") if e["t"] < closed]
    unread = sum(pours) - sum(e["n"] for e in done if e["e"] == "recv")
    if not woke or in_turn or unread < 1 or finished[0]["t"] > woke[-1]:
        return None
    return Finding("M08", "rules.closed_at_a_hang_up", who=who, n=unread)


@rule
def answered_a_part(evidence: Evidence) -> Finding | None:
    if evidence.behaviour.task in NO_LINES:
        return None
    for event, after in _line_answers(evidence):
        part = _received(event)
        if not part or b"\n" in part or after["e"] != "send" or event.get("peek"):
            continue
        if event["n"] > len(part) and after["n"] != event["n"] + len(NEWLINE):
            continue  # of so many bytes, the newline may be among those not kept
        if event["n"] == len(part) and not _made_of(part, data_of(after)):
            continue  # what is sent then belongs to something else
        return Finding("M01", "rules.answered_a_part", part=show(part))
    return None


def _made_of(part: bytes, sent: bytes) -> bool:
    """Whether bytes that were sent hold these, as they are, turned or in capitals."""
    return any(each in sent for each in (part, part[::-1], part.upper()))


def wanted(evidence: Evidence) -> bytes:
    """What the failing client waits for; of many bytes, the first."""
    if evidence.unmet.expected:
        return evidence.unmet.expected
    found = re.search(LITERAL, evidence.unmet.text)
    return literal(found[0]) if found else b""


LITERAL = r"""b'(?:[^'\\]|\\.)*'|b"(?:[^"\\]|\\.)*\""""


def literal_behind(text: str) -> bytes:
    """The last bytes that a sentence shows; b"" for none."""
    found = re.findall(LITERAL, text)
    return literal(found[-1]) if found else b""


def literal(text: str) -> bytes:
    """The bytes that Python shows as `text`."""
    return text[2:-1].encode("latin-1").decode("unicode_escape").encode("latin-1")


@rule
def answered_the_newest_piece(evidence: Evidence) -> Finding | None:
    """A line came in pieces, and all but the last of them are lost."""
    if evidence.behaviour.task in NO_LINES:
        return None
    unmet = evidence.unmet
    pieces = [_received(e) for e in evidence.log.of(unmet.who, "recv") if e["n"]]
    last, got = (pieces or [b""])[-1].strip(b"\n"), unmet.got.strip(b"\n")
    cut = len(pieces) > 1 and not pieces[-2].endswith(b"\n")
    if unmet.kind != "wrong" or not cut or len(got) >= len(unmet.expected.strip()):
        return None
    if got not in (last, last[::-1]):
        return None
    return Finding(
        "M01",
        "rules.answered_the_newest_piece",
        pieces=show(pieces[-2]),
        pieces2=show(pieces[-1]),
    )


@rule
def answered_to_somebody_else(evidence: Evidence) -> Finding | None:
    """What one has asked for was sent on another one's connection."""
    log, who = evidence.log, evidence.unmet.who
    due = wanted(evidence)[:40]
    kinds = ("nothing", "wrong", "eof")
    if evidence.unmet.kind not in kinds or len(set(due)) < LEAST:
        return None
    if _was_sent(evidence, who, due):
        return None  # then it is no matter of who got it instead
    for other in log.clients:
        if other == who or _asked_alike(evidence, other, due):
            continue
        if _was_sent(evidence, other, due):
            return Finding(
                "M30",
                "rules.answered_to_somebody_else",
                due=show(due),
                other=other,
                who=who,
            )
    return None


def _asked_alike(evidence: Evidence, other: str, due: bytes) -> bool:
    """Whether another one has sent the same, or the very line that this answers."""
    theirs, mine = (evidence.log.poured(who) for who in (other, evidence.unmet.who))
    both = {*theirs.split(NEWLINE)[:-1]} & {*mine.split(NEWLINE)[:-1]} - {b""}
    answered = (form for line in both for form in (line, line[::-1], line.upper()))
    body = due.strip(NEWLINE)
    return theirs == mine or any(form in body or body in form for form in answered)


def _was_sent(evidence: Evidence, who: str, data: bytes) -> bool:
    sent = evidence.log.of_everybody(who, "send")
    return any(data in data_of(event) for event in sent)


LEAST = 3
"""Bytes; fewer that are alike would prove nothing."""


@rule
def somebody_elses_bytes(evidence: Evidence) -> Finding | None:
    unmet, log = evidence.unmet, evidence.log
    mine = log.poured(unmet.who)
    for piece in unmet.got.split(b"\n") if unmet.expected else ():
        own = unmet.expected.rstrip(b"\n")
        foreign = piece.removeprefix(own).removesuffix(own)
        for other in [other for other in log.clients if other != unmet.who]:
            theirs = log.poured(other)
            half = theirs.rpartition(NEWLINE)[2]
            # Of a long send the trace has the beginning, and so of its last line.
            begun = len(half) >= SURE and _begins(foreign, half)
            if (begun or _lies_in(foreign, theirs)) and not _lies_in(foreign, mine):
                facts = {"who": unmet.who, "other": other}
                if _had_left(evidence, other, unmet.who):
                    return Finding("M30", "rules.left_behind_by", **facts)
                lies = begun or _lies_in(foreign, half)
                if evidence.behaviour.task not in NO_LINES and lies:
                    return Finding(
                        "M109", "rules.half_a_line_of", who=unmet.who, other=other
                    )
                return Finding(
                    "M30", "rules.somebody_elses_bytes", who=unmet.who, other=other
                )
    return None


def _had_left(evidence: Evidence, other: str, who: str) -> bool:
    """Whether the server had closed one client's connection when another one came."""
    closed = [event["t"] for event in evidence.log.of_everybody(other, "close")]
    came = [event["t"] for event in evidence.log.of_client(who, "connect")]
    return bool(closed and came) and closed[-1] < came[0]


SURE = 8
"""Bytes with which somebody's unfinished line begins, that are no accident."""


def _begins(part: bytes, half: bytes) -> bool:
    """As it is, or turned around."""
    return part.startswith(half) or part[::-1].startswith(half)


def _lies_in(part: bytes, whole: bytes) -> bool:
    """As it is, or turned around."""
    return len(part) >= LEAST and (part in whole or part[::-1] in whole)


@rule
def kept_to_itself(evidence: Evidence) -> Finding | None:
    """The open door knows of no lines: whatever was read goes back at once."""
    who = evidence.unmet.who
    done = evidence.log.of(who, "recv", "send", "fail", "close")
    if evidence.behaviour.task != "open_door" or evidence.unmet.kind != "nothing":
        return None
    if not done or done[-1]["e"] != "recv" or not done[-1]["n"] or evidence.spinning:
        return None
    return Finding(
        "M88", "rules.kept_to_itself", received=show(_received(done[-1])), who=who
    )


@rule
def answered_once_more(evidence: Evidence) -> Finding | None:
    """More was sent than was asked for, with nothing read in between."""
    if evidence.behaviour.task in NO_LINES:
        return None
    unmet, done = evidence.unmet, evidence.log.of(evidence.unmet.who, "recv", "send")
    if unmet.kind not in ("extra", "wrong", "busy") or evidence.ending:
        return None
    asked = evidence.log.poured(unmet.who).count(b"\n")
    tail = [event["e"] for event in done[-4:]]
    if len(tail) < 4 or set(tail) != {"send"} or not 0 < asked < len(done) - 3:
        return None
    # Who sends an answer in pieces sends more often than it was asked.
    words = [data_of(event) for event in done if event["e"] == "send"]
    again = [word for word in words if words.count(word) > 1 and word.strip()]
    if words[-1] not in again or len(again) < 4:
        return None
    # An answer may hold the same bytes again and again, and be sent in pieces.
    if (unmet.due or unmet.expected).count(words[-1]) > 1:
        return None
    return Finding(
        "M46",
        "rules.answered_once_more",
        who=unmet.who,
        asked=asked,
        what="line" if asked == 1 else "lines",
    )


WELCOME = b"welcome"
"""How the open door greets: what it is to say by itself."""


@rule
def not_what_came(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    if evidence.behaviour.task != "open_door":
        return None
    if unmet.kind == "extra":
        if WELCOME in literal_behind(unmet.text):
            return None  # then it is the greeting that comes at another time
        return Finding("M88", "rules.not_what_came", who=unmet.who)
    if not unmet.differs or unmet.expected.startswith(WELCOME):
        return None
    return Finding("M88", "rules.not_what_came_2", got=show(unmet.got), who=unmet.who)


@rule
def wrong_order(evidence: Evidence) -> Finding | None:
    expected, got = evidence.unmet.expected, evidence.unmet.got
    if evidence.unmet.kind != "wrong":
        return None
    lines = sorted(expected.split(b"\n"))
    sends = evidence.log.of(evidence.unmet.who, "send")
    # A single send of the right lines in the wrong order was turned as a whole.
    if len(lines) > 2 and lines == sorted(got.split(b"\n")) and len(sends) > 1:
        return Finding("M30", "rules.wrong_order")
    return None


NEWLINE = b"\n"


@rule
def more_than_the_newline(evidence: Evidence) -> Finding | None:
    if evidence.behaviour.task in NO_LINES:
        return None
    unmet = evidence.unmet
    empty = unmet.text.startswith(f"< expected {show(NEWLINE)}")
    if unmet.kind in ("eof", "nothing") and empty:
        return Finding("M35", "rules.more_than_the_newline")
    if unmet.kind == "wrong" and _turned_with_its_newline(unmet.expected, unmet.got):
        return Finding("M87", "rules.more_than_the_newline_2")
    if unmet.kind == "wrong" and _cut_at_its_blanks(unmet.expected, unmet.got):
        return Finding("M35", "rules.more_than_the_newline_3")
    missing = _missing(unmet.expected, unmet.got)
    if missing and unmet.differs and _blank(unmet.expected) == _blank(unmet.got):
        if not missing.strip(NEWLINE):
            return Finding("M35", "rules.more_than_the_newline")
        few = Counter(missing.replace(NEWLINE, b""))
        listed = ", ".join(
            f"{n} \N{MULTIPLICATION SIGN} {bytes([b])!r}" for b, n in few.items()
        )
        return Finding("M35", "rules.more_than_the_newline_4", missing=listed)
    late = [
        event
        for event, after in _line_answers(evidence)
        if event["e"] == "recv" and event["n"] == 0 and after["e"] == "send"
    ]
    if unmet.kind == "extra" and late:
        return Finding("M35", "rules.more_than_the_newline_5")
    return None


@rule
def cut_elsewhere(evidence: Evidence) -> Finding | None:
    """splitlines() knows more ends of lines than the newline."""
    unmet = evidence.unmet
    if unmet.kind != "wrong" or evidence.behaviour.task in NO_LINES:
        return None
    line = evidence.log.poured(unmet.who).removesuffix(NEWLINE).rpartition(NEWLINE)[2]
    first, *more = line.splitlines()[:2] or [b""]
    answers = (first, first[::-1], first.upper())
    if not more or unmet.expected.startswith(unmet.got.partition(NEWLINE)[0]):
        return None
    if unmet.got.partition(NEWLINE)[0] not in answers:
        return None
    return Finding("M35", "rules.cut_elsewhere", line=show(line + NEWLINE))


def _turned_with_its_newline(expected: bytes, got: bytes) -> bool:
    begins = got.startswith(b"\n") and not expected.startswith(b"\n")
    return begins and got.strip(b"\n") == expected.strip(b"\n")


def _cut_at_its_blanks(expected: bytes, got: bytes) -> bool:
    words = expected.split() if expected.count(b"\n") == 1 else []
    return len(words) > 1 and got.split() == words[::-1]


def _missing(expected: bytes, got: bytes) -> bytes:
    """The bytes that were due more often than they came, as often as that."""
    return bytes((Counter(expected) - Counter(got)).elements())


def _blank(data: bytes) -> bytes:
    return b"".join(data.split())


@rule
def closed_at_an_empty_line(evidence: Evidence) -> Finding | None:
    """An empty line was read last, and nobody had said goodbye."""
    who, log = evidence.unmet.who, evidence.log
    if evidence.unmet.kind not in ("eof", "reset") or evidence.ending:
        return None
    if log.of_client(who, "half_close") or log.errors() or log.of_all("oops"):
        return None
    done = log.of_everybody(who, "recv", "send", "close")
    read = [_received(event) for event in done if event["e"] == "recv"][-1:]
    if not done or done[-1]["e"] != "close" or done[-1].get("dropped") or not read:
        return None
    if not re.search(rb"(^|\n)\r?\n$", read[0]):
        return None
    if read[0] in (b"\n", b"\r\n") and done[-2]["e"] == "send":
        return None  # it was answered, so it was taken for a line
    return Finding("M44", "rules.closed_at_an_empty_line", who=who)


def closed_after_an_answer(evidence: Evidence) -> Finding | None:
    """It was answered, had not finished, and was closed with nothing wrong."""
    who, log = evidence.unmet.who, evidence.log
    if evidence.unmet.kind not in ("eof", "reset") or evidence.ending:
        return None
    done = log.of_everybody(who, "recv", "send", "fail", "close")
    if not done or done[-1]["e"] != "close" or done[-1].get("dropped"):
        return None
    ended = any(event["e"] == "recv" and not event["n"] for event in done)
    if ended or log.of_client(who, "half_close") or log.of_all("oops"):
        return None
    answered = any(event["e"] == "send" for event in done)
    if not answered or any(event["e"] == "fail" for event in done):
        return None
    if _listened_again(evidence, done[-1]):
        return None  # it did wait for another question, and closed for another reason
    return Finding("M33", "rules.gone_too_early_2", who=who)


def _steps_before(evidence: Evidence, step: Event) -> list[Event]:
    """What the thread that did this had done before."""
    thread = [step.get(key) for key in ("p", "th")]
    steps = [
        e
        for e in evidence.log.trace.events
        if [e.get(key) for key in ("p", "th")] == thread
    ]
    return steps[: steps.index(step)]


def _listened_again(evidence: Evidence, close: Event) -> bool:
    """Whether more was waited for on a connection, between its answer and its close."""
    for step in reversed(_steps_before(evidence, close)):
        if step["e"] == "send" and step["fd"] == close["fd"]:
            return False
        if step["e"] == "wait" and close["fd"] in step.get("r", ()):
            return True
    return False


COMMAND = re.compile(rb"^(?:get|set|delete|quit)\b", re.M)


def has_sent_it(done: list[Event]) -> bool:
    """Whether all was taken that was given to send() behind the last bytes read.

    Args:
        done: what was done on one connection: recv, send and fail among it, in order.
    """
    reads = [n for n, e in enumerate(done) if e["e"] == "recv" and e["n"]]
    behind = done[reads[-1] + 1 :] if reads else done
    last = [e for e in behind if e["e"] in ("send", "fail")][-1:]
    return any(e["e"] == "send" and e["n"] == e["ask"] for e in last)


@rule
def glued_lines(evidence: Evidence) -> Finding | None:
    if evidence.behaviour.task in NO_LINES | ANSWERS_LATER:
        return None
    if evidence.unmet.kind not in ("nothing", "wrong", "eof"):
        return None
    done = evidence.log.of(evidence.unmet.who, "recv", "send")
    came = [n for n, e in enumerate(done) if e["e"] == "recv" and e["n"]]
    for place in came[-1:]:
        data, after = _received(done[place]), done[place + 1 :]
        answers = sum(event["e"] == "send" for event in after)
        if answers != 1:
            # Several lines of it had an answer of their own; or none had, and it is
            # not known which of them was seen.
            return None
        served = evidence.behaviour.task == "serve_memcached"
        if served and len(COMMAND.findall(data)) < 2:
            return None  # a line and its block are one request
        if data.rstrip(b"\n").count(b"\n"):
            return Finding("M02", "rules.glued_lines", data=show(data))
    return None


@rule
def silence_was_a_goodbye(evidence: Evidence) -> Finding | None:
    """A limit of time ran out, and that ended with a close().

    A test has let minutes pass; or it was the server's own clock, where no server has
    a reason for one.
    """
    unmet, log = evidence.unmet, evidence.log
    if unmet.kind not in ("eof", "reset"):
        return None
    closes = log.of_everybody(unmet.who, "close")
    if not closes or log.of_client(unmet.who, "half_close"):
        return None
    before = _steps_before(evidence, closes[-1])
    # Several may be sent away at once, and what was raised may have been noted.
    while before and before[-1]["e"] in ("close", "oops"):
        before.pop()
    if not evidence.behaviour.options.leap:
        if not _heard_nothing_in_time(evidence, before, closes[-1]):
            return None
    elif not before or not before[-1].get("made"):
        return None
    last, passed = before[-1], [e for e in before if e["e"] in ("wait", "fail")]
    call = last["op"] if last["e"] == "fail" else passed[-1]["api"]
    return Finding("M231", "rules.silence_was_a_goodbye", who=unmet.who, call=call)


def _heard_nothing_in_time(
    evidence: Evidence, before: list[Event], close: Event
) -> bool:
    """Whether a wait for it came back empty, by its limit, right before its close."""
    if evidence.behaviour.task != "serve_many" or evidence.ending:
        return False
    who, log = evidence.unmet.who, evidence.log
    ended = any(not event["n"] for event in log.of_everybody(who, "recv"))
    if close.get("dropped") or ended or log.of_everybody(who, "fail"):
        return False
    waits = [step for step in before if step["e"] == "wait"]
    if not waits or not waits[-1].get("timeout") or before[-1]["e"] != "woke":
        return False
    empty = not any(before[-1].get(ready) for ready in ("r", "w", "x"))
    return empty and close["fd"] in waits[-1].get("r", ())


@rule
def gone_too_early(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind not in ("eof", "reset") or evidence.ending:
        return None
    done = evidence.log.of(evidence.unmet.who, "recv", "send", "close")
    ended = any(event["e"] == "recv" and event["n"] == 0 for event in done)
    who = evidence.unmet.who
    if ended:
        return Finding("M08", "rules.gone_too_early", who=who)
    if evidence.unmet.got and evidence.unmet.expected.startswith(evidence.unmet.got):
        return None  # it had a part of its answer: what is missing is told
    failed = evidence.log.of(who, "fail")
    if any(event.get("error") != "BlockingIOError" for event in failed):
        return None  # something went wrong with it, which is another matter
    pours = evidence.log.of_client(who, "pour")
    read = sum(event["n"] for event in done if event["e"] == "recv")
    closes = [event for event in done if event["e"] == "close"]
    closed = any(not event.get("dropped") for event in closes)
    answered = any(event["e"] == "send" and event["n"] for event in done)
    lines = answered and evidence.behaviour.task not in NO_LINES
    if lines and closed and sum(event["n"] for event in pours) > read:
        return Finding("M33", "rules.gone_too_early_2", who=who)
    if evidence.behaviour.task == "serve_many" and closed_after_an_answer(evidence):
        return Finding("M33", "rules.gone_too_early_3", who=who)
    return None


@rule
def told_of_it_once(evidence: Evidence) -> Finding | None:
    """An edge is told once, and what one recv() has left there waits for another."""
    who, log = evidence.unmet.who, evidence.log
    wait, mine = log.latest("wait") or {}, log.descriptors_of(who)
    if not evidence.asleep_in_wait or evidence.unmet.kind != "nothing":
        return None
    edges = (log.last.get("e") == "wait" and wait.get("et")) or ()
    received = log.of(who, "recv")
    if not set(mine) & set(edges) or not received or log.of_all("sum"):
        return None
    pours = log.of_client(who, "pour")
    unread = sum(e["n"] for e in pours) - sum(e["n"] for e in received)
    if unread > 0 and received[-1]["n"]:
        return Finding("", "rules.told_of_it_once", who=who, n=unread)
    if log.of_client(who, "half_close") and not unread and received[-1]["n"]:
        return Finding("", "rules.told_of_the_end_once", who=who)
    return None


@rule
def not_in_the_list(evidence: Evidence) -> Finding | None:
    wait = evidence.log.latest("wait")
    if not evidence.asleep_in_wait or not wait or evidence.unmet.kind != "nothing":
        return None
    asked = wait.get("r", [])
    mine = evidence.log.descriptors_of(evidence.unmet.who)
    who = evidence.unmet.who
    if who not in evidence.log.clients:
        return None  # it is no client who waits, but the one who started it
    if wait["api"] == "sleep":
        # It has no list: it looks by itself, when it has slept enough.
        return Finding("M26", "rules.not_in_the_list", who=who)
    if not mine and evidence.log.listener not in asked:
        return Finding("M34", "rules.not_in_the_list_2", api=wait["api"], who=who)
    if mine and not set(mine) & set(asked) and _still_open(evidence, mine):
        return Finding("M34", "rules.not_in_the_list_3", api=wait["api"], who=who)
    return None


def _still_open(evidence: Evidence, mine: list[int]) -> bool:
    closed = [event for event in evidence.log.own if event["e"] == "close"]
    return not any(event["fd"] in mine for event in closed[-3:])
