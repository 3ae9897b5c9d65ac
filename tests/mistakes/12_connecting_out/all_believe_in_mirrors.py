"""It asks for SO_ERROR, and not who is at the other end.

task: connect_all
diagnosis: M193
"""


def connect_all(addresses, seconds):
    waiting, results = {}, [None] * len(addresses)
    for number, address in enumerate(addresses):
        sock = socket.socket()
        sock.setblocking(False)
        code = sock.connect_ex(address)
        if code in (0, errno.EINPROGRESS):
            waiting[sock] = number
        else:
            sock.close()
            results[number] = OSError(code, os.strerror(code))
    deadline = time.monotonic() + seconds
    while waiting and (rest := deadline - time.monotonic()) > 0:
        for sock in select.select([], waiting, [], rest)[1]:
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            number = waiting.pop(sock)
            results[number] = OSError(code, "no") if code else sock
    for sock, number in waiting.items():
        sock.close()
        results[number] = TimeoutError()
    return results
