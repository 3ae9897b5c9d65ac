"""Its goodbye is a shutdown; it closes with its client, or a second later.

task: serve_database
"""


class Guest(Guest):
    lingers = gone = None

    def handle_read(self, data):
        if not self.lingers:
            super().handle_read(data)

    def handle_close(self):
        self.gone = True
        if self.lingers:
            self.end()
        else:
            super().handle_close()

    def say(self):
        if not self.lingers:
            super().say()

    def close(self):
        if self.gone or self.lingers:
            self.end()
            return
        self.lingers = self.loop.call_later(1, self.end)
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
        self.loop.modify(self, read=True, write=False)

    def end(self):
        if self.lingers:
            self.lingers.cancel()
        super().close()
