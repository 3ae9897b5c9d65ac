"""It leaves the timeout out: select() waits until somebody speaks.

task: look_in
diagnosis: M150
"""


def look_in(window, listener):
    sockets = [listener]

    def look():
        for sock in select.select(sockets, [], [])[0]:
            if sock is listener:
                sockets.append(sock.accept()[0])
            else:
                for line in sock.recv(4096).splitlines():
                    sock.sendall(answer(line))
        window.after(LOOK, look)

    window.after(LOOK, look)
    return window.quit
