"""With asyncio: two coroutines for each client.

task: relay
"""

import asyncio


async def carry(reader, writer):
    """One direction, to its end."""
    while data := await reader.read(16384):
        writer.write(data)
        await writer.drain()
    writer.write_eof()


async def converse(near, far):
    """Both directions; who fails ends both."""
    ways = [
        asyncio.ensure_future(carry(near[0], far[1])),
        asyncio.ensure_future(carry(far[0], near[1])),
    ]
    try:
        await asyncio.gather(*ways)
    except OSError:
        pass
    finally:
        for way in ways:
            way.cancel()
        near[1].transport.abort() if failed(ways) else near[1].close()
        far[1].transport.abort() if failed(ways) else far[1].close()


def failed(ways):
    return any(
        way.cancelled() or not way.done() or way.exception() for way in ways
    )


def relay(listener, upstream, seconds):
    async def look_after(reader, writer):
        try:
            calling = asyncio.open_connection(*upstream)
            far = await asyncio.wait_for(calling, seconds)
        except OSError:
            writer.close()
            return
        await converse((reader, writer), far)

    async def main():
        server = await asyncio.start_server(look_after, sock=listener)
        await server.serve_forever()

    listener.setblocking(False)
    asyncio.run(main())
