"""What exercise 04 promises, tested with real clients on real sockets.

First a thread for each client, then counts that all threads share, then a
bound on the threads. A request is a line.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.driving.clients import Ghost, HalfCloser, Sipper, Squatter
from buckets.driving.expect import (
    expect_kept,
    expect_open,
    expect_same_descriptors,
)
from buckets.driving.topics.break_it import expect_told_apart, meet
from buckets.driving.topics.threads import (
    Voter,
    expect_alone_with_the_votes,
    expect_at_most,
    expect_each_once,
    lay_out,
    serve_votes,
    until_still,
    with_plain_votes,
)

# serve_threads: a thread for each client -----------------------------------


@behaviour("serve_threads", points=1)
def test_a_line_is_answered_in_capitals(server):
    """a line is answered in capitals, and so is the next"""
    anna = server.connect("anna").send(b"hello\n").expect(b"HELLO\n")
    anna.send(b"is anybody there?\n").expect(b"IS ANYBODY THERE?\n")


@behaviour(
    "serve_threads",
    points=1,
    needs="a_line_is_answered_in_capitals",
    suspects="M62",
)
def test_two_clients_are_served_in_turns(server):
    """two clients who stay are served in turns, each its own answers"""
    anna = server.connect("anna").send(b"soup\n").expect(b"SOUP\n")
    ben = server.connect("ben").send(b"bread\n").expect(b"BREAD\n")
    anna.send(b"salt\n").expect(b"SALT\n")
    ben.send(b"butter\n").expect(b"BUTTER\n")


@behaviour(
    "serve_threads",
    points=1,
    needs="two_clients_are_served_in_turns",
    suspects="M62",
)
def test_silent_clients_hold_nobody_back(server):
    """twenty silent clients hold nobody up, and may stay"""
    mob = server.mob(20, "silent", Squatter)
    server.connect("eager").send(b"hello\n").expect(b"HELLO\n")
    expect_kept(server, mob.members[0])
    mob.members[0].send(b"may I?\n").expect(b"MAY I?\n")


@behaviour(
    "serve_threads",
    points=1,
    needs="two_clients_are_served_in_turns",
    suspects="M42",
)
def test_a_goodbye_ends_the_thread(server):
    """who says goodbye hears a goodbye, and leaves no thread behind"""
    for name in ("anna", "ben", "cleo"):
        client = server.connect(name, HalfCloser).send(b"bye\n")
        client.expect(b"BYE\n").expect_eof()
    expect_at_most(server, 1)


@behaviour(
    "serve_threads",
    points=1,
    needs="a_goodbye_ends_the_thread",
    suspects="M32",
)
def test_a_hundred_visits_leave_nothing(server):
    """after a hundred visits, forty of them cut short, nothing is left"""
    server.connect("first").send(b"one\n").expect(b"ONE\n")
    with expect_same_descriptors(server, b"ping\n", b"PING\n"):
        for name, size, kind in (
            ("visitors", 60, None),
            ("ghosts", 40, Ghost),
        ):
            mob = server.mob(size, name, *filter(None, [kind]))
            mob.send(lambda number: b"hi %d\n" % number)
            mob.expect(lambda number: b"HI %d\n" % number)
            mob.close()
    expect_at_most(server, 2)


# count_votes: threads that share a thing -----------------------------------


@behaviour("count_votes", points=1, driver=serve_votes)
def test_a_vote_is_counted(server):
    """a vote is counted, and its answer is the name and its count"""
    lay_out(server)
    anna, ben = server.connect("anna"), server.connect("ben")
    anna.send(b"tea\n").expect(b"tea 1\n")
    ben.send(b"tea\n").expect(b"tea 2\n")
    ben.send(b"hot milk\n").expect(b"hot milk 1\n")
    anna.send(b"tea\n").expect(b"tea 3\n")


@behaviour(
    "count_votes",
    points=1,
    needs="a_vote_is_counted",
    suspects="M22",
    driver=serve_votes,
)
def test_two_votes_at_the_same_time_both_count(server):
    """two votes at the same time both count"""
    votes = lay_out(server, held=True)
    anna, ben = server.connect("anna", Voter), server.connect("ben", Voter)
    anna.send(b"tea\n")
    votes.until_read()
    ben.send(b"tea\n")
    votes.let_go()
    anna.counts(b"tea")
    ben.counts(b"tea")
    server.connect("cleo").send(b"tea\n").expect(b"tea 3\n")


@behaviour(
    "count_votes",
    points=1,
    needs="two_votes_at_the_same_time_both_count",
    suspects="M61",
    driver=serve_votes,
)
def test_two_names_at_the_same_time(server):
    """while one thread is with the votes, no other is, whatever the name"""
    votes = lay_out(server, held=True)
    anna, ben = server.connect("anna", Voter), server.connect("ben", Voter)
    anna.send(b"tea\n")
    votes.until_read()
    ben.send(b"milk\n")
    votes.let_go()
    anna.counts(b"tea")
    ben.counts(b"milk")
    expect_alone_with_the_votes(votes)


@behaviour(
    "count_votes",
    points=2,
    needs="two_votes_at_the_same_time_both_count",
    suspects="M22",
    driver=serve_votes,
)
def test_of_two_hundred_votes_none_is_lost(server):
    """eight clients cast 25 votes each, and each vote has its own count"""
    votes = lay_out(server, jolted=True)
    clients = [server.connect(f"voter-{n + 1}", Voter) for n in range(8)]
    with server.frozen():
        for client in clients:
            client.send(b"tea\n" * 25)
    counts = [count for each in clients for count in each.counts(b"tea", 25)]
    expect_each_once(server, counts)
    expect_alone_with_the_votes(votes.look_back())


@behaviour(
    "count_votes",
    points=1,
    needs="a_vote_is_counted",
    suspects="M62",
    driver=serve_votes,
)
def test_who_is_silent_keeps_nobody_from_voting(server):
    """who is silent, before a vote or after it, keeps nobody from voting"""
    lay_out(server)
    server.connect("silent", Squatter)
    until_still(server.patience)
    server.connect("quiet").send(b"tea\n").expect(b"tea 1\n")
    server.connect("eager").send(b"tea\n").expect(b"tea 2\n")


@behaviour(
    "count_votes",
    points=1,
    needs="who_is_silent_keeps_nobody_from_voting",
    suspects="M62",
    driver=serve_votes,
    buffers=4096,
)
def test_who_does_not_read_keeps_nobody_from_voting(server):
    """who votes and does not read the answers keeps nobody from voting"""
    lay_out(server)
    server.connect("deaf", Sipper).send((b"tea" * 40 + b"\n") * 400)
    until_still(server.patience)
    server.connect("eager").send(b"milk\n").expect(b"milk 1\n")


@behaviour(
    "count_votes",
    points=1,
    needs="a_vote_is_counted",
    suspects="M63",
    driver=serve_votes,
)
def test_an_empty_name_is_refused(server):
    """an empty name is answered by a question mark, and all can vote on"""
    lay_out(server)
    anna = server.connect("anna").send(b"\n").expect(b"?\n")
    server.connect("ben").send(b"tea\n").expect(b"tea 1\n")
    anna.send(b"tea\n").expect(b"tea 2\n")
    anna.send(b"\n\n\n\n").expect(b"?\n?\n?\n?\n")
    anna.send(b"tea\n").expect(b"tea 3\n")


# four_booths: a bound on the threads ---------------------------------------


def seat(server, names):
    """Clients who vote one after the other, and stay."""
    return [
        server.connect(name).send(b"%d\n" % n).expect(b"%d 1\n" % n)
        for n, name in enumerate(names)
    ]


@behaviour("four_booths", points=1, driver=serve_votes, suspects="M62")
def test_four_clients_vote_at_the_same_time(server):
    """four clients have a booth each, and vote in turns"""
    lay_out(server)
    names = ("anna", "ben", "cleo", "dan")
    clients = [server.connect(name) for name in names]
    for number, client in enumerate(reversed(clients), start=1):
        client.send(b"tea\n").expect(b"tea %d\n" % number)
    clients[2].send(b"tea\n").expect(b"tea 5\n")


@behaviour(
    "four_booths",
    points=2,
    needs="four_clients_vote_at_the_same_time",
    suspects="M64",
    driver=serve_votes,
)
def test_there_are_four_booths_and_no_more(server):
    """with twelve clients there are five threads; who waits is not sent off"""
    lay_out(server)
    seat(server, ("anna", "ben", "cleo", "dan"))
    waiting = [server.connect(f"patient-{n + 1}", Squatter) for n in range(8)]
    expect_at_most(server, 5)
    expect_open(*waiting)


@behaviour(
    "four_booths",
    points=2,
    needs="there_are_four_booths_and_no_more",
    suspects="M63 M64",
    driver=serve_votes,
)
def test_who_waits_gets_the_booth_that_is_free(server):
    """whenever one leaves, the one who has waited longest can vote"""
    lay_out(server)
    inside = seat(server, ("anna", "ben", "cleo", "dan"))
    waiting = [server.connect(name) for name in ("eve", "finn", "gus")]
    for client in waiting:
        client.send(b"tea\n")
    for number, leaves in enumerate((2, 0, 3)):
        expect_open(*waiting[number:])
        inside[leaves].close()
        waiting[number].expect(b"tea %d\n" % (number + 1))
        until_still(server.patience)


@behaviour(
    "four_booths",
    points=1,
    needs="four_clients_vote_at_the_same_time",
    suspects="M63",
    driver=serve_votes,
)
def test_resets_leave_every_booth_in_use(server):
    """after six resets there are still four booths"""
    lay_out(server)
    for number in range(1, 7):
        ghost = server.connect(f"ghost-{number}", Ghost)
        ghost.send(b"boo\n").expect(b"boo %d\n" % number)
        if number % 2:
            # The answer to its last vote finds nobody: there sendall() fails.
            with server.frozen():
                ghost.send(b"bye\n").half_close().close()
        else:
            ghost.close()
        until_still(server.patience)
    seat(server, ("anna", "ben", "cleo", "dan"))


@behaviour(
    "four_booths",
    points=1,
    needs="who_waits_gets_the_booth_that_is_free",
    suspects="M22",
    driver=serve_votes,
)
def test_of_two_hundred_votes_in_four_booths_none_is_lost(server):
    """eight clients cast 25 votes each, four at a time, and none is lost"""
    lay_out(server)
    clients = [server.connect(f"voter-{n + 1}", Voter) for n in range(8)]
    with server.frozen():
        for client in clients:
            client.send(b"tea\n" * 25).half_close()
    counts = [count for each in clients for count in each.counts(b"tea", 25)]
    expect_each_once(server, counts)


# wrong_booths: servers, right and wrong, that a client tells apart -----------

booths = partial(
    behaviour,
    "wrong_booths",
    points=1,
    driver=meet,
    stage=with_plain_votes,
    serves="four_booths",
    suspects="M170",
)
# Below a client that accuses everybody, no wrong server counts.
exposes = partial(booths, needs="no_right_booths_are_accused")


@booths(servers="a_room_for_four four_threads_accept booths_one_at_a_time")
def test_no_right_booths_are_accused(server):
    """accuses no right server, and exposes one that has a single booth"""
    expect_told_apart(server)


@exposes(servers="booths_for_everybody")
def test_no_more_than_four(server):
    """exposes a server that has a booth for everybody"""
    expect_told_apart(server)


@exposes(servers="forgets_to_give_the_key_back")
def test_a_key_that_is_kept(server):
    """exposes a server that stands still after a mistake of a client"""
    expect_told_apart(server)


@exposes(servers="a_reset_takes_the_booth_along")
def test_a_booth_is_lost(server):
    """exposes a server that loses a booth with a client"""
    expect_told_apart(server)
