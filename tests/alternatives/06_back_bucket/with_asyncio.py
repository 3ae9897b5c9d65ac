"""asyncio keeps the buffer, and drain() waits until it is nearly empty.

task: serve_water
"""

import asyncio


async def attend(reader, writer):
    try:
        while letter := await reader.read(1):
            writer.write(water(letter))
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def serve(listener):
    server = await asyncio.start_server(attend, sock=listener)
    await server.serve_forever()


def serve_water(listener):
    listener.setblocking(False)
    asyncio.run(serve(listener))
