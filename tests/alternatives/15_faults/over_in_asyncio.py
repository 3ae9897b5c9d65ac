"""With asyncio: readers of its loop, and an event for the end.

task: hand_over
"""

import asyncio


class Inside(asyncio.Protocol):
    """One guest: what is unfinished, and whether it may go."""

    def __init__(self, guests, end):
        self.guests, self.end, self.rest = guests, end, b""

    def connection_made(self, transport):
        self.transport = transport
        self.guests.add(self)

    def data_received(self, data):
        *lines, self.rest = (self.rest + data).split(b"\n")
        self.transport.writelines(map(answer, lines))
        if self.end.is_set():
            self.leave()

    def connection_lost(self, error):
        self.guests.discard(self)

    def leave(self):
        if not self.rest:
            self.transport.close()


async def finish(guests):
    # What lies unread is read in the turns before.
    for _ in range(3):
        await asyncio.sleep(0)
    for one in list(guests):
        one.leave()
    while guests:
        await asyncio.sleep(0.01)


async def main(listener, clock, heir):
    loop, guests, end = asyncio.get_running_loop(), set(), asyncio.Event()
    cut = asyncio.Event()
    heir.setblocking(False)

    def term():
        (cut if end.is_set() else end).set()

    def asked():
        loop.remove_reader(heir)
        if heir.recv(1):
            socket.send_fds(heir, [b"door"], [listener.fileno()])
            term()

    loop.add_signal_handler(signal.SIGTERM, term)
    loop.add_reader(heir, asked)
    server = await loop.create_server(
        lambda: Inside(guests, end), sock=listener
    )
    await end.wait()
    loop.remove_reader(listener)
    work = [asyncio.ensure_future(e) for e in (finish(guests), cut.wait())]
    deadline = DRAIN if clock else None
    await asyncio.wait(
        work, timeout=deadline, return_when=asyncio.FIRST_COMPLETED
    )
    for one in list(guests):
        one.transport.abort()
    return server


def hand_over(listener, clock, heir):
    listener.setblocking(False)
    asyncio.run(main(listener.dup(), clock, heir))
