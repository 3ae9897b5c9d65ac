"""A second question: the same scene with one thing changed, to a fresh server.

Where a server fails, it is started again, and a client says the same words alone, or in
one segment, or before the silent one comes. What comes of it is told as it is. It costs
no point, and never more than two seconds in all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from buckets.behaviour import Behaviour
from buckets.driving import scene
from buckets.driving.script import Act, Script
from buckets.driving.server import Server
from buckets.driving.spawn import Child
from buckets.driving.unmet import Unmet
from buckets.submission import Submission
from buckets.texts import say

SECONDS = 2.0
KINDS = ("nothing", "wrong", "busy", "eof")

Change = Callable[[Script, str], list[Act] | None]

CHANGES: tuple[tuple[Change, str, str], ...] = (
    (scene.alone, "tried.alone", "tried.alone_too"),
    (
        scene.silent_last,
        "tried.silent_last",
        "",
    ),
    (
        scene.in_one_piece,
        "tried.in_one_piece",
        "",
    ),
    (
        scene.line_by_line,
        "tried.line_by_line",
        "",
    ),
)


def experiments(
    behaviour: Behaviour,
    submission: Submission,
    script: Script,
    unmet: Unmet,
    child: Callable[[], Child],
) -> Iterator[str]:
    """What comes of the scene with one thing changed, a sentence each.

    Args:
        script: what the clients did, until one was disappointed.
        unmet: the promise that was not kept.
        child: makes a fresh process.
    """
    who, deadline = unmet.who, time.monotonic() + SECONDS
    due = script.heard(who) + unmet.due if unmet.kind != "wrong" else b""
    if unmet.kind == "wrong":
        heard = script.heard(who)
        due = heard.removesuffix(unmet.got) + unmet.due
    if unmet.kind not in KINDS or not unmet.due or not script.whole:
        return
    if behaviour.options.driver or who not in script.cast:
        return
    for change, came, stayed in CHANGES:
        acts = change(script, who)
        if acts is None or time.monotonic() > deadline:
            continue
        patient = Server(
            submission, behaviour.task, options=behaviour.options, child=child()
        )
        with patient as server:
            server.patience = replace(server.patience, deadline=1.0, asleep=QUIET)
            right = scene.play(server, acts, who, due, deadline)
        key = came if right else stayed
        if right is not None and key:
            yield say(key, who=who)
        if right:
            return


QUIET = 0.2
