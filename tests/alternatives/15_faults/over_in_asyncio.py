"""With asyncio: readers of its loop, and an event for the end.

task: hand_over
"""

import asyncio


class Inside(asyncio.Protocol):
    """One guest: what is unfinished, and whether it may go."""

    def __init__(self, guests, end, empty):
        self.guests, self.end, self.empty = guests, end, empty
        self.rest = b""

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
        if self.end.is_set() and not self.guests:
            self.empty.set()

    def leave(self):
        if not self.rest:
            self.transport.close()


async def finish(guests, empty):
    # What lies unread is read in the turns before.
    for _ in range(3):
        await asyncio.sleep(0)
    for one in list(guests):
        one.leave()
    if guests:
        await empty.wait()


async def main(listener, clock, heir):
    loop, guests, end = asyncio.get_running_loop(), set(), asyncio.Event()
    cut, empty = asyncio.Event(), asyncio.Event()
    loop.time = clock
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
        lambda: Inside(guests, end, empty), sock=listener
    )
    await end.wait()
    loop.remove_reader(listener)
    done = finish(guests, empty), cut.wait()
    work = [asyncio.ensure_future(each) for each in done]
    await asyncio.wait(
        work, timeout=DRAIN, return_when=asyncio.FIRST_COMPLETED
    )
    for one in list(guests):
        one.transport.abort()
    return server


def hand_over(listener, clock, heir):
    listener.setblocking(False)
    asyncio.run(main(listener.dup(), clock, heir))
