"""Records the runs of "find the fault", from servers of the course and their clients.

    python tools/record_runs.py            all of tests/faults
    python tools/record_runs.py 05         those of one topic
    python tools/record_runs.py --check    plays all of them again, and compares

A file in tests/faults names, for each run, the belief that its server's writer holds,
and others to choose from. Each belief has a server. All of them, and some that are
right, meet the same client. So nothing is known by hand: the fault shows in the first
line in which the story differs from those of right servers, and what speaks against a
belief is the first line in which it differs from the story of that belief's server.
"""

from __future__ import annotations

import hashlib
import json
import re
import runpy
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from buckets import cases, course, stock
from buckets.behaviour import driver_of
from buckets.cases import Reply
from buckets.conditions import Mishap, Options
from buckets.driving.server import Server
from buckets.driving.story import Story
from buckets.driving.topics.break_it import Meeting, meet
from buckets.stock import Stocked

FAULTS = course.root() / "tests" / "faults"
CALLS = {"accept", "recv", "send", "close", "fork", "shut"}
# Notes of which chance decides whether a run has one: whether a call had to wait, how
# far somebody had come when the clients' story was told.
BY_CHANCE = {"try", "fail", "woke", "stood", "done", "end", "sum", "levels"}
# What would show which code it was: a replay needs none of it.
SECRET = {"at", "trail", "where", "python", "text", "main"}


@dataclass
class Played:
    """One server, after it has met the client of a run."""

    lines: list[str]
    events: list[dict[str, Any]]


class Bench:
    """The runs of one topic, and the servers that may meet their clients.

    Args:
        path: a file in tests/faults.
    """

    def __init__(self, path: Path):
        self.path = path
        self.topic = path.stem
        told = runpy.run_path(str(path))
        self.beliefs: dict[str, tuple[str, str]] = told["BELIEFS"]
        self.runs: dict[str, tuple[str, str]] = told["RUNS"]
        self.withheld: set[str] = told["WITHHELD"]
        self.right: tuple[str, ...] = told["RIGHT"]
        self.serves: str = told.get("SERVES", "")
        self.stage = driver_of(told.get("STAGE"))
        self.words: dict[str, str] = told.get("WORDS", {})
        # Whose bytes are different each time, such as the port of an upstream.
        self.unseen: set[str] = told.get("UNSEEN", set())
        self.mishaps: dict[str, tuple[Mishap, ...]] = told.get("MISHAPS", {})
        # The task in which the server of a run is mended.
        self.mends: dict[str, str] = told.get("MENDS", {})

    def play(self, run: str, server: str) -> Played:
        """Let a server meet the client of a run."""
        number = self.topic[:2]
        options = Options(
            servers=(server,),
            stock=number,
            driver=driver_of(meet),
            stage=self.stage,
            serves=self.serves,
        )
        text = self.path.read_text(encoding="utf-8")
        client = Stocked(name=run, task=run, text=text)
        with Server(client, run, options=options) as meets:
            known = stock.find(number, server, self.serves)
            meeting = Meeting(meets, known, self.mishaps.get(run, ()))
            with meeting.stranger:
                meeting._found()
                until = meets.story.events[-1]["t"]
            trace = meeting.stranger.trace()
            lines = [*map(self._in_words, told_by(meets.story))]
            events = [e for e in trace.events if e["t"] <= until]
            return Played(lines, [*map(self._as_seen, events)])

    def shown(self, run: str) -> Played:
        """The run that a learner sees."""
        return self.play(run, self.beliefs[self.runs[run][0]][0])

    def case(self, run: str) -> tuple[dict[str, Any], dict[str, str]]:
        """All that is kept of a run, and the replies to its beliefs, sealed."""
        shown, right = self.shown(run), self.play(run, self.right[0])
        own, others = self.runs[run]
        choices = sorted([own, *others.split()])
        replies = {own: _fits(shown, right)}
        for belief in others.split():
            there = self.play(run, self.beliefs[belief][0])
            replies[belief] = _against(shown, there)
        document = {
            "serves": self.serves or stock.find(self.topic[:2], self.right[0]).task,
            "lines": shown.lines,
            "choices": {name: self.beliefs[name][1] for name in choices},
            "events": [*tidied(shown.events)],
            "made_of": self.digest(run),
        }
        if run in self.mends:
            document["mends"] = self.mends[run]
            document["code"] = cases.seal_code(run, own, self.code(run))
        sealed = {name: cases.seal(run, name, replies[name]) for name in choices}
        return document, sealed

    def code(self, run: str) -> str:
        """The code of a run's server, under the name of the task that mends it.

        Without what the file says of it, which is what a learner is to find.
        """
        path = self._file(self.beliefs[self.runs[run][0]][0])
        text = path.read_text(encoding="utf-8")
        _, _, body = text.partition('\n"""\n')
        serves = stock.find(self.topic[:2], path.stem).task
        return re.sub(rf"\b{serves}\b", self.mends[run], body.strip()) + "\n"

    def _file(self, server: str) -> Path:
        found = (course.root() / "tests").glob(f"*s/{self.topic}/{server}.py")
        return next(found)

    def digest(self, run: str) -> str:
        """Of the texts that a run is made of: after a change it is to be made anew."""
        own, others = self.runs[run]
        beliefs = [own, *others.split()]
        names = [*self.right, *(self.beliefs[name][0] for name in beliefs)]
        whole = "".join(self._file(name).read_text(encoding="utf-8") for name in names)
        client = self.path.read_text(encoding="utf-8").split(f"\ndef {run}(")[1]
        whole += client.split("\ndef ")[0] + repr((self.runs[run], self.words))
        whole += repr(self.mishaps[run]) if run in self.mishaps else ""
        whole += self.mends.get(run, "")
        return hashlib.sha256(whole.encode()).hexdigest()[:16]

    def differing(self, run: str) -> list[str]:
        """What is otherwise when a run is played again; nothing, if all is well."""
        case = cases.find(run)
        shown, right = self.shown(run), self.play(run, self.right[-1])
        fits = [reply for each in case.choices if (reply := case.reply(each)).fits]
        found = {
            "its story": shown.lines == case.lines,
            "its calls": steps(shown.events) == steps(case.events),
            "its kinds of notes": kinds(shown.events) == kinds(case.events),
            "its fault": [reply.line for reply in fits]
            == [differs(shown.lines, right.lines)],
        }
        return [what for what, same in found.items() if not same]

    def _as_seen(self, event: dict[str, Any]) -> dict[str, Any]:
        if event.get("who") not in self.unseen:
            return event
        return {key: each for key, each in event.items() if key not in ("data", "n")}

    def _in_words(self, line: str) -> str:
        for pattern, words in self.words.items():
            line = re.sub(pattern, words, line)
        return line


def told_by(story: Story) -> list[str]:
    """All steps of a story, aligned; a report would leave some of a long one out."""
    width = max((len(step.who) for step in story.steps), default=0)
    return [f"{step.who:<{width}}  {step.text}" for step in story.steps]


def differs(one: list[str], other: list[str]) -> int:
    """The number of the first line in which two stories differ, from 1; 0 for none."""
    pairs = zip(one, other, strict=False)
    for number, (left, right) in enumerate(pairs, 1):
        if left != right:
            return number
    return 0 if len(one) == len(other) else min(len(one), len(other)) + 1


def steps(events: list[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
    """What clients and server did, as far as no clock and no chance is in it."""
    told = [e for e in events if "who" in e]
    calls = [e for e in events if e["e"] in CALLS and "who" not in e]
    return (
        [(e["e"], e["who"], e.get("data")) for e in told],
        sorted((e["e"], str(e.get("n")), e.get("data", "")) for e in calls),
    )


def kinds(events: list[dict[str, Any]]) -> set[str]:
    """What the recorder notes of a server, as far as no chance is in it.

    A recorder that has learned to note more shows more in its replays.
    """
    return {e["e"] for e in events if "who" not in e} - BY_CHANCE


def _fits(shown: Played, right: Played) -> Reply:
    return Reply(True, differs(shown.lines, right.lines))


def _against(shown: Played, there: Played) -> Reply:
    line = differs(shown.lines, there.lines)
    here, instead = shown.lines[line - 1], there.lines[line - 1]
    return Reply(False, line, *(" ".join(text.split()) for text in (here, instead)))


def tidied(events: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Events without what chance and the code have put there.

    Times begin at 0, and processes and threads are counted from 1.
    """
    begin, numbers = events[0]["t"], dict[int, int]()
    for event in events:
        if event["e"] == "oops":
            continue
        told = {key: each for key, each in event.items() if key not in SECRET}
        told["t"] = event["t"] - begin
        for key in {"p", "th", "child", "parent", "id"} & told.keys():
            told[key] = numbers.setdefault(told[key], len(numbers) + 1)
        yield told


def benches(wanted: str = "") -> list[Bench]:
    """Of all topics, or of those whose names begin so."""
    return [Bench(path) for path in sorted(FAULTS.glob(f"{wanted}*_*.py"))]


def main(wanted: list[str]) -> int:
    """Write the recordings anew, or compare; exit status 1 when some are otherwise."""
    if wanted == ["--check"]:
        return _check()
    path = cases.withheld_file()
    withheld = json.loads(path.read_text()) if path.exists() else {}
    for bench in (each for name in wanted or [""] for each in benches(name)):
        folder = cases.FOLDER / bench.topic
        folder.mkdir(parents=True, exist_ok=True)
        for run in bench.runs:
            document, replies = bench.case(run)
            document["replies"] = {} if run in bench.withheld else replies
            if run in bench.withheld:
                withheld[run] = replies
            _write(folder / f"{run}.json", document)
            print(bench.topic, run)
    _write(path, withheld)
    return 0


def _check() -> int:
    status = 0
    for bench in benches():
        for run in bench.runs:
            found = bench.differing(run)
            status |= bool(found)
            print(bench.topic, run, ", ".join(found) or "as recorded")
    return status


def _write(path: Path, document: dict[str, Any]) -> None:
    """JSON with a line for each event: a change of one is seen as such."""
    text = json.dumps(document, indent=1, sort_keys=True)
    text = re.sub(
        r"\n {2}\{\n(.*?)\n {2}\}",
        lambda found: "\n  {" + re.sub(r"\n\s*", " ", found[1]).strip() + "}",
        text,
        flags=re.DOTALL,
    )
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
