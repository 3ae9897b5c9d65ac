"""It sends what one client says to all of them, as in a chat.

task: open_door
diagnosis: M30
"""

def open_door(listener):
    sockets = [listener]
    while True:
        readable, _, _ = select.select(sockets, [], [])
        for sock in readable:
            if sock is listener:
                connection, address = listener.accept()
                connection.sendall(b"welcome\n")
                sockets.append(connection)
            else:
                data = sock.recv(4096)
                for other in sockets[1:]:
                    other.sendall(data)
                if not data:
                    sockets.remove(sock)
                    sock.close()
