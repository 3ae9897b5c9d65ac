"""It sees to the first of the sockets that select() returned, and no other.

task: serve_many
diagnosis: M28
"""

def serve_many(listener):
    unfinished = {}
    while True:
        readable, _, _ = select.select([*unfinished, listener], [], [])
        sock = readable[0]
        if sock is listener:
            unfinished[listener.accept()[0]] = b""
            continue
        try:
            data = sock.recv(4096)
            *lines, unfinished[sock] = (unfinished[sock] + data).split(b"\n")
            for line in lines:
                sock.sendall(turn_around(line) + b"\n")
        except OSError:
            data = b""
        if not data:
            del unfinished[sock]
            sock.close()
