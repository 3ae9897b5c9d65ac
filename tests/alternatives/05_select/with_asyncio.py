"""asyncio's streams: somebody else's walker, and still only one.

task: serve_many
"""

import asyncio


async def talk(reader, writer):
    try:
        while (line := await reader.readline()).endswith(b"\n"):
            writer.write(turn_around(line[:-1]) + b"\n")
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def stay(listener):
    server = await asyncio.start_server(talk, sock=listener, limit=1 << 28)
    await server.serve_forever()


def serve_many(listener):
    asyncio.run(stay(listener))
