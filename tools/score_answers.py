"""Score a folder of wrong and right answers, such as an instructor collects.

    python tools/score_answers.py FOLDER [TOPIC ...]
        [--json OUT] [--visible] [--show] [--jobs N] [--only NAME] [--again N]

An answer lies in FOLDER/TOPIC/wrong/NAME.py or FOLDER/TOPIC/right/NAME.py and defines
one task. It is run as if a learner had written it directly before the task's check
cell, in the solution of the topic. Its docstring:

    One sentence that says what it does.

    task: serve_many
    cause: what is wrong with it, in plain words
    accept: M05 M31

A right answer has the task alone. `accept` names the diagnoses that would be fair, in a
person's judgement, and is `-` where no misconception in the catalogue is the cause.

Of a wrong answer that loses points, a line says what the learner is told: fair (a
diagnosis of `accept`; where `-` is among them, also none), asked (a question in place
of a diagnosis), silent (neither) or false (another diagnosis). The others are a wrong
one that keeps full marks, a right one with full marks, a right one that loses some (a
false alarm), and one that could not be graded (broken).

With --again N each is scored N times, and whoever is not told the same, or given the
same points, each time is listed as one that varies. Run it beside other work: what a
race decides shows then.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from buckets import course
from buckets.diagnosis import catalogue
from buckets.driving import seed
from buckets.grading import answers
from buckets.grading.engine import grade
from buckets.report.text import render_text
from buckets.verdict import TestResult, Verdict

FAIR, ASKED, SILENT, FALSE = "fair", "asked", "silent", "false"
KEPT, FULL, ALARM, BROKEN = "keeps full marks", "full marks", "false alarm", "broken"
OF_WRONG = (FAIR, ASKED, SILENT, FALSE, KEPT)
OF_RIGHT = (FULL, ALARM)
NONE = "-"
TOLD = ("outcome", "points", "test", "diagnosis", "question")
"""What must be the same each time that an answer is scored."""


def outcome(kind: str, verdict: Verdict, accept: Iterable[str]) -> str:
    """In a word, what came of an answer.

    Args:
        kind: wrong or right: the folder in which it lies.
        verdict: what came of its tests.
        accept: the diagnoses that would be fair; `-` for none.
    """
    failure = verdict.first_failure
    if failure is None and not verdict.full:
        return BROKEN
    if kind == "right":
        return FULL if failure is None else ALARM
    return KEPT if failure is None else told(failure, set(accept))


def told(failure: TestResult, accept: set[str]) -> str:
    """Whether what a learner is told of a failure is fair."""
    if failure.diagnosis:
        return FAIR if failure.diagnosis in accept else FALSE
    if failure.question:
        return ASKED
    return FAIR if NONE in accept else SILENT


def scored(path: Path, *, hidden: bool = True) -> dict[str, Any]:
    """What came of one answer, as JSON takes it."""
    topic, kind = course.Topic(path.parent.parent.name), path.parent.name
    row = {"topic": topic.name, "kind": kind, "name": path.stem}
    began = time.monotonic()
    try:
        head = answers.header(path)
        row |= {key: head.get(key, "") for key in ("title", "task", "cause", "accept")}
        handed_in = answers.submission(topic, path)
        [verdict] = grade(topic, handed_in, task=head["task"], hidden=hidden)
    except Exception as error:  # whatever it is, the other answers are scored
        return {**row, "outcome": BROKEN, "note": f"{type(error).__name__}: {error}"}
    failure = verdict.first_failure
    return {
        **row,
        "outcome": outcome(kind, verdict, head.get("accept", "").split()),
        "points": verdict.points,
        "max_points": verdict.max_points,
        "note": verdict.note or "; ".join(test.message for test in verdict.errors),
        "test": failure.id if failure else "",
        "diagnosis": failure.diagnosis if failure else None,
        "question": failure.question if failure else "",
        "evidence": failure.evidence if failure else "",
        "seconds": round(time.monotonic() - began, 1),
        "report": render_text(verdict, hints=3),
    }


def files(folder: Path, topics: Iterable[str], only: str = "") -> list[Path]:
    """The answers in a folder, the wrong before the right, topic by topic."""
    chosen = set(topics)
    found = [*folder.glob("*/wrong/*.py"), *folder.glob("*/right/*.py")]
    found.sort(key=lambda path: (path.parts[-3], path.parts[-2] == "right", path.stem))
    return [
        path
        for path in found
        if (not chosen or path.parts[-3] in chosen) and only in path.stem
    ]


def line(row: dict[str, Any]) -> str:
    """One answer in a line."""
    name = f"{row['topic']}/{row['kind']}/{row['name']}"
    if row["outcome"] == BROKEN:
        return f"{BROKEN:16}  {name}  {row['note']}"
    points = f"{row['points']:g}/{row['max_points']:g}"
    said = [f"{row['outcome']:16}", name, points]
    if row["outcome"] in (FAIR, ASKED, SILENT, FALSE):
        found = catalogue.get(row["diagnosis"])
        named = f"{row['diagnosis']} {found.name}" if found else row["question"]
        said += [row["test"], named or "no diagnosis", f"cause: {row['cause']}"]
    elif row["outcome"] == ALARM:
        said.append(row["test"])
    elif row["outcome"] == KEPT:
        said.append(f"cause: {row['cause']}")
    return "  ".join(said)


def varies(rows: list[dict[str, Any]]) -> str:
    """What one answer was told and given, where that varied; else ""."""
    told = Counter(
        " ".join(str(row[key]) for key in TOLD if row.get(key)) for row in rows
    )
    if len(told) < 2:
        return ""
    return "; ".join(f"{times} times {words}" for words, times in told.most_common())


def shares(rows: list[dict[str, Any]]) -> Iterator[str]:
    """What the answers come to: each topic, and all."""
    for topic in dict.fromkeys(row["topic"] for row in rows):
        yield _share(topic, [row for row in rows if row["topic"] == topic])
    yield _share("in all", rows)


def _share(name: str, rows: list[dict[str, Any]]) -> str:
    count = Counter(row["outcome"] for row in rows)
    parts = []
    for kind, words in (("wrong", OF_WRONG), ("right", OF_RIGHT)):
        whole = sum(count[word] for word in words)
        if whole:
            each = (
                f"{word} {count[word]} ({count[word] / whole:.0%})" for word in words
            )
            parts.append(f"{whole} {kind}: {', '.join(each)}")
    if count[BROKEN]:
        parts.append(f"{count[BROKEN]} broken")
    return f"{name:18}  {'; '.join(parts)}"


def arguments(words: list[str] | None) -> argparse.Namespace:
    """The words of the command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help="default: all")
    parser.add_argument("--only", default="", metavar="NAME", help="part of a name")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="at a time")
    parser.add_argument("--json", type=Path, metavar="OUT", help="everything, as JSON")
    parser.add_argument("--visible", action="store_true", help="no hidden variants")
    parser.add_argument("--again", type=int, default=1, metavar="N", help="times each")
    parser.add_argument("--show", action="store_true", help="each failure's report")
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """0; 1 when one could not be graded, or varies; 2 when there is none."""
    args = arguments(words)
    os.environ.setdefault(seed.SEED, "2026")  # the same random tests each time
    paths, rows = files(args.folder, args.topics, args.only), []
    unsteady = []

    def score(path: Path) -> list[dict[str, Any]]:
        times = range(max(1, args.again))
        return [scored(path, hidden=not args.visible) for _ in times]

    with ThreadPoolExecutor(max(1, args.jobs)) as pool:
        for scores in pool.map(score, paths):
            row = scores[0]
            rows.append(row)
            print(line(row), flush=True)
            told = varies(scores)
            if told:
                unsteady.append(row)
                print(f"varies: {told}", flush=True)
            if args.show and row["outcome"] not in (FULL, KEPT, BROKEN):
                print(f"\n{row['report']}\n", flush=True)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    if not rows:
        print(f"{args.folder} holds no TOPIC/wrong/NAME.py or right", file=sys.stderr)
        return 2
    print("\n" + "\n".join(shares(rows)))
    if args.again > 1:
        print(f"{len(unsteady)} of {len(rows)} vary")
    return int(bool(unsteady) or any(row["outcome"] == BROKEN for row in rows))


if __name__ == "__main__":
    sys.exit(main())
