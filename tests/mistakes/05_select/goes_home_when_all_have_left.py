"""It returns when the last client has left.

task: serve_many
diagnosis: M31
"""

def serve_many(listener):
    unfinished = {listener.accept()[0]: b""}
    while unfinished:
        readable, _, _ = select.select([listener, *unfinished], [], [])
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
