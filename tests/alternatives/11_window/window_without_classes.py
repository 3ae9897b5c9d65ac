"""Tk's own calls, and dicts for what is kept; a list of pieces to send.

task: on_window
"""


def hear(sock, client):
    data = sock.recv(32768)
    client["over"] = not data
    *lines, client["buffer"] = (client["buffer"] + data).split(b"\n")
    client["out"] += [memoryview(answer(line)) for line in lines]


def pour(sock, out):
    if out:
        out[0] = out[0][sock.send(out[0][:32768]) :]
        if not out[0]:
            del out[0]


def enter(clients, door):
    sock, _ = door.accept()
    sock.setblocking(False)
    clients[sock] = {"buffer": b"", "out": [], "over": False}
    return sock


def leave(tk, clients, sock):
    tk.deletefilehandler(sock)
    del clients[sock]
    sock.close()


def on_window(window, listener):
    tk, clients = window.tk, {}

    def let_in(door, mask):
        tk.createfilehandler(enter(clients, door), tkinter.READABLE, ready)

    def ready(sock, mask):
        client = clients[sock]
        try:
            if mask & tkinter.READABLE:
                hear(sock, client)
            pour(sock, client["out"])
        except BlockingIOError:
            pass
        except OSError:
            client.update(over=True, out=[])
        if client["over"] and not client["out"]:
            leave(tk, clients, sock)
        else:
            more = tkinter.WRITABLE if client["out"] else tkinter.READABLE
            tk.createfilehandler(sock, more, ready)

    def close():
        tk.deletefilehandler(listener)
        for sock in list(clients):
            leave(tk, clients, sock)

    tk.createfilehandler(listener, tkinter.READABLE, let_in)
    return close
