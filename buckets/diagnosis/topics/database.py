"""Rules for a store, for commands, and for a server that keeps before it tells.

They are asked first, for the tasks of exercise 10 alone, and each speaks of what was
seen: the answer that came in the place of another, or what the desk saw of sync().
What none of them knows stays without a cause.
"""

from __future__ import annotations

import re

from buckets.diagnosis import rules
from buckets.diagnosis.evidence import Evidence
from buckets.diagnosis.rules import NO_FINDING, Finding, Rules
from buckets.diagnosis.topics import back_bucket
from buckets.driving.unmet import show

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


# A store ------------------------------------------------------------------------


@rule_for_stores
def counts_syncs(evidence: Evidence) -> Finding | None:
    order, due, got = _told(evidence)
    if order != "syncs" or not got.isdigit():
        return None
    return Finding("M124", f"database.sync() was called {got} times, and not {due}.")


@rule_for_stores
def leaves_records(evidence: Evidence) -> Finding | None:
    order, due, got = _told(evidence)
    if order != "records":
        return None
    more = sorted(set(got.split()) - set(due.split()))
    if not more:
        return None
    said = f"The database still holds {', '.join(more[:3])}."
    swept = evidence.behaviour.name == "sweep_leaves_nothing_behind"
    return Finding("M126" if swept else "M122", said)


@rule_for_stores
def uses_a_cas_number_again(evidence: Evidence) -> Finding | None:
    _, due, got = _told(evidence)
    head, comma, letter = due.rpartition(", cas ")
    if not comma or got.rpartition(", cas ")[0] != head or got == due:
        return None
    if got[-1] > letter:
        said = "number of its own, though nobody has put it anew"
        return Finding("", f"This value has a new {said}: {got[-1]}, and not {letter}.")
    return Finding(
        "M123", f"This value has the number {got[-1]}, and {letter} was due."
    )


@rule_for_stores
def flushed_what_came_later(evidence: Evidence) -> Finding | None:
    order, due, got = _told(evidence)
    if evidence.behaviour.name != "flush_ends_what_is_there" or not due or got == due:
        return None
    before = evidence.log.poured(evidence.unmet.who).decode("latin-1")
    if due == "nothing" and "crash\n" in before:
        said = f"{order}: a flush that was to come is forgotten after the restart."
        return Finding("", said)
    return Finding("M125", f"{order}: expected {due}, got {got}.")


@rule_for_stores
def looked_at_the_time(evidence: Evidence) -> Finding | None:
    order, due, got = _told(evidence)
    if evidence.behaviour.name != "a_value_expires" or due not in ("nothing", "no"):
        return None
    return Finding("M121", f"Its time had come, and {order!r} found it: {got}.")


@rule_for_stores
def lost_in_the_record(evidence: Evidence) -> Finding | None:
    order, due, got = _told(evidence)
    crashed = "\ncrash\n" in evidence.log.poured(evidence.unmet.who).decode("latin-1")
    if not crashed or not order.startswith("get") or ", cas " not in due:
        return None
    return Finding("M120", f"After the restart it is {got!r}, and was {due!r}.")


# Commands -----------------------------------------------------------------------


@rule_for_commands
def told_the_quiet(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    quiet = b"noreply" in evidence.log.poured(unmet.who)
    if not quiet or unmet.kind not in ("wrong", "extra"):
        return None
    first = unmet.got.split(b"\r\n")[0]
    if first not in (b"STORED", b"NOT_STORED", b"9", b"NOT_FOUND", b"OK"):
        return None
    return Finding(
        "M133", f"{show(first)} was sent to somebody who asked for no reply."
    )


@rule_for_commands
def took_empty_for_none(evidence: Evidence) -> Finding | None:
    name, (_, due, got) = evidence.behaviour.name, _told(evidence)
    if name != "some_look_before_they_store" or due != "NOT_STORED" or got != "STORED":
        return None
    return Finding("M130", "There was a value, of no bytes, and add stored another.")


@rule_for_commands
def counted_otherwise(evidence: Evidence) -> Finding | None:
    name, (order, due, got) = evidence.behaviour.name, _told(evidence)
    if name != "numbers_are_counted" or not order.startswith(("incr", "decr")):
        return None
    return Finding("M132", f"{order}: expected {due}, got {got}.")


@rule_for_commands
def joined_otherwise(evidence: Evidence) -> Finding | None:
    name, (_, due, got) = evidence.behaviour.name, _told(evidence)
    if name != "values_are_joined" or not got or got == due:
        return None
    return Finding("M131", f"Expected {show(due.encode())}, got {show(got.encode())}.")


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
        there = "is gone, and should be there" if key in due else "is still there"
        return Finding("M121", f"The value of {key.decode('latin-1')!r} {there}.")
    return None


# Servers ------------------------------------------------------------------------


@rule_for_servers
def told_before_it_was_kept(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    if evidence.behaviour.name != "kept_then_told" or evidence.ending:
        return None
    if unmet.kind in ("early answer", "extra"):
        return Finding("M127", f"{unmet.who} was told before sync() had returned.")
    if unmet.who == "desk" and unmet.kind == "nothing":
        return Finding("M127", "Nobody has called sync() on the database.")
    return None


@rule_for_servers
def syncs_too_often(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind not in ("syncs", "no sync"):
        return None
    key = "M124" if evidence.unmet.kind == "syncs" else "M127"
    return Finding(key, f"The desk {evidence.unmet.text}.")


@rule_for_servers
def carried_out_behind_the_end(evidence: Evidence) -> Finding | None:
    name, unmet = evidence.behaviour.name, evidence.unmet
    behind_quit = b"VALUE a " in unmet.got or unmet.kind == "extra"
    if name == "nothing_behind_quit_is_carried_out" and behind_quit:
        return Finding("M112", "What stood behind quit was carried out all the same.")
    if name != "nothing_in_a_block_is_carried_out" or evidence.ending:
        return None
    if "end of the connection" in unmet.text or unmet.kind == "extra":
        return Finding("M135", "The conversation went on behind the last refusal.")
    return None


@rule_for_servers
def sweeps_nothing(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "records":
        return None
    return Finding("M126", f"The desk {evidence.unmet.text}, turn after turn.")


@rule_for_servers
def lost_an_update(evidence: Evidence) -> Finding | None:
    if evidence.behaviour.name != "no_update_is_lost":
        return None
    if evidence.unmet.who == "server" and evidence.unmet.kind == "wrong":
        return Finding("M137", evidence.unmet.text)
    return None


@rule_for_servers
def no_order(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "order":
        return None
    return Finding("M128", evidence.unmet.text)


rule_for_servers(back_bucket.blocked_in_send)


@rule_for_servers
def closed_with_answers_due(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    part = 0 < len(unmet.got) < len(unmet.expected)
    if evidence.ending or unmet.kind != "eof" or not part:
        return None
    if not unmet.expected.startswith(unmet.got):
        return None
    said = f"{unmet.who} had a part of an answer, and the connection was closed."
    return Finding("M67", said)


@rule_for_servers
def takes_all_memory(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "memory":
        return None
    if evidence.behaviour.task == "run_database":
        return Finding("M136", "40 MB were stored, and the memory has grown with them.")
    return Finding("M139", "Answers pile up for somebody who has read none of them.")


@rule_for_servers
def ended_by_the_signal(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "end" or "killed by signal 15" not in evidence.unmet.text:
        return None
    return Finding("M138", "SIGTERM ended the process where it stood.")


@rule_for_servers
def not_there_any_more(evidence: Evidence) -> Finding | None:
    ended = "all_is_there_after_sigterm", "what_was_acknowledged_survives_sigkill"
    if evidence.behaviour.name not in ended or evidence.unmet.kind != "wrong":
        return None
    due, got = _values(evidence)
    if evidence.unmet.who != "ben" or due <= got:
        return None
    lost = b", ".join(sorted(due - got)).decode("latin-1")
    return Finding("M129", f"Acknowledged, and not there any more: {lost}.")


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
    return Finding("M121", "A value whose time was over in 2001 is still there.")


# All of them --------------------------------------------------------------------


ALSO = (
    rules.closed_socket_in_the_list,
    rules.closed_socket_again_and_again,
    rules.descriptor_beyond_select,
    rules.out_of_descriptors,
    rules.reset_ended_the_server,
    rules.changed_while_walking,
    rules.would_block,
    rules.reset_ended_the_loop,
    rules.hired_people,
    rules.kept_descriptors,
    rules.blocked_in_accept,
    rules.blocked_on_somebody_else,
    rules.dry_pipe,
    rules.always_writable,
    rules.hogged_the_loop,
    rules.polling,
)
"""General rules that hold for a server of any protocol."""


@rule_for_stores
@rule_for_commands
@rule_for_servers
def what_else_it_may_be(evidence: Evidence) -> Finding | None:
    """The others think of lines that are echoed, and of functions that return."""
    if evidence.unmet.kind in ("wrong", "extra", "eof"):
        return NO_FINDING
    found = next(filter(None, (ask(evidence) for ask in ALSO)), None)
    return found or NO_FINDING
