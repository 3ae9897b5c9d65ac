"""It welcomes a newcomer, and does not put the connection in the list.

task: open_door
diagnosis: M34
"""

def open_door(listener):
    sockets, guests = [listener], []
    while True:
        readable, _, _ = select.select(sockets, [], [])
        for sock in readable:
            if sock is listener:
                connection, _ = listener.accept()
                connection.sendall(b"welcome\n")
                guests.append(connection)
            elif data := sock.recv(4096):
                sock.sendall(data)
            else:
                sockets.remove(sock)
                sock.close()
