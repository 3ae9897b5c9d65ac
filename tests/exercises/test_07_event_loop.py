"""What exercise 07 promises, tested with real clients on real sockets.

A handler leads up to a loop, and two servers stand on the loop. The loop is
tested with puppets: every connection's handler does what its client tells it,
a line at a time. `say hello` says hello at once, and `later hello` as soon as
the loop calls handle_write. `spill read` raises an exception. `close others`
closes everybody but the watcher, who is told what happens to whom, and
`everybody close others` has all try that in the next turn, in handle_write.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.driving.clients import (
    Dribbler,
    Ghost,
    Gulper,
    HalfCloser,
    Sipper,
    Squatter,
    Talker,
)
from buckets.driving.expect import (
    expect_alone,
    expect_ending,
    expect_one_descriptor_less,
    expect_open,
    expect_rest,
    expect_same_descriptors,
)
from buckets.driving.topics.break_it import expect_told_apart, meet
from buckets.driving.topics.event_loop import (
    play_by_turns,
    play_puppets,
    puppet,
    turned,
    watcher,
)
from buckets.driving.topics.find_the_fault import (
    answer_once,
    expect_committed,
    expect_named,
)

SMALL = 4096


def numbered(count):
    """Bytes that tell their own place: a loss or a repetition shows."""
    return b"".join(b"%07d " % number for number in range(count))


# Echo: a handler, on a loop that is given ----------------------------------


def given_loop(task, listener):
    """A given program: a small loop, with `task` to handle each connection."""
    import select

    class Loop:
        def __init__(self):
            self.readers, self.writers = {}, {}

        def modify(self, handler, read, write):
            for table, on in ((self.readers, read), (self.writers, write)):
                table.pop(handler.sock, None)
                if on:
                    table[handler.sock] = handler

        def unregister(self, handler):
            self.modify(handler, False, False)

        def read(self, sock):
            handler = self.readers[sock]
            data = sock.recv(65536)
            if data:
                handler.handle_read(data)
            else:
                self.readers.pop(sock)
                handler.handle_close()

    loop = Loop()
    while True:
        asked = [listener, *loop.readers], [*loop.writers], []
        readable, writable, _ = select.select(*asked)
        for sock in readable:
            if sock is listener:
                connection = sock.accept()[0]
                connection.setblocking(False)
                loop.modify(task(loop, connection), True, False)
            elif sock in loop.readers:
                loop.read(sock)
        for sock in writable:
            if sock in loop.writers:
                loop.writers[sock].handle_write()


@behaviour("Echo", points=1, driver=given_loop)
def test_what_is_read_is_sent_back(server):
    """what the loop has read is sent back, to whoever sent it"""
    anna, ben = server.connect("anna"), server.connect("ben")
    ben.send(b"drip").expect(b"drip")
    anna.send(b"drop \xe2\x80").expect(b"drop \xe2\x80")
    ben.send(b"drip again").expect(b"drip again")


@behaviour(
    "Echo",
    points=1,
    needs="what_is_read_is_sent_back",
    suspects="M04",
    driver=given_loop,
    buffers=SMALL,
)
def test_what_finds_no_room_is_sent_later(server):
    """60,000 bytes come back whole to a client who begins to read late"""
    said = numbered(7500)
    sipper = server.connect("sipper", Sipper)
    for start in range(0, 50_000, 10_000):
        sipper.send(said[start : start + 10_000])
        server.barrier(b"ping", b"ping")
    sipper.expect_next(said[:25_000])
    server.barrier(b"ping", b"ping")
    # Frozen: at once there is room, and more to be sent.
    with server.frozen():
        sipper.send(said[50_000:])
        heard = 25_000 + sipper.sip_what_came(said[25_000:50_000])
    sipper.expect(said[heard:])


@behaviour(
    "Echo",
    points=1,
    needs="what_is_read_is_sent_back",
    suspects="M07 M72",
    timing=True,
    driver=given_loop,
)
def test_it_asks_to_write_only_while_something_is_pending(server):
    """it asks to write only while it holds something"""
    anna, ben = server.connect("anna"), server.connect("ben")
    anna.send(b"drip").expect(b"drip")
    ben.send(b"drop").expect(b"drop")
    expect_rest(server)


@behaviour(
    "Echo",
    points=1,
    needs="what_finds_no_room_is_sent_later",
    suspects="M08",
    driver=given_loop,
    buffers=SMALL,
)
def test_after_the_end_the_rest_is_sent_then_closed(server):
    """after the other side's end it sends the rest, then closes"""
    quick = server.connect("quick").send(b"all").expect(b"all")
    with expect_one_descriptor_less(server):
        quick.half_close().expect_eof()
    said, sipper = numbered(2500), server.connect("sipper", Sipper)
    sipper.send(said).half_close()
    server.barrier(b"ping", b"ping")
    expect_rest(server)
    sipper.expect(said).expect_eof()


# EventLoop: flags and handlers ---------------------------------------------


# The steps of that task: each has a check of its own, and its tests in a row.
ARRIVE = 1, "a newcomer, and what they say"
WRITE = 2, "the end of file, and writing"
CHANGE = 3, "modify and unregister"
MISTAKE = 4, "a mistake costs one connection"
AGAIN = 5, "one scoop, and a second look"
STOP = 6, "stop, and single turns"


@behaviour(
    "EventLoop", points=1, step=ARRIVE, suspects="M34", driver=play_puppets
)
def test_who_comes_is_let_in_and_heard(server):
    """a newcomer calls handle_accept, and what they say handle_read"""
    anna, ben = puppet(server, "anna"), puppet(server, "ben")
    ben.send(b"say hello\n").expect(b"hello\n")
    anna.send(b"say good morning\n").expect(b"good morning\n")
    expect_alone(server)


@behaviour(
    "EventLoop",
    points=1,
    step=WRITE,
    needs="who_comes_is_let_in_and_heard",
    suspects="M74 M06 M72",
    driver=play_puppets,
)
def test_an_end_calls_handle_close(server):
    """an end of file calls handle_close, once, and closes nothing"""
    witness = watcher(server)
    anna, ben = puppet(server, "anna"), puppet(server, "ben")
    with server.frozen():
        anna.send(b"say last words\n").half_close()
    anna.expect(b"last words\ngoodbye\n").expect_eof()
    # Ben's handler stays, and has something to say when it can.
    ben.send(b"stay\n").expect(b"staying\n").half_close()
    ben.expect(b"goodbye\n")
    turned(server)
    witness.expect_silence()
    witness.send(b"prompt ben well then\n")
    ben.expect(b"well\nthen\n")
    # Cleo's handler has asked to write when the end comes: it goes on writing.
    cleo = puppet(server, "cleo").send(b"stay quietly\n").expect(b"staying\n")
    with server.frozen():
        cleo.send(b"later one two three\n").half_close()
    cleo.expect(b"one\ntwo\nthree\n")


@behaviour(
    "EventLoop",
    points=1,
    step=WRITE,
    needs="who_comes_is_let_in_and_heard",
    suspects="M72 M07",
    timing=True,
    driver=play_puppets,
)
def test_who_asks_to_write_is_called(server):
    """handle_write is called while it is asked for, and no longer"""
    witness, anna = watcher(server), puppet(server, "anna")
    anna.send(b"later one two three\n").expect(b"one\ntwo\nthree\n")
    anna.send(b"later four\n").expect(b"four\n")
    turned(server)
    witness.expect_silence()
    expect_rest(server)


@behaviour(
    "EventLoop",
    points=1,
    step=WRITE,
    needs="who_comes_is_let_in_and_heard",
    suspects="M13",
    driver=play_puppets,
    buffers=SMALL,
)
def test_no_connection_waits(server):
    """register makes a socket non-blocking: who has no room holds nobody up"""
    witness = watcher(server)
    sipper = puppet(server, "sipper", Sipper)
    sipper.send(b"fill\n")
    witness.expect(b"sipper: no more room\n")


@behaviour(
    "EventLoop",
    points=1,
    step=CHANGE,
    needs="who_comes_is_let_in_and_heard",
    suspects="M72",
    driver=play_puppets,
)
def test_modify_turns_a_flag_off_and_on(server):
    """who is modified to read nothing is not read until asked for again"""
    anna, ben = puppet(server, "anna"), puppet(server, "ben")
    anna.send(b"mute ben\n").expect(b"ben is muted\n")
    ben.send(b"say hello\n")
    turned(server)
    expect_open(ben)
    anna.send(b"unmute ben\n").expect(b"ben is unmuted\n")
    ben.expect(b"hello\n")


@behaviour(
    "EventLoop",
    points=1,
    step=CHANGE,
    needs="who_comes_is_let_in_and_heard",
    suspects="M72",
    driver=play_puppets,
)
def test_unregister_leaves_the_connection_alone(server):
    """who is unregistered is not called, not closed, and may come back"""
    anna, ben = puppet(server, "anna"), puppet(server, "ben")
    anna.send(b"forget ben\n").expect(b"ben is forgotten\n")
    anna.send(b"forget ben\n").expect(b"ben is forgotten\n")
    ben.send(b"say hello\n")
    turned(server)
    expect_open(ben)
    # Registered with read=False, write=True, until "back" has been said.
    anna.send(b"remember ben\n").expect(b"ben is back\n")
    ben.expect(b"back\nhello\n")


@behaviour(
    "EventLoop",
    points=1,
    step=MISTAKE,
    needs="who_comes_is_let_in_and_heard",
    suspects="M71 M103",
    # Whoever takes single turns is to be spared as well.
    driver=play_by_turns,
)
def test_a_handler_that_raises_stops_nobody_else(server):
    """who raises stops nobody else, unless it is to end the program"""
    puppets = [puppet(server, name) for name in ("anna", "ben", "cleo")]
    # Frozen: all three are in one ready list, and one of them raises.
    with server.frozen():
        puppets[0].send(b"say before\n")
        puppets[1].send(b"spill read\n")
        puppets[2].send(b"say after\n")
    puppets[0].expect(b"before\n")
    puppets[2].expect(b"after\n")
    dan = puppet(server, "dan").send(b"say hello\n").expect(b"hello\n")
    # SystemExit is no Exception: who raises it wants the program to end.
    dan.send(b"leave\n")
    expect_ending(server, "exited")


@behaviour(
    "EventLoop",
    points=1,
    step=MISTAKE,
    needs="who_comes_is_let_in_and_heard",
    suspects="M73",
    driver=play_puppets,
)
def test_a_handler_that_raises_is_told_and_closed(server):
    """a handler that raises hears of it in handle_error, and is closed"""
    witness = watcher(server)
    anna, ben = puppet(server, "anna"), puppet(server, "ben")
    anna.send(b"spill read\n").expect_eof()
    witness.expect(b"anna: Spilled\n")
    ben.send(b"spill write\n").expect_eof()
    witness.expect(b"ben: Spilled\n")
    cleo = puppet(server, "cleo")
    cleo.send(b"spill error read\n").expect_eof()
    witness.expect(b"cleo: Spilled\n")
    witness.send(b"say on we go\n").expect(b"on we go\n")
    # It is told before it is closed, and may still say something.
    dan = puppet(server, "dan").send(b"spill words read\n")
    dan.expect(b"famous last words\n").expect_eof()
    witness.expect(b"dan: Spilled\n")


@behaviour(
    "EventLoop",
    points=1,
    step=MISTAKE,
    needs="a_handler_that_raises_is_told_and_closed",
    suspects="M71",
    driver=play_puppets,
)
def test_a_door_that_raises_stays_open(server):
    """when handle_accept raises, the newcomer pays, and not the door"""
    witness = watcher(server)
    witness.send(b"slip\n").expect(b"mind the step\n")
    server.connect("clumsy").expect_eof()
    witness.expect(b"the door: Spilled\n")
    puppet(server, "newcomer").send(b"say hello\n").expect(b"hello\n")


@behaviour(
    "EventLoop",
    points=1,
    step=MISTAKE,
    needs="a_handler_that_raises_is_told_and_closed",
    suspects="M10",
    driver=play_puppets,
)
def test_a_reset_goes_the_same_way(server):
    """a reset is told to its own handler, and stops nobody else"""
    witness = watcher(server)
    ghost, anna = puppet(server, "ghost", Ghost), puppet(server, "anna")
    with server.frozen():
        ghost.close()
        anna.send(b"say what was that?\n")
    anna.expect(b"what was that?\n")
    witness.expect(b"ghost: ConnectionResetError\n")
    puppet(server, "newcomer").send(b"say a draught\n").expect(b"a draught\n")


@behaviour(
    "EventLoop",
    points=1,
    step=AGAIN,
    needs="who_comes_is_let_in_and_heard",
    suspects="M37",
    driver=play_puppets,
    # Large enough that the kernel fills them up before they are empty.
    buffers=200_000,
)
def test_who_never_stops_talking_holds_nobody_up(server):
    """one scoop for each turn: who never stops talking holds nobody up"""
    talkers = [server.connect(f"talker-{n}", Talker) for n in (1, 2)]
    anna = puppet(server, "anna")
    with server.frozen():
        for talker in talkers:
            talker.talk(b"hum\n", most=64 << 20).until_full()
        server.step_back()
        anna.send(b"say hello\n")
    # Whom a loop sees to before it is lost to a talker is chance.
    anna.expect(b"hello\n").send(b"say again\n").expect(b"again\n")


@behaviour(
    "EventLoop",
    points=1,
    step=AGAIN,
    needs="unregister_leaves_the_connection_alone",
    suspects="M70",
    driver=play_puppets,
)
def test_a_handler_may_close_its_neighbour(server):
    """who was closed by a neighbour in the same turn is not called"""
    witness = watcher(server, Sipper)
    # All flags are up in one ready list, and whoever is called first closes
    # or mutes the others: in front (frozen, so that all of them have
    # spoken), then behind.
    for order in b"mute", b"close":
        puppets = [puppet(server, name) for name in ("anna", "ben", "cleo")]
        with server.frozen():
            for each in puppets:
                each.send(order + b" others\n")
        turned(server)
        witness.expect(b"somebody %sd all the others\n" % order)
    # What the muted ones were sent is there, for when they are read again.
    names = ("finn", "gus", "hana")
    puppets = [puppet(server, name) for name in names]
    with server.frozen():
        for each in puppets:
            each.send(b"mute others\nsay hello\n")
    turned(server)
    witness.expect(b"somebody muted all the others\n")
    for name in (*names, *names):
        witness.send(b"unmute %s\n" % name.encode())
        witness.expect_next(b"%s is unmuted\n" % name.encode())
        turned(server)
        witness.sip_what_came(b"somebody muted all the others\n")
    for each in puppets:
        each.expect(b"hello\n")
    witness.send(b"close others\n")
    witness.expect(b"somebody closed all the others\n")
    puppet(server, "dan"), puppet(server, "eve")
    witness.send(b"everybody close others\n")
    witness.expect(b"somebody closed all the others\n")
    puppet(server, "newcomer").send(b"say hello\n").expect(b"hello\n")
    witness.expect_silence()


@behaviour(
    "EventLoop",
    points=1,
    step=STOP,
    needs="who_comes_is_let_in_and_heard",
    suspects="M106",
    driver=play_puppets,
)
def test_stop_ends_run_after_the_turn(server):
    """stop() makes run() return, once the turn in hand is over"""
    anna, ben = puppet(server, "anna"), puppet(server, "ben")
    with server.frozen():
        anna.send(b"stop\n")
        ben.send(b"sing\n")
    anna.expect(b"stopping\n")
    ben.expect(b"la la la\n")
    expect_ending(server, "returned")


def three_turns(task, listener):
    """A given program: three turns by hand, and what came of each."""
    import time

    class Back:
        def __init__(self, sock):
            self.sock, self.writes = sock, 0

        def handle_read(self, data):
            self.sock.send(data)

        def handle_write(self):
            # It goes on to ask: there is room in the next turn, too.
            self.writes += 1
            if self.writes > 9:
                loop.modify(self, read=True, write=False)

        def handle_error(self, error):
            raise error

    loop, connection = task(), listener.accept()[0]
    back = Back(connection)
    loop.register(back)
    loop.run_once(0)
    connection.send(b"looked, ")
    start = time.monotonic()
    loop.run_once(0.2)
    waited = time.monotonic() - start > 0.19
    connection.send(b"waited\n" if waited else b"did not wait\n")
    loop.run_once()
    loop.modify(back, read=True, write=True)
    loop.run_once(5)
    connection.send(b"and these were %d turns\n" % (3 + back.writes))


@behaviour(
    "EventLoop",
    points=1,
    step=STOP,
    needs="who_comes_is_let_in_and_heard",
    suspects="M106",
    driver=three_turns,
)
def test_run_once_is_one_turn(server):
    """run_once() waits as long as it was told, and takes one turn"""
    anna = server.connect("anna")
    anna.expect(b"looked, waited\n")
    anna.send(b"!").expect(b"!and these were 4 turns\n")
    expect_ending(server, "returned")


# echo: a door, a loop, and an Echo for each --------------------------------


@behaviour("echo", points=1)
def test_everybody_hears_their_own_echo(server):
    """a silent client, and two who speak in any order: each their own echo"""
    server.connect("silent", Squatter)
    anna = server.connect("anna")
    # Else it is chance whether a door that keeps nobody hangs up before he
    # speaks.
    with server.frozen():
        ben = server.connect("ben").send(b"hello ben")
    ben.expect(b"hello ben")
    anna.send(b"hello anna").expect(b"hello anna")
    expect_alone(server)


@behaviour(
    "echo",
    points=1,
    needs="everybody_hears_their_own_echo",
    suspects="M10",
    buffers=SMALL,
)
def test_the_whole_cast_at_once(server):
    """the whole cast at once: everybody gets what is theirs"""
    sipper = server.connect("sipper", Sipper)
    ghost = server.connect("ghost", Ghost).send(b"boo").expect(b"boo")
    dribbler = server.connect("dribbler", Dribbler)
    for _ in range(5):
        sipper.send(numbered(1250))
        server.barrier(b"ping", b"ping")
    dribbler.send(b"drip").expect(b"drip")
    mob = server.mob(60)
    with server.frozen():
        ghost.close()
        mob.send(lambda number: b"client %d" % number)
        gulper = server.connect("gulper", Gulper)
        gulper.send_glued([b"one, ", b"two, ", b"three"])
        halfcloser = server.connect("halfcloser", HalfCloser).send(
            b"that is all"
        )
    halfcloser.expect(b"that is all").expect_eof()
    gulper.expect(b"one, two, three")
    mob.expect(lambda number: b"client %d" % number, backwards=True)
    sipper.expect(numbered(1250) * 5)


@behaviour(
    "echo",
    points=1,
    needs="the_whole_cast_at_once",
    suspects="M32",
    timing=True,
)
def test_nothing_is_left_of_who_has_left(server):
    """after a hundred visits no descriptor is left, and the server sleeps"""
    with expect_same_descriptors(server, b"ping", b"ping"):
        visitors = server.mob(100, "visitors")
        visitors.send(lambda number: b"hi %d" % number)
        visitors.expect(lambda number: b"hi %d" % number)
        visitors.close()
    expect_rest(server)


# broadcast: handlers that know each other ----------------------------------


def room(server, *names):
    """Clients who are all in the room: whoever came last has been heard."""
    *members, last = [server.connect(name) for name in names]
    last.send(b"we are all here\n")
    for member in members:
        member.expect(b"we are all here\n")
    return *members, last


@behaviour("broadcast", points=1)
def test_a_line_goes_to_all_others(server):
    """a line goes to everybody else, and not to whoever said it"""
    anna, ben, cleo = room(server, "anna", "ben", "cleo")
    ben.send(b"hello, all\n")
    anna.expect(b"hello, all\n")
    cleo.expect(b"hello, all\n")
    expect_open(ben)
    expect_alone(server)


@behaviour(
    "broadcast",
    points=1,
    needs="a_line_goes_to_all_others",
    suspects="M01",
)
def test_only_whole_lines_are_passed_on(server):
    """lines in drops, or glued, are passed on as they are, and whole"""
    anna, ben = room(server, "anna", "ben")
    dribbler = server.connect("dribbler", Dribbler).send(b"drip dr")
    anna.send(b"well?\n\n \xff\n")
    ben.expect(b"well?\n\n \xff\n")
    dribbler.expect(b"well?\n\n \xff\n").send(b"op\ndr")
    anna.expect(b"drip drop\n")
    ben.expect(b"drip drop\n")


@behaviour(
    "broadcast",
    points=1,
    needs="a_line_goes_to_all_others",
    suspects="M105",
)
def test_who_leaves_does_not_stop_the_others(server):
    """goodbyes and resets in one turn with a line stop nobody"""
    anna, ben, cleo, dan = room(server, "anna", "ben", "cleo", "dan")
    eve = server.connect("eve", HalfCloser)
    eve.send(b"I am on my w").expect_eof()
    with server.frozen():
        ben.reset()
        anna.send(b"who is left?\n")
        cleo.close()
    dan.expect(b"who is left?\n")
    # Who has gone has left the room, too: nobody can trip over them any more.
    for word in (b"one\n", b"two\n", b"three\n"):
        dan.send(b"you and me, " + word)
        anna.expect(b"you and me, " + word).send(word)
        dan.expect(word)
    expect_open(anna, dan)


@behaviour(
    "broadcast",
    points=1,
    needs="a_line_goes_to_all_others",
    suspects="M104",
    buffers=SMALL,
)
def test_who_never_reads_is_seen_off(server):
    """who reads late hears all; who never reads is seen off, beyond MOST"""
    sipper = server.connect("sipper", Sipper)
    late = server.connect("late", Sipper)
    ben, anna = room(server, "ben", "anna")
    late.expect(b"we are all here\n")
    story = numbered(3000) + b"\n"
    for _ in range(5):
        anna.send(story)
        ben.expect(story)
    late.expect(story * 5)
    for _ in range(20):
        anna.send(story)
        ben.expect(story)
        late.expect(story)
    while sipper.sip(65536):
        pass
    sipper.tell("< end of file, as it should be")
    anna.send(b"where were we?\n")
    ben.expect(b"where were we?\n")
    late.expect(b"where were we?\n")


# faults_of_loops: recorded runs, and what is wrong in them ----------------

finds = partial(
    behaviour,
    "faults_of_loops",
    driver=answer_once,
    recorded=False,
)


@finds(points=1, suspects="M180 M181")
def test_the_fault_of_grove(server):
    """says what is wrong in grove: the line, and the belief"""
    expect_named(server, "grove")


@finds(points=1, suspects="M180 M181")
def test_the_fault_of_heath(server):
    """says what is wrong in heath: the line, and the belief"""
    expect_named(server, "heath")


@finds(points=2, pends=True)
def test_an_answer_for_iris(server):
    """has an answer for iris, which is compared when it is handed in"""
    expect_committed(server, "iris")


# wrong_loop: servers, right and wrong, that a client tells apart -------------

loops = partial(
    behaviour,
    "wrong_loop",
    points=1,
    driver=meet,
    stage=play_puppets,
    suspects="M170",
)
# Below a client that accuses everybody, no wrong server counts.
exposes = partial(loops, needs="no_right_loop_is_accused")


@loops(servers="with_selectors keyed_by_socket an_exception_ends_the_loop")
def test_no_right_loop_is_accused(server):
    """accuses no right loop, and exposes one that an exception ends"""
    expect_told_apart(server)


@exposes(servers="modify_only_adds")
def test_a_flag_that_stays_up(server):
    """exposes a loop whose modify() takes nothing away"""
    expect_told_apart(server)


@exposes(servers="swallows_what_goes_wrong")
def test_a_mistake_without_an_end(server):
    """exposes a loop that goes on with a handler that has raised"""
    expect_told_apart(server)


@exposes(servers="the_door_pays_for_a_newcomer")
def test_a_door_that_is_gone(server):
    """exposes a loop that takes the door down for one newcomer"""
    expect_told_apart(server)


@exposes(servers="an_end_takes_the_handler_out")
def test_an_end_that_nobody_is_told_of(server):
    """exposes a loop that does not tell a handler of the end"""
    expect_told_apart(server)


# MendedLoop: the loop of grove, without its fault ----------------------------

mends = partial(behaviour, "MendedLoop", driver=play_puppets)


@mends(points=2, suspects="M72")
def test_only_what_was_asked_for_last(server):
    """who has written is not called again, and who is muted is not read"""
    witness = watcher(server)
    anna, ben = puppet(server, "anna"), puppet(server, "ben")
    ben.send(b"later one two\n").expect(b"one\ntwo\n")
    turned(server)
    witness.expect_silence()
    anna.send(b"mute ben\n").expect(b"ben is muted\n")
    ben.send(b"say hello\n")
    turned(server)
    expect_open(ben)
    anna.send(b"unmute ben\n").expect(b"ben is unmuted\n")
    ben.expect(b"hello\n")


@mends(points=1, needs="only_what_was_asked_for_last", suspects="M72 M73")
def test_what_grove_did_well_is_still_done(server):
    """who raises is told and closed, the door stays, an end is no silence"""
    witness = watcher(server)
    anna, ben = puppet(server, "anna"), puppet(server, "ben")
    anna.send(b"spill read\n").expect_eof()
    witness.expect(b"anna: Spilled\n").send(b"slip\n")
    witness.expect(b"mind the step\n")
    server.connect("clumsy").expect_eof()
    witness.expect(b"the door: Spilled\n")
    ben.send(b"stay\n").expect(b"staying\n").half_close().expect(b"goodbye\n")
    witness.send(b"prompt ben well then\n")
    ben.expect(b"well\nthen\n")
    puppet(server, "newcomer").send(b"say hello\n").expect(b"hello\n")
