"""It runs the window's loop itself, so it never returns.

task: look_in
diagnosis: M151
"""


def look_in(window, listener):
    sockets = [listener]

    def look():
        window.after(LOOK, look)
        for sock in select.select(sockets, [], [], 0)[0]:
            if sock is listener:
                sockets.append(sock.accept()[0])
            else:
                for line in sock.recv(4096).splitlines():
                    sock.sendall(answer(line))

    look()
    window.mainloop(-1)
