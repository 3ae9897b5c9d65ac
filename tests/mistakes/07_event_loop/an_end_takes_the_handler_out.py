"""At the end of file its loop forgets the handler, and does not tell it.

task: EventLoop
diagnosis: M74
"""


class EventLoop(EventLoop):
    def _read(self, handler):
        if handler in self._doors:
            self._accept(handler)
        elif data := handler.sock.recv(SCOOP):
            handler.handle_read(data)
        else:
            self.unregister(handler)
