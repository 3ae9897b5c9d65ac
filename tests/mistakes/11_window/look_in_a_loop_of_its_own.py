"""It is serve_many of exercise 05: a loop that never gives the turn back.

task: look_in
diagnosis: M151
"""


def look_in(window, listener):
    sockets = [listener]
    while True:
        for sock in select.select(sockets, [], [])[0]:
            if sock is listener:
                sockets.append(sock.accept()[0])
            else:
                for line in sock.recv(4096).splitlines():
                    sock.sendall(answer(line))
