"""The suites of exercises 05 to 10, with the relay of exercise 12 before each server.

A test gets a server as ever; only its clients call the relay. It looks at the server's
own process, its memory, its calls and its recording, and these are the server's. Four
things are kept as they are without a relay:

- The clock of exercise 09 is no client: its hands hold on to the server itself, and
  move once relay and server rest. A relay keeps no order between two connections.
- Of a server that is stopped for a moment the relay rests before it goes on.
- Whether anything will come is asked of both processes, relay and server.
- A relay's buckets are as small as the server's, where a test asks for small ones.

What no relay can hand on is what belongs to one connection and not to its bytes.
BETWEEN_TWO names the tests that ask for that.

A verdict is which tests fail. Its cause is not looked for: the recording of a server
knows the relay's ports, and the story those of the clients.
"""

import importlib.util
import time
from contextlib import ExitStack, contextmanager

from buckets import course
from buckets.behaviour import driver_of
from buckets.conditions import Options
from buckets.driving.clients import Client
from buckets.driving.patience import Patience
from buckets.driving.server import Server
from buckets.driving.topics.connecting_out import lead, serve_to
from buckets.driving.topics.housekeeping import Hands
from buckets.driving.unmet import Unmet

RELAYED = "05_select 06_back_bucket 07_event_loop 08_state_machine 09_housekeeping"
TOPICS = [course.Topic(name) for name in [*RELAYED.split(), "10_database"]]

BETWEEN_TWO = {
    # A relay owes the other side an end, and may make it a goodbye or a reset.
    "test_a_broken_connection_is_the_callers": "a reset",
    "test_a_reset_goes_the_same_way": "a reset",
    # It has taken the answer long before the reader has.
    "test_who_reads_slowly_is_not_idle": "how fast its other end takes",
}
# A right server passes these. A wrong one may pass them, too, behind a relay: a reset
# has become a goodbye, and the relay's buckets have room where the client's have none.
MAY_PASS = {
    "test_a_reset_hurts_nobody_else",
    "test_who_vanishes_hurts_nobody_else",
    "test_who_vanishes_in_the_middle_hurts_nobody",
    "test_who_leaves_does_not_stop_the_others",
    "test_what_finds_no_room_is_sent_later",
    "test_who_never_reads_is_seen_off",
    "test_nothing_behind_quit_is_carried_out",
    "test_it_sleeps_until_something_is_due",
}
CALM = 0.02  # seconds in which nobody stirs; whoever is about to wants a CPU by then
SETTLED = 3.0  # seconds that this is waited for, and then no more


class Both:
    """A server and the relay before it, where it is asked whether they rest."""

    def __init__(self, server, relay):
        self.server, self.relay = server, relay

    def __getattr__(self, name):
        return getattr(self.server, name)

    def activity(self):
        """As of one process. What the first hands to the second wakes it meanwhile."""
        while True:
            ones = [each.activity() for each in (self.relay, self.server)]
            again = [each.activity() for each in (self.relay, self.server)]
            if ones == again or any(one[2] for one in again):
                cpu, switches, running = zip(*again, strict=True)
                return sum(cpu), sum(switches), any(running)

    def waits_for_events(self):
        return self.relay.waits_for_events() and self.server.waits_for_events()


class Relayed(Server):
    """A server whose clients call a relay."""

    relay = None

    @property
    def process(self):
        if self.relay:
            return Both(self.child.process, self.relay.process)
        return self.child.process

    def stand_behind(self, relay):
        """From now on clients call the relay."""
        lead(relay, self)
        self.relay, self.own_address = relay, self.address
        self.address = relay.address
        self.patience = Patience(
            self.process,
            self.has_ended,
            port=self.own_address[1],
            beyond=lambda: (relay.address[1],),
        )

    def has_ended(self):
        """Whether it has, and the relay has handed on what it said last."""
        return self.ending() is not None and not (
            self.relay.process.alive() and not self.relay.process.still(CALM)
        )

    def connect(self, name="client", kind=Client, **more):
        """Also of the hands of a clock, which are none of the relay's clients."""
        if not (self.relay and issubclass(kind, Hands)):
            return super().connect(name, kind, **more)
        there, self.address = self.address, self.own_address
        try:
            hands = super().connect(name, kind, **more)
        finally:
            self.address = there
        pour = hands._pour

        def pour_when_settled(data):
            self.settle()
            return pour(data)

        hands._pour = pour_when_settled
        return hands

    @contextmanager
    def frozen(self):
        """Also what the relay has of it reaches the server in one batch."""
        with super().frozen():
            yield
            if self.relay:
                self.settle()

    def settle(self):
        """Wait until nothing moves any more, in the relay or in the server.

        One that never rests, as a wrong server may, is not waited for.
        """
        until, before = time.monotonic() + SETTLED, None
        while time.monotonic() < until:
            now = self.process.activity()
            if now == before and not now[2]:
                return
            before = now
            time.sleep(CALM)


def graders(topic, *tasks):
    """The visible tests of a topic whose servers a relay can stand before."""
    spec = importlib.util.spec_from_file_location("through_a_relay_", topic.tests)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = [each for each in vars(module).values() if hasattr(each, "behaviour")]
    return [
        each
        for each in found
        # A client of the learner's, and an answer in words, listen nowhere.
        if not each.behaviour.options.servers
        and not each.behaviour.task.startswith("faults_of_")
        and (not tasks or each.behaviour.task in tasks)
    ]


def found(nursery, grader, handed_in, relayed=None):
    """What a test finds: None, or its name and what was not kept.

    Args:
        relayed: what is handed in of exercise 12; without it there is no relay.
    """
    behaviour = grader.behaviour
    with ExitStack() as stack:
        server = stack.enter_context(
            Relayed(
                handed_in,
                behaviour.task,
                options=behaviour.options,
                child=nursery.take(),
            )
        )
        if relayed:
            options = Options(
                driver=driver_of(serve_to),
                recorded=False,
                outward=True,
                buffers=behaviour.options.buffers,
            )
            relay = Server(relayed, "relay", options=options, child=nursery.take())
            server.stand_behind(stack.enter_context(relay))
        try:
            grader(server)
        except Unmet as unmet:
            return behaviour.name, unmet.text
    return None


def first_failure(nursery, topic, handed_in, task, relayed=None):
    """The name of the first test of a task that fails; None if none does."""
    for grader in graders(topic, task):
        if grader.__name__ in {*BETWEEN_TWO, *MAY_PASS}:
            continue
        if failed := found(nursery, grader, handed_in, relayed):
            return failed[0]
    return None
