"""With asyncio: a protocol whose transport says when to pause the other.

task: relay_with_marks
"""

import asyncio


class Half(asyncio.BufferedProtocol):
    """One connection of a pair."""

    def __init__(self, high, low):
        self.high, self.low = high, low
        self.room = bytearray(65536)
        self.other = self.transport = None
        self.has_ended = False

    def connection_made(self, transport):
        self.transport = transport
        # It pauses when more than its high mark is kept, and not at the mark.
        transport.set_write_buffer_limits(self.high - 1, self.low)

    def get_buffer(self, hint):
        return self.room

    def buffer_updated(self, count):
        self.other.transport.write(bytes(self.room[:count]))

    def eof_received(self):
        self.has_ended = True
        self.other.transport.write_eof()
        return not self.other.has_ended

    def pause_writing(self):
        self.other.transport.pause_reading()

    def resume_writing(self):
        self.other.transport.resume_reading()

    def connection_lost(self, error):
        if self.other.transport:
            if error:
                self.other.transport.abort()
            else:
                self.other.transport.close()


def relay_with_marks(listener, upstream, high, low):
    async def main():
        loop, calls = asyncio.get_running_loop(), []

        def pair():
            near, far = Half(high, low), Half(high, low)
            near.other, far.other = far, near
            sock = socket.create_connection(upstream)
            call = loop.create_connection(lambda: far, sock=sock)
            calls.append(loop.create_task(call))
            return near

        server = await loop.create_server(pair, sock=listener)
        await server.serve_forever()

    listener.setblocking(False)
    asyncio.run(main())
