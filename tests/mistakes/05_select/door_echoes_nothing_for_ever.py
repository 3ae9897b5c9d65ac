"""It sends b"" back, and goes on: the end of file is no end for it.

task: open_door
diagnosis: M06
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
            else:
                sock.sendall(sock.recv(4096))
