"""Its half lines stand in the body of the class.

task: broadcast
diagnosis: M109
"""


class Sharing(Member):
    begun = bytearray()

    def handle_read(self, data):
        self.begun += data
        *lines, rest = self.begun.split(b"\n")
        self.begun[:] = rest
        for line in lines:
            for other in list(self.room):
                if other is not self:
                    other.hear(line + b"\n")


def broadcast(listener):
    room, loop = set(), EventLoop()
    loop.register(Door(loop, listener, lambda *of: Sharing(*of, room)))
    loop.run()
