"""With asyncio, whose loop is told to ask the clock that was given.

task: keep_house
"""

import asyncio


class Lines(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.loop = asyncio.get_running_loop()
        self.unfinished, self.whole, self.left = b"", None, 0
        self.idle = self.loop.call_later(IDLE, transport.abort)

    def data_received(self, data):
        *lines, self.unfinished = (self.unfinished + data).split(b"\n")
        if lines and self.whole:
            self.whole.cancel()
            self.whole = None
        if self.unfinished and not self.whole:
            self.whole = self.loop.call_later(WHOLE, self.transport.abort)
        self.transport.write(b"".join(answer(line) for line in lines))
        self.stir()

    def stir(self):
        self.idle.cancel()
        self.left = self.transport.get_write_buffer_size()
        self.idle = self.loop.call_later(IDLE, self.look)

    def look(self):
        # Nothing has come. Has something gone?
        if self.transport.get_write_buffer_size() < self.left:
            self.stir()
        else:
            self.transport.abort()

    def eof_received(self):
        if self.whole:
            self.whole.cancel()

    def connection_lost(self, error):
        self.idle.cancel()
        if self.whole:
            self.whole.cancel()


def keep_house(listener, clock=time.monotonic):
    async def main():
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Lines, sock=listener)
        await server.serve_forever()

    with asyncio.Runner() as runner:
        runner.get_loop().time = clock
        runner.run(main())
