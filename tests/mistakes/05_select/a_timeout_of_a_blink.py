"""It wakes a hundred times a second to see whether something has come.

task: serve_many
diagnosis: M26
"""

def serve_many(listener):
    unfinished = {}
    while True:
        sockets = [listener, *unfinished]
        readable, _, _ = select.select(sockets, [], [], 0.01)
        for sock in readable:
            if sock is listener:
                unfinished[listener.accept()[0]] = b""
                continue
            try:
                data = sock.recv(4096)
                *lines, rest = (unfinished[sock] + data).split(b"\n")
                unfinished[sock] = rest
                for line in lines:
                    sock.sendall(turn_around(line) + b"\n")
            except OSError:
                data = b""
            if not data:
                del unfinished[sock]
                sock.close()
