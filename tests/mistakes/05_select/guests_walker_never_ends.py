"""It serves guests for ever, as the walker of the lesson does.

task: three_guests
diagnosis: M86
"""

def three_guests(listener):
    sockets = [listener]
    while True:
        readable, _, _ = select.select(sockets, [], [])
        for sock in readable:
            if sock is listener:
                sockets.append(listener.accept()[0])
            else:
                line = sock.recv(4096).removesuffix(b"\n")
                sock.sendall(turn_around(line) + b"\n")
                sockets.remove(sock)
                sock.close()
