"""asyncio's own protocols and transports, which keep what does not fit.

task: on_notebook
"""

import asyncio


class Lines(asyncio.Protocol):
    def __init__(self, open_ones):
        self.open_ones, self.unfinished = open_ones, b""

    def connection_made(self, transport):
        self.transport = transport
        self.open_ones.add(transport)

    def data_received(self, data):
        *lines, self.unfinished = (self.unfinished + data).split(b"\n")
        for line in lines:
            self.transport.write(answer(line))

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()

    def connection_lost(self, error):
        self.open_ones.discard(self.transport)


def on_notebook(loop, listener):
    open_ones = set()

    def let_in():
        sock, _ = listener.accept()
        made = loop.connect_accepted_socket(lambda: Lines(open_ones), sock)
        loop.create_task(made)

    def close():
        loop.remove_reader(listener)
        for transport in list(open_ones):
            transport.abort()

    loop.add_reader(listener, let_in)
    return close
