"""On asyncio, whose run_in_executor() has a string of its own.

task: serve_gold
"""

import asyncio


class Shop(asyncio.Protocol):
    """One client; the pool and the number of places are everybody's."""

    pool, work, places = None, None, [0]

    def connection_made(self, transport):
        self.transport, self.rest = transport, b""
        self.answers, self.waiting = asyncio.Queue(), []
        self.sender = asyncio.ensure_future(self.send_all())

    def data_received(self, data):
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            self.answers.put_nowait(self.answer(line))

    def answer(self, line):
        """Bytes, or what will become of a future."""
        if line == b"cancel":
            return b"%d" % self.take_back()
        if not line.startswith(b"gold "):
            return line.upper()
        if not self.places[0]:
            return b"busy"
        self.places[0] -= 1
        made = self.pool.submit(self.work, line[5:])
        ours = asyncio.wrap_future(made)
        ours.add_done_callback(self.one_place_more)
        self.waiting.append((made, ours))
        return ours

    def one_place_more(self, ours):
        if not ours.cancelled():
            self.places[0] += 1

    def take_back(self):
        """Cancel what has not begun; how many that was."""
        taken = [both for both in self.waiting if both[0].cancel()]
        for _, ours in taken:
            ours.cancel()
        # A future that was cancelled says so each time: it counts once.
        self.waiting = [b for b in self.waiting if not b[1].done()]
        self.places[0] += len(taken)
        return len(taken)

    async def send_all(self):
        while True:
            answer = await self.answers.get()
            if answer is None:
                self.transport.close()
                return
            if not isinstance(answer, bytes):
                await asyncio.wait([answer])
                if answer.cancelled():
                    answer = b"cancelled"
                elif error := answer.exception():
                    answer = b"sorry: " + type(error).__name__.encode()
                else:
                    answer = answer.result()
            self.transport.write(answer + b"\n")

    def eof_received(self):
        self.answers.put_nowait(None)
        return True

    def connection_lost(self, error):
        self.sender.cancel()
        self.take_back()


def serve_gold(listener, work, workers, most):
    Shop.pool, Shop.work = ThreadPoolExecutor(workers), staticmethod(work)
    Shop.places[0] = workers + most

    async def main():
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Shop, sock=listener)
        await server.serve_forever()

    listener.setblocking(False)
    asyncio.run(main())
