"""It believes that after() calls again and again.

task: look_in
diagnosis: M159
"""


def look_in(window, listener):
    sockets = [listener]

    def look():
        for sock in select.select(sockets, [], [], 0)[0]:
            if sock is listener:
                sockets.append(sock.accept()[0])
            else:
                for line in sock.recv(4096).splitlines():
                    sock.sendall(answer(line))

    timer = window.after(LOOK, look)
    return lambda: window.after_cancel(timer)
