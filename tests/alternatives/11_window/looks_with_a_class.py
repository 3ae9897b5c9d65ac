"""An object that looks, with clients that do not wait.

task: look_in
"""


class Lookout:
    def __init__(self, window, listener):
        self.window, self.listener = window, listener
        self.clients = {}
        listener.setblocking(False)
        self.timer = window.after_idle(self.look)

    def look(self):
        self.timer = self.window.after(LOOK, self.look)
        watched = [self.listener, *self.clients]
        readable, _, _ = select.select(watched, [], [], 0)
        for sock in readable:
            if sock is self.listener:
                connection, _ = sock.accept()
                self.clients[connection] = bytearray()
            elif not self.hear(sock, self.clients[sock]):
                self.clients.pop(sock).clear()
                sock.close()

    def hear(self, sock, buffer):
        try:
            data = sock.recv(1024)
            buffer += data
            while b"\n" in buffer:
                line, _, rest = bytes(buffer).partition(b"\n")
                buffer[:] = rest
                sock.sendall(answer(line))
        except OSError:
            return False
        return bool(data)

    def close(self):
        self.window.after_cancel(self.timer)
        for sock in self.clients:
            sock.close()
        self.clients = {}


def look_in(window, listener):
    return Lookout(window, listener).close
