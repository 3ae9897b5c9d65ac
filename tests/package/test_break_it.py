"""A learner's client meets servers of the course: what it sees, and who decides."""

import json

import pytest

from buckets import course, stock
from buckets.behaviour import driver_of
from buckets.child.parcel import pack
from buckets.conditions import Options
from buckets.driving.server import Server
from buckets.driving.topics import break_it
from buckets.driving.topics.break_it import expect_told_apart, meet
from buckets.driving.topics.connecting_out import serve_to
from buckets.driving.unmet import Unmet
from buckets.submission import Submission

RIGHT, WRONG = "dict_of_state", "tells_everybody"


def run(client, *servers):
    """Let a client meet servers of 05; the story of the last, and what was not met."""
    options = Options(servers=servers, stock="05", driver=driver_of(meet))
    handed_in = Submission(parcels={"client": pack(client)})
    with Server(handed_in, "client", options=options) as server:
        unmet = None
        try:
            expect_told_apart(server)
        except Unmet as error:
            unmet = error
        return server, unmet


def test_a_client_that_tells_right_from_wrong_is_right():
    def client(server):
        ben, anna = server.connect("ben"), server.connect("anna")
        return (anna.send(b"hi\n").hear(), ben.hear()) != (b"ih\n", None)

    _, unmet = run(client, RIGHT, WRONG, RIGHT)
    assert unmet is None


@pytest.mark.parametrize(
    ("answer", "name", "kind"),
    [(True, RIGHT, "accused"), (False, WRONG, "missed"), (None, WRONG, "missed")],
)
def test_who_is_wrong_about_a_server_hears_which_way(answer, name, kind):
    server, unmet = run(lambda server: answer, name)
    assert unmet.kind == kind
    assert unmet.returned == ("none" if answer is None else "")
    assert server.story.lines()[-1].startswith("your client")


def test_only_the_last_meeting_is_told():
    def client(server):
        server.connect("anna").send(b"hi\n").hear()
        return False

    server, unmet = run(client, RIGHT, WRONG)
    assert unmet.kind == "missed"
    assert [line.split()[0] for line in server.story.lines()].count("anna") == 3


SEEN = {
    "an answer in two sendalls is heard whole": (
        lambda s: s.connect().send(b"one\ntwo\n").hear(),
        b"eno\nowt\n",
    ),
    "half a line has no answer": (lambda s: s.connect().send(b"half").hear(), None),
    "a goodbye has an end": (lambda s: s.connect().half_close().hear(), b""),
    "who has closed hears the end": (lambda s: closed(s.connect()).hear(), b""),
    "a long line comes back whole": (
        lambda s: len(s.connect().send(b"x" * 300_000 + b"\n").hear()),
        300_001,
    ),
    "it sleeps": (lambda s: s.sleeps(), True),
}


def closed(client):
    client.close()
    return client


@pytest.mark.parametrize("sight", SEEN)
def test_what_a_client_sees_of_a_right_server(sight):
    """Its function accuses where it sees anything else."""
    look, expected = SEEN[sight]
    _, unmet = run(lambda server: look(server) != expected, RIGHT)
    assert unmet is None


def test_a_client_is_called_by_a_server_that_connects_out():
    """It says whom to call, and is at both ends of the relay's pair."""

    def client(server):
        host, port = server.upstream()
        told = {"upstream": [host, port], "seconds": 30.0}
        server.connect("usher").send(json.dumps(told).encode() + b"\n")
        early = server.called("early").hear()
        anna, far = server.connect("anna"), server.called("far")
        anna.send(b"soup")
        far.send(b"SOUP")
        return (early, far.hear(), anna.hear()) != (b"", b"soup", b"SOUP")

    options = Options(
        servers=("relay_by_directions", "relay_in_asyncio"),
        stock="12",
        serves="relay",
        stage=driver_of(serve_to),
        driver=driver_of(meet),
    )
    handed_in = Submission(parcels={"client": pack(client)})
    with Server(handed_in, "client", options=options) as server:
        expect_told_apart(server)


def test_a_server_that_is_gone_is_an_end_and_no_exception():
    def client(server):
        server.connect("ghost").reset()
        late = server.connect("late")
        return late.send(b"hi\n").hear() == b""

    _, unmet = run(client, "lets_a_reset_end_it", RIGHT)
    assert unmet is None


def test_a_server_that_never_sleeps_is_met_all_the_same():
    def client(server):
        heard = server.connect("anna").send(b"hi\n").hear()
        return heard != b"ih\n" or not server.sleeps()

    _, unmet = run(client, "polls_without_pause", "asks_to_write_all_day")
    assert unmet is None


@pytest.mark.parametrize("name", ["polls_without_pause", "asks_to_write_all_day"])
def test_that_it_asks_in_vain_is_counted(monkeypatch, name):
    """Not one CPU second more is waited for, and a slow machine changes nothing."""
    monkeypatch.setattr(break_it, "BUSY", float("inf"))
    monkeypatch.setattr(break_it, "MOST_LATE", 0)
    monkeypatch.setattr(break_it, "expect_rest", lambda server: None)

    def client(server):
        server.connect("anna")
        return not server.sleeps()

    _, unmet = run(client, name)
    assert unmet is None


def raises(server):
    raise KeyError("mine")


def waits(server):
    import socket

    a, b = socket.socketpair()
    a.recv(1), b.recv(1)


def spins(server):
    while True:
        pass


def talks_on(server):
    anna = server.connect("anna")
    while True:
        anna.hear()


def speaks_for_the_desk(server):
    """It knows how the desk is spoken to: that is no way to be right."""
    import os

    for descriptor in range(3, 20):
        try:
            os.write(descriptor, b'{"found": [1]}\n["found"]\n' + b"[" * 5000 + b"\n")
        except OSError:
            continue


def asks_without_end(server):
    """Each question costs the grader a moment; nobody hears the answers."""
    while True:
        server._desk.say(settle=True)


@pytest.mark.parametrize(
    ("client", "kind"),
    [
        *((raises, "gone"), (waits, "stuck"), (spins, "stuck"), (talks_on, "endless")),
        (asks_without_end, "endless"),
    ],
)
def test_a_client_that_never_says_is_told_so(client, kind):
    server, unmet = run(client, RIGHT)
    assert unmet.kind == kind
    assert not server.met.process.alive()


def test_strange_words_at_the_desk_are_no_accusation():
    _, unmet = run(speaks_for_the_desk, WRONG)
    assert unmet.kind == "missed"


def test_the_replay_shows_the_server_that_was_met():
    def client(server):
        server.connect("anna").send(b"hi\n").hear()
        return False

    server, _ = run(client, WRONG)
    kinds = [event["e"] for event in server.met.trace().events]
    assert {"accept", "recv", "send", "connect", "pour", "hear"} <= set(kinds)
    assert kinds.index("pour") < kinds.index("recv") < kinds.index("hear")


# The stock ----------------------------------------------------------------------------


@pytest.mark.parametrize("topic", course.topics(), ids=lambda topic: topic.name)
def test_a_named_server_is_there_and_is_what_its_folder_says(topic):
    for each in [*topic.behaviours, *topic.hidden_behaviours]:
        found = [stock.find(topic.name[:2], name) for name in each.options.servers]
        assert all(one.task in topic.tasks for one in found)
        # The first test of such a task brings right ones; no point for silence alone.
        assert not found or not all(one.right for one in found)


def test_a_kit_has_the_servers_of_visible_tests_and_packs_them():
    packed = stock.packed(course.called("05"))
    assert WRONG in packed and "asks_to_write_all_day" not in packed
    told = json.dumps(packed)
    assert "def serve_many" not in told and "sends each answer" not in told


def test_a_packed_server_is_the_same(monkeypatch, tmp_path):
    whole = stock.find("05", WRONG)
    kit = tmp_path / "tests" / "exercises" / "given.json"
    kit.parent.mkdir(parents=True)
    packed = stock.packed(course.called("05"))
    kit.write_text(json.dumps({"05_select": {"stock": packed}}))
    monkeypatch.setattr(course, "root", lambda: tmp_path)
    assert stock.find("05", WRONG) == whole
    with pytest.raises(LookupError):
        stock.find("05", "asks_to_write_all_day")
