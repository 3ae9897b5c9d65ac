"""It takes what comes for lines, and turns them around.

task: open_door
diagnosis: M88
"""

def open_door(listener):
    sockets = [listener]
    while True:
        for sock in select.select(sockets, [], [])[0]:
            if sock is listener:
                connection, address = listener.accept()
                connection.sendall(b"welcome\n")
                sockets.append(connection)
            elif data := sock.recv(4096):
                sock.sendall(turn_around(data.removesuffix(b"\n")) + b"\n")
            else:
                sockets.remove(sock)
                sock.close()
