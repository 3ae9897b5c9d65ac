"""It waits for a newline at the end, and takes all before it for one line.

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
            if unfinished[sock].endswith(b"\n"):
                line = unfinished[sock].removesuffix(b"\n")
                sock.sendall(turn_around(line) + b"\n")
                unfinished[sock] = b""
            if not data:
                del unfinished[sock]
                sock.close()
