"""It takes an empty line for a goodbye.

task: serve_many
diagnosis: M35
"""

def serve_many(listener):
    unfinished = {}
    while True:
        readable, _, _ = select.select([listener, *unfinished], [], [])
        for sock in readable:
            if sock is listener:
                unfinished[listener.accept()[0]] = b""
                continue
            try:
                data = sock.recv(4096)
                *lines, rest = (unfinished[sock] + data).split(b"\n")
                unfinished[sock] = rest
                for line in filter(None, lines):
                    sock.sendall(turn_around(line) + b"\n")
            except OSError:
                data = b""
            if not data or b"" in lines:
                del unfinished[sock]
                sock.close()
