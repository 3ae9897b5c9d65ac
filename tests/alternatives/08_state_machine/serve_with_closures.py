"""No class for connections, but closures and a queue of answers.

task: serve_memcached
"""

from types import SimpleNamespace
from collections import deque


def Guest(loop, sock, database):
    parser, queue, me = CarefulParser(), deque(), SimpleNamespace(sock=sock)
    gone = []

    def push():
        while queue:
            with suppress(BlockingIOError):
                n = sock.send(queue[0])
                if n < len(queue[0]):
                    queue[0] = queue[0][n:]
                else:
                    queue.popleft()
                continue
            break
        if gone and not queue:
            loop.unregister(me)
            sock.close()
            return
        loop.modify(me, not gone and len(queue) < 100, bool(queue))

    def handle_read(data):
        for thing in parser.feed(data):
            if gone:
                break
            match thing:
                case Refusal(words):
                    queue.append(words + b"\r\n")
                case Request([b"quit", *_], _):
                    gone.append(True)
                case request:
                    queue.append(answer(request, database))
        push()

    def handle_close():
        gone.append(True)
        push()

    me.handle_read, me.handle_write = handle_read, push
    me.handle_close = handle_close
    loop.register(me)
    return me


def serve_memcached(listener):
    loop, database = Loop(), {}
    Door(loop, listener, lambda sock: Guest(loop, sock, database))
    loop.run()
