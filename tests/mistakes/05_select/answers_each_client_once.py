"""It ignores a flag: who has been answered once is not looked at again.

task: serve_many
diagnosis: M28
"""

def serve_many(listener):
    unfinished, answered = {}, set()
    while True:
        readable, _, _ = select.select([listener, *unfinished], [], [])
        for sock in readable:
            if sock is listener:
                unfinished[listener.accept()[0]] = b""
                continue
            if sock in answered:
                continue
            data = sock.recv(4096)
            *lines, unfinished[sock] = (unfinished[sock] + data).split(b"\n")
            for line in lines:
                sock.sendall(turn_around(line) + b"\n")
                answered.add(sock)
            if not data:
                del unfinished[sock]
                sock.close()
