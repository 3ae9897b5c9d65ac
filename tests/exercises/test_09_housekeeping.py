"""What exercise 09 promises, tested with real clients on real sockets.

No test waits for time to pass. What is tested is given a clock that stands
still until a client of its own, `clock`, moves it; and its select() believes
in the same clock. So a limit of half a minute is reached in no time, and a
test can ask for how long the loop meant to sleep.

Timers ring bells. `in 5 tea` hangs one that says `tea at` and the time, in
five seconds; what stands behind a semicolon is done when it rings.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.driving.clients import Dribbler, Ghost
from buckets.driving.expect import (
    expect_alone,
    expect_ending,
    expect_one_descriptor_less,
    expect_printed,
    expect_rest,
)
from buckets.driving.topics.break_it import expect_told_apart, meet
from buckets.driving.topics.event_loop import puppet
from buckets.driving.topics.find_the_fault import (
    answer_once,
    expect_committed,
    expect_named,
)
from buckets.driving.topics.housekeeping import (
    Taker,
    expect_nothing_kept,
    expect_shown_out,
    play_bells,
    play_by_the_real_clock,
    play_timers,
    serve_by_the_clock,
    wind,
)

# Timers: what is due, and when ----------------------------------------------


@behaviour("Timers", points=1, suspects="M89 M84", driver=play_timers)
def test_bells_ring_in_the_order_of_their_times(server):
    """who is due first is called first, whoever was asked for first"""
    cook = server.connect("cook")
    cook.send(b"in 7 cake\nin 2 eggs\nat 4 tea\nin 5.5 soup\n")
    cook.send(b"next\n").expect(b"next at 2\n")
    cook.send(b"move 4.5\nrun\n")
    cook.expect(b"eggs at 4.5\ntea at 4.5\ndone\n")
    cook.send(b"in 0.5 rice\nmove 9\nrun\n")
    cook.expect(b"rice at 13.5\nsoup at 13.5\ncake at 13.5\ndone\n")
    cook.send(b"next\nrun\n").expect(b"next: None\ndone\n")


@behaviour(
    "Timers",
    points=1,
    needs="bells_ring_in_the_order_of_their_times",
    suspects="M81",
    driver=play_timers,
)
def test_a_bell_rings_at_its_time_and_not_before(server):
    """nothing is called early, and at its very time it is due"""
    cook = server.connect("cook").send(b"in 12 tea\nmove 11.75\nrun\n")
    cook.expect(b"done\n")
    cook.send(b"move 0.25\nrun\n").expect(b"tea at 12\ndone\n")
    cook.send(b"at 20 cake\nnext\n").expect(b"next at 20\n")
    cook.send(b"move 8\nrun\n").expect(b"cake at 20\ndone\n")
    cook.send(b"at 3 late\nrun\n").expect(b"late at 20\ndone\n")
    cook.send(b"in 2.75 rice\nmove 2.5\nrun\n").expect(b"done\n")
    cook.send(b"move 0.25\nrun\n").expect(b"rice at 22.75\ndone\n")


@behaviour(
    "Timers",
    points=1,
    needs="bells_ring_in_the_order_of_their_times",
    suspects="M89",
    driver=play_timers,
)
def test_of_two_at_the_same_time_the_first_is_first(server):
    """of those due at the same time, who asked first is called first"""
    cook = server.connect("cook").send(b"in 5 cake\nin 5 eggs\nin 4 soup\n")
    cook.send(b"move 2\nin 3 tea\nat 5 rice\nmove 3\nrun\n")
    cook.expect(
        b"soup at 5\ncake at 5\neggs at 5\ntea at 5\nrice at 5\ndone\n"
    )


@behaviour(
    "Timers",
    points=1,
    needs="bells_ring_in_the_order_of_their_times",
    suspects="M90",
    driver=play_timers,
)
def test_a_cancelled_bell_is_as_if_it_had_never_been(server):
    """who is cancelled is not called, and is no next deadline"""
    cook = server.connect("cook").send(b"in 5 tea\nin 6 ham\nin 8 cake\n")
    cook.send(b"cancel ham\ncancel tea\nnext\n").expect(b"next at 8\n")
    cook.send(b"move 6\nrun\n").expect(b"done\n")
    cook.send(b"cancel cake\ncancel cake\nnext\n").expect(b"next: None\n")
    # Both are due, and the one that rings cancels the other.
    cook.send(b"in 1 eggs; cancel soup\nin 2 soup\nin 2 rice\nmove 3\n")
    cook.send(b"run\n").expect(b"eggs at 9\nrice at 9\ndone\n")
    cook.send(b"in 1 milk\ncancel rice\nnext\n").expect(b"next at 10\n")


@behaviour(
    "Timers",
    points=1,
    needs="a_cancelled_bell_is_as_if_it_had_never_been",
    suspects="M90",
    driver=play_timers,
)
def test_cancelled_bells_do_not_pile_up(server):
    """tens of thousands that are cancelled leave nothing behind"""
    cook = server.connect("cook").send(b"in 9 tea\n")
    with expect_nothing_kept(server, 6 << 20):
        for _ in range(5):
            cook.send(b"waste 10000\n").expect(b"wasted\n")
    cook.send(b"move 9\nrun\n").expect(b"tea at 9\ndone\n")


@behaviour(
    "Timers",
    points=1,
    needs="bells_ring_in_the_order_of_their_times",
    suspects="M91",
    driver=play_timers,
)
def test_what_a_callback_adds_waits_for_the_next_time(server):
    """what a callback adds is not called by the same run_due()"""
    cook = server.connect("cook")
    cook.send(b"in 5 tea; in 0 cake; in 0 eggs\nmove 5\nrun\n")
    cook.expect(b"tea at 5\ndone\n")
    cook.send(b"next\nrun\n").expect(b"next at 5\ncake at 5\ndone\n")
    cook.send(b"move 1\nrun\n").expect(b"eggs at 6\ndone\n")


@behaviour(
    "Timers",
    points=1,
    needs="bells_ring_in_the_order_of_their_times",
    suspects="M71",
    driver=play_timers,
)
def test_a_callback_that_raises_costs_only_itself(server):
    """a callback that raises is told, and keeps no other from being called"""
    cook = server.connect("cook")
    cook.send(b"in 1 tea\nin 2 soup; spill\nin 3 cake\nin 9 eggs\nmove 5\n")
    cook.send(b"run\n").expect(b"tea at 5\nsoup at 5\ncake at 5\ndone\n")
    cook.send(b"move 5\nrun\n").expect(b"eggs at 10\ndone\n")
    expect_printed(server, "Spilled")
    expect_printed(server, "Traceback")
    # What is no Exception is no mistake: it ends the program.
    cook.send(b"in 1 milk; leave\nmove 1\nrun\n")
    expect_ending(server, "exited")


# TimedLoop: a loop that knows the time --------------------------------------


@behaviour("TimedLoop", points=1, suspects="M81 M84", driver=play_bells)
def test_a_timer_wakes_the_loop(server):
    """a timer is called at its time, and not before, while nobody speaks"""
    clock, anna = wind(server), puppet(server, "anna")
    anna.send(b"in 12 tea\nin 20 cake\n")
    clock.moves(11.75)
    anna.expect_silence()
    clock.moves(0.25)
    anna.expect(b"tea at 12\n")
    clock.moves(8)
    anna.expect(b"cake at 20\n").send(b"say hello\n").expect(b"hello\n")


@behaviour(
    "TimedLoop",
    points=2,
    needs="a_timer_wakes_the_loop",
    suspects="M80",
    driver=play_bells,
)
def test_it_sleeps_until_the_next_deadline(server):
    """it sleeps until the next deadline, no longer and no shorter"""
    clock = wind(server)
    anna, ben = puppet(server, "anna"), puppet(server, "ben")
    clock.expect_sleep(None)
    anna.send(b"at 20 tea\n")
    clock.expect_sleep(20)
    clock.moves(5).expect_sleep(15)
    # An earlier one is set, and somebody speaks: both wake it, and it counts
    # anew.
    ben.send(b"in 7 cake\n")
    clock.expect_sleep(7)
    clock.moves(7).expect_sleep(8)
    clock.moves(8).expect_sleep(None)
    anna.expect(b"tea at 20\n")
    ben.expect(b"cake at 12\n")
    # A callback works until after the next deadline: that is due at once.
    anna.send(b"in 5 milk; work 10\nin 9 eggs\n")
    clock.expect_sleep(5)
    clock.moves(5).expect_sleep(None)
    anna.expect(b"milk at 25\neggs at 35\n")
    # Half a second is time, too.
    anna.send(b"in 2.5 salt\n")
    clock.expect_sleep(2.5)
    clock.moves(2).expect_sleep(0.5)
    clock.moves(0.5).expect_sleep(None)
    anna.expect(b"salt at 37.5\n")


@behaviour(
    "TimedLoop",
    points=1,
    needs="a_timer_wakes_the_loop",
    suspects="M82",
    driver=play_bells,
)
def test_flags_do_not_starve_timers(server):
    """a timer is called in time, also while flags are up all the time"""
    clock, anna = wind(server), puppet(server, "anna")
    anna.send(b"in 5 tea\n")
    clock.expect_sleep(5)
    # A handler takes 5 seconds; behind it a flag is up for fifty turns.
    anna.send(b"busy 50\nwork 5\n")
    clock.expect_sleep(None)
    anna.expect(b"tea at 5\nbusy no more\n")


@behaviour(
    "TimedLoop",
    points=1,
    needs="a_timer_wakes_the_loop",
    suspects="M91",
    driver=play_bells,
)
def test_timers_do_not_starve_flags(server):
    """a flag is seen to, also while timers are due all the time"""
    clock, anna = wind(server), puppet(server, "anna")
    # Fifty callbacks, each of them asked for by the one before, for now.
    anna.send(b"in 0 first; chain 50 flag\n")
    clock.expect_sleep(None)
    anna.expect(b"first at 0\nflag\nthe chain is over\n")


@behaviour(
    "TimedLoop",
    points=2,
    needs="a_timer_wakes_the_loop",
    suspects="M83",
    driver=play_bells,
)
def test_a_rhythm_stays(server):
    """call_every keeps its rhythm, though the loop is busy now and then"""
    clock, anna = wind(server), puppet(server, "anna")
    anna.send(b"every 10 tick\n")
    clock.moves(10).expect_sleep(10)
    anna.expect(b"tick at 10\n")
    # It works from 15 to 23, and finds that 20 has passed.
    clock.moves(5)
    anna.send(b"work 8\n")
    clock.expect_sleep(7)
    anna.expect(b"tick at 23\n")
    clock.moves(7)
    anna.expect(b"tick at 30\n")


@behaviour(
    "TimedLoop",
    points=1,
    needs="a_rhythm_stays",
    suspects="M83",
    driver=play_bells,
)
def test_what_was_missed_is_missed(server):
    """ticks that were missed come as one, and the rhythm goes on"""
    clock, anna = wind(server), puppet(server, "anna")
    anna.send(b"every 10 tick\nin 14 tea\n")
    clock.moves(9)
    # It works from 9 to 37: 10, 20 and 30 have passed.
    anna.send(b"work 28\n")
    clock.expect_sleep(3)
    anna.expect(b"tick at 37\ntea at 37\n")
    clock.moves(3)
    anna.expect(b"tick at 40\n")


@behaviour(
    "TimedLoop",
    points=1,
    needs="a_rhythm_stays",
    suspects="M90",
    driver=play_bells,
)
def test_who_is_cancelled_does_not_wake_it(server):
    """who is cancelled is not called, and does not wake the loop"""
    clock, anna = wind(server), puppet(server, "anna")
    anna.send(b"in 5 tea\nin 20 cake\nevery 9 tick\ncancel tea\n")
    # One that is cancelled from without, and one by its own callback.
    anna.send(b"every 15 tock; cancel tock\n")
    clock.expect_sleep(9)
    clock.moves(9).expect_sleep(6)
    anna.expect(b"tick at 9\n")
    clock.moves(6).expect_sleep(3)
    anna.expect(b"tock at 15\n").send(b"cancel tick\n")
    clock.expect_sleep(5)
    anna.send(b"cancel cake\n")
    clock.expect_sleep(None)
    clock.moves(60)
    anna.expect_silence()


@behaviour(
    "TimedLoop",
    points=1,
    needs="a_timer_wakes_the_loop",
    suspects="M71",
    driver=play_bells,
)
def test_a_callback_that_raises_does_not_end_it(server):
    """who raises stops no other callback, not the loop, and not a rhythm"""
    clock = wind(server)
    anna, ben = puppet(server, "anna"), puppet(server, "ben")
    anna.send(b"in 4 tea; spill\nevery 5 tick; spill\n")
    ben.send(b"in 6 cake\nin 9 soup\n")
    clock.moves(6)
    anna.expect(b"tea at 6\ntick at 6\n").send(b"say hi\n").expect(b"hi\n")
    ben.expect(b"cake at 6\n")
    clock.moves(4)
    ben.expect(b"soup at 10\n")
    anna.expect(b"tick at 10\n")


@behaviour(
    "TimedLoop",
    points=1,
    needs="it_sleeps_until_the_next_deadline",
    suspects="M81 M84",
    driver=play_by_the_real_clock,
)
def test_by_default_it_is_the_real_clock(server):
    """without a clock it goes by time.monotonic, also in single turns"""
    anna = server.connect("anna").expect_next(b"in time\n")
    # With a timer far away: run_once(0) and run_once(0.1) do not wait for it.
    anna.expect_next(b"a look\n").expect(b"and a short turn\n").expect_eof()


# keep_house: two limits ------------------------------------------------------


@behaviour("keep_house", points=1, suspects="M01", driver=serve_by_the_clock)
def test_lines_are_answered(server):
    """every line is answered, in drops or in one, by one process"""
    wind(server)
    anna = server.connect("anna", Dribbler)
    ben = server.connect("ben").send(b"one\ntwo\nth").expect(b"ONE\nTWO\n")
    anna.send(b"soup\n").expect(b"SOUP\n")
    ben.send(b"ree\n").expect(b"THREE\n")
    cleo = server.connect("cleo").send(b"that is all\nor")
    cleo.expect(b"THAT IS ALL\n")
    with expect_one_descriptor_less(server):
        cleo.half_close().expect_eof()
    expect_alone(server)


@behaviour(
    "keep_house",
    points=1,
    needs="lines_are_answered",
    suspects="M92 M84",
    driver=serve_by_the_clock,
)
def test_who_is_silent_is_shown_out(server):
    """who makes no progress for IDLE seconds is shown out, and nobody else"""
    clock, silent = wind(server), server.connect("silent")
    anna = server.connect("anna").send(b"soup\n").expect(b"SOUP\n")
    clock.moves(10)
    ben = server.connect("ben")
    clock.moves(19.75)
    silent.expect_silence()
    anna.expect_silence()
    clock.moves(0.25)
    silent.expect_eof()
    anna.expect_eof()
    ben.send(b"am I still here?\n").expect(b"AM I STILL HERE?\n")


@behaviour(
    "keep_house",
    points=1,
    needs="who_is_silent_is_shown_out",
    suspects="M92",
    driver=serve_by_the_clock,
)
def test_who_speaks_now_and_then_stays(server):
    """who speaks every 20 seconds stays for minutes"""
    clock, anna = wind(server), server.connect("anna")
    for word in (b"one", b"two", b"three", b"four", b"five"):
        clock.moves(20)
        anna.send(word + b"\n").expect(word.upper() + b"\n")
    clock.moves(29.75)
    anna.expect_silence()
    clock.moves(0.25)
    anna.expect_eof()


@behaviour(
    "keep_house",
    points=2,
    needs="who_is_silent_is_shown_out",
    suspects="M20",
    driver=serve_by_the_clock,
)
def test_a_line_in_drops_has_a_deadline(server):
    """who sends a byte each second, and no newline, is out after WHOLE"""
    clock = wind(server)
    loris = server.connect("loris", Dribbler).send(b"h")
    anna = server.connect("anna").send(b"soup\n").expect(b"SOUP\n")
    for byte in b"ello ther":
        clock.moves(1)
        loris.send(bytes([byte]))
    clock.moves(0.75)
    loris.expect_silence()
    clock.moves(0.25)
    loris.expect_eof()
    anna.send(b"bread\n").expect(b"BREAD\n")


@behaviour(
    "keep_house",
    points=1,
    needs="a_line_in_drops_has_a_deadline",
    suspects="M93",
    driver=serve_by_the_clock,
)
def test_each_line_has_a_time_of_its_own(server):
    """who is slow, and whole in time, stays; each line has its own time"""
    clock, slow = wind(server), server.connect("slow")
    loris = server.connect("loris").send(b"soup\nhal").expect(b"SOUP\n")
    slow.send(b"one by ")
    clock.moves(9)
    loris.expect_silence()
    # The end of one line, and the beginning of the next.
    slow.send(b"one\nis q").expect(b"ONE BY ONE\n")
    clock.moves(9)
    loris.expect_eof()
    slow.send(b"uite fast\n").expect(b"IS QUITE FAST\n")
    clock.moves(25)
    slow.expect_silence()
    slow.send(b"en")
    clock.moves(9.75)
    slow.send(b"ough\n").expect(b"ENOUGH\n")
    clock.moves(20)
    slow.send(b"bye\n").expect(b"BYE\n")


# Far more than all buffers on the way can hold.
LONG_ANSWER = b"".join(b"%07d\n" % number for number in range(30_000))


@behaviour(
    "keep_house",
    points=1,
    needs="who_speaks_now_and_then_stays",
    suspects="M92",
    driver=serve_by_the_clock,
    buffers=4096,
)
def test_who_reads_slowly_is_not_idle(server):
    """who takes a long answer in sips stays, also after its own goodbye"""
    clock, taker = wind(server), server.connect("taker", Taker)
    taker.send(b"30000\n")
    for start in range(0, 200_000, 40_000):
        clock.moves(20)
        taker.takes(LONG_ANSWER[start : start + 40_000])
        if start == 80_000:
            taker.send(b"and a half").half_close()
    taker.expect(LONG_ANSWER[200_000:]).expect_eof()


@behaviour(
    "keep_house",
    points=1,
    needs="who_speaks_now_and_then_stays",
    suspects="M92",
    driver=serve_by_the_clock,
    buffers=4096,
)
def test_who_takes_nothing_is_idle(server):
    """who takes nothing of a long answer for IDLE seconds is shown out"""
    clock = wind(server)
    for finished in False, True:
        taker = server.connect("taker", Taker).send(b"30000\n")
        clock.moves(1)
        if finished:
            taker.half_close()
            clock.moves(1)
        with expect_shown_out(server, "taker"):
            # The kernel may find room for some more, a moment later.
            for _ in range(4):
                clock.moves(30)
    server.connect("anna").send(b"soup\n").expect(b"SOUP\n")


@behaviour(
    "keep_house",
    points=1,
    needs="a_line_in_drops_has_a_deadline",
    suspects="M93",
    driver=serve_by_the_clock,
)
def test_it_sleeps_until_something_is_due(server):
    """it sleeps until something is due, and nothing is of who has left"""
    clock, anna = wind(server), server.connect("anna")
    anna.send(b"soup\n").expect(b"SOUP\n")
    clock.moves(12).expect_sleep(18)
    ben = server.connect("ben", Dribbler).send(b"h")
    clock.expect_sleep(10)
    clock.moves(4)
    ben.send(b"alf")
    clock.expect_sleep(6)
    ghost = server.connect("ghost", Ghost).send(b"bo")
    clock.moves(1)
    ghost.close()
    clock.expect_sleep(5)
    ben.close()
    clock.expect_sleep(13)
    anna.close()
    clock.expect_sleep(None)


@behaviour(
    "keep_house",
    points=1,
    needs="lines_are_answered",
    suspects="M84 M80",
    timing=True,
)
def test_by_the_real_clock_it_rests(server):
    """by the real clock it rests, whoever is connected"""
    anna = server.connect("anna").send(b"soup\n").expect(b"SOUP\n")
    server.connect("ben").send(b"half a l")
    expect_rest(server)
    anna.send(b"bread\n").expect(b"BREAD\n")


# faults_of_housekeepers: recorded runs, and what is wrong in them ------------

finds = partial(
    behaviour,
    "faults_of_housekeepers",
    driver=answer_once,
    recorded=False,
)


@finds(points=1, suspects="M180 M181")
def test_the_fault_of_jade(server):
    """says what is wrong in jade: the line, and the belief"""
    expect_named(server, "jade")


@finds(points=1, suspects="M180 M181")
def test_the_fault_of_kelp(server):
    """says what is wrong in kelp: the line, and the belief"""
    expect_named(server, "kelp")


@finds(points=2, pends=True)
def test_an_answer_for_lark(server):
    """has an answer for lark, which is compared when it is handed in"""
    expect_committed(server, "lark")


# wrong_house: servers, right and wrong, that a client tells apart -----------

houses = partial(
    behaviour,
    "wrong_house",
    points=1,
    driver=meet,
    stage=serve_by_the_clock,
    suspects="M170",
)
# Below a client that accuses everybody, no wrong server counts.
exposes = partial(houses, needs="no_right_house_is_accused")


@houses(
    servers="house_with_one_lazy_timer house_without_a_loop_class"
    " house_forgets_why"
)
def test_no_right_house_is_accused(server):
    """accuses no right server, exposes one that ends who was whole in time"""
    expect_told_apart(server)


@exposes(servers="house_every_byte_renews")
def test_a_byte_buys_no_time_for_a_line(server):
    """exposes a server that waits as long as a line grows"""
    expect_told_apart(server)


@exposes(servers="house_forgets_the_next_line")
def test_the_line_behind_a_newline_counts(server):
    """exposes a server that never ends who began in the same piece"""
    expect_told_apart(server)


@exposes(servers="house_listens_only")
def test_who_reads_is_not_idle(server):
    """exposes a server that ends a client who takes its answer"""
    expect_told_apart(server)


@exposes(servers="house_waits_for_a_newline_after_the_end")
def test_no_newline_comes_after_the_end(server):
    """exposes a server that cuts off what it owes to who has finished"""
    expect_told_apart(server)
