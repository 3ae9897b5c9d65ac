"""With asyncio: a coroutine for each client, and one for names.

task: forward
"""

import asyncio
from itertools import count


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


class Resolver(asyncio.DatagramProtocol):
    def __init__(self):
        self.waiting, self.numbers = {}, count(300)

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        number, hosts = understand(data)
        if number in self.waiting:
            self.waiting.pop(number).set_result(hosts)

    async def find(self, name, seconds):
        number = next(self.numbers)
        found = asyncio.get_running_loop().create_future()
        self.waiting[number] = found
        self.transport.sendto(question(number, name))
        try:
            return await asyncio.wait_for(found, seconds)
        finally:
            self.waiting.pop(number, None)


class No(Exception):
    pass


def target_of(head):
    words = head.split(b"\r\n")[0].decode("latin-1").split(" ")
    if len(words) != 3:
        raise No("400 Bad Request")
    if words[0] != "CONNECT":
        raise No("405 Method Not Allowed")
    host, _, port = words[1].rpartition(":")
    if not (is_host(host) and port.isdigit() and 0 < int(port) < 65536):
        raise No("400 Bad Request")
    return host, int(port)


class Proxy:
    def __init__(self, seconds):
        self.resolver, self.seconds = Resolver(), seconds

    async def called(self, host, port):
        hosts, why = [host], OSError()
        if is_name(host):
            hosts = await self.resolver.find(host, self.seconds)
        for host in hosts:
            try:
                calling = asyncio.open_connection(host, port)
                return await asyncio.wait_for(calling, self.seconds)
            except OSError as error:
                why = error
        raise why

    async def answer(self, reader):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            far = await self.called(*target_of(head))
            return "200 Connection established", far
        except No as why:
            return str(why), None
        except TimeoutError:
            return "504 Gateway Timeout", None
        except OSError:
            return "502 Bad Gateway", None
        except asyncio.IncompleteReadError:
            return "400 Bad Request", None

    async def look_after(self, reader, writer):
        answer, far = await self.answer(reader)
        writer.write(f"HTTP/1.1 {answer}\r\n\r\n".encode())
        if far:
            await converse((reader, writer), far)
        else:
            writer.close()

    async def serve(self, listener, names):
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(
            lambda: self.resolver, remote_addr=names
        )
        server = await asyncio.start_server(self.look_after, sock=listener)
        await server.serve_forever()


def forward(listener, names, seconds):
    listener.setblocking(False)
    asyncio.run(Proxy(seconds).serve(listener, names))
