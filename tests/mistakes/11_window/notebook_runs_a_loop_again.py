"""It starts a loop where one is running already.

task: on_notebook
diagnosis: M151
"""

import asyncio


async def talk(reader, writer):
    while line := await reader.readline():
        writer.write(answer(line.rstrip(b"\n")))
        await writer.drain()
    writer.close()


def on_notebook(loop, listener):
    server = asyncio.run(asyncio.start_server(talk, sock=listener))
    return server.close
