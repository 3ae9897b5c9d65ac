"""What exercise 03 promises, tested with real clients on real sockets.

Three tasks lead up to a server that hires a child process for each client,
sees it off, and never has more than CREW of them. All of it is looked at from
outside: the children, the dead among them, and who holds what open.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.driving.clients import Ghost, HalfCloser
from buckets.driving.topics.find_the_fault import (
    answer_once,
    expect_committed,
    expect_named,
)
from buckets.driving.topics.fork import (
    beside_a_bell,
    children_end_first,
    descriptors,
    expect_all_waited_for,
    expect_at_most,
    expect_children,
    expect_descriptors,
    expect_door_let_go,
    expect_its_own,
    expect_kept_waiting,
    expect_no_zombie,
    expect_nobody_came_out,
    let_rest,
    remind_of_children,
)

CREW = 4

# Where there is no fork(), every test says so and is skipped.
behaviour = partial(behaviour, calls="fork")


def guests(server, *names):
    """Clients who have all been answered, the last to come first."""
    clients = [server.connect(name) for name in names]
    for client in reversed(clients):
        greet(client)
    let_rest(server)
    return clients


def greet(client):
    line = f"I am {client.name}\n".encode()
    client.send(line).expect(line.upper())


# hire: a child for each client ---------------------------------------------


@behaviour("hire", points=1, suspects="M58")
def test_each_client_has_a_child_of_its_own(server):
    """three clients are answered in reverse order, each by its own child"""
    guests(server, "anna", "ben", "cleo")
    expect_children(server, 3)
    expect_its_own(server)


@behaviour(
    "hire",
    points=1,
    needs="each_client_has_a_child_of_its_own",
    suspects="M21",
)
def test_the_end_of_file_comes(server):
    """who has finished sending gets every answer, then the end of file"""
    anna, ben = guests(server, "anna", "ben")
    ben.send(b"last words\n").half_close()
    ben.expect(b"LAST WORDS\n").expect_eof()
    anna.half_close().expect_eof()


@behaviour(
    "hire",
    points=1,
    needs="each_client_has_a_child_of_its_own",
    suspects="M55",
)
def test_a_child_ends_with_its_client(server):
    """a child ends when its client has left, and no other does"""
    anna, ben = guests(server, "anna", "ben")
    ben.close()
    expect_children(server, 1)
    anna.send(b"still here\n").expect(b"STILL HERE\n").close()
    expect_children(server, 0)
    greet(server.connect("cleo"))


@behaviour(
    "hire",
    points=1,
    needs="a_child_ends_with_its_client",
    suspects="M55",
    driver=beside_a_bell,
)
def test_nobody_comes_out_of_your_function(server):
    """a child ends inside your function, and never comes out of it"""
    bell = server.connect("bell")
    polite, rude = server.connect("polite"), server.connect("rude", Ghost)
    greet(polite)
    greet(rude)
    polite.close()
    rude.close()
    expect_children(server, 0)
    expect_nobody_came_out(server, bell)


@behaviour(
    "hire",
    points=1,
    needs="each_client_has_a_child_of_its_own",
    suspects="M21",
)
def test_the_door_is_the_parents_alone(server):
    """no child holds a copy of the listener while it looks after its client"""
    guests(server, "anna", "ben")
    expect_door_let_go(server)


@behaviour(
    "hire", points=1, needs="a_child_ends_with_its_client", suspects="M21"
)
def test_no_descriptor_is_left(server):
    """after twenty visits the parent has no descriptor more than before"""
    first = server.connect("first")
    greet(first)
    let_rest(server)
    before = descriptors(server)
    for client in [first, *guests(server, *(f"guest-{n}" for n in range(20)))]:
        client.close()
    expect_children(server, 0)
    greet(server.connect("last"))
    expect_descriptors(server, before)


# hire_and_reap: nobody stays a zombie --------------------------------------


@behaviour("hire_and_reap", points=1, suspects="M21")
def test_all_that_hire_does(server):
    """each has a child of its own, the answers, and the end of file"""
    anna, ben, cleo = guests(server, "anna", "ben", "cleo")
    expect_children(server, 3)
    expect_door_let_go(server)
    cleo.half_close().expect_eof()
    ben.send(b"last words\n").expect(b"LAST WORDS\n")
    anna.half_close().expect_eof()


@behaviour(
    "hire_and_reap", points=2, needs="all_that_hire_does", suspects="M56"
)
def test_a_dead_child_is_waited_for(server):
    """a child that has ended is no zombie for long, though nobody comes"""
    for name in ("anna", "ben", "cleo"):
        guests(server, name)[0].close()
        expect_children(server, 0)
        expect_no_zombie(server)


@behaviour(
    "hire_and_reap",
    points=2,
    needs="a_dead_child_is_waited_for",
    suspects="M96 M57",
)
def test_several_may_end_at_once(server):
    """five that end at the same moment are all waited for"""
    leaving = guests(server, "anna", "ben", "cleo", "dan", "eve")
    # Frozen: the parent learns of all five together, once it goes on.
    with server.frozen():
        for client in leaving:
            client.close()
        expect_children(server, 0)
    expect_all_waited_for(server)
    greet(server.connect("newcomer"))


@behaviour(
    "hire_and_reap",
    points=1,
    needs="a_dead_child_is_waited_for",
    suspects="M58",
)
def test_who_stays_keeps_nobody_waiting(server):
    """one has left and one stays: the door is open for the next"""
    stayer, leaver = guests(server, "stayer", "leaver")
    leaver.close()
    expect_children(server, 1)
    expect_no_zombie(server)
    greet(server.connect("newcomer"))
    greet(stayer)


# full_house: a ceiling on children -----------------------------------------


@behaviour("full_house", points=1, suspects="M58")
def test_the_crew_looks_after_as_many(server):
    """four clients are answered in reverse order, each by its own child"""
    clients = guests(server, "anna", "ben", "cleo", "dan")
    expect_children(server, CREW)
    expect_door_let_go(server)
    clients[1].half_close().expect_eof()


@behaviour(
    "full_house",
    points=2,
    needs="the_crew_looks_after_as_many",
    suspects="M59",
)
def test_who_comes_fifth_waits(server):
    """while four are looked after, the fifth waits at the door"""
    guests(server, "anna", "ben", "cleo", "dan")
    eve = server.connect("eve").send(b"and me?\n")
    expect_kept_waiting(server, eve)
    expect_at_most(server, CREW)


@behaviour(
    "full_house", points=2, needs="who_comes_fifth_waits", suspects="M59"
)
def test_a_goodbye_lets_the_next_in(server):
    """each goodbye lets one in who waits at the door"""
    remind_of_children(server)
    anna, _, cleo, _ = guests(server, "anna", "ben", "cleo", "dan")
    eve = server.connect("eve").send(b"and me?\n")
    finn = server.connect("finn").send(b"me too?\n")
    cleo.close()
    eve.expect(b"AND ME?\n")
    expect_kept_waiting(server, finn)
    expect_at_most(server, CREW)
    anna.close()
    finn.expect(b"ME TOO?\n")


@behaviour(
    "full_house",
    points=1,
    needs="the_crew_looks_after_as_many",
    suspects="M96 M57",
)
def test_nobody_is_left_behind(server):
    """when all four leave at once, no child and no zombie is left"""
    leaving = guests(server, "anna", "ben", "cleo", "dan")
    with server.frozen():
        for client in leaving:
            client.close()
        expect_children(server, 0)
    expect_all_waited_for(server)


@behaviour(
    "full_house",
    points=1,
    needs="a_goodbye_lets_the_next_in",
    suspects="M59",
    driver=children_end_first,
)
def test_who_vanishes_gives_the_place_back(server):
    """after ten resets there is still a place for four"""
    for number in range(CREW + 1):
        ghost = server.connect(f"ghost-{number + 1}", Ghost)
        greet(ghost)
        let_rest(server)
        ghost.close()
    # Frozen: these are gone before they are let in, and a child whose client
    # is gone may end before fork() has returned in the parent.
    with server.frozen():
        for number in range(CREW + 1):
            ghost = server.connect(f"hasty ghost-{number + 1}", Ghost)
            ghost.send(b"boo\n").close()
    guests(server, "anna", "ben", "cleo", "dan")


@behaviour(
    "full_house",
    points=1,
    needs="a_goodbye_lets_the_next_in who_vanishes_gives_the_place_back",
    suspects="M59",
)
def test_sixty_in_turn(server):
    """sixty clients who come at once are all answered; nothing is left"""
    remind_of_children(server)
    guests(server, "first")[0].close()
    expect_children(server, 0)
    let_rest(server)
    before = descriptors(server)
    mob = server.mob(60, kind=HalfCloser)
    mob.send(lambda number: b"client %d\n" % number)
    mob.expect(lambda number: b"CLIENT %d\n" % number)
    expect_children(server, 0)
    expect_no_zombie(server)
    expect_descriptors(server, before)


# faults_of_parents: recorded runs, and what is wrong in them ----------------

finds = partial(
    behaviour,
    "faults_of_parents",
    driver=answer_once,
    recorded=False,
)


@finds(points=1, suspects="M180 M181")
def test_the_fault_of_dune(server):
    """says what is wrong in dune: the line, and the belief"""
    expect_named(server, "dune")


@finds(points=1, suspects="M180 M181")
def test_the_fault_of_ember(server):
    """says what is wrong in ember: the line, and the belief"""
    expect_named(server, "ember")


@finds(points=2, pends=True)
def test_an_answer_for_fern(server):
    """has an answer for fern, which is compared when it is handed in"""
    expect_committed(server, "fern")


# mended_parent: the server of dune, without its fault -----------------------

mends = partial(behaviour, "mended_parent")


@mends(points=2, suspects="M58 M59")
def test_whoever_leaves_lets_the_fifth_in(server):
    """the crew is complete, and the second one leaves: the fifth is let in"""
    _, ben, cleo, _ = guests(server, "anna", "ben", "cleo", "dan")
    eve = server.connect("eve").send(b"and me?\n")
    expect_kept_waiting(server, eve)
    ben.half_close().expect_eof()
    eve.expect(b"AND ME?\n")
    expect_at_most(server, CREW)
    cleo.send(b"milk\n").expect(b"MILK\n")


@mends(
    points=1,
    needs="whoever_leaves_lets_the_fifth_in",
    suspects="M59 M57",
)
def test_what_dune_did_well_is_still_done(server):
    """others come and go, never more than four at a time; no zombie is left"""
    anna, ben, cleo, dan = guests(server, "anna", "ben", "cleo", "dan")
    for client in ben, dan:
        client.close()
    staying = [anna, cleo, *guests(server, "eve", "finn")]
    expect_at_most(server, CREW)
    with server.frozen():
        for client in staying:
            client.close()
        expect_children(server, 0)
    expect_all_waited_for(server)
    guests(server, "gus", "hal")
