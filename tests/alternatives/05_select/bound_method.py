"""The server is an object, and the task one of its methods.

task: serve_many
"""

import select


class Walker:
    def __init__(self):
        self.aisle = {}

    def serve(self, listener):
        self.listener = listener
        while True:
            self.turn()

    def turn(self):
        sockets = [self.listener, *self.aisle]
        for sock in select.select(sockets, [], [], 30)[0]:
            if sock is self.listener:
                self.welcome()
            else:
                self.tend(sock)

    def welcome(self):
        connection, _ = self.listener.accept()
        self.aisle[connection] = bytearray()

    def tend(self, connection):
        try:
            data = connection.recv(1 << 16)
            self.pour(connection, data)
        except OSError:
            data = b""
        if not data:
            del self.aisle[connection]
            connection.close()

    def pour(self, connection, data):
        buffer = self.aisle[connection]
        buffer += data
        while b"\n" in buffer:
            line, _, rest = buffer.partition(b"\n")
            buffer[:] = rest
            connection.sendall(turn_around(bytes(line)) + b"\n")


serve_many = Walker().serve
