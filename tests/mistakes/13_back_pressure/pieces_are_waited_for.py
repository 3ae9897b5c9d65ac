"""Each piece is sent with sendall(), on a connection that blocks.

task: answer_in_pieces
diagnosis: M13
"""


def answer_in_pieces(listener, make):
    clients = [listener]
    while True:
        for sock in select.select(clients, [], [])[0]:
            if sock is listener:
                clients.append(listener.accept()[0])
            else:
                answer(clients, sock, make)


def answer(clients, sock, make):
    line = b""
    while not line.endswith(b"\n"):
        if not (byte := sock.recv(1)):
            clients.remove(sock)
            sock.close()
            return
        line += byte
    name, size = asked(line)
    for start in range(0, size, PIECE):
        sock.sendall(make(name, start, min(PIECE, size - start)))
