"""Puppets: handlers that do what their client tells them, on a learner's loop.

A client's lines are its puppet's orders: "say hello", "spill read", "close others".
So a test plays every part of a loop over real sockets, and sees what comes of it.
"""

from __future__ import annotations

import socket
from typing import Any


class Spilled(Exception):
    """What a handler raises when it is told to."""

    __module__ = "builtins"  # so that a traceback shows the name alone


class House:
    """All puppets on one loop, by name, and those who are told what happens.

    Args:
        loop: the learner's.
        listener: where clients come in.
        make: makes a puppet for a connection.
    """

    def __init__(self, loop: Any, listener: socket.socket, make: Any = None):
        self.loop = loop
        self.make = make or Puppet
        self.puppets: dict[str, Puppet] = {}
        self.watchers: list[Puppet] = []
        self.door = Door(self, listener)
        loop.register(self.door)

    def announce(self, text: str) -> None:
        """Tell the watchers."""
        for watcher in self.watchers:
            watcher.tell(text)


class Door:
    """The listener's handler: a puppet for every newcomer."""

    def __init__(self, house: House, sock: socket.socket):
        self.house = house
        self.sock = sock
        self.slippery = False

    def handle_accept(self, connection: socket.socket) -> None:
        """Let somebody in, or slip once."""
        if self.slippery:
            self.slippery = False
            raise Spilled("somebody slipped at the door")
        self.house.loop.register(self.house.make(self.house, connection))

    def handle_error(self, error: Exception) -> None:
        """Say so."""
        self.house.announce(f"the door: {type(error).__name__}")


class Puppet:
    """One connection's handler. Its orders are the methods that begin with do_."""

    def __init__(self, house: House, sock: socket.socket):
        self.house = house
        self.loop = house.loop
        self.sock = sock
        self.name = "nobody"
        self.complained = False
        self.spills: set[str] = set()
        self.words: list[str] = []
        self._jug = b""

    def tell(self, text: str) -> None:
        """Send a line to its client; short lines always find room."""
        self.sock.send(text.encode() + b"\n")

    # What a loop calls ------------------------------------------------------

    def handle_read(self, data: bytes) -> None:
        """Carry out each whole line."""
        if not data:
            self._complain("was given nothing to read")
        *lines, self._jug = (self._jug + data).split(b"\n")
        for line in lines:
            self.carry_out(line.decode())

    def carry_out(self, order: str) -> None:
        """Do what one line says."""
        verb, _, rest = order.partition(" ")
        getattr(self, f"do_{verb}")(rest)

    def handle_write(self) -> None:
        """Say one of the words that were kept for later."""
        self._spill("write")
        if not self.words:
            self._complain("did not ask to write")
            return
        self.tell(self.words.pop(0))
        self.loop.modify(self, read=True, write=bool(self.words))

    def handle_close(self) -> None:
        """Say goodbye, and leave."""
        self._spill("close")
        self.tell("goodbye")
        self._leave()

    def handle_error(self, error: Exception) -> None:
        """Say so."""
        self.house.announce(f"{self.name}: {type(error).__name__}")
        self._spill("error")

    def _complain(self, text: str) -> None:
        """Once is enough: a loop that spins would say it for ever."""
        if not self.complained:
            self.house.announce(f"{self.name}: {text}")
        self.complained = True

    def _spill(self, where: str) -> None:
        if where in self.spills:
            raise Spilled(f"{self.name} spilled it in handle_{where}")

    def _leave(self) -> None:
        self.loop.unregister(self)
        self.sock.close()

    # What its client may order ----------------------------------------------

    def do_name(self, name: str) -> None:
        """Be somebody."""
        self.name = name
        self.house.puppets[name] = self
        self.tell(f"I am {name}")

    def do_watch(self, _: str) -> None:
        """Be told what happens; nobody closes a watcher."""
        self.house.watchers.append(self)
        self.tell("watching")

    def do_say(self, text: str) -> None:
        """Say something at once."""
        self.tell(text)

    def do_later(self, text: str) -> None:
        """Say each word as soon as the loop says that there is room."""
        self.words += text.split()
        self.loop.modify(self, read=True, write=True)

    def do_spill(self, where: str) -> None:
        """Raise in one of the handlers, now or when its time comes."""
        self.spills.update(where.split())
        self._spill("read")
        if "write" in self.spills:
            self.loop.modify(self, read=True, write=True)

    def do_slip(self, _: str) -> None:
        """The next newcomer meets a door that raises."""
        self.house.door.slippery = True
        self.tell("mind the step")

    def do_mute(self, name: str) -> None:
        """Watch somebody for nothing."""
        self.loop.modify(self.house.puppets[name], read=False, write=False)
        self.tell(f"{name} is muted")

    def do_unmute(self, name: str) -> None:
        """Watch somebody for reading again."""
        self.loop.modify(self.house.puppets[name], read=True, write=False)
        self.tell(f"{name} is unmuted")

    def do_forget(self, name: str) -> None:
        """Take somebody out of the loop, and leave the connection open."""
        self.loop.unregister(self.house.puppets[name])
        self.tell(f"{name} is forgotten")

    def do_remember(self, name: str) -> None:
        """Bring somebody back into the loop."""
        self.loop.register(self.house.puppets[name])
        self.tell(f"{name} is back")

    def do_close(self, _: str) -> None:
        """Close everybody else but the watchers."""
        for name, puppet in list(self.house.puppets.items()):
            if puppet is not self and puppet not in self.house.watchers:
                puppet._leave()
                del self.house.puppets[name]
        self.house.announce("somebody closed all the others")

    def do_stop(self, _: str) -> None:
        """Stop the loop."""
        self.tell("stopping")
        self.loop.stop()


def play(task: Any, listener: socket.socket) -> None:
    """Run puppets on a learner's loop until one of them stops it."""
    loop = task()
    House(loop, listener)
    loop.run()
