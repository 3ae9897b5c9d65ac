"""At the end of every turn it calls accept(), whoever woke it.

task: serve_many
diagnosis: M27
"""

def serve_many(listener):
    unfinished = {}
    while True:
        readable, _, _ = select.select([listener, *unfinished], [], [])
        for sock in readable:
            if sock is listener:
                continue
            data = sock.recv(4096)
            *lines, unfinished[sock] = (unfinished[sock] + data).split(b"\n")
            for line in lines:
                sock.sendall(turn_around(line) + b"\n")
            if not data:
                del unfinished[sock]
                sock.close()
        connection, _ = listener.accept()
        unfinished[connection] = b""
