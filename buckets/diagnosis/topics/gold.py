"""Rules for servers that make gold, and for the string that wakes a loop.

They are asked first, and for the tasks of exercise 14 alone. What the work does is not
in the record: its calls wait for the test. What the server does beside it is, with the
thread that did it.
"""

from __future__ import annotations

import re

from buckets.diagnosis import rules
from buckets.diagnosis.evidence import Event, Evidence, data_of
from buckets.diagnosis.rules import NO_FINDING, Finding, Rules, suspected_of
from buckets.driving.unmet import show

STRINGS = {"Wakeup"}
PIECES = {"serve_in_pieces"}
POOLS = {"serve_gold"}

rule_for_strings = Rules(STRINGS)
rule = Rules(PIECES | POOLS)
rule_for_pools = Rules(POOLS)
rule_at_last = Rules(STRINGS | PIECES | POOLS)

WAITS_FOR_A_FUTURE = (".result(", ".exception(", "wait(", "as_completed(", ".join(")


# The string -----------------------------------------------------------------------


@rule_for_strings
def raised_when_full(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    if not ending or ending.kind != "BlockingIOError":
        return None
    if "after wake()" not in evidence.unmet.text:
        return None
    return Finding("M213", "gold.raised_when_full", kind=ending.kind)


@rule_for_strings
def waits_when_full(evidence: Evidence) -> Finding | None:
    unmet, place = evidence.unmet, evidence.place
    if unmet.kind != "nothing" or not place or "after wake()" not in unmet.text:
        return None
    if not suspected_of(evidence, "M213"):
        return None
    return Finding("M213", "gold.waits_when_full", line=place.line)


@rule_for_strings
def waits_to_clear(evidence: Evidence) -> Finding | None:
    unmet, place = evidence.unmet, evidence.place
    if unmet.kind != "nothing" or not place or "after clear()" not in unmet.text:
        return None
    return Finding("M214", "gold.waits_to_clear", line=place.line)


@rule_for_strings
def left_some(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    if unmet.kind != "wrong" or not unmet.text.endswith("after clear(), and it is"):
        return None
    return Finding("M214", "gold.left_some")


@rule_for_strings
def not_pulled_again(evidence: Evidence) -> Finding | None:
    """It was raised and taken down before: the first test has seen that."""
    unmet = evidence.unmet
    if unmet.kind != "wrong" or not unmet.text.endswith("after wake(), and it is not"):
        return None
    if not suspected_of(evidence, "M214"):
        return None
    return Finding("M214", "gold.not_pulled_again")


@rule_for_strings
def has_another_number(evidence: Evidence) -> Finding | None:
    """Whoever watches the number of before is never told of anything again."""
    if not evidence.unmet.text.endswith("and it is another"):
        return None
    return Finding("", "gold.has_another_number")


@rule_for_strings
def one_for_all(evidence: Evidence) -> Finding | None:
    """One of several was waked, and the flag of another one is up."""
    found = re.search(r"expected number (\d+) not to be readable", evidence.unmet.text)
    if evidence.unmet.kind != "wrong" or not found:
        return None
    return Finding("M109", "gold.one_for_all", number=found[1])


MANY_GOLDS = 3
"""Of one client: one has begun, one waits, and the third may find no place."""


# Servers --------------------------------------------------------------------------


def _vanished(evidence: Evidence) -> str:
    """Who has vanished last; "" for nobody."""
    log = evidence.log
    gone = [who for who in log.clients if log.of_client(who, "reset")]
    return gone[-1] if gone else ""


def _asked_for(evidence: Evidence, who: str, words: bytes) -> bool:
    return b"gold " + words + b"\n" in evidence.log.poured(who)


def _who_asked_for(evidence: Evidence, words: bytes) -> str:
    """The client that has asked for this gold; "" where nobody has."""
    asked = (who for who in evidence.log.clients if _asked_for(evidence, who, words))
    return next(asked, "")


def _read_from(evidence: Evidence, who: str) -> bytes:
    """What the server has read from a client."""
    return b"".join(map(data_of, evidence.log.of_everybody(who, "recv")))


def _is_unread(evidence: Evidence, who: str) -> bool:
    """Whether a client has said something that the server has not read."""
    poured = evidence.log.poured(who)
    return bool(poured) and not _read_from(evidence, who).endswith(poured)


def _expected(evidence: Evidence) -> list[bytes]:
    """The words for which work was to begin, as the test tells them."""
    wanted, _, _ = evidence.unmet.text.partition(", got b")
    told = wanted.partition("to begin for ")[2].partition(": ")[0]
    return [each[2:-1].encode("latin-1", "replace") for each in told.split(" or ")]


@rule
def hires_somebody(evidence: Evidence) -> Finding | None:
    """More threads than one, where all is to be made on the loop."""
    threads = evidence.vitals.threads
    if evidence.behaviour.task not in PIECES or evidence.ending or threads < 2:
        return None
    return Finding("M29", "gold.hires_somebody", threads=threads)


@rule
def is_in_the_work(evidence: Evidence) -> Finding | None:
    """The loop's thread is neither in a wait of its own nor in a call on a socket."""
    place, last = evidence.place, evidence.log.last
    if evidence.ending or evidence.unmet.kind != "nothing" or not place:
        return None
    if last.get("e") in ("wait", "try") or evidence.spinning:
        return None
    if any(word in place.source for word in WAITS_FOR_A_FUTURE):
        return Finding("M210", "gold.waits_for_the_work", line=place.line)
    if evidence.behaviour.task in PIECES:
        if not _is_unread(evidence, evidence.unmet.who):
            return None
        return Finding("M210", "gold.makes_on", line=place.line)
    return Finding("M210", "gold.is_in_the_work", line=place.line)


@rule
def ended_with_the_work(evidence: Evidence) -> Finding | None:
    """What the work was told to raise has ended the server."""
    ending = evidence.ending
    if not ending or ending.kind != "NoGold":
        return None
    return Finding("M211", "gold.ended_with_the_work", kind=ending.kind)


@rule
def did_not_tell(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    wanted = unmet.due or unmet.expected
    if evidence.ending or not wanted.startswith(b"sorry: "):
        return None
    told, _, behind = wanted.partition(b"\n")
    sent = b"".join(map(data_of, evidence.log.of_everybody(unmet.who, "send")))
    if behind and told + b"\n" in sent:
        if unmet.kind != "nothing" or not sent.endswith(told + b"\n"):
            return None
        facts = {"who": unmet.who, "told": show(told + b"\n")}
        return Finding("", "gold.forgot_what_stands_behind", **facts)
    if unmet.kind == "nothing":
        return Finding("M211", "gold.did_not_tell", who=unmet.who)
    if unmet.kind in ("eof", "reset"):
        return Finding("M211", "gold.let_go_instead", who=unmet.who)
    if unmet.kind == "wrong" and unmet.got.startswith(b"sorry: "):
        due, got = (each[7:].strip() for each in (wanted, unmet.got))
        return Finding("", "gold.told_another_name", due=show(due), got=show(got))
    if unmet.kind == "wrong" and unmet.got:
        facts = {"who": unmet.who, "got": show(unmet.got)}
        return Finding("M211", "gold.told_something_else", **facts)
    return None


@rule
def told_the_end(evidence: Evidence) -> Finding | None:
    """The end of the pieces was told as if it were a failure."""
    if not evidence.unmet.got.startswith(b"sorry: StopIteration"):
        return None
    return Finding("", "gold.told_the_end")


@rule
def nobody_asked_for_it(evidence: Evidence) -> Finding | None:
    """Work has begun, and for words that stand behind no client's gold and blank."""
    words = evidence.unmet.facts.get("words")
    if evidence.unmet.who != "work" or evidence.unmet.kind not in ("wrong", "many"):
        return None
    if not isinstance(words, bytes) or _who_asked_for(evidence, words):
        return None
    return Finding("", "gold.nobody_asked_for_it", words=show(words))


@rule
def makes_it_for_who_has_gone(evidence: Evidence) -> Finding | None:
    unmet, gone = evidence.unmet, _vanished(evidence)
    words = unmet.facts.get("words", b"")
    if unmet.who != "work" or not gone or not words:
        return None
    if not _asked_for(evidence, gone, words):
        return None
    told = show(words)
    return Finding("M212", "gold.makes_it_for_who_has_gone", words=told, who=gone)


@rule
def one_gold_after_the_other(evidence: Evidence) -> Finding | None:
    """A gold has got the piece that was another one's: did the loop turn meanwhile?"""
    unmet = evidence.unmet
    if evidence.behaviour.task not in PIECES or unmet.who != "work":
        return None
    if unmet.kind != "wrong" or _vanished(evidence):
        return None
    words, due = unmet.facts.get("words", b""), _expected(evidence)[0]
    who, owner = (_who_asked_for(evidence, each) for each in (words, due))
    if who and who == owner:
        key = "gold.began_before_its_turn"
        return Finding("", key, words=show(words), who=who, due=show(due))
    asked = [e["t"] for e in evidence.log.of_any("recv") if b"gold " in data_of(e)]
    turns = [e for e in evidence.log.of_any("wait") if asked and e["t"] > asked[-1]]
    if len(turns) > 1:
        return Finding("M201", "gold.one_gold_first")
    # Who was read is not kept outside, but waits for a turn of somebody's to end.
    if owner and not _is_unread(evidence, owner):
        return Finding("M201", "gold.one_gold_after_the_other")
    return Finding("M210", "gold.one_gold_after_the_other")


@rule
def saw_off_who_listens(evidence: Evidence) -> Finding | None:
    """One has finished sending, was owed gold, and its connection was closed."""
    unmet, log = evidence.unmet, evidence.log
    if unmet.who != "work" or unmet.kind != "nothing" or evidence.ending:
        return None
    for words in _expected(evidence):
        who = _who_asked_for(evidence, words)
        if who and log.of_client(who, "half_close") and log.of(who, "close"):
            return Finding(
                "M08", "gold.saw_off_who_listens", words=show(words), who=who
            )
    return None


@rule
def makes_no_piece(evidence: Evidence) -> Finding | None:
    """In pieces: a gold was read, and the loop sleeps without a limit."""
    unmet, last = evidence.unmet, evidence.log.last
    if evidence.behaviour.task not in PIECES or evidence.ending:
        return None
    if unmet.who != "work" or unmet.kind != "nothing":
        return None
    if last.get("e") != "wait" or last.get("timeout") is not None:
        return None
    for words in _expected(evidence):
        who = _who_asked_for(evidence, words)
        if who and _read_at(evidence, words):
            facts = {"words": show(words), "who": who, "api": last["api"]}
            return Finding("", "gold.makes_no_piece", **facts)
    return None


def _read_at(evidence: Evidence, words: bytes) -> tuple[int, int] | None:
    """When a gold was read, and where in what was read then; None if it was not."""
    read, line = b"", b"gold " + words + b"\n"
    for event in evidence.log.of_everybody(_who_asked_for(evidence, words), "recv"):
        read += data_of(event)
        if line in read:
            return int(event["t"]), read.find(line)
    return None


@rule_for_pools
def begun_out_of_order(evidence: Evidence) -> Finding | None:
    """The gold that has begun was read after the one that was to begin."""
    unmet, words = evidence.unmet, evidence.unmet.facts.get("words", b"")
    if unmet.who != "work" or unmet.kind != "wrong" or len(_expected(evidence)) != 1:
        return None
    (due,) = _expected(evidence)
    first, later = (_read_at(evidence, each) for each in (due, words))
    if not first or not later or first >= later:
        return None
    key = "gold.begun_out_of_order"
    return Finding("", key, words=show(words), due=show(due))


@rule
def overtaken(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    if unmet.kind != "extra" or "nothing yet" not in unmet.text:
        return None
    # These two are known at once: alone, they have overtaken nothing.
    if "cancelled" in unmet.text or "busy" in unmet.text:
        if evidence.log.poured(unmet.who).count(b"gold ") < MANY_GOLDS:
            return None
        if not suspected_of(evidence, "M30") or "busy" not in unmet.text:
            return None
    if b"gold " not in evidence.log.poured(unmet.who) or _vanished(evidence):
        return None
    return Finding("M30", "gold.overtaken", who=unmet.who)


@rule_for_pools
def gave_it_to_a_stranger(evidence: Evidence) -> Finding | None:
    """Somebody who had asked for no gold was sent some, after another one vanished."""
    unmet, gone = evidence.unmet, _vanished(evidence)
    if unmet.kind not in ("wrong", "extra") or not gone or unmet.who in ("work", gone):
        return None
    if "a ring" not in unmet.text or b"ring" in evidence.log.poured(unmet.who):
        return None
    key = "gold.gave_it_to_a_stranger"
    return Finding("M218", key, who=unmet.who, gone=gone)


@rule_for_pools
def cost_a_worker(evidence: Evidence) -> Finding | None:
    """Work has raised, that was told, and what was to begin after it does not."""
    unmet, log = evidence.unmet, evidence.log
    if evidence.ending or unmet.who != "work" or unmet.kind != "nothing":
        return None
    sent = [data_of(event) for event in log.of_all("send")]
    sorry = [n for n, data in enumerate(sent) if data.startswith(b"sorry: ")]
    if not sorry or not suspected_of(evidence, "M211"):
        return None
    if b"busy\n" in sent[sorry[-1] :]:
        return Finding("M63", "gold.cost_a_place")
    return Finding("M63", "gold.cost_a_worker")


@rule_for_pools
def busy_too_soon(evidence: Evidence) -> Finding | None:
    """Somebody was told that there is no place, and a worker waits for work."""
    unmet, log = evidence.unmet, evidence.log
    if evidence.ending or unmet.who != "work" or unmet.kind != "nothing":
        return None
    told = [who for who in log.clients for e in log.of(who, "send") if _is_busy(e)]
    if not told or not suspected_of(evidence, "M217"):
        return None
    return Finding("", "gold.busy_too_soon", who=told[-1])


def _is_busy(event: Event) -> bool:
    return data_of(event) == b"busy\n"


@rule_for_pools
def begins_without_end(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    if unmet.kind != "many":
        return None
    workers = unmet.facts.get("workers", 0)
    return Finding("M217", "gold.begins_without_end", workers=workers)


@rule_for_pools
def never_says_busy(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    heard = rules.literal(unmet.text.partition(", got ")[2].partition(" so far")[0])
    rest = unmet.due.removeprefix(heard)
    if evidence.ending or rest != b"busy\n" or unmet.kind != "nothing":
        return None
    if gone := _vanished(evidence):
        key = "gold.never_says_busy_for_who_has_gone"
        return Finding("M217", key, who=unmet.who, gone=gone)
    log = evidence.log
    told = [who for who in log.clients for e in log.of(who, "send") if _has_busy(e)]
    if told:
        # Its queue has an end, then; a word may be held up behind another answer.
        key = "gold.busy_for_another"
        return Finding("", key, who=unmet.who, other=told[-1])
    return Finding("M217", "gold.never_says_busy", who=unmet.who)


def _has_busy(event: Event) -> bool:
    return b"busy" in data_of(event).split(b"\n")


@rule_for_pools
def cancelled_what_had_begun(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    if not suspected_of(evidence, "M219") or "cancelled" not in unmet.text:
        return None
    told = unmet.got or unmet.text.partition("got ")[2].encode("latin-1", "replace")
    if unmet.kind not in ("extra", "wrong") or b"a ring" in told:
        return None
    return Finding("M219", "gold.cancelled_what_had_begun", who=unmet.who)


@rule_for_pools
def counted_again(evidence: Evidence) -> Finding | None:
    """More golds were counted as taken back than were answered so.

    A client has said cancel more than once, and nobody else hears its answers.
    """
    unmet = evidence.unmet
    lines = unmet.got.split(b"\n")
    cancels = evidence.log.poured(unmet.who).count(b"cancel\n")
    told = [int(line) for line in lines if line.isdigit() and len(line) < MOST_DIGITS]
    taken = lines.count(b"cancelled")
    if unmet.kind != "wrong" or cancels < 2 or len(told) < 2 or sum(told) <= taken:
        return None
    facts = {"who": unmet.who, "told": sum(told), "taken": taken}
    return Finding("", "gold.counted_again", **facts)


MOST_DIGITS = 9


@rule_for_pools
def kept_the_place(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    if not suspected_of(evidence, "M219") or unmet.kind not in (
        "wrong",
        "extra",
    ):
        return None
    if b"busy" not in unmet.got and "b'busy" not in unmet.text.partition("got ")[2]:
        return None
    return Finding("M219", "gold.kept_the_place", who=unmet.who)


def _who_was_busy(evidence: Evidence) -> str:
    """Who asked for the gold that was to begin, and was answered busy instead."""
    unmet = evidence.unmet
    if unmet.who != "work" or unmet.kind != "nothing" or evidence.ending:
        return ""
    for words in _expected(evidence):
        who = _who_asked_for(evidence, words)
        sent = evidence.log.of_everybody(who, "send") if who else []
        if sent and data_of(sent[-1]) == b"busy\n":
            return who
    return ""


@rule_for_pools
def found_no_place(evidence: Evidence) -> Finding | None:
    """A gold was to begin: there was a place for it, and its client was told busy."""
    who, gone = _who_was_busy(evidence), _vanished(evidence)
    if not who:
        return None
    if gone and b"gold " in evidence.log.poured(gone):
        key = "gold.kept_the_place_of_who_has_gone"
        return Finding("M212", key, who=who, gone=gone)
    others = [each for each in evidence.log.clients if each != who]
    if any(b"cancel\n" in evidence.log.poured(each) for each in others):
        return Finding("M219", "gold.kept_the_place", who=who)
    return Finding("", "gold.found_no_place", who=who)


@rule_for_pools
def leaves_a_worker_idle(evidence: Evidence) -> Finding | None:
    """A gold was read, fewer calls are under way than may be, and the loop sleeps."""
    unmet = evidence.unmet
    if unmet.who != "work" or unmet.kind != "nothing" or evidence.ending:
        return None
    under_way, workers = (unmet.facts.get(key, 0) for key in ("under_way", "workers"))
    if under_way >= workers or evidence.log.last.get("e") != "wait":
        return None
    for words in _expected(evidence):
        who = _who_asked_for(evidence, words)
        if who and b"gold " + words + b"\n" in _read_from(evidence, who):
            return Finding(
                "",
                "gold.leaves_a_worker_idle",
                words=show(b"gold " + words),
                who=who,
                count=under_way,
                workers=workers,
            )
    return None


@rule_for_pools
def sent_by_a_thread(evidence: Evidence) -> Finding | None:
    unmet = evidence.unmet
    sends = evidence.log.of(unmet.who, "send")
    if evidence.ending or unmet.kind != "nothing" or not sends:
        return None
    if "th" not in sends[-1]:
        return None
    return Finding("M216", "gold.sent_by_a_thread", who=unmet.who)


@rule_for_pools
def is_not_waked(evidence: Evidence) -> Finding | None:
    """Asleep without a limit, gold is due, and no thread has sent anything but that."""
    unmet, last = evidence.unmet, evidence.log.last
    if evidence.ending or unmet.kind != "nothing" or not unmet.due:
        return None
    if last.get("e") != "wait" or last.get("timeout") is not None:
        return None
    if any("th" in event for event in evidence.log.of_all("send", "fail")) or any(
        "os.write" in text for text in evidence.sources.values()
    ):
        return None
    if b"gold " not in evidence.log.poured(unmet.who):
        return None
    return Finding("M215", "gold.is_not_waked", api=last["api"])


@rule_at_last
def nothing_of_the_desk(evidence: Evidence) -> Finding | None:
    """Whom the test talks to behind the server's back is no client of it."""
    return NO_FINDING if evidence.unmet.who in ("work", "puller") else None
