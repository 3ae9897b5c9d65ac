"""What exercise 05 promises, tested with real clients on real sockets.

Three tasks lead up to a server that looks after everybody from one process
and one thread. A request is a line; its answer is the line turned around.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.driving.clients import (
    Dribbler,
    Ghost,
    Gulper,
    HalfCloser,
    Squatter,
    Talker,
)
from buckets.driving.expect import (
    expect_alone,
    expect_ending,
    expect_kept,
    expect_one_descriptor_less,
    expect_open,
    expect_rest,
    expect_same_descriptors,
)
from buckets.driving.topics.break_it import expect_told_apart, meet
from buckets.driving.topics.find_the_fault import (
    answer_once,
    expect_committed,
    expect_named,
)

# three_guests: wait for several at once ------------------------------------


def three(server):
    return [server.connect(name) for name in ("anna", "ben", "cleo")]


@behaviour("three_guests", points=1, suspects="M11", timing=True)
def test_whoever_speaks_first_is_answered_first(server):
    """whoever speaks first is answered first, by one walker who can rest"""
    anna, ben, cleo = three(server)
    ben.send(b"soup\n").expect(b"puos\n")
    cleo.send(b"bread\n").expect(b"daerb\n")
    expect_alone(server)
    expect_rest(server)
    anna.send(b" a glass \n").expect(b" ssalg a \n")


@behaviour("three_guests", points=1, suspects="M85 M14")
def test_each_guest_is_seen_off(server):
    """each guest's connection, and no other, is closed after the answer"""
    anna, ben, cleo = three(server)
    cleo.send(b"tea\n").expect(b"aet\n").expect_eof()
    expect_open(anna, ben)
    with expect_one_descriptor_less(server):
        anna.send(b"milk\n").expect(b"klim\n").expect_eof()
    ben.send(b"cake\n").expect(b"ekac\n").expect_eof()


@behaviour(
    "three_guests",
    points=1,
    needs="whoever_speaks_first_is_answered_first",
)
def test_returns_after_the_third(server):
    """the function returns once all three are answered"""
    for guest in three(server):
        guest.send(b"bye\n").expect(b"eyb\n")
    expect_ending(server, "returned")


# open_door: the listener stands in the list, too ---------------------------


@behaviour("open_door", points=1, suspects="M34 M27")
def test_everybody_is_welcomed_at_once(server):
    """a newcomer is welcomed at once, while others stay and say nothing"""
    server.connect("early", Squatter).expect(b"welcome\n")
    server.connect("later", Squatter).expect(b"welcome\n")
    server.connect("latest").expect(b"welcome\n")


@behaviour("open_door", points=2, needs="everybody_is_welcomed_at_once")
def test_what_comes_is_sent_back(server):
    """whatever a client sends comes back to it, in any order of speaking"""
    first, second = server.connect("first"), server.connect("second")
    first.expect(b"welcome\n")
    second.expect(b"welcome\n").send(b"drip").expect(b"drip")
    first.send(b"drop").expect(b"drop")
    second.send(b"drip again").expect(b"drip again")
    expect_alone(server)


@behaviour(
    "open_door",
    points=2,
    needs="everybody_is_welcomed_at_once",
    suspects="M14 M06",
    timing=True,
)
def test_the_door_stays_open_after_a_goodbye(server):
    """who has finished is closed without a word, the others are served on"""
    stayer, leaver = server.connect("stayer"), server.connect("leaver")
    stayer.expect(b"welcome\n")
    leaver.expect(b"welcome\n")
    with expect_one_descriptor_less(server):
        leaver.half_close().expect_eof()
    leaver.close()
    stayer.send(b"still here").expect(b"still here")
    server.connect("newcomer").expect(b"welcome\n")
    expect_rest(server)


# serve_many: one walker for everybody --------------------------------------


@behaviour("serve_many", points=1)
def test_a_line_comes_back_turned_around(server):
    """a line comes back turned around"""
    server.connect("anna").send(b"hello\n").expect(b"olleh\n")


@behaviour(
    "serve_many",
    points=1,
    needs="a_line_comes_back_turned_around",
    suspects="M11",
)
def test_a_silent_client_holds_nobody_up(server):
    """a silent client holds nobody up"""
    server.connect("silent", Squatter)
    server.connect("eager").send(b"hello\n").expect(b"olleh\n")


@behaviour(
    "serve_many",
    points=1,
    needs="a_silent_client_holds_nobody_up",
    suspects="M11",
)
def test_answers_in_any_order_of_speaking(server):
    """four are answered in reverse order of coming, odd lines like others"""
    names = ("anna", "ben", "cleo", "dan")
    clients = [server.connect(name) for name in names]
    for client in reversed(clients):
        line = f"I am {client.name}\n".encode()
        client.send(line).expect(line[-2::-1] + b"\n")
    lines = b"again", b"", b"  no end: \r", b"no text: \xff"
    for client, line in zip(reversed(clients), lines, strict=True):
        client.send(line + b"\n").expect(line[::-1] + b"\n")


@behaviour(
    "serve_many",
    points=1,
    needs="a_line_comes_back_turned_around",
    suspects="M01",
)
def test_a_line_may_come_in_drops(server):
    """a line that comes byte by byte, while others speak, gets one answer"""
    dribbler = server.connect("dribbler", Dribbler)
    dribbler.send(b"drip dr")
    server.connect("other").send(b"well?\n").expect(b"?llew\n")
    dribbler.send(b"op\n").expect(b"pord pird\n")
    dribbler.send(b"plop\n").expect(b"polp\n")


@behaviour(
    "serve_many",
    points=1,
    needs="a_line_comes_back_turned_around",
    suspects="M02",
)
def test_lines_may_come_glued(server):
    """three lines in one segment get three answers, in their order"""
    gulper = server.connect("gulper", Gulper)
    gulper.send_glued([b"one\n", b"two\n", b"three\n"])
    gulper.expect(b"eno\nowt\neerht\n")
    gulper.send_glued([b"four\n", b"fi"]).expect(b"ruof\n")
    gulper.send(b"ve\n").expect(b"evif\n")


@behaviour(
    "serve_many",
    points=1,
    needs="a_line_comes_back_turned_around",
    suspects="M14 M06",
    timing=True,
)
def test_goodbyes_leave_the_list(server):
    """whoever leaves, the server serves the others, and rests without them"""
    stayer, leaver = server.connect("stayer"), server.connect("leaver")
    leaver.send(b"bye\n").expect(b"eyb\n").half_close().expect_eof().close()
    stayer.send(b"still here\n").expect(b"ereh llits\n").close()
    expect_rest(server)
    server.connect("newcomer").send(b"me too\n").expect(b"oot em\n")


@behaviour(
    "serve_many",
    points=1,
    needs="a_line_comes_back_turned_around",
    suspects="M08",
)
def test_a_half_closed_client_gets_its_answers(server):
    """who has finished sending gets every answer, then the end of file"""
    halfcloser = server.connect("halfcloser", HalfCloser)
    # Frozen: the server finds the lines and the end of file in one look.
    with server.frozen():
        halfcloser.send(b"first\nlast\n")
    halfcloser.expect(b"tsrif\ntsal\n").expect_eof()
    other = server.connect("other", HalfCloser)
    other.send(b"well?\nand then").expect(b"?llew\n").expect_eof()


@behaviour(
    "serve_many",
    points=1,
    needs="a_line_comes_back_turned_around",
    suspects="M10",
)
def test_a_reset_hurts_nobody_else(server):
    """a client that vanishes with a reset hurts nobody else"""
    names = "ghost", "rude ghost", "hasty ghost"
    ghost, rude, hasty = [server.connect(name, Ghost) for name in names]
    other = server.connect("other")
    ghost.send(b"boo\n").expect(b"oob\n").send(b"half a li")
    server.barrier(b"ping\n", b"gnip\n")
    # Frozen: the server finds resets and lines in one look. For one ghost
    # recv() fails, for the others sendall(): their lines are there to be read.
    # Who has finished before it vanishes breaks the pipe.
    with server.frozen():
        ghost.close()
        rude.send(b"boo, too\n").close()
        hasty.send(b"boo, three\n").half_close().close()
        other.send(b"what was that?\n")
    other.expect(b"?taht saw tahw\n")
    server.connect("ghost at the door", Ghost).close()
    server.connect("newcomer").send(b"a draught\n").expect(b"thguard a\n")


@behaviour(
    "serve_many",
    points=1,
    needs="a_silent_client_holds_nobody_up",
    suspects="M37",
    # Large enough that the kernel fills them up before they are empty.
    buffers=200_000,
)
def test_who_never_stops_talking_holds_nobody_up(server):
    """three clients that never stop talking hold nobody up"""
    # They send no newline, so they ask for nothing and have nothing to read.
    talkers = [server.connect(f"talker-{n}", Talker) for n in (1, 2, 3)]
    eager = server.connect("eager").send(b"hi\n").expect(b"ih\n")
    with server.frozen():
        for talker in talkers:
            talker.talk(b"and then ", most=256 << 20).until_full()
        server.step_back()
        eager.send(b"hello\n")
    # Whom a server sees to before it is lost to a talker is chance.
    eager.expect(b"olleh\n").send(b"again\n").expect(b"niaga\n")


@behaviour(
    "serve_many",
    points=1,
    needs="a_line_comes_back_turned_around",
    suspects="M07 M26",
    timing=True,
)
def test_asleep_while_nobody_speaks(server):
    """while three clients say nothing, one thread of one process sleeps"""
    clients = three(server)
    for client in clients:
        client.send(b"hi\n").expect(b"ih\n")
    expect_alone(server)
    expect_rest(server)
    expect_kept(server, *clients)


@behaviour("serve_many", points=1, needs="a_silent_client_holds_nobody_up")
def test_two_hundred_at_once(server):
    """two hundred clients at once are all answered"""
    mob = server.mob(200)
    mob.send(lambda number: b"client %d\n" % number)
    mob.expect(
        lambda number: (b"client %d" % number)[::-1] + b"\n", backwards=True
    )
    expect_alone(server)


@behaviour(
    "serve_many",
    points=1,
    needs="goodbyes_leave_the_list",
    suspects="M32",
)
def test_no_descriptor_is_left_after_many_visits(server):
    """after three hundred visits no descriptor is left open"""
    server.connect("first").send(b"one\n").expect(b"eno\n")
    with expect_same_descriptors(server, b"ping\n", b"gnip\n"):
        visitors = server.mob(300, "visitors")
        visitors.send(lambda number: b"hi %d\n" % number)
        visitors.expect(lambda number: (b"hi %d" % number)[::-1] + b"\n")
        visitors.close()


# wrong_walker: servers, right and wrong, that a client tells apart ----------

walkers = partial(
    behaviour, "wrong_walker", points=1, driver=meet, suspects="M170"
)
# Below a client that accuses everybody, no wrong server counts.
exposes = partial(walkers, needs="no_right_walker_is_accused")


@walkers(
    servers="dict_of_state with_selectors with_asyncio one_answer_and_goodbye"
)
def test_no_right_walker_is_accused(server):
    """accuses no right server, and exposes one that answers only once"""
    expect_told_apart(server)


@exposes(servers="one_after_the_other")
def test_one_client_at_a_time(server):
    """exposes a server that looks after one client at a time"""
    expect_told_apart(server)


@exposes(servers="answers_what_recv_gave")
def test_half_a_line_taken_for_a_line(server):
    """exposes a server that answers half a line"""
    expect_told_apart(server)


@exposes(servers="one_line_for_each_recv")
def test_one_answer_for_many_lines(server):
    """exposes a server that answers one line where several have come"""
    expect_told_apart(server)


@exposes(servers="an_empty_line_is_a_goodbye strips_the_line")
def test_lines_that_are_none_to_it(server):
    """exposes servers that do not take each line as it is"""
    expect_told_apart(server)


@exposes(servers="tells_everybody")
def test_what_others_have_asked(server):
    """exposes a server that answers those who have not asked"""
    expect_told_apart(server)


@exposes(servers="forgets_but_does_not_close")
def test_a_goodbye_without_an_end(server):
    """exposes a server that never ends a connection"""
    expect_told_apart(server)


@exposes(servers="lets_a_reset_end_it")
def test_the_end_of_one_is_the_end_of_all(server):
    """exposes a server that ends with one client's reset"""
    expect_told_apart(server)


@exposes(servers="goes_home_when_all_have_left")
def test_nobody_there_for_latecomers(server):
    """exposes a server that goes home when everybody has left"""
    expect_told_apart(server)


@exposes(servers="polls_without_pause")
def test_never_asleep(server):
    """exposes a server that never sleeps"""
    expect_told_apart(server)


# faults_of_walkers: recorded runs, and what is wrong in them ----------------

finds = partial(
    behaviour,
    "faults_of_walkers",
    driver=answer_once,
    recorded=False,
)


@finds(points=1, suspects="M180 M181")
def test_the_fault_of_amber(server):
    """says what is wrong in amber: the line, and the belief"""
    expect_named(server, "amber")


@finds(points=1, suspects="M180 M181")
def test_the_fault_of_birch(server):
    """says what is wrong in birch: the line, and the belief"""
    expect_named(server, "birch")


@finds(points=2, pends=True)
def test_an_answer_for_cedar(server):
    """has an answer for cedar, which is compared when it is handed in"""
    expect_committed(server, "cedar")


# mended_walker: the server of amber, without its fault ---------------------

mends = partial(behaviour, "mended_walker")


@mends(points=2, suspects="M109")
def test_the_clients_of_amber_get_their_answers(server):
    """one stops in mid-line while another speaks: each gets what is due"""
    anna, ben = server.connect("anna"), server.connect("ben")
    ben.send(b"soup\n").expect(b"puos\n")
    anna.send(b"half a ")
    ben.send(b"bread\n").expect(b"daerb\n")
    anna.send(b"line\n").expect(b"enil a flah\n")
    ben.send(b"two halves ")
    anna.send(b"wine\n").expect(b"eniw\n")
    ben.send(b"of one\n").expect(b"eno fo sevlah owt\n")


@mends(
    points=1,
    needs="the_clients_of_amber_get_their_answers",
    suspects="M30 M02 M14 M10",
)
def test_what_amber_did_well_is_still_done(server):
    """lines at once, a reset and a goodbye in mid-line, and who comes next"""
    ghost, gulper = (
        server.connect("ghost", Ghost),
        server.connect("gulper", Gulper),
    )
    gulper.send_glued([b"one\n", b"two\n", b"th"]).expect(b"eno\nowt\n")
    ghost.send(b"boo\n").expect(b"oob\n").send(b"half a li")
    # It came after half a line of ghost's, and ghost is looked after first.
    gulper.send(b"ree\n").expect(b"eerht\n")
    ghost.close()
    gulper.send(b"four\nand then ").expect(b"ruof\n")
    server.connect("newcomer").send(b"hello\n").expect(b"olleh\n")
    gulper.half_close().expect_eof().close()
    server.connect("last").send(b"me too\n").expect(b"oot em\n")
