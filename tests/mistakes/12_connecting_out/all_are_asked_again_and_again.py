"""It looks at each call in turn, and never sleeps.

task: connect_all
diagnosis: M26
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
    while waiting and time.monotonic() < deadline:
        for sock in select.select([], waiting, [], 0)[1]:
            results[waiting.pop(sock)] = settled(sock)
    for sock, number in waiting.items():
        sock.close()
        results[number] = TimeoutError()
    return results
