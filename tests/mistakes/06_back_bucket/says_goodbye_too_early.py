"""It hears the goodbye while water is pending, and closes at once.

task: serve_water
diagnosis: M67
"""

def serve_water(listener):
    pending, orders = {}, {}
    while True:
        readable, writable, _ = select.select(
            [listener, *pending], [s for s in pending if pending[s]], []
        )
        for sock in readable:
            if sock is listener:
                connection, _ = listener.accept()
                connection.setblocking(False)
                pending[connection], orders[connection] = bytearray(), b""
                continue
            try:
                letters = sock.recv(4096)
            except OSError:
                letters = b""
            orders[sock] += letters
            if not letters:
                del pending[sock], orders[sock]
                sock.close()
        for sock in writable:
            with suppress(OSError, KeyError):
                pour(sock, pending[sock])
        for sock in pending:
            if orders[sock] and not pending[sock]:
                pending[sock] += water(orders[sock][:1])
                orders[sock] = orders[sock][1:]
