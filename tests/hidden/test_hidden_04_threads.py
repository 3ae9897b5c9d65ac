"""Harder variants of exercise 04's tests, for grading only.

Each guards the points of a visible test and promises nothing new.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.conditions import Leap
from buckets.driving.clients import Ghost, Squatter
from buckets.driving.expect import expect_open, until_it_sleeps
from buckets.driving.seed import dice, line_of, random_line
from buckets.driving.topics.break_it import expect_told_apart, meet
from buckets.driving.topics.threads import (
    Voter,
    expect_at_most,
    expect_door_attended,
    expect_each_once,
    lay_out,
    serve_votes,
    start_slowly,
    with_plain_votes,
)

# serve_threads -------------------------------------------------------------


@behaviour(
    "serve_threads",
    needs="a_line_is_answered_in_capitals",
    hardens="a_line_is_answered_in_capitals two_clients_are_served_in_turns "
    "silent_clients_hold_nobody_back a_goodbye_ends_the_thread "
    "a_hundred_visits_leave_nothing",
)
def test_any_line_is_answered_in_capitals(server):
    """lines are answered in capitals, whatever their words"""
    chance, anna = dice(server), server.connect("anna")
    for _ in range(2):
        line = random_line(chance)
        anna.send(line).expect(line.upper())
    # Blanks are bytes of a line, wherever they stand.
    anna.send(b"  a cup\t\r\n \n").expect(b"  A CUP\t\r\n \n")


@behaviour(
    "serve_threads",
    needs="two_clients_are_served_in_turns",
    hardens="two_clients_are_served_in_turns",
    suspects="M62",
)
def test_eight_clients_speak_in_any_order(server):
    """eight clients speak in any order, and each hears its own answers"""
    chance = dice(server)
    clients = [server.connect(f"client-{n + 1}") for n in range(8)]
    for _ in range(40):
        line = random_line(chance)
        chance.choice(clients).send(line).expect(line.upper())


@behaviour(
    "serve_threads",
    needs="two_clients_are_served_in_turns",
    hardens="two_clients_are_served_in_turns",
    suspects="M30",
    driver=start_slowly,
)
def test_threads_may_begin_late(server):
    """eight threads that begin a little late answer each its own client"""
    clients = [server.connect(f"client-{n + 1}") for n in range(8)]
    for number, client in enumerate(clients):
        client.send(b"soup %d\n" % number)
    for number, client in enumerate(clients):
        client.expect(b"SOUP %d\n" % number)


@behaviour(
    "serve_threads",
    needs="silent_clients_hold_nobody_back",
    hardens="silent_clients_hold_nobody_back",
    suspects="M62",
)
def test_the_door_is_all_that_one_thread_does(server):
    """thirty silent ones are let in, and nothing is waited for in between"""
    with server.frozen():
        mob = server.mob(30, "silent", Squatter)
    expect_door_attended(server, mob.members)


@behaviour(
    "serve_threads",
    needs="silent_clients_hold_nobody_back",
    hardens="silent_clients_hold_nobody_back",
    suspects="M62",
)
def test_hesitant_clients_hold_nobody_back(server):
    """sixty who stop in the middle of a line hold nobody up"""
    line = random_line(dice(server))
    word = line[:-1].upper()
    mob = server.mob(60, "hesitant")
    mob.send(lambda number: b"%s %d" % (word, number))
    server.connect("eager").send(line).expect(line.upper())
    mob.send(lambda _: b"\n")
    mob.expect(lambda number: b"%s %d\n" % (word, number), backwards=True)


@behaviour(
    "serve_threads",
    needs="silent_clients_hold_nobody_back",
    hardens="silent_clients_hold_nobody_back",
    suspects="M231",
    leap=Leap(300, after=1),
)
def test_who_is_silent_for_minutes_stays(server):
    """who says nothing for five minutes is still there, and is answered"""
    line = random_line(dice(server))
    # Frozen: it has begun to speak before the minutes pass.
    with server.frozen():
        hesitant = server.connect("hesitant").send(line[:3])
    until_it_sleeps(server)
    expect_open(hesitant)
    hesitant.send(line[3:]).expect(line.upper())


@behaviour(
    "serve_threads",
    needs="a_goodbye_ends_the_thread",
    hardens="a_goodbye_ends_the_thread",
    suspects="M42",
)
def test_resets_leave_no_thread(server):
    """clients who vanish at any moment leave no thread behind"""
    line = random_line(dice(server))
    for number in range(5):
        ghost = server.connect(f"ghost-{number + 1}", Ghost)
        ghost.send(line).expect(line.upper()).send(b"half a li").close()
    with server.frozen():
        server.connect("ghost at the door", Ghost).close()
    server.connect("anna").send(line).expect(line.upper())
    expect_at_most(server, 2)


# count_votes ---------------------------------------------------------------


def vote_for_any(server):
    """Two names that no other test has, and their counts."""
    chance = dice(server)
    lay_out(server)
    anna = server.connect("anna")
    tea, milk = [random_line(chance)[:-1] for _ in range(2)]
    for name, count in ((tea, 1), (milk, 1), (tea, 2)):
        anna.send(name + b"\n").expect(b"%b %d\n" % (name, count))


@behaviour(
    "count_votes",
    needs="a_vote_is_counted",
    hardens="a_vote_is_counted two_votes_at_the_same_time_both_count "
    "two_names_at_the_same_time of_two_hundred_votes_none_is_lost "
    "who_is_silent_keeps_nobody_from_voting "
    "who_does_not_read_keeps_nobody_from_voting an_empty_name_is_refused",
    driver=serve_votes,
)
def test_whatever_name_is_counted(server):
    """votes are counted, whatever the names are"""
    vote_for_any(server)


@behaviour(
    "count_votes",
    needs="a_vote_is_counted",
    hardens="a_vote_is_counted",
    driver=serve_votes,
)
def test_any_names_are_counted(server):
    """votes for many names, glued and of any bytes, are counted apart"""
    chance = dice(server)
    lay_out(server)
    names = [random_line(chance)[:-1] for _ in range(5)] + [b"  ", b"gr\xfcn"]
    # A return is a byte of the name, and so is a capital.
    names += [b"cup", b"cup\r", b"Cup", b" cup "]
    count = dict.fromkeys(names, 0)
    clients = [server.connect(name) for name in ("anna", "ben", "cleo")]
    draws = [chance.choices(names, k=chance.randint(1, 4)) for _ in range(20)]
    for draw in (names, *draws):
        ask, answer = b"", b""
        for name in draw:
            count[name] += 1
            ask += name + b"\n"
            answer += b"%b %d\n" % (name, count[name])
        chance.choice(clients).send(ask).expect(answer)


@behaviour(
    "count_votes",
    needs="of_two_hundred_votes_none_is_lost",
    hardens="of_two_hundred_votes_none_is_lost",
    suspects="M22",
    driver=serve_votes,
)
def test_votes_among_resets_and_empty_names(server):
    """no vote is lost among resets and empty names"""
    lay_out(server)
    clients = [server.connect(f"voter-{n + 1}", Voter) for n in range(8)]
    ghosts = [server.connect(f"ghost-{n + 1}", Ghost) for n in range(4)]
    name, other = line_of(clients[0])[:-1], line_of(ghosts[0])
    with server.frozen():
        for client in clients:
            client.send(b"%s\n" % name * 20)
        for ghost in ghosts:
            ghost.send((b"\n" + other) * 5 + name[:2]).close()
    counts = [count for each in clients for count in each.counts(name, 20)]
    expect_each_once(server, counts)
    last = server.connect("newcomer")
    last.send(b"\n%s\n" % name).expect(b"?\n%s 161\n" % name)


# four_booths ---------------------------------------------------------------


@behaviour(
    "four_booths",
    needs="four_clients_vote_at_the_same_time",
    hardens="four_clients_vote_at_the_same_time "
    "there_are_four_booths_and_no_more "
    "who_waits_gets_the_booth_that_is_free "
    "resets_leave_every_booth_in_use "
    "of_two_hundred_votes_in_four_booths_none_is_lost",
    driver=serve_votes,
)
def test_in_a_booth_whatever_name_is_counted(server):
    """in a booth, too, votes are counted, whatever the names are"""
    vote_for_any(server)
    ben = server.connect("ben")
    ben.send(b"\ntea\ntea\r\n").expect(b"?\ntea 1\ntea\r 1\n")


@behaviour(
    "four_booths",
    needs="there_are_four_booths_and_no_more",
    hardens="there_are_four_booths_and_no_more",
    suspects="M64",
    driver=serve_votes,
)
def test_sixty_come_to_four_booths(server):
    """with sixty clients there are five threads, and all sixty can vote"""
    lay_out(server)
    crowd = [server.connect(f"voter-{n + 1}", Squatter) for n in range(60)]
    expect_at_most(server, 5)
    expect_open(*crowd)
    name = line_of(crowd[0])[:-1]
    for number, client in enumerate(crowd, start=1):
        client.send(b"%s\n" % name).expect(b"%s %d\n" % (name, number)).close()


@behaviour(
    "four_booths",
    needs="who_waits_gets_the_booth_that_is_free",
    hardens="who_waits_gets_the_booth_that_is_free",
    suspects="M231",
    driver=serve_votes,
    leap=Leap(300, after=2),
)
def test_minutes_of_silence_cost_nobody_a_booth(server):
    """who says nothing for five minutes is still in the booth, and may vote"""
    lay_out(server)
    with server.frozen():
        silent = server.connect("silent").send(b"tea\n")
    silent.expect(b"tea 1\n")
    until_it_sleeps(server)
    expect_open(silent)
    silent.send(b"tea\n").expect(b"tea 2\n")


@behaviour(
    "four_booths",
    needs="resets_leave_every_booth_in_use",
    hardens="resets_leave_every_booth_in_use",
    suspects="M63",
    driver=serve_votes,
)
def test_resets_at_any_moment_leave_every_booth(server):
    """resets at the door, in mid-line and with answers due cost no booth"""
    lay_out(server)
    with server.frozen():
        for number in range(12):
            ghost = server.connect(f"ghost-{number + 1}", Ghost)
            ghost.send((b"", b"half a na", b"boo\n\nboo\n")[number % 3])
            ghost.close()
    names = ("anna", "ben", "cleo", "dan")
    clients = [server.connect(name) for name in names]
    name = line_of(clients[0])[:-1]
    for number, client in enumerate(reversed(clients), start=1):
        client.send(b"%s\n" % name).expect(b"%s %d\n" % (name, number))


# wrong_booths ----------------------------------------------------------------

booths = partial(
    behaviour,
    "wrong_booths",
    driver=meet,
    stage=with_plain_votes,
    serves="four_booths",
    suspects="M170",
)


@booths(
    needs="no_right_booths_are_accused",
    hardens="no_right_booths_are_accused",
    servers="votes_behind_a_counter booths_one_at_a_time",
)
def test_no_other_right_booths_are_accused(server):
    """accuses no right server of another make"""
    expect_told_apart(server)


@booths(
    needs="no_more_than_four",
    hardens="no_more_than_four",
    servers="five_booths",
)
def test_no_fifth_booth(server):
    """exposes a server that has one booth too many"""
    expect_told_apart(server)
