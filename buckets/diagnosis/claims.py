"""No sentence of evidence may say what the trace does not show.

A rule recognises a pattern, and its sentence tells a story: that somebody was closed,
that a call waits, that a client came. Each such word is a claim, and each claim is
looked up here before the sentence is printed. What cannot be shown is not said, and the
misconception that leaned on it is not named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from buckets.diagnosis.evidence import Evidence

Check = Callable[[Evidence, str], bool]

_NAME = r"([A-Za-z][\w-]*)"


def contradicted(text: str, evidence: Evidence) -> str | None:
    """The first claim of a sentence that its run does not show; None if all are."""
    known = {*evidence.log.clients, evidence.unmet.who} - {"", "server"}
    for pattern, check in CLAIMS:
        for match in re.finditer(pattern, _unquoted(text)):
            name = match.group(1) if match.groups() else ""
            # A word that is nobody's name, such as "client", stands for anybody.
            if not check(evidence, name if name in known else ""):
                return match.group(0)
    return None


def _unquoted(text: str) -> str:
    """Without the bytes and beliefs that it quotes: what is in there is no claim."""
    return re.sub(r"b'(?:[^'\\]|\\.)*'|b\"(?:[^\"\\]|\\.)*\"|“[^”]*”", "", text)


def strangers(text: str, evidence: Evidence, cast: frozenset[str]) -> Iterator[str]:
    """Members of the cast whom a sentence names, and who took no part in the run."""
    there = {*evidence.log.clients, evidence.unmet.who}
    for word in re.findall(r"\b[a-z][\w-]*\b", _unquoted(text)):
        if word in cast and word not in there:
            yield word


def _was_closed(evidence: Evidence, name: str) -> bool:
    if not name:
        return bool(evidence.log.of_all("close", "shut", "end"))
    return bool(evidence.log.of_everybody(name, "close", "shut")) or _gone(evidence)


def _gone(evidence: Evidence) -> bool:
    return evidence.ending is not None or bool(evidence.log.of_all("end"))


def _finished(evidence: Evidence, name: str) -> bool:
    """Whether a client has ended its side, or the server has read its end."""
    if not name:
        return True
    kinds = ("half_close", "close", "reset")
    events = evidence.log.trace.events
    own = any(e["e"] in kinds and e.get("who") == name for e in events)
    return own or any(e["n"] == 0 for e in evidence.log.of_everybody(name, "recv"))


def _waits(evidence: Evidence, _: str) -> bool:
    """Whether anything was ever waited for: a call that blocks, or a select()."""
    return bool(evidence.log.of_all("try", "wait", "sum")) or evidence.call not in (
        None,
        "running",
    )


def _read_the_end(evidence: Evidence, _: str) -> bool:
    return any(event["n"] == 0 for event in evidence.log.of_all("recv")) or bool(
        evidence.log.of_all("sum")
    )


def _was_accepted(evidence: Evidence, name: str) -> bool:
    if not name:
        return bool(evidence.log.of_all("accept"))
    return any(
        connection.who == name and connection.accepted is not None
        for connection in evidence.log.trace.connections
    )


def _at_the_door(evidence: Evidence, name: str) -> bool:
    return not name or not _was_accepted(evidence, name)


def _repeats(evidence: Evidence, _: str) -> bool:
    log = evidence.log
    return len(log.trace.events) > 12 or bool(log.of_all("sum"))


CLAIMS: tuple[tuple[str, Check], ...] = (
    (
        rf"\b{_NAME}(?:'s connection)? was (?:closed|sent away|shown out|seen off)",
        _was_closed,
    ),
    (rf"(?<!before )\b{_NAME} (?:has|had) (?:finished|said goodbye)", _finished),
    (rf"\b{_NAME} (?:is still at the door|waits at the door)", _at_the_door),
    (rf"\b{_NAME} was let in", _was_accepted),
    (r"\bwaits\b", _waits),
    (r'b"" again and again', _read_the_end),
    (r"again and again|over and over", _repeats),
)
