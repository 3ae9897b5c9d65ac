"""One object for each direction, with selectors.

task: relay
"""

import selectors
import socket
import time
from collections import defaultdict
from contextlib import suppress

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Direction:
    """Bytes on their way from one socket to another."""

    def __init__(self, source, sink):
        self.source, self.sink = source, sink
        self.kept, self.ended, self.over = b"", False, False

    def turn(self, ready):
        if READ & ready[self.source] and not self.kept and not self.ended:
            self.kept = self.source.recv(32768)
            self.ended = not self.kept
        if self.kept:
            with suppress(BlockingIOError):
                self.kept = self.kept[self.sink.send(self.kept) :]
        elif self.ended and not self.over:
            self.over = True
            self.sink.shutdown(socket.SHUT_WR)


class Conversation:
    def __init__(self, near, far, end):
        self.near, self.far, self.end = near, far, end
        self.connected = False
        self.ways = Direction(near, far), Direction(far, near)

    def interest(self):
        if not self.connected:
            return {self.far: WRITE}
        wanted = defaultdict(int)
        for way in self.ways:
            if way.kept or (way.ended and not way.over):
                wanted[way.sink] |= WRITE
            elif not way.ended:
                wanted[way.source] |= READ
        return wanted

    def turn(self, ready):
        """Whether it goes on."""
        if self.connected:
            for way in self.ways:
                way.turn(ready)
            return not all(way.over for way in self.ways)
        if self.far in ready:
            if self.far.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                return False
            self.connected = True
        return self.connected or time.monotonic() < self.end

    def close(self):
        self.near.close()
        self.far.close()


def relay(listener, upstream, seconds):
    talks = []
    listener.setblocking(False)
    while True:
        with selectors.DefaultSelector() as selector:
            selector.register(listener, READ, None)
            for talk in talks:
                for sock, events in talk.interest().items():
                    selector.register(sock, events, talk)
            ends = [talk.end for talk in talks if not talk.connected]
            left = max(0, min(ends) - time.monotonic()) if ends else None
            told = selector.select(left)
        ready = {talk: defaultdict(int) for talk in talks}
        for key, events in told:
            if key.data:
                ready[key.data][key.fileobj] = events
        for talk in list(talks):
            try:
                goes_on = talk.turn(ready[talk])
            except OSError:
                goes_on = False
            if not goes_on:
                talks.remove(talk)
                talk.close()
        if any(key.data is None for key, _ in told):
            near, far = listener.accept()[0], socket.socket()
            near.setblocking(False)
            far.setblocking(False)
            far.connect_ex(upstream)
            talks.append(Conversation(near, far, time.monotonic() + seconds))
