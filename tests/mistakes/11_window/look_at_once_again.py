"""It asks for the next look for now, so that answers come soon.

task: look_in
diagnosis: M152
"""


def look_in(window, listener):
    unfinished, timer = {}, [""]

    def look():
        timer[0] = window.after(0, look)
        for sock in select.select([listener, *unfinished], [], [], 0)[0]:
            if sock is listener:
                unfinished[sock.accept()[0]] = b""
                continue
            data = sock.recv(4096)
            *lines, unfinished[sock] = (unfinished[sock] + data).split(b"\n")
            sock.sendall(b"".join(map(answer, lines)))
            if not data:
                del unfinished[sock]
                sock.close()

    def close():
        window.after_cancel(timer[0])
        for sock in unfinished:
            sock.close()

    look()
    return close
