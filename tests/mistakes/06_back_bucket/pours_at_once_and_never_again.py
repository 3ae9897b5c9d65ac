"""It pours as soon as an order comes, and watches nobody for room.

task: serve_water
diagnosis: M66
"""

def serve_water(listener):
    pending = {}
    while True:
        for sock in select.select([listener, *pending], [], [])[0]:
            if sock is listener:
                connection, _ = listener.accept()
                connection.setblocking(False)
                pending[connection] = bytearray()
                continue
            try:
                if letter := sock.recv(1):
                    pending[sock] += water(letter)
                    pour(sock, pending[sock])
                    continue
            except OSError:
                pass
            del pending[sock]
            sock.close()
