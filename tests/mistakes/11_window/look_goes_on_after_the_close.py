"""It closes its connections, and the looks go on.

task: look_in
diagnosis: M158
"""


def look_in(window, listener):
    unfinished = {}

    def look():
        window.after(LOOK, look)
        for sock in select.select([listener, *unfinished], [], [], 0)[0]:
            if sock is listener:
                unfinished[sock.accept()[0]] = b""
            else:
                see_to(sock)

    def see_to(sock):
        try:
            data = sock.recv(4096)
            *lines, unfinished[sock] = (unfinished[sock] + data).split(b"\n")
            for line in lines:
                sock.sendall(answer(line))
        except OSError:
            data = b""
        if not data:
            del unfinished[sock]
            sock.close()

    def close():
        for sock in unfinished:
            sock.close()
        unfinished.clear()

    look()
    return close
