"""Harder variants of exercise 09's tests, for grading only.

Each guards the points of a visible test and promises nothing new: random
times, crowds, timers that are cancelled in the middle of things.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.conditions import Mishap
from buckets.driving.clients import Dribbler, Ghost, HalfCloser
from buckets.driving.expect import expect_ending
from buckets.driving.seed import dice, random_line
from buckets.driving.topics.break_it import expect_told_apart, meet
from buckets.driving.topics.event_loop import puppet
from buckets.driving.topics.find_the_fault import answer_once, expect_named
from buckets.driving.topics.housekeeping import (
    Taker,
    expect_shown_out,
    play_bells,
    play_timers,
    serve_by_the_clock,
    until_no_more_is_taken,
    wind,
)

BUFFER = 1 << 16  # bytes: too little for an answer of 90,000 lines

# Timers ----------------------------------------------------------------------


def odd_times(chance, number):
    """Different times, none of which any other test has, in order."""
    return sorted(n + 0.125 for n in chance.sample(range(100, 200), number))


@behaviour(
    "Timers",
    needs="bells_ring_in_the_order_of_their_times",
    hardens="bells_ring_in_the_order_of_their_times "
    "a_bell_rings_at_its_time_and_not_before "
    "of_two_at_the_same_time_the_first_is_first "
    "a_cancelled_bell_is_as_if_it_had_never_been "
    "cancelled_bells_do_not_pile_up "
    "what_a_callback_adds_waits_for_the_next_time "
    "a_callback_that_raises_costs_only_itself",
    suspects="M89 M84",
    driver=play_timers,
)
def test_bells_ring_at_whatever_times(server):
    """who is due first is called first, at times that no other test has"""
    chance, cook = dice(server), server.connect("cook")
    first, second, third = odd_times(chance, 3)
    cook.send(b"in %g soup\nin %g tea\n" % (second, first))
    cook.send(b"at %g cake\nnext\n" % third)
    cook.expect(b"next at %g\n" % first).send(b"move %g\nrun\n" % third)
    told = [
        b"%s at %g\n" % (name, third) for name in (b"tea", b"soup", b"cake")
    ]
    cook.expect(b"".join(told) + b"done\n")


@behaviour(
    "Timers",
    needs="a_bell_rings_at_its_time_and_not_before",
    hardens="a_bell_rings_at_its_time_and_not_before",
    driver=play_timers,
)
def test_what_is_overdue_was_due_when_it_was(server):
    """the next deadline stays when it has passed, until it is called"""
    chance, cook = dice(server), server.connect("cook")
    first, second = odd_times(chance, 2)
    cook.send(b"at %g tea\nmove %g\nnext\n" % (first, second))
    cook.expect(b"next at %g\n" % first).send(b"run\nnext\n")
    cook.expect(b"tea at %g\ndone\nnext: None\n" % second)


@behaviour(
    "Timers",
    needs="of_two_at_the_same_time_the_first_is_first",
    hardens="of_two_at_the_same_time_the_first_is_first",
    suspects="M89",
    driver=play_timers,
)
def test_two_hundred_bells_at_random_times(server):
    """two hundred at random times, many of them equal, come in order"""
    chance, cook = dice(server), server.connect("cook")
    times = [chance.randrange(1, 60) for _ in range(200)]
    orders = [b"at %d bell-%d\n" % (t, n) for n, t in enumerate(times)]
    cook.send(b"".join(orders))
    due = sorted((time, number) for number, time in enumerate(times))
    for now in (20, 40, 60):
        rang = [n for time, n in due if now - 20 < time <= now]
        told = b"".join(b"bell-%d at %d\n" % (n, now) for n in rang)
        cook.send(b"move 20\nrun\n").expect(told + b"done\n")


@behaviour(
    "Timers",
    needs="a_cancelled_bell_is_as_if_it_had_never_been",
    hardens="a_cancelled_bell_is_as_if_it_had_never_been",
    suspects="M90",
    driver=play_timers,
)
def test_random_bells_are_cancelled(server):
    """half of a hundred are cancelled, in random order; the others come"""
    chance, cook = dice(server), server.connect("cook")
    # The first of many is cancelled, and no other one is due at its time.
    cook.send(b"in 1 soon\nin 2 ham\nin 3 rice\nin 4 tea\n")
    cook.send(b"cancel soon\nnext\n").expect(b"next at 2\n")
    cook.send(b"cancel ham\ncancel rice\ncancel tea\n")
    times = {n: chance.randrange(1, 40) for n in range(100)}
    cook.send(b"".join(b"at %d b%d\n" % (t, n) for n, t in times.items()))
    gone = chance.sample(sorted(times), 50)
    for number in gone:
        cook.send(b"cancel b%d\n" % number)
        del times[number]
        cook.send(b"next\n").expect(b"next at %d\n" % min(times.values()))
    rang = sorted((t, n) for n, t in times.items())
    told = b"".join(b"b%d at 40\n" % n for _, n in rang)
    cook.send(b"move 40\nrun\n").expect(told + b"done\n")
    cook.send(b"cancel b%d\nnext\n" % gone[0]).expect(b"next: None\n")


@behaviour(
    "Timers",
    needs="a_callback_that_raises_costs_only_itself",
    hardens="a_callback_that_raises_costs_only_itself",
    suspects="M71",
    driver=play_timers,
)
def test_every_second_callback_raises(server):
    """of twenty every second raises, and all are called"""
    cook = server.connect("cook")
    for number in range(20):
        cook.send(b"in 1 b%d%s\n" % (number, b"; spill" * (number % 2)))
    told = b"".join(b"b%d at 1\n" % number for number in range(20))
    cook.send(b"move 1\nrun\n").expect(told + b"done\n")


@behaviour(
    "Timers",
    needs="what_a_callback_adds_waits_for_the_next_time",
    hardens="what_a_callback_adds_waits_for_the_next_time",
    suspects="M91",
    driver=play_timers,
)
def test_who_adds_keeps_nobody_from_being_called(server):
    """a callback adds another, and those that are due behind it are called"""
    cook = server.connect("cook")
    cook.send(b"in 5 tea; in 0 milk\nin 5 cake\nin 6 eggs\nmove 7\nrun\n")
    cook.expect(b"tea at 7\ncake at 7\neggs at 7\ndone\n")
    cook.send(b"run\n").expect(b"milk at 7\ndone\n")


# TimedLoop -------------------------------------------------------------------


@behaviour(
    "TimedLoop",
    needs="a_timer_wakes_the_loop",
    hardens="a_timer_wakes_the_loop it_sleeps_until_the_next_deadline "
    "flags_do_not_starve_timers timers_do_not_starve_flags a_rhythm_stays "
    "what_was_missed_is_missed who_is_cancelled_does_not_wake_it "
    "a_callback_that_raises_does_not_end_it by_default_it_is_the_real_clock",
    suspects="M81 M84",
    driver=play_bells,
)
def test_a_timer_wakes_the_loop_at_whatever_time(server):
    """timers are called in order, at times that no other test has"""
    chance, clock = dice(server), wind(server)
    first, second = odd_times(chance, 2)
    word = random_line(chance)
    anna = puppet(server, "anna")
    anna.send(b"in %g cake\nin %g tea\n" % (second, first))
    clock.moves(first)
    anna.expect(b"tea at %g\n" % first)
    clock.moves(second - first)
    anna.expect(b"cake at %g\n" % second)
    anna.send(b"say " + word).expect(word)


@behaviour(
    "TimedLoop",
    needs="a_timer_wakes_the_loop",
    hardens="a_timer_wakes_the_loop",
    suspects="M81",
    driver=play_bells,
)
def test_a_timer_may_stop_the_loop(server):
    """a callback that calls stop() ends run()"""
    clock, anna = wind(server), puppet(server, "anna")
    anna.send(b"in 5 tea; stop\n")
    clock.expect_sleep(5)
    clock.passes(5)
    anna.expect(b"tea at 5\nstopping\n")
    expect_ending(server, "returned")


@behaviour(
    "TimedLoop",
    needs="it_sleeps_until_the_next_deadline",
    hardens="it_sleeps_until_the_next_deadline",
    suspects="M80",
    driver=play_bells,
)
def test_it_sleeps_from_deadline_to_deadline(server):
    """random timers of five clients: it sleeps from each to the next"""
    chance, clock = dice(server), wind(server)
    guests = [puppet(server, f"guest-{number}") for number in range(5)]
    times = sorted(chance.sample(range(1, 28), 12))
    for time in chance.sample(times, len(times)):
        chance.choice(guests).send(b"at %d bell\n" % time)
    now = 0
    for time in times:
        clock.expect_sleep(time - now)
        clock.moves(time - now)
        now = time
    clock.expect_sleep(None)


@behaviour(
    "TimedLoop",
    needs="it_sleeps_until_the_next_deadline",
    hardens="it_sleeps_until_the_next_deadline",
    suspects="M80",
    driver=play_bells,
)
def test_a_callback_sets_the_next_deadline(server):
    """a timer that is set by a callback counts at once"""
    clock, anna = wind(server), puppet(server, "anna")
    anna.send(b"in 20 cake\nin 5 tea; in 2 milk; in 1 soup\n")
    clock.moves(5).expect_sleep(2)
    clock.moves(2).expect_sleep(1)
    clock.moves(1).expect_sleep(12)
    anna.expect(b"tea at 5\nmilk at 7\nsoup at 8\n")


@behaviour(
    "TimedLoop",
    needs="who_is_cancelled_does_not_wake_it",
    hardens="who_is_cancelled_does_not_wake_it",
    suspects="M90",
    driver=play_bells,
)
def test_a_rhythm_is_cancelled_by_its_own_callback(server):
    """a tick that cancels itself comes no more"""
    clock, anna = wind(server), puppet(server, "anna")
    anna.send(b"every 10 tick; cancel tick\nevery 7 tock\n")
    clock.moves(7).expect_sleep(3)
    clock.moves(3).expect_sleep(4)
    anna.expect(b"tock at 7\ntick at 10\n").send(b"cancel tock\n")
    clock.expect_sleep(None)


@behaviour(
    "TimedLoop",
    needs="what_was_missed_is_missed",
    hardens="a_rhythm_stays",
    suspects="M83",
    driver=play_bells,
)
def test_two_rhythms_and_random_work(server):
    """two rhythms stay what they are, whatever work comes between"""
    chance, clock = dice(server), wind(server)
    anna, ben = puppet(server, "anna"), puppet(server, "ben")
    anna.send(b"every 6 tick\n")
    clock.moves(1)
    ben.send(b"every 10 tock\n")
    now = 1
    for _ in range(12):
        clock.expect_sleep(min(6 - now % 6, 10 - (now - 1) % 10))
        work = chance.randrange(1, 25)
        anna.send(b"work %d\n" % work)
        now += work


@behaviour(
    "TimedLoop",
    needs="what_was_missed_is_missed",
    hardens="what_was_missed_is_missed",
    suspects="M83",
    driver=play_bells,
)
def test_a_loop_that_is_back_at_a_beat_calls_once(server):
    """work that ends at the very moment of a beat leaves one tick for it"""
    clock, anna = wind(server), puppet(server, "anna")
    anna.send(b"every 10 tick\n")
    clock.moves(9)
    # It works from 9 to 30: 10 and 20 have passed, and 30 is now.
    anna.send(b"work 21\n")
    clock.expect_sleep(10)
    anna.expect(b"tick at 30\n")
    clock.moves(10)
    anna.expect(b"tick at 40\n")


# keep_house ------------------------------------------------------------------


@behaviour(
    "keep_house",
    needs="lines_are_answered",
    hardens="lines_are_answered who_is_silent_is_shown_out "
    "who_speaks_now_and_then_stays a_line_in_drops_has_a_deadline "
    "each_line_has_a_time_of_its_own who_reads_slowly_is_not_idle "
    "who_takes_nothing_is_idle it_sleeps_until_something_is_due "
    "by_the_real_clock_it_rests",
    suspects="M01",
    driver=serve_by_the_clock,
)
def test_any_lines_are_answered(server):
    """lines are answered, whatever their words"""
    chance, _ = dice(server), wind(server)
    anna = server.connect("anna")
    for _ in range(2):
        line = random_line(chance)
        anna.send(line).expect(line.upper())


@behaviour(
    "keep_house",
    needs="who_reads_slowly_is_not_idle",
    hardens="lines_are_answered",
    suspects="M04",
    driver=serve_by_the_clock,
    mishaps=(Mishap("send", most=3),),
)
def test_answers_arrive_in_sips(server):
    """answers arrive whole, though send() takes three bytes at a time"""
    wind(server)
    anna = server.connect("anna").send(b"soup\nand bread\n")
    anna.expect(b"SOUP\nAND BREAD\n").send(b"bye\n").half_close()
    anna.expect(b"BYE\n").expect_eof()


@behaviour(
    "keep_house",
    needs="lines_are_answered",
    hardens="lines_are_answered",
    driver=serve_by_the_clock,
)
def test_long_lines_are_lines(server):
    """a line of thousands of bytes is answered like others"""
    wind(server)
    anna = server.connect("anna")
    for size in (1024, 1025, 5000, 20_000):
        anna.send(b"x" * size + b"\n").expect(b"X" * size + b"\n")


@behaviour(
    "keep_house",
    needs="who_takes_nothing_is_idle",
    hardens="who_takes_nothing_is_idle",
    suspects="M92",
    driver=serve_by_the_clock,
    buffers=BUFFER,
)
def test_who_has_finished_may_be_idle(server):
    """who has finished sending, and takes nothing any more, is shown out"""
    clock = wind(server)
    taker = server.connect("taker", Taker, receive_buffer=BUFFER)
    taker.send(b"90000\n")
    clock.moves(1)
    until_no_more_is_taken(server, taker)
    taker.half_close()
    with expect_shown_out(server, "taker"):
        # The end may count as progress.
        for _ in range(4):
            clock.moves(30)
    server.connect("anna").send(b"soup\n").expect(b"SOUP\n")


@behaviour(
    "keep_house",
    needs="it_sleeps_until_something_is_due",
    hardens="who_is_silent_is_shown_out",
    suspects="M80",
    driver=serve_by_the_clock,
)
def test_half_a_second_counts(server):
    """it sleeps to the very moment, also where that is half a second"""
    clock, anna = wind(server), server.connect("anna")
    anna.send(b"soup\n").expect(b"SOUP\n")
    clock.moves(29.25).expect_sleep(0.75)
    clock.moves(0.5).expect_sleep(0.25)
    anna.expect_silence()
    clock.moves(0.25)
    anna.expect_eof()


@behaviour(
    "keep_house",
    needs="who_speaks_now_and_then_stays",
    hardens="who_is_silent_is_shown_out",
    suspects="M92",
    driver=serve_by_the_clock,
)
def test_a_crowd_leaves_one_by_one(server):
    """forty who came one after the other are shown out one after the other"""
    clock, guests = wind(server), []
    for number in range(40):
        guests.append(server.connect(f"guest-{number + 1}"))
        clock.moves(0.5)
    for number, guest in enumerate(guests):
        clock.moves(10 if number == 0 else 0.5)
        guest.expect_eof()
        for other in guests[number + 1 :]:
            other.expect_silence()


@behaviour(
    "keep_house",
    needs="a_line_in_drops_has_a_deadline",
    hardens="a_line_in_drops_has_a_deadline",
    suspects="M20",
    driver=serve_by_the_clock,
)
def test_ten_loris_at_once(server):
    """ten who drip, begun one after the other, each in their own time"""
    clock = wind(server)
    honest = server.connect("honest")
    loris = []
    for number in range(10):
        loris.append(server.connect(f"loris-{number + 1}", Dribbler))
        loris[-1].send(b"a")
        clock.moves(0.75)
        for each in loris:
            each.send(b"h")
    clock.moves(2.5)
    for number, each in enumerate(loris):
        each.expect_eof()
        for other in loris[number + 1 :]:
            other.send(b"h").expect_silence()
        honest.send(b"still well\n").expect(b"STILL WELL\n")
        clock.moves(0.75)


@behaviour(
    "keep_house",
    needs="each_line_has_a_time_of_its_own",
    hardens="each_line_has_a_time_of_its_own",
    suspects="M93",
    driver=serve_by_the_clock,
)
def test_a_later_line_has_a_limit_too(server):
    """after lines that were whole in time, one that is not is no line"""
    clock, loris = wind(server), server.connect("loris", Dribbler)
    for word in (b"soup", b"bread"):
        loris.send(word[:2])
        clock.moves(4)
        loris.send(word[2:] + b"\n").expect(word.upper() + b"\n")
    loris.send(b"ha")
    clock.moves(9)
    loris.send(b"l").expect_silence()
    clock.moves(1)
    loris.expect_eof()


@behaviour(
    "keep_house",
    needs="who_reads_slowly_is_not_idle",
    hardens="who_reads_slowly_is_not_idle",
    suspects="M92",
    driver=serve_by_the_clock,
    buffers=4096,
)
def test_who_has_finished_takes_its_time(server):
    """who has finished sending hears a long answer to its end, in sips"""
    clock, taker = wind(server), server.connect("taker", Taker)
    answer = b"".join(b"%07d\n" % number for number in range(20_000))
    taker.send(b"one\n20000\n").half_close()
    taker.takes(b"ONE\n")
    for start in range(0, 120_000, 40_000):
        clock.moves(20)
        taker.takes(answer[start : start + 40_000])
    taker.expect(answer[120_000:]).expect_eof()


@behaviour(
    "keep_house",
    needs="it_sleeps_until_something_is_due",
    hardens="it_sleeps_until_something_is_due",
    suspects="M93",
    driver=serve_by_the_clock,
)
def test_of_who_vanished_nothing_is_due(server):
    """who vanishes in the middle of a line, in any way, leaves no deadline"""
    clock, anna = wind(server), server.connect("anna")
    anna.send(b"soup\n").expect(b"SOUP\n")
    ghost = server.connect("ghost", Ghost).send(b"boo")
    finisher = server.connect("finisher", HalfCloser)
    clock.expect_sleep(10)
    finisher.send(b"one\ntw").expect(b"ONE\n").expect_eof()
    clock.moves(1)
    ghost.close()
    clock.expect_sleep(29)
    anna.close()
    clock.expect_sleep(None)


# faults_of_housekeepers -----------------------------------------------------


@behaviour(
    "faults_of_housekeepers",
    needs="an_answer_for_lark",
    hardens="an_answer_for_lark",
    suspects="M180 M181",
    driver=answer_once,
    recorded=False,
)
def test_the_fault_of_lark(server):
    """says what is wrong in lark: the line, and the belief"""
    expect_named(server, "lark")


# wrong_house -----------------------------------------------------------------

houses = partial(
    behaviour,
    "wrong_house",
    driver=meet,
    stage=serve_by_the_clock,
    suspects="M170",
)


@houses(
    needs="a_byte_buys_no_time_for_a_line",
    hardens="a_byte_buys_no_time_for_a_line",
    servers="house_each_piece_renews_the_line",
)
def test_a_piece_buys_no_time_for_a_line(server):
    """exposes a server that begins the time of a line anew with each piece"""
    expect_told_apart(server)


@houses(
    needs="the_line_behind_a_newline_counts",
    hardens="the_line_behind_a_newline_counts",
    servers="house_hands_the_deadline_on",
)
def test_the_line_behind_a_newline_has_all_its_time(server):
    """exposes a server that counts a line from where the last one began"""
    expect_told_apart(server)
