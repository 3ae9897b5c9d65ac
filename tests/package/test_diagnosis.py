"""What is told of a failure: the program's own words, the answer, and no more."""

import re
import statistics
import tomllib
from pathlib import Path

import pytest
from servers import submission

from buckets import course, diagnosis
from buckets.behaviour import Behaviour
from buckets.conditions import Options
from buckets.diagnosis import answer, catalogue, claims, hints, order, raised, rules
from buckets.diagnosis.evidence import Evidence, Log
from buckets.diagnosis.experiments import _due, experiments
from buckets.driving import scene
from buckets.driving.clients import Client
from buckets.driving.observe import Vitals
from buckets.driving.script import Script
from buckets.driving.server import Ending, Server
from buckets.driving.spawn import Child
from buckets.driving.unmet import Unmet
from buckets.trace import code
from buckets.trace.trace import Trace
from buckets.verdict import TestResult

IDLE = Vitals(1, 1, 0, 8, 1 << 20, 0.1, 10)
AISLE = "bucket flag walker jug tub rim tap aisle foreman kitchen".split()


def evidence(unmet, *events, task="serve_many", ending=None, **more):
    """A failure whose trace holds these events."""
    trace = Trace({"t": number, **event} for number, event in enumerate(events, 1))
    behaviour = Behaviour(task, 1, "title", "name", **more)
    return Evidence(
        unmet, behaviour, ending, [], IDLE, False, None, None, Log(trace), {}
    )


def fails(source, *, after=b"hi\n"):
    """What is told of a server that does not answer."""
    result = TestResult("name", "title")
    behaviour = Behaviour("serve", 1, "title", "name", suspects=("M11",), topic="05")
    with Server(submission(source), "serve") as server:
        with pytest.raises(Unmet) as error:
            server.connect("anna").send(after).expect(b"HELLO\n")
        diagnosis.explain(result, behaviour, server, error.value)
    return result


# The program's own words ----------------------------------------------------

KEPT_TO_ITSELF = {
    "a thread": """
        import threading
        def look_after(connection):
            connection.recv(100)
            return b"" + 1
        def serve(listener):
            kept = []
            while True:
                kept.append(listener.accept()[0])
                threading.Thread(target=look_after, args=kept[-1:]).start()
    """,
    "a pool": """
        from concurrent.futures import ThreadPoolExecutor
        def look_after(connection):
            connection.recv(100)
            return b"" + 1
        def serve(listener):
            pool = ThreadPoolExecutor(2)
            while True:
                pool.submit(look_after, listener.accept()[0])
    """,
    "a child": """
        import os
        def serve(listener):
            while True:
                connection, _ = listener.accept()
                if os.fork() == 0:
                    try:
                        connection.recv(100)
                        b"" + 1
                    finally:
                        os._exit(0)
    """,
    "an except clause": """
        def serve(listener):
            connection, _ = listener.accept()
            while True:
                try:
                    connection.recv(100)
                    b"" + 1
                except Exception:
                    pass
    """,
    "suppress()": """
        from contextlib import suppress
        def serve(listener):
            connection, _ = listener.accept()
            while True:
                with suppress(Exception):
                    connection.recv(100)
                    b"" + 1
    """,
    "nobody": """
        def serve(listener):
            connection, _ = listener.accept()
            connection.recv(100)
            b"" + 1
    """,
}


@pytest.mark.parametrize("source", KEPT_TO_ITSELF.values(), ids=KEPT_TO_ITSELF)
def test_what_was_raised_is_told_with_its_line(source):
    result = fails(source)
    lines = submission(source).sources["cell 1"].splitlines()
    line = next(n for n, text in enumerate(lines, 1) if 'b"" + 1' in text)
    assert result.diagnosis is None
    assert f"line {line} of cell 1" in result.evidence
    assert "TypeError: can't concat int to bytes" in result.evidence
    assert 'b"" + 1' in result.traceback


NOT_NOW = {
    "a loop over accept()": """
        import select
        from contextlib import suppress
        def serve(listener):
            listener.setblocking(False)
            connections = []
            while True:
                select.select([listener, *connections], [], [])
                with suppress(OSError):
                    while True:
                        connections.append(listener.accept()[0])
                for connection in connections:
                    connection.recv(100)
    """,
    "a loop over recv()": """
        import select
        def serve(listener):
            connection, _ = listener.accept()
            connection.setblocking(False)
            while True:
                select.select([connection], [], [])
                try:
                    while connection.recv(100):
                        pass
                except OSError:
                    pass
    """,
}


@pytest.mark.parametrize("source", NOT_NOW.values(), ids=NOT_NOW)
def test_not_now_is_how_a_loop_ends_and_no_news(source):
    result = fails(source)
    assert "BlockingIOError" not in f"{result.evidence} {result.traceback}"


@pytest.mark.parametrize(
    "act", ["connection.close()", "pass"], ids=["closed for it", "sendall()"]
)
def test_not_now_is_told_where_something_was_lost_by_it(act):
    call = "recv(100)" if act != "pass" else "sendall(bytes(1 << 24))"
    result = fails(f"""
        import select
        def serve(listener):
            connection, _ = listener.accept()
            connection.recv(100)
            connection.setblocking(False)
            try:
                connection.{call}
            except OSError:
                {act}
            select.select([listener], [], [])
    """)
    assert "BlockingIOError" in result.evidence


CANNOT_BE_CALLED = {
    "a thread": """
        import threading
        def look_after(connection, address):
            pass
        def serve(listener):
            kept = []
            while True:
                kept.append(listener.accept()[0])
                threading.Thread(target=look_after, args=kept[-1:]).start()
    """,
    "a pool": """
        from concurrent.futures import ThreadPoolExecutor
        def serve(listener):
            def look_after(connection, address):
                pass
            pool, kept = ThreadPoolExecutor(2), []
            while True:
                kept.append(listener.accept()[0])
                pool.submit(look_after, kept[-1])
    """,
}


@pytest.mark.parametrize("source", CANNOT_BE_CALLED.values(), ids=CANNOT_BE_CALLED)
def test_a_function_that_cannot_be_called_is_told_with_where_it_begins(source):
    result = fails(source)
    lines = submission(source).sources["cell 1"].splitlines()
    line = next(n for n, text in enumerate(lines, 1) if "def look_after" in text)
    assert result.diagnosis is None
    assert f"line {line} of cell 1" in result.evidence
    assert "missing 1 required positional argument: 'address'" in result.evidence


def test_what_a_clause_asked_for_by_name_is_no_mistake():
    result = fails("""
        def serve(listener):
            connection, _ = listener.accept()
            while True:
                try:
                    {}[connection.recv(100)]
                except KeyError:
                    pass
    """)
    assert "KeyError" not in result.evidence


def test_an_except_clause_that_tells_keeps_its_lines():
    source = """
        import sys
        def serve(listener):
            connection, _ = listener.accept()
            try:
                connection.nothing
            except AttributeError as error:
                line = error.__traceback__.tb_lineno
                connection.sendall(b"%d %d" % (line, sys._getframe().f_lineno))
    """
    with Server(submission(source), "serve") as server:
        server.connect("anna").expect(b"5 8")


@pytest.mark.parametrize(
    ("kind", "key", "stands"),
    [
        ("NameError", "M11", False),
        ("ValueError", "M14", True),
        ("ValueError", "M62", False),
        ("ConnectionResetError", "M10", True),
        ("ConnectionResetError", "M01", False),
        ("RuntimeError", "M107", True),
        ("TypeError", "M89", True),
    ],
)
def test_only_some_beliefs_end_in_an_exception(kind, key, stands):
    ending = Ending("raised", "text", kind)
    told = evidence(Unmet("nothing came", who="anna"), ending=ending)
    assert raised.explains(told, rules.Finding(key)) is stands


LOOPS = """
while True:
    connection = listener.accept()
    while ended():
        print(1)
    print(2)
"""


@pytest.mark.parametrize(
    ("line", "words"), [(2, "while True"), (5, "while ended"), (6, "while True")]
)
def test_the_innermost_loop_around_a_line_is_found(line, words):
    assert code.loop_around(LOOPS, line).startswith(words)
    assert code.loop_around("no Python at all", line) == ""


@pytest.mark.parametrize(
    ("body", "dropped", "rebound"),
    [
        ("s.send(p)", True, False),
        ("del p[: s.send(p)]", False, False),
        ("p = p[s.send(p) :]", False, True),
        ("with q:\n        s.send(p)\n        del p[:]", True, False),
        ("s.send(p)\n    n = s.send(p)", False, False),
        ("s.sendall(p)", False, False),
    ],
)
def test_what_comes_of_a_call_is_seen_in_the_code(body, dropped, rebound):
    sources = ["no Python at all", f"def pour(s, p):\n    {body}\n"]
    assert code.drops_result(sources, "pour", "send") == dropped
    assert code.rebinds(sources, "pour", 1) == rebound
    in_class = ["class Echo:\n  " + sources[1].replace("\n", "\n  ")]
    assert code.drops_result(in_class, "Echo", "send") == dropped


# What an answer is -----------------------------------------------------------

LONG = b"".join(b"%03d" % number for number in range(67, 999))

COMPARED = {
    "b'hello\\n'": (b"hello\n", b"hello", "without the b'\\n' at its end"),
    "one more": (b"hello\n", b"hello\n\n", "one more b'\\n'"),
    "\\r\\n": (b"one\ntwo\n", b"one\r\ntwo\r\n", "Each line ends in b'\\r\\n'"),
    "case": (b"HELLO\n", b"hello\n", "upper and lower case"),
    "decoded": (b"caf\xc3\n", b"caf\xef\xbf\xbd\n", "no text were decoded"),
    "printed": (b"hello\n", b"b'hello'\n", "as print() shows them"),
    "number": (b"1 hello\n", b"0 hello\n", "The number 0 came where 1 was due"),
    "a fraction": (b"next at 2\n", b"next at 0.002\n", "The number 0.002 came"),
    "twice": (b"hello\n", b"hello\nhello\n", "Everything came twice"),
    "order": (b"one\ntwo\n", b"two\none\n", "not their order"),
    "less": (b"hello\n", b"lo\n", "The beginning is missing: b'hel'"),
    "more": (b"hello\n", b"> hello\n", "Before the right answer came b'> '"),
    "hole": (b"abcdefgh\n", b"abfgh\n", "b'cde' is missing from the middle"),
    "a hole so far": (LONG, LONG[:100] + LONG[103:900], "b'010' is missing"),
    "reversed": (b"abc def\n", b"fed cba\n", "read from its end"),
}


@pytest.mark.parametrize(("due", "got", "words"), COMPARED.values(), ids=COMPARED)
def test_an_answer_is_compared_in_plain_words(due, got, words):
    unmet = Unmet("", who="anna", kind="wrong", expected=due, got=got)
    assert words in str(answer.in_plain_words(evidence(unmet)))


@pytest.mark.parametrize(
    ("asked", "returned", "got", "words"),
    [
        ("bytes", "text", b"hi", "'hi' was returned, which is a text (str)"),
        ("bytes", "other", b"None", "None was returned"),
        ("text", "bytes", b"hi", "b'hi' was returned, which is bytes"),
        ("bytes", "other", b"[1, 2]", "[1, 2] was returned"),
    ],
)
def test_a_value_of_another_type_gets_no_belief(asked, returned, got, words):
    unmet = Unmet("", kind="wrong", asked=asked, returned=returned, got=got)
    told = order.diagnose(evidence(unmet, suspects=("M11",)))
    assert not told.finding.id and words in told.finding.text
    assert told.question == ""


@pytest.mark.parametrize(
    ("topic", "task"),
    [(topic.name[:2], task) for topic in course.topics() for task in topic.tasks],
)
def test_where_no_bytes_were_compared_nothing_is_said_of_bytes(topic, task):
    """A wrong word, number or exception: its two sides stand in the text alone."""
    unmet = Unmet("expected [TimeoutError], got [OSError]", who="anna")
    seen = evidence(unmet, START, CONNECT, ACCEPT, task=task, topic=topic)
    found = order.diagnose(seen).finding
    assert found is None or not found.id, vars(found)


def test_values_are_shown_as_what_they_are():
    unmet = Unmet("", asked="bytes", returned="text", expected=b"hi", got=b"hi")
    assert unmet.details == "expected b'hi'\ngot      'hi'"


# Facts or silence ------------------------------------------------------------

ACCEPT = {"e": "accept", "p": 1, "fd": 5, "new": 6, "peer": 40}
CONNECT = {"e": "connect", "who": "anna", "port": 40}
START = {"e": "start", "p": 1, "main": 1, "listener": 5}
RECV = {"e": "recv", "p": 1, "fd": 6, "ask": 9, "n": 2, "data": "hi"}

CONTRADICTED = {
    "anna was closed while anna had more to say.": (START, CONNECT, ACCEPT),
    "anna has finished.": (START, CONNECT, ACCEPT, RECV),
    "anna is still at the door.": (START, CONNECT, ACCEPT),
    "anna was let in.": (START, CONNECT),
    "It waits for anna.": (START, CONNECT, ACCEPT),
    'recv() returns b"" again and again.': (START, CONNECT, ACCEPT, RECV),
}


@pytest.mark.parametrize("text", CONTRADICTED)
def test_what_the_run_does_not_show_is_not_said(text):
    told = evidence(Unmet("", who="anna", kind="nothing"), *CONTRADICTED[text])
    assert claims.contradicted(text, told)


def test_what_the_run_shows_may_be_said():
    close = {"e": "close", "p": 1, "fd": 6}
    told = evidence(Unmet("", who="anna"), START, CONNECT, ACCEPT, RECV, close)
    assert claims.contradicted("anna was closed.", told) is None


def test_each_of_many_clients_is_looked_up_and_not_looked_for():
    """A record may have 80,000 lines, and 400 clients of whom a rule asks each."""

    class Events(list):
        looks = 0

        def __iter__(self):
            Events.looks += 1
            return super().__iter__()

    events = [
        {"t": number, "e": "connect", "who": f"c{number}", "port": number}
        for number in range(400)
    ]
    trace = Trace([{"t": 0, "e": "start", "p": 1, "listener": 3}, *events])
    trace.events = Events(trace.events)
    log = Log(trace)
    for number in range(400):
        who = f"c{number}"
        assert not log.poured(who) + b"".join(map(bytes, log.of(who, "send")))
        assert len(log.of_client(who, "connect") + log.of_everybody(who, "close")) == 1
    assert log.of_client("c7", "connect") == [events[7]]
    assert Events.looks < 10


def test_the_first_suspect_is_a_question_and_no_diagnosis():
    told = order.diagnose(
        evidence(Unmet("", who="anna", kind="nothing"), suspects=("M37",), topic="05")
    )
    assert told.finding is None and told.question == "M37"


def test_nothing_is_told_before_its_lesson():
    told = order.diagnose(
        evidence(Unmet("", who="anna", kind="nothing"), suspects=("M37",), topic="02")
    )
    assert told.question == ""


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            "class Echo(Handler):\n    pass\n",
            "the program that ran your class has ended",
        ),
        ("def Echo(loop, sock):\n    pass\n", "its function returned"),
    ],
)
def test_of_a_class_it_is_not_said_that_it_has_returned(source, words):
    gone = Unmet("the server has ended", who="anna", kind="gone")
    seen = evidence(gone, task="Echo", ending=Ending("returned"))
    seen.sources["7"] = source
    assert diagnosis.describe(seen) == f"gone: {words}"


def test_a_passed_test_strikes_off_what_it_refutes():
    result = TestResult("a", "a", diagnosis="M01", question="M37")
    passed = Behaviour("t", 1, "", "a_line_may_come_in_drops", suspects=("M37",))
    diagnosis.strike_off(result, [passed])
    assert (result.diagnosis, result.question) == (None, "")


# A second question -------------------------------------------------------------


def test_a_scene_is_played_again_with_one_thing_changed():
    source = """
        def serve(listener):
            while True:
                connection, _ = listener.accept()
                while data := connection.recv(4096):
                    connection.sendall(data.upper())
    """
    behaviour = Behaviour("serve", 1, "title", "name")
    with Server(submission(source), "serve") as server:
        server.connect("silent")
        with pytest.raises(Unmet) as error:
            server.connect("eager").send(b"hi\n").expect(b"HI\n")
    handed_in, script = server.submission, server.story.script
    told = list(experiments(behaviour, handed_in, script, error.value, Child))
    assert told == ["Alone, eager hears all of it."]


def test_a_wrong_answer_that_is_too_long_is_none_of_what_was_heard():
    script = Script()
    for does, data in (("pour", b"a\n"), ("hear", b"A\n"), ("hear", b"ERR")):
        script.add("anna", does, data)
    unmet = Unmet("", who="anna", kind="wrong", expected=b"END", got=b"ERROR\n")
    unmet.due = b"END"
    assert _due(script, unmet, alone=False) == b"A\nEND"


def test_segments_are_joined_and_cut():
    script = Script()
    for does, data in (("connect", b""), ("pour", b"one\ntw"), ("pour", b"o\n")):
        script.add("anna", does, data)
    assert [act.data for act in scene.in_one_piece(script, "anna")][1:] == [
        b"one\ntwo\n"
    ]
    assert scene.alone(script, "anna") is None


def test_too_long_a_script_is_not_played_again():
    script = Script()
    script.add("anna", "pour", b"x" * (1 << 17))
    assert not script.whole


# The catalogue -----------------------------------------------------------------


def texts():
    for key, known in catalogue.catalogue().items():
        for text in (known.name, known.cause, *known.hints):
            yield key, text


def test_no_word_of_the_aisle_is_left_in_the_catalogue():
    word = re.compile(rf"\b({'|'.join(AISLE)})s?\b", re.IGNORECASE)
    # In memcached's protocol a value has flags.
    own = {"10_database": re.compile(r"\bflags\b")}
    known = catalogue.catalogue()
    found = [
        (key, text)
        for key, text in texts()
        if word.search(own.get(known[key].lesson, re.compile("$^")).sub("", text))
    ]
    assert found == []


def test_sentences_are_short():
    sentences = [
        len(sentence.split())
        for _, text in texts()
        for sentence in re.split(r"(?<=[.?!:;])\s+", text)
    ]
    assert statistics.median(sentences) <= 18


def test_what_is_told_early_speaks_of_no_select():
    for known in catalogue.catalogue().values():
        if known.told_from < "05" <= known.lesson[:2]:
            early = known.told_in(known.told_from)
            assert "select(" not in " ".join((early.cause, *early.hints)), known.id


def test_a_hint_has_the_names_of_the_topic_that_it_is_told_in():
    known = catalogue.get("M47")
    assert "ValueError" in " ".join(known.told_in("01").hints)
    assert "ValueError" not in " ".join(known.told_in("08").hints)
    assert known.told_in("08").heading == known.heading


def test_a_task_may_have_hints_of_its_own():
    known = catalogue.get("M01")
    heads = " ".join(known.told_in("12", "forward").hints)
    lines = " ".join(known.told_in("12", "log_lines").hints)
    assert "head" in heads and "head" not in lines and "newline" in lines
    assert known.told_in("12", "relay").hints == known.hints
    assert known.told_in("12", "log_lines").heading == known.heading


def test_a_topic_may_send_to_another_lesson_and_nothing_else():
    known = catalogue.get("M32")
    assert known.told_in("04").heading == "One after the other"
    assert known.told_in("04").hints == known.hints


def test_words_for_a_task_are_for_one_that_there_is():
    tasks = {topic.name[:2]: topic.tasks for topic in course.topics()}
    for known in catalogue.catalogue().values():
        for number, words in known.elsewhere.items():
            assert set(words.tasks) <= set(tasks[number]), known.id


def test_each_belief_has_a_world_in_which_it_is_right():
    for known in catalogue.catalogue().values():
        assert known.right_if.startswith("It would be right "), known.id
        assert len(known.right_if.split()) <= 25, known.id


@pytest.mark.parametrize(
    ("limit", "left"), [(None, 3), (0, 2), (0.2, 3)], ids=["blocks", "never", "late"]
)
def test_a_hint_does_not_advise_what_was_done(limit, left):
    known = catalogue.get("M13")
    assert sum("setblocking(False)" in hint for hint in known.hints) == 1
    told = evidence(
        Unmet("nothing came", who="anna"),
        {"e": "connect", "who": "anna", "port": 9},
        {"e": "accept", "p": 1, "fd": 3, "new": 5, "peer": 9},
        {"e": "block", "p": 1, "fd": 5, "on": limit != 0, "timeout": limit},
    )
    assert len(hints.worth_telling(told, known)) == left


def test_no_hint_speaks_of_select_where_there_is_none():
    told = evidence(Unmet("", who="anna"), options=Options(driver=("", "")))
    for known in catalogue.catalogue().values():
        places = hints.worth_telling(told, known)
        if len(places) < len(known.hints):
            assert not any("select(" in known.hints[place] for place in places)


def test_a_test_that_refutes_exists():
    folder = Path(__file__).parents[1] / "exercises"
    source = "".join(path.read_text() for path in folder.glob("test_*.py"))
    for known in catalogue.catalogue().values():
        for name in known.refuted_by:
            assert f"def test_{name}(" in source


def test_the_catalogue_is_read_as_it_is_written():
    path = Path(catalogue.__file__).with_name("misconceptions.toml")
    assert list(tomllib.loads(path.read_text())) == list(catalogue.catalogue())


def test_a_client_knows_what_is_due():
    with Server(
        submission("def serve(listener): listener.accept()"), "serve"
    ) as server:
        with pytest.raises(Unmet) as error:
            server.connect("anna", Client).send(b"hi\n").expect(b"HI\n")
    assert error.value.due == b"HI\n"
