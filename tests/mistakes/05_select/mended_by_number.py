"""It keeps a buffer for each number: the next client inherits what is in it.

task: mended_walker
diagnosis: M30
"""

def mended_walker(listener):
    connections, buffers = [], {}
    while True:
        readable, _, _ = select.select([listener, *connections], [], [])
        for sock in readable:
            if sock is listener:
                connections.append(listener.accept()[0])
                continue
            try:
                data = sock.recv(4096)
                buffer = buffers.get(sock.fileno(), b"") + data
                *lines, buffers[sock.fileno()] = buffer.split(b"\n")
                for line in lines:
                    sock.sendall(turn_around(line) + b"\n")
            except OSError:
                data = b""
            if not data:
                connections.remove(sock)
                sock.close()
