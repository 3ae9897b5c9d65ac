"""On selectors, in small scoops; it closes by the handler's own close().

task: EventLoop
"""

import selectors


class EventLoop:
    def __init__(self):
        self.watched, self.asked = {}, selectors.DefaultSelector()
        self.over = False

    def register(self, handler, read=True, write=False):
        handler.sock.setblocking(False)
        self.watched[handler] = 0
        self.modify(handler, read, write)

    def modify(self, handler, read, write):
        before, now = self.watched[handler], read * 1 | write * 2
        self.watched[handler] = now
        if before and now:
            self.asked.modify(handler.sock, now, handler)
        elif now:
            self.asked.register(handler.sock, now, handler)
        elif before:
            self.asked.unregister(handler.sock)

    def unregister(self, handler):
        if handler in self.watched:
            self.modify(handler, False, False)
            del self.watched[handler]

    def stop(self):
        self.over = True

    def run(self):
        self.over = False
        while not self.over:
            self.run_once(TICK)

    def run_once(self, timeout=None):
        for key, flags in self.asked.select(timeout):
            for flag, see_to in (1, self.read), (2, self.write):
                if flags & self.watched.get(key.data, 0) & flag:
                    self.guard(see_to, key.data)

    def guard(self, see_to, handler):
        try:
            see_to(handler)
        except BlockingIOError:
            pass
        except Exception as error:
            try:
                self.unregister(handler)
                handler.handle_error(error)
            except Exception:
                traceback.print_exc()
            getattr(handler, "close", handler.sock.close)()

    def write(self, handler):
        handler.handle_write()

    def read(self, handler):
        sock = handler.sock
        if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            self.greet(handler, sock.accept()[0])
        elif data := sock.recv(512):
            handler.handle_read(data)
        else:
            self.modify(handler, False, bool(self.watched[handler] & 2))
            handler.handle_close()

    def greet(self, door, connection):
        try:
            door.handle_accept(connection)
        except Exception as error:
            connection.close()
            door.handle_error(error)
