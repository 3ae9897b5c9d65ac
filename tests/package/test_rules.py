"""What the rules of single topics make of the facts of a run: a table of runs."""

from dataclasses import replace

import pytest

from buckets.behaviour import Behaviour, Driver
from buckets.conditions import Options
from buckets.diagnosis import order
from buckets.diagnosis.evidence import Evidence, Log
from buckets.diagnosis.experiments import experiments
from buckets.driving.clients import WHY
from buckets.driving.observe import Vitals
from buckets.driving.script import Script
from buckets.driving.server import Ending, Place
from buckets.driving.topics.back_pressure import answer
from buckets.driving.unmet import Unmet
from buckets.trace.trace import Trace

IDLE = Vitals(1, 1, 0, 8, 1 << 20, 0.1, 10)
FOUR_PROCESSES = Vitals(4, 4, 0, 8, 1 << 20, 0.1, 10)
MS = 1_000_000  # ns

START = {"e": "start", "p": 1, "listener": 5}
CLIENTS = {
    "anna": (6, 40),
    "ben": (7, 41),
    "slow": (8, 42),
    "tea-anna": (9, 43),
}
"""The descriptor and the port of each."""


def at(who, e, **fields):
    """Something that the server did on a client's connection, or that it called."""
    return {"e": e, "p": 1, "fd": CLIENTS[who][0], **fields}


def came(*names):
    """Clients who have been let in."""
    for who in names:
        fd, port = CLIENTS[who]
        yield {"e": "connect", "who": who, "port": port}
        yield {"e": "accept", "p": 1, "fd": 5, "new": fd, "peer": port}


def called(who):
    """Somebody whom the server calls, and who answers."""
    fd, port = CLIENTS[who]
    dial = {"e": "dial", "p": 1, "fd": fd, "peer": 80, "port": port}
    yield {**dial, "under_way": True}
    yield {"e": "answer", "who": who, "port": port}


def settled(who):
    """The same, and SO_ERROR was asked, and is 0."""
    yield from called(who)
    yield at(who, "fate", errno="")


def poured(who, data):
    """What a client has sent."""
    port = CLIENTS[who][1]
    return {"e": "pour", "who": who, "port": port, "n": len(data), "data": data}


def finished(who):
    """It has shut its sending side."""
    return {"e": "half_close", "who": who, "port": CLIENTS[who][1]}


def got(who, data):
    """What the server has read from somebody."""
    return at(who, "recv", ask=65536, n=len(data), data=data)


def gave(who, data, ask=0):
    """What the server has sent to somebody, and how much it was given."""
    return at(who, "send", ask=ask or len(data), n=len(data), data=data[:40])


def select(r=(), w=(), timeout=None):
    """It waits."""
    wait = {"e": "wait", "p": 1, "api": "select", "r": [*r], "w": [*w], "x": []}
    return wait if timeout is None else {**wait, "timeout": timeout}


def woke(r=(), w=()):
    """It wakes."""
    return {"e": "woke", "p": 1, "r": [*r], "w": [*w], "x": []}


def told(task, topic, unmet, events, **more):
    """The diagnosis of such a run, and the sentence that goes with it."""
    fields = {"suspects", "name"} & set(more)
    behaviour = {key: more.pop(key) for key in fields}
    behaviour = {"name": "name", **behaviour}
    trace = Trace(
        {"t": number * MS, **event} for number, event in enumerate([START, *events], 1)
    )
    evidence = Evidence(
        unmet=unmet,
        behaviour=Behaviour(task, 1, "title", topic=topic, **behaviour),
        ending=more.pop("ending", None),
        strays=[],
        vitals=more.pop("vitals", IDLE),
        spinning=more.pop("spinning", False),
        call=more.pop("call", "select"),
        place=more.pop("place", None),
        log=Log(trace),
        sources=more.pop("sources", {}),
        ignores_ends=more.pop("ignores_ends", False),
    )
    found = order.diagnose(evidence).finding
    return (found.id, found.text) if found else ("", "")


NO_SUCH = b"HTTP/1.1 400 Bad Request\r\n\r\n"
LATE = b"HTTP/1.1 504 Gateway Timeout\r\n\r\n"
BAD = b"HTTP/1.1 502 Bad Gateway\r\n\r\n"
GOOD = b"HTTP/1.1 200 Connection established\r\n\r\n"
ASKED = "CONNECT tea:80 HTTP/1.1\r\nHost: tea:80\r\n\r\n"


def wrong(who, due, came_instead):
    """Other bytes than were due."""
    text = f"< expected {due!r}, got {came_instead!r}"
    return Unmet(text, who=who, kind="wrong", expected=due, got=came_instead)


def nothing(who, due):
    """Nothing came."""
    text = f"< expected {due!r}: nothing came, and the server is asleep"
    return Unmet(text, who=who, kind="nothing", due=due)


def no_end(who):
    """The end of the connection did not come."""
    text = "< expected the end of the connection: nothing came"
    return Unmet(text, who=who, kind="nothing")


def closed(who, due):
    """The end came, and bytes were due."""
    text = f"< expected {due!r}, but the server closed the connection"
    return Unmet(text, who=who, kind="eof", due=due)


def passed(*pieces):
    """What anna says goes on to ben."""
    for piece in pieces:
        yield got("anna", piece)
        yield gave("ben", piece)


def asked(number, name):
    """A question to a resolver."""
    data = bytes([0, number, *[0] * 10, len(name)]) + name.encode() + bytes(5)
    text = data.decode("latin-1")
    return {"e": "send", "p": 1, "fd": 9, "n": len(data), "ask": 0, "data": text}


def found_wrong(due, came_instead):
    """Another list than was due."""
    text = f"expected [{due}], got [{came_instead}]"
    return Unmet(text, who="caller", kind="wrong")


FAR = {"e": "dial", "p": 1, "fd": 9, "peer": 80, "port": 44, "under_way": True}
LATER = {"e": "clock", "now": 10.5, "looked": 1, "others": 0, "asks": 19.5}

CONNECTING_OUT = {
    "a status is no line of an echo": (
        ("forward", wrong("anna", LATE, BAD)),
        [*came("anna"), poured("anna", ASKED), got("anna", ASKED)],
        ("", "anna was told “502 Bad Gateway”. “504 Gateway Timeout” was due."),
    ),
    "200 before the call was settled": (
        ("forward", wrong("anna", BAD, GOOD + BAD)),
        [*came("anna"), poured("anna", ASKED), got("anna", ASKED)],
        ("", "anna was told 200 first"),
    ),
    "the same words to somebody else are nobody's": (
        ("forward", wrong("ben", NO_SUCH, LATE)),
        [
            *came("anna", "ben"),
            gave("anna", NO_SUCH.decode()),
            poured("anna", ASKED),
            poured("ben", "CONNECT tea HTTP/1.1\r\n\r\n"),
        ],
        ("", "ben was told “504 Gateway Timeout”. “400 Bad Request” was due."),
    ),
    "a look-up without a limit": (
        ("forward", nothing("anna", LATE)),
        [*came("anna"), got("anna", ASKED), select([5, 9])],
        ("M192", "It waits in select() without a limit, and nobody has answered."),
    ),
    "a look-up of its own": (
        ("forward", Unmet("expected to be asked: nobody asked", who="resolver")),
        [*came("anna"), got("anna", ASKED), select([5])],
        ("M199", "Nobody asked the resolver, and getaddrinfo() is in your code"),
    ),
    "a clerk is in no list": (
        ("log_lines", nothing("usher", b"log(1, 'client', b'black')")),
        [*came("anna"), *settled("ben"), got("anna", "black"), select([6])],
        ("", ""),
    ),
    "a line that is logged for another is no mixture": (
        (
            "log_lines",
            Unmet(
                "expected log(1, 'client', b''), got log(1, 'client', b'black')",
                who="usher",
            ),
        ),
        [*came("anna"), *settled("ben"), poured("anna", "black")],
        ("", ""),
    ),
    "its call has failed, and it is still there": (
        ("relay", no_end("anna")),
        [
            *came("anna"),
            *called("ben"),
            {"e": "fate", "p": 1, "fd": 7, "errno": "ECONNREFUSED"},
            at("ben", "close"),
            select([5]),
        ],
        ("M197", "The call has failed (ECONNREFUSED), and anna's connection is still"),
    ),
    "its call is under way, and that is no failure": (
        ("relay", no_end("anna")),
        [
            *came("anna"),
            *called("ben"),
            at("ben", "fail", op="connect", error="E", errno="EINPROGRESS"),
            select([5], [7], timeout=9999.0),
        ],
        ("M192", "It waits in select() for up to 9999 s, and nobody has answered."),
    ),
    "its limit was given to it": (
        ("relay", no_end("anna")),
        [
            *came("anna"),
            *called("ben"),
            at("ben", "fail", op="connect", error="E", errno="EINPROGRESS"),
            select([5], [7], timeout=0.2),
        ],
        ("M32", "anna's connection is still open on your side."),
    ),
    "who is called has vanished": (
        ("relay", no_end("ben")),
        [
            *came("anna"),
            *settled("ben"),
            {"e": "reset", "who": "ben", "port": 41},
            at("ben", "fail", op="recv", error="E", errno="ECONNRESET"),
        ],
        ("M10", "ben, whom your server has called, has vanished"),
    ),
    "a client has vanished": (
        ("relay", no_end("ben")),
        [
            *came("anna"),
            *settled("ben"),
            {"e": "reset", "who": "anna", "port": 40},
            at("anna", "fail", op="recv", error="E", errno="ECONNRESET"),
        ],
        ("M10", "A client vanished"),
    ),
    "read before the call was settled": (
        ("relay", wrong("ben", b"soup", b"oup")),
        [*came("anna"), got("anna", "s"), *settled("ben"), *passed("oup")],
        ("M101", "and 1 of 4 bytes were not sent on to ben"),
    ),
    "read before the call was settled, and kept": (
        ("relay", wrong("ben", b"soup", b"oup")),
        [
            *came("anna"),
            got("anna", "s"),
            *settled("ben"),
            gave("ben", "s"),
            *passed("oup"),
        ],
        ("", "The beginning is missing: b's'."),
    ),
    "a call that may go on for long": (
        ("relay", no_end("anna")),
        [*came("anna"), FAR, {**select([5]), "timeout": 3}, LATER],
        ("", "A call is still under way, and by the clock it sleeps for 19.5 s more."),
    ),
    "no call is under way": (
        ("relay", no_end("anna")),
        [*came("anna"), {**select([5]), "timeout": 3}, LATER],
        ("M32", "anna's connection is still open"),
    ),
    "two questions with one number": (
        ("forward", Unmet("nobody called", who="ben", kind="uncalled")),
        [*came("anna"), asked(1, "tea"), asked(1, "ham"), select([5])],
        ("M30", "for tea and for ham had the same number, 1"),
    ),
    "each on a socket of its own": (
        ("forward", Unmet("nobody called", who="ben", kind="uncalled")),
        [*came("anna"), asked(1, "tea"), {**asked(1, "ham"), "fd": 10}, select([5])],
        ("", ""),
    ),
    "a number that was free again": (
        ("forward", Unmet("nobody called", who="ben", kind="uncalled")),
        [
            *came("anna"),
            asked(1, "tea"),
            {**asked(1, "tea"), "e": "recv"},
            asked(1, "ham"),
            select([5]),
        ],
        ("", ""),
    ),
    "it failed at once": (
        ("connect_all", found_wrong("OSError ENETUNREACH", "OSError ENOTCONN")),
        [{**at("ben", "fail", op="connect", error="OSError"), "errno": "ENETUNREACH"}],
        ("", "The call itself told of ENETUNREACH, at once"),
    ),
    "what was not returned is open": (
        ("connect_all", Unmet("keeps what it has not returned", kind="leak")),
        [],
        ("M32", "a socket that was not returned is still open"),
    ),
    "what was raised has ended both": (
        ("relay", closed("ben", b"more")),
        [
            *came("anna"),
            *called("ben"),
            got("anna", ""),
            at("ben", "fail", op="send", error="BrokenPipeError", errno="EPIPE"),
            at("ben", "close"),
        ],
        ("", "send() raised EPIPE on ben's connection, and ben's connection was"),
    ),
    "both directions are shut": (
        ("relay", closed("anna", b"more")),
        [
            *came("anna"),
            *called("ben"),
            got("anna", ""),
            at("ben", "shut", how=2),
            got("ben", ""),
            at("anna", "shut", how=2),
        ],
        ("M194", "both directions of ben's connection, and ben had not finished"),
    ),
    "sent on twice": (
        ("relay", Unmet("< expected no more, got b'soup'", who="ben", kind="extra")),
        [
            *came("anna"),
            *called("ben"),
            got("anna", "soup"),
            gave("ben", "soup"),
            gave("ben", "soup"),
        ],
        ("M46", "b'soup' was read once, and sent to ben twice."),
    ),
    "the first that is settled ends it": (
        ("connect_all", nothing("anna", b"")),
        [
            *called("anna"),
            *called("ben"),
            select(w=[6, 7], timeout=30),
            woke(w=[7]),
            at("anna", "close"),
        ],
        ("", "select() came back with 1 of 2 calls, and the others were given up"),
    ),
    "results in another order": (
        ("connect_all", nothing("anna", b"green")),
        [*called("anna"), *called("ben"), gave("ben", "green")],
        ("", "b'green' has come to ben, and not to anna"),
    ),
}


@pytest.mark.parametrize("case", CONNECTING_OUT.values(), ids=CONNECTING_OUT)
def test_a_server_that_calls_others_is_judged_by_what_it_does(case):
    (task, unmet), events, (key, words) = case
    sources = (
        {"cell 1": "socket.getaddrinfo(name, 80)"} if "asked" in unmet.text else {}
    )
    ending = None
    if key == "M10":
        ending = Ending("raised", "[Errno 104] reset", "ConnectionResetError")
    more = {"suspects": ("M192",), "ending": ending}
    found, text = told(task, "12", unmet, events, sources=sources, **more)
    assert (found, words in text) == (key, True), text
    assert words or not text


def test_who_is_called_comes_in_no_scene_that_is_played_again():
    script = Script()
    script.add("anna", "connect")
    script.add("tea", "pour", b"hello")
    unmet = Unmet("", who="anna", kind="nothing", due=b"hello")
    behaviour = Behaviour("relay", 1, "title", "name", topic="12")
    assert list(experiments(behaviour, None, script, unmet, None)) == []


def test_where_others_are_called_nothing_is_played_again():
    script = Script()
    script.add("clock", "connect")
    script.add("anna", "connect")
    script.add("clock", "pour", b"10\n")
    text = "expected the end of the connection: nothing came"
    unmet = Unmet(text, who="anna", kind="nothing")
    options = Options(outward=True, driver=Driver("connecting_out.serve_to"))
    behaviour = Behaviour("relay", 1, "title", "name", topic="12", options=options)
    # No child is asked for.
    assert list(experiments(behaviour, None, script, unmet, None)) == []


@pytest.mark.parametrize(
    ("errno", "key"), [("EAGAIN", ""), (None, "M71")], ids=["not now", "a mistake"]
)
def test_a_door_that_was_closed_is_told_by_what_was_raised(errno, key):
    unmet = Unmet("wants to connect", who="ben", kind="refused")
    fail = [
        {"e": "fail", "p": 1, "op": "accept", "fd": 5, "error": "e", "errno": errno}
    ]
    events = [*came("anna"), *(fail if errno else []), {"e": "close", "p": 1, "fd": 5}]
    assert told("EventLoop", "07", unmet, events)[0] == key


FLYER = b"".join(b"u %061d\n" % n for n in range(64))


BUCKETS = {
    "a time limit was over": (
        ("serve_water", Unmet("", who="anna", kind="reset", due=b"x")),
        [
            *came("anna"),
            poured("anna", "xb"),
            got("anna", "x"),
            at("anna", "fail", op="sendall", error="TimeoutError"),
            at("anna", "close"),
            select([5]),
        ],
        ("M13", "sendall() on anna's connection waited until its time limit was over"),
    ),
    "one place for everybody": (
        ("hand_out", wrong("anna", FLYER, FLYER[:512] + FLYER[1024:])),
        [
            *came("slow", "anna"),
            gave("anna", FLYER[:512].decode()) | {"n": 512},
            gave("slow", FLYER[512:1024].decode()) | {"n": 512},
            gave("anna", FLYER[1024:].decode()) | {"n": 3072},
        ],
        ("M109", "anna misses 512 bytes from byte 512 on, and just as many"),
    ),
}


@pytest.mark.parametrize("case", BUCKETS.values(), ids=BUCKETS)
def test_a_slow_reader_is_told_by_what_was_taken(case):
    (task, unmet), events, (key, words) = case
    found, text = told(task, "06", unmet, events)
    assert (found, words in text) == (key, True), text


def test_a_call_that_is_no_sockets_own_waits_too():
    unmet = nothing("anna", b"u")
    found, _ = told("hand_out", "06", unmet, came("slow", "anna"), call="sendfile")
    assert found == "M13"


def test_who_was_closed_after_an_error_did_not_ask_too_often():
    events = [
        *came("anna"),
        poured("anna", "one\ntwo\n"),
        got("anna", "one\n"),
        gave("anna", "eno\n"),
        at("anna", "fail", op="send", error="TimeoutError"),
        at("anna", "close"),
    ]
    found, _ = told("serve_many", "05", closed("anna", b"owt\n"), events)
    assert found != "M33"


FOUR_TURNS = b"!and these were 4 turns\n"

LOOPS = {
    "an exit": (
        ("EventLoop", Unmet("", who="ben", kind="nothing", due=b"la\n")),
        [*came("anna")],
        {"ending": Ending("exited", "SystemExit", "None")},
        ("", "SystemExit has left your loop"),
    ),
    "closed before it was told": (
        ("EventLoop", closed("anna", b"famous last words\n")),
        [*came("anna"), poured("anna", "spill words read\n"), at("anna", "close")],
        {},
        ("M73", "anna was closed before its handle_error() could say a word."),
    ),
    "several turns in one call": (
        ("EventLoop", wrong("anna", FOUR_TURNS, b"!and these were 13 turns\n")),
        [*came("anna")],
        {"suspects": ("M106",), "ending": Ending("returned", "", "")},
        ("M106", "handle_write() was called 10 times for one handler."),
    ),
    "a turn that is too short": (
        ("EventLoop", wrong("anna", b"looked, waited\n", b"looked, did not wait\n")),
        [*came("anna")],
        {"suspects": ("M106",), "ending": Ending("returned", "", "")},
        ("M106", "run_once(0.2) came back sooner, and nothing was ready."),
    ),
    "a turn too few": (
        ("EventLoop", wrong("anna", FOUR_TURNS, b"!and these were 3 turns\n")),
        [*came("anna")],
        {"suspects": ("M106",), "ending": Ending("returned", "", "")},
        ("", "The number 3 came where 4 was due."),
    ),
    "a line without its newline": (
        ("broadcast", nothing("ben", b"\n")),
        [*came("anna", "ben"), got("anna", "hi\n"), gave("ben", "hi")],
        {},
        ("", "ben was sent a line without its newline."),
    ),
}


@pytest.mark.parametrize("case", LOOPS.values(), ids=LOOPS)
def test_a_loop_is_told_what_its_puppets_met(case):
    (task, unmet), events, more, (key, words) = case
    found, text = told(task, "07", unmet, events, **more)
    assert (found, words in text) == (key, True), text


NAMED = "put tea green\nsync\nrecords\n"
PUT = "put tea green 7 50\nsync\ncrash\nget tea\n"


def line(text):
    """An answer of a desk."""
    return f"{text}\n".encode()


DATABASES = {
    "a record that nobody has put": (
        ("Store", wrong("anna", line("tea"), line("__counts__ tea"))),
        [*came("anna"), poured("anna", NAMED)],
        {},
        ("", "The database has a record for __counts__, which nobody has put."),
    ),
    "a new number for an old value": (
        ("Store", wrong("anna", line("green 7, cas A"), line("green 7, cas B"))),
        [*came("anna"), poured("anna", PUT)],
        {},
        ("M120", "green 7, cas B"),
    ),
    "a flush at 0": (
        ("Commands", wrong("anna", b"END\r\n", b"VALUE b 0 1\r\nx\r\nEND\r\n")),
        [*came("anna"), poured("anna", "flush_all 0\r\nget b\r\n")],
        {"name": "all_is_flushed"},
        ("", "After b'flush_all 0', the value of b is still there."),
    ),
    "a flush that is still to come": (
        ("Commands", wrong("anna", b"END\r\n", b"VALUE b 0 1\r\nx\r\nEND\r\n")),
        [*came("anna"), poured("anna", "flush_all 10\r\nmove 10\r\nget b\r\n")],
        {"name": "all_is_flushed"},
        ("M125", "After b'flush_all 10', the value of b is still there."),
    ),
    "a signal that nobody hears": (
        (
            "run_database",
            Unmet("expected it to end by SIGTERM", who="keeper", kind="nothing"),
        ),
        [*came("anna")],
        {},
        ("M138", "SIGTERM was sent, and the function has not come to its end."),
    ),
    "a signal that wakes nobody": (
        (
            "run_database",
            Unmet(
                "expected it to end by SIGTERM: nothing came, and the server is asleep",
                who="keeper",
                kind="nothing",
            ),
        ),
        [*came("anna")],
        {},
        ("M138", "SIGTERM was sent, and the server sleeps on"),
    ),
    "a program that breaks off": (
        ("run_database", Unmet("ended otherwise: it exited", who="", kind="gone")),
        [*came("anna")],
        {"ending": Ending("exited", "exit code 0")},
        ("M138", "SIGTERM was sent, and the program has broken off"),
    ),
}


@pytest.mark.parametrize("case", DATABASES.values(), ids=DATABASES)
def test_a_database_is_told_what_it_kept(case):
    (task, unmet), events, more, (key, words) = case
    found, text = told(task, "10", unmet, events, **more)
    assert (found, words in text) == (key, True), text


def window(r=(), w=()):
    """The window waits."""
    wait = {"e": "wait", "p": 1, "api": "mainloop", "r": [*r], "w": [*w], "x": []}
    return {**wait, "timeout": None}


WINDOWS = {
    "a wait in each look": (
        ("look_in", no_end("anna")),
        [*came("anna"), select([6], timeout=0.5) | {"at": ["cell 1", 3]}, woke()],
        {},
        ("M150", "select() may wait for 0.5 s in each look"),
    ),
    "a reset that was seen to": (
        ("look_in", nothing("anna", b"HI\n")),
        [
            *came("anna", "ben"),
            at("ben", "fail", op="recv", error="E", errno="ECONNRESET"),
            at("ben", "close"),
            window([6]),
        ],
        {},
        ("", ""),
    ),
    "one line of several": (
        ("look_in", nothing("anna", b"TWO\n")),
        [*came("anna"), got("anna", "one\ntwo\nthr"), gave("anna", "ONE\n")],
        {},
        ("M02", "b'one\\ntwo\\nthr'"),
    ),
    "a door that is closed": (
        ("on_window", Unmet("nobody listens any more", who="late", kind="refused")),
        [*came("anna"), {"e": "close", "p": 1, "fd": 5}],
        {},
        ("", "listener"),
    ),
    "an answer of somebody else's": (
        ("on_window", wrong("anna", b"HI\n", b"02\n0030503\n0030504\n00")),
        [*came("anna", "slow"), poured("slow", "4000\n"), poured("anna", "hi\n")],
        {},
        ("M109", "anna was sent part of a long answer, and has not asked for one"),
    ),
    "a part, and nobody asks for room": (
        ("on_window", closed("anna", b"rest")),
        [
            *came("anna"),
            got("anna", "400\n"),
            gave("anna", "0000000\n", ask=400),
            window([5, 6]),
            got("anna", ""),
            at("anna", "close"),
        ],
        {},
        ("M04", "8 of 400"),
    ),
    "watched for room alone": (
        ("TkLoop", wrong("ben", b"ben is muted\n", b"word\nben is muted\n")),
        [
            *came("ben"),
            poured("ben", "name ben\nmute ben\n"),
            window([5], [7]),
            woke([], [7]),
            gave("ben", "word\n"),
        ],
        {"suspects": ("M155",)},
        ("M72", "ben was watched for room alone, and what ben has said waits."),
    ),
    "write() comes first": (
        ("TkLoop", wrong("ben", b"ben is muted\n", b"word\nben is muted\n")),
        [
            *came("ben"),
            poured("ben", "name ben\nmute ben\n"),
            window([5, 7], [7]),
            woke([7], [7]),
            gave("ben", "word\n"),
            gave("ben", "ben is muted\n"),
        ],
        {"suspects": ("M155",)},
        ("", "What ben's write() sends came before what its read() sends."),
    ),
    "write() comes though read() has taken it out": (
        ("TkLoop", wrong("ben", b"ben is muted\n", b"ben is muted\nword\n")),
        [
            *came("ben"),
            poured("ben", "name ben\nmute ben\n"),
            window([5, 7], [7]),
            woke([7], [7]),
            gave("ben", "ben is muted\n"),
            gave("ben", "word\n"),
        ],
        {"suspects": ("M155",)},
        ("M70", "read() had taken it out of the loop, and write() was called still."),
    ),
    "nothing was printed": (
        ("TkLoop", Unmet("has printed nothing of Spilled", who="", kind="silent")),
        [*came("anna")],
        {},
        ("M95", "nothing was printed"),
    ),
    "both flags, and nothing done": (
        ("TkLoop", nothing("ben", b"ben is muted\n")),
        [*came("ben"), *([window([7], [7]), woke([7], [7])] * 12)],
        {},
        ("M28", "ben was readable and had room, both at once"),
    ),
    "room that was asked for once": (
        ("TkLoop", Unmet("stirs again and again", who="", kind="rest")),
        [*came("ben"), window([7]), *([window([7], [7]), woke([], [7])] * 12)],
        {},
        ("M72", "ben was watched for reading alone at first."),
    ),
}


@pytest.mark.parametrize("case", WINDOWS.values(), ids=WINDOWS)
def test_a_server_in_a_window_is_told_what_it_did(case):
    (task, unmet), events, more, (key, words) = case
    found, text = told(task, "11", unmet, events, **more)
    assert (found, words in text) == (key, True), text
    assert words or not text


def test_a_parent_that_does_its_childs_work_is_told_so():
    events = [
        *came("anna"),
        got("anna", "hi"),
        {"e": "fork", "p": 1, "child": 2},
        {"e": "try", "p": 2, "op": "accept", "fd": 5},
    ]
    unmet = Unmet("", who="anna", kind="nothing", due=b"HI")
    found, text = told("hire", "03", unmet, events)
    assert (found, "does the other's work" in text) == ("", True), text


ONCE = "def hire_and_reap(listener):\n    os.waitpid(-1, os.WNOHANG)\n"
BY_SIGNAL = f"""import signal


{ONCE}    set_up()


def set_up():
    signal.signal(signal.SIGCHLD, reap)
"""


@pytest.mark.parametrize(
    ("source", "zombies", "key"),
    [
        (ONCE, 0, "M96"),
        # Those who stay for good are waited for at no look around.
        (ONCE, 3, "M56"),
        (BY_SIGNAL, 0, "M57"),
        (BY_SIGNAL, 3, "M57"),
    ],
)
def test_signals_are_spoken_of_where_they_are_heard(source, zombies, key):
    unmet = Unmet("waits for some", who="server", kind="zombies")
    more = {"sources": {"cell 5": source}, "suspects": ("M96", "M57")}
    more["vitals"] = replace(IDLE, zombies=zombies)
    found, text = told("hire_and_reap", "03", unmet, [], **more)
    assert (found, "not all were waited for" in text) == (key, True), text


@pytest.mark.parametrize(("source", "key"), [(ONCE, ""), (BY_SIGNAL, "M57")])
def test_a_wait_that_finds_nobody_is_told_with_what_asked(source, key):
    unmet = Unmet("has ended", who="server", kind="gone")
    ending = Ending("raised", kind="ChildProcessError", error="No child processes")
    more = {"sources": {"cell 5": source}, "ending": ending}
    found, text = told("hire_and_reap", "03", unmet, [], **more)
    assert (found, "ChildProcessError" in text) == (key, True), text


def numbered(due, came_instead, *events, who="ben"):
    """A queue in which somebody is answered with other numbers."""
    told_to = wrong(who, due, came_instead)
    heard = {"e": "hear", "who": who, "data": came_instead.decode()}
    return told("serve_in_turn", "02", told_to, [*events, heard])


def test_a_number_is_told_by_who_was_let_in():
    let_in = [*came("anna"), *came("ben")]
    spoke = [*came("anna"), got("anna", "hi\n"), *came("ben")]
    _, text = numbered(b"2 HI\n", b"1 HI\n", *let_in)
    assert "ben was number 2" in text and "Nothing was read from anna" in text
    _, text = numbered(b"2 HI\n2 HO\n", b"2 HI\n3 HO\n", *spoke)
    assert "begins with 3" in text
    # Everybody spoke: then why it is one too few, the run does not show.
    _, text = numbered(b"2 HI\n", b"1 HI\n", *spoke)
    assert text == "The number 1 came where 2 was due."


@pytest.mark.parametrize(("threads", "told_so"), [(3, True), (5, False)])
def test_booths_are_counted_where_there_are_too_few(threads, told_so):
    waits = {"op": "recv", "ask": 99, "th": 7}
    events = [
        *came("anna", "ben", "slow"),
        at("anna", "try", **waits),
        at("ben", "try", **waits),
        {"e": "try", "p": 1, "op": "accept", "fd": 5},
    ]
    more = {"vitals": replace(IDLE, threads=threads), "suspects": ("M62",)}
    unmet = nothing("slow", b"tea 1\n")
    found, text = told("four_booths", "04", unmet, events, **more)
    sentence = "2 threads look after a client each, and there is none for slow."
    assert found == ""
    assert (text == sentence) == told_so, text


def clock(now, asks):
    """What a clock that a test moves was asked, at rest."""
    return {"e": "clock", "now": now, "looked": 1, "others": 0, "asks": asks}


@pytest.mark.parametrize(("asks", "key"), [(20.0, ""), (10.0, "M20"), (30.0, "M20")])
def test_a_limit_that_is_too_long_was_not_put_off(asks, key):
    events = [
        *came("anna"),
        clock(0, asks),
        got("anna", "a"),
        clock(10, asks),
        got("anna", "b"),
    ]
    found, text = told("keep_house", "09", no_end("anna"), events)
    assert found == key, text


RING, CUP = "gold ring\n", "gold cup\n"
A_RING = Unmet("< expected nothing yet, got b'a ring\\n'", who="ben", kind="extra")
WORD = {"e": "send", "p": 1, "fd": 30, "th": 2, "ask": 1, "n": 1, "data": "!"}


def asked(who, line):
    """A client has asked for gold, and was heard."""
    return poured(who, line), got(who, line)


def vanished(who):
    """With a reset."""
    yield {"e": "reset", "who": who, "port": CLIENTS[who][1]}
    yield at(who, "close")


def begins(*words, under_way=0):
    """Work was to begin for these words, and nothing came."""
    text = f"expected work to begin for {' or '.join(map(repr, words))}: nothing came"
    facts = {"words": b"", "workers": 2, "under_way": under_way}
    return Unmet(
        f"{text}, and the server is asleep", who="work", kind="nothing", facts=facts
    )


def began(words, *due, kind="wrong"):
    """It began for other words."""
    wanted = " or ".join(map(repr, due)) if due else ""
    text = f"expected work to begin for {wanted}, got {words!r}"
    facts = {"words": words, "workers": 2, "under_way": 1}
    return Unmet(text, who="work", kind=kind, facts=facts)


GOLD = {
    "nobody waked it": (
        nothing("anna", b"a ring\n"),
        [*came("anna"), *asked("anna", RING), select([5, 6])],
        ("M215", "the loop sleeps in select() without a limit, and no thread"),
    ),
    "it was waked": (
        nothing("anna", b"a ring\n"),
        [*came("anna"), *asked("anna", RING), WORD, select([5, 6])],
        ("", "was read from anna, and nothing was sent since"),
    ),
    "it will wake by itself": (
        nothing("anna", b"a ring\n"),
        [*came("anna"), *asked("anna", RING), select([5, 6], timeout=9)],
        ("", "was read from anna, and nothing was sent since"),
    ),
    "a stranger has its number": (
        A_RING,
        [
            *came("anna"),
            *asked("anna", RING),
            *vanished("anna"),
            *came("ben"),
            gave("ben", "a ring\n"),
        ],
        ("M218", "ben was sent what anna had asked for, and anna had vanished"),
    ),
    "nobody has vanished": (
        A_RING,
        [*came("anna", "ben"), *asked("anna", RING), gave("ben", "a ring\n")],
        ("", ""),
    ),
    "it was ben's own": (
        A_RING,
        [*came("anna", "ben"), *asked("ben", RING), *vanished("anna")],
        ("", ""),
    ),
    "made first, sent first": (
        Unmet("< expected nothing yet, got b'a cup\\n'", who="anna", kind="extra"),
        [*came("anna"), *asked("anna", RING + CUP), gave("anna", "a cup\n")],
        ("M30", "anna was sent an answer, and had asked for something else before"),
    ),
    "busy is known at once": (
        Unmet("< expected nothing yet, got b'busy\\n'", who="anna", kind="extra"),
        [*came("anna"), *asked("anna", RING), gave("anna", "busy\n")],
        ("", ""),
    ),
    "a thread has sent a part": (
        nothing("slow", b"rings"),
        [
            *came("slow"),
            *asked("slow", RING),
            {**gave("slow", "ri", ask=9), "th": 2},
            select([5, 8]),
        ],
        ("M216", "A thread of the pool has sent a part to slow"),
    ),
    "an exception that nobody tells": (
        nothing("anna", b"sorry: NoGold\n"),
        [*came("anna"), *asked("anna", RING), WORD, select([5, 6])],
        ("M211", "The work for anna has raised, and anna was sent nothing."),
    ),
    "an exception that is told, and costs what stands behind": (
        nothing("anna", b"sorry: NoGold\nTHANKS\n"),
        [
            *came("anna"),
            *asked("anna", RING),
            gave("anna", "sorry: NoGold\n"),
            select([5, 6]),
        ],
        ("", "anna was sent b'sorry: NoGold\\n', and nothing since, though more"),
    ),
    "an exception that nobody tells, with a line behind": (
        nothing("anna", b"sorry: NoGold\nTHANKS\n"),
        [*came("anna"), *asked("anna", RING), WORD, select([5, 6])],
        ("M211", "The work for anna has raised, and anna was sent nothing."),
    ),
    "no place, and not told": (
        nothing("anna", b"busy\n"),
        [*came("anna"), *asked("anna", RING), WORD, select([5, 6])],
        ("M217", "There was no place for anna's gold, and anna was not told."),
    ),
    "the work itself is no client": (
        Unmet("expected work to begin for b'ring'", who="work", kind="nothing"),
        [*came("anna"), poured("anna", RING), select([5])],
        ("", ""),
    ),
    "what anna waits for keeps no place of a client's who has gone": (
        begins(b"cup"),
        [
            *came("anna"),
            *asked("anna", RING),
            *vanished("anna"),
            *came("ben"),
            *asked("ben", CUP),
            gave("ben", "busy\n"),
            select([5]),
        ],
        ("M212", "ben was answered busy. anna has vanished, and what was asked for"),
    ),
    "a place of what was taken back": (
        begins(b"cup"),
        [
            *came("anna", "ben"),
            *asked("anna", RING),
            *asked("anna", "cancel\n"),
            *asked("ben", CUP),
            gave("ben", "busy\n"),
            select([5]),
        ],
        ("M219", "it ben was told that there is no place"),
    ),
    "there was a place": (
        begins(b"cup"),
        [*came("ben"), *asked("ben", CUP), gave("ben", "busy\n"), select([5])],
        ("", "There was a place for ben's gold, and ben was answered busy."),
    ),
    "a worker is idle": (
        begins(b"cup", under_way=1),
        [*came("anna"), *asked("anna", RING + CUP), select([5])],
        (
            "",
            "b'gold cup' was read from anna, 1 of 2 workers have work, and it has not",
        ),
    ),
    "no worker is idle": (
        begins(b"cup", under_way=2),
        [*came("anna"), *asked("anna", RING + CUP), select([5])],
        ("", ""),
    ),
    "the blank is kept": (
        began(b" ring", b"ring"),
        [*came("anna"), *asked("anna", RING), select([5])],
        ("", "Nobody has asked for b' ring': a line that begins with gold and a"),
    ),
    "one more than there are workers": (
        began(b"cup", kind="many"),
        [*came("anna"), *asked("anna", RING + CUP), select([5])],
        ("M217", "2 calls of the work may be under way at once, in all, and one more"),
    ),
    "busy comes before what was asked for first": (
        Unmet("< expected nothing yet, got b'busy\\n'", who="anna", kind="extra"),
        [*came("anna"), *asked("anna", RING + CUP + RING), gave("anna", "busy\n")],
        ("M30", "anna was sent an answer, and had asked for something else before"),
    ),
}
"""What was not met, what was recorded, and the cause and words that are told."""


@pytest.mark.parametrize("case", GOLD.values(), ids=GOLD)
def test_a_server_that_makes_gold_is_told_what_it_did(case):
    unmet, events, (key, words) = case
    found, text = told("serve_gold", "14", unmet, events, suspects="M30")
    assert (found, words in text) == (key, True), text
    assert words or not text


TWO = [*came("anna", "ben"), *asked("anna", RING)]
PIECES = {
    "ben's line is read, and anna's gold goes on": (
        began(b"ring", b"cup"),
        [*TWO, *asked("ben", CUP), select([5]), select([5])],
        ("M201", "The loop has turned, one gold has got piece after piece"),
    ),
    "ben's line is not read": (
        began(b"ring", b"cup"),
        [*TWO, poured("ben", CUP)],
        ("M210", "One gold has got another piece, and it was not its turn."),
    ),
    "the second gold of one client": (
        began(b"cup", b"ring"),
        [*came("anna"), *asked("anna", RING + CUP)],
        ("", "b'cup' was begun before b'ring' was made: both are anna's"),
    ),
    "a line that asks for no gold": (
        began(b"n"),
        [*came("anna"), *asked("anna", "golden\n")],
        ("", "Nobody has asked for b'n': a line that begins with gold and a blank"),
    ),
    "the end of the pieces is no failure": (
        wrong("anna", b"a ring\n", b"sorry: StopIteration\n"),
        [*came("anna"), *asked("anna", RING), gave("anna", "sorry: StopIteration\n")],
        ("", "StopIteration is no failure: so next() tells that the gold is made"),
    ),
}


@pytest.mark.parametrize("case", PIECES.values(), ids=PIECES)
def test_a_server_that_makes_pieces_is_told_what_it_did(case):
    unmet, events, (key, words) = case
    found, text = told("serve_in_pieces", "14", unmet, events)
    assert (found, words in text) == (key, True), text


@pytest.mark.parametrize(("heard", "key"), [(False, "M210"), (True, "")])
def test_a_loop_that_has_read_a_line_has_turned(heard, key):
    said = [poured("ben", "and I?\n"), got("ben", "and I?\n")]
    events = [*TWO, *said[: 1 + heard]]
    place = Place("cell 3", 3, "piece", "next(self.making)")
    unmet = nothing("ben", b"AND I?\n")
    found, text = told("serve_in_pieces", "14", unmet, events, place=place)
    assert found == key, text


@pytest.mark.parametrize(("answers", "key"), [(1, "M02"), (2, "")])
def test_lines_that_were_all_answered_were_told_apart(answers, key):
    said = ["eno\n", "wot\n"][:answers]
    events = [
        *came("anna"),
        poured("anna", "one\ntwo\n"),
        got("anna", "one\ntwo\n"),
        *(gave("anna", each) for each in said),
    ]
    unmet = wrong("anna", b"eno\nowt\n", "".join(said).encode())
    found, text = told("serve_many", "05", unmet, events)
    assert found == key, text


@pytest.mark.parametrize(("gone", "key"), [(True, "M30"), (False, "M109")])
def test_who_has_left_shares_no_buffer_with_who_comes(gone, key):
    left = [got("anna", ""), at("anna", "close")] if gone else []
    events = [
        *came("anna"),
        poured("anna", "half"),
        got("anna", "half"),
        *left,
        *came("ben"),
        poured("ben", "two\n"),
        got("ben", "two\n"),
        gave("ben", "owtflah\n"),
    ]
    unmet = wrong("ben", b"owt\n", b"owtflah\n")
    found, text = told("serve_many", "05", unmet, events)
    assert found == key, text


def dns(name):
    """What a resolver says of a name; the beginning of it."""
    labels = "".join(chr(len(each)) + each for each in name.split("."))
    return "\0\1\x81\x80\0\1\0\1\0\0\0\0" + labels + "\0\0\1\0\1"


def moved(by, now):
    """The clock of a test is moved on, and says so."""
    data = f"{by}\n"
    told = {"e": "clock", "now": now, "asks": None, "looked": 1, "others": 0}
    return [{"e": "pour", "who": "clock", "port": 45, "n": 4, "data": data}, told]


OVER = Ending("raised", error="negative integer", kind="ValueError")
BOTH = "The votes are used by two threads at once."

KINDS = {
    "07: an error is told as an end": (
        (
            "EventLoop",
            "07",
            Unmet("< expected no more, got b'goodbye\\n'", who="anna", kind="extra"),
        ),
        [*came("anna"), poured("anna", "spill read\n"), gave("anna", "goodbye\n")],
        {},
        ("M73", "and handle_close() was called: anna had not finished"),
    ),
    "07: what is heard for the first time": (
        (
            "EventLoop",
            "07",
            Unmet("< expected no more, got b'well\\n'", who="anna", kind="extra"),
        ),
        [
            *came("anna"),
            gave("anna", "well\n"),
            {"e": "hear", "who": "anna", "port": 40, "n": 5, "data": "well\n"},
        ],
        {},
        ("", ""),
    ),
    "07: the loop closes who has finished": (
        ("EventLoop", "07", Unmet("has ended", who="anna", kind="gone")),
        [*came("anna"), got("anna", ""), at("anna", "close"), select([5, 6])],
        {"ending": OVER},
        ("M14", "anna had finished, its connection was closed, and select()"),
    ),
    "08: an empty block is taken for none": (
        ("RequestParser", "08", Unmet("has ended", who="anna", kind="gone")),
        [
            *came("anna"),
            *(
                event
                for line in ("set a 0 0 5\r\nhello\r\n", "set a 0 0 0\r\n\r\n")
                for event in (poured("anna", line), got("anna", line))
            ),
        ],
        {"ending": Ending("raised", "ERROR", "ValueError"), "suspects": ("M76",)},
        ("M44", "A block of some bytes was found"),
    ),
    "09: closed at its end, and heard of later": (
        ("keep_house", "09", closed("anna", b"00001\n")),
        [
            *came("anna"),
            poured("anna", "9\nsou"),
            got("anna", "9\nsou"),
            *moved(60, 60),
            moved(20, 80)[0],
            got("anna", ""),
            at("anna", "close"),
            moved(20, 80)[1],
        ],
        {},
        ("M08", "anna had finished sending, and was closed at that moment"),
    ),
    "09: the flag after the chain": (
        (
            "TimedLoop",
            "09",
            wrong("anna", b"flag\nthe chain is over\n", b"the chain is over\nflag\n"),
        ),
        [*came("anna"), got("anna", "chain 50 flag\n")],
        {},
        ("M91", "was ready was seen to after them"),
    ),
    "09: the clock of another": (
        (
            "Timers",
            "09",
            wrong("anna", b"next at 2\n", b"next at 4, by some other clock\n"),
        ),
        [*came("anna"), got("anna", "in 2 eggs\nnext\n")],
        {"suspects": ("M89",)},
        ("M84", "It did not ask the clock that it was given"),
    ),
    "03: a child that has had nobody yet": (
        ("hire", "03", Unmet("has 1 child", who="server", kind="crowd")),
        [
            *came("anna"),
            {"e": "fork", "p": 1, "child": 2},
            {"e": "try", "p": 2, "op": "accept", "fd": 5},
        ],
        {},
        ("", ""),
    ),
    "08: a line and its block are one": (
        ("serve_memcached", "08", nothing("anna", b"STORED\r\n")),
        [
            *came("anna"),
            poured("anna", "set a 5 0 5\r\nhello\r\n"),
            got("anna", "set a 5 0 5\r\nhello\r\n"),
            select([5, 6]),
        ],
        {},
        ("", "was read from anna, and nothing was sent since."),
    ),
    "12: the right results in another order": (
        ("connect_all", "12", Unmet("expected [a, b], got [b, a]", who="caller")),
        [*came("anna")],
        {},
        ("", "in another order than the addresses"),
    ),
    "12: an answer for another name": (
        ("forward", "12", nothing("ben", GOOD)),
        [
            *came("anna", "ben"),
            got("anna", "CONNECT tea.example:80 HTTP/1.1\r\n\r\n"),
            got("ben", "CONNECT ham.example:80 HTTP/1.1\r\n\r\n"),
            {"e": "recv", "p": 1, "fd": 9, "n": 29, "data": dns("ham.example")},
            gave("anna", GOOD.decode()),
            select([5, 6, 7]),
        ],
        {},
        ("M30", "The resolver has told of ham.example, and anna was told"),
    ),
    "12: half a head is answered": (
        ("forward", "12", Unmet("cut", who="anna", kind="reset")),
        [*came("anna"), got("anna", "C"), gave("anna", NO_SUCH.decode())],
        {},
        ("M01", "b'C' was read from anna, the first line of its head was not"),
    ),
    "12: what send() left is in no list": (
        ("relay", "12", wrong("anna", b"soup and bread", b"soup")),
        [*came("anna"), gave("anna", "soup", ask=14), select([5, 6])],
        {},
        ("M04", "in its next wait your server asked for no room there"),
    ),
    "12: what send() left is asked for": (
        ("relay", "12", wrong("anna", b"soup and bread", b"soup")),
        [*came("anna"), gave("anna", "soup", ask=14), select([5], [6])],
        {},
        ("", "The end is missing"),
    ),
    "12: asleep in a call": (
        ("relay", "12", nothing("ben", b"x")),
        [*came("anna", "ben"), {"e": "try", "p": 1, "op": "sendall", "fd": 6}],
        {"call": "send"},
        ("M13", "sendall() waits"),
    ),
    "12: a timer strikes who is connected": (
        ("relay", "12", no_end("ben")),
        [
            *came("anna"),
            FAR,
            {"e": "answer", "who": "tea", "port": 44},
            select([5], [9], timeout=0.002),
            woke(w=[9]),
            {"e": "fate", "p": 1, "fd": 9, "errno": ""},
            select([5, 6, 9], timeout=0.001),
            woke(),
            {"e": "close", "p": 1, "fd": 9},
        ],
        {"ending": OVER},
        ("M93", "The call to tea had been answered. When its time limit"),
    ),
    "13: another answer first": (
        ("answer_in_turns", "13", wrong("anna", b"t", b"ham 0")),
        [*came("anna"), poured("anna", "tea 5\nham 5\n")],
        {},
        ("M30", "anna was sent the answer to b'ham' before the one to b'tea'"),
    ),
    "13: the speaker hears itself": (
        ("broadcast_or_drop", "13", wrong("anna", b"b\n", b"hello\nb\n")),
        [*came("anna", "ben"), poured("anna", "hello\n"), poured("ben", "b\n")],
        {},
        ("", "anna was sent b'hello\\n', which it had said itself"),
    ),
    "14: one pair for all": (
        (
            "Wakeup",
            "14",
            Unmet("expected number 2 not to be readable, and it is", who="puller"),
        ),
        [],
        {},
        ("M109", "Number 2 was not waked, and it is readable."),
    ),
    "14: busy too soon": (
        ("serve_gold", "14", Unmet("nothing came", who="work", kind="nothing")),
        [*came("anna"), gave("anna", "busy\n"), select([5, 6])],
        {"suspects": ["M217"]},
        ("", "anna was told busy, although some gold could still wait."),
    ),
    "14: a worker is lost": (
        ("serve_gold", "14", Unmet("nothing came", who="work", kind="nothing")),
        [*came("anna"), gave("anna", "sorry: NoGold\n"), select([5, 6])],
        {"suspects": ["M211"]},
        ("M63", "and since then no work begins"),
    ),
    "15: an old line": (
        ("hold_limits", "15", closed("anna", b"BREAD\n")),
        [
            *came("anna"),
            {"e": "connect", "who": "clock", "port": 45},
            got("anna", "so"),
            *moved(9.0, 9.0),
            got("anna", "up\nbre"),
            *moved(1.0, 10.0),
            at("anna", "close"),
        ],
        {},
        ("M93", "anna's line had begun at 9 s by the clock. At 10 s"),
    ),
    "15: one too many": (
        ("hold_limits", "15", nothing("anna", b"busy\n")),
        [*came("anna"), select([5, 6])],
        {},
        ("M59", "anna was one too many, and was let in."),
    ),
    "15: asleep in sleep()": (
        ("hold_out", "15", nothing("anna", b"BREAD\n")),
        [*came("anna"), {**select(), "api": "sleep", "timeout": 1.0}],
        {"call": "sleep"},
        ("M150", "Its one thread is asleep in sleep()"),
    ),
    "15: a timer strikes who has gone": (
        ("hold_limits", "15", Unmet("has ended", who="clock", kind="gone")),
        [*came("anna"), select([5, 6]), at("anna", "close"), select([5]), woke()],
        {"ending": OVER},
        ("M93", "it was woken by a timer, and used a socket"),
    ),
    "15: a listener that is closed at the end": (
        ("drain", "15", Unmet("has closed the listener", kind="wrong")),
        [*came("anna"), {"e": "signal"}, {"e": "close", "p": 1, "fd": 5}],
        {"ending": Ending("returned")},
        ("", "Your code closed the listener"),
    ),
    "15: nobody is greeted there": (
        ("hold_limits", "15", nothing("anna", b"x\n")),
        [*came("anna"), select([5, 6])],
        {},
        ("", ""),
    ),
    "01: a piece of an end was left": (
        ("read_line", "01", wrong("caller", b"", b"\n")),
        [*came("anna"), got("anna", "hello\r\n"), got("anna", "\r\n")],
        {},
        ("M46", "b'\\n' ends the line before"),
    ),
    "01: a line that begins with a newline": (
        ("read_line", "01", wrong("caller", b"tea", b"\ntea")),
        [*came("anna"), got("anna", "hello\r\n"), got("anna", "\ntea\r\n")],
        {},
        ("", "Before the right answer came b'\\n'."),
    ),
    "02: an end that was sent by shutdown()": (
        ("serve_in_turn", "02", Unmet("keeps", who="server", kind="leak")),
        [*came("anna"), got("anna", ""), at("anna", "shut", how=2)],
        {},
        ("M54", "shutdown() told anna the end, and close() was not called"),
    ),
    "04: votes that two have used": (
        ("count_votes", "04", Unmet(BOTH, who="votes", kind="wrong")),
        [*came("anna", "ben")],
        {},
        ("M22", "One thread was with the votes, and another one"),
    ),
    "05: looked at, and not taken": (
        ("serve_many", "05", nothing("anna", b"x\n")),
        [
            *came("anna"),
            poured("anna", "half of a line"),
            *(
                event
                for _ in range(4)
                for event in (
                    select([5, 6]),
                    woke([6]),
                    {**got("anna", "half of a line"), "peek": True},
                )
            ),
        ],
        {"spinning": True},
        ("M28", "has looked at the bytes of anna by MSG_PEEK"),
    ),
    "05: the answer on another's connection": (
        ("three_guests", "05", closed("ben", b"puos\n")),
        [
            *came("anna", "ben"),
            poured("ben", "soup\n"),
            got("ben", "soup\n"),
            gave("anna", "puos\n"),
            at("ben", "close"),
        ],
        {},
        ("M30", "was sent to anna, not to ben"),
    ),
    "05: a line of which the end was not written down": (
        ("serve_many", "05", nothing("anna", b"5000")),
        [
            *came("anna"),
            {**got("anna", "0" * 48), "n": 1025},
            {**gave("anna", "0" * 48), "n": 1025},
            {**got("anna", "0" * 48), "n": 4096},
            select([5, 6]),
        ],
        {},
        ("", "was read from anna, and nothing was sent since."),
    ),
    "05: nobody closed it": (
        ("serve_many", "05", Unmet("cut", who="anna", kind="reset")),
        [
            *came("anna"),
            poured("anna", "one\ntwo\n"),
            got("anna", "one\n"),
            at("anna", "close", dropped=True),
        ],
        {},
        ("", ""),
    ),
    "07: watched for nothing, and let go": (
        ("Echo", "07", Unmet("cut", who="anna", kind="reset")),
        [
            *came("anna"),
            poured("anna", "soupsalt"),
            got("anna", "soup"),
            gave("anna", "soup"),
            at("anna", "close", dropped=True),
        ],
        {},
        ("M102", "neither to read nor to write"),
    ),
    "07: an end that is read twice": (
        ("EventLoop", "07", wrong("anna", b"well\n", b"goodbye\nwell\n")),
        [*came("anna"), got("anna", ""), select([6]), got("anna", ""), select([5])],
        {"suspects": ("M74",)},
        ("M74", "and was called for anna once more"),
    ),
    "05: something was done, and was counted": (
        ("serve_many", "05", nothing("anna", b"x\n")),
        [
            *came("anna"),
            poured("anna", "x\n"),
            *(event for _ in range(4) for event in (select([5, 6]), woke([6]))),
            {"e": "sum", "p": 1, "from": 1, "to": 2, "waits": 9, "moved": 9},
            woke([6]),
        ],
        {"spinning": True},
        ("", ""),
    ),
}


@pytest.mark.parametrize("case", KINDS.values(), ids=KINDS)
def test_a_kind_is_told_by_its_facts(case):
    (task, topic, unmet), events, more, (key, words) = case
    found, text = told(task, topic, unmet, events, **more)
    assert (found, words in text) == (key, True), (found, text)
    assert words or not text


def moves(seconds):
    """The clock of the test has been moved."""
    return {"e": "pour", "who": "clock", "port": 99, "n": 1, "data": f"{seconds}\n"}


def on(fd, e, **fields):
    """Something that the server did on a socket that no client is behind."""
    return {"e": e, "p": 1, "fd": fd, "at": ["7", 1], **fields}


def from_one_address(*names):
    """Clients who came from the same address."""
    for who in names:
        port = CLIENTS[who][1]
        yield {"e": "address", "who": who, "port": port, "host": "127.0.0.2"}


SIGTERM = {"e": "signal"}
FAILED = {"op": "recv", "errno": "ENOBUFS", "error": "OSError", "made": True}
RETURNED = Unmet("has returned", who="server", kind="over")
GOES_ON = Unmet("goes on, but should have returned", who="server", kind="end")
HEARD = [*came("anna"), poured("anna", "tea\n"), got("anna", "tea\n")]

FAULTS = {
    "a failed connection that stays": (
        ("hold_out", no_end("anna")),
        [*came("anna"), at("anna", "fail", **FAILED), select([5, 6])],
        ("", "recv() failed with ENOBUFS on anna's connection. It is still open"),
    ),
    "heard a moment ago, and closed": (
        ("hold_limits", closed("anna", b"HAM\n")),
        [*HEARD, gave("anna", "TEA\n"), moves(14.0), at("anna", "close")],
        ("M92", "Bytes of anna had come 14 s before"),
    ),
    "a line behind a newline": (
        ("hold_limits", no_end("anna")),
        [*came("anna"), poured("anna", "a\nb"), got("anna", "a\nb"), moves(10.0)],
        ("", "in the same piece as the newline before it. At 10 s it has no newline"),
    ),
    "a silent one who stays": (
        ("hold_limits", no_end("anna")),
        [*HEARD, gave("anna", "TEA\n"), moves(60.0), select([5, 6])],
        ("M92", "No byte of anna has moved for 60 s"),
    ),
    "busy, though others had left": (
        ("hold_limits", wrong("ben", b"HAM\n", b"busy\n")),
        [
            *came("slow", "anna"),
            *from_one_address("slow", "anna", "ben"),
            at("slow", "close"),
            *came("ben"),
            select([5, 6]),
        ],
        ("M59", "ben was told busy. So many others from its address were in: 1"),
    ),
    "an answer that is cut": (
        ("drain", closed("anna", b"TEA\n")),
        [*HEARD, gave("anna", "T", 4), SIGTERM, at("anna", "close")],
        ("M227", "anna had not been sent all of its answer"),
    ),
    "a limit that has passed": (
        ("hand_over", no_end("anna")),
        [*HEARD, on(9, "send", ask=4, n=4, data="door"), moves(5.0), select([6])],
        ("M229", "The end has begun 5 s ago by the clock, and anna is still connected"),
    ),
    "a limit that is put off": (
        ("drain", GOES_ON),
        [*HEARD, SIGTERM, moves(5.0), select([5, 6], timeout=5.0)],
        ("M229", "SIGTERM came 5 s ago by the clock, and it asks to sleep for 5 s"),
    ),
    "the end of the line is no wish": (
        ("hand_over", RETURNED),
        [*HEARD, on(9, "recv", ask=1, n=0)],
        ("", "no successor comes. Your function has returned all the same"),
    ),
    "a successor who waits": (
        ("hand_over", Unmet("< expected the listener", who="heir", kind="nothing")),
        [*HEARD, on(9, "recv", ask=1, n=1, data="?"), select([5, 6])],
        ("", "The byte on `heir` was read, and the listener was not sent"),
    ),
}


@pytest.mark.parametrize("case", FAULTS.values(), ids=FAULTS)
def test_a_server_in_need_is_told_what_it_did(case):
    (task, unmet), events, (key, words) = case
    suspects = ("M225",) if b"busy" in unmet.due + unmet.got else ()
    found, text = told(task, "15", unmet, events, suspects=suspects)
    assert (found, words in text) == (key, True), text


@pytest.mark.parametrize("op", ["select", "ioctl"])
def test_a_handler_that_closes_runs_inside_a_wait(op):
    error = "file descriptor cannot be a negative integer (-1)"
    fails = [on(-1, "fail", op=op, error="ValueError")] if op == "select" else []
    events = [*HEARD, select([5, 6]), SIGTERM, at("anna", "close"), *fails]
    ending = Ending("raised", error, "ValueError", at=("7", 3))
    unmet = Unmet("ended otherwise", who="server", kind="gone")
    found, text = told("drain", "15", unmet, events, ending=ending)
    assert (found == "M226") == (op == "select"), text


NEAR = [*came("anna"), *called("tea-anna")]
ENDED = at("tea-anna", "recv", ask=65536, n=0, data="")
NO_ROOM = at("anna", "fail", op="send", error="BlockingIOError", errno="EAGAIN")
NOTICE = "*** 3 lines dropped ***\n"
HALVES = [*came("anna"), poured("anna", "tea 5\n"), got("anna", "te")]

PRESSED = {
    "looks no more": (
        ("relay_with_marks", nothing("anna", b"xy")),
        [
            *NEAR,
            poured("tea-anna", "xy"),
            got("tea-anna", "x"),
            gave("anna", "x"),
            select([5, 6]),
        ],
        ("M205", "All that was read of tea-anna has been sent on. tea-anna has said"),
    ),
    "has never looked": (
        ("relay_with_marks", nothing("anna", b"xy")),
        [*NEAR, poured("tea-anna", "xy"), select([5, 6])],
        ("M34", "tea-anna has said something, and select() is not asked about tea"),
    ),
    "looks, and nothing has come": (
        ("relay_with_marks", nothing("anna", b"xy")),
        [*NEAR, poured("tea-anna", "xy"), select([5, 6, 9])],
        ("", ""),
    ),
    "recv of nothing": (
        ("relay_with_marks", Unmet("keeps less", who="server", kind="low")),
        [*NEAR, at("tea-anna", "recv", ask=0, n=0, data="")],
        ("M44", "It called recv(0)"),
    ),
    "the end of a flood is kept": (
        (
            "relay_with_marks",
            Unmet(
                "< expected 1 bytes, and the end: nothing", who="anna", kind="nothing"
            ),
        ),
        [*NEAR, got("tea-anna", "x"), gave("anna", "x"), ENDED, select([5, 6])],
        ("M195", "tea-anna"),
    ),
    "the end of a flood is due later": (
        (
            "relay_with_marks",
            Unmet(
                "< expected 2 bytes, and the end: nothing", who="anna", kind="nothing"
            ),
        ),
        [*NEAR, got("tea-anna", "xy"), gave("anna", "x"), ENDED, select([5], [6])],
        ("", ""),
    ),
    "asks for no room": (
        ("relay_with_marks", nothing("anna", b"x")),
        [*NEAR, got("tea-anna", "x"), NO_ROOM, select([5, 9])],
        ("M66", "send() found no room for anna, and the next select() asks for none"),
    ),
    "asks for room": (
        ("relay_with_marks", nothing("anna", b"x")),
        [*NEAR, got("tea-anna", "x"), NO_ROOM, select([5, 9], [6])],
        ("", ""),
    ),
    "a wait for one who takes nothing": (
        ("relay_with_marks", Unmet("reads no more", who="server", kind="stuck")),
        [*NEAR, at("anna", "try", op="send", ask=9)],
        ("M13", "send() waits until anna takes something."),
    ),
    "at the mark": (
        ("relay_with_marks", Unmet("reads on", who="server", kind="mark")),
        NEAR,
        ("M204", "As many bytes were kept as the high mark says, and it read on."),
    ),
    "half a line is told": (
        ("broadcast_or_drop", wrong("anna", b"slow 1\n", b"good\n")),
        [*came("anna", "ben"), poured("ben", "day\ngood")],
        ("M43", "ben had said b'good', and no newline behind it."),
    ),
    "half a line of another one": (
        ("broadcast_or_drop", wrong("anna", b"slow 1\n", b"goodslow 1\n")),
        [*came("anna", "ben"), poured("ben", "good")],
        ("M109", "ben"),
    ),
    "sent away": (
        ("broadcast_or_drop", closed("slow", b"x\n")),
        [*came("slow"), gave("slow", "y\n"), at("slow", "close")],
        ("M208", "slow had neither finished nor vanished"),
    ),
    "let go": (
        ("broadcast_or_drop", closed("slow", b"x\n")),
        [
            *came("slow"),
            at("slow", "fail", op="recv", error="OSError", errno="ECONNRESET"),
            at("slow", "close"),
        ],
        ("", "slow's connection was closed, and nothing was sent before."),
    ),
    "hears nothing more": (
        ("broadcast_or_drop", nothing("slow", b"x\n")),
        [
            *came("slow", "ben"),
            gave("slow", NOTICE),
            got("ben", "x\n"),
            select([5, 7, 8]),
        ],
        ("M208", "Later ones were read, and slow was sent none of them."),
    ),
    "more may come": (
        ("broadcast_or_drop", nothing("slow", b"x\n")),
        [
            *came("slow", "ben"),
            gave("slow", NOTICE),
            got("ben", "x\n"),
            select([5, 7, 8], [8]),
        ],
        ("", ""),
    ),
    "told in other words": (
        (
            "broadcast_or_drop",
            Unmet("got it", who="slow", kind="words", got=b"*** 9 gone ***\n"),
        ),
        came("slow"),
        ("", "b'*** 9 gone ***\\n' is no line of how many are missing"),
    ),
    "one of two questions": (
        ("answer_in_turns", closed("anna", b"ham")),
        [
            *came("anna"),
            got("anna", "tea 1\nham 3\n"),
            gave("anna", "t"),
            select([5, 6]),
            at("anna", "recv", ask=9, n=0, data=""),
            at("anna", "close"),
        ],
        ("M02", "One recv() gave b'tea 1\\nham 3\\n' for anna."),
    ),
    "two questions, and room": (
        ("answer_in_turns", closed("anna", b"ham")),
        [
            *came("anna"),
            got("anna", "tea 1\nham 3\n"),
            gave("anna", "t"),
            select([5, 6], [6]),
            at("anna", "recv", ask=9, n=0, data=""),
            at("anna", "close"),
        ],
        ("M67", "anna had finished asking"),
    ),
    "told often": (
        ("broadcast_or_drop", Unmet("in a row", who="slow", kind="notices")),
        came("slow"),
        ("", "slow heard one line after the other of how many are missing"),
    ),
    "begins further on": (
        ("answer_in_pieces", wrong("anna", b"tea " + b"0123456789" * 3, b"")),
        came("anna"),
        ("", ""),
    ),
    "begins with byte 4": (
        (
            "answer_in_pieces",
            wrong("anna", b"tea 01234567890abcdefghijklm", b"01234567890abcdefghijklm"),
        ),
        came("anna"),
        ("", "anna's answer begins with byte 4"),
    ),
    "half a question": (
        ("answer_in_turns", Unmet("has ended", who="anna", kind="gone")),
        [*HALVES, got("anna", "a 5\n")],
        ("M75", "anna's question came as b'te' and b'a 5'."),
    ),
}


@pytest.mark.parametrize("case", PRESSED.values(), ids=PRESSED)
def test_a_server_under_pressure_is_told_what_it_did(case):
    (task, unmet), events, (key, words) = case
    more = {"call": None} if key == "M13" else {}
    if key == "M75":
        error = "not enough values to unpack (expected 2, got 1)"
        more["ending"] = Ending("raised", error, "ValueError", at=("7", 3))
    found, text = told(task, "13", unmet, events, **more)
    assert (found, words in text) == (key, True), (found, text)
    assert words or not text


def in_the_house(count):
    """So many clients who are in, each from an address of its own."""
    for number in range(count):
        who, port = f"guest {number}", 100 + number
        yield {"e": "connect", "who": who, "port": port}
        yield {"e": "address", "who": who, "port": port, "host": f"127.0.1.{number}"}
        yield {"e": "accept", "p": 1, "fd": 5, "new": 20 + number, "peer": port}


EARLY = Unmet("< expected nothing yet, got b'X\\n'", who="guest 10", kind="extra")


@pytest.mark.parametrize(
    ("count", "watched", "key"),
    [(11, [5], "M225"), (12, [20], "M59"), (11, [20], "")],
)
def test_more_than_may_be_in(count, watched, key):
    events = [*in_the_house(count), select(watched)]
    assert told("hold_limits", "15", EARLY, events, suspects=("M225",))[0] == key


def test_busy_is_no_word_for_who_waits_at_the_door():
    unmet = wrong("anna", b"X\n", b"busy\n")
    found, text = told("hold_limits", "15", unmet, [*in_the_house(10), *came("anna")])
    assert (found, "10 clients were in, and anna was told" in text) == ("M225", True)


IN_A_LOOP = {
    "no look after what was raised": (
        (
            "look_in",
            "11",
            Unmet(f"no end: {WHY['ticking']}", who="anna", kind="nothing"),
        ),
        [
            *came("anna", "ben"),
            select([5, 6], timeout=0),
            select([5, 6], timeout=0),
            at("ben", "fail", op="recv", error="OSError", errno="EIO"),
            at("ben", "close"),
            select() | {"api": "mainloop"},
        ],
        {"call": None},
        ("M159", "recv() raised OSError in one look"),
    ),
    "a handler stops the loop": (
        ("NotebookLoop", "11", Unmet("has ended", who="window", kind="gone")),
        [*came("anna"), poured("anna", "spill read\n")],
        {"ending": Ending("raised", "Event loop stopped before", "RuntimeError")},
        ("M71", "A handler has raised, and the loop was stopped."),
    ),
    "a closed one is asked for": (
        ("on_notebook", "11", Unmet("has ended", who="window", kind="gone")),
        [*came("anna"), at("anna", "close")],
        {"ending": Ending("raised", "Invalid file descriptor: -1", "ValueError")},
        ("M155", "A socket was closed, and after that the loop was asked about it."),
    ),
    "what was read is lost": (
        ("on_window", "11", nothing("anna", b"A\n")),
        [
            *came("anna"),
            got("anna", "a\nb"),
            at("anna", "fail", op="recv", error="BlockingIOError", errno="EAGAIN"),
            select([5, 6]),
        ],
        {},
        ("M37", "recv() gave b'a\\nb' for anna. It was called once more at once"),
    ),
    "what was read is answered": (
        ("on_window", "11", nothing("anna", b"A\n")),
        [
            *came("anna"),
            got("anna", "a\nb"),
            at("anna", "fail", op="recv", error="BlockingIOError", errno="EAGAIN"),
            gave("anna", "A\n"),
            select([5, 6]),
        ],
        {},
        ("", ""),
    ),
    "another name": (
        ("serve_gold", "14", wrong("anna", b"sorry: NoGold\n", b"sorry: none\n")),
        came("anna"),
        {},
        ("", "b'none' stands behind `sorry: `"),
    ),
    "something else": (
        ("serve_gold", "14", wrong("anna", b"sorry: NoGold\n", b"\n")),
        came("anna"),
        {},
        ("M211", "The work for anna has raised, and anna was sent b'\\n'."),
    ),
    "busy is missing behind a gold": (
        (
            "serve_gold",
            "14",
            Unmet(
                "< expected b'a\\nbusy\\n', got b'a\\n' so far: nothing came",
                who="anna",
                kind="nothing",
                due=b"a\nbusy\n",
            ),
        ),
        came("anna"),
        {},
        ("M217", "anna"),
    ),
    "nothing to join": (
        ("Commands", "10", wrong("anna", b"STORED\r\n", b"NOT_STORED\r\n")),
        [*came("anna"), poured("anna", "set b 3 0 0\r\n\r\nappend b 0 0 1\r\nx\r\n")],
        {"name": "values_are_joined"},
        ("M130", "A value of no bytes was kept"),
    ),
    "all calls are settled": (
        ("connect_all", "12", nothing("caller", b"[a socket]")),
        [
            *settled("anna"),
            select(timeout=3) | {"api": "sleep"},
        ],
        {"call": None},
        ("", "No call is under way any more, and your function is asleep"),
    ),
    "a line without its blanks": (
        ("log_lines", "12", wrong("usher", b"black \r", b"black")),
        came("anna"),
        {},
        ("M35", "b'black \\r' is the line, and b'black' was logged"),
    ),
    "the last line": (
        (
            "log_lines",
            "12",
            Unmet(
                "expected log(1, 'client', b'black'): nothing",
                who="usher",
                kind="nothing",
            ),
        ),
        [
            *came("anna"),
            got("anna", "green\nblack"),
            at("anna", "recv", ask=9, n=0, data=""),
            select([5]),
        ],
        {},
        ("", "anna has sent b'black' behind its last newline, and has finished."),
    ),
    "several lines had an answer": (
        ("serve_many", "05", wrong("anna", b"A\n\nB\n", b"A\nB\n")),
        [
            *came("anna"),
            poured("anna", "a\n\nb\n"),
            got("anna", "a\n\nb\n"),
            gave("anna", "A\n"),
            gave("anna", "B\n"),
        ],
        {},
        ("M35", "An empty line is a line, and this one was not answered."),
    ),
}


@pytest.mark.parametrize("case", IN_A_LOOP.values(), ids=IN_A_LOOP)
def test_another_kind_is_told_by_its_facts(case):
    (task, topic, unmet), events, more, (key, words) = case
    found, text = told(task, topic, unmet, events, **more)
    assert (found, words in text) == (key, True), (found, text)
    assert words or not text


def met(does, **more):
    """What another thread did with the votes, while the first was in the middle."""
    return {"e": "votes", "during": "read", "does": does, **more}


def caught(kind, how="caught"):
    """Something that was raised, and went no further."""
    trail = [["7", 3, "read"]]
    said = {"kind": kind, "text": kind, "where": trail[0][:2], "trail": trail}
    return {"e": "oops", "p": 1, "how": how, "named": False, **said}


def ended(error, kind, how="raised"):
    """How the server came to its end."""
    return {"ending": Ending(how, error, kind, at=("7", 3)), "call": None}


GONE = {"ending": Ending("returned"), "call": None}
DOOR = b"the door: Spilled\n"
FEW = b"<get a>\n"
COUNTED = wrong("anna", b"tea 3\n", b"tea 2\n")
CUT = "can't decode byte 0xc3 in position 3: unexpected end of data"
NO_TEXT = "can't decode byte 0x93 in position 3: invalid start byte"

LONG_LINE = b"CLIENT_ERROR line too long\n"
UNRAISED = Unmet(
    "expected EOFError to be raised, got b''", who="caller", kind="wrong", got=b""
)
TOO_LONG = [
    *came("anna"),
    poured("anna", "x" * 48),
    got("anna", "x" * 48),
    gave("anna", "too long\r\n"),
]
HUNG_UP = [
    *came("anna"),
    poured("anna", "tea\n"),
    finished("anna"),
    select([5, 6]),
]

LONG = answer("tea", 99).decode()
A_PART = gave("anna", LONG[:40], ask=99)
WHOLE = [A_PART, gave("anna", LONG[40:])]
LET_GO = at("anna", "close")
THROUGH = [got("anna", "green"), gave("tea-anna", "green")]
PAIR = [*came("anna"), *settled("tea-anna"), *THROUGH]
NOT_NOW = [
    at("anna", "fail", op="recv", error="BlockingIOError", errno="EAGAIN"),
    caught("BlockingIOError", how="suppressed"),
]
SLEEPS = "expected it to end by SIGTERM: nothing came, and the server is asleep"
IN_STEP = Unmet("< expected each line: nothing came", who="anna", kind="nothing")

AHEAD = "more than 16384 bytes were made for tea and not sent"
CLOCK = {"e": "connect", "who": "clock", "port": 45}
SPOKEN = [CLOCK, got("anna", "tea\n"), gave("anna", "TEA\n"), *moved(25.0, 25.0)]
LATER, MUCH_LATER = moved(9.0, 34.0), moved(11.0, 36.0)

HEARD = [*came("anna"), got("anna", "hi\n"), gave("anna", "ih\n")]
GET_B = b"<get ab>\n<et c>\n"
FIRST_HELD_UP = Unmet(
    "< expected b'a\\nbusy\\n', got b'a\\n' so far: nothing came",
    who="anna",
    kind="nothing",
    due=b"a\nbusy\n",
)

ALL_ANSWERED = [
    *came("anna", "ben"),
    *(each("anna", "x\n") for each in (got, gave)),
    at("anna", "close"),
]
SHUT_THE_DOOR = "has closed the listener, or shut it down: it is not its own"
LINE_OF_ITS_OWN = "\xc9\xa4\x80\xfc\x8b\xf3\x00\x06\x83\x97 and more"
TURNS = [
    *came("anna", "ben"),
    *(each("anna", "x\n") for each in (got, gave)),
    finished("anna"),
]
WAITS_FOR_BEN = at("ben", "try", op="recv", ask=4096)
IN_RECV = {"call": "recv"}
PAUSES_ON = Unmet("sleeps 2 s, but something is due in 1 s.", who="server", kind="late")
NO_MEMORY = {
    "e": "fail",
    "p": 1,
    "fd": 5,
    "op": "accept",
    "error": "OSError",
    "errno": "ENOBUFS",
}


def replaced(unmet, old, new):
    """The same, in other words."""
    return Unmet(unmet.text.replace(old, new), who=unmet.who, kind=unmet.kind)


LOOKS_AROUND = """
def hire_and_reap(listener):
    listener.settimeout(0.4)
    while True:
        os.waitpid(-1, os.WNOHANG)
        listener.accept()
"""
LATE_BESIDE = "sleeps for 0.4 s at a time, with 1 zombie to be waited for"

ONE_FACT_APART = {
    "05: all are answered, and the listener is closed": (
        ("three_guests", "05", Unmet(SHUT_THE_DOOR, who="server", kind="door")),
        ALL_ANSWERED,
        GONE,
        ("", ""),
    ),
    "05: not all are answered, and it has returned": (
        ("three_guests", "05", nothing("ben", b"y\n")),
        ALL_ANSWERED,
        GONE,
        ("M86", "Your function has returned before it answered ben."),
    ),
    "05: what was sent back has a hole": (
        (
            "open_door",
            "05",
            wrong(
                "anna",
                LINE_OF_ITS_OWN.encode("latin-1"),
                LINE_OF_ITS_OWN.replace("\x00", "").encode("latin-1"),
            ),
        ),
        [*came("anna"), poured("anna", LINE_OF_ITS_OWN[:4])],
        {},
        ("M88", "is not what anna had sent."),
    ),
    "05: what was sent back is another one's": (
        ("open_door", "05", wrong("anna", b"from anna", b"from ben")),
        [*came("anna", "ben"), poured("ben", "from ben")],
        {},
        ("M30", "anna was sent bytes that are ben's."),
    ),
    "01: the longest line is refused": (
        ("read_line", "01", Unmet("raised", who="caller", kind="gone")),
        [*came("anna"), {**got("anna", "x" * 48), "n": 16_384}],
        ended("no end", "ValueError") | {"sources": {}},
        ("", "no end"),
    ),
    "01: the right bytes by another coding": (
        (
            "read_text",
            "01",
            Unmet(
                "got",
                who="caller",
                asked="text",
                returned="text",
                expected="grüße".encode(),
                got="grüße".encode().decode("latin-1").encode(),
            ),
        ),
        [*came("anna")],
        {"suspects": ("M44",)},
        ("", "These are the right bytes, decoded as Latin-1"),
    ),
    "02: its end was read, and the next one is waited for": (
        ("serve_the_queue", "02", no_end("anna")),
        [*TURNS, got("anna", ""), WAITS_FOR_BEN],
        IN_RECV,
        ("M54", "anna has finished, and its connection is still open; recv() waits"),
    ),
    "02: its end was not read, and another one is waited for": (
        ("serve_the_queue", "02", no_end("anna")),
        [*TURNS, WAITS_FOR_BEN],
        IN_RECV,
        ("M52", "recv() waits for ben, and anna and everybody else with it."),
    ),
    "02: two are in, and one has its turn": (
        ("serve_in_turn", "02", Unmet("has let", who="server", kind="leak")),
        TURNS,
        IN_RECV,
        ("M50", "ben was let in, and it is anna's turn."),
    ),
    "02: two are in, and the turn of one is over": (
        ("serve_in_turn", "02", Unmet("keeps", who="server", kind="leak")),
        [*TURNS, got("anna", "")],
        IN_RECV,
        ("M32", "Visitors have left, and their descriptors are still open."),
    ),
    "15: it asked before the end, and there was nothing": (
        ("drain", "15", closed("anna", b"TEA\n")),
        [*came("anna"), select([5, 6]), woke([5]), *NOT_NOW, LET_GO],
        {},
        ("", "anna's connection was closed, and nothing was sent before."),
    ),
    "15: the flag was up, and it was closed for that": (
        ("drain", "15", closed("anna", b"TEA\n")),
        [*came("anna"), select([5, 6]), woke([6]), *NOT_NOW, LET_GO],
        {},
        ("", "what was raised at line 3"),
    ),
    "15: a pause that is too long": (
        ("hold_out", "15", PAUSES_ON),
        [NO_MEMORY, select([6], timeout=2.0)],
        {},
        ("M222", "is to be tried again in 1 s. It sleeps 2 s."),
    ),
    "15: a pause without an end": (
        ("hold_out", "15", replaced(PAUSES_ON, "2 s,", "for ever,")),
        [NO_MEMORY, select([6])],
        {},
        ("M222", "is to be tried again in 1 s. It sleeps for ever."),
    ),
    "02: in the middle of a request, and no call gave up": (
        ("serve_the_queue", "02", closed("anna", b"1 TEA\n")),
        [*came("anna"), got("anna", "t"), got("anna", "e"), LET_GO],
        {"suspects": ("M52",)},
        ("M52", "in the middle of a request, and no call had waited too long"),
    ),
    "02: with more to ask, where nothing is said of waits": (
        ("serve_the_queue", "02", closed("anna", b"1 TEA\n")),
        [*came("anna"), got("anna", "t"), got("anna", "e"), LET_GO],
        {},
        ("M50", "was closed while anna had more to ask"),
    ),
    "01: another thread sends on": (
        ("send_everything", "01", Unmet("returned", who="caller", kind="early")),
        [*came("anna"), gave("anna", "a long message", ask=900)],
        {"vitals": replace(IDLE, threads=2)},
        ("", "returned while bytes were still to be sent; it runs 2 threads"),
    ),
    "01: a part was sent, and that was all": (
        ("send_everything", "01", Unmet("returned", who="caller", kind="early")),
        [*came("anna"), gave("anna", "a long message", ask=900)],
        {},
        ("M04", "send() took 14 of 900 bytes, and the rest was not sent."),
    ),
    "03: it looks around, and not often enough": (
        ("hire_and_reap", "03", Unmet(LATE_BESIDE, who="server", kind="zombies")),
        [*came("anna")],
        {"sources": {"cell 5": LOOKS_AROUND}},
        ("", "sleeps for 0.4 s in between"),
    ),
    "03: it sleeps, and asks for no child": (
        ("hire_and_reap", "03", Unmet(LATE_BESIDE, who="server", kind="zombies")),
        [*came("anna")],
        {"sources": {"cell 5": LOOKS_AROUND.replace("os.waitpid", "print")}},
        ("M56", "The child has ended, and nobody comes who might wake you."),
    ),
    "05: closed behind its answer": (
        ("serve_many", "05", closed("anna", b"")),
        [*HEARD, LET_GO],
        {},
        ("M33", "anna had not said goodbye, and its connection was closed."),
    ),
    "05: closed when it was silent": (
        ("serve_many", "05", closed("anna", b"")),
        [*HEARD, select([5, 6], timeout=1), woke(), LET_GO],
        {},
        ("M231", "select() came back because its time limit was over, and then"),
    ),
    "05: closed when somebody else spoke": (
        ("serve_many", "05", closed("anna", b"")),
        [*HEARD, select([5, 6, 7], timeout=1), woke([7]), LET_GO],
        {},
        ("", "b'ih\\n' was sent to anna, and then the connection was closed."),
    ),
    "14: busy for nobody": (
        ("serve_gold", "14", FIRST_HELD_UP),
        [*came("anna", "ben"), gave("ben", "HELLO\n")],
        {},
        ("M217", "There was no place for anna's gold, and anna was not told."),
    ),
    "14: busy for another": (
        ("serve_gold", "14", FIRST_HELD_UP),
        [*came("anna", "ben"), gave("ben", "HELLO\nbusy\n")],
        {},
        ("", "anna has not been told so yet. ben was told busy in this run."),
    ),
    "04: the lock is taken to write": (
        ("count_votes", "04", COUNTED),
        [met("read", key=True, free=True), met("write", key=True, free=False)],
        {},
        ("M60", "it is taken after the reading"),
    ),
    "04: the lock is never taken": (
        ("count_votes", "04", COUNTED),
        [met("read", key=True, free=True), met("write", key=True, free=True)],
        {},
        ("M22", "There is a lock, and nobody had it"),
    ),
    "04: whether it was taken to write is not known": (
        ("count_votes", "04", COUNTED),
        [met("read", key=True, free=True)],
        {},
        ("", "A count was read while nobody had the lock."),
    ),
    "04: another lock": (
        ("count_votes", "04", COUNTED),
        [met("read", key=True)],
        {},
        ("M61", "neither kept the other out"),
    ),
    "04: the same lock, and nobody waits for it": (
        ("count_votes", "04", COUNTED),
        [met("read", key=True, same=True)],
        {},
        ("", "another one knows the same lock"),
    ),
    "04: at the door, and a thread is waited for": (
        ("serve_threads", "04", nothing("ben", b"X\n")),
        [{"e": "connect", "who": "ben", "port": 41}],
        {"place": Place("7", 9, "f", "thread.join()"), "suspects": ("M62",)},
        ("M62", "Nobody accepts: ben is still at the door."),
    ),
    "04: at the door, and there is no place": (
        ("serve_threads", "04", nothing("ben", b"X\n")),
        [{"e": "connect", "who": "ben", "port": 41}],
        {"place": Place("7", 9, "f", "room.acquire()"), "suspects": ("M62",)},
        ("", "Nobody accepts: ben is still at the door."),
    ),
    "04: the votes are no client": (
        ("count_votes", "04", nothing("ben", b"tea 1\n")),
        [
            {"e": "connect", "who": "votes", "port": 44},
            {"e": "accept", "p": 1, "fd": 5, "new": 10, "peer": 44},
            *came("anna", "ben"),
            poured("ben", "tea\n"),
        ],
        {"vitals": Vitals(1, 3, 0, 8, 1 << 20, 0.1, 10)},
        ("", "4 bytes that ben has sent were not read."),
    ),
    "01: the end of a line is returned with it": (
        ("read_line", "01", wrong("caller", b"hello", b"hello\r\n")),
        [*came("anna"), got("anna", "hello\r\n")],
        {},
        ("", "The end of the line was returned with the line."),
    ),
    "01: a text of letters, and all of it has come": (
        ("read_text", "01", nothing("caller", b"")),
        [
            *came("anna"),
            {**got("anna", "\0\0\0\2\xc3\xa4"), "ask": 7},
            at("anna", "try", op="recv", ask=1),
        ],
        {"call": "recv"},
        ("M48", "Every byte of the text has come"),
    ),
    "01: all of it has come, and nothing was miscounted": (
        ("read_text", "01", nothing("caller", b"")),
        [
            *came("anna"),
            {**got("anna", "\0\0\0\2ab"), "ask": 7},
            at("anna", "try", op="recv", ask=1),
        ],
        {"call": "recv"},
        ("", "Every byte of the text has come"),
    ),
    "01: an empty text is refused": (
        ("read_text", "01", Unmet("raised", who="caller", kind="gone")),
        [*came("anna"), {**got("anna", "\0\0\0\0"), "ask": 4}],
        ended("nothing", "ValueError"),
        ("", "ValueError: nothing"),
    ),
    "01: a length that is let pass": (
        (
            "read_text",
            "01",
            Unmet("expected ValueError to be raised, got ''", who="caller"),
        ),
        [*came("anna"), {**got("anna", "\xff\xff\xff\xf0"), "ask": 4}],
        {"call": None},
        ("", "4,294,967,280 bytes: over the limit"),
    ),
    "02: the next is let in, with bytes still to come": (
        ("serve_in_turn", "02", no_end("anna")),
        [*came("anna"), got("anna", "x\n"), at("anna", "try", op="accept") | {"fd": 5}],
        {"call": "accept"},
        ("M50", "It waits in accept() for the next client"),
    ),
    "02: the next is let in, and the end was read": (
        ("serve_in_turn", "02", no_end("anna")),
        [*came("anna"), got("anna", ""), at("anna", "try", op="accept") | {"fd": 5}],
        {"call": "accept"},
        ("M54", "It waits in accept() for the next client"),
    ),
    "02: what was caught outside the loop over clients": (
        (
            "serve_the_queue",
            "02",
            Unmet("the server has ended", who="ben", kind="gone"),
        ),
        [*came("anna"), at("anna", "fail", op="recv", error="ConnectionResetError")],
        {"ending": Ending("returned")},
        ("M53", "raised ConnectionResetError. That was caught"),
    ),
    "02: what was caught, and the next one was let in": (
        (
            "serve_the_queue",
            "02",
            Unmet("the server has ended", who="ben", kind="gone"),
        ),
        [
            *came("anna"),
            at("anna", "fail", op="recv", error="ConnectionResetError"),
            *came("ben"),
            got("ben", ""),
        ],
        {"ending": Ending("returned")},
        ("", "Your function has returned; the queue goes on."),
    ),
    "02: a call that was let wait for less and less": (
        ("serve_the_queue", "02", closed("anna", b"1 X\n")),
        [
            *came("anna"),
            at("anna", "block", on=True, timeout=1.0),
            got("anna", "x\n"),
            gave("anna", "1 X\n"),
            at("anna", "block", on=True, timeout=0.2),
            at("anna", "fail", op="recv", error="TimeoutError"),
            at("anna", "close"),
        ],
        {},
        ("M52", "let wait 1 s at first, and 0.2 s at last: the patience"),
    ),
    "02: a call that was let wait for too short a time": (
        ("serve_the_queue", "02", closed("anna", b"1 X\n")),
        [
            *came("anna"),
            at("anna", "block", on=True, timeout=0.2),
            at("anna", "fail", op="recv", error="TimeoutError"),
            at("anna", "close"),
        ],
        {},
        ("M52", "recv() gave up before the patience was over"),
    ),
    "02: a call that was not let wait": (
        ("serve_the_queue", "02", closed("anna", b"1 X\n")),
        [
            *came("anna"),
            at("anna", "block", on=False),
            at("anna", "fail", op="recv", error="BlockingIOError"),
            at("anna", "close"),
        ],
        {},
        ("M52", "anna was given no time: recv() gave up"),
    ),
    "02: a limit for the listener": (
        ("serve_the_queue", "02", nothing("ben", b"2 X\n")),
        [
            {"e": "block", "p": 1, "fd": 5, "on": True, "timeout": 0.2},
            *came("anna"),
            at("anna", "try", op="recv"),
        ],
        {"call": "recv"},
        ("M52", "settimeout() was called for the listener"),
    ),
    "02: a limit for the listener, and one for the connection": (
        ("serve_the_queue", "02", nothing("ben", b"2 X\n")),
        [
            {"e": "block", "p": 1, "fd": 5, "on": True, "timeout": 0.2},
            *came("anna"),
            at("anna", "block", on=True, timeout=9.0),
            at("anna", "try", op="recv"),
        ],
        {"call": "recv"},
        ("M52", "recv() waits for anna, and ben and everybody else with it."),
    ),
    "02: who gives up, and waits again": (
        ("serve_the_queue", "02", nothing("ben", b"2 X\n")),
        [
            *came("anna"),
            at("anna", "block", on=True, timeout=0.2),
            at("anna", "fail", op="recv", error="TimeoutError"),
            at("anna", "try", op="recv"),
        ],
        {"call": "recv"},
        ("M52", "gave up on anna before, with a TimeoutError, and the turn went on"),
    ),
    "05: one socket is asked all day": (
        ("serve_many", "05", Unmet("never rests", who="server", kind="rest")),
        [
            *came("anna"),
            *[at("anna", "fail", op="recv", error="BlockingIOError", errno="EAGAIN")]
            * 12,
        ],
        {"spinning": True},
        ("M26", "recv() is called over and over, and raises BlockingIOError"),
    ),
    "05: one socket after the other is asked all day": (
        ("serve_many", "05", Unmet("never rests", who="server", kind="rest")),
        [
            *came("anna", "ben"),
            *[
                at("anna", "fail", op="recv", error="BlockingIOError", errno="EAGAIN"),
                at("ben", "fail", op="recv", error="BlockingIOError", errno="EAGAIN"),
            ]
            * 9,
        ],
        {"spinning": True},
        ("M26", "It asks one socket after the other"),
    ),
    "05: a part was sent, and then something else": (
        ("serve_many", "05", wrong("anna", b"olleh\n?l\n", b"oll?l\n")),
        [
            *came("anna"),
            got("anna", "hello\nl?\n"),
            at("anna", "send", ask=6, n=3, data="olleh\n"),
            gave("anna", "?l\n"),
            select([5, 6]),
        ],
        {},
        ("M04", "send() took 3 of 6 bytes for anna, and was not given the rest"),
    ),
    "05: a part was sent, and then its rest": (
        ("serve_many", "05", nothing("anna", b"olleh\n?l\n")),
        [
            *came("anna"),
            got("anna", "hello\nl?\n"),
            at("anna", "send", ask=6, n=3, data="olleh\n"),
            gave("anna", "eh\n"),
            select([5, 6]),
        ],
        {},
        ("", ""),
    ),
    "07: a newcomer over whom the door has slipped": (
        ("EventLoop", "07", no_end("ben")),
        [
            *came("anna"),
            poured("anna", "slip\n"),
            got("anna", "slip\n"),
            *came("ben"),
            select([5, 6]),
        ],
        {},
        ("M32", "handle_accept() raised for ben, and ben's connection is still open"),
    ),
    "07: a newcomer who is watched, though the door has slipped": (
        ("EventLoop", "07", no_end("ben")),
        [
            *came("anna"),
            poured("anna", "slip\n"),
            got("anna", "slip\n"),
            *came("ben"),
            select([5, 6, 7]),
        ],
        {},
        ("M32", "ben's connection is still open on your side."),
    ),
    "06: of several orders one was poured": (
        ("serve_water", "06", wrong("anna", b"ab b ", b"b ")),
        [
            *came("anna"),
            poured("anna", "abb"),
            got("anna", "abb"),
            gave("anna", "b "),
            select([5, 6]),
        ],
        {},
        ("M02", "One recv() took b'abb' from anna, which is 3 orders"),
    ),
    "06: several orders were poured, and out of turn": (
        ("serve_water", "06", wrong("anna", b"ab b ", b"b ab ")),
        [
            *came("anna"),
            poured("anna", "abb"),
            got("anna", "abb"),
            gave("anna", "b "),
            gave("anna", "a"),
            gave("anna", "b "),
            select([5, 6]),
        ],
        {},
        ("M69", "was answered out of its turn"),
    ),
    "03: a place that is not given back": (
        ("full_house", "03", nothing("ben", b"AND ME?\n")),
        [{"e": "connect", "who": "ben", "port": 41}],
        {"suspects": ("M59",), "vitals": FOUR_PROCESSES},
        ("M59", "3 children are alive, and nobody else is let in."),
    ),
    "03: a place that is not given back, with SIGCHLD ignored": (
        ("full_house", "03", nothing("ben", b"AND ME?\n")),
        [{"e": "connect", "who": "ben", "port": 41}],
        {
            "suspects": ("M59",),
            "vitals": FOUR_PROCESSES,
            "ignores_ends": True,
        },
        ("M59", "SIGCHLD is ignored: then no wait returns a child's number"),
    ),
    "04: votes that are lost": (
        (
            "count_votes",
            "04",
            Unmet(
                "counts 2 of 3 votes: the others are lost", who="server", kind="wrong"
            ),
        ),
        [*came("anna")],
        {},
        ("M22", "3 votes were cast one by one, and 2 are counted"),
    ),
    "04: counts that are told twice": (
        (
            "count_votes",
            "04",
            Unmet(
                "tells 2 counts to 3 votes: some are told twice",
                who="server",
                kind="wrong",
            ),
        ),
        [*came("anna")],
        {},
        ("M22", "All 3 votes are counted, and only 2 counts were told"),
    ),
    "04: an empty line that ends the visit": (
        ("count_votes", "04", closed("anna", b"tea 1\n")),
        [*came("anna"), got("anna", "\n"), at("anna", "close")],
        {},
        ("M44", "anna sent an empty line, and was sent away for it."),
    ),
    "04: an empty line that was answered before the end": (
        ("count_votes", "04", closed("anna", b"tea 1\n")),
        [
            *came("anna"),
            got("anna", "\n"),
            gave("anna", "?\n"),
            at("anna", "close"),
        ],
        {},
        ("M33", "anna's connection was closed while anna had more to say."),
    ),
    "03: descriptors of its own": (
        ("hire", "03", Unmet("has more descriptors", who="server", kind="leak")),
        [*came("anna"), at("anna", "close")],
        {},
        ("", ""),
    ),
    "05: descriptors of visitors": (
        ("serve_many", "05", Unmet("has more", who="server", kind="leak")),
        came("anna"),
        {},
        ("M32", "their descriptors are still open"),
    ),
    "05: descriptors of nobody's": (
        ("serve_many", "05", Unmet("has more", who="server", kind="leak")),
        [*came("anna"), at("anna", "close")],
        {},
        ("", ""),
    ),
    "05: everybody has left": (
        ("serve_many", "05", nothing("ben", b"x\n")),
        [*came("anna"), {"e": "close", "who": "anna", "port": 40}],
        GONE,
        ("M31", "Your function has returned"),
    ),
    "05: somebody is still there": (
        ("serve_many", "05", nothing("ben", b"x\n")),
        came("anna"),
        GONE,
        ("", "Your function has returned"),
    ),
    "05: half a character": (
        ("serve_many", "05", nothing("anna", b"x\n")),
        came("anna"),
        ended(CUT, "UnicodeDecodeError"),
        ("M03", "end in the middle of a character"),
    ),
    "05: no character": (
        ("serve_many", "05", nothing("anna", b"x\n")),
        came("anna"),
        ended(NO_TEXT, "UnicodeDecodeError"),
        ("M35", "whose bytes are no text"),
    ),
    "05: a closed socket in the list": (
        ("serve_many", "05", nothing("anna", b"x\n")),
        [*came("anna"), at("anna", "close")],
        ended("file descriptor cannot be a negative integer (-1)", "ValueError"),
        ("M14", "a socket that was closed before"),
    ),
    "05: a closed socket that is received from": (
        ("serve_many", "05", nothing("anna", b"x\n")),
        [*came("anna"), at("anna", "fail", op="recv", error="OSError", errno="EBADF")],
        ended("[Errno 9] Bad file descriptor", "OSError"),
        ("", "OSError: [Errno 9] Bad file descriptor"),
    ),
    "05: two lines, and nothing was answered": (
        ("serve_many", "05", nothing("anna", b"a\nb\n")),
        [
            *came("anna"),
            poured("anna", "a\nb\n"),
            got("anna", "a\nb\n"),
            select([5, 6]),
        ],
        {},
        ("", "b'a\\nb\\n' was read from anna, and nothing was sent since"),
    ),
    "05: two lines, and one was answered": (
        ("serve_many", "05", nothing("anna", b"a\nb\n")),
        [
            *came("anna"),
            poured("anna", "a\nb\n"),
            got("anna", "a\nb\n"),
            gave("anna", "a\n"),
        ],
        {},
        ("M02", "more than one line"),
    ),
    "05: what is sent behind half a line belongs to another": (
        ("serve_many", "05", nothing("anna", b"owt\n")),
        [
            *came("anna"),
            poured("anna", "one\ntw"),
            got("anna", "one\n"),
            got("anna", "tw"),
            gave("anna", "eno\n"),
            gave("anna", "x"),
        ],
        {},
        ("", ""),
    ),
    "05: half a line was answered": (
        ("serve_many", "05", wrong("anna", b"owt\n", b"wt\n")),
        [*came("anna"), poured("anna", "two"), got("anna", "tw"), gave("anna", "wt\n")],
        {},
        ("M01", "b'tw', and that part was answered"),
    ),
    "05: closed, and an exception was kept to itself": (
        ("serve_many", "05", closed("anna", b"b\n")),
        [
            *came("anna"),
            poured("anna", "a\nb\n"),
            got("anna", "a\n"),
            gave("anna", "a\n"),
            {
                "e": "oops",
                "p": 1,
                "kind": "KeyError",
                "text": "6",
                "how": "caught",
                "named": False,
                "where": ["7", 9],
                "trail": [["7", 9, "serve_many"]],
            },
            at("anna", "close"),
        ],
        {},
        ("", "An `except` clause caught what was raised at line 9 of 7: KeyError: 6"),
    ),
    "05: answers in pieces are no answers twice": (
        ("serve_many", "05", wrong("anna", b"a\nb\nc\n", b"a\nx\nc\n")),
        [
            *came("anna"),
            poured("anna", "a\nb\nc\n"),
            got("anna", "a\nb\nc\n"),
            *(gave("anna", each) for each in "a\nx\nc\n"),
        ],
        {},
        ("", ""),
    ),
    "05: select() looks, and somebody is ready": (
        ("serve_many", "05", Unmet("never rests", who="server", kind="rest")),
        [*came("anna"), *[select([5], timeout=0.1), woke([6]), got("anna", "a")] * 6],
        {"spinning": True},
        ("", ""),
    ),
    "05: select() looks, and nobody is": (
        ("serve_many", "05", Unmet("never rests", who="server", kind="rest")),
        [*came("anna"), *[select([5, 6], timeout=0.1), woke()] * 6],
        {"spinning": True},
        ("M26", "a timeout of 0.1 s"),
    ),
    "05: the greeting comes too late": (
        (
            "open_door",
            "05",
            Unmet("expected no more, got b'welcome\\n'", who="anna", kind="extra"),
        ),
        [*came("anna"), gave("anna", "welcome\n")],
        {},
        ("", ""),
    ),
    "06: the rest of the first comes behind the second": (
        ("serve_water", "06", wrong("anna", b"c 00b ", b"b c 00")),
        [*came("anna"), poured("anna", "cb"), got("anna", "cb")],
        {},
        ("M69", "b'b' was answered out of its turn"),
    ),
    "06: the rest of the first is lost": (
        ("serve_water", "06", wrong("anna", b"c 00b ", b"c b ")),
        [*came("anna"), poured("anna", "cb"), got("anna", "cb")],
        {},
        ("", "b'b' was answered out of its turn"),
    ),
    "06: closed with bytes that found no room": (
        ("serve_water", "06", closed("anna", b"c 00")),
        [
            *came("anna"),
            got("anna", "c"),
            gave("anna", "c ", ask=4),
            got("anna", ""),
            at("anna", "close"),
        ],
        {},
        ("M67", "while bytes for it were still pending"),
    ),
    "06: closed with nothing pending": (
        ("serve_water", "06", closed("anna", b"c 00b ")),
        [
            *came("anna"),
            got("anna", "cb"),
            gave("anna", "c 00"),
            got("anna", ""),
            at("anna", "close"),
        ],
        {},
        ("M08", "with an answer still due"),
    ),
    "07: no bytes again and again": (
        ("EventLoop", "07", nothing("anna", b"goodbye\n")),
        [*came("anna"), *(got("anna", "") for _ in range(12))],
        {"suspects": ("M74",), "spinning": True},
        ("M74", 'recv() gives b"" again and again'),
    ),
    "07: no bytes again and again, and it was told": (
        ("EventLoop", "07", wrong("anna", b"well\n", b"goodbye\n")),
        [
            *came("anna"),
            {"e": "hear", "who": "anna", "port": 40, "n": 8, "data": "goodbye\n"},
            *(got("anna", "") for _ in range(12)),
        ],
        {"suspects": ("M74",), "spinning": True},
        ("", "anna has finished, and is still watched for reading"),
    ),
    "07: a handler that was told to stay": (
        ("EventLoop", "07", closed("anna", b"well\n")),
        [
            *came("anna"),
            poured("anna", "stay\n"),
            got("anna", "stay\n"),
            got("anna", ""),
            at("anna", "close"),
            select([5]),
        ],
        {"suspects": ("M74",)},
        ("", "its connection was closed all the same"),
    ),
    "07: a door that is not told": (
        ("EventLoop", "07", nothing("anna", DOOR)),
        [*came("anna", "ben"), at("ben", "close"), select([5, 6])],
        {},
        ("", "the door's handle_error() was not called"),
    ),
    "07: closed where there was no room": (
        ("Echo", "07", closed("anna", b"x" * 90)),
        [
            *came("anna"),
            got("anna", "x" * 90),
            at("anna", "fail", op="send", error="BlockingIOError", errno="EAGAIN"),
            at("anna", "close"),
        ],
        {},
        ("M65", "had not said goodbye"),
    ),
    "07: closed behind a line of its own": (
        ("broadcast", "07", closed("anna", b"two\n")),
        [
            *came("anna", "ben"),
            got("ben", "x\n"),
            got("anna", "one\n"),
            at("anna", "close"),
        ],
        {"suspects": ("M104",)},
        ("", "anna was closed, and had done nothing wrong"),
    ),
    "07: closed behind a line of another": (
        ("broadcast", "07", closed("anna", b"two\n")),
        [
            *came("anna", "ben"),
            got("anna", "one\n"),
            got("ben", "x\n"),
            at("anna", "close"),
        ],
        {"suspects": ("M104",)},
        ("M104", "anna was seen off, and reads what it hears"),
    ),
    "07: bytes that came back twice": (
        ("Echo", "07", wrong("anna", b"abcdefghijklmnopq", b"abcdefghijabcdefghij")),
        [*came("anna"), got("anna", "abcdefghijklmnopq")],
        {},
        ("M46", "once more that it had got before"),
    ),
    "13: a rest that was lost": (
        ("answer_in_pieces", "13", wrong("anna", LONG.encode(), b"")),
        [*came("anna"), poured("anna", "tea 99\n"), A_PART, gave("anna", LONG[64:])],
        {},
        ("M04", "and the rest of it was never sent"),
    ),
    "13: a rest that was sent twice": (
        ("answer_in_pieces", "13", wrong("anna", LONG.encode(), b"")),
        [*came("anna"), poured("anna", "tea 99\n"), *WHOLE, gave("anna", LONG[41:])],
        {},
        ("", "The rest of it was sent, and then it was sent again."),
    ),
    "13: closed behind an answer": (
        ("answer_in_pieces", "13", closed("anna", b"tea")),
        [*came("anna"), got("anna", "tea 1\n"), gave("anna", "t"), LET_GO],
        {},
        ("M33", "anna's connection was closed"),
    ),
    "13: closed behind an end": (
        ("answer_in_pieces", "13", closed("anna", b"tea")),
        [
            *came("anna"),
            got("anna", "tea 1\n"),
            gave("anna", "t"),
            got("anna", ""),
            LET_GO,
        ],
        {},
        ("M67", "anna had finished asking"),
    ),
    "13: dropped for one who keeps step": (
        ("broadcast_or_drop", "13", IN_STEP),
        [*came("anna"), gave("anna", NOTICE), select([5, 6])],
        {},
        ("M208", "anna was told of dropped lines. It takes each line"),
    ),
    "13: nothing dropped for one who keeps step": (
        ("broadcast_or_drop", "13", IN_STEP),
        [*came("anna"), gave("anna", "a\n"), select([5, 6])],
        {},
        ("", ""),
    ),
    "13: held by nobody": (
        ("relay_with_marks", "13", closed("tea-anna", b"xy")),
        [*NEAR, *THROUGH, LET_GO | {"dropped": True}],
        {},
        ("M205", "nothing in your program held anna's socket"),
    ),
    "13: closed by a line": (
        ("relay_with_marks", "13", closed("tea-anna", b"xy")),
        [*NEAR, *THROUGH, LET_GO],
        {},
        ("", ""),
    ),
    "13: half a question, and what it raised was caught": (
        ("answer_in_turns", "13", nothing("anna", b"tea")),
        [*HALVES, got("anna", "a 5\n"), caught("ValueError"), select([5, 6])],
        {},
        ("M75", "The second piece was taken for a question."),
    ),
    "13: half a question, and nothing was raised": (
        ("answer_in_turns", "13", nothing("anna", b"tea")),
        [*HALVES, got("anna", "a 5\n"), select([5, 6])],
        {},
        ("", "was read from anna, and nothing was sent since"),
    ),
    "12: an end that is read again": (
        ("relay", "12", closed("anna", b"x")),
        [*PAIR, *[got("tea-anna", "")] * 5, LET_GO],
        {},
        ("M06", "tea-anna had finished, and was read on"),
    ),
    "12: an end that is read once": (
        ("relay", "12", closed("anna", b"x")),
        [*PAIR, got("tea-anna", ""), LET_GO],
        {},
        ("M194", "tea-anna has finished sending, and anna's connection was closed"),
    ),
    "12: nothing is there, behind the last words": (
        ("forward", "12", wrong("anna", LATE, BAD)),
        [*came("anna"), at("anna", "shut", how=1), *NOT_NOW, LET_GO],
        {},
        ("", "anna was told “502 Bad Gateway”"),
    ),
    "12: nothing is there, and it is closed for that": (
        ("forward", "12", wrong("anna", LATE, BAD)),
        [*came("anna"), *NOT_NOW, LET_GO],
        {},
        ("", "what was raised at line 3"),
    ),
    "10: a signal that woke nobody": (
        ("run_database", "10", Unmet(SLEEPS, who="keeper", kind="nothing")),
        [woke([5]), poured("anna", "term\n") | {"who": "keeper"}],
        {},
        ("M138", "what the signal did has not woken its loop"),
    ),
    "10: a signal that woke it": (
        ("run_database", "10", Unmet(SLEEPS, who="keeper", kind="nothing")),
        [poured("anna", "term\n") | {"who": "keeper"}, woke([5])],
        {},
        ("", "it woke the server. Then the server went to sleep again"),
    ),
    "14: counted twice": (
        ("serve_gold", "14", wrong("anna", b"cancelled\n1\n0\n", b"cancelled\n1\n1\n")),
        [*came("anna"), poured("anna", "gold a\ncancel\ncancel\n")],
        {},
        ("", "anna was told in all that 2 golds were taken back, and 1 of its"),
    ),
    "14: counted once, and late": (
        ("serve_gold", "14", wrong("anna", b"cancelled\n1\n0\n", b"cancelled\n0\n1\n")),
        [*came("anna"), poured("anna", "gold a\ncancel\ncancel\n")],
        {},
        ("", "The number 0 came where 1 was due"),
    ),
    "09: one of two at the same time is lost": (
        ("Timers", "09", wrong("anna", b"a at 5\nb at 5\ndone\n", b"b at 5\ndone\n")),
        [*came("anna"), poured("anna", "in 5 a\nin 5 b\nmove 5\nrun\n")],
        {},
        ("M89", "due at the same time, one is not called"),
    ),
    "09: not called at its very moment": (
        ("Timers", "09", wrong("anna", b"a at 5\ndone\n", b"done\n")),
        [*came("anna"), poured("anna", "in 5 a\nmove 5\nrun\n")],
        {},
        ("M81", "a at 5 was due, and run_due() has not called it."),
    ),
    "09: another one was called at its very moment": (
        ("Timers", "09", wrong("anna", b"b at 7.75\ndone\n", b"done\n")),
        [
            *came("anna"),
            poured("anna", "in 5 a\nmove 5\nrun\n"),
            poured("anna", "in 2.75 b\nmove 2.75\nrun\n"),
        ],
        {},
        ("", "b at 7.75 was due, and run_due() has not called it."),
    ),
    "09: behind one of two it has stopped": (
        ("Timers", "09", wrong("anna", b"a at 5\nb at 5\ndone\n", b"a at 5\ndone\n")),
        [*came("anna"), poured("anna", "in 5 a\nin 5 b\nmove 5\nrun\n")],
        {},
        ("", "run_due() called a at 5, and b at 5, which was due as well"),
    ),
    "08: nothing came of two pieces": (
        ("CarefulParser", "08", nothing("anna", FEW)),
        [*came("anna"), got("anna", "g"), got("anna", "et a\r\nget b\r\n")],
        {"suspects": ("M75",)},
        ("", "was read from anna, and nothing was sent since"),
    ),
    "08: what came is of the second piece": (
        ("CarefulParser", "08", wrong("anna", b"<get ab>\n", b"<et ab>\n")),
        [*came("anna"), got("anna", "g"), got("anna", "et ab\r\n")],
        {"suspects": ("M75",)},
        ("M75", "One recv() gave b'g'"),
    ),
    "08: what was due is of the second piece, too": (
        ("CarefulParser", "08", wrong("anna", b"<get ab>\n<get c>\n", GET_B)),
        [*came("anna"), got("anna", "get a"), got("anna", "b\r\nget c\r\n")],
        {"suspects": ("M75",)},
        ("", "b'g' is missing from the middle."),
    ),
    "08: a line that was cut at a lone newline": (
        ("LineParser", "08", wrong("anna", b"<t\rw\no\r>\n", b"<t\r>\n<o\r>\n")),
        [*came("anna"), got("anna", "t\rw\no\r\r\n")],
        {},
        ("M45", "b't\\rw\\no\\r' is one line, with a lone b'\\n' in it. b't\\r' was"),
    ),
    "08: a line that was cut elsewhere": (
        ("LineParser", "08", wrong("anna", b"<two\no>\n", b"<t>\n")),
        [*came("anna"), got("anna", "two\no\r\n")],
        {},
        ("", "b'wo\\no' is missing from the middle."),
    ),
    "08: a line without its blanks": (
        ("LineParser", "08", wrong("anna", b"< one >\n", b"<one>\n")),
        [*came("anna"), got("anna", " one \r\n")],
        {},
        ("M45", "Bytes of a line are missing: blanks."),
    ),
    "08: another request than was due": (
        (
            "RequestParser",
            "08",
            wrong("anna", b"<get a>\n<get b>\n", b"<get a>\n<x>\n"),
        ),
        [*came("anna"), got("anna", "get a\r\nget b\r\n")],
        {"suspects": ("M76",)},
        ("", "Then b'<x>\\n' was found; due was b'<get b>\\n'."),
    ),
    "08: an empty send is none": (
        ("LineParser", "08", nothing("anna", b"<a>\n")),
        [*came("anna"), got("anna", "a\r\nb"), gave("anna", "")],
        {"suspects": ("M78",)},
        ("", "b'a\\r\\nb' was read from anna, and nothing was sent since"),
    ),
    "01: it finished before the first byte": (
        ("read_exactly", "01", UNRAISED),
        [*came("anna"), finished("anna"), got("anna", "")],
        {},
        ("", "anna finished before the first byte, and your function returned"),
    ),
    "01: it finished behind the third": (
        ("read_exactly", "01", UNRAISED),
        [
            *came("anna"),
            finished("anna"),
            got("anna", "hel"),
            got("anna", ""),
        ],
        {},
        ("M43", "anna broke off, and your function returned all the same."),
    ),
    "01: both directions were shut": (
        ("echo_lines", "01", Unmet("has ended", who="server", kind="gone")),
        [*TOO_LONG, at("anna", "shut", how=2), got("anna", ""), at("anna", "close")],
        {"ending": Ending("returned")},
        ("M09", "shutdown() has ended both directions"),
    ),
    "01: one direction was shut": (
        ("echo_lines", "01", Unmet("has ended", who="server", kind="gone")),
        [
            *TOO_LONG,
            at("anna", "shut", how=1),
            finished("anna"),
            got("anna", ""),
        ],
        {"ending": Ending("returned")},
        ("", ""),
    ),
    "03: the parent looks after a client, and a child is at the door": (
        ("hire", "03", Unmet("has 2 children", who="server", kind="few")),
        [
            *came("anna"),
            {"e": "fork", "p": 1, "child": 2},
            {"e": "close", "p": 1, "fd": 5},
            {"e": "try", "p": 2, "op": "accept", "fd": 5},
            got("anna", "hello\n"),
        ],
        {},
        ("", "The process that called fork() looks after anna"),
    ),
    "03: the parent has closed the door, and nobody else has it": (
        ("hire", "03", Unmet("has 2 children", who="server", kind="few")),
        [
            *came("anna"),
            {"e": "fork", "p": 1, "child": 2},
            {"e": "close", "p": 1, "fd": 5},
        ],
        {},
        ("", "Your code closed the listener"),
    ),
    "04: a lock for each name": (
        ("count_votes", "04", Unmet(BOTH, who="votes", kind="wrong")),
        [*came("anna", "ben"), {"e": "votes", "during": "read", "key": True}],
        {},
        ("M61", "neither kept the other out"),
    ),
    "04: no lock, and two names": (
        ("count_votes", "04", Unmet(BOTH, who="votes", kind="wrong")),
        [*came("anna", "ben"), {"e": "votes", "during": "read", "key": False}],
        {},
        ("M22", "Two threads used the votes at once."),
    ),
    "04: who came later has the booth": (
        ("four_booths", "04", nothing("anna", b"tea 1\n")),
        [*came("anna", "ben"), got("ben", "tea\n")],
        {},
        ("", "ben has come after anna, and a thread looks after ben first."),
    ),
    "04: who came before has the booth": (
        ("four_booths", "04", nothing("ben", b"tea 1\n")),
        [*came("anna", "ben"), poured("ben", "tea\n"), got("anna", "tea\n")],
        {},
        ("", "4 bytes that ben has sent were not read."),
    ),
    "05: the other has asked for the same": (
        ("serve_many", "05", wrong("ben", b"gabaeto\n", b"gabaetoTSER\n")),
        [
            *came("anna"),
            poured("anna", "oteabag\nREST"),
            got("anna", "oteabag\nREST"),
            gave("anna", "gabaeto\n"),
            at("anna", "close"),
            *came("ben"),
            poured("ben", "oteabag\n"),
            got("ben", "oteabag\n"),
            gave("ben", "gabaetoTSER\n"),
        ],
        {},
        ("M30", "left behind unfinished"),
    ),
    "05: the other has asked for something else": (
        ("serve_many", "05", nothing("ben", b"gabaeto\n")),
        [
            *came("anna", "ben"),
            poured("anna", "soup\n"),
            poured("ben", "oteabag\n"),
            got("ben", "oteabag\n"),
            gave("anna", "gabaeto\n"),
        ],
        {},
        ("M30", "was sent to anna, not to ben"),
    ),
    "05: the trace has how the half line begins": (
        ("serve_many", "05", wrong("ben", b"aet\n", b"kjihgfedcbaaet\n")),
        [
            *came("anna", "ben"),
            {**poured("anna", "abcdefgh"), "n": 11},
            poured("ben", "tea\n"),
        ],
        {},
        ("M109", "anna"),
    ),
    "05: too little of it to know": (
        ("serve_many", "05", wrong("ben", b"aet\n", b"kjihgfedcbaaet\n")),
        [*came("anna", "ben"), poured("anna", "abcdef"), poured("ben", "tea\n")],
        {},
        ("", "Before the right answer came b'kjihgfedcba'."),
    ),
    "05: closed at a hang-up": (
        ("serve_many", "05", Unmet("cut", who="anna", kind="reset")),
        [*HUNG_UP, woke([6]), at("anna", "close")],
        {},
        ("M08", "anna had finished, and was closed with 4 bytes unread"),
    ),
    "05: closed behind a part of it": (
        ("serve_many", "05", Unmet("cut", who="anna", kind="reset")),
        [*HUNG_UP, woke([6]), got("anna", "te"), at("anna", "close")],
        {},
        ("", "anna's connection was closed with 2 bytes unread"),
    ),
    "05: an edge is told once": (
        ("serve_many", "05", nothing("anna", b"two\n")),
        [
            *came("anna"),
            poured("anna", "one\nowt\n"),
            got("anna", "one\n"),
            {**select([5, 6]), "api": "epoll", "et": [6]},
        ],
        {"call": "epoll_wait"},
        ("", "4 bytes of anna lie unread. epoll was asked with EPOLLET"),
    ),
    "05: an end is told once": (
        ("serve_many", "05", no_end("anna")),
        [
            *came("anna"),
            poured("anna", "one\n"),
            finished("anna"),
            got("anna", "one\n"),
            {**select([5, 6]), "api": "epoll", "et": [6]},
        ],
        {"call": "epoll_wait"},
        ("", "The end of file of anna lies unread."),
    ),
    "05: an edge of which all was read": (
        ("serve_many", "05", nothing("anna", b"owt\n")),
        [
            *came("anna"),
            poured("anna", "two\n"),
            got("anna", "two\n"),
            {**select([5, 6]), "api": "epoll", "et": [6]},
        ],
        {"call": "epoll_wait"},
        ("", "was read from anna, and nothing was sent since"),
    ),
    "05: a carriage return is missing": (
        ("serve_many", "05", wrong("anna", b"\reno\n", b"eno\n")),
        [*came("anna"), poured("anna", "one\r\n"), got("anna", "one\r\n")],
        {},
        ("M35", "are missing: 1 × b'\\r'."),
    ),
    "05: a blank too many": (
        ("serve_many", "05", wrong("anna", b"eno\n", b" eno\n")),
        [*came("anna"), poured("anna", "one\n"), got("anna", "one\n")],
        {},
        ("", "Before the right answer came b' '."),
    ),
    "07: the loop that is given has nobody to watch": (
        ("Echo", "07", Unmet("the server has ended", who="anna", kind="gone")),
        [
            *came("anna"),
            got("anna", "tea"),
            gave("anna", "tea"),
            at("anna", "close", dropped=True),
        ],
        {"ending": Ending("returned")},
        ("M102", "nothing was asked for anna: neither to read nor to write"),
    ),
    "07: it has ended behind the end of file": (
        ("Echo", "07", Unmet("the server has ended", who="anna", kind="gone")),
        [
            *came("anna"),
            got("anna", ""),
            gave("anna", "tea"),
            at("anna", "close", dropped=True),
        ],
        {"ending": Ending("returned")},
        ("", "returned"),
    ),
    "08: a short line is refused, and much came behind it": (
        ("CarefulParser", "08", wrong("anna", b"<get a>\n", b"! " + LONG_LINE)),
        [*came("anna"), {**got("anna", "get a\r\n"), "n": 2000}],
        {},
        ("M47", "one recv() brought 2,000 bytes, and the limit is one line's."),
    ),
    "08: a short line is refused, and little came behind it": (
        ("CarefulParser", "08", wrong("anna", b"<get a>\n", b"! " + LONG_LINE)),
        [*came("anna"), got("anna", "get a\r\n")],
        {},
        ("M115", "that request is allowed"),
    ),
    "08: an empty block is returned as None": (
        (
            "RequestParser",
            "08",
            wrong("anna", b"<set a 0 0 0> <>\n", b"<set a 0 0 0>\n"),
        ),
        [*came("anna"), got("anna", "set a 0 0 0\r\n\r\n")],
        {},
        ("M44", "and the request was returned with None for it."),
    ),
    "08: a block is returned as None": (
        (
            "RequestParser",
            "08",
            wrong("anna", b"<set a 0 0 2> <hi>\n", b"<set a 0 0 2>\n"),
        ),
        [*came("anna"), got("anna", "set a 0 0 2\r\nhi\r\n")],
        {},
        ("", "b' <hi>' is missing from the middle."),
    ),
    "09: a turn has slept until the deadline, and the next one sleeps": (
        ("TimedLoop", "09", nothing("anna", b"in time\n")),
        [*came("anna"), select(timeout=0.2), woke(), select(timeout=5)],
        {},
        ("M81", "slept for 0.2 s, until the deadline, and ended without the call"),
    ),
    "02: the work ends at the limit of a wait": (
        ("predict_waits", "02", wrong("caller", b"[1, 4, 9, 10]", b"[1, 4, 7, 8]")),
        [],
        {},
        ("M52", "A turn of 5 was counted as 3, which is the limit of a wait."),
    ),
    "02: the work ends somewhere else": (
        ("predict_waits", "02", wrong("caller", b"[1, 4, 9, 10]", b"[1, 4, 8, 9]")),
        [],
        {},
        ("M51", "The first is right; somebody's turn behind it is not."),
    ),
    "09: half a line has come, and no limit of it was due": (
        ("keep_house", "09", closed("anna", b"ENOUGH\n")),
        [*came("anna"), *SPOKEN, got("anna", "en"), *LATER, at("anna", "close")],
        {},
        ("M92", "anna sent bytes at 25 s, and was closed at 34 s."),
    ),
    "09: half a line has come, and its limit was due": (
        ("keep_house", "09", closed("anna", b"ENOUGH\n")),
        [*came("anna"), *SPOKEN, got("anna", "en"), *MUCH_LATER, at("anna", "close")],
        {},
        ("", "and then the connection was closed"),
    ),
    "12: calls are settled, and it sleeps": (
        ("connect_all", "12", Unmet("nothing came", who="caller", kind="nothing")),
        [{**select(), "api": "sleep", "timeout": 30.0}],
        {},
        ("", "No call that is settled ends that"),
    ),
    "12: a loop sleeps": (
        ("relay", "12", nothing("anna", b"tea")),
        [*came("anna"), {**select(), "api": "sleep", "timeout": 30.0}],
        {},
        ("M150", "Its one thread is asleep in sleep()"),
    ),
    "13: a piece is made a second time": (
        ("answer_in_pieces", "13", Unmet(AHEAD, kind="piece", facts={"again": 1000})),
        [*came("anna")],
        {},
        ("", "was asked for byte 1000 of that answer a second time"),
    ),
    "13: pieces are made ahead": (
        ("answer_in_pieces", "13", Unmet(AHEAD, kind="piece", facts={"again": None})),
        [*came("anna")],
        {},
        ("M200", "It made piece after piece, and nobody took them."),
    ),
    "09: nobody has wound the clock": (
        ("wrong_house", "09", Unmet("accused", who="your client", kind="accused")),
        [*came("anna"), poured("anna", "tea\n")],
        {},
        ("", "anna was the first to connect, so anna is this server's clock"),
    ),
    "09: the clock was wound": (
        ("wrong_house", "09", Unmet("accused", who="your client", kind="accused")),
        [
            {"e": "connect", "who": "clock", "port": 45},
            *came("anna"),
            {"e": "hear", "who": "anna", "port": 40, "data": "TEA\n"},
        ],
        {},
        ("M171", "was b'TEA\\n', by anna. That is right."),
    ),
    "09: a turn sleeps": (
        ("TimedLoop", "09", nothing("anna", b"in time\n")),
        [*came("anna"), select([5, 6], timeout=5)],
        {},
        ("", ""),
    ),
}


@pytest.mark.parametrize("case", ONE_FACT_APART.values(), ids=ONE_FACT_APART)
def test_a_belief_needs_the_fact_that_rules_out_others(case):
    (task, topic, unmet), events, more, (key, words) = case
    found, text = told(task, topic, unmet, events, **more)
    assert (found, words in text) == (key, True), (found, text)
    assert words or not text
