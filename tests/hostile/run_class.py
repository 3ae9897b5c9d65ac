"""Grade a class of hostile submissions among honest neighbours, and judge the run.

    python tests/hostile/run_class.py FOLDER [TOPIC ...] [--nbgrader]

Takes minutes, so it is a command and no test. Each attack stands in for every task of a
topic. It must gain nothing over a server that lets everybody wait, reach no file and no
service of the host, and cost the neighbours no point. FOLDER is made, and must be new.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat

REPO = Path(__file__).resolve().parents[2]
TOPICS = ("03_fork", "04_threads", "05_select")
NOTHING = "listener.accept(); time.sleep(600)"

HELP = """
import ctypes, gc, json, os, signal, socket, subprocess, sys, threading, time

def tell(data):
    for fd in range(3, 1100):
        try:
            socket.socket(fileno=os.dup(fd)).getpeername()
            os.write(fd, data)
        except OSError:
            pass

def undo(sock, port):
    ctypes.CDLL(None).connect(sock.fileno(), bytes(16), 16)
    sock.settimeout(1)
    sock.connect(("127.0.0.1", port))
    sock.sendall(b"REACHED\\n")

def write(path):
    with open(path, "w") as file:
        file.write("REACHED")
"""

# What each does once its server is called; then it lets everybody wait.
ATTACKS = {
    "says it has returned": 'tell(b\'{"end": "returned"}\\n\')',
    "says it has raised": 'tell(b\'{"end": "raised", "kind": "Full"}\\n\')',
    "says it is ready again": 'tell(b\'{"ready": true, "points": 9}\\n\' * 99)',
    "a deep document": 'tell(b"[" * 200000 + b"\\n")',
    "half a surrogate": 'tell(b\'{"end": "\\\\ud800"}\\n\')',
    "a name that is no text": "ctypes.CDLL(None).prctl(15, b'\\xff)( ', 0, 0, 0)",
    "kills itself": "os.kill(os.getpid(), 9)",
    "leaves at once": "os._exit(0)",
    "stops itself": "os.kill(os.getpid(), signal.SIGSTOP)",
    "undoes its listener": "undo(listener, PORT)",
    "undoes a connection": "undo(listener.accept()[0], PORT)",
    "listens elsewhere": (
        "ctypes.CDLL(None).connect(listener.fileno(), bytes(16), 16); "
        "listener.bind(('0.0.0.0', 0)); listener.listen()"
    ),
    "writes to the course": "write(ROOT + '/REACHED')",
    "reads the hidden tests": "print(open(ROOT + '/tests/hidden/x').read())",
    "signals everybody": "os.kill(-1, signal.SIGTERM)",
    "signals its keeper": "os.kill(os.getppid(), signal.SIGKILL)",
    "makes a namespace": "ctypes.CDLL(None).unshare(0x10000000)",
    "mounts": "ctypes.CDLL(None).mount(b't', b'/tmp', b'tmpfs', 0, None)",
    "forks without end": "exec('while True: os.fork()')",
    "takes all memory": "hold = [bytearray(1 << 26) for _ in range(99)]",
    "fills its disk": "open('/tmp/full', 'wb').write(bytes(1 << 28))",
    "prints without end": "exec('while True: print(\"x\" * 99999)')",
    "closes everything": "os.closerange(0, 1100)",
    "a helper that left": (
        "os.fork() or (os.setsid(), os.fork() or time.sleep(600), os._exit(0))"
    ),
    "threads without end": (
        "exec('while True: threading.Thread(target=time.sleep, args=(99,)).start()')"
    ),
    "raises what is no exception": "raise BaseException('points, please')",
    "an answer of its own to all": "listener.accept()[0].sendall(b'OK' * 999)",
}
# What a cell does before anything is defined.
CELLS = {
    "an empty label": 'tell(b\'{"cell": ""}\\n\'); os._exit(0)',
    "forged parcels": 'tell(b\'{"packed": "serve_many", "parcel": "*"}\\n\')',
    "done already": "tell(b'{\"done\": true}\\n')",
    "endless lines": (
        'exec(\'while True:\\n try:\\n  tell(b"{}\\\\n"); time.sleep(1)\\n'
        " except BaseException: pass')"
    ),
}


def handed_in(tasks, cell, does):
    """A notebook in which every task of a topic does this."""
    body = f"(listener, *_, **__):\n    {does}\n    {NOTHING}\n"
    code = [HELP, cell, *(f"def {task}{body}" for task in tasks)]
    cells = [nbformat.v4.new_code_cell(part) for part in code if part]
    return nbformat.v4.new_notebook(cells=cells)


def make(root, topics, port):
    """A course with a class in it; the hostile and the honest by name."""
    for name in ("tests", "solutions", "lessons"):
        shutil.copytree(REPO / name, root / name)
    shutil.copy(REPO / "nbgrader_config.py", root)
    for topic in topics:
        hand_in(root, topic, port)


def hand_in(root, topic, port):
    from buckets import course

    tasks = list(course.Topic(topic).tasks)
    books = {"baseline": handed_in(tasks, "", "pass")}
    for number, (name, does) in enumerate(ATTACKS.items()):
        does = does.replace("PORT", str(port)).replace("ROOT", repr(str(root)))
        books[f"a{number:02}-{name.replace(' ', '-')}"] = handed_in(tasks, "", does)
    for number, (name, does) in enumerate(CELLS.items()):
        books[f"c{number:02}-{name.replace(' ', '-')}"] = handed_in(tasks, does, "pass")
    solution = root / "solutions" / topic / f"{topic}.ipynb"
    for student, book in books.items():
        place = root / "grading" / "submitted" / student / topic
        place.mkdir(parents=True)
        nbformat.write(book, place / f"{topic}.ipynb")
    for student in ("honest-1", "m-honest-2", "z-honest-3"):
        place = root / "grading" / "submitted" / student / topic
        place.mkdir(parents=True)
        shutil.copy(solution, place)


def judge(root, topic):
    """Sentences on what went wrong; none is what is hoped for."""
    from buckets.classroom.gradebook import Books

    entries = Books(root, topic).entries()
    floor = entries["baseline"].score
    for student, entry in sorted(entries.items()):
        if "honest" in student and entry.score < entry.max_score:
            yield f"{topic}: {student} has {entry.score:g} of {entry.max_score:g}"
        if "honest" not in student and entry.score > floor:
            yield f"{topic}: {student} has {entry.score:g}, and the floor is {floor:g}"
    handed = {path.parent.name for path in root.glob(f"grading/submitted/*/{topic}")}
    for student in sorted(handed - set(entries)):
        yield f"{topic}: {student} is in no gradebook"


def grade(root, topic, by_nbgrader):
    """One run over the whole class of a topic, and how long it took."""
    folder = Path(sys.executable).parent
    words = [folder / "nbgrader", "generate_assignment", topic]
    subprocess.run(words, cwd=root, check=True, capture_output=True)
    words = ["nbgrader", "autograde"] if by_nbgrader else ["buckets", "grade"]
    began = time.monotonic()
    done = subprocess.run([folder / words[0], words[1], topic], cwd=root)
    print(f"{topic}: exit {done.returncode}, {time.monotonic() - began:.0f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("topics", nargs="*", default=TOPICS)
    parser.add_argument(
        "--nbgrader", action="store_true", help="with nbgrader autograde"
    )
    args = parser.parse_args()
    root = args.folder.resolve()
    os.environ["BUCKETS_COURSE"] = str(root)
    with socket.create_server(("127.0.0.1", 0)) as host:
        make(root, args.topics, host.getsockname()[1])
        wrong = []
        for topic in args.topics:
            grade(root, topic, args.nbgrader)
            wrong += judge(root, topic)
        host.setblocking(False)
        try:
            host.accept()
            wrong.append("a service of the host was reached")
        except BlockingIOError:
            pass
    if (root / "REACHED").exists():
        wrong.append("a file of the course was written")
    print(json.dumps(wrong, indent=1) if wrong else "nothing gained, reached or spoilt")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
