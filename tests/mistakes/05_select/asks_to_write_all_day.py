"""It asks whether its connections are writable, in every turn.

task: serve_many
diagnosis: M07
"""

def serve_many(listener):
    unfinished = {}
    while True:
        readable, writable, _ = select.select(
            [listener, *unfinished], list(unfinished), []
        )
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
