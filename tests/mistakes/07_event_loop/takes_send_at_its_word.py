"""What send() did not take, it drops.

task: broadcast
diagnosis: M101
"""


class Trusting(Member):
    def handle_write(self):
        with suppress(BlockingIOError):
            self.sock.send(self.pending)
            self.pending.clear()
        self.loop.modify(self, read=True, write=bool(self.pending))


def broadcast(listener):
    room, loop = set(), EventLoop()
    loop.register(Door(loop, listener, lambda *of: Trusting(*of, room)))
    loop.run()
