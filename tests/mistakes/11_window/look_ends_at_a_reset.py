"""It asks for the next look at the end of each, which a reset never reaches.

task: look_in
diagnosis: M10
"""


def look_in(window, listener):
    unfinished = {}

    def look():
        for sock in select.select([listener, *unfinished], [], [], 0)[0]:
            if sock is listener:
                unfinished[sock.accept()[0]] = b""
                continue
            data = sock.recv(4096)
            *lines, unfinished[sock] = (unfinished[sock] + data).split(b"\n")
            for line in lines:
                sock.sendall(answer(line))
            if not data:
                del unfinished[sock]
                sock.close()
        window.after(LOOK, look)

    look()
    return window.quit
