"""What the program itself says: exceptions, wherever they came from and went to.

A traceback is the best witness there is, and a mistake of Python's kind (a name that is
not there, a number added to bytes) is no belief about sockets. So it is told first, in
plain words and with its line, also where a thread, a pool, a forked child or an
`except` clause of the learner's own kept it to itself.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from buckets.diagnosis.evidence import Event, Evidence, Log
from buckets.diagnosis.rules import Finding
from buckets.texts import Said, said

SLIPS = frozenset(
    "TypeError AttributeError NameError UnboundLocalError ImportError SyntaxError "
    "ModuleNotFoundError ZeroDivisionError AssertionError RecursionError error "
    "NotImplementedError BufferError IndentationError".split()
)
"""Kinds that no belief about servers explains: they are told in plain words."""

DATA = frozenset(
    "KeyError IndexError ValueError RuntimeError UnicodeDecodeError StopAsyncIteration "
    "UnicodeEncodeError LookupError OverflowError MemoryError EOFError".split()
)
"""Kinds that may be a slip, or what comes of a belief: the rules are asked first."""

EXPLAINED = {
    "ValueError": "M14 M16 M35 M44 M47 M48 M70 M73 M75 M76 M77 M78 M81 M93 M115 "
    "M155 M226",
    "KeyError": "M14 M70 M73 M105 M107",
    "IndexError": "M70 M107",
    "RuntimeError": "M70 M71 M107 M151",
    "UnicodeDecodeError": "M03 M35 M76",
    "EOFError": "M42 M43 M44 M77",
    "MemoryError": "M19 M47 M48",
    "OverflowError": "M47 M48",
    "TypeError": "M89",
    "ChildProcessError": "M57 M59 M96",
    "NotInThisExercise": "M49",
    "Spilled": "M71 M73 M154",
    "BlockingIOError": "M05 M13 M65 M213 M220",
    "InterruptedError": "M220",
    "NoGold": "M211",
    "ConnectionRefusedError": "M53 M190",
    "TimeoutError": "M52 M53 M231",
    "StopIteration": "M70",
}
"""Which misconceptions can end a program in an exception of which kind."""

ANY_OSERROR = frozenset(
    "M05 M06 M10 M14 M16 M17 M52 M53 M63 M65 M70 M73 M93 M105 M154 M221 M226".split()
)

OWN = ("Bad file descriptor", "closed file")
"""What an exception says that no client can bring about, whatever clause it meets."""

UNCAUGHT = frozenset("BlockingIOError FileNotFoundError PermissionError".split())
"""Kinds that no client brings about, where no clause asked for them."""

QUIET = ("caught", "suppressed", "printed")


@dataclass(frozen=True)
class Oops:
    """An exception of the learner's code, and what became of it.

    Args:
        how: caught, suppressed, thread, future, exit, unraisable, printed, or child.
        named: whether it was caught by a clause that asked for this very kind.
        trail: the learner's lines that it went through, the innermost last.
    """

    kind: str
    text: str
    how: str
    named: bool
    trail: tuple[tuple[str, int, str], ...]

    @property
    def place(self) -> Said:
        """Such as "line 12 of cell 7"."""
        cell, line, _ = self.trail[-1]
        return said("raised.place", line=line, cell=cell)

    @property
    def what(self) -> str:
        """The kind, and what the exception says, as far as that is short."""
        text = " ".join(self.text.split())
        return f"{self.kind}: {text}" if text else self.kind


def oopses(evidence: Evidence) -> list[Oops]:
    """All of them, in order; not what ended the server, which has its traceback."""
    told = [e for e in evidence.log.trace.events if e["e"] == "oops" and e["trail"]]
    found = [_oops(event) for event in told]
    ending = evidence.ending
    if ending and ending.how == "raised":
        same = (ending.kind, tuple(ending.at or ()))
        found = [each for each in found if (each.kind, each.trail[-1][:2]) != same]
    return found


def _oops(event: Event) -> Oops:
    trail = tuple(
        (str(cell), int(line), str(name)) for cell, line, name in event["trail"]
    )
    named = bool(event.get("named"))
    return Oops(event["kind"], event["text"], event["how"], named, trail)


def _of_a_child(evidence: Evidence, oops: Oops) -> bool:
    main = evidence.log.trace.main
    return any(
        event["e"] == "oops" and event["p"] != main and _oops(event) == oops
        for event in evidence.log.trace.events
    )


def first_said(evidence: Evidence) -> tuple[Oops | None, Finding | None]:
    """A slip that was raised: told before any rule is asked."""
    ending = evidence.ending
    if ending and ending.how == "raised" and ending.kind in SLIPS:
        if ending.kind != "TypeError" or "not supported between" not in ending.error:
            return None, _ended_by(evidence)
    for oops in oopses(evidence):
        if oops.kind in SLIPS and not (oops.named and oops.how in QUIET):
            return oops, what_came_of(evidence, oops)
    return None, None


def last_said(evidence: Evidence) -> tuple[Oops | None, Finding | None]:
    """What else was raised: told where no rule knows better."""
    ending = evidence.ending
    if ending and ending.how == "raised":
        return None, _ended_by(evidence)
    for oops in oopses(evidence):
        meant = oops.how in QUIET and oops.named
        own = any(text in oops.text for text in OWN)
        # Any other is what comes of a client, and belongs to the rules.
        if _is_not_now(evidence, oops):
            continue
        if own or (oops.kind in DATA | UNCAUGHT and not meant):
            return oops, what_came_of(evidence, oops)
    return None, None


READY = frozenset("accept recv recv_into recvfrom recvfrom_into send sendto".split())
"""Calls that say by a BlockingIOError that nothing is there, or no room: not now."""


def _is_not_now(evidence: Evidence, oops: Oops) -> bool:
    """Whether it is how a loop over a socket that does not wait comes to its end.

    Not where the connection of who missed something was closed for it, nor where
    sendall() has lost count.
    """
    if oops.kind != "BlockingIOError" or oops.how not in ("caught", "suppressed"):
        return False
    log = evidence.log
    failed = [e for e in log.of_any("fail") if e.get("error") == oops.kind]
    # Several lines may raise the same: it is about this one.
    own = [e for e in failed if tuple(e.get("at", ())) == oops.trail[-1][:2]]
    failed = own or failed
    if not failed or not READY.issuperset(event["op"] for event in failed):
        return False
    # That somebody else was closed behind it is not what this one misses.
    missed = log.of_everybody(evidence.unmet.who, "fail")
    failed = [each for each in failed if each in missed and _had_reason(log, each)]
    return not any(_was_closed_for(evidence, event) for event in failed)


def _had_reason(log: Log, failed: Event) -> bool:
    """Whether the flag of this socket was up, or it had come in since the last look.

    Who asks without that, as before an end, is to find nothing.
    """
    for event in reversed([e for e in log.own if e["t"] < failed["t"]]):
        if event["e"] == "accept" and event["new"] == failed["fd"]:
            return True
        if event["e"] == "woke":
            return failed["fd"] in [*event["r"], *event["w"]]
    return True


def _was_closed_for(evidence: Evidence, failed: Event) -> bool:
    """Whether it was closed at once; who had been told of the end before was to be."""
    done = [e for e in evidence.log.own if e.get("fd") == failed["fd"]]
    before = [e["e"] for e in done if e["t"] < failed["t"] and e["e"] in ENDS]
    later = [e["e"] for e in done if e["t"] > failed["t"]]
    return later[:1] == ["close"] and before[-1:] != ["shut"]


ENDS = ("shut", "close")


def explains(evidence: Evidence, finding: Finding) -> bool:
    """Whether a belief can have led to the exception that ended the server."""
    ending = evidence.ending
    if not finding.id:
        return True
    if not ending or ending.how != "raised":
        return _explains_what_was_kept(evidence, finding.id)
    if finding.id in EXPLAINED.get(ending.kind, "").split():
        return True
    if ending.kind in EXPLAINED or ending.kind in SLIPS | DATA:
        return False
    # A class of the learner's own says what its maker meant by it, and nothing else.
    return not hasattr(builtins, ending.kind) or finding.id in ANY_OSERROR


def _explains_what_was_kept(evidence: Evidence, key: str) -> bool:
    """The same of the last exception of Python's kind that nobody had asked for."""
    kept = [each for each in oopses(evidence) if each.kind in DATA and not each.named]
    return not kept or key in EXPLAINED.get(kept[-1].kind, "").split()


def _ended_by(evidence: Evidence) -> Finding | None:
    ending = evidence.ending
    assert ending
    if ending.kind == "NotImplementedError":
        return Finding("")
    what = " ".join(f"{ending.kind}: {ending.error}".split()).removesuffix(":")
    if not ending.at:
        return Finding("", "raised.around_your_code", what=what)
    cell, line = ending.at
    place = said("raised.place", line=line, cell=cell)
    return Finding("", "raised.ended_by", place=place, what=what)


TOLD = ("thread", "future", "exit", "caught", "suppressed")


def what_came_of(evidence: Evidence, oops: Oops) -> Finding:
    """The exception in plain words, and what became of it."""
    of_a_child = _of_a_child(evidence, oops)
    who = said("raised.a_child" if of_a_child else "raised.your_code")
    key = f"raised.{oops.how}" if oops.how in TOLD else "raised.told"
    what = oops.what.rstrip(".")
    return Finding("", key, who=who, place=oops.place, what=what)


def traceback_of(oops: Oops, sources: Mapping[str, str]) -> str:
    """The learner's lines on the way of it, as Python would show them."""
    calls = "".join(_frame(*call, sources) for call in oops.trail)
    return f"Traceback (most recent call last):\n{calls}{oops.what}"


def _frame(cell: str, line: int, name: str, sources: Mapping[str, str]) -> str:
    lines: Iterable[str] = sources.get(cell, "").splitlines()[line - 1 : line]
    shown = "".join(f"    {text.strip()}\n" for text in lines)
    return f'  File "<{cell}>", line {line}, in {name}\n{shown}'
