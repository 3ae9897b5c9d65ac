"""A window with nothing to see: its loop, its ticks, and somebody at its handle.

A server of exercise 11 hangs itself into a loop that somebody else runs: that of a Tcl
interpreter, which is a Tk window's loop, or a notebook's asyncio loop. The driver makes
that loop, ticks in it, and runs it.

The other end is buckets.driving.topics.window.Window, the first client to connect. It
hears every tick as a line, and gives orders: `open` calls the learner's function,
`close` what that returned, `hush` stops the ticks and `tick` starts them again. Its
connection is read and written past the recorder, for it is no client of the server's.
"""

from __future__ import annotations

import asyncio
import gc
import os
import socket
from collections.abc import Callable
from typing import Any, Protocol

from buckets.child import recorder
from buckets.child.topics.event_loop import Door, House, Puppet

TICK = 10
"""Milliseconds from a tick to the next one, at least."""


class Loop(Protocol):
    """What a handle needs of a loop, whoever made it."""

    def later(self, milliseconds: int, act: Callable[[], Any]) -> None:
        """Call back once."""

    def listen(self, fd: int, act: Callable[[], Any]) -> None:
        """Call back whenever this descriptor is readable."""

    def quit(self) -> None:
        """Come back out of the loop."""


class Handle:
    """Ticks, and does what the first client orders.

    Args:
        loop: where to tick.
        fd: the connection of the first client.
        begin: calls the learner's function; returns what closes it again.
        twin: the same with a listener of its own; None where there is no second.
    """

    def __init__(
        self,
        loop: Loop,
        fd: int,
        begin: Callable[[], Any],
        twin: Callable[[], Any] | None = None,
    ):
        self.loop, self.fd, self.begin, self.twin = loop, fd, begin, twin
        self.finish: Any = None
        self.sweeps = 0
        self.fault: Exception | None = None
        self.ticking = True
        self.unread = b""
        os.set_blocking(fd, False)
        # Files, and not os.read(): that is recorded, once a socket was accepted.
        self.orders = open(fd, "rb", buffering=0, closefd=False)
        self.answers = open(fd, "wb", buffering=0, closefd=False)
        loop.listen(fd, self.hear)
        self.tick()

    def tick(self) -> None:
        """Tell of a tick, and ask for the next. Orders are heard here, too: a loop
        whose handlers have gone deaf may tick on.

        Garbage is collected at the first ones after the end: a connection that
        asyncio's own sock_accept() loses, cancelled in the turn in which somebody came,
        is held by a circle of references, and is no leak of the learner's.
        """
        if self.sweeps:
            self.sweeps -= 1
            gc.collect()
        if self.ticking:
            self.loop.later(TICK, self.tick)
            self.tell(b"tick")
            self.hear()

    def tell(self, word: bytes) -> None:
        """A line to the first client; short lines always find room."""
        self.answers.write(word + b"\n")

    def hear(self) -> None:
        """Carry out whole lines. At the end of them the program ends."""
        data = self.orders.read(4096)
        if data is None:
            return
        if not data:
            self.loop.quit()
        *orders, self.unread = (self.unread + data).split(b"\n")
        for order in orders:
            getattr(self, f"do_{order.decode()}")()

    def do_open(self) -> None:
        """Call the learner's function, which must come back.

        What it raises ends the program, and is raised again behind the loop: the frames
        of somebody else's loop are nothing that a learner should read.
        """
        try:
            self.finish = self.begin()
        except Exception as error:
            self.fault = error
            self.loop.quit()
            return
        if self.finish is not None and not callable(self.finish):
            kind = type(self.finish).__name__
            raise TypeError(f"{kind} was returned; a function that closes is asked for")
        self.tell(b"opened")

    def raise_fault(self) -> None:
        """Raise what the learner's function has raised; once the loop is over."""
        if self.fault:
            raise self.fault

    def do_close(self) -> None:
        """Close what was opened."""
        if not callable(self.finish):
            raise TypeError("None was returned; a function that closes is asked for")
        self.finish()
        self.sweeps = 3
        self.tell(b"closed")

    def do_twin(self) -> None:
        """Open a second one beside the first, and close it. Nobody has come to it."""
        try:
            finish = self.twin() if self.twin else None
            if callable(finish):
                finish()
        except Exception as error:
            self.fault = error
            self.loop.quit()
            return
        self.tell(b"one again")

    def do_hush(self) -> None:
        """Tick no more."""
        self.ticking = False
        self.tell(b"hushed")

    def do_tick(self) -> None:
        """Tick again."""
        self.ticking = True
        self.tick()


# Two loops ------------------------------------------------------------------------


class OnTcl:
    """A handle's view of a Tcl interpreter's loop.

    It speaks to the interpreter itself, past tkinter and past the recorder: what the
    handle does is none of the learner's doing.
    """

    def __init__(self) -> None:
        import tkinter

        recorder.notice_windows()
        self.window = tkinter.Tcl()
        self.readable = tkinter.READABLE
        self.raw = getattr(self.window.tk, "inner", self.window.tk)
        self.commands: dict[Callable[[], Any], str] = {}

    def later(self, milliseconds: int, act: Callable[[], Any]) -> None:
        if act not in self.commands:
            self.commands[act] = f"handle{len(self.commands)}"
            self.raw.createcommand(self.commands[act], act)
        self.raw.call("after", milliseconds, self.commands[act])

    def listen(self, fd: int, act: Callable[[], Any]) -> None:
        self.raw.createfilehandler(fd, self.readable, lambda *_: act())

    def quit(self) -> None:
        self.raw.quit()

    def run(self) -> None:
        """Run the loop. With 0 it would wait for the last window to close, and there
        is none."""
        self.window.mainloop(-1)


class OnAsyncio:
    """A handle's view of an asyncio loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.over: asyncio.Future[None] = self.loop.create_future()

    def later(self, milliseconds: int, act: Callable[[], Any]) -> None:
        self.loop.call_later(milliseconds / 1000, self.guarded, act)

    def listen(self, fd: int, act: Callable[[], Any]) -> None:
        self.loop.add_reader(fd, self.guarded, act)

    def guarded(self, act: Callable[[], Any]) -> None:
        """What the learner's function raises ends the program, and is told."""
        try:
            act()
        except BaseException as error:
            if not self.over.done():
                self.over.set_exception(error)

    def quit(self) -> None:
        if not self.over.done():
            self.over.set_result(None)


def serve_in_window(task: Any, listener: socket.socket) -> None:
    """Run a server (window, listener) in a Tcl interpreter's loop."""
    tcl, fd = OnTcl(), listener.accept()[0].detach()
    handle = Handle(
        tcl,
        fd,
        lambda: task(tcl.window, listener),
        lambda: task(tcl.window, listener.dup()),
    )
    tcl.run()
    handle.raise_fault()


def serve_in_notebook(task: Any, listener: socket.socket) -> None:
    """Run a server (loop, listener) in an asyncio loop."""
    fd = listener.accept()[0].detach()

    async def stay() -> Handle:
        beside = OnAsyncio()
        handle = Handle(
            beside,
            fd,
            lambda: task(beside.loop, listener),
            lambda: task(beside.loop, listener.dup()),
        )
        await beside.over
        return handle

    asyncio.run(stay()).raise_fault()


# A loop under test ----------------------------------------------------------------


class Strings:
    """The puppets' loop, on a learner's watch(sock, read, write)."""

    def __init__(self, watching: Any):
        self.watching = watching

    def register(self, handler: Any, read: bool = True, write: bool = False) -> None:
        """As a loop of exercise 07 does it."""
        handler.sock.setblocking(False)
        self.modify(handler, read, write)

    def modify(self, handler: Any, read: bool, write: bool) -> None:
        """Both flags anew."""
        see = self._accept if isinstance(handler, Door) else self._read
        self.watching.watch(
            handler.sock,
            read=(lambda: see(handler)) if read else None,
            write=(lambda: self._write(handler)) if write else None,
        )

    def unregister(self, handler: Any) -> None:
        """Watch it no more."""
        self.watching.watch(handler.sock, read=None, write=None)

    def _accept(self, door: Any) -> None:
        door.handle_accept(door.sock.accept()[0])

    def _read(self, puppet: Puppet) -> None:
        try:
            data = puppet.sock.recv(4096)
        except BlockingIOError:
            # It was called, and there was nothing.
            puppet.house.announce(f"{puppet.name}: nothing to read")
            return
        if data:
            puppet.handle_read(data)
        else:
            puppet.handle_close()

    def _write(self, puppet: Puppet) -> None:
        puppet.handle_write()


def puppets_in_window(task: Any, listener: socket.socket) -> None:
    """Play puppets on a learner's loop (window)."""

    def begin(window: Any, listener: socket.socket) -> None:
        House(Strings(task(window)), listener)

    serve_in_window(begin, listener)


def puppets_in_notebook(task: Any, listener: socket.socket) -> None:
    """Play puppets on a learner's loop (asyncio loop)."""

    def begin(loop: Any, listener: socket.socket) -> None:
        House(Strings(task(loop)), listener)

    serve_in_notebook(begin, listener)
