"""It closes the connection after one answer.

task: serve_many
diagnosis: M33
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
            line, newline, _ = unfinished[sock].partition(b"\n")
            if newline:
                sock.sendall(turn_around(line) + b"\n")
            if newline or not data:
                del unfinished[sock]
                sock.close()
