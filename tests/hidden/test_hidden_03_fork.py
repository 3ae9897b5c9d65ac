"""Harder variants of exercise 03's tests, for grading only.

Each guards the points of a visible test and promises nothing new: larger
crowds, goodbyes in any order, coincidences that meet a frozen parent at once.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.driving.clients import Ghost, HalfCloser, Squatter
from buckets.driving.seed import dice, line_of, random_line
from buckets.driving.topics.find_the_fault import answer_once, expect_named
from buckets.driving.topics.fork import (
    beside_a_bell,
    children_end_late,
    descriptors,
    expect_all_waited_for,
    expect_at_most,
    expect_children,
    expect_descriptors,
    expect_door_let_go,
    expect_kept_waiting,
    expect_no_zombie,
    expect_nobody_came_out,
    let_rest,
    remind_of_children,
    until_answered,
)

CREW = 4

behaviour = partial(behaviour, calls="fork")


def guests(server, count, kind=None):
    """Clients who have all been answered, the last to come first."""
    more = [kind] if kind else []
    clients = [
        server.connect(f"guest-{number + 1}", *more) for number in range(count)
    ]
    for client in reversed(clients):
        greet(client)
    let_rest(server)
    return clients


def greet(client):
    line = line_of(client)
    client.send(line).expect(line.upper())


# hire ----------------------------------------------------------------------


@behaviour(
    "hire",
    needs="each_client_has_a_child_of_its_own",
    hardens="each_client_has_a_child_of_its_own",
    suspects="M58",
)
def test_forty_who_come_at_once_have_forty_children(server):
    """forty who come in the same moment have a child each"""
    word = random_line(dice(server))[:-1]
    with server.frozen():
        mob = server.mob(40)
    mob.send(lambda number: b"%s %d\n" % (word, number))
    mob.expect(
        lambda number: (b"%s %d\n" % (word, number)).upper(), backwards=True
    )
    expect_children(server, 40)


@behaviour(
    "hire",
    needs="the_end_of_file_comes",
    hardens="the_end_of_file_comes",
    suspects="M21",
)
def test_the_end_of_file_comes_in_any_order(server):
    """six clients finish in any order; each has its answers and its end"""
    chance = dice(server)
    clients = guests(server, 6)
    chance.shuffle(clients)
    for client in clients:
        line = random_line(chance)
        client.send(line).half_close().expect(line.upper()).expect_eof()


@behaviour(
    "hire",
    needs="a_child_ends_with_its_client",
    hardens="a_child_ends_with_its_client",
    suspects="M55",
)
def test_children_end_with_their_clients_in_any_order(server):
    """six clients leave in any order and any way; so do their children"""
    chance = dice(server)
    clients = guests(server, 3) + guests(server, 3, Ghost)
    chance.shuffle(clients)
    while clients:
        clients.pop().close()
        expect_children(server, len(clients))


@behaviour(
    "hire",
    needs="nobody_comes_out_of_your_function",
    hardens="nobody_comes_out_of_your_function",
    suspects="M55",
    driver=beside_a_bell,
)
def test_no_reset_brings_anybody_out(server):
    """no child comes out of the function when its client is gone already"""
    bell = server.connect("bell")
    greet(server.connect("first"))
    # Frozen: they are gone before anybody is let in.
    with server.frozen():
        for number in range(5):
            ghost = server.connect(f"ghost-{number + 1}", Ghost)
            ghost.send(b"boo\n").close()
    greet(server.connect("last"))
    expect_children(server, 2)
    expect_nobody_came_out(server, bell)


@behaviour(
    "hire",
    needs="the_door_is_the_parents_alone",
    hardens="the_door_is_the_parents_alone",
    suspects="M21",
)
def test_thirty_children_let_go_of_the_door(server):
    """of thirty children, one of them silent, none holds the listener"""
    server.connect("silent", Squatter)
    guests(server, 30)
    expect_door_let_go(server)


@behaviour(
    "hire",
    needs="no_descriptor_is_left",
    hardens="no_descriptor_is_left",
    suspects="M21",
)
def test_no_descriptor_is_left_after_resets(server):
    """after thirty resets the parent has no descriptor more than before"""
    first = server.connect("first")
    greet(first)
    let_rest(server)
    before = descriptors(server)
    for client in [first, *guests(server, 30, Ghost)]:
        client.close()
    expect_children(server, 0)
    greet(server.connect("last"))
    expect_descriptors(server, before)


# hire_and_reap -------------------------------------------------------------


@behaviour(
    "hire_and_reap",
    needs="all_that_hire_does",
    hardens="all_that_hire_does",
    suspects="M55",
    driver=beside_a_bell,
)
def test_nobody_comes_out_here_either(server):
    """no child comes out of the function, and no child lives on"""
    bell = server.connect("bell")
    for client in guests(server, 2) + guests(server, 2, Ghost):
        client.close()
    expect_children(server, 0)
    expect_nobody_came_out(server, bell)


@behaviour(
    "hire_and_reap",
    needs="a_dead_child_is_waited_for",
    hardens="a_dead_child_is_waited_for",
    suspects="M56",
)
def test_who_vanishes_leaves_no_zombie(server):
    """no zombie is left of thirty visits, polite and rude"""
    # One at a time: whether two ends make one signal or two is chance.
    for number in range(15):
        for kind in (HalfCloser, Ghost):
            guest = server.connect(f"guest-{number + 1}", kind)
            greet(guest)
            let_rest(server)
            guest.close()
            expect_children(server, 0)
            expect_no_zombie(server)


@behaviour(
    "hire_and_reap",
    needs="several_may_end_at_once",
    hardens="several_may_end_at_once",
    suspects="M96 M57",
)
def test_thirty_may_end_at_once(server):
    """thirty that end at the same moment are waited for, twice"""
    for _ in range(2):
        leaving = guests(server, 30)
        with server.frozen():
            for client in leaving:
                client.close()
            expect_children(server, 0)
        expect_all_waited_for(server)


@behaviour(
    "hire_and_reap",
    needs="who_stays_keeps_nobody_waiting",
    hardens="who_stays_keeps_nobody_waiting",
    suspects="M58",
)
def test_any_who_stay_keep_nobody_waiting(server):
    """of eight some leave at once, in any order; others come at once"""
    chance = dice(server)
    clients = guests(server, 8)
    chance.shuffle(clients)
    leave, stay = clients[:3], clients[3:]
    with server.frozen():
        for client in leave:
            client.close()
        expect_children(server, len(stay))
        stay += [server.connect(name) for name in ("new", "newer")]
    for client in stay:
        greet(client)
    expect_children(server, len(stay))
    expect_no_zombie(server)


def expect_one_in_for_each_out(server, count):
    """Beside a crew, as many more come, and leave in any order and way."""
    chance = dice(server)
    remind_of_children(server)
    inside = guests(server, CREW)
    door = [
        server.connect(f"later-{n + 1}", chance.choice([Ghost, HalfCloser]))
        for n in range(count)
    ]
    while door:
        inside.pop(chance.randrange(len(inside))).close()
        inside.append(door.pop(0))
        greet(inside[-1])
        expect_at_most(server, CREW)


# full_house ----------------------------------------------------------------


@behaviour(
    "full_house",
    needs="the_crew_looks_after_as_many",
    hardens="the_crew_looks_after_as_many",
    suspects="M55",
    driver=beside_a_bell,
)
def test_nobody_comes_out_of_a_full_house(server):
    """no child comes out of the function, and no child lives on"""
    bell = server.connect("bell")
    for client in guests(server, 2) + guests(server, 2, Ghost):
        client.close()
    expect_children(server, 0)
    expect_nobody_came_out(server, bell)


@behaviour(
    "full_house",
    needs="who_comes_fifth_waits",
    hardens="who_comes_fifth_waits",
    suspects="M59",
)
def test_thirty_come_at_once_and_four_are_let_in(server):
    """of thirty who come at once, the first four are let in"""
    word = random_line(dice(server))[:-1]
    with server.frozen():
        mob = server.mob(30)
        mob.send(lambda number: b"%s %d\n" % (word, number))
    for number, member in enumerate(mob.members[:CREW]):
        member.expect(b"%s %d\n" % (word.upper(), number))
    expect_kept_waiting(server, mob.members[CREW])
    expect_at_most(server, CREW)


@behaviour(
    "full_house",
    needs="a_goodbye_lets_the_next_in",
    hardens="a_goodbye_lets_the_next_in",
    suspects="M59",
    driver=children_end_late,
)
def test_a_place_is_free_when_a_child_has_ended(server):
    """a child that has said goodbye keeps its place until it has ended"""
    hand = server.connect("hand")
    leaving = guests(server, CREW)[0]
    line = random_line(dice(server))
    eve = server.connect("eve").send(line)
    # Whoever ends by os._exit() is held there, which may last in earnest.
    leaving.close()
    until_answered(server, eve)
    expect_at_most(server, CREW)
    hand.half_close()
    eve.expect(line.upper())


@behaviour(
    "full_house",
    needs="a_place_is_free_when_a_child_has_ended",
    hardens="a_goodbye_lets_the_next_in",
    suspects="M59",
)
def test_one_in_for_each_out(server):
    """twelve come; whoever leaves, in any order and way, lets the next in"""
    expect_one_in_for_each_out(server, 8)


def crews_end_at_once(server, crews):
    """So many crews come and end, each all at once, and no zombie is left."""
    for _ in range(crews):
        leaving = guests(server, CREW)
        with server.frozen():
            for client in leaving:
                client.close()
            expect_children(server, 0)
        expect_all_waited_for(server)


@behaviour(
    "full_house",
    needs="nobody_is_left_behind",
    hardens="nobody_is_left_behind",
    suspects="M96 M57",
)
def test_a_crew_may_end_at_once_again_and_again(server):
    """five crews end at once, one after the other; no zombie is left"""
    crews_end_at_once(server, 5)


@behaviour(
    "full_house",
    needs="who_vanishes_gives_the_place_back",
    hardens="who_vanishes_gives_the_place_back",
    suspects="M59",
)
def test_who_vanished_at_the_door_takes_no_place(server):
    """who vanished before being let in takes no place away"""
    leaving = guests(server, CREW)
    for number in range(6):
        ghost = server.connect(f"ghost-{number + 1}", Ghost)
        ghost.send(b"boo\n").close()
    for client in leaving:
        client.close()
    guests(server, CREW)
    expect_children(server, CREW)


@behaviour(
    "full_house",
    needs="sixty_in_turn",
    hardens="sixty_in_turn",
    suspects="M59",
)
def test_a_hundred_and_twenty_in_turn(server):
    """a hundred and twenty, in two crowds, are answered; nothing is left"""
    remind_of_children(server)
    guests(server, 1)[0].close()
    expect_children(server, 0)
    let_rest(server)
    before = descriptors(server)
    chance = dice(server)
    for name in ("first", "second"):
        word = random_line(chance)[:-1]
        mob = server.mob(60, name, HalfCloser)
        mob.send(lambda number, word=word: b"%s %d\n" % (word, number))
        mob.expect(
            lambda number, word=word: b"%s %d\n" % (word.upper(), number)
        )
        expect_at_most(server, CREW)
    expect_children(server, 0)
    expect_no_zombie(server)
    expect_descriptors(server, before)


# faults_of_parents ----------------------------------------------------------


@behaviour(
    "faults_of_parents",
    needs="an_answer_for_fern",
    hardens="an_answer_for_fern",
    suspects="M180 M181",
    driver=answer_once,
    recorded=False,
)
def test_the_fault_of_fern(server):
    """says what is wrong in fern: the line, and the belief"""
    expect_named(server, "fern")


# mended_parent --------------------------------------------------------------


@behaviour(
    "mended_parent",
    needs="whoever_leaves_lets_the_fifth_in",
    hardens="whoever_leaves_lets_the_fifth_in",
    suspects="M58 M59",
)
def test_whoever_leaves_lets_one_in(server):
    """nine come; whoever leaves, in any order and way, lets the next in"""
    expect_one_in_for_each_out(server, 5)


@behaviour(
    "mended_parent",
    needs="what_dune_did_well_is_still_done",
    hardens="what_dune_did_well_is_still_done",
    suspects="M59 M57",
)
def test_two_crews_end_at_once(server):
    """two crews end at once, one after the other; no zombie is left"""
    crews_end_at_once(server, 2)
