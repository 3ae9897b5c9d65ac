"""On asyncio, with a task for each client.

task: serve_in_pieces
"""

import asyncio


async def make(begin, words, reader):
    """The answer; a turn of the loop between two pieces."""
    making = begin(words)
    while reader.exception() is None:
        await asyncio.sleep(0)
        try:
            next(making)
        except StopIteration as made:
            return made.value
        except Exception as error:
            return b"sorry: " + type(error).__name__.encode()
    raise ConnectionResetError


async def look_after(reader, writer, begin):
    """Answer one client's lines, one after the other."""
    with suppress(OSError):
        while (line := await reader.readline()).endswith(b"\n"):
            line = line.removesuffix(b"\n")
            if line.startswith(b"gold "):
                answer = await make(begin, line[5:], reader)
            else:
                answer = line.upper()
            writer.write(answer + b"\n")
            await writer.drain()
    writer.close()


def serve_in_pieces(listener, begin):
    async def main():
        server = await asyncio.start_server(
            lambda r, w: look_after(r, w, begin), sock=listener
        )
        await server.serve_forever()

    listener.setblocking(False)
    asyncio.run(main())
