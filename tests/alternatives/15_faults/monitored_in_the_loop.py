"""The loop itself times what it calls; a guest's name is asked for afterwards.

task: monitored
"""


class TimedLoop(Loop):
    """Wraps what is watched, and tells who took how long."""

    slowest = 0.0, "nobody"

    def watch(self, sock, read=None, write=None):
        super().watch(sock, self.timed(read), self.timed(write))

    def timed(self, act):
        port = getattr(getattr(act, "__self__", None), "port", None)
        if not (act and port):
            return act
        return lambda: self.call(act, port)

    def call(self, act, port):
        began = self.clock()
        act()
        took = self.clock() - began
        if took > self.slowest[0]:
            self.slowest = took, port


class Ported(Careful):
    """Knows its port before anything else."""

    def __init__(self, house, sock, address):
        self.port = address[1]
        super().__init__(house, sock, address)


class Listed(CarefulHouse):
    """Two doors; behind the second one is a report."""

    guest = Ported

    def __init__(self, listener, monitor, clock, work):
        self.second, self.work, self.door = monitor, work, None
        self.loop, self.listener = TimedLoop(clock), listener
        self.guests = set()
        for door in listener, monitor:
            door.setblocking(False)
        self.watch()

    def answer(self, line):
        return self.work(line)

    def watch(self):
        """Both doors are open, or neither is."""
        for door, act in (
            (self.listener, self.accept),
            (self.second, self.show),
        ):
            self.loop.watch(door, act if self.is_open() else None)

    def show(self):
        first, self.listener = self.listener, self.second
        let_in, self.let_in = self.let_in, self.tell
        try:
            self.accept()
        finally:
            self.listener, self.let_in = first, let_in
            self.watch()

    def tell(self, sock, address):
        said = [
            f"{guest.port}: {len(guest.pending) + on_its_way(guest.sock)}"
            for guest in self.guests
        ]
        seconds, whose = self.loop.slowest
        last = f"slowest: {seconds:.2f} s for {whose}\n"
        text = "".join(f"{line} pending\n" for line in said) + last
        with sock, suppress(OSError):
            sock.send(text.encode())


def monitored(listener, monitor, clock, work):
    Listed(listener, monitor, clock, work).run()
