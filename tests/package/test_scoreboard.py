"""The scoreboard: whole, true about dead and stalled servers, and cleaned up."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from functools import partial

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from processes import until

from buckets import course
from buckets.standings import words as told
from buckets.standings.entrants import COURSE, NOT_WRITTEN, known
from buckets.standings.figures import (
    CAST,
    CUT,
    DIED,
    FINE,
    STALLED,
    WORDS,
    Board,
    Figures,
    Row,
)
from buckets.standings.languages import LANGUAGES, SIZE
from buckets.standings.measure import Ground, Load, cpu_seconds
from buckets.standings.run import scoreboard

FEW = {"clients": 5, "seconds": 0.05}
ROLES = list(CAST)

LOOP = """
    import select

    def serve_many(listener):
        unfinished = {}
        while True:
            for sock in select.select([listener, *unfinished], [], [])[0]:
                if sock is listener:
                    unfinished[sock.accept()[0]] = b""
                    continue
                data = sock.recv(4096)
                if not data:
                    del unfinished[sock]
                    sock.close()
                    continue
                *lines, rest = (unfinished[sock] + data).split(b"\\n")
                unfinished[sock] = rest
                for line in lines:
                    sock.sendall(answer(line) + b"\\n")

    def answer(line):
        return line[::-1]
"""
IN_TURN = """
    def serve_many(listener):
        while True:
            connection = listener.accept()[0]
            try:
                for line in connection.makefile("rb"):
                    connection.sendall(line[:-1][::-1] + b"\\n")
            except OSError:
                pass
            connection.close()
"""
RELEASED = """
    def serve_many(listener):
        \"\"\"Answer every line of every client, from one thread.\"\"\"
        raise NotImplementedError("this is not written yet")
"""


def write(path, *sources):
    path.parent.mkdir(parents=True)
    cells = [new_code_cell(textwrap.dedent(source).strip()) for source in sources]
    nbformat.write(new_notebook(cells=cells), path)


@pytest.fixture
def plant(tmp_path, monkeypatch):
    """A course in which the learner's notebook, and its solution, are these."""
    monkeypatch.setattr(course, "root", lambda: tmp_path)

    def planted(*sources, topic="05_select", solution=None):
        write(course.Topic(topic).exercise, *sources)
        if solution:
            write(course.Topic(topic).solution, solution)

    return planted


def play(name="serve_many", **more):
    """The one row of a board with this server alone."""
    board = scoreboard([name], **{**FEW, **more})
    [row] = board.rows
    return row


def is_whole(row, clients=FEW["clients"]):
    found = row.figures
    assert (found.clients, found.served, found.trouble) == (clients, clients, "")
    assert found.requests >= clients and found.p99 > 0 and found.cpu > 0
    assert found.memory > 1 << 20 and found.processes >= 1
    assert list(row.rude) == ROLES
    assert set(row.rude.values()) <= set(WORDS)


# The whole of it ----------------------------------------------------------------------


def test_every_server_of_the_course_and_of_the_library_serves():
    board = scoreboard(**FEW)
    rows = {row.name: row for row in board.rows}
    assert list(rows) == [entrant.name for entrant in known()]
    crowded = {"serve_the_queue": 1, "full_house": 4}
    for name, row in rows.items():
        assert row.figures, (name, row.note)
        assert row.figures.trouble == "", name
        assert row.figures.served == crowded.get(name, 5), name
        if name not in crowded:
            is_whole(row)
    assert rows["hire_and_reap"].figures.processes == 6
    assert rows["serve_threads"].figures.threads == 6
    assert rows["echo"].figures.threads == rows["echo"].figures.processes == 1
    harm = {
        (role, name)
        for name, r in rows.items()
        for role in r.rude
        if r.rude[role] != FINE
    }
    assert harm == {
        *(
            (role, "serve_the_queue")
            for role in ("silent", "dribbler", "sipper", "crowd")
        ),
        ("crowd", "full_house"),
        ("sipper", "serve_many"),
    }
    assert json.loads(json.dumps(board.document()))["servers"][0]["name"] == (
        "serve_the_queue"
    )


def test_nothing_is_left_of_it(plant):
    plant(LOOP)
    # What Python and psutil open once and keep is there after the first.
    play()
    me = psutil.Process()
    before = me.num_fds(), threading.active_count(), len(me.children(recursive=True))
    play()
    after = me.num_fds(), threading.active_count(), len(me.children(recursive=True))
    # Less is no fault: what an earlier test left to a thread may end meanwhile.
    assert all(now <= then for now, then in zip(after, before, strict=True))


def test_what_makes_no_sense_is_said():
    with pytest.raises(ValueError, match=r"called 'serve_few'.*serve_many"):
        scoreboard(["serve_few"])
    with pytest.raises(ValueError, match="1 to 300, and not 0"):
        scoreboard([], clients=0)
    with pytest.raises(ValueError, match="more than 0"):
        scoreboard([], seconds=0)


# Whose server it is -------------------------------------------------------------------


def test_a_learners_own_server_takes_part(plant):
    plant(LOOP, solution=IN_TURN)
    row = play()
    assert (row.whose, row.note, row.label) == ("yours", "", "05 serve_many")


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (RELEASED, NOT_WRITTEN),
        ("def serve_many(listener):\n    return helper()\n\n"
         "def helper():\n    raise NotImplementedError", NOT_WRITTEN),
        ("1 / 0", "There is no serve_many"),
        ("def serve_many(listener):\n    raise TypeError('no\\nwater')",
         "does not serve: it raised (TypeError: no water)"),
        ("def serve_many(listener):\n    listener.accept()",
         "does not serve: it returned"),
        ("import time\ndef serve_many(listener):\n    time.sleep(600)",
         "does not serve: no answer came; it was at line 3 of cell 1"),
        ("def serve_many(listener):\n    while True:\n        pass",
         "does not serve: no answer came; it was at line "),
        (LOOP.replace("[::-1]", ".upper()"), "does not serve: it answered b'0000007"),
        ("import os\nos._exit(3)", "ended the notebook"),
    ],
)  # fmt: skip
def test_one_that_does_not_serve_is_left_out_and_told_of(plant, source, why):
    plant(source)
    row = play()
    assert (row.figures, row.rude, row.whose) == (None, {}, "yours")
    assert why in row.note
    assert f"Left out: serve_many ({row.note})." in told.notes(Board((row,), 5, 0.1, 0))


@pytest.mark.parametrize("source", [RELEASED, IN_TURN.replace("[::-1]", "")])
def test_where_there_are_solutions_one_stands_in_for_it(plant, source):
    plant(source, solution=LOOP)
    row = play()
    assert (row.whose, row.label) == ("solution", "05 serve_many *")
    assert row.note == NOT_WRITTEN or "does not serve: it answered" in row.note
    is_whole(row)
    [note] = told.notes(Board((row,), 5, 0.1, 0.0))
    assert note.startswith(
        f"* the solution's, in place of yours: serve_many ({row.note}"
    )


def test_a_damaged_notebook_costs_nobody_else(plant):
    path = course.Topic("05_select").exercise
    path.parent.mkdir(parents=True)
    path.write_text('{"cells": [')
    board = scoreboard(["serve_many", "selectors_loop"], **FEW)
    assert "no whole notebook" in board.rows[0].note
    is_whole(board.rows[1])
    assert "Left out: serve_many" in str(board)


def test_a_notebook_that_asks_for_the_board_is_no_hall_of_mirrors(plant):
    plant("from buckets import scoreboard\nscoreboard()", LOOP)
    assert play().whose == "yours"


# What the cast does -------------------------------------------------------------------


def test_a_server_in_turn_is_stalled_and_serves_one(plant):
    plant(IN_TURN)
    row = play()
    assert row.figures.served == 1
    assert {role for role, fared in row.rude.items() if fared == STALLED} == {
        "silent", "dribbler", "sipper", "crowd",
    }  # fmt: skip
    assert told.slowest(row.figures) == "never for 4"


def test_a_reset_kills_who_does_not_expect_it_and_the_others_find_it_well(plant):
    plant(LOOP)
    row = play()
    assert row.rude == {
        **dict.fromkeys(ROLES, FINE), "ghost": DIED, "sipper": STALLED,
    }  # fmt: skip
    is_whole(row)


def test_who_takes_a_half_close_for_a_goodbye_cuts_it_off(plant):
    hasty = """
        import socket, threading

        def look_after(connection):
            peek = socket.MSG_PEEK
            while data := connection.recv(4096):
                connection.setblocking(False)
                try:
                    if connection.recv(1, peek) == b"":
                        return connection.close()
                except BlockingIOError:
                    pass
                connection.setblocking(True)
                connection.sendall(data.upper())

        def serve_threads(listener):
            while True:
                guest = listener.accept()[0]
                threading.Thread(target=look_after, args=[guest]).start()
    """
    plant(hasty, topic="04_threads")
    assert play("serve_threads").rude["half-closer"] == CUT


# What happens under the load ----------------------------------------------------------


def test_a_server_that_dies_under_the_load_is_a_row_with_what_happened(plant):
    tired = """    COUNT.append(1)
        assert len(COUNT) < 2000
        return line"""
    plant(LOOP.replace("    return line", tired), "COUNT = []")
    row = play(seconds=5.0)
    assert "it raised (AssertionError" in row.figures.trouble
    assert row.note == row.figures.trouble and row.figures.requests < 2000
    assert "05 serve_many: it raised" in told.text(Board((row,), 5, 5.0, 0.0))


def test_an_answer_meant_for_another_is_found(plant):
    mixed = """
        import select

        def serve_many(listener):
            guests, before = [], b""
            while True:
                for sock in select.select([listener, *guests], [], [])[0]:
                    if sock is listener:
                        guests.append(sock.accept()[0])
                        continue
                    try:
                        data = sock.recv(4096)
                    except OSError:
                        data = b""
                    if not data:
                        guests.remove(sock)
                        continue
                    if len(guests) < 4:
                        before = data
                    sock.send(before[:-1][::-1] + b"\\n")
    """
    plant(mixed)
    row = play()
    assert "it answered" in row.figures.trouble
    assert row.figures.served < 5


def test_processes_that_hide_are_found_and_ended(plant, tmp_path):
    pids = tmp_path / "pids"
    plant(
        LOOP.replace(
            "        unfinished = {}",
            f"""        for _ in range(20):
            if os.fork() == 0:
                os.setsid()
                open({str(pids)!r}, "a").write(f"{{os.getpid()}}\\n")
                time.sleep(600)
        unfinished = {{}}""",
        ),
        "import os, time",
    )
    row = play()
    assert row.figures.processes > 1
    found = [int(line) for line in pids.read_text().split()]
    assert len(found) >= 20
    until(lambda: not any(map(psutil.pid_exists, found)), "all have ended")


def test_who_interrupts_leaves_nothing_behind():
    mark = f"scoreboard-{os.getpid()}-{time.monotonic_ns()}"

    def ours():
        return [p for p in psutil.process_iter() if _is_marked(p, mark)]

    # So long that it cannot end by itself before it is interrupted.
    command = [sys.executable, "-m", "buckets", "scoreboard", "--seconds", "60"]
    with subprocess.Popen(
        command, env={**os.environ, "MARKED": mark}, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, start_new_session=True,
        # What a shell starts in the background ignores it, and so do all below.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    ) as popen:  # fmt: skip
        until(lambda: len(ours()) > 2, "some servers run")
        popen.send_signal(signal.SIGINT)
        _, said = popen.communicate(timeout=60)
    assert popen.returncode == 130, said.decode()
    assert b"Traceback" not in said
    until(lambda: not ours(), "all have ended")


def _is_marked(process, mark):
    try:
        return process.environ().get("MARKED") == mark
    except psutil.Error:
        return False


# The parts ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", LANGUAGES)
def test_each_language_knows_its_own_answer_and_no_other(name):
    language = LANGUAGES[name]
    request = language.ask(41)
    answer = language.answer(request)
    alike = name in ("water", "memcached")
    assert len(answer) == SIZE or name == "memcached"
    assert answer.endswith(b"\n") and answer.count(b"\n") == 1
    assert name == "water" or len(request) == SIZE
    number = b"12 " if language.numbered else b""
    assert language.right(request, number + answer)
    assert not language.right(request, number + answer[:-1])
    assert not language.right(request, number + answer[::-1])
    assert not language.numbered or not language.right(request, answer)
    assert alike or language.answer(language.ask(42)) != answer


def test_every_server_speaks_a_language_and_belongs_to_a_lesson():
    for entrant in COURSE:
        assert entrant.language in LANGUAGES
        assert entrant.name in course.Topic(entrant.origin).tasks


def test_the_clock_of_a_process_counts_threads_that_have_ended():
    work = (
        "import threading, sys\n"
        "def work():\n    while time.thread_time() < 0.2: pass\n"
        "import time\nt = threading.Thread(target=work); t.start(); t.join()\n"
        "print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", work], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as popen:
        popen.stdout.readline()
        assert cpu_seconds(popen.pid) >= 0.2
    assert cpu_seconds(popen.pid) == 0.0


def test_a_load_that_is_gone_is_a_fault_that_is_told():
    with Load() as load:
        load.popen.kill()
        load.popen.wait()
        with pytest.raises(OSError, match="Broken pipe"):
            load.do("wait", seconds=0.1)
        load.renew()
        assert load.do("wait", seconds=0.0)["served"] == 0


@pytest.mark.parametrize(("faults", "measured"), [(1, True), (2, False)])
def test_what_cannot_be_measured_is_tried_once_more(monkeypatch, faults, measured):
    left = ["too busy"] * faults
    measure = Ground.measure

    def at_first_too_busy(ground, entrant):
        if left:
            raise OSError(left.pop())
        return measure(ground, entrant)

    monkeypatch.setattr(Ground, "measure", at_first_too_busy)
    [row] = scoreboard(["serve_many"], **FEW).rows
    assert bool(row.figures) == measured
    assert ("no fault of its own (too busy)" in row.note) != measured


# Words --------------------------------------------------------------------------------

GOOD = Figures(10, 10, 5000, 1.0, 0.001, 0.05, 10_000_000, 1, 1, 0.0)


def board_of(*figures, others=0.0):
    names = [entrant.name for entrant in known()]
    rows = [
        Row(name, "library", "", "library", figures=found)
        for name, found in zip(names, figures, strict=False)
    ]
    return Board(tuple(rows), 10, 1.0, others)


def test_sentences_speak_in_ratios():
    slow = Figures(10, 10, 5000, 1.0, 0.002, 0.2, 120_000_000, 11, 11, 0.0)
    near = Figures(10, 10, 5000, 1.0, 0.001, 0.06, 11_000_000, 1, 1, 0.97)
    said = " ".join(told.remarks(board_of(GOOD, slow, near)))
    assert (
        "a request: serve_the_queue and full_house least; hire_and_reap 4 times that"
        in said
    )
    assert "hire_and_reap 12 times" in said
    assert "full_house used 97.0% of a CPU" in said
    assert "Connected" not in said


def test_who_does_not_serve_everybody_is_not_compared():
    few = Figures(10, 4, 9000, 1.0, 0.0001, 0.01, 1_000_000, 1, 1, 0.0)
    said = " ".join(told.remarks(board_of(GOOD, few)))
    assert "hire_and_reap served 4 of 10" in said
    assert "times" not in said and "least" not in said


def test_a_busy_machine_is_told_of():
    assert "little else" in told.machine(board_of(GOOD))
    busy = board_of(GOOD, replace(GOOD, cpu=1.9 * GOOD.cpu), others=0.7)
    assert "0.7 of a CPU" in told.machine(busy)
    # What is less than twice as much may be their doing.
    assert "times" not in " ".join(told.remarks(busy))
    assert "1.9 times" in " ".join(told.remarks(replace(busy, others=0.1)))


@pytest.mark.parametrize(
    ("ratio", "words"),
    [(1.0, "least"), (1.24, "least"), (1.6, "1.6 times that"),
     (3.2, "3 times that"), (41.7, "42 times that")],
)  # fmt: skip
def test_a_ratio_in_words(ratio, words):
    assert told.times(ratio) == words


# The command --------------------------------------------------------------------------


def command(*words):
    return subprocess.run(
        [sys.executable, "-m", "buckets", "scoreboard", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_command_prints_and_writes(tmp_path):
    files = "--json", tmp_path / "it.json", "--html", tmp_path / "it.html"
    run = command("selectors_loop", "--clients", 3, "--seconds", 0.05, *files)
    assert (run.returncode, run.stderr) == (0, "")
    assert "3 of 3" in run.stdout and "half-closer" in run.stdout
    assert max(map(len, run.stdout.splitlines())) <= 80
    document = json.loads(files[1].read_text())
    assert document["version"] == 1 and document["clients"] == 3
    assert document["servers"][0]["figures"]["served"] == 3
    page = files[3].read_text()
    assert page.startswith("<!doctype html>") and "data:image/svg+xml" in page


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["serve_few"], "called 'serve_few'"),
        (["--clients", "0"], "1 to 300"),
        (["--json", "no/such/folder/it.json"], "No such file"),
    ],
)
def test_the_command_says_what_makes_no_sense(words, answer):
    run = command(*words)
    assert run.returncode == 2
    assert answer in run.stderr and "Traceback" not in run.stderr
