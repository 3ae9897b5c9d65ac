"""With asyncio: a coroutine for each client, and drain() after each piece.

task: answer_in_pieces
"""

import asyncio


def answer_in_pieces(listener, make):
    async def answer(reader, writer):
        # Room is what the kernel has: the loop's own buffer keeps nothing.
        writer.transport.set_write_buffer_limits(0)
        with suppress(OSError):
            while line := await reader.readline():
                name, size = asked(line)
                for start in range(0, size, 16384):
                    writer.write(make(name, start, min(16384, size - start)))
                    await writer.drain()
        writer.close()

    async def main():
        server = await asyncio.start_server(answer, sock=listener)
        await server.serve_forever()

    listener.setblocking(False)
    asyncio.run(main())
