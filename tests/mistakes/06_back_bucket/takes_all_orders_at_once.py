"""It takes every order that has come, and keeps all the water for them.

task: serve_water
diagnosis: M19
"""

def serve_water(listener):
    pending, finished = {}, set()
    while True:
        readable, writable, _ = select.select(
            [listener, *(pending.keys() - finished)],
            [sock for sock in pending if pending[sock]],
            [],
        )
        for sock in readable:
            if sock is listener:
                connection, _ = listener.accept()
                connection.setblocking(False)
                pending[connection] = bytearray()
                continue
            try:
                letters = sock.recv(4096)
            except OSError:
                letters = b""
            for letter in letters:
                pending[sock] += water(bytes([letter]))
            if not letters:
                finished.add(sock)
        for sock in writable:
            try:
                pour(sock, pending[sock])
            except OSError:
                finished.add(sock)
                pending[sock].clear()
        for sock in [sock for sock in finished if not pending[sock]]:
            finished.remove(sock)
            del pending[sock]
            sock.close()
