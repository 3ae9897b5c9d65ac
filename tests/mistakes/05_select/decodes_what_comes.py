"""It makes text of the bytes, which need not be any.

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
                data = sock.recv(4096).decode()
                *lines, rest = (unfinished[sock].decode() + data).split("\n")
                unfinished[sock] = rest.encode()
                for line in lines:
                    sock.sendall(turn_around(line).encode() + b"\n")
            except OSError:
                data = b""
            if not data:
                del unfinished[sock]
                sock.close()
