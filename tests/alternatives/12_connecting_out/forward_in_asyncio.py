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


def forward(listener, names, seconds):
    resolver = Resolver()

    async def called(head):
        words = head.split(b"\r\n")[0].decode("latin-1").split(" ")
        if len(words) != 3:
            raise No("400 Bad Request")
        if words[0] != "CONNECT":
            raise No("405 Method Not Allowed")
        host, colon, port = words[1].rpartition(":")
        if not (host and port.isdigit()):
            raise No("400 Bad Request")
        hosts = [host]
        if is_name(host):
            hosts = await resolver.find(host, seconds)
        why = OSError()
        for host in hosts:
            try:
                calling = asyncio.open_connection(host, int(port))
                return await asyncio.wait_for(calling, seconds)
            except (OSError, asyncio.TimeoutError) as error:
                why = error
        raise why

    async def look_after(reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            far = await called(head)
            answer = "200 Connection established"
        except No as why:
            answer, far = str(why), None
        except (TimeoutError, asyncio.TimeoutError):
            answer, far = "504 Gateway Timeout", None
        except OSError:
            answer, far = "502 Bad Gateway", None
        except asyncio.IncompleteReadError:
            answer, far = "400 Bad Request", None
        writer.write(f"HTTP/1.1 {answer}\r\n\r\n".encode())
        if far:
            await converse((reader, writer), far)
        else:
            writer.close()

    async def main():
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(
            lambda: resolver, remote_addr=names
        )
        server = await asyncio.start_server(look_after, sock=listener)
        await server.serve_forever()

    listener.setblocking(False)
    asyncio.run(main())
