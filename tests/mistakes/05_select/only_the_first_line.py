"""It answers the first line that recv() gave, and drops the others.

task: serve_many
diagnosis: M02
"""

def serve_many(listener):
    unfinished = {}
    while True:
        readable, _, _ = select.select([listener, *unfinished], [], [])
        for sock in readable:
            if sock is listener:
                unfinished[listener.accept()[0]] = b""
                continue
            data = sock.recv(4096)
            unfinished[sock] += data
            if b"\n" in unfinished[sock]:
                line = unfinished[sock].split(b"\n")[0]
                sock.sendall(turn_around(line) + b"\n")
                unfinished[sock] = b""
            if not data:
                del unfinished[sock]
                sock.close()
