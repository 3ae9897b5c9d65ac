"""Recorded runs of servers that a learner has not written, and beliefs to choose from.

A run is a file in recordings/: the story that its clients told, line by line, the trace
for its replay, and beliefs to choose from. With it come replies, one to each belief:
it fits, or a line of the run speaks against it. They are sealed by the belief itself,
so that nobody reads them by accident, nor by a search of all files; whoever tries all
beliefs in a program has gone out of their way. Of some runs only a grader has replies.

With some runs comes the code of their server, for whoever has found the fault: sealed
by the belief that fits, so there is nothing to mend before something is found.

tools/record_runs.py makes these files. Why so: docs/decisions/017 and 025.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from buckets import course

FOLDER = Path(__file__).with_name("recordings")
# Bytes of a reply before it is sealed: by their length all are the same.
SEALED = 320
_ROUNDS = 2000


@dataclass(frozen=True)
class Reply:
    """What is said to a belief.

    Args:
        fits: whether all lines of the run fit it.
        line: of the story, from 1: where the fault shows, if it fits; else the line
            that speaks against it.
        here: what stands in that line.
        there: what would stand there, if the belief were so.
    """

    fits: bool
    line: int
    here: str = ""
    there: str = ""


@dataclass(frozen=True)
class Case:
    """One recorded run.

    Args:
        name: of the run; no two in the course have the same.
        topic: whose servers it is about, such as 05_select.
        serves: the task of that topic whose contract the server should keep.
        lines: what its clients told, in the order in which it happened.
        choices: beliefs to choose from, and each in words.
        events: its trace, see docs/trace.md.
        replies: to each belief, sealed; none where only a grader has them.
        made_of: a digest of the client and the servers that it was made of.
        mends: the task in which its server is mended; "" where none does.
        code: of its server, sealed by the belief that fits.
    """

    name: str
    topic: str
    serves: str
    lines: list[str]
    choices: dict[str, str]
    events: list[dict[str, Any]] = field(repr=False)
    replies: dict[str, str] = field(repr=False)
    made_of: str = ""
    mends: str = ""
    code: str = field(default="", repr=False)

    def reply(self, belief: str) -> Reply:
        """What is said to one of the choices.

        Raises:
            LookupError: this copy of the course has no replies to this run.
        """
        sealed = self.replies.get(belief) or _withheld().get(self.name, {})[belief]
        return Reply(**json.loads(_sealing(self.name, belief, _decoded(sealed))))

    def server(self, line: int, belief: str) -> str:
        """The code of its server, for whoever has found the fault; "" for others."""
        reply = self.reply(belief) if self.code else Reply(False, 0)
        if not reply.fits or line != reply.line:
            return ""
        return _sealing(_code_of(self.name), belief, _decoded(self.code)).decode()


def seal(run: str, belief: str, reply: Reply) -> str:
    """A reply as it is kept.

    Raises:
        ValueError: it is too long to look like all others.
    """
    data = json.dumps(vars(reply)).encode().ljust(SEALED)
    if len(data) > SEALED:
        raise ValueError(f"the reply to {belief} has {len(data)} bytes")
    return base64.b64encode(_sealing(run, belief, data)).decode()


def seal_code(run: str, belief: str, code: str) -> str:
    """The code of a run's server as it is kept: it opens by the belief that fits."""
    return base64.b64encode(_sealing(_code_of(run), belief, code.encode())).decode()


def find(name: str) -> Case:
    """A run by its name.

    Raises:
        LookupError: there is none of this name.
    """
    known = _known()
    if name not in known:
        raise LookupError(name)
    return known[name]


def names() -> list[str]:
    """Of all runs, by topic."""
    return list(_known())


@cache
def _known() -> dict[str, Case]:
    paths = sorted(FOLDER.glob("*/*.json"))
    read = ((path, json.loads(path.read_text(encoding="utf-8"))) for path in paths)
    return {
        path.stem: Case(name=path.stem, topic=path.parent.name, **told)
        for path, told in read
    }


def withheld_file() -> Path:
    """Where a grader has the replies to runs of which nobody else has them."""
    return course.root() / "tests" / "hidden" / "replies.json"


def _withheld() -> dict[str, dict[str, str]]:
    path = withheld_file()
    found: dict[str, dict[str, str]] = {}
    if path.exists():
        found = json.loads(path.read_text(encoding="utf-8"))
    return found


def _decoded(sealed: str) -> bytes:
    return base64.b64decode(sealed)


def _code_of(run: str) -> str:
    """What a run's code is sealed by beside its belief: a key is used only once."""
    return f"{run}, its code"


def _sealing(run: str, belief: str, data: bytes) -> bytes:
    """Seal, or open again: both are the same."""
    name = belief.encode()
    key = hashlib.pbkdf2_hmac("sha256", name, run.encode(), _ROUNDS, len(data))
    return bytes(a ^ b for a, b in zip(data, key, strict=True))
