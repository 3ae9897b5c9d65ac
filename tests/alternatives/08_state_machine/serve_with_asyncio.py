"""A parser does not care who feeds it: here it is asyncio.

task: serve_memcached
"""

import asyncio


def serve_memcached(listener):
    database = {}

    class Guest(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport, self.parser = transport, CarefulParser()

        def data_received(self, data):
            for found in self.parser.feed(data):
                if isinstance(found, Refusal):
                    self.transport.write(found.answer + b"\r\n")
                elif found.words == [b"quit"]:
                    self.transport.close()
                    return
                else:
                    self.transport.write(answer(found, database))

    async def serve():
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Guest, sock=listener)
        await server.serve_forever()

    asyncio.run(serve())
