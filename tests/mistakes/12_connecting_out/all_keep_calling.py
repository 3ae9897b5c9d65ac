"""It gives up, and leaves the sockets of its calls open.

task: connect_all
diagnosis: M32
"""


kept = []


def connect_all(addresses, seconds):
    waiting, results = {}, [TimeoutError()] * len(addresses)
    for number, address in enumerate(addresses):
        sock = socket.socket()
        sock.setblocking(False)
        code = sock.connect_ex(address)
        if code in (0, errno.EINPROGRESS):
            waiting[sock] = number
        else:
            sock.close()
            results[number] = OSError(code, os.strerror(code))
        kept.append(sock)
    deadline = time.monotonic() + seconds
    while waiting and (rest := deadline - time.monotonic()) > 0:
        for sock in select.select([], waiting, [], rest)[1]:
            results[waiting.pop(sock)] = settled(sock)
    return results
