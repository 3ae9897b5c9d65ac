"""An object for each guest, large scoops, one sendall for all answers.

task: serve_many
"""

import selectors


class Guest:
    """One connection, with a buffer of its own."""

    def __init__(self, connection):
        self.connection, self.buffer = connection, bytearray()

    def step(self):
        """One scoop; False at the end."""
        try:
            data = self.connection.recv(65536)
            self.buffer += data
            whole, newline, rest = self.buffer.rpartition(b"\n")
            if newline:
                self.buffer = bytearray(rest)
                lines = bytes(whole).split(b"\n")
                answers = [turn_around(line) + b"\n" for line in lines]
                self.connection.sendall(b"".join(answers))
            return bool(data)
        except OSError:
            return False


def serve_many(listener):
    listener.setblocking(False)
    with selectors.DefaultSelector() as chair:
        chair.register(listener, selectors.EVENT_READ)
        while True:
            for key, _ in chair.select():
                if key.data is None:
                    try:
                        while True:
                            connection, _ = listener.accept()
                            connection.setblocking(True)
                            guest = Guest(connection)
                            chair.register(
                                connection, selectors.EVENT_READ, guest
                            )
                    except BlockingIOError:
                        continue
                elif not key.data.step():
                    chair.unregister(key.fileobj)
                    key.fileobj.close()
