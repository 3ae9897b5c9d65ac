"""Harder variants of exercise 11's tests, for grading only.

Each guards the points of a visible test and promises nothing new: random
content, more clients, coincidences that meet a frozen server in one look.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.driving.clients import (
    Dribbler,
    Ghost,
    HalfCloser,
    Squatter,
)
from buckets.driving.expect import (
    expect_descriptors,
    expect_little_memory,
    expect_printed,
)
from buckets.driving.seed import dice
from buckets.driving.topics.event_loop import puppet, turned, watcher
from buckets.driving.topics.window import (
    SMALL,
    ask,
    expect_no_wait,
    expect_nothing_left,
    expect_one_look,
    expect_rest_in_window,
    open_window,
    puppets_in_notebook,
    puppets_in_window,
    serve_in_notebook,
    serve_in_window,
    slow_reader,
    water,
)

MUCH = 24 << 20  # bytes of memory that a server may take

# look_in --------------------------------------------------------------------


looks = partial(behaviour, "look_in", driver=serve_in_window, module="tkinter")


@looks(
    needs="silent_clients_stop_no_tick",
    hardens="silent_clients_stop_no_tick",
    suspects="M150",
)
def test_any_cut_stops_no_tick(server):
    """random lines, cut anywhere, of three clients who take turns"""
    window, chance = open_window(server), dice(server)
    server.connect("silent", Squatter)
    clients = [server.connect(f"client-{n}", Dribbler) for n in (1, 2, 3)]
    for _ in range(4):
        for client in clients:
            words = [b"w" * chance.randint(0, 9) for _ in range(3)]
            stream = b"\n".join([*words, b""])
            client.send_cut(stream, chance.randrange(1, len(stream)))
            client.expect(stream.upper())
    window.expect_ticks(5)


@looks(
    needs="silent_clients_stop_no_tick",
    hardens="silent_clients_stop_no_tick",
    suspects="M28",
)
def test_one_look_sees_to_all(server):
    """twelve who speak at once are all answered in one look"""
    window = open_window(server)
    clients = [server.connect(f"client-{n}") for n in range(12)]
    for client in clients:
        ask(client, b"hi")
    expect_one_look(server, window, clients, clients[0])
    expect_one_look(server, window, clients, clients[-1])


@looks(
    needs="silent_clients_stop_no_tick",
    hardens="silent_clients_stop_no_tick",
    suspects="M150",
    timing=True,
)
def test_a_look_waits_for_nobody(server):
    """while nobody speaks, no look waits for anybody, however shortly"""
    window = open_window(server)
    anna = server.connect("anna")
    ask(anna, b"hi")
    expect_no_wait(server, window)


@looks(
    needs="closing_ends_the_looks",
    hardens="closing_ends_the_looks",
    suspects="M158",
    timing=True,
)
def test_closing_among_comers_and_goers(server):
    """closing while clients come, speak, leave and vanish leaves nothing"""
    window = open_window(server)
    clients = [server.connect(f"client-{n}") for n in range(4)]
    for client in clients:
        ask(client, b"hi")
    with server.frozen():
        clients[0].reset()
        clients[1].half_close()
        clients[2].send(b"one more\n")
        window.sends_close()
    window.expect_closed()
    expect_nothing_left(server, window)


# Loops with watch() ---------------------------------------------------------


strings = partial(
    behaviour, "TkLoop", driver=puppets_in_window, module="tkinter"
)
beside = partial(behaviour, "NotebookLoop", driver=puppets_in_notebook)


def leaves_before_it_writes(server):
    """Both flags are up, and what is read is the end: no write may follow."""
    window = open_window(server)
    told = watcher(server)
    anna, ben = puppet(server, "anna"), puppet(server, "ben")
    for name in (b"cleo", b"dan"):
        other = puppet(server, name.decode())
        anna.send(b"mute %s\n" % name).expect(b"%s is muted\n" % name)
        other.half_close()
        anna.send(b"prompt %s word\n" % name)
        other.expect(b"goodbye\n").expect_eof()
    turned(server)
    told.expect_silence()
    ben.send(b"say here\n").expect(b"here\n")
    # Something has come, and only room is asked for.
    anna.send(b"forget ben\n").expect(b"ben is forgotten\n")
    ben.send(b"say here again\n")
    anna.send(b"remember ben\n").expect(b"ben is back\n")
    ben.expect(b"back\nhere again\n")
    expect_rest_in_window(server, window)


def raises_everywhere(server):
    """Handlers raise in the same turn, and newcomers get their numbers."""
    window = open_window(server)
    anna = puppet(server, "anna")
    guests = [puppet(server, name) for name in ("ben", "cleo", "dan")]
    with server.frozen():
        for guest in guests:
            guest.send(b"spill read\n")
        anna.send(b"say still here\n")
    anna.expect(b"still here\n")
    expect_printed(server, "dan spilled it in handle_read")
    anna.send(b"close others\n")
    newcomer = puppet(server, "newcomer")
    newcomer.send(b"later a b c\n").expect(b"a\nb\nc\n")
    expect_rest_in_window(server, window)


@strings(
    needs="only_what_is_asked_for_now_is_called",
    hardens="only_what_is_asked_for_now_is_called",
    suspects="M155",
    timing=True,
)
def test_nothing_is_written_after_the_end(server):
    """who leaves with both flags up is not called again"""
    leaves_before_it_writes(server)


@beside(
    needs="only_what_is_asked_for_in_the_notebook",
    hardens="only_what_is_asked_for_in_the_notebook",
    suspects="M155",
    timing=True,
)
def test_nothing_is_written_after_the_end_in_the_notebook(server):
    """who leaves with both flags up is not called again"""
    leaves_before_it_writes(server)


@strings(
    needs="what_is_raised_costs_one_socket",
    hardens="what_is_raised_costs_one_socket",
    suspects="M154",
    timing=True,
)
def test_three_raise_in_one_turn(server):
    """three raise in one turn, and newcomers are served after that"""
    raises_everywhere(server)


@beside(
    needs="what_is_raised_in_the_notebook",
    hardens="what_is_raised_in_the_notebook",
    suspects="M154",
    timing=True,
)
def test_three_raise_in_one_turn_in_the_notebook(server):
    """three raise in one turn, and newcomers are served after that"""
    raises_everywhere(server)


# Servers --------------------------------------------------------------------


house = partial(
    behaviour,
    "on_window",
    driver=serve_in_window,
    module="tkinter",
    buffers=SMALL,
)
kernel = partial(
    behaviour, "on_notebook", driver=serve_in_notebook, buffers=SMALL
)


def many_slow_readers(server):
    """Six slow readers, each at a place of its own, beside one in a hurry."""
    window, chance = open_window(server), dice(server)
    sizes = [chance.randint(600_000, 900_000) for _ in range(6)]
    slow = [
        slow_reader(server, f"slow-{n}", size) for n, size in enumerate(sizes)
    ]
    ask(server.connect("eager"), b"hello")
    window.expect_ticks(5)
    readers = list(zip(slow, sizes, strict=True))
    chance.shuffle(readers)
    for (client, had), size in readers:
        client.send(b"end\n").expect(water(size)[had:] + b"END\n")
    window.expect_ticks(5)


@house(
    needs="a_long_answer_stops_no_tick",
    hardens="a_long_answer_stops_no_tick",
    suspects="M156",
)
def test_six_long_answers_stop_no_tick(server):
    """six slow readers get every byte, and the window ticks"""
    many_slow_readers(server)


@kernel(
    needs="a_long_answer_in_the_notebook",
    hardens="a_long_answer_in_the_notebook",
    suspects="M19",
)
def test_who_never_reads_in_the_notebook(server):
    """who asks for 100 MB and does not read fills no more than a few MB"""
    window = open_window(server)
    slow, _ = slow_reader(server, "slow", 1_000_000)
    with window.hushed(), expect_little_memory(server, MUCH):
        slow.send(b"1000000\n" * 100)
    window.expect_ticks(5)


@kernel(
    needs="a_long_answer_in_the_notebook",
    hardens="a_long_answer_in_the_notebook",
    suspects="M156",
)
def test_six_long_answers_in_the_notebook(server):
    """six slow readers get every byte, and the loop ticks"""
    many_slow_readers(server)


@house(
    needs="goodbyes_come_after_the_last_byte",
    hardens="goodbyes_come_after_the_last_byte",
    suspects="M67",
)
def test_goodbyes_of_three_in_one_look(server):
    """three who finish at once hear all of theirs, then the end"""
    window = open_window(server)
    names = "anna", "ben", "cleo"
    clients = [server.connect(name, HalfCloser) for name in names]
    with server.frozen():
        for client in clients:
            client.send(b"%s\n200000\n" % client.name.encode() * 2)
    for client in reversed(clients):
        once = client.name.upper().encode() + b"\n" + water(200_000)
        client.expect(once * 2).expect_eof()
    window.expect_ticks(5)


@house(
    needs="who_vanishes_or_never_stops_stops_no_tick",
    hardens="who_vanishes_or_never_stops_stops_no_tick",
    suspects="M155",
    timing=True,
)
def test_many_come_and_vanish(server):
    """forty who vanish in every state leave the loop as it was"""
    window = open_window(server)
    other = server.connect("other")
    ask(other, b"hi")
    before = server.vitals().descriptors
    for number in range(10):
        visitors = [
            server.connect(f"ghost-{number}-{n}", Ghost) for n in "abcd"
        ]
        ask(visitors[0], b"hi")
        visitors[1].send(b"500000\n").receive(1)
        visitors[2].send(b"half a li")
        ask(other, b"still here")
        for visitor in visitors:
            visitor.close()
        ask(other, b"and here")
    expect_descriptors(server, before)
    expect_rest_in_window(server, window)


def closes_in_one_turn(server):
    """Everybody has something to say in the turn in which it is closed."""
    window = open_window(server)
    clients = [server.connect(f"client-{n}") for n in range(5)]
    for client in clients:
        ask(client, b"hi")
    slow, _ = slow_reader(server, "slow", 900_000)
    with server.frozen():
        for client in clients[:3]:
            client.send(b"one more\n")
        clients[3].reset()
        slow.reset()
        window.sends_close()
        server.connect("late")
    window.expect_closed()
    expect_nothing_left(server, window)


@house(
    needs="closing_leaves_nothing",
    hardens="closing_leaves_nothing",
    suspects="M158",
    timing=True,
)
def test_closing_in_the_middle_of_a_turn(server):
    """closing while all are ready leaves nothing behind"""
    closes_in_one_turn(server)


@kernel(
    needs="closing_in_the_notebook",
    hardens="closing_in_the_notebook",
    suspects="M158",
    timing=True,
)
def test_closing_in_the_middle_of_a_turn_in_the_notebook(server):
    """closing while all are ready leaves nothing behind"""
    closes_in_one_turn(server)


def a_second_one_closes(server):
    """Another server hangs in the same loop, and is closed again."""
    window = open_window(server)
    anna, slow = server.connect("anna"), slow_reader(server, "slow", 900_000)
    ask(anna, b"hi")
    window.opens_and_closes_another()
    ask(anna, b"still here")
    reader, had = slow
    reader.expect(water(900_000)[had:])
    ask(server.connect("newcomer"), b"me too")


@house(
    needs="closing_leaves_nothing",
    hardens="closing_leaves_nothing",
    suspects="M109",
)
def test_a_second_server_leaves_the_first_alone(server):
    """who opens and closes a second server does not touch the first"""
    a_second_one_closes(server)


@kernel(
    needs="closing_in_the_notebook",
    hardens="closing_in_the_notebook",
    suspects="M109",
)
def test_a_second_server_in_the_notebook(server):
    """who opens and closes a second server does not touch the first"""
    a_second_one_closes(server)
