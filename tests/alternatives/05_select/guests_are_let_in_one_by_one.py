"""The listener stands in the list until all three have come.

task: three_guests
"""

import select


def three_guests(listener):
    waiting, to_come, to_go = [listener], 3, 3
    while to_go:
        for sock in select.select(waiting, [], [])[0]:
            if sock is not listener:
                line = sock.recv(4096).removesuffix(b"\n")
                sock.sendall(turn_around(line) + b"\n")
                sock.close()
                waiting.remove(sock)
                to_go -= 1
                continue
            waiting.append(listener.accept()[0])
            to_come -= 1
            if not to_come:
                waiting.remove(listener)
