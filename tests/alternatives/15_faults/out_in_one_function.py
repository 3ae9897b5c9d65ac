"""One select(), two dicts, and every call in a `try` of its own.

task: hold_out
"""


def hold_out(listener, clock):
    kept, pending, opens = {}, {}, None
    listener.setblocking(False)

    def forget(sock):
        kept.pop(sock), pending.pop(sock)
        sock.close()

    def try_to(call, sock):
        try:
            return call()
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            forget(sock)
            return None

    def accept():
        try:
            sock, _ = listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return None
        except OSError:
            return clock() + PAUSE
        if sock.fileno() > 1023:
            sock.close()
        else:
            sock.setblocking(False)
            kept[sock], pending[sock] = b"", b""
        return None

    while True:
        if opens is not None and clock() >= opens:
            opens = None
        rest = None if opens is None else opens - clock()
        hear = [s for s in kept if kept[s] is not None and not pending[s]]
        door = [listener] if opens is None else []
        room = [s for s in pending if pending[s]]
        r, w, _ = select.select(door + hear, room, [], rest)
        if listener in r:
            opens = accept()
        for sock in w:
            n = try_to(lambda s=sock: s.send(pending[s]), sock)
            if n:
                pending[sock] = pending[sock][n:]
        for sock in r:
            if sock is listener or sock not in kept:
                continue
            data = try_to(lambda s=sock: s.recv(4096), sock)
            if data:
                *lines, kept[sock] = (kept[sock] + data).split(b"\n")
                pending[sock] += b"".join(map(answer, lines))
            elif data == b"":
                kept[sock] = None
        for sock in list(kept):
            if kept[sock] is None and not pending[sock]:
                forget(sock)
