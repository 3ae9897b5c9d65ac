"""It wraps the whole loop in one try, so that a reset ends it for everybody.

task: serve_many
diagnosis: M10
"""

def serve_many(listener):
    unfinished = {}
    try:
        while True:
            readable, _, _ = select.select([listener, *unfinished], [], [])
            for sock in readable:
                if sock is listener:
                    unfinished[listener.accept()[0]] = b""
                    continue
                data = sock.recv(4096)
                *lines, rest = (unfinished[sock] + data).split(b"\n")
                unfinished[sock] = rest
                for line in lines:
                    sock.sendall(turn_around(line) + b"\n")
                if not data:
                    del unfinished[sock]
                    sock.close()
    except OSError:
        print("a client has gone")
