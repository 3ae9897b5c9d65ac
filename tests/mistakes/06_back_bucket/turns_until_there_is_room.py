"""It tries to send again and again, until there is room.

task: serve_water
diagnosis: M68
"""

def serve_water(listener):
    aisle = [listener]
    while True:
        for sock in select.select(aisle, [], [])[0]:
            if sock is listener:
                connection, _ = listener.accept()
                connection.setblocking(False)
                aisle.append(connection)
                continue
            try:
                letter = sock.recv(1)
                pending = bytearray(water(letter) if letter else b"")
                while pending:
                    pour(sock, pending)
            except OSError:
                letter = b""
            if not letter:
                aisle.remove(sock)
                sock.close()
