"""It waits in recv() for each of its clients, in every look.

task: look_in
diagnosis: M150
"""


def look_in(window, listener):
    clients = []
    listener.setblocking(False)

    def look():
        window.after(LOOK, look)
        try:
            clients.append(listener.accept()[0])
        except BlockingIOError:
            pass
        for sock in list(clients):
            data = sock.recv(4096)
            for line in data.splitlines():
                sock.sendall(answer(line))

    look()
    return window.quit
