"""It calls recv() on every connection, whoever select() returned.

task: serve_many
diagnosis: M11
"""

def serve_many(listener):
    unfinished = {}
    while True:
        readable, _, _ = select.select([listener, *unfinished], [], [])
        if listener in readable:
            connection, _ = listener.accept()
            unfinished[connection] = b""
        for sock in list(unfinished):
            data = sock.recv(4096)
            *lines, unfinished[sock] = (unfinished[sock] + data).split(b"\n")
            for line in lines:
                sock.sendall(turn_around(line) + b"\n")
            if not data:
                del unfinished[sock]
                sock.close()
