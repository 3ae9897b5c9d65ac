"""At the end of every turn it waits in accept() for a newcomer.

task: open_door
diagnosis: M27
"""

def open_door(listener):
    connections = []
    while True:
        readable, _, _ = select.select([listener, *connections], [], [])
        for sock in readable:
            if sock is listener:
                continue
            if data := sock.recv(4096):
                sock.sendall(data)
            else:
                connections.remove(sock)
                sock.close()
        connection, _ = listener.accept()
        connection.sendall(b"welcome\n")
        connections.append(connection)
