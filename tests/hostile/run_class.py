"""Grade a class of hostile submissions among honest neighbours, and judge the run.

    python tests/hostile/run_class.py FOLDER [TOPIC ...] [--mixed] [--nbgrader]
        [--user NAME] [--seconds N] [--attacks 27:43] [--no-files]
        [--share 1/3 [--seed N]] [--pages]

Takes minutes, so it is a command and no test. Each attack stands in for every task of a
topic; with --mixed each task of a submission has another one, so that all fit into a
third as many. None may gain a point over a server that lets everybody wait, reach a
file or a service of the host, or cost a neighbour a point, and the run goes to its end.
--share 1/3 deals the whole stock into three classes, each kind by itself, shuffled by a
seed that is printed, and hands in the first. --pages looks into feedback pages and the
report of the class, too.

FOLDER is made, and the class in it. Of one that a former call has made what is not yet
graded is graded: --seconds ends a run after so long (status 3), and the same command
goes on. --user grades as somebody else, who must be able to read the course and its
Python; only root can ask for it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import nbformat
import their_files
from their_attacks import ATTACKS, CELLS

REPO = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
TOPICS = ("03_fork", "04_threads", "05_select")
HONEST = ("honest-1", "m-honest-2", "z-honest-3")
NOTHING = "listener.accept(); time.sleep(600)"
CUT_OFF = 3

# Stands in each hidden test, and in nothing that anybody may be shown.
CANARY = "a word of the hidden tests, REACHED"
# What remember() says, once it has been told; its own line has no such end.
REMEMBERED = "what another run has heard: b'"
# The attacks' own: no page of ours has it.
LIVE = re.compile(r"<(script>|svg onload=|img src=x onerror=)alert\(1\)", re.I)
HELP = Path(__file__).with_name("their_tools.py").read_text()


# The class ----------------------------------------------------------------------------


def slug(name):
    """A folder's name; one with signs in it would be refused, and nothing tried."""
    return re.sub(r"\W+", "-", name)


def handed_in(does, cell=""):
    """A notebook with a cell that does this first, and tasks that do that."""
    bodies = [
        f"def {task}(listener, *_, **__):\n    {deed}\n    {NOTHING}\n"
        for task, deed in does.items()
    ]
    code = [part for part in (HELP, cell, *bodies) if part]
    cells = [nbformat.v4.new_code_cell(part) for part in code]
    return nbformat.v4.new_notebook(cells=cells)


def alone(tasks, attacks):
    """A notebook for each attack, which stands in all tasks."""
    for number, (name, deed) in attacks:
        yield f"a{number:03}-{slug(name)}", handed_in(dict.fromkeys(tasks, deed))


def mixed(tasks, servers, attacks):
    """A notebook for as many attacks as there are servers among the tasks."""
    for start in range(0, len(attacks), len(servers)):
        group = attacks[start : start + len(servers)]
        deeds = [deed for _, (_, deed) in group]
        does = dict.fromkeys(tasks, deeds[0]) | dict(zip(servers, deeds, strict=False))
        yield "a" + "-".join(f"{number:03}" for number, _ in group), handed_in(does)


def servers_of(topic):
    """The tasks that get a listener."""
    source = "\n".join(cell["source"] for cell in solution(topic).cells)
    return [task for task in topic.tasks if f"def {task}(listener" in source]


def solution(topic):
    return nbformat.read(topic.solution, as_version=4)


class Share:
    """One of so many hands into which each kind of the stock is dealt.

    Args:
        text: which hand of how many, such as "1/3".
        seed: what they are shuffled by.
    """

    def __init__(self, text: str, seed: int) -> None:
        self._number, self._of = map(int, text.split("/"))
        self._seed = seed

    def of(self, items):
        """Those of a kind that are in this hand, in the order that was drawn."""
        items = list(items)
        if self._of > 1:
            random.Random(self._seed).shuffle(items)
        return items[self._number - 1 :: self._of]


def books(topic, attacks, share, *, mix):
    """All hostile notebooks of a topic, by their student."""
    tasks = list(topic.tasks)
    yield "baseline", handed_in(dict.fromkeys(tasks, "pass"))
    attacks = share.of(attacks)
    yield from (
        mixed(tasks, servers_of(topic), attacks) if mix else alone(tasks, attacks)
    )
    for number, (name, deed) in share.of(enumerate(CELLS.items())):
        passive = dict.fromkeys(tasks, "pass")
        yield f"c{number:02}-{slug(name)}", handed_in(passive, deed)


def make(root, args, port):
    """A course with a class in it; the hostile and the honest by name."""
    from buckets import course

    for name in ("tests", "solutions", "lessons"):
        shutil.copytree(REPO / name, root / name)
    shutil.copy(REPO / "nbgrader_config.py", root)
    for path in root.glob("tests/hidden/*.py"):
        path.write_text(f"{path.read_text()}\n# {CANARY}\n")
    share = Share(args.share, args.seed)
    print(f"share {args.share}, seed {args.seed}")
    first, last = (int(word) if word else None for word in args.attacks.split(":"))
    attacks = [
        (
            number,
            (name, deed.replace("PORT", str(port)).replace("ROOT", repr(f"{root}"))),
        )
        for number, (name, deed) in list(enumerate(ATTACKS.items()))[first:last]
    ]
    for topic in map(course.Topic, args.topics):
        hand_in(root, topic, books(topic, attacks, share, mix=args.mixed))
        if not args.no_files:
            their_files.hand_in_files(root, topic.name, share.of)
            their_files.hand_in_crowds(root, topic.name, share.of)
        their_files.hand_in_beside(root, topic.name)


def hand_in(root, topic, hostile):
    """Notebooks into their places, and right ones before, among and behind them."""
    for student, book in hostile:
        place = place_of(root, student, topic)
        nbformat.write(book, place / f"{topic.name}.ipynb")
    for student in HONEST:
        shutil.copy(topic.solution, place_of(root, student, topic))


def place_of(root, student, topic):
    place = root / "grading" / "submitted" / student / topic.name
    place.mkdir(parents=True)
    return place


# The run ------------------------------------------------------------------------------


def grade(root, topic, args):
    """One run over what is not graded yet; its exit code, None if it was cut off."""
    somebody = {"user": args.user, "group": args.user, "extra_groups": []}
    words = {
        "cwd": root,
        "env": {**os.environ, "BUCKETS_COURSE": str(root), "HOME": str(root)},
        **(somebody if args.user else {}),
    }
    release = [BIN / "nbgrader", "generate_assignment", topic]
    subprocess.run(release, check=True, capture_output=True, **words)
    way = ["nbgrader", "autograde"] if args.nbgrader else ["buckets", "grade"]
    began = time.monotonic()
    with (root / f"{topic}.log").open("a") as log:
        run = subprocess.Popen(
            [BIN / way[0], way[1], topic], stdout=log, stderr=log, **words
        )
        code = ended(run, args.seconds)
    told = "cut off" if code is None else f"exit {code}"
    print(f"{topic}: {' '.join(way)}, {told}, {time.monotonic() - began:.0f} s")
    return code


def ended(run, seconds):
    """Wait so long, and then ask for an end as Ctrl-C does; None where that was."""
    with suppress(subprocess.TimeoutExpired):
        return run.wait(timeout=seconds)
    run.send_signal(signal.SIGINT)
    try:
        run.wait(timeout=30)
    except subprocess.TimeoutExpired:
        run.kill()
        run.wait()
    return None


@contextmanager
def service(root):
    """Something of the host's that answers; its port is the same in each call."""
    kept = root.with_name(f"{root.name}.port")
    port = int(kept.read_text()) if kept.exists() else 0
    with socket.create_server(("127.0.0.1", port)) as host:
        kept.write_text(str(host.getsockname()[1]))
        host.setblocking(False)
        yield host


# The judgement ------------------------------------------------------------------------


def judge(root, topic, *, whole):
    """Sentences on what went wrong; none is what is hoped for."""
    from buckets.classroom import harmless
    from buckets.classroom.gradebook import Books

    entries = Books(root, topic).entries()
    floor = entries["baseline"].tasks if "baseline" in entries else {}
    for student, entry in sorted(entries.items()):
        if not (whole or (root / "grading/autograded" / student / topic).exists()):
            # It was being graded when the run was cut off; the next run goes on.
            continue
        if "honest" in student and entry.score < entry.max_score:
            yield f"{topic}: {student} has {entry.score:g} of {entry.max_score:g}"
        if "honest" not in student and student != "baseline":
            yield from (
                f"{topic}: {student} has {points:g} for {task}"
                for task, points in entry.tasks.items()
                if (points or 0) > (floor.get(task) or 0)
            )
    handed = {path.parent.name for path in root.glob(f"grading/submitted/*/{topic}")}
    honest = [entry for student, entry in entries.items() if "honest" in student]
    full = sum(entry.score == entry.max_score for entry in honest)
    print(
        f"{topic}: {len(entries)} of {len(handed)} are in the gradebook; of the honest "
        f"{full} of {len(honest)} have full marks"
    )
    for student in sorted(handed - set(entries)) if whole else ():
        # A name that is refused has its row and its sentence, and no entry.
        if not harmless.bad_name(student):
            yield f"{topic}: {student!r} is in no gradebook"
    yield from live_pages(root, topic)


def live_pages(root, topic):
    """Pages for people in which a script of a learner's stands as one."""
    for path in root.glob(f"grading/autograded/*/{topic}/*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            pages = [one.get("data", {}) for one in cell.get("outputs", [])]
            shown = [cell.source] if cell.cell_type == "markdown" else []
            shown += ["".join(page.get("text/html", "")) for page in pages]
            if any(LIVE.search(text) for text in shown):
                yield f"{topic}: a script is live in {path.parent.parent.name}"
                break
        for word in (CANARY, REMEMBERED):
            if word in path.read_text():
                yield f"{topic}: {word!r} is in {path.parent.parent.name}"


def pages(root, topic):
    """What is wrong in the pages of a whole class: for each learner, and for all."""
    from buckets.classroom.gradebook import Books

    Books(root, topic).write_feedback()
    report = [BIN / "buckets", "report", topic]
    done = subprocess.run(report, cwd=root, capture_output=True, text=True)
    if done.returncode:
        yield f"{topic}: there is no report: {done.stderr[-300:]}"
    found = list(root.glob(f"grading/feedback/*/{topic}/*.html"))
    found += root.glob("grading/report/*.html")
    print(f"{topic}: {len(found)} pages are looked into")
    for path in found:
        text = path.read_text(errors="replace")
        if LIVE.search(text) or CANARY in text:
            yield f"{topic}: a script or hidden words are in {path}"


def reached(root, host):
    """Sentences on what of the host was reached."""
    with suppress(BlockingIOError):
        host.accept()
        yield "a service of the host was reached"
    if (root / "REACHED").exists():
        yield "a file of the course was written"
    for path in root.glob("*.log"):
        said = path.read_text(errors="replace")
        odd = sorted(
            {sign for sign in said if not (sign.isprintable() or sign in "\n\t")}
        )
        if odd:
            yield f"{path.name} speaks to the terminal: {odd!a}"
        # One that was cut off may say by what.
        if "Traceback" in said and "KeyboardInterrupt" not in said:
            yield f"a traceback is in {path.name}"


def asked():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("topics", nargs="*", default=TOPICS)
    parser.add_argument(
        "--mixed", action="store_true", help="another attack in each task"
    )
    parser.add_argument(
        "--nbgrader", action="store_true", help="with nbgrader autograde"
    )
    parser.add_argument("--user", help="grade as this user")
    parser.add_argument(
        "--seconds", type=float, help="end a topic's run after so long, to go on later"
    )
    parser.add_argument(
        "--attacks", default=":", metavar="FROM:TO", help="these alone, by number"
    )
    parser.add_argument(
        "--no-files", action="store_true", help="leave out what is no notebook"
    )
    parser.add_argument(
        "--share", default="1/1", metavar="K/M", help="one of M classes of all there is"
    )
    parser.add_argument(
        "--pages", action="store_true", help="write the class's pages, and look"
    )
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    return parser.parse_args()


def main():
    args = asked()
    # Of a shell that has put it into the background it would inherit none.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    root = args.folder.resolve()
    os.environ["BUCKETS_COURSE"] = str(root)
    root.parent.mkdir(parents=True, exist_ok=True)
    wrong, codes = [], []
    with service(root) as host:
        if not root.exists():
            make(root, args, host.getsockname()[1])
        if args.user:
            subprocess.run(["chown", "-R", "-h", f"{args.user}:", root], check=True)
        for topic in args.topics:
            codes.append(grade(root, topic, args))
            wrong += judge(root, topic, whole=codes[-1] is not None)
            if args.pages and codes[-1] is not None:
                wrong += pages(root, topic)
        wrong += reached(root, host)
    print(json.dumps(wrong, indent=1) if wrong else "nothing gained, reached or spoilt")
    return 1 if wrong else CUT_OFF if None in codes else 0


if __name__ == "__main__":
    sys.exit(main())
