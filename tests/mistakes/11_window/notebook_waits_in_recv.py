"""It reads one client to its end, in the loop that everybody shares.

task: on_notebook
diagnosis: M150
"""


def on_notebook(loop, listener):
    guests = []

    def let_in():
        guests.append(listener.accept()[0])
        loop.add_reader(guests[-1], hear, guests[-1])

    def hear(sock):
        rest = b""
        while data := sock.recv(65536):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                sock.sendall(answer(line))
        loop.remove_reader(sock)
        sock.close()

    def close():
        loop.remove_reader(listener)
        for sock in guests:
            loop.remove_reader(sock)
            sock.close()

    loop.add_reader(listener, let_in)
    return close
