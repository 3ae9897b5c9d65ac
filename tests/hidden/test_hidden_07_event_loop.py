"""Harder variants of exercise 07's tests, for grading only.

Each guards the points of a visible test and promises nothing new: random
content, larger crowds, mistakes in every handler, many closed in one turn.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.conditions import Mishap
from buckets.driving.clients import Ghost, HalfCloser, Sipper, Talker
from buckets.driving.expect import expect_ending, expect_open, expect_rest
from buckets.driving.seed import dice, random_cuts, random_line
from buckets.driving.topics.break_it import expect_told_apart, meet
from buckets.driving.topics.event_loop import (
    expect_seen_off,
    play_puppets,
    puppet,
    turned,
    watcher,
)
from buckets.driving.topics.find_the_fault import answer_once, expect_named

SMALL = 4096


def expect_muted_at_once(server):
    """Who is muted in a turn is not read in it, and is read when unmuted."""
    anna = puppet(server, "anna")
    ben, cleo = puppet(server, "ben"), puppet(server, "cleo")
    anna.send(b"mute ben\n").expect(b"ben is muted\n")
    with server.frozen():
        ben.send(b"say hello\n")
        anna.send(b"mute cleo\n")
        ben.send(b"say again\n")
    anna.expect(b"cleo is muted\n")
    cleo.send(b"say hello\n")
    turned(server)
    expect_open(ben, cleo)
    anna.send(b"unmute cleo\n").expect(b"cleo is unmuted\n")
    cleo.expect(b"hello\n")
    anna.send(b"unmute ben\n").expect(b"ben is unmuted\n")
    ben.expect(b"hello\nagain\n")


# Echo ----------------------------------------------------------------------


def given_loop(task, listener):
    """A given program: a loop for a single handler, made by `task`."""
    import select

    class Loop:
        read, write = True, False

        def modify(self, handler, read, write):
            self.read, self.write = read, write

        def unregister(self, handler):
            self.read = self.write = False

    loop, connection = Loop(), listener.accept()[0]
    connection.setblocking(False)
    handler = task(loop, connection)
    while loop.read or loop.write:
        lists = [connection] * loop.read, [connection] * loop.write
        readable, writable, _ = select.select(*lists, [])
        if readable:
            data = connection.recv(65536)
            if data:
                handler.handle_read(data)
            else:
                loop.read = False
                handler.handle_close()
        if writable and loop.write:
            handler.handle_write()


@behaviour(
    "Echo",
    needs="what_finds_no_room_is_sent_later",
    hardens="what_finds_no_room_is_sent_later",
    suspects="M04",
    driver=given_loop,
    mishaps=(Mishap("send", most=3),),
)
def test_a_part_of_little_is_sent_first(server):
    """a few bytes come back whole, though send() takes 3 bytes at a time"""
    anna = server.connect("anna").send(b"hello").expect(b"hello")
    anna.send(b"and that is all").half_close()
    anna.expect(b"and that is all").expect_eof()


@behaviour(
    "Echo",
    needs="what_finds_no_room_is_sent_later",
    hardens="what_finds_no_room_is_sent_later",
    suspects="M102",
    driver=given_loop,
)
def test_who_has_said_much_is_heard_again(server):
    """after 50,000 bytes at once, and all of them back, it reads on"""
    said = b"".join(b"%07d " % number for number in range(6250))
    anna = server.connect("anna")
    with server.frozen():
        anna.send(said)
    anna.expect(said)
    anna.send(b"are you there?").expect(b"are you there?")


# EventLoop -----------------------------------------------------------------


@behaviour(
    "EventLoop",
    needs="who_comes_is_let_in_and_heard",
    hardens="who_comes_is_let_in_and_heard",
    driver=play_puppets,
)
def test_a_crowd_comes_at_once(server):
    """a hundred and fifty who come and speak at once are all heard"""
    with server.frozen():
        mob = server.mob(150)
        mob.send(lambda number: b"say I am %d\n" % number)
    mob.expect(lambda number: b"I am %d\n" % number, backwards=True)


@behaviour(
    "EventLoop",
    needs="who_asks_to_write_is_called",
    hardens="who_asks_to_write_is_called",
    suspects="M72",
    timing=True,
    driver=play_puppets,
)
def test_many_ask_to_write(server):
    """forty who ask to write are called as often as they asked"""
    witness = watcher(server)
    mob = server.mob(40)
    mob.send(lambda number: b"later one two %d\n" % number)
    mob.expect(lambda number: b"one\ntwo\n%d\n" % number)
    turned(server)
    witness.expect_silence()
    expect_rest(server)


@behaviour(
    "EventLoop",
    needs="no_connection_waits",
    hardens="no_connection_waits",
    suspects="M72",
    driver=play_puppets,
    buffers=SMALL,
)
def test_who_waits_for_room_is_heard(server):
    """who asks to write, and has no room, is read from meanwhile"""
    witness, anna = watcher(server), puppet(server, "anna")
    sipper = puppet(server, "sipper", Sipper)
    # More than once: what has left the buffer behind makes room in it.
    for _ in range(5):
        sipper.send(b"fill\n")
        witness.expect(b"sipper: no more room\n")
    sipper.send(b"later never\n")
    turned(server)
    sipper.send(b"prompt anna hello\n")
    anna.expect(b"hello\n")


@behaviour(
    "EventLoop",
    needs="an_end_calls_handle_close",
    hardens="an_end_calls_handle_close",
    suspects="M74",
    driver=play_puppets,
)
def test_many_ends_in_one_turn(server):
    """thirty who speak and finish in one turn are heard, then closed"""
    witness = watcher(server)
    mob = server.mob(30)
    mob.send(lambda _: b"say hi\n").expect(lambda _: b"hi\n")
    with server.frozen():
        for member in mob.members:
            member.send(b"say bye\n").half_close()
    for member in mob.members:
        member.expect(b"bye\ngoodbye\n").expect_eof()
    turned(server)
    witness.expect_silence()


@behaviour(
    "EventLoop",
    needs="modify_turns_a_flag_off_and_on",
    hardens="modify_turns_a_flag_off_and_on",
    suspects="M72",
    driver=play_puppets,
)
def test_who_is_muted_is_muted_at_once(server):
    """who is muted by a neighbour is muted in that same turn"""
    expect_muted_at_once(server)


@behaviour(
    "EventLoop",
    needs="a_handler_that_raises_is_told_and_closed",
    hardens="a_handler_that_raises_is_told_and_closed",
    suspects="M73",
    driver=play_puppets,
)
def test_a_mistake_in_any_handler(server):
    """who raises in handle_close, or twice in a row, is closed all the same"""
    witness = watcher(server)
    anna = puppet(server, "anna")
    anna.send(b"spill close\n").half_close().expect_eof()
    witness.expect(b"anna: Spilled\n")
    ben = puppet(server, "ben")
    ben.send(b"spill error close\n").half_close().expect_eof()
    witness.expect(b"ben: Spilled\n")
    cleo = puppet(server, "cleo")
    cleo.send(b"spill error write\n").expect_eof()
    witness.expect(b"cleo: Spilled\n")
    turned(server)
    witness.expect_silence()


@behaviour(
    "EventLoop",
    needs="a_handler_that_raises_is_told_and_closed",
    hardens="a_handler_that_raises_stops_nobody_else",
    suspects="M71",
    driver=play_puppets,
)
def test_half_of_a_crowd_raises(server):
    """every second of forty raises in one turn; the others are heard"""
    mob = server.mob(40)
    mob.send(lambda _: b"say hi\n").expect(lambda _: b"hi\n")
    with server.frozen():
        mob.send(lambda n: b"spill read\n" if n % 2 else b"say well\n")
    for number, member in enumerate(mob.members):
        if number % 2:
            member.expect_eof()
        else:
            member.expect(b"well\n")


@behaviour(
    "EventLoop",
    needs="a_handler_that_raises_stops_nobody_else",
    hardens="a_handler_that_raises_stops_nobody_else",
    suspects="M103",
    driver=play_puppets,
)
def test_what_is_no_mistake_ends_the_loop(server):
    """SystemExit is no Exception: whoever raises it ends the program"""
    puppet(server, "anna").send(b"leave\n")
    expect_ending(server, "exited")


@behaviour(
    "EventLoop",
    needs="a_handler_that_raises_stops_nobody_else",
    hardens="a_handler_that_raises_stops_nobody_else",
    suspects="M103",
    driver=play_puppets,
)
def test_an_interrupt_is_no_mistake(server):
    """KeyboardInterrupt is no Exception either: Ctrl-C ends the program"""
    puppet(server, "anna").send(b"interrupt\n")
    expect_ending(server, "raised")


@behaviour(
    "EventLoop",
    needs="a_handler_that_raises_stops_nobody_else",
    hardens="a_handler_that_raises_stops_nobody_else",
    suspects="M103",
    driver=play_puppets,
)
def test_an_end_that_is_asked_for_while_a_mistake_is_told(server):
    """SystemExit out of handle_error ends the program, too"""
    anna, ben = puppet(server, "anna"), puppet(server, "ben")
    anna.send(b"leave error\nsay here\n").expect(b"here\n")
    ben.send(b"say and here\n").expect(b"and here\n")
    anna.send(b"spill read\n")
    expect_ending(server, "exited")


@behaviour(
    "EventLoop",
    needs="a_reset_goes_the_same_way",
    hardens="a_reset_goes_the_same_way",
    suspects="M10",
    driver=play_puppets,
)
def test_many_resets_in_one_turn(server):
    """twenty resets in one turn, and some before accept(), stop nobody"""
    ghosts = [puppet(server, f"ghost-{n}", Ghost) for n in range(20)]
    anna = puppet(server, "anna")
    with server.frozen():
        for ghost in ghosts:
            ghost.close()
        server.connect("ghost at the door", Ghost).close()
        anna.send(b"say what was that?\n")
    anna.expect(b"what was that?\n")
    turned(server)


@behaviour(
    "EventLoop",
    needs="a_handler_may_close_its_neighbour",
    hardens="a_handler_may_close_its_neighbour",
    suspects="M70",
    driver=play_puppets,
)
def test_a_crowd_of_neighbours(server):
    """thirty who want to read, write and close each other in one turn"""
    witness = watcher(server)
    puppets = [puppet(server, f"guest-{n}") for n in range(30)]
    with server.frozen():
        for each in puppets:
            each.send(b"close others\n")
        newcomer = server.connect("newcomer").send(b"say hello\n")
    newcomer.expect(b"hello\n")
    turned(server)
    witness.expect(b"somebody closed all the others\n")


@behaviour(
    "EventLoop",
    needs="a_handler_may_close_its_neighbour",
    hardens="a_handler_may_close_its_neighbour",
    suspects="M70",
    driver=play_puppets,
)
def test_a_puppet_show(server):
    """random orders to ten puppets, and everybody's answers"""
    chance = dice(server)
    puppets = [puppet(server, f"guest-{n}") for n in range(10)]
    for number in range(60):
        if chance.random() < 0.1:
            puppets.pop(chance.randrange(len(puppets))).reset()
            puppets.append(puppet(server, f"guest-{number + 10}"))
        verb = chance.choice([b"say", b"later"])
        word = random_line(chance)
        chance.choice(puppets).send(verb + b" " + word).expect(word)


def one_turn(task, listener):
    """A given program: one turn, and how often it read for one handler."""
    import socket

    class Fed:
        def __init__(self, sock, source):
            self.sock, self.source, self.reads = sock, source, 0

        def handle_read(self, data):
            # More has come before it returns, as with who never stops talking.
            self.reads += 1
            if self.reads < 9:
                self.source.send(b"more")

        def handle_error(self, error):
            raise error

    loop, connection = task(), listener.accept()[0]
    sock, source = socket.socketpair()
    fed = Fed(sock, source)
    loop.register(fed)
    source.send(b"some")
    loop.run_once(5)
    connection.send(b"scoops in one turn: %d\n" % fed.reads)


@behaviour(
    "EventLoop",
    needs="who_never_stops_talking_holds_nobody_up",
    hardens="who_never_stops_talking_holds_nobody_up",
    suspects="M37",
    driver=one_turn,
)
def test_one_scoop_is_all_of_a_turn(server):
    """who has more to say after each scoop gets one in each turn"""
    server.connect("anna").expect(b"scoops in one turn: 1\n")


# echo ----------------------------------------------------------------------


@behaviour(
    "echo",
    needs="the_whole_cast_at_once",
    hardens="the_whole_cast_at_once",
    suspects="M37",
)
def test_talkers_hold_nobody_up(server):
    """two who never stop talking, and never read, hold nobody up"""
    talkers = [server.connect(f"talker-{n}", Talker) for n in (1, 2)]
    eager = server.connect("eager").send(b"ping").expect(b"ping")
    with server.frozen():
        for talker in talkers:
            talker.talk(b"and then ", most=64 << 20).until_full()
        server.step_back()
    for word in (b"one", b"two", b"three"):
        eager.send(word).expect(word)


@behaviour(
    "echo",
    needs="the_whole_cast_at_once",
    hardens="the_whole_cast_at_once",
    buffers=SMALL,
)
def test_finished_before_reading(server):
    """five who finish before they begin to read get every byte"""
    chance = dice(server)
    sippers = [server.connect(f"sipper-{n}", Sipper) for n in range(5)]
    said = [chance.randbytes(50_000) for _ in sippers]
    for start in range(0, 50_000, 5_000):
        for sipper, data in zip(sippers, said, strict=True):
            sipper.send(data[start : start + 5_000])
        server.barrier(b"ping", b"ping")
    for sipper in sippers:
        sipper.half_close()
    for sipper, data in zip(sippers, said, strict=True):
        sipper.expect(data).expect_eof()


# broadcast -----------------------------------------------------------------


@behaviour(
    "broadcast",
    needs="who_never_reads_is_seen_off",
    hardens="who_never_reads_is_seen_off",
    suspects="M04",
    mishaps=(Mishap("send", most=3),),
)
def test_a_line_arrives_in_sips(server):
    """a line arrives whole, though send() takes three bytes at a time"""
    anna, ben = server.connect("anna"), server.connect("ben")
    ben.send(b"we are all here\n")
    anna.expect(b"we are all here\n").send(b"good morning\nben\n")
    ben.expect(b"good morning\nben\n")


MOST, STORY = 200_000, b"so it goes on and on, line by line\n" * 300


@behaviour(
    "broadcast",
    needs="who_never_reads_is_seen_off",
    hardens="who_never_reads_is_seen_off",
    suspects="M104",
    buffers=SMALL,
)
def test_not_much_more_than_most_is_kept(server):
    """who never reads is seen off before much more than MOST is kept"""
    sipper = server.connect("sipper", Sipper)
    anna, ben = server.connect("anna"), server.connect("ben")
    ben.send(b"we are all here\n")
    anna.expect(b"we are all here\n")

    def speak():
        anna.send(STORY)
        ben.expect(STORY)
        return len(STORY)

    expect_seen_off(sipper, speak, MOST + 4 * len(STORY))
    speak()


@behaviour(
    "broadcast",
    needs="only_whole_lines_are_passed_on",
    hardens="only_whole_lines_are_passed_on",
    suspects="M01",
)
def test_lines_cut_anywhere_are_passed_on(server):
    """twenty lines, cut anywhere, reach everybody else, in their order"""
    chance = dice(server)
    anna, ben, cleo = (server.connect(n) for n in ("anna", "ben", "cleo"))
    cleo.send(b"here\n")
    anna.expect(b"here\n")
    ben.expect(b"here\n")
    # A line may be empty, and come alone.
    ben.send(b"\n")
    anna.expect(b"\n")
    cleo.expect(b"\n")
    lines = b"".join(random_line(chance) for _ in range(20))
    for piece in random_cuts(chance, lines):
        ben.send(piece)
    anna.expect(lines)
    cleo.expect(lines)


@behaviour(
    "broadcast",
    needs="who_leaves_does_not_stop_the_others",
    hardens="who_leaves_does_not_stop_the_others",
    suspects="M10",
)
def test_half_of_the_room_leaves(server):
    """half of forty leave, in every way, while one speaks"""
    mob = server.mob(40)
    speaker = server.connect("speaker").send(b"here\n")
    mob.expect(lambda _: b"here\n")
    half = b"and it goes on, " * 40
    finisher = server.connect("finisher", HalfCloser)
    finisher.send(b"bye\n" + half).expect_eof()
    speaker.expect(b"bye\n")
    mob.expect(lambda _: b"bye\n")
    with server.frozen():
        for number, member in enumerate(mob.members[::2]):
            member.reset() if number % 2 else member.close()
        speaker.send(b"who is left?\n")
    for member in mob.members[1::2]:
        member.expect(b"who is left?\n")


# faults_of_loops ----------------------------------------------------------


@behaviour(
    "faults_of_loops",
    needs="an_answer_for_iris",
    hardens="an_answer_for_iris",
    suspects="M180 M181",
    driver=answer_once,
    recorded=False,
)
def test_the_fault_of_iris(server):
    """says what is wrong in iris: the line, and the belief"""
    expect_named(server, "iris")


# wrong_loop ------------------------------------------------------------------

loops = partial(
    behaviour,
    "wrong_loop",
    driver=meet,
    stage=play_puppets,
    suspects="M170",
)


@loops(
    needs="no_right_loop_is_accused",
    hardens="no_right_loop_is_accused",
    servers="closes_by_the_handler an_exception_ends_the_loop",
)
def test_no_other_right_loop_is_accused(server):
    """accuses no right loop of another make"""
    expect_told_apart(server)


@loops(
    needs="a_mistake_without_an_end",
    hardens="a_mistake_without_an_end",
    servers="tells_who_raised_but_keeps_it",
)
def test_a_mistake_that_is_told_and_kept(server):
    """exposes a loop that tells a handler of its mistake, and keeps it"""
    expect_told_apart(server)


# MendedLoop -----------------------------------------------------------------


@behaviour(
    "MendedLoop",
    needs="only_what_was_asked_for_last",
    hardens="only_what_was_asked_for_last",
    suspects="M72",
    driver=play_puppets,
)
def test_who_is_muted_in_a_turn_is_not_read_in_it(server):
    """who is muted by a neighbour is muted in that turn, and comes back"""
    expect_muted_at_once(server)


@behaviour(
    "MendedLoop",
    needs="what_grove_did_well_is_still_done",
    hardens="what_grove_did_well_is_still_done",
    suspects="M72 M73",
    driver=play_puppets,
)
def test_who_is_muted_may_still_write(server):
    """who is muted says what it is to say, and is closed when it raises"""
    witness = watcher(server)
    names = ("anna", "ben", "cleo")
    puppets = [puppet(server, name) for name in names]
    for name, each in zip(names, puppets, strict=True):
        order = name.encode()
        witness.send(b"mute %s\n" % order).expect(b"%s is muted\n" % order)
        witness.send(b"prompt %s well then\n" % order)
        each.expect(b"well\nthen\n")
        # First this: two things said to the witness come in any order.
        witness.send(b"unmute %s\n" % order)
        witness.expect(b"%s is unmuted\n" % order)
        each.send(b"spill write\n").expect_eof()
        witness.expect(b"%s: Spilled\n" % order)
