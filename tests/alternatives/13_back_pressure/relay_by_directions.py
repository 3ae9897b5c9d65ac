"""An object for each direction, with its source, its sink and its marks.

task: relay_with_marks
"""


class Way:
    """Bytes from one socket to another; open until the high mark."""

    def __init__(self, source, sink, high, low):
        self.source, self.sink, self.high, self.low = source, sink, high, low
        self.kept = []  # pieces, the oldest first
        self.size = 0
        self.is_open, self.has_ended, self.is_over = True, False, False

    def wants_bytes(self):
        return self.is_open and not self.has_ended

    def wants_room(self):
        return bool(self.kept) or (self.has_ended and not self.is_over)

    def take(self):
        data = self.source.recv(65536)
        self.has_ended = not data
        if data:
            self.kept.append(data)
            self.size += len(data)
        if self.size >= self.high:
            self.is_open = False

    def give(self):
        while self.kept:
            sent = self.sink.send(self.kept[0])
            self.size -= sent
            self.kept[0] = self.kept[0][sent:]
            if self.kept[0]:
                break
            del self.kept[0]
        if self.size <= self.low:
            self.is_open = True
        if self.has_ended and not self.kept and not self.is_over:
            self.is_over = True
            self.sink.shutdown(socket.SHUT_WR)


class Ways:
    """All directions that are open; a pair has two."""

    def __init__(self, upstream, high, low):
        self.upstream, self.marks = upstream, (high, low)
        self.all = []

    def let_in(self, listener):
        with suppress(OSError):
            near = listener.accept()[0]
            far = socket.create_connection(self.upstream)
            for sock in (near, far):
                sock.setblocking(False)
            self.all.append(Way(near, far, *self.marks))
            self.all.append(Way(far, near, *self.marks))

    def let_go(self, one):
        """Both directions of a pair have the same sockets."""
        both = {one.source, one.sink}
        self.all = [way for way in self.all if way.source not in both]
        one.source.close()
        one.sink.close()

    def see_to(self, way, readable, writable):
        try:
            if way.source in readable and way.wants_bytes():
                way.take()
                # Most of the time there is room at once.
                way.give()
            elif way.sink in writable and way.wants_room():
                way.give()
        except BlockingIOError:
            pass
        except OSError:
            self.let_go(way)

    def turn(self, readable, writable):
        for way in self.all:
            # One before it may have let both of its pair go.
            if way.source.fileno() >= 0:
                self.see_to(way, readable, writable)
        for way in self.all:
            if way.is_over and way.source.fileno() >= 0:
                back = [one for one in self.all if one.source is way.sink]
                if all(one.is_over for one in back):
                    self.let_go(way)


def relay_with_marks(listener, upstream, high, low):
    ways = Ways(upstream, high, low)
    listener.setblocking(False)
    while True:
        readers = [way.source for way in ways.all if way.wants_bytes()]
        writers = [way.sink for way in ways.all if way.wants_room()]
        readable, writable, _ = select.select(
            [listener, *readers], writers, []
        )
        ways.turn(readable, writable)
        if listener in readable:
            ways.let_in(listener)
