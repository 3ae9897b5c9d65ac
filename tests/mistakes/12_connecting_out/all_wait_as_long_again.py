"""Whenever somebody has answered, the others have the whole limit again.

task: connect_all
diagnosis: M81
"""


def connect_all(addresses, seconds):
    results, waiting = [None] * len(addresses), {}
    for number, address in enumerate(addresses):
        sock = socket.socket()
        sock.setblocking(False)
        code = sock.connect_ex(address)
        if code in (0, errno.EINPROGRESS):
            waiting[sock] = number
        else:
            sock.close()
            results[number] = OSError(code, os.strerror(code))
    while waiting:
        ready = select.select([], waiting, [], seconds)[1]
        if not ready:
            break
        for sock in ready:
            results[waiting.pop(sock)] = settled(sock)
    for sock, number in waiting.items():
        sock.close()
        results[number] = TimeoutError("nobody has answered in time")
    return results
