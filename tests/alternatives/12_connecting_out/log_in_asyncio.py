"""With asyncio, and a line kept beside each stream.

task: log_lines
"""

import asyncio
from contextlib import suppress
from itertools import count


async def carry(reader, writer, told):
    """One direction, to its end; `told` gets each line."""
    unfinished = b""
    while data := await reader.read(16384):
        *lines, unfinished = (unfinished + data).split(b"\n")
        for line in lines:
            told(line)
        writer.write(data)
        await writer.drain()
    if unfinished:
        told(unfinished)
    writer.write_eof()


def log_lines(listener, upstream, seconds, log):
    numbers = count(1)

    async def look_after(reader, writer):
        number = next(numbers)
        try:
            calling = asyncio.open_connection(*upstream)
            back, forth = await asyncio.wait_for(calling, seconds)
        except OSError:
            writer.close()
            return
        with suppress(OSError):
            await asyncio.gather(
                carry(reader, forth, lambda s: log(number, "client", s)),
                carry(back, writer, lambda s: log(number, "upstream", s)),
            )
        writer.close()
        forth.close()

    async def main():
        server = await asyncio.start_server(look_after, sock=listener)
        await server.serve_forever()

    listener.setblocking(False)
    asyncio.run(main())
