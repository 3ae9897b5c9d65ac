"""It waits in accept() for the next newcomer.

task: open_door
diagnosis: M27
"""

def open_door(listener):
    connections = []
    while True:
        connection, _ = listener.accept()
        connection.sendall(b"welcome\n")
        connections.append(connection)
        for sock in select.select(connections, [], [], 0)[0]:
            data = sock.recv(4096)
            if data:
                sock.sendall(data)
            else:
                connections.remove(sock)
                sock.close()
