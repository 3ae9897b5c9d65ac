"""It sends until an error comes, and closes: a BlockingIOError is one, too.

task: hand_out
diagnosis: M65
"""

def hand_out(listener):
    pending = {}
    while True:
        door, writable, _ = select.select([listener], list(pending), [])
        for sock in door:
            connection, _ = sock.accept()
            connection.setblocking(False)
            pending[connection] = bytearray(FLYER)
        for sock in writable:
            try:
                while pending[sock]:
                    del pending[sock][: sock.send(pending[sock])]
            except OSError:
                pending[sock].clear()
            if not pending[sock]:
                del pending[sock]
                sock.close()
