"""A second question: the same scene with one thing changed, to a fresh server.

Where a server fails, it is started again, and a client says the same words alone, or in
one segment, or before the silent one comes. What comes of it is told as it is. It costs
no point, and never more than two seconds in all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from buckets.behaviour import Behaviour
from buckets.conditions import Options
from buckets.driving import scene
from buckets.driving.script import Act, Script
from buckets.driving.server import Server
from buckets.driving.spawn import Child
from buckets.driving.unmet import Unmet
from buckets.submission import Submission
from buckets.texts import say

SECONDS = 2.0
KINDS = ("nothing", "wrong", "busy", "eof")
CALM = 0.3
"""Seconds of sleep after which a server that was started again has nothing to say."""

Change = Callable[[Script, str], list[Act] | None]


@dataclass(frozen=True)
class Trial:
    """One thing that is changed.

    Args:
        change: makes another scene of what the clients did.
        came: the key of what is said if all is heard then.
        stayed: the same if it is not; "" to say nothing.
        roomy: whether a send() takes all that it is given, this time.
        driven: whether it makes sense where a driver calls the learner's code.
    """

    change: Change
    came: str
    stayed: str = ""
    roomy: bool = False
    driven: bool = False


TRIALS = (
    Trial(scene.alone, "tried.alone", "tried.alone_too"),
    Trial(scene.silent_last, "tried.silent_last"),
    Trial(scene.in_one_piece, "tried.in_one_piece", driven=True),
    Trial(scene.line_by_line, "tried.line_by_line", driven=True),
    Trial(scene.end_later, "tried.end_later", driven=True),
    Trial(scene.half_a_second_on, "tried.half_a_second_on", driven=True),
    Trial(scene.as_it_is, "tried.roomy", roomy=True, driven=True),
    Trial(scene.asked_first, "tried.asked_first"),
)


def experiments(
    behaviour: Behaviour,
    submission: Submission,
    script: Script,
    unmet: Unmet,
    child: Callable[[], Child],
    *,
    known: bool = False,
) -> Iterator[str]:
    """What comes of the scene with one thing changed, a sentence each.

    Args:
        script: what the clients did, until one was disappointed.
        unmet: the promise that was not kept.
        child: makes a fresh process.
        known: a cause is told already; then what changes nothing tells nothing.
    """
    who, deadline = unmet.who, time.monotonic() + SECONDS
    ends = unmet.kind == "nothing" and "end of the connection" in unmet.text
    if unmet.kind not in KINDS or not (unmet.due or ends) or not script.whole:
        return
    if who not in script.cast or not _can_be_played(script, behaviour.options):
        return
    for trial in TRIALS:
        acts = trial.change(script, who) if _fits(trial, behaviour.options) else None
        if acts is None or time.monotonic() > deadline:
            continue
        due = _due(script, unmet, alone=trial.change is scene.asked_first)
        options = behaviour.options
        if trial.roomy:
            others = tuple(m for m in options.mishaps if m.call != "send")
            options = replace(options, buffers=None, mishaps=others)
        patient = Server(submission, behaviour.task, options=options, child=child())
        with patient as server:
            server.patience = replace(server.patience, asleep=CALM)
            right = scene.play(server, acts, who, due, deadline, ends=ends)
        key = trial.came if right else "" if known else trial.stayed
        if right is not None and key:
            yield say(key, who=who)
        if right:
            return


def _can_be_played(script: Script, options: Options) -> bool:
    """Whether everybody in it comes by the door.

    Whom a server calls does not, and is no longer there, or not as it was.
    """
    if options.outward:
        return False
    came = {act.who for act in script.acts if act.does == "connect"}
    return set(script.cast) <= {*came, scene.CLOCK}


def _fits(trial: Trial, options: Options) -> bool:
    if options.driver and not trial.driven:
        return False
    cramped = options.buffers or any(m.call == "send" for m in options.mishaps)
    return bool(cramped) if trial.roomy else True


def _due(script: Script, unmet: Unmet, *, alone: bool) -> bytes:
    """All that a client must hear in a scene; `alone` is its last request."""
    if alone:
        return unmet.due
    heard = script.heard(unmet.who)
    if unmet.kind == "wrong":
        heard = heard.removesuffix(_noted(heard, unmet))
    return heard + unmet.due


def _noted(heard: bytes, unmet: Unmet) -> bytes:
    """How much of a wrong answer is in the script.

    A client asks for as many bytes as are due. What it takes beyond them, so that the
    answer can be shown whole, is no act of its own.
    """
    most = min(len(unmet.got), len(unmet.expected))
    sizes = range(most, -1, -1)
    return next(unmet.got[:n] for n in sizes if heard.endswith(unmet.got[:n]))
