"""It makes the listener non-blocking, and believes that guests inherit it.

task: hand_out
diagnosis: M13
"""

def hand_out(listener):
    listener.setblocking(False)
    pending = {}
    while True:
        door, writable, _ = select.select([listener], list(pending), [])
        for sock in door:
            connection, _ = sock.accept()
            pending[connection] = bytearray(FLYER)
        for sock in writable:
            try:
                pour(sock, pending[sock])
            except OSError:
                pending[sock].clear()
            if not pending[sock]:
                del pending[sock]
                sock.close()
