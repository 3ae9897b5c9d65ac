"""It keeps the sockets of the calls that were refused.

task: connect_all
diagnosis: M32
"""

KEPT = []


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
    deadline = time.monotonic() + seconds
    while waiting and (rest := deadline - time.monotonic()) > 0:
        for sock in select.select([], waiting, [], rest)[1]:
            results[waiting.pop(sock)] = kept_or_settled(sock)
    for sock, number in waiting.items():
        sock.close()
        results[number] = TimeoutError("nobody has answered in time")
    return results


def kept_or_settled(sock):
    code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if not code and sock.getsockname() == sock.getpeername():
        code = errno.ECONNREFUSED
    if not code:
        return sock
    KEPT.append(sock)
    return OSError(code, os.strerror(code))
