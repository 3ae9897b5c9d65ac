"""Test a learner's event loop: its handlers are puppets that clients pull by strings.

A loop is a class and no server. A driver makes one, gives it a door, and lets a puppet
handle each connection; a puppet does what its client's lines say.

    @behaviour("EventLoop", points=1, driver=play_puppets)
    def test_what_comes_is_read(server):
        \"\"\"who comes is let in, and what they say is read\"\"\"
        anna = puppet(server, "anna")
        anna.send(b"say hello\\n").expect(b"hello\\n")
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, overload

from buckets.behaviour import Driver
from buckets.driving.clients import Client
from buckets.driving.levels import is_whole, taken_and_given
from buckets.driving.server import Server

C = TypeVar("C", bound=Client)


play_puppets = Driver("event_loop.play")
"""Driver for loops: every connection's handler is a puppet."""
play_by_turns = Driver("event_loop.play_by_turns")
"""The same, for ever, by run_once() alone."""


@overload
def puppet(server: Server, name: str) -> Client: ...


@overload
def puppet(server: Server, name: str, kind: type[C]) -> C: ...


def puppet(server: Server, name: str, kind: type[Client] = Client) -> Client:
    """A client who is connected, and whose puppet knows its name."""
    client = server.connect(name, kind)
    client.send(b"name %s\n" % name.encode())
    client.expect(b"I am %s\n" % name.encode())
    return client


@overload
def watcher(server: Server) -> Client: ...


@overload
def watcher(server: Server, kind: type[C]) -> C: ...


def watcher(server: Server, kind: type[Client] = Client) -> Client:
    """A client who is told what happens to the others, and whom no puppet closes."""
    client = puppet(server, "watcher", kind)
    return client.send(b"watch\n").expect(b"watching\n")


def turned(server: Server) -> None:
    """The loop has turned, and has done all that it was going to do."""
    server.barrier(b"say ping\n", b"ping\n")


def expect_seen_off(client: Client, speak: Callable[[], int], most: int) -> None:
    """Who takes nothing is seen off before much more than `most` bytes are kept for it.

    Args:
        client: who takes nothing.
        speak: says something that it should hear, and how many bytes that is.
        most: how many may be kept for it. What the kernel keeps is not counted.

    Raises:
        Unmet: more are kept.
    """
    said, ports = 0, (client.server_port, client.port)
    while is_whole(*ports):
        known = taken_and_given(*ports)
        if known and said - known[1] > most:
            text = f"< expected the end: more than {most:,} bytes wait for it"
            raise client._unmet(text, "nothing")
        said += speak()
    client.tell("is seen off")
