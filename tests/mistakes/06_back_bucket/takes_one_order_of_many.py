"""It takes all the orders that have come, and pours for the first.

task: serve_water
diagnosis: M02
"""

def serve_water(listener):
    pending = {}
    while True:
        readable, writable, _ = select.select(*flags(listener, pending), [])
        for sock in readable + writable:
            if sock is listener:
                connection, _ = listener.accept()
                connection.setblocking(False)
                pending[connection] = bytearray()
                continue
            try:
                if not pending[sock]:
                    orders = sock.recv(4096)
                    if not orders:
                        raise EOFError
                    pending[sock] += water(orders[:1])
                pour(sock, pending[sock])
            except (OSError, EOFError):
                del pending[sock]
                sock.close()
