"""It puts a new answer in front of what is pending already.

task: serve_water
diagnosis: M69
"""

def serve_water(listener):
    pending = {}
    while True:
        readable, writable, _ = select.select(
            [listener, *pending], [s for s in pending if pending[s]], []
        )
        for sock in readable:
            if sock is listener:
                connection, _ = listener.accept()
                connection.setblocking(False)
                pending[connection] = bytearray()
                continue
            try:
                letter = sock.recv(1)
            except OSError:
                letter = b""
            if letter:
                pending[sock] = bytearray(water(letter) + pending[sock])
            else:
                del pending[sock]
                sock.close()
        for sock in writable:
            with suppress(OSError, KeyError):
                pour(sock, pending[sock])
