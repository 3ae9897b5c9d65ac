"""A loop on the selectors module.

task: EventLoop
"""

import selectors


class EventLoop:
    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.wanted = {}

    def register(self, handler, read=True, write=False):
        handler.sock.setblocking(False)
        self.wanted[handler] = 0
        self.modify(handler, read, write)

    def modify(self, handler, read, write):
        before = self.wanted[handler]
        after = self.wanted[handler] = read + 2 * write
        if before and after:
            self.selector.modify(handler.sock, after, handler)
        elif after:
            self.selector.register(handler.sock, after, handler)
        elif before:
            self.selector.unregister(handler.sock)

    def unregister(self, handler):
        if handler in self.wanted:
            self.modify(handler, False, False)
            del self.wanted[handler]

    def run(self):
        self.stopped = False
        while not self.stopped:
            self.run_once()

    def stop(self):
        self.stopped = True

    def run_once(self, timeout=None):
        for key, flags in self.selector.select(timeout):
            for flag, act in ((1, self.read), (2, self.write)):
                if flags & flag & self.wanted.get(key.data, 0):
                    self.guard(key.data, act)

    def guard(self, handler, act):
        try:
            act(handler)
        except BlockingIOError:
            pass
        except Exception as error:
            self.unregister(handler)
            self.tell(handler, error)
            handler.sock.close()

    def tell(self, handler, error):
        try:
            handler.handle_error(error)
        except Exception:
            print("handle_error raised, too")

    def write(self, handler):
        handler.handle_write()

    def read(self, handler):
        if hasattr(handler, "handle_accept") and self.listens(handler.sock):
            self.let_in(handler, handler.sock.accept()[0])
        elif data := handler.sock.recv(4096):
            handler.handle_read(data)
        else:
            self.modify(handler, False, bool(self.wanted[handler] & 2))
            handler.handle_close()

    def listens(self, sock):
        return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)

    def let_in(self, door, connection):
        try:
            door.handle_accept(connection)
        except Exception as error:
            connection.close()
            self.tell(door, error)
