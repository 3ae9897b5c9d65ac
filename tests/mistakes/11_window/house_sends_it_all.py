"""It sends the whole answer at once, and waits until it is taken.

task: on_window
diagnosis: M156
"""


class Plain:
    def __init__(self, house, sock):
        sock.setblocking(True)
        self.house, self.sock, self.unfinished = house, sock, b""
        house.loop.watch(sock, read=self.read)

    def read(self):
        try:
            data = self.sock.recv(65536)
            whole = self.unfinished + data
            *lines, self.unfinished = whole.split(b"\n")
            for line in lines:
                self.sock.sendall(answer(line))
        except OSError:
            data = b""
        if not data:
            self.close()

    def close(self):
        self.house.guests.discard(self)
        self.house.loop.watch(self.sock)
        self.sock.close()


Guest = Plain


def on_window(window, listener):
    return House(TkLoop(window), listener).close
