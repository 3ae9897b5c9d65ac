"""Rules for a store, for commands, and for a server that keeps before it tells.

They are asked first, for the tasks of exercise 10 alone, and each speaks of what was
seen: the answer that came in the place of another, or what the desk saw of sync().
What none of them knows stays without a cause.
"""

from __future__ import annotations

import re

from buckets.diagnosis import rules
from buckets.diagnosis.evidence import Evidence
from buckets.diagnosis.rules import NO_FINDING, Finding, Rules, first_of
from buckets.diagnosis.topics import back_bucket, state_machine
from buckets.driving.unmet import show
from buckets.texts import said

STORES, COMMANDS = {"Store"}, {"Commands"}
SERVERS = {"serve_database", "run_database"}

rule_for_stores = Rules(STORES)
rule_for_commands = Rules(COMMANDS)
rule_for_servers = Rules(SERVERS)


def _told(evidence: Evidence) -> tuple[str, str, str]:
    """What was ordered last, what was due, and what came."""
    unmet = evidence.unmet
    if unmet.kind != "wrong" or evidence.ending:
        return "", "", ""
    order = evidence.log.poured(unmet.who).decode("latin-1").strip().splitlines()
    due, got = (told.decode("latin-1").strip() for told in (unmet.expected, unmet.got))
    return order[-1] if order else "", due, got


def _otherwise(evidence: Evidence) -> Finding:
    """What was ordered, what was due and what came: no belief, and yet the place."""
    order, due, got = _told(evidence)
    return Finding("", "database.otherwise", order=order, due=due, got=got)


# A store ------------------------------------------------------------------------


@rule_for_stores
def counts_syncs(evidence: Evidence) -> Finding | None:
    order, due, got = _told(evidence)
    if order != "syncs" or not got.isdigit():
        return None
    return Finding("M124", "database.counts_syncs", got=got, due=due)


@rule_for_stores
def leaves_records(evidence: Evidence) -> Finding | None:
    order, due, got = _told(evidence)
    if order != "records":
        return None
    more = sorted(set(got.split()) - set(due.split()))
    if not more:
        return None
    own = [key for key in more if not _is_named(evidence, key)]
    if own:
        return Finding("", "database.keeps_a_record_of_its_own", key=own[0])
    swept = evidence.behaviour.name == "sweep_leaves_nothing_behind"
    held = ", ".join(more[:3])
    return Finding("M126" if swept else "M122", "database.leaves_records", held=held)


def _is_named(evidence: Evidence, key: str) -> bool:
    """Whether a key, or what it begins or ends with, stands in an order."""
    orders = evidence.log.poured(evidence.unmet.who).decode("latin-1")
    return any(name in key for name in re.findall(r"^put (\S+)", orders, re.MULTILINE))


@rule_for_stores
def gave_a_new_number_after_a_crash(evidence: Evidence) -> Finding | None:
    """Nobody has put this key since, and its number is another one."""
    order, due, got = _told(evidence)
    head, comma, letter = due.rpartition(", cas ")
    orders = evidence.log.poured(evidence.unmet.who).decode("latin-1")
    before, crashed, after = orders.rpartition("\ncrash\n")
    key = order.removeprefix("get ")
    if not comma or not crashed or got.rpartition(", cas ")[0] != head:
        return None
    if got[-1] <= letter or f"put {key} " in after or f"put {key} " not in before:
        return None
    return Finding("M120", "database.lost_in_the_record", got=got, due=due)


@rule_for_stores
def uses_a_cas_number_again(evidence: Evidence) -> Finding | None:
    _, due, got = _told(evidence)
    head, comma, letter = due.rpartition(", cas ")
    if not comma or got.rpartition(", cas ")[0] != head or got == due:
        return None
    if got[-1] > letter:
        return _otherwise(evidence)  # a new one, where the old one was to stay
    return Finding(
        "M123", "database.uses_a_cas_number_again", got=got[-1], letter=letter
    )


@rule_for_stores
def flushed_what_came_later(evidence: Evidence) -> Finding | None:
    order, due, got = _told(evidence)
    if evidence.behaviour.name != "flush_ends_what_is_there" or not due or got == due:
        return None
    if (due == "nothing") == (got == "nothing"):
        return _otherwise(evidence)
    return Finding(
        "M125", "database.flushed_what_came_later", order=order, due=due, got=got
    )


@rule_for_stores
def looked_at_the_time(evidence: Evidence) -> Finding | None:
    order, due, got = _told(evidence)
    if evidence.behaviour.name != "a_value_expires" or due not in ("nothing", "no"):
        return None
    return Finding("M121", "database.looked_at_the_time", order=order, got=got)


@rule_for_stores
def lost_in_the_record(evidence: Evidence) -> Finding | None:
    order, due, got = _told(evidence)
    crashed = "\ncrash\n" in evidence.log.poured(evidence.unmet.who).decode("latin-1")
    if not crashed or not order.startswith("get") or ", cas " not in due:
        return None
    return Finding("M120", "database.lost_in_the_record", got=got, due=due)


# Commands -----------------------------------------------------------------------


@rule_for_commands
def did_nothing_for_the_quiet(evidence: Evidence) -> Finding | None:
    """A value is missing, and all that would have made it was asked for in silence."""
    unmet = evidence.unmet
    key = re.match(rb"VALUE (\S+) ", unmet.expected)
    if unmet.kind != "wrong" or not key or unmet.got != b"END\r\n":
        return None
    lines = evidence.log.poured(unmet.who).split(b"\r\n")
    asked = [line for line in lines if line.split()[1:2] == [key[1]]]
    changes = [line for line in asked if not line.startswith((b"get", b"gat"))]
    if not changes or not all(line.endswith(b" noreply") for line in changes):
        return None
    facts = {"line": show(changes[0]), "key": show(key[1])}
    return Finding("", "database.did_nothing_for_the_quiet", **facts)


@rule_for_commands
def told_the_quiet(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    quiet = b"noreply" in evidence.log.poured(unmet.who)
    if not quiet or unmet.kind not in ("wrong", "extra"):
        return None
    first = unmet.got.split(b"\r\n")[0]
    if first not in (b"STORED", b"NOT_STORED", b"9", b"NOT_FOUND", b"OK"):
        return None
    return Finding("M133", "database.told_the_quiet", first=show(first))


@rule_for_commands
def took_empty_for_none(evidence: Evidence) -> Finding | None:
    name, (_, due, got) = evidence.behaviour.name, _told(evidence)
    if name != "some_look_before_they_store" or due != "NOT_STORED" or got != "STORED":
        return None
    if b" 0\r\n\r\n" not in evidence.log.poured(evidence.unmet.who):
        return None
    return Finding("M130", "database.took_empty_for_none")


@rule_for_commands
def found_no_empty_value(evidence: Evidence) -> Finding | None:
    _, due, got = _told(evidence)
    if not re.match(r"VALUE \S+ \d+ 0(?: \d+)?\r\n\r\n", due) or got != "END":
        return None
    return Finding("M130", "database.found_no_empty_value")


@rule_for_commands
def counted_otherwise(evidence: Evidence) -> Finding | None:
    name, (order, due, got) = evidence.behaviour.name, _told(evidence)
    if name != "numbers_are_counted" or not order.startswith(("incr", "decr")):
        return None
    wraps = order.startswith("incr") and due.isdigit() and int(due) < _delta(order)
    ends = order.startswith("decr") and due == "0"
    if not wraps and not ends and (got.isdigit() == due.isdigit()):
        return _otherwise(evidence)
    return Finding("M132", "database.counted_otherwise", order=order, due=due, got=got)


def _delta(order: str) -> int:
    last = order.split()[-1]
    return int(last) if last.isdigit() else 0


@rule_for_commands
def flushed_otherwise(evidence: Evidence) -> Finding | None:
    """What a flush was to end is still there, or what it was not to end is gone."""
    unmet = evidence.unmet
    flushes = re.findall(rb"flush_all[^\r]*", evidence.log.poured(unmet.who))
    due, got = (
        set(re.findall(rb"VALUE (\S+) ", each)) for each in (unmet.expected, unmet.got)
    )
    if unmet.kind != "wrong" or not flushes or due == got:
        return None
    if evidence.behaviour.name != "all_is_flushed":
        return None
    key = min(due ^ got)
    there = said("words.gone" if key in due else "words.still_there")
    facts = {"line": show(flushes[-1]), "key": key.decode("latin-1"), "there": there}
    delay = flushes[-1].removesuffix(b" noreply").split()[1:]
    later = delay not in ([], [b"0"])
    return Finding("M125" if later else "", "database.flushed_otherwise", **facts)


@rule_for_commands
def joined_otherwise(evidence: Evidence) -> Finding | None:
    name, (_, due, got) = evidence.behaviour.name, _told(evidence)
    if name != "values_are_joined" or not got or got == due:
        return None
    said_so_far = evidence.log.poured(evidence.unmet.who)
    sets = re.findall(rb"set \S+ \d+ \d+ (\d+)\r\n", said_so_far)
    if (due, got) == ("STORED", "NOT_STORED") and sets[-1:] == [b"0"]:
        return Finding("M130", "database.refused_to_join_nothing")
    _, _, value = due.partition("\r\n")
    if value and got.partition("\r\n")[2] != value:
        return _otherwise(evidence)  # then it was joined in another way
    return Finding(
        "M131",
        "database.joined_otherwise",
        due=show(due.encode()),
        got=show(got.encode()),
    )


@rule_for_commands
def took_the_time_otherwise(evidence: Evidence) -> Finding | None:
    times = "a_time_is_one_of_four", "times_are_touched"
    if evidence.behaviour.name not in times or evidence.unmet.kind != "wrong":
        return None
    due, got = (
        set(re.findall(rb"VALUE (\S+) ", told))
        for told in (evidence.unmet.expected, evidence.unmet.got)
    )
    for key in sorted(due ^ got):
        there = said("words.gone" if key in due else "words.still_there")
        return Finding(
            "M121",
            "database.took_the_time_otherwise",
            key=key.decode("latin-1"),
            there=there,
        )
    return None


# Servers ------------------------------------------------------------------------


@rule_for_servers
def told_before_it_was_kept(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    if evidence.behaviour.name != "kept_then_told" or evidence.ending:
        return None
    if unmet.kind in ("early answer", "extra"):
        return Finding("M127", "database.told_before_it_was_kept", who=unmet.who)
    if unmet.who == "desk" and unmet.kind == "nothing":
        return Finding("M127", "database.told_before_it_was_kept_2")
    return None


@rule_for_servers
def syncs_too_often(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind not in ("syncs", "no sync"):
        return None
    key = "M124" if evidence.unmet.kind == "syncs" else "M127"
    return Finding(key, "database.syncs_too_often", text=evidence.unmet.text)


@rule_for_servers
def carried_out_behind_the_end(evidence: Evidence) -> Finding | None:
    name, unmet = evidence.behaviour.name, evidence.unmet
    behind_quit = b"VALUE a " in unmet.got or unmet.kind == "extra"
    if name == "nothing_behind_quit_is_carried_out" and behind_quit:
        return Finding("M112", "database.carried_out_behind_the_end")
    if name != "nothing_in_a_block_is_carried_out" or evidence.ending:
        return None
    if "end of the connection" in unmet.text or unmet.kind == "extra":
        return Finding("M135", "database.carried_out_behind_the_end_2")
    return None


@rule_for_servers
def sweeps_nothing(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "records":
        return None
    return Finding("M126", "database.sweeps_nothing", text=evidence.unmet.text)


@rule_for_servers
def lost_an_update(evidence: Evidence) -> Finding | None:
    if evidence.behaviour.name != "no_update_is_lost":
        return None
    if evidence.unmet.who == "server" and evidence.unmet.kind == "wrong":
        return Finding("M137", "words.as_it_is", text=evidence.unmet.text)
    return None


@rule_for_servers
def no_order(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "order":
        return None
    return Finding("M128", "words.as_it_is", text=evidence.unmet.text)


rule_for_servers(state_machine.hung_up_on_an_error)


rule_for_servers(back_bucket.blocked_in_send)


@rule_for_servers
def closed_on_unread_bytes(evidence: Evidence) -> Finding | None:
    """All was sent, and then a close() cut off what was on its way."""
    unmet, log = evidence.unmet, evidence.log
    if evidence.ending or unmet.kind != "reset" or not log.of(unmet.who, "close"):
        return None
    finished = log.has_read_the_end(unmet.who)
    if finished or log.of(unmet.who, "fail") or log.of_any("sum"):
        return None
    sent = sum(event["n"] for event in log.of(unmet.who, "send"))
    if sent < len(unmet.due):
        return Finding("M67", "database.closed_with_answers_due", who=unmet.who)
    return Finding("M09", "one_bucket.closed_on_unread_bytes", who=unmet.who)


@rule_for_servers
def closed_with_answers_due(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    part = 0 < len(unmet.got) < len(unmet.expected)
    if evidence.ending or unmet.kind != "eof" or not part:
        return None
    if not unmet.expected.startswith(unmet.got):
        return None
    return Finding("M67", "database.closed_with_answers_due", who=unmet.who)


@rule_for_servers
def takes_all_memory(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "memory":
        return None
    if evidence.behaviour.task == "run_database":
        return Finding("M136", "database.takes_all_memory")
    return Finding("M139", "database.takes_all_memory_2")


@rule_for_servers
def hears_no_signal(evidence: Evidence) -> Finding | None:
    """SIGTERM was sent, and it serves on, or has broken off."""
    unmet, ending = evidence.unmet, evidence.ending
    if evidence.behaviour.task != "run_database":
        return None
    goes_on = "to end by SIGTERM" in unmet.text and unmet.kind == "nothing"
    if unmet.who == "keeper" and goes_on:
        if "the server is asleep" in unmet.text:
            if _woke_by_the_signal(evidence):
                return Finding("", "database.sleeps_again")
            return Finding("M138", "database.sleeps_on")
        return Finding("M138", "database.hears_no_signal")
    if unmet.kind == "gone" and ending and ending.how == "exited":
        return Finding("M138", "database.broke_off", error=ending.error)
    return None


def _woke_by_the_signal(evidence: Evidence) -> bool:
    """Whether a flag was up in the server after SIGTERM; nobody has said anything."""
    orders = evidence.log.of_client("keeper", "pour")
    woke = [e for e in evidence.log.of_all("woke") if e.get("r")]
    return bool(orders and woke) and woke[-1]["t"] > orders[-1]["t"]


@rule_for_servers
def ended_by_the_signal(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "end" or "killed by signal 15" not in evidence.unmet.text:
        return None
    return Finding("M138", "database.ended_by_the_signal")


@rule_for_servers
def not_there_any_more(evidence: Evidence) -> Finding | None:
    ended = "all_is_there_after_sigterm", "what_was_acknowledged_survives_sigkill"
    if evidence.behaviour.name not in ended or evidence.unmet.kind != "wrong":
        return None
    due, got = _values(evidence)
    if evidence.unmet.who != "ben" or due <= got:
        return None
    lost = b", ".join(sorted(due - got)).decode("latin-1")
    return Finding("M129", "database.not_there_any_more", lost=lost)


def _values(evidence: Evidence) -> tuple[set[bytes], set[bytes]]:
    """Keys, flags and lengths of the values that were due, and of those that came."""
    due, got = (
        set(re.findall(rb"VALUE (\S+ \S+ \S+)", told))
        for told in (evidence.unmet.expected, evidence.unmet.got)
    )
    return due, got


@rule_for_servers
def still_there(evidence: Evidence) -> Finding | None:
    if evidence.behaviour.name != "all_is_there_after_sigterm":
        return None
    due, got = _values(evidence)
    if b"over 0 1" not in got - due:
        return None
    return Finding("M121", "database.still_there")


# All of them --------------------------------------------------------------------


ALSO = (
    rules.closed_socket_in_the_list,
    rules.reset_ended_the_server,
    rules.reset_ended_the_loop,
    rules.would_block,
    rules.came_to_its_end,
    rules.dry_pipe,
    rules.always_writable,
    rules.hogged_the_loop,
    rules.flag_ignored,
    rules.never_closed,
    rules.unanswered_at_the_end,
)
"""General rules that hold here, too: they know of no lines."""


@rule_for_stores
@rule_for_commands
@rule_for_servers
def says_something_else(evidence: Evidence) -> Finding | None:
    """The general rules think of lines that are echoed; here none is."""
    if evidence.unmet.kind in ("wrong", "extra", "end"):
        return NO_FINDING
    if evidence.unmet.kind not in ("nothing", "eof", "reset"):
        return None
    return first_of(ALSO, evidence) or NO_FINDING
