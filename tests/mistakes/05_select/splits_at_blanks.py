"""It cuts what has come at every blank, with a bare split().

task: serve_many
diagnosis: M35
"""

def serve_many(listener):
    unfinished = {}
    while True:
        for sock in select.select([listener, *unfinished], [], [])[0]:
            if sock is listener:
                unfinished[listener.accept()[0]] = b""
                continue
            try:
                data = sock.recv(4096)
                unfinished[sock] += data
                if unfinished[sock].endswith(b"\n"):
                    for line in unfinished[sock].split():
                        sock.sendall(turn_around(line) + b"\n")
                    unfinished[sock] = b""
            except OSError:
                data = b""
            if not data:
                del unfinished[sock]
                sock.close()
