"""Each socket has a time limit, so its connect() waits for as long.

task: connect_all
diagnosis: M191
"""


def connect_all(addresses, seconds):
    deadline = time.monotonic() + seconds
    results = [None] * len(addresses)
    pending = {}
    for place, address in enumerate(addresses):
        sock = socket.socket()
        sock.settimeout(seconds)
        code = sock.connect_ex(tuple(address))
        if code in (0, errno.EINPROGRESS):
            pending[sock] = place
        else:
            sock.close()
            results[place] = OSError(code, os.strerror(code))
    while pending:
        rest = deadline - time.monotonic()
        if rest <= 0:
            break
        for sock in select.select([], list(pending), [], rest)[1]:
            place = pending.pop(sock)
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                sock.close()
                results[place] = OSError(code, os.strerror(code))
            elif sock.getsockname() == sock.getpeername():
                sock.close()
                results[place] = ConnectionRefusedError()
            else:
                results[place] = sock
    for sock, place in pending.items():
        sock.close()
        results[place] = TimeoutError()
    return results
