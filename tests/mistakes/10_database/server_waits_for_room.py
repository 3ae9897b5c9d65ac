"""It sends all of an answer, and waits until there is room for the last byte.

task: serve_database
diagnosis: M13
"""


class Guest(Guest):
    def say(self):
        self.sock.setblocking(True)
        self.sock.sendall(self.pending)
        self.pending.clear()
        self.sock.setblocking(False)
        super().say()
