"""The load: a process of its own with many clients, each with one request in flight.

    python -I -m buckets.standings.load

It takes orders on its standard input and answers each with a line of JSON: come, wait,
ask, leave. It waits in one place, takes everybody's answer in the order in which they
came, and checks every byte. Who has had one right answer has been served; to be
connected is not enough.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from contextlib import suppress
from typing import Any

from buckets.standings.languages import LANGUAGES, MOST, Language

CALM = 0.03
"""Seconds without an answer after which those still out are not waited for."""


class Guest:
    """One connection, and its one request in flight.

    Attributes:
        sent: when it was sent, on the monotonic clock; 0 while none is in flight.
        answer: the right answer, once there was one; the request is always the same.
    """

    __slots__ = ("answer", "heard", "request", "sent", "sock")

    def __init__(self, sock: socket.socket, request: bytes):
        self.sock = sock
        self.request = request
        self.heard = b""
        self.answer = b""
        self.sent = 0.0


class Crowd:
    """The clients of one server, from their coming to their leaving."""

    def __init__(self) -> None:
        self.guests: dict[int, Guest] = {}
        self.language: Language = LANGUAGES["echo"]
        self.asking = False
        self.latencies: list[float] = []
        self.wrong = ""
        self.cut = 0
        self.served = 0
        self.wanted = 0
        self.poller = select.poll()

    # Orders -----------------------------------------------------------------

    def come(
        self, address: list[Any], clients: int, language: str, deadline: float
    ) -> None:
        """Connect everybody; each sends one request. Nothing is waited for."""
        self.__init__()  # type: ignore[misc]
        self.language, self.wanted = LANGUAGES[language], clients
        until = time.monotonic() + deadline
        for number in range(clients):
            left = max(0.01, until - time.monotonic())
            try:
                sock = socket.create_connection((address[0], address[1]), left)
            except OSError:
                break
            self._let_in(sock, number)

    def wait(self, seconds: float) -> None:
        """Take answers until everybody has had one, or time is up."""
        until = time.monotonic() + seconds
        while self.served < self.wanted and (left := until - time.monotonic()) > 0:
            self._turn(left)

    def ask(self, seconds: float) -> dict[str, Any]:
        """Everybody asks, and asks again as soon as there is an answer."""
        self.latencies = []
        self.asking = True
        start = time.monotonic()
        for guest in list(self.guests.values()):
            if not guest.sent:
                self._send(guest)
        until = start + seconds
        while self.guests and (left := until - time.monotonic()) > 0:
            self._turn(left)
        self.asking = False
        # What is in flight was worked at in this window, too.
        last = time.monotonic()
        while any(g.sent for g in self.guests.values()) and self._turn(CALM):
            last = time.monotonic()
        return {"seconds": last - start, **_summary(self.latencies)}

    def leave(self) -> None:
        """Everybody says goodbye."""
        for guest in self.guests.values():
            guest.sock.close()
        self.guests.clear()

    # Guests -----------------------------------------------------------------

    def _let_in(self, sock: socket.socket, number: int) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        guest = Guest(sock, self.language.ask(number))
        self.guests[sock.fileno()] = guest
        self.poller.register(sock, select.POLLIN)
        self._send(guest)

    def _turn(self, seconds: float) -> int:
        ready = self.poller.poll(seconds * 1000)
        for number, _ in ready:
            self._hear(number, self.guests[number])
        return len(ready)

    def _hear(self, number: int, guest: Guest) -> None:
        try:
            piece = guest.sock.recv(MOST)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self.cut += 1
            self._lose(number, guest)
            return
        guest.heard += piece
        asked = bool(guest.sent)
        if asked and (guest.heard == guest.answer or self._first(guest)):
            self._answered(guest)
        elif not asked or guest.heard.endswith(b"\n") or len(guest.heard) >= MOST:
            self.wrong = self.wrong or repr(guest.heard[:MOST])
            self._lose(number, guest)

    def _first(self, guest: Guest) -> bool:
        """Whether this is the first right answer; all others must be the same."""
        if guest.answer or not self.language.right(guest.request, guest.heard):
            return False
        guest.answer = guest.heard
        self.served += 1
        return True

    def _answered(self, guest: Guest) -> None:
        self.latencies.append(time.monotonic() - guest.sent)
        guest.heard, guest.sent = b"", 0.0
        if self.asking:
            self._send(guest)

    def _send(self, guest: Guest) -> None:
        guest.sent = time.monotonic()
        # One request of 64 bytes always has room. Who was cut off hears of it from
        # recv(), with whatever came before.
        with suppress(OSError):
            guest.sock.send(guest.request)

    def _lose(self, number: int, guest: Guest) -> None:
        self.poller.unregister(number)
        guest.sock.close()
        del self.guests[number]


def _summary(latencies: list[float]) -> dict[str, Any]:
    ordered = sorted(latencies)
    count = len(ordered)
    p99 = ordered[min(count - 1, int(count * 0.99))] if count else None
    return {"requests": count, "p99": p99}


def main() -> None:
    """Carry out orders, one a line, until there are no more."""
    crowd = Crowd()
    for line in sys.stdin:
        order = json.loads(line)
        did = getattr(crowd, order.pop("do"))(**order) or {}
        told = {
            "connected": len(crowd.guests) + crowd.cut,
            "served": crowd.served,
            "cut": crowd.cut,
            "wrong": crowd.wrong,
        }
        print(json.dumps({**told, **did}), flush=True)


if __name__ == "__main__":
    main()
