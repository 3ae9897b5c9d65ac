"""The benchmark's entrants are what they are said to be: right, and the full loop full.

Of the loops that run in this process every test takes the turns itself, one by one, so
nothing here depends on time.
"""

import errno
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from bench import loop_cost, pressure
from bench.loops import full_loop, full_loop_epoll
from bench.loops.full_loop import HIGH_WATER, IDLE, LOW_WATER, Channel, Echo, House
from buckets import course

ROOT = course.root()
UNDER_PRESSURE = {name: module for name, (module, _) in pressure.ENTRANTS.items()}
MODULES = loop_cost.ENTRANTS | UNDER_PRESSURE
HERE = [
    name
    for name, module in MODULES.items()
    if ("uvloop" not in module or importlib.util.find_spec("uvloop"))
    and (name not in pressure.ENTRANTS or pressure.installed(name))
]
WORDS = b"a word\n" * 3
LOOPS = {"select": full_loop.FullLoop, "epoll": full_loop_epoll.EpollLoop}


# Every entrant ----------------------------------------------------------------------


def command(module, fd, folder):
    """How to start an entrant."""
    if module != "echo":
        return [sys.executable, "-m", "bench.loops.serve", module, str(fd)]
    if not shutil.which("gcc"):
        pytest.skip("the echo server in C needs gcc")
    return [loop_cost.compiled(folder)["echo"], str(fd)]


@contextmanager
def serving(name, folder, **more):
    """An entrant that runs; gives its address."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        argv = command(MODULES[name], listener.fileno(), folder)
        server = subprocess.Popen(argv, pass_fds=[listener.fileno()], cwd=ROOT, **more)
        try:
            yield listener.getsockname()
        finally:
            server.kill()
            server.wait()


def client(address):
    """Somebody who is patient, but not for ever."""
    return socket.create_connection(address, timeout=30)


def whole(sock, size):
    """So many bytes, or fewer at the end."""
    heard = bytearray()
    while len(heard) < size and (data := sock.recv(65536)):
        heard += data
    return bytes(heard)


@pytest.mark.parametrize("name", HERE)
def test_every_entrant_echoes_to_everybody(name, tmp_path):
    with serving(name, tmp_path) as address:
        silent, anna, ben = (client(address) for _ in range(3))
        for guest in (ben, anna):
            guest.sendall(WORDS)
            assert whole(guest, len(WORDS)) == WORDS
        ben.close()
        large = bytes(range(256)) * 4000
        pouring = threading.Thread(target=anna.sendall, args=[large], daemon=True)
        pouring.start()
        assert whole(anna, len(large)) == large
        pouring.join(30)
        silent.sendall(b"at last")
        assert whole(silent, 7) == b"at last"
        for guest in (silent, anna):
            guest.close()


# What is in the full loop -----------------------------------------------------------


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.time = 1000.0

    def __call__(self):
        return self.time


@pytest.fixture(params=["select", "epoll"])
def loop(request):
    made = LOOPS[request.param](Clock())
    yield made
    for handler in list(made._numbers):
        made.unregister(handler)
        if handler.sock is not made._string:
            handler.sock.close()
    for end in (made._string.near, made._string.far):
        end.close()


def pair(loop, kind=Echo):
    """A channel on the loop, and the other end of its connection."""
    ours, theirs = socket.socketpair()
    theirs.settimeout(30)
    channel = kind(loop, ours)
    loop.register(channel)
    return channel, theirs


def resetting(loop):
    """A channel whose client has vanished with a reset."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        theirs = client(listener.getsockname())
        channel = Echo(loop, listener.accept()[0])
    loop.register(channel)
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    theirs.close()
    return channel


def turn(loop, turns=20):
    for _ in range(turns):
        loop.run_once(0)


def test_a_crowd_is_let_in_by_batches(loop):
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listener:
        crowd = [client(listener.getsockname()) for _ in range(100)]
        let_in = []
        door = House(loop, listener.dup(), Echo)
        door.handle_accept = let_in.append
        loop.register(door)
        loop.run_once(0)
        assert len(let_in) == full_loop.course.GUESTS
        loop.run_once(0)
        assert len(let_in) == 100
        for sock in crowd + let_in:
            sock.close()


def test_one_who_talks_gets_one_scoop_a_turn(loop):
    channel, theirs = pair(loop, Channel)
    seen = []
    channel.data_received = lambda data: seen.append(len(data))
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    theirs.send(bytes(150_000))
    loop.run_once(0)
    assert len(seen) == 1
    assert seen[0] <= full_loop.course.SCOOP
    theirs.close()


def test_who_does_not_read_is_not_read_from_until_it_does(loop):
    channel, theirs = pair(loop)
    theirs.setblocking(False)
    sent = 0
    for _ in range(200):
        with suppress(BlockingIOError):
            sent += theirs.send(bytes(65536))
        turn(loop, 2)
    assert HIGH_WATER <= len(channel.pending) < HIGH_WATER + full_loop.course.SCOOP
    with pytest.raises(BlockingIOError):
        theirs.send(bytes(65536))
    heard = 0
    while heard < sent:
        with suppress(BlockingIOError):
            heard += len(theirs.recv(65536))
        turn(loop, 2)
    assert heard == sent
    assert not channel.pending
    assert not channel.is_full
    theirs.close()


def test_it_reads_again_only_at_low_water(loop):
    channel, theirs = pair(loop)
    number = channel.sock.fileno()
    for pending, reads in [
        (HIGH_WATER - 1, True),
        (HIGH_WATER, False),
        (LOW_WATER + 1, False),
        (LOW_WATER, True),
        (HIGH_WATER - 1, True),
    ]:
        channel.pending = bytearray(pending)
        channel.watch()
        assert (number in loop._readers) == reads, pending
    theirs.close()


def test_the_rest_is_kept_in_place_and_room_asked_for_only_while_there_is_some(loop):
    channel, theirs = pair(loop)
    number, kept = channel.sock.fileno(), channel.pending
    assert number not in loop._writers
    channel.write(bytes(3_000_000))
    assert number in loop._writers
    heard = 0
    while heard < 3_000_000:
        heard += len(theirs.recv(65536))
        turn(loop, 1)
        assert channel.pending is kept, "a copy of all that is left, for each send"
    turn(loop)
    assert number not in loop._writers
    theirs.close()


def test_after_a_half_close_the_rest_is_sent_then_it_closes(loop):
    channel, theirs = pair(loop)
    channel.write(b"begin ")
    theirs.sendall(b"end")
    theirs.shutdown(socket.SHUT_WR)
    turn(loop)
    assert whole(theirs, 100) == b"begin end"
    assert channel.sock.fileno() == -1
    theirs.close()


def test_finish_waits_for_the_last_byte(loop):
    channel, theirs = pair(loop)
    channel.write(bytes(3_000_000))
    channel.finish()
    heard = 0
    theirs.setblocking(False)
    while heard < 3_000_000:
        turn(loop, 1)
        with suppress(BlockingIOError):
            heard += len(theirs.recv(1 << 20))
    turn(loop)
    assert theirs.recv(1) == b""
    theirs.close()


def test_a_mistake_or_a_reset_costs_one_connection(loop, capsys):
    (clumsy, two), (_, three) = pair(loop), pair(loop)
    rude = resetting(loop)

    def stumble(data):
        raise ZeroDivisionError

    clumsy.data_received = stumble
    two.send(b"x")
    three.send(b"y")
    turn(loop)
    assert two.recv(1) == b""
    assert three.recv(1) == b"y"
    assert rude.sock.fileno() == -1
    assert "ZeroDivisionError" in capsys.readouterr().err
    two.close()
    three.close()


def test_a_reset_while_only_room_is_waited_for_costs_one_connection(loop):
    """Such a descriptor is reported as readable, too, and nobody reads it."""
    _, well = pair(loop)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        theirs = client(listener.getsockname())
        channel = Echo(loop, listener.accept()[0])
    loop.register(channel)
    channel.write(bytes(8_000_000))
    assert channel.is_full
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    theirs.close()
    turn(loop)
    assert channel.sock.fileno() == -1
    well.send(b"x")
    turn(loop)
    assert well.recv(1) == b"x"
    well.close()


def test_whom_a_neighbour_has_closed_is_not_called(loop):
    channels = [pair(loop) for _ in range(3)]
    called = []

    def close_the_others(who):
        called.append(who)
        for other, _ in channels:
            if other is not who:
                other.close()

    for channel, theirs in channels:
        channel.data_received = lambda data, who=channel: close_the_others(who)
        theirs.send(b"x")
    turn(loop)
    assert len(called) == 1
    for _, theirs in channels:
        theirs.close()


def test_a_freed_number_is_not_called_for_who_had_it_before(loop):
    """Both have a flag up in one batch; the first closes the other, and its number
    goes to a newcomer, who must not be called with a flag that was not its own."""
    channels = [pair(loop) for _ in range(2)]
    newcomers, called = [], []

    def take_over(who):
        other = next(each for each, _ in channels if each is not who)
        number = other.sock.fileno()
        ours, theirs = socket.socketpair()
        other.close()
        newcomer = Channel(loop, socket.socket(fileno=os.dup2(ours.fileno(), number)))
        ours.close()
        newcomer.data_received = called.append
        loop.register(newcomer)
        theirs.send(b"for the newcomer")
        newcomers.append((newcomer, theirs))

    for channel, theirs in channels:
        channel.data_received = lambda data, who=channel: take_over(who)
        theirs.send(b"x")
    loop.run_once(0)
    assert len(newcomers) == 1
    assert not called
    loop.run_once(0)
    assert called == [b"for the newcomer"]
    for _, theirs in channels + newcomers:
        theirs.close()


def test_without_a_descriptor_the_door_is_shut_and_nothing_spins(loop):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        waiting = client(listener.getsockname())
        tries = []

        class Full:
            """A listener where accept() finds no descriptor left."""

            def __getattr__(self, name):
                return getattr(listener, name)

            def accept(self):
                tries.append(1)
                raise OSError(errno.EMFILE, "Too many open files")

        door = House(loop, Full(), Echo)
        loop.register(door)
        loop.run_once(0)
        assert len(tries) == 1
        assert listener.fileno() not in loop._readers
        began = time.monotonic()
        loop.run_once(None)
        assert time.monotonic() - began > full_loop.course.RETRY * 0.9
        assert len(tries) == 1
        loop.run_once(0)
        assert len(tries) == 2
        door.close()
        waiting.close()


def test_who_is_idle_leaves_and_who_makes_progress_stays(loop):
    (_, idle), (_, busy) = pair(loop), pair(loop)
    for _ in range(4):
        busy.send(b"x")
        loop.clock.time += IDLE / 2
        turn(loop)
        assert busy.recv(1) == b"x"
    assert idle.recv(1) == b""
    busy.close()
    idle.close()


@pytest.mark.parametrize("pushes", [False, True])
def test_a_slow_reader_and_one_who_only_listens_are_spared(loop, pushes):
    channel, theirs = pair(loop)
    if not pushes:
        channel.write(bytes(3_000_000))
    for _ in range(6):
        loop.clock.time += IDLE / 2
        loop.run_once(0)
        if pushes:
            channel.write(b"news")
        theirs.recv(400_000)
        turn(loop)
        assert channel.sock.fileno() != -1
    # And without progress it goes, with bytes pending or without.
    for _ in range(3):
        loop.clock.time += IDLE
        turn(loop)
    assert channel.sock.fileno() == -1
    theirs.close()


def test_a_reader_is_spared_for_what_it_takes_out_of_the_kernel(loop):
    """Everything was sent long ago: send() tells of no progress any more."""
    channel, theirs = pair(loop)
    channel.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    channel.write(bytes(120_000))
    assert not channel.pending
    left = 120_000
    while left:
        loop.clock.time += IDLE * 0.9
        left -= len(theirs.recv(40_000))
        turn(loop, 2)
        assert channel.sock.fileno() != -1
    for _ in range(3):
        loop.clock.time += IDLE
        turn(loop, 2)
    assert theirs.recv(1) == b""
    theirs.close()


def test_one_who_only_sends_is_spared(loop):
    channel, theirs = pair(loop, Channel)
    for _ in range(6):
        loop.clock.time += IDLE / 2
        theirs.send(b"x")
        turn(loop)
        assert channel.sock.fileno() != -1
    theirs.close()


def test_timers_are_never_early_and_ties_come_in_the_order_of_asking(loop):
    rung = []
    for name in "abc":
        loop.call_later(1, lambda name=name: rung.append(name))
    loop.clock.time += 0.999
    turn(loop, 1)
    assert rung == []
    loop.clock.time += 0.001
    turn(loop, 1)
    assert rung == ["a", "b", "c"]


def test_input_does_not_starve_a_timer(loop):
    _, theirs = pair(loop)
    rung = []
    loop.call_later(1, lambda: rung.append(1))
    loop.clock.time += 1
    theirs.send(b"x")
    loop.run_once(0)
    assert theirs.recv(1) == b"x"
    assert rung
    theirs.close()


def test_nobody_is_woken_before_the_next_deadline(loop, monkeypatch):
    waits = []
    real = type(loop).wait

    def wait(self, timeout):
        waits.append(timeout)
        return real(self, 0)

    monkeypatch.setattr(type(loop), "wait", wait)
    loop.run_once(None)
    loop.call_later(7, int)
    loop.run_once(None)
    loop.clock.time += 5
    loop.run_once(None)
    loop.soon(int)
    loop.run_once(None)
    loop.run_once(None)
    assert waits == [None, 7, 2, 0, 2]


def test_timers_come_in_the_order_of_their_deadlines(loop):
    rung = []
    for when in (3, 1, 2):
        loop.call_later(when, lambda when=when: rung.append(when))
    loop.call_later(2.5, lambda: rung.append("never")).cancel()
    for _ in range(4):
        loop.clock.time += 1
        turn(loop, 1)
    assert rung == [1, 2, 3]


def test_callbacks_that_add_callbacks_starve_nobody(loop):
    _, theirs = pair(loop)
    turns = []

    def again():
        turns.append(1)
        loop.soon(again)

    loop.soon(again)
    theirs.send(b"x")
    turn(loop, 3)
    assert len(turns) == 3
    assert theirs.recv(1) == b"x"
    theirs.close()


def test_a_callback_that_raises_does_not_end_the_loop(loop, capsys):
    called = []
    loop.soon(lambda: 1 // 0)
    loop.soon(lambda: called.append(1))
    turn(loop, 1)
    assert called
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_another_thread_wakes_it(loop):
    called = []
    pull = lambda: loop.soon_threadsafe(lambda: called.append(1))  # noqa: E731
    thread = threading.Timer(0.05, pull)
    thread.start()
    loop.run_once(None)  # for ever, if nobody could wake it
    thread.join()
    assert called


def test_so_many_wake_ups_do_not_block(loop):
    for _ in range(300_000):
        loop.soon_threadsafe(int)
    turn(loop, 1)
    assert not loop.due


def test_a_signal_wakes_it(loop):
    called, before = [], signal.getsignal(signal.SIGUSR2)
    loop.on_signal(signal.SIGUSR2, lambda: called.append(1))
    try:
        sender = threading.Timer(0.05, os.kill, [os.getpid(), signal.SIGUSR2])
        sender.start()
        loop.run_once(None)
        turn(loop, 1)
        sender.join()
    finally:
        signal.signal(signal.SIGUSR2, before)
        signal.set_wakeup_fd(-1)
    assert called


def test_a_signal_wakes_it_from_c(loop):
    """Or a signal between the last line of Python and the wait would be slept through:
    a handler in Python would pull the string only after the wait."""
    before = signal.getsignal(signal.SIGUSR2)
    loop.on_signal(signal.SIGUSR2, int)
    signal.signal(signal.SIGUSR2, before)
    assert signal.set_wakeup_fd(-1) == loop._string.far.fileno()


def ending(loop):
    """A house with a guest who reads nothing, one who is silent, one who has spoken."""
    listener = socket.create_server(("127.0.0.1", 0))
    house = House(loop, listener, Echo)
    loop.register(house)
    guests = [client(listener.getsockname()) for _ in range(3)]
    turn(loop)
    held = next(
        each
        for each in house.guests
        if each.sock.getpeername() == guests[0].getsockname()
    )
    held.write(bytes(8_000_000))
    guests[2].sendall(WORDS)
    loop._running = True
    house.end()
    return house, guests


def test_at_the_end_everybody_hears_what_is_due(loop):
    house, (slow, silent, spoke) = ending(loop)
    assert house.sock.fileno() not in loop._readers
    assert silent.recv(1) == b""
    assert whole(spoke, 100) == WORDS
    slow.setblocking(False)
    heard = 0
    while heard < 8_000_000:
        assert loop._running == bool(house.guests)
        turn(loop, 1)
        with suppress(BlockingIOError):
            heard += len(slow.recv(1 << 20))
    turn(loop)
    assert not loop._running
    for sock in (slow, silent, spoke, house.sock):
        sock.close()


@pytest.mark.parametrize("what", ["limit", "second"])
def test_an_end_is_not_put_off_for_ever(loop, what):
    house, guests = ending(loop)
    if what == "limit":
        loop.clock.time += full_loop.faults.DRAIN * 0.99
        turn(loop)
        assert loop._running
        loop.clock.time += full_loop.faults.DRAIN * 0.02
        turn(loop)
    else:
        house.end()
    assert not loop._running
    for sock in (*guests, house.sock):
        sock.close()


@contextmanager
def of_a_solution(kind, topic, task, *words):
    """A server of an exercise in a thread, on a full loop; its address."""
    made, is_made = [], threading.Event()

    class Loop(kind):
        def __init__(self, *clock):
            super().__init__(*clock)
            made.append(self)
            is_made.set()

    serve = getattr(full_loop.on_this_loop(topic, Loop), task)

    def until_told(*words):
        # What is no Exception leaves the loop.
        with suppress(SystemExit):
            serve(*words)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        words = (listener, *words)
        serving = threading.Thread(target=until_told, args=words, daemon=True)
        serving.start()
        assert is_made.wait(30)
        yield listener.getsockname()
        made[0].soon_threadsafe(sys.exit)
        serving.join(30)
        assert not serving.is_alive()


@pytest.mark.parametrize("kind", LOOPS.values(), ids=LOOPS)
def test_the_servers_of_part_three_run_on_this_loop(kind):
    """Those of 12 to 14 before one of 15: bytes, gold and limits on one loop."""
    made = threading.Event()

    def work(words):
        assert made.wait(30)
        return words + b" of gold"

    with (
        of_a_solution(kind, "15_faults", "hold_limits") as house,
        of_a_solution(kind, "13_back_pressure", "relay_with_marks", house, 9, 3) as far,
        of_a_solution(kind, "12_connecting_out", "relay", far, 30) as near,
        of_a_solution(kind, "14_gold", "serve_gold", work, 1, 1) as mine,
    ):
        with client(near) as anna, client(near) as ben:
            ben.sendall(b"half")
            anna.sendall(b"30000\n")
            assert whole(anna, 240_000) == full_loop.faults.answer(b"30000")
            ben.sendall(b" a line\n")
            ben.shutdown(socket.SHUT_WR)
            assert whole(ben, 100) == b"HALF A LINE\n"
        with client(mine) as anna, client(mine) as ben:
            anna.sendall(b"gold ring\n")
            ben.sendall(b"bread\n")
            assert whole(ben, 6) == b"BREAD\n"
            made.set()
            assert whole(anna, 13) == b"ring of gold\n"


def test_what_it_does_is_run_from_the_solutions(loop):
    """From which lessons the functions come that see to a stalled guest and an end."""
    run = set()

    def note(frame, event, arg):
        run.add(frame.f_code.co_filename.partition(" ")[0].strip("<"))

    sys.setprofile(note)
    try:
        house, guests = ending(loop)
        loop.soon_threadsafe(int)
        loop.clock.time += IDLE
        turn(loop)
    finally:
        sys.setprofile(None)
    for sock in (*guests, house.sock):
        sock.close()
    assert {name for name in run if name[:2].isdigit()} == {
        "07_event_loop",
        "09_housekeeping",
        "13_back_pressure",
        "14_gold",
        "15_faults",
    }


def test_select_refuses_a_high_descriptor_and_epoll_does_not(loop):
    ours, theirs = socket.socketpair()
    os.dup2(ours.fileno(), 1500)
    high = Echo(loop, socket.socket(fileno=1500))
    if isinstance(loop, full_loop_epoll.EpollLoop):
        loop.register(high)
        theirs.send(b"x")
        turn(loop)
        assert theirs.recv(1) == b"x"
    else:
        with pytest.raises(ValueError, match="beyond"):
            loop.register(high)
        high.sock.close()
    ours.close()
    theirs.close()


@pytest.mark.parametrize("name", ["full loop, select", "full loop, epoll"])
def test_with_too_few_descriptors_it_serves_in_turn(name, tmp_path):
    """More guests than descriptors: all are served, as others leave."""
    import resource

    few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))  # noqa: E731
    with serving(name, tmp_path, preexec_fn=few) as address:
        crowd = [client(address) for _ in range(40)]
        for guest in crowd:
            guest.sendall(WORDS)
        for guest in crowd:
            assert whole(guest, len(WORDS)) == WORDS
            guest.close()


def test_a_tables_rows_are_measured(tmp_path):
    reason = loop_cost.missing()
    if reason:
        pytest.skip(f"the benchmark {reason}")
    programs = loop_cost.compiled(tmp_path)
    windows = [
        loop_cost.measure(name, (20, 20), 0.2, programs)
        for name in ("C, epoll", "full loop, epoll")
    ]
    for window in windows:
        assert window.requests > 0
        assert 0 < window.cpu <= window.seconds * 1.5
        assert window.cost > 0


# Under pressure ---------------------------------------------------------------------


@pytest.fixture
def hurried(monkeypatch):
    """The benchmark of pressure, which watches for less time."""
    monkeypatch.setattr(pressure, "WHILE", 0.3)


@pytest.mark.parametrize("name", pressure.OURS)
def test_a_stalled_reader_costs_no_more_than_the_high_mark(name, hurried):
    got = pressure.stalled(name)
    assert got.served == got.asked
    assert got.kept <= pressure.KEEPS < got.taken
    assert got.cpu < 0.1


def test_the_benchmark_sees_who_keeps_everything(hurried):
    got = pressure.stalled("asyncio, protocol")
    assert got.kept > pressure.MOST / 2


@pytest.mark.parametrize("name", pressure.OURS)
def test_too_few_descriptors_cost_nobody_and_nothing(name, hurried):
    got = pressure.few(name)
    assert (got.served, got.lines) == (60, 0)
    assert got.cpu < 0.1


@pytest.mark.parametrize("name", pressure.OURS)
def test_more_than_a_thousand_clients_end_no_loop(name, hurried):
    got = pressure.many(name)
    # The interpreter has some descriptors of its own.
    assert got.served == 1101 or (950 < got.served < 1024 and "select" in name)
    assert got.lines == 0
    assert got.cpu < 0.1


def test_the_dead_are_not_better_and_a_hundredth_of_a_cpu_is_no_difference():
    ours = pressure.Outcome(served=60, asked=60, cpu=0.005)
    for cpu, served, better in [
        (None, 60, False),
        (0.0, 60, False),
        (0.0, 59, False),
        (1.0, 61, True),
    ]:
        other = pressure.Outcome(served=served, asked=60, cpu=cpu)
        assert pressure.is_better(other, ours) == better
    spinning = pressure.Outcome(served=60, asked=60, cpu=0.9)
    assert pressure.is_better(ours, spinning)
