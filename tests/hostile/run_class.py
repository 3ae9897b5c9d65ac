"""Grade a class of hostile submissions among honest neighbours, and judge the run.

    python tests/hostile/run_class.py FOLDER [TOPIC ...] [--nbgrader] [--attacks 27:43]

Takes minutes, so it is a command and no test. Each attack stands in for every task of a
topic. It must gain nothing over a server that lets everybody wait, reach no file and no
service of the host, and cost the neighbours no point. FOLDER is made, and must be new.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import nbformat

REPO = Path(__file__).resolve().parents[2]
TOPICS = ("03_fork", "04_threads", "05_select")
NOTHING = "listener.accept(); time.sleep(600)"

HELP = Path(__file__).with_name("their_tools.py").read_text()

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
    "looks into its keeper": "read_all(f'/proc/{p}/{f}' for p in others() for f in "
    "('mem', 'environ', 'maps', 'stack', 'cmdline', 'fd/0'))",
    "takes its keeper's descriptors": "grab(PORT)",
    "passes descriptors on": "pass_on()",
    "covers its descriptors": "cover()",
    "writes into all of them": 'everything(b\'{"end": "returned"}\\n\')',
    "forges its own recording": (
        'everything(b\'{"t": 1, "e": "accept", "p": 1, "fd": 3, \''
        " b'\"new\": 4}\\n' * 99999)"
    ),
    "cuts its own recording": "[os.ftruncate(fd, 1 << 40) for fd in (3, 4, 5, 6)]",
    "traces somebody": "[libc.ptrace(16, int(p), 0, 0) for p in others()]",
    "asks for a ring": "[libc.syscall(n, 8, bytes(512)) for n in (425, 426, 427)]",
    "is another program": (
        "os.execv('/proc/self/exe', ['python', '-c', 'import time; time.sleep(9)'])"
    ),
    "is a program without a file": (
        "made = libc.syscall(319, b'm', 0); os.write(made, b'#!/bin/sh\\n'); "
        "os.execv(f'/proc/self/fd/{made}', ['x'])"
    ),
    "knocks at other families": "knock((1, 10, 15, 16, 17, 31, 38, 40, 44), PORT)",
    "asks for keys": "[libc.syscall(250, n, -3, 0, 0, 0) for n in range(30)]",
    "keeps memory that is nobody's": "hold = keep_memory()",
    "leaves semaphores behind": (
        "[libc.syscall(64, n, 9, 0o1666) for n in range(999)]; "
        "write('/dev/shm/REACHED')"
    ),
    "watches files": (
        "made = libc.inotify_init(); "
        "[libc.inotify_add_watch(made, p.encode(), 4095) for p in sys.path]"
    ),
    "leaves daemons": "leave_daemons()",
    "hides": "hide('import time; time.sleep(600)')",
    "stops its keeper": "[os.kill(int(p), 19) for p in others() if int(p) != 99]",
    "patches what is ours": "patch()",
    "looks for words": "print(words()); sys.settrace(lambda *_: None)",
    "looks at its callers": (
        "print([sys._getframe(n).f_locals for n in range(3)]); raise SystemExit(0)"
    ),
    "says so at its end": (
        'atexit.register(tell, b\'{"end": "returned"}\\n\'); sys.exit(0)'
    ),
    "drops what comes": "filter_out(listener); filter_out(listener.accept()[0])",
    "resets everybody": (
        "exec('while True:\\n c = listener.accept()[0]\\n '"
        "'c.setsockopt(1, 13, struct.pack(\"ii\", 1, 0)); c.close()')"
    ),
    "answers without end": (
        "exec('while True: listener.accept()[0].sendall(bytes(1 << 26))')"
    ),
    "calls without end": ("exec('while True: listener.accept()[0].sendall(b\"x\")')"),
    "raises what nobody can show": "raise type('\\ud800\\n', (Evil, Exception), {})('')"
    " if 0 else RuntimeError(Evil())",
    "goes too deep": "f = lambda: f(); sys.setrecursionlimit(10**9); f()",
    "falls over": "ctypes.string_at(0)",
    "takes all descriptors": "hold = [os.open('/dev/null', 0) for _ in range(9999)]",
    "makes many files": (
        'exec(\'for n in range(99999): open(f"/tmp/{n}", "w").close()\')'
    ),
    "is rude": "os.nice(-20); os.sched_setscheduler(0, 1, os.sched_param(99))",
    "sleeps without a signal": (
        "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65)); time.sleep(600)"
    ),
    "asks with no address": (
        "exec('while True: libc.syscall(23, 0, 0, 0, 0, ctypes.c_ulong(2**64 - 1))')"
    ),
    "has no first thread": "leave_by_the_first(lambda: time.sleep(600))",
    "takes memory unseen": "leave_by_the_first(take_memory)",
    "burns in threads": "burn(threads=300)",
    "burns in processes": "burn(processes=39)",
    "takes all ports": "take_ports(listener)",
    "fills the wires": "fill_the_wires()",
    "raises markup": "raise_markup()",
    "writes markup into files": "write_into_files()",
    "asks the kernel for all": "ask_the_kernel()",
    "queues messages": "queue_messages()",
    "opens terminals": "open_terminals()",
    "speaks all protocols": "speak_to_the_kernel()",
    "takes everything away": "take_everything_away()",
    "never ends": "never_end(); raise SystemExit(0)",
    "orders signals": "own_signals()",
    "locks files": "lock_files()",
    "writes into its keeper": "write_its_keeper()",
    "names sockets": "name_sockets()",
    "forks slowly": "fork_slowly()",
    "stops and goes": "stop_and_go()",
    "a line without end": (
        "exec('chunk = b\"x\" * (1 << 20)\\nwhile True: tell(chunk)')"
    ),
    "compiles without end": "compile('a;' * 3_000_000, 'x', 'exec')",
    "moves the clock": "move_the_clock()",
    "reaches into others": "reach_into_others()",
    "shifts what is shared": "shift_what_is_shared()",
    "speaks out of turn": "speak_out_of_turn()",
    "sets all options": (
        "set_all_options(listener); set_all_options(listener.accept()[0])"
    ),
    "answers slowly": "answer_slowly(listener)",
    "crowds the table": "crowd_the_table(listener)",
    "uses the recorder": "use_the_recorder()",
    "lies to the trace": "lie_to_the_trace()",
    "waits for a child": "wait_for_a_child()",
    "queues signals": "queue_signals()",
    "watches by epoll": "hold = watch_by_epoll()",
    "fills pipes": "fill_pipes()",
    "writes without end": "write_without_end()",
    "filters itself": "filter_itself()",
    "locks imports": "lock_imports()",
    "other programs": "other_programs()",
    "climbs": "climb(PORT)",
    "is a reaper": "be_a_reaper()",
    "returns somebody else": "listener.detach(); raise StopIteration(listener)",
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
    "is two from here on": "os.fork()",
    "is another program now": (
        "os.execv('/proc/self/exe', ['python', '-c', 'import time; time.sleep(600)'])"
    ),
    "stops in a cell": "os.kill(os.getpid(), signal.SIGSTOP)",
    "has no names": "globals().clear(); __builtins__ = {}",
    "a thing that is never packed": (
        "time = type('T', (), {'sleep': print, "
        "'__reduce_ex__': lambda *_: threading.Event().wait(600)})()"
    ),
    "gigabytes beside a task": (
        "time = type('T', (), {'sleep': print})(); time.kept = bytes(1 << 29)"
    ),
}


def slug(name):
    """A folder's name; one with signs in it would be refused, and nothing tried."""
    return re.sub(r"\W+", "-", name)


def handed_in(tasks, cell, does):
    """A notebook in which every task of a topic does this."""
    body = f"(listener, *_, **__):\n    {does}\n    {NOTHING}\n"
    code = [HELP, cell, *(f"def {task}{body}" for task in tasks)]
    cells = [nbformat.v4.new_code_cell(part) for part in code if part]
    return nbformat.v4.new_notebook(cells=cells)


def make(root, topics, port, part, files_too):
    """A course with a class in it; the hostile and the honest by name."""
    for name in ("tests", "solutions", "lessons"):
        shutil.copytree(REPO / name, root / name)
    shutil.copy(REPO / "nbgrader_config.py", root)
    for topic in topics:
        hand_in(root, topic, port, part, files_too)


# Files that are handed in in the place of a notebook, or that stand in one.
def cells_of(*sources, kind="markdown"):
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {"cell_type": kind, "source": source, "metadata": {}} for source in sources
        ],
    }


def cells_that_grade_themselves():
    """Cells that claim to be the release's, with more points than there are."""
    made = cells_of("hire = 1", "check(hire)", "### points", kind="code")
    for name, cell in zip(
        ("hire", "check_hire", "check_hire"), made["cells"], strict=True
    ):
        cell["id"] = name
        cell["metadata"]["nbgrader"] = {
            "grade": True,
            "grade_id": name,
            "points": 1e9,
            "solution": True,
            "locked": False,
            "task": False,
            "schema_version": 99,
            "cell_type": "markdown",
            "checksum": "0" * 32,
        }
        score = {"application/json": {"score": 1e9}, "text/plain": "1e9"}
        cell["outputs"] = [
            {
                "output_type": "execute_result",
                "data": score,
                "metadata": {"nbgrader": {"score": 1e9}},
                "execution_count": 1,
            }
        ]
    return made


def outputs_that_climb():
    """Files that an exporter would write, under names that lead up."""
    made = cells_of("print(1)", "![a](attachment:../../../REACHED)", kind="code")
    picture, up = {"image/png": "aGVsbG8h"}, "../../../../REACHED"
    made["cells"][0]["outputs"] = [
        {
            "output_type": "display_data",
            "data": picture,
            "metadata": {"filenames": {"image/png": up}, "image/png": {"name": up}},
        }
    ]
    made["cells"][1]["cell_type"] = "markdown"
    made["cells"][1]["attachments"] = {up: picture}
    return made


def files():
    """Name and content of each; bytes, or a notebook's document."""
    deep = b'{"a":' * 500_000
    picture = {"image/png": "aGVsbG8h" * 4_000_000}
    attached = cells_of("![a](attachment:a)")
    attached["cells"][0]["attachments"] = {"a": picture}
    twice = json.dumps(cells_of("x = 1", kind="code"))[:-1] + ', "cells": []}'
    return {
        "nothing at all": b"",
        "a million cells": b'{"cells": [' + b"{}," * 1_000_000 + b"{}]}",
        "a million lists": b'{"cells": [[' + b"[]," * 4_000_000 + b"[]]]}",
        "no end": deep,
        "keys twice": twice.encode(),
        "no number": b'{"cells": [], "metadata": {"a": NaN, "b": -Infinity}}',
        "a long number": b'{"cells": [], "nbformat": ' + b"9" * 99_999 + b"}",
        "a zip": b"PK\x03\x04" + bytes(1 << 20),
        "zeros": bytes(1 << 24),
        "half a surrogate": b'{"cells": [{"cell_type": "code", "source": "\\ud800"}]}',
        "a huge picture": attached,
        "deep brackets": cells_of("[" * 150_000, ">" * 50_000),
        "deep code": cells_of("x = " + "(" * 9999, "-" * 99_999 + "1", kind="code"),
        "one long line": cells_of("x = '" + "a" * 5_000_000 + "'", kind="code"),
        "names that are no names": cells_of("def \u202efork(): pass", kind="code"),
        "many statements": cells_of("check\n" + "a;" * 2_000_000, kind="code"),
        "a long list": cells_of("check = [" + "a," * 2_000_000 + "]", kind="code"),
        "many rows": cells_of("a|b\n-|-\n" + "a|b\n" * 1_000_000),
        "many brackets of all kinds": cells_of(
            *(
                "*_" * 99_999,
                "`" * 99 + "a``" * 50_000,
                "$$a\n" * 50_000,
                "<a " * 70_000,
            )
        ),
        "checks that are none": {
            **cells_of("x = 1", kind="code"),
            "metadata": {"buckets": {"checks": {"<script>": [], "hire": {"a": "=1"}}}},
        },
        "cells that grade themselves": cells_that_grade_themselves(),
        "look-alikes": cells_of(
            "def h\u0456re(listener): pass",
            "def \uff48\uff49\uff52\uff45(x): pass",
            "class hire(object): points = max_points = 99",
            kind="code",
        ),
        "metadata for a page": {
            **cells_of("# x", "<b>x</b>"),
            "metadata": {
                "title": "</title><script>alert(1)</script>{{ 7 * 7 }}",
                "authors": [{"name": "<script>"}],
                "kernelspec": {"name": "../../sh", "display_name": "<script>"},
                "language_info": {"name": "bash", "pygments_lexer": "../x"},
                "widgets": {
                    "application/vnd.jupyter.widget-state+json": {
                        "state": {"</script><script>alert(1)": {}}
                    }
                },
            },
        },
        "outputs that climb": outputs_that_climb(),
        "cells that are none": {**cells_of(), "cells": [1, None, [], "x", {"id": {}}]},
    }


def hand_in_files(root, topic):
    """Folders and files of which hardly one is a notebook; who they are from."""
    submitted = root / "grading" / "submitted"
    for number, (name, content) in enumerate(files().items()):
        place = submitted / f"f{number:02}-{name.replace(' ', '-')}" / topic
        place.mkdir(parents=True)
        whole = content if isinstance(content, bytes) else json.dumps(content).encode()
        (place / f"{topic}.ipynb").write_bytes(whole)
    for name in ("a folder", "a socket", "a pipe", "a link", "a device"):
        place = submitted / f"g-{name.replace(' ', '-')}" / topic
        place.mkdir(parents=True)
        put(name, place / f"{topic}.ipynb")
    for name in NAMES:
        place = submitted / name / topic
        place.mkdir(parents=True)
        (place / f"{topic}.ipynb").write_bytes(b"{}")
        (place / "[a](javascript:alert(1)).ipynb").write_text(json.dumps(cells_of("a")))


# Of a student's folder.
NAMES = (
    *(
        "\u202egnp",
        "a\nb",
        "..b",
        "c%00d",
        "a:b;c|d",
        "e$(id)",
        "x\\y",
        "%s%n",
        "~root",
    ),
    *("`id`", "\uff1d1+1", "i ", "e\u0301", "\u00e9", "a=b", "a,b", "n" * 200, "None"),
)
# Python's own names, and those of programs: whoever imports one runs it.
BESIDE = (
    *("sitecustomize.py", "usercustomize.py", "conftest.py", "json.py", "select.py"),
    *(
        "socket.py",
        "buckets.py",
        "pytest.py",
        "nbformat.py",
        "traitlets.py",
        "IPython.py",
    ),
    *("nbgrader_config.py", "jupyter_config.py", "jupyter_nbconvert_config.py"),
)


def hand_in_beside(root, topic):
    """A right answer, with files beside it that reach out, and a time that is none."""
    place = root / "grading" / "submitted" / "honest-with-files" / topic
    place.mkdir(parents=True)
    shutil.copy(root / "solutions" / topic / f"{topic}.ipynb", place)
    for name in BESIDE:
        (place / name).write_text(f"open({str(root / 'REACHED')!r}, 'w')\n")
    (place / "buckets").mkdir()
    (place / "timestamp.txt").write_text("99999-99-99 \x1b[2J <script>\n" * 9)


def put(name, path):
    """Something at this path that is no file."""
    if name == "a folder":
        path.mkdir()
    elif name == "a socket":
        with socket.socket(socket.AF_UNIX) as sock, contextlib.chdir(path.parent):
            sock.bind(path.name)
    elif name == "a pipe":
        os.mkfifo(path)
    elif name == "a link":
        path.symlink_to("/dev/zero")
    elif os.geteuid() == 0:
        with contextlib.suppress(OSError):
            os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 5))


def hand_in(root, topic, port, part, files_too):
    from buckets import course

    tasks = list(course.Topic(topic).tasks)
    books = {"baseline": handed_in(tasks, "", "pass")}
    if files_too:
        hand_in_files(root, topic)
    hand_in_beside(root, topic)
    for number, (name, does) in list(enumerate(ATTACKS.items()))[part]:
        does = does.replace("PORT", str(port)).replace("ROOT", repr(str(root)))
        books[f"a{number:02}-{slug(name)}"] = handed_in(tasks, "", does)
    for number, (name, does) in enumerate(CELLS.items()):
        books[f"c{number:02}-{slug(name)}"] = handed_in(tasks, does, "pass")
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
    from buckets.classroom import harmless
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
        # A name that is refused has its row and its sentence, and no entry.
        if not harmless.bad_name(student):
            yield f"{topic}: {student!r} is in no gradebook"


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
    parser.add_argument(
        "--attacks", default=":", metavar="FROM:TO", help="these alone, by number"
    )
    parser.add_argument(
        "--no-files", action="store_true", help="leave out what is no notebook"
    )
    args = parser.parse_args()
    first, last = (int(word) if word else None for word in args.attacks.split(":"))
    root = args.folder.resolve()
    os.environ["BUCKETS_COURSE"] = str(root)
    with socket.create_server(("127.0.0.1", 0)) as host:
        part = slice(first, last)
        make(root, args.topics, host.getsockname()[1], part, not args.no_files)
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
