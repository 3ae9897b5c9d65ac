"""One flyer for all, and for each guest the place it has come to.

task: hand_out
"""


def hand_out(listener):
    listener.setblocking(False)
    places = {}
    while True:
        door, writable, _ = select.select([listener], [*places], [])
        for sock in door + writable:
            if sock is listener:
                with suppress(BlockingIOError):
                    guest, _ = listener.accept()
                    guest.setblocking(False)
                    places[guest] = 0
                continue
            try:
                places[sock] += sock.send(memoryview(FLYER)[places[sock] :])
            except BlockingIOError:
                continue
            except OSError:
                places[sock] = len(FLYER)
            if places[sock] == len(FLYER):
                del places[sock]
                sock.close()
