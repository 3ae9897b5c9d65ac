"""Who waits how long in a queue: a prediction, held against a measurement.

A learner's function predicts, and then as many clients queue up in earnest, at a server
that looks after one at a time. What counts is the order and the ratio of the waits, not
the seconds, which differ from machine to machine.

    @behaviour("predict_waits", points=1, driver=answer_forecasts)
    def test_the_last_waits_for_all(server):
        \"\"\"the last in the queue waits for everybody\"\"\"
        expect_forecast(server, [2, 2, 2, 2])
"""

from __future__ import annotations

import json
import math
import select
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import combinations
from typing import Any

from buckets.behaviour import Driver
from buckets.driving import control
from buckets.driving.clients import Client, Squatter
from buckets.driving.expect import expect_fewer_descriptors, until_it_sleeps
from buckets.driving.patience import Patience
from buckets.driving.server import Server
from buckets.driving.story import Story
from buckets.driving.topics.one_bucket import Caller
from buckets.driving.unmet import Unmet, brief

NAMES = ("anna", "ben", "cleo", "dan", "eve", "finn", "gus", "hana", "ida", "jo")

UNIT = 0.04
# After a hiccup of the machine the queue is measured again, with longer units.
MOST_TRIES = 5
NEAR = 0.5  # units
SHARE = 0.05

# Floats of which JSON knows nothing come as words; a wait that is no number is none.
_NO_JSON = {"Infinity": math.inf, "-Infinity": -math.inf, "NaN": -1.0}

Costs = Sequence[int | None]
Waits = Sequence[float]


answer_forecasts = Driver("the_queue.answer_forecasts")
"""Driver for functions that predict waits; needs a Forecaster."""


class Forecaster(Caller):
    """Asks the learner's function for a prediction, and has the queue served."""

    def predict(self, costs: Costs, patience: float) -> list[float]:
        """What the function returns, as numbers.

        Raises:
            Unmet: it returned something else than a number for each client.
        """
        self.tell(f"calls {self.task}({list(costs)}, {_shown(patience)})")
        self._say(costs=list(costs), patience=patience)
        wanted = f"expected {len(costs)} waits to be returned"
        _, data = self._answer(wanted)
        told = _read(data)
        if not isinstance(told, list) or len(told) != len(costs):
            got = brief(told if isinstance(told, str) else f"[{in_words(told)}]")
            types = {"asked": "waits", "returned": "other"}
            raise self._unmet(
                f"{wanted}, got {got}", "wrong", **types, got=got.encode()
            )
        self.tell(f"gets {in_words(told)} back")
        return told

    def serve(self, size: int, patience: float, unit: float) -> None:
        """Let the server look after the next `size` clients; does not wait for it."""
        self._say(size=size, patience=patience, unit=unit)

    def served(self, patience: Patience) -> None:
        """Wait until it has."""
        self.patience, hasty = patience, self.patience
        self._answer("expected the server to be done")
        self.patience = hasty

    def _say(self, **order: Any) -> None:
        self._pour(json.dumps(order).encode() + b"\n")

    def differs(self, text: str, measured: Waits, predicted: Waits) -> Unmet:
        """The prediction is not what was measured."""
        both = {"expected": measured, "got": predicted}
        data = {key: f"[{in_words(waits)}]".encode() for key, waits in both.items()}
        types = {"asked": "other", "returned": "other"}
        return self._unmet(text, "wrong", **types, **data)


def _read(data: bytes) -> list[float] | str:
    """What the driver says. It comes from the learner's side: it may be anything."""
    told = control.anything(data)
    if isinstance(told, list):
        waits = [_NO_JSON.get(each) if isinstance(each, str) else each for each in told]
        numbers = [each for each in waits if type(each) is float]
        if len(numbers) == len(told):
            return numbers
    return "something else" if told is None else str(told)


def in_words(waits: Waits) -> str:
    """Waits as a learner would write them: 2, 7, inf."""
    return ", ".join(map(_shown, waits))


def _shown(number: float) -> str:
    return "inf" if number == math.inf else f"{number:g}"


def expect_forecast(server: Server, costs: Costs, patience: float = math.inf) -> None:
    """The prediction of waits fits a queue of real clients, in order and in ratio.

    Args:
        server: runs the driver answer_forecasts.
        costs: units of work that each client's request takes; None for a client that
            says nothing.
        patience: units that the server waits for such a client.
    """
    caller = _caller(server)
    predicted = caller.predict(costs, patience)
    measured = measure(server, caller, costs, patience)
    caller.tell(f"has measured {in_words(measured)}")
    for one, other in combinations(range(len(costs)), 2):
        if not _same_order(predicted, measured, one, other):
            text = f"expected {NAMES[one]} to be done before {NAMES[other]}"
            raise caller.differs(text, measured, predicted)
    if not _same_ratio(predicted, measured):
        text = f"expected waits in the ratio {in_words(measured)}"
        raise caller.differs(text, measured, predicted)
    caller.tell("finds order and ratio as predicted")


def _caller(server: Server) -> Forecaster:
    """The driver listens to the first who comes, so there is one for each server."""
    for client in server.clients:
        if isinstance(client, Forecaster):
            return client
    return server.connect("caller", Forecaster, task=server.task)


def _same_order(predicted: Waits, measured: Waits, one: int, other: int) -> bool:
    return measured[one] >= measured[other] or predicted[one] < predicted[other]


def _same_ratio(predicted: Waits, measured: Waits) -> bool:
    pairs = zip(_shares(predicted), _shares(measured), strict=True)
    return all(one == other or abs(one - other) < SHARE for one, other in pairs)


def _shares(waits: Waits) -> list[float]:
    """Each as a share of the longest that comes to an end."""
    longest = max((wait for wait in waits if wait < math.inf), default=0) or 1
    return [wait / longest for wait in waits]


# Measuring ------------------------------------------------------------------


def measure(
    server: Server, caller: Forecaster, costs: Costs, patience: float
) -> list[float]:
    """The waits of a queue of real clients, in units.

    Seconds are told from units by the longest wait. A measurement in which the machine
    had a hiccup longer than half a unit counts for nothing and is made again.

    Raises:
        RuntimeError: this machine is too busy to measure anything.
    """
    due, unit, story = _due(costs, patience), UNIT, server.story
    for _ in range(MOST_TRIES):
        seconds = _queue_up(server, caller, costs, patience, unit)
        ends = [wait for wait in seconds if wait < math.inf]
        last = max(wait for wait in due if wait < math.inf)
        units = [wait * last / max(ends) for wait in seconds] if ends else seconds
        server.story = story
        if all(a == b or abs(a - b) < NEAR for a, b in zip(units, due, strict=True)):
            return due
        # What is told once need not be told again.
        unit, server.story = 2 * unit, Story()
    server.story = story
    raise RuntimeError("this machine is too busy to measure a queue")


def _due(costs: Costs, patience: float) -> list[float]:
    """What a server that takes one client at a time owes each of them."""
    now, due = 0.0, []
    for cost in costs:
        now += patience if cost is None else cost
        due.append(now)
    return due


def _queue_up(
    server: Server, caller: Forecaster, costs: Costs, patience: float, unit: float
) -> list[float]:
    """Seconds until each is answered or sent away; inf for who never is."""
    with server.frozen():
        caller.serve(len(costs), patience, unit)
        queue = [_come(server, *each) for each in zip(NAMES, costs, strict=False)]
        start = time.monotonic()
    holds = [patience if cost is None else cost for cost in costs]
    longest = max(hold for hold in holds if hold < math.inf)
    # It sleeps while it works: that is not being stuck.
    calm = replace(server.patience, asleep=0.5 + 2 * unit * longest, deadline=30.0)
    moments = _moments(queue, calm)
    for client in queue:
        client.__exit__(None, None, None)  # no part of the story
    caller.served(calm)
    return [moment - start for moment in moments]


def _come(server: Server, name: str, cost: int | None) -> Client:
    client = server.connect(name, Squatter if cost is None else Client)
    return client if cost is None else client.send(b"%d\n" % cost)


def _moments(queue: list[Client], patience: Patience) -> list[float]:
    """When each has something to read; inf for who never has."""
    poller = select.poll()
    left = {client.sock.fileno(): number for number, client in enumerate(queue)}
    for fd in left:
        poller.register(fd, select.POLLIN)
    moments = [math.inf] * len(queue)
    while left and not patience.until(lambda s: bool(poller.poll(s * 1000))):
        for fd, _ in poller.poll(0):
            poller.unregister(fd)
            moments[left.pop(fd)] = time.monotonic()
    return moments


# A turn -----------------------------------------------------------------------


def expect_waited_for(
    server: Server, *, patience: float, pause: float, times: int
) -> None:
    """Who asks again and again, with a pause before each, is answered each time.

    This waits in earnest. Where the machine had a hiccup, and a pause was as long as
    the patience, that client counts for nothing, and the next one comes.

    Args:
        server: answers in turn, and waits for so many seconds of `patience`.
        pause: seconds between two requests.
        times: how many requests; together their pauses are longer than the patience.

    Raises:
        Unmet: it is not answered, or sent away.
        RuntimeError: this machine is too busy to tell.
    """
    story = server.story
    for number, name in enumerate(NAMES[:MOST_TRIES], start=1):
        client, gaps = server.connect(name), list[float]()
        try:
            _ask_on(client, b"%d AND THEN\n" % number, [pause] * times, gaps)
            return
        except Unmet:
            if max(gaps, default=0.0) < 0.9 * patience:
                raise
        client.close()
        # What is told once need not be told again.
        server.story = Story()
        server.story.steps += story.steps[:1]
    raise RuntimeError("this machine is too busy to keep a pause short")


def _ask_on(
    client: Client, answer: bytes, pauses: list[float], gaps: list[float]
) -> None:
    """Ask after each pause; `gaps` are the seconds that the server in fact waited."""
    before = time.monotonic()
    for pause in pauses:
        client.tell(f"says nothing for {pause:g} s")
        time.sleep(pause)
        gaps.append(time.monotonic() - before)
        before += gaps[-1]
        client.send(b"and then\n").expect(answer)
    client.half_close().expect_eof()


# The door ---------------------------------------------------------------------


def expect_at_the_door(server: Server) -> None:
    """It waits for newcomers, for however long nobody comes.

    This waits in earnest, for half a second of sleep: keep such tests few.
    """
    why = server.until(lambda: server.ending() is not None)
    if why != "asleep":
        ended = why in (None, "gone")
        text = "has ended, because nobody came" if ended else "never rests"
        raise server.unmet(text, "gone" if ended else "rest")
    server.story.tell("server", "waits, and nobody comes")


def expect_limit(server: Server, patience: float) -> None:
    """It waits for a client, and in no call for longer than so many seconds.

    The kernel knows for how long a call waits at most; where it does not tell, or the
    limit is another one of the kernel's, nothing is asked.
    """
    until_it_sleeps(server)
    longest = max(server.process.limits(), default=0.0)
    if longest > patience * 1.01:
        text = f"waits in one call for {longest:g} s at most, and is to wait for"
        raise server.unmet(f"{text} {patience:g} s", "limit")
    server.story.tell("server", "waits for it, with a limit")


@contextmanager
def expect_one_let_in(server: Server) -> Iterator[None]:
    """One is in its turn; inside, the next one's begins, and others wait at the door.

    Who has let in more than that one has more descriptors open than before.
    """
    kept = "has let somebody in whose turn has not come"
    with expect_fewer_descriptors(server, 0, kept):
        yield
    server.story.tell("server", "has let nobody in but the one whose turn it is")


def comes(server: Server, name: str, requests: bytes) -> Client:
    """A polite client: it asks, finishes sending, and listens."""
    return server.connect(name).send(requests).half_close()


with_much_patience = Driver("the_queue.wait_long")
"""Driver: the server may wait a minute for a client."""

with_little_patience = Driver("the_queue.wait_briefly")
"""Driver: the server may wait 0.2 s for a client."""

with_patience_if_asked = Driver("the_queue.be_patient")
"""Driver: as with_much_patience, and for a server that asks for no patience, too."""
