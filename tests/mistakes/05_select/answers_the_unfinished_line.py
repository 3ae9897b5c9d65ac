"""At the end of file it answers what is not a whole line.

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
                if not data and rest:
                    lines.append(rest)
                for line in lines:
                    sock.sendall(turn_around(line) + b"\n")
            except OSError:
                data = b""
            if not data:
                del unfinished[sock]
                sock.close()
