"""It welcomes a newcomer only after the newcomer has said something.

task: open_door
diagnosis: M36
"""

def open_door(listener):
    sockets, welcomed = [listener], set()
    while True:
        readable, _, _ = select.select(sockets, [], [])
        for sock in readable:
            if sock is listener:
                sockets.append(listener.accept()[0])
                continue
            data = sock.recv(4096)
            if sock not in welcomed:
                sock.sendall(b"welcome\n")
                welcomed.add(sock)
            if data:
                sock.sendall(data)
            else:
                sockets.remove(sock)
                sock.close()
