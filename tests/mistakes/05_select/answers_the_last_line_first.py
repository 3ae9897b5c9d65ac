"""It takes the lines from the end, so the answers come backwards.

task: serve_many
diagnosis: M30
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
            *lines, unfinished[sock] = (unfinished[sock] + data).split(b"\n")
            while lines:
                sock.sendall(turn_around(lines.pop()) + b"\n")
            if not data:
                del unfinished[sock]
                sock.close()
