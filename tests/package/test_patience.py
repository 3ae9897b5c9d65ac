"""When a client stops to wait: by looks at what the kernel knows, and not by time."""

import pytest

from buckets.driving import patience
from buckets.driving.patience import CERTAIN, MOMENT, SURE, Patience, _Watch


class Sleeper:
    """A server that is asleep at every look; it stirs at those of `stirs`."""

    seen = 1

    def __init__(self, stirs=(), waits_for_events=True, timeout=False):
        self.looks, self.stirs = 0, stirs
        self.waits, self.timeout = waits_for_events, timeout

    def activity(self):
        self.looks += 1
        return 0.0, sum(look <= self.looks for look in self.stirs), False

    def waits_for_events(self):
        return self.waits

    def outlasts_its_socket(self):
        return not self.timeout

    def limit(self):
        return None


class Timed(Sleeper):
    """One that will wake by itself, after so many seconds."""

    def __init__(self, seconds):
        super().__init__(waits_for_events=False)
        self.seconds = seconds

    def limit(self):
        return self.seconds


@pytest.mark.parametrize(
    ("seconds", "enough"),
    [
        (0.5, 0.5 + MOMENT),
        (0.4, 0.5 + MOMENT),
        (0.6, 0.5),
        (30.0, 0.5),
        (0.0, 0.5),
        (None, 0.5),
    ],
)
def test_who_is_about_to_wake_by_its_own_clock_is_given_a_moment(seconds, enough):
    """A server with a time limit of half a second was taken for stuck now and then."""
    server = Timed(seconds)
    watch = _Watch(Patience(server, asleep=0.5))
    assert watch._enough(server) == enough


@pytest.fixture
def looks(monkeypatch):
    """A function: after how many looks a server counts as stuck."""

    def wait(server, on_its_way=False, port=1):
        monkeypatch.setattr(patience, "on_its_way", lambda port: on_its_way)
        monkeypatch.setattr(patience, "UNTIL_AN_EVENT", 0.0)
        limits = {"asleep": 0.0, "port": port}
        assert Patience(server, **limits).until(lambda seconds: False) == "asleep"
        # The first of them is the one to compare with, and the last one makes certain.
        return server.looks - 2

    return wait


def test_a_server_is_stuck_at_once_where_no_event_is_on_its_way(looks):
    assert looks(Sleeper()) == SURE


def test_a_server_that_has_stirred_is_given_time_again(looks):
    assert looks(Sleeper(stirs=[3, 6])) == 6 - 1 + SURE


def test_who_is_waked_while_we_look_elsewhere_is_not_stuck(monkeypatch):
    """What was on its way came between two readings: the way is empty by then."""
    server = Sleeper()

    def comes(*ports):
        server.stirs = server.stirs or (server.looks + 1,)
        return False

    monkeypatch.setattr(patience, "on_its_way", comes)
    assert Patience(server, asleep=0.0, port=1).until(lambda seconds: False)
    assert server.looks > 2 * SURE


@pytest.mark.parametrize(
    ("server", "around"),
    [
        (Sleeper(), {"on_its_way": True}),
        (Sleeper(), {"port": 0}),
        (Sleeper(waits_for_events=False), {}),
        (Sleeper(timeout=True), {}),
    ],
    ids=["on its way", "nobody knows its door", "a clock", "its socket's clock"],
)
def test_else_the_kernels_clocks_are_waited_for(looks, server, around):
    assert looks(server, **around) == CERTAIN


def test_what_the_kernels_clock_has_still_to_bring_is_waited_for(monkeypatch):
    """It looks again after 0.4 s and 0.8 s: later than any other wait ends."""
    server, waits = Sleeper(), iter([True, True])
    monkeypatch.setattr(patience, "on_its_way", lambda *ports: True)
    monkeypatch.setattr(patience, "still_brings", lambda *ports: next(waits, False))
    monkeypatch.setattr(patience, "UNTIL_AN_EVENT", 0.0)
    assert Patience(server, asleep=0.0, port=1).until(lambda seconds: False)
    assert server.looks == 1 + CERTAIN + 2 + 1
    # One that never comes is waited for so long, and no longer.
    monkeypatch.setattr(patience, "still_brings", lambda *ports: True)
    monkeypatch.setattr(patience, "MOST_UNTIL_BROUGHT", 0.0)
    assert Patience(Sleeper(), asleep=0.0, port=1).until(lambda seconds: False)


class Spinner(Sleeper):
    """A server that spends a tenth of a CPU-second between two looks."""

    def activity(self):
        self.looks += 1
        return 0.1 * self.looks, self.looks, True


def busy_after(monkeypatch, unread):
    """How many looks it takes to call it busy; what is unread at each reading."""
    levels = iter(unread)
    monkeypatch.setattr(patience, "read_levels", lambda port: {1: next(levels)})
    spinner = Spinner()
    assert Patience(spinner, busy=1.0, port=1).until(lambda seconds: False) == "busy"
    return spinner.looks - 1


def test_who_takes_bytes_is_slow_and_not_busy_with_something_else(monkeypatch):
    assert busy_after(monkeypatch, [500, 500]) == 10
    assert busy_after(monkeypatch, [500, 400, 100, 100]) == 30
    assert busy_after(monkeypatch, [500, 600]) == 10
