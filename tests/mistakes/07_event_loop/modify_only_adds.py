"""Its modify puts into the tables, and never takes out.

task: EventLoop
diagnosis: M72
"""


class EventLoop:
    def __init__(self):
        self.readers, self.writers = {}, {}
        self.running = False

    def register(self, handler, read=True, write=False):
        handler.sock.setblocking(False)
        self.modify(handler, read, write)

    def modify(self, handler, read, write):
        for table, wanted in ((self.readers, read), (self.writers, write)):
            if wanted:
                table[handler.sock] = handler

    def unregister(self, handler):
        self.readers.pop(handler.sock, None)
        self.writers.pop(handler.sock, None)

    def run(self):
        self.running = True
        while self.running:
            self.run_once(30)

    def stop(self):
        self.running = False

    def run_once(self, timeout=None):
        asked = list(self.readers), list(self.writers), []
        readable, writable, _ = select.select(*asked, timeout)
        for sock in readable:
            if sock in self.readers:
                self.call(self.readers[sock], self.read)
        for sock in writable:
            if sock in self.writers:
                self.call(self.writers[sock], self.write)

    def call(self, handler, step):
        try:
            step(handler)
        except Exception as error:
            self.unregister(handler)
            self.report(handler, error)
            handler.sock.close()

    def report(self, handler, error):
        with suppress(Exception):
            handler.handle_error(error)

    def write(self, handler):
        handler.handle_write()

    def read(self, handler):
        listens = socket.SOL_SOCKET, socket.SO_ACCEPTCONN
        if handler.sock.getsockopt(*listens):
            self.accept(handler)
            return
        data = handler.sock.recv(4096)
        if data:
            handler.handle_read(data)
        else:
            self.readers.pop(handler.sock)
            handler.handle_close()

    def accept(self, door):
        connection, _ = door.sock.accept()
        try:
            door.handle_accept(connection)
        except Exception as error:
            connection.close()
            self.report(door, error)
