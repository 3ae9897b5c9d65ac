"""It takes b"" for "nothing has come yet".

task: serve_many
diagnosis: M06
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
            except OSError:
                del unfinished[sock]
                continue
            if not data:
                continue
            *lines, unfinished[sock] = (unfinished[sock] + data).split(b"\n")
            for line in lines:
                sock.sendall(turn_around(line) + b"\n")
