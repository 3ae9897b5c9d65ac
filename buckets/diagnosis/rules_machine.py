"""Rules for parsers that stop and go on, and for the server that they work in.

They are asked first, and for the tasks of exercise 08 alone: what a parser was fed with
is known piece by piece, and each test of it is about one idea.
"""

from __future__ import annotations

from buckets.diagnosis.evidence import Evidence
from buckets.diagnosis.rules import Finding, asked_first, suspected
from buckets.expectations import show

PARSERS = {"LineParser", "RequestParser", "CarefulParser"}
TASKS = PARSERS | {"serve_memcached"}
REFUSED = ("ERROR", "CLIENT_ERROR", "SERVER_ERROR")

rule = asked_first(TASKS)


def _pieces(evidence: Evidence) -> list[bytes]:
    """What each recv() gave of the failing client's; of a long one, its beginning."""
    events = evidence.log.of(evidence.unmet.who, "recv")
    texts = [str(event.get("data", "")) for event in events if event["n"]]
    return [text.encode("latin-1", "replace") for text in texts]


@rule
def took_something_else_for_a_line(evidence: Evidence) -> Finding | None:
    ending, suspects = evidence.ending, evidence.behaviour.suspects
    if not ending or ending.kind != "ValueError" or not suspects:
        return None
    if not ending.error.endswith(("ERROR", "bad command line format")):
        return None
    return Finding(
        suspects[0], "understand() was asked about bytes that are no line of a request."
    )


@rule
def kept_what_it_throws_away(evidence: Evidence) -> Finding | None:
    if evidence.unmet.kind != "memory":
        return None
    return Finding("M47", "Bytes that are to be skipped pile up in the parser.")


@rule
def cut_an_end_of_line(evidence: Evidence) -> Finding | None:
    last = _pieces(evidence)[-2:]
    if "M03" not in evidence.behaviour.suspects or len(last) < 2:
        return None
    if last[0].endswith(b"\r") and last[1].startswith(b"\n"):
        return Finding("M03", "The \\r came with one feed and the \\n with the next.")
    return None


@rule
def forgot_the_beginning(evidence: Evidence) -> Finding | None:
    last = _pieces(evidence)[-2:]
    if evidence.ending or len(last) < 2 or "M75" not in evidence.behaviour.suspects:
        return None
    return Finding(
        "M75", f"One recv() gave {show(last[0])}, and the next {show(last[1])}."
    )


@rule
def hung_up_on_an_error(evidence: Evidence) -> Finding | None:
    who, unmet = evidence.unmet.who, evidence.unmet
    if unmet.kind not in ("eof", "reset") or evidence.ending:
        return None
    sent = [str(event.get("data", "")) for event in evidence.log.of(who, "send")]
    last = "".join(sent).rstrip("\r\n").rpartition("\n")[2]
    if last.startswith(REFUSED):
        return Finding("M77", f"After {last!r} {who}'s connection was closed.")
    return None


@rule
def errors_overtake(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    if unmet.kind != "wrong" or evidence.behaviour.task != "serve_memcached":
        return None
    told, due = unmet.got.splitlines(), unmet.expected.splitlines()
    if len(told) > 1 and sorted(told) == sorted(due):
        return Finding(
            "M30", "The answers are right, but not in the order of the requests."
        )
    return None


@rule
def waits_for_room(evidence: Evidence) -> Finding | None:
    blocked, who = evidence.blocked, evidence.unmet.who
    if not blocked or not blocked.op.startswith("send") or blocked.who == who:
        return None
    return Finding(
        "M13", f"{blocked.op}() waits until {blocked.who} reads; {who} waits with it."
    )


@rule
def no_room_ended_it(evidence: Evidence) -> Finding | None:
    done = evidence.log.of(evidence.unmet.who, "fail", "close")
    failed = [event for event in done if event.get("errno") == "EAGAIN"]
    if not failed or evidence.unmet.kind not in ("eof", "reset"):
        return None
    op = str(failed[-1].get("op", "send"))
    said = f"{op}() found no room, and the connection was closed."
    return Finding("M05" if op == "sendall" else "M65", said)


@rule
def what_the_test_was_written_for(evidence: Evidence) -> Finding | None:
    """The general rules speak of lists and flags; a parser has neither."""
    if evidence.ending or evidence.unmet.kind in ("rest", "leak"):
        return None
    return suspected(evidence)
