"""It answers one line for each recv(), and keeps the rest for later.

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
            buffer = unfinished[sock] + data
            if b"\n" in buffer:
                line, _, buffer = buffer.partition(b"\n")
                sock.sendall(turn_around(line) + b"\n")
            unfinished[sock] = buffer
            if not data:
                del unfinished[sock]
                sock.close()
