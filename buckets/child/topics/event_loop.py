"""Puppets: handlers that do what their client tells them, on a learner's loop.

A client's lines are its puppet's orders: "say hello", "spill read", "close others".
So a test plays every part of a loop over real sockets, and sees what comes of it.
"""

from __future__ import annotations

import socket
from contextlib import suppress
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

    def close(self) -> None:
        """As every handler may be told to."""
        self.house.loop.unregister(self)
        self.sock.close()


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
        self.errand = self.leaves = ""
        self.stays = self.finished = self.quiet = False
        self._buffer = b""

    def tell(self, text: str) -> None:
        """Send a line to its client; short lines always find room."""
        self.sock.send(text.encode() + b"\n")

    # What a loop calls ------------------------------------------------------

    def handle_read(self, data: bytes) -> None:
        """Carry out each whole line."""
        if not data:
            self._complain("was given nothing to read")
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self.carry_out(line.decode())

    def carry_out(self, order: str) -> None:
        """Do what one line says."""
        verb, _, rest = order.partition(" ")
        getattr(self, f"do_{verb}")(rest)

    def handle_write(self) -> None:
        """Do the errand, or say one of the words, that were kept for later."""
        self._spill("write")
        if self.errand:
            order, self.errand = self.errand, ""
            self.watch()
            self.carry_out(order)
        elif self.words:
            self.tell(self.words.pop(0))
            # What is asked for stays asked for: only an end is said.
            if not self.words:
                self.watch()
        else:
            self._complain("did not ask to write")

    def handle_close(self) -> None:
        """Say goodbye, and leave, or stay for what is still to be said."""
        self._spill("close")
        try:
            if not self.quiet:
                self.tell("goodbye")
        except OSError as error:
            # Nobody says goodbye by a reset: a loop should not have called this.
            self._complain(f"was told of a goodbye, and met {type(error).__name__}")
        self.finished = True
        if not self.stays:
            self.close()

    def handle_error(self, error: Exception) -> None:
        """Say so."""
        self.house.announce(f"{self.name}: {type(error).__name__}")
        if self.leaves:
            raise SystemExit
        if "words" in self.spills:
            self.tell("famous last words")
        self._spill("error")

    def _complain(self, text: str) -> None:
        """Once is enough: a loop that spins would say it for ever."""
        if not self.complained:
            self.house.announce(f"{self.name}: {text}")
        self.complained = True

    def _spill(self, where: str) -> None:
        if where in self.spills:
            raise Spilled(f"{self.name} spilled it in handle_{where}")

    def watch(self) -> None:
        """Be watched for what is the case."""
        write = bool(self.words or self.errand)
        self.loop.modify(self, read=not self.finished, write=write)

    def close(self) -> None:
        """Leave the loop, then close."""
        self.loop.unregister(self)
        self.sock.close()

    def _others(self) -> list[Puppet]:
        """All puppets but this one and the watchers."""
        apart = [self, *self.house.watchers]
        return [each for each in self.house.puppets.values() if each not in apart]

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

    def do_sing(self, _: str) -> None:
        """Say something at once; this order is as long as "stop"."""
        self.tell("la la la")

    def do_later(self, text: str) -> None:
        """Say each word as soon as the loop says that there is room."""
        self.words += text.split()
        self.watch()

    def do_prompt(self, text: str) -> None:
        """Let somebody else say each word as soon as there is room."""
        name, *words = text.split()
        other = self.house.puppets[name]
        other.words += words
        other.watch()

    def do_everybody(self, order: str) -> None:
        """All carry out an order in the next turn, when there is room to write."""
        for other in self._others():
            other.errand = order
            other.watch()

    def do_fill(self, _: str) -> None:
        """Send until there is no more room. On a socket that waits, this waits."""
        with suppress(BlockingIOError):
            while True:
                self.sock.send(bytes(4096))
        self.house.announce(f"{self.name}: no more room")

    def do_stay(self, how: str) -> None:
        """Do not leave at the end of file; "quietly": nor say goodbye to it."""
        self.stays = True
        self.quiet = how == "quietly"
        self.tell("staying")

    def do_hum(self, _: str) -> None:
        """Do nothing that anybody hears."""

    def do_spill(self, where: str) -> None:
        """Raise in one of the handlers, now or when its time comes."""
        self.spills.update(where.split())
        self._spill("read")
        if "write" in self.spills:
            self.loop.modify(self, read=True, write=True)

    def do_leave(self, where: str) -> None:
        """Raise what is no mistake, and ends the program; now, or in handle_error."""
        self.leaves = where
        if not where:
            raise SystemExit

    def do_interrupt(self, _: str) -> None:
        """Raise what Ctrl-C does."""
        raise KeyboardInterrupt

    def do_slip(self, _: str) -> None:
        """The next newcomer meets a door that raises."""
        self.house.door.slippery = True
        self.tell("mind the step")

    def do_mute(self, name: str) -> None:
        """Watch somebody for nothing, or all the others."""
        if name == "others":
            for other in self._others():
                self.loop.modify(other, read=False, write=False)
            self.house.announce("somebody muted all the others")
        else:
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
        """Bring somebody back, to say so first, and to read after that."""
        self.house.puppets[name].words.append("back")
        self.loop.register(self.house.puppets[name], read=False, write=True)
        self.tell(f"{name} is back")

    def do_close(self, _: str) -> None:
        """Close everybody else but the watchers."""
        for other in self._others():
            other.close()
            del self.house.puppets[other.name]
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


def play_by_turns(task: Any, listener: socket.socket) -> None:
    """As play; but turns are taken one by one, and run() has no part in them."""
    loop = task()
    House(loop, listener)
    while True:
        loop.run_once()
