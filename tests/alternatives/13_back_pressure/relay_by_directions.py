"""An object for each direction, which knows its source, its sink and its marks.

task: relay_with_marks
"""


class Way:
    """Bytes from one socket to another; open from the low mark to the high one."""

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


def relay_with_marks(listener, upstream, high, low):
    ways = []

    def let_in():
        with suppress(OSError):
            near = listener.accept()[0]
            far = socket.create_connection(upstream)
            for sock in (near, far):
                sock.setblocking(False)
            ways.append(Way(near, far, high, low))
            ways.append(Way(far, near, high, low))

    def let_go(one):
        """Both directions of a pair have the same sockets."""
        for way in [
            each for each in ways if each.source in (one.source, one.sink)
        ]:
            ways.remove(way)
        one.source.close()
        one.sink.close()

    def moved(way, move):
        try:
            move()
        except BlockingIOError:
            pass
        except OSError:
            let_go(way)

    listener.setblocking(False)
    while True:
        readers = [way.source for way in ways if way.wants_bytes()]
        writers = [way.sink for way in ways if way.wants_room()]
        readable, writable, _ = select.select(
            [listener, *readers], writers, []
        )
        for way in list(ways):
            if way in ways and way.source in readable and way.wants_bytes():
                moved(way, way.take)
                # Most of the time there is room at once.
                if way in ways:
                    moved(way, way.give)
            elif way in ways and way.sink in writable and way.wants_room():
                moved(way, way.give)
        for way in list(ways):
            back = next(
                (each for each in ways if each.source is way.sink), None
            )
            if way.is_over and back and back.is_over:
                let_go(way)
        if listener in readable:
            let_in()
