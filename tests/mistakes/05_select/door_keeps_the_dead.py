"""It closes who has left, and leaves the connection in the list.

task: open_door
diagnosis: M14
"""

def open_door(listener):
    sockets = [listener]
    while True:
        readable, _, _ = select.select(sockets, [], [])
        for sock in readable:
            if sock is listener:
                connection, _ = listener.accept()
                connection.sendall(b"welcome\n")
                sockets.append(connection)
            elif data := sock.recv(4096):
                sock.sendall(data)
            else:
                sock.close()
