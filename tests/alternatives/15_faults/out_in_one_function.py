"""Two dicts and three functions, and no class at all.

task: hold_out
"""

AFTER = (BlockingIOError, InterruptedError, ConnectionAbortedError)


def try_to(call, kept, pending, sock):
    """What a call returns; None if it is not now, or never again."""
    try:
        return call()
    except (BlockingIOError, InterruptedError):
        return None
    except OSError:
        del kept[sock], pending[sock]
        sock.close()
        return None


def let_in(listener, kept, pending):
    """Whether there were means for it."""
    try:
        sock, _ = listener.accept()
    except AFTER:
        return True
    except OSError:
        return False
    if sock.fileno() > 1023:
        sock.close()
    else:
        sock.setblocking(False)
        kept[sock], pending[sock] = b"", b""
    return True


def look_after(kept, pending, sock):
    """One step for one client: send, or read, or close."""
    if pending[sock]:
        n = try_to(lambda: sock.send(pending[sock]), kept, pending, sock)
        if n:
            pending[sock] = pending[sock][n:]
    else:
        data = try_to(lambda: sock.recv(4096), kept, pending, sock)
        if data:
            *lines, kept[sock] = (kept[sock] + data).split(b"\n")
            pending[sock] += b"".join(map(answer, lines))
        elif data == b"":
            kept[sock] = None
    if sock in kept and kept[sock] is None and not pending[sock]:
        del kept[sock], pending[sock]
        sock.close()


def hold_out(listener, clock):
    kept, pending, opens = {}, {}, None
    listener.setblocking(False)
    while True:
        rest = None if opens is None else max(0, opens - clock())
        door = [] if rest else [listener]
        hears = [sock for sock in kept if not pending[sock]]
        r, w, _ = select.select(
            door + hears, [sock for sock in kept if pending[sock]], [], rest
        )
        for sock in {*r, *w} - {listener}:
            look_after(kept, pending, sock)
        if listener in r:
            well = let_in(listener, kept, pending)
            opens = None if well else clock() + PAUSE
        elif opens is not None and clock() >= opens:
            opens = None
