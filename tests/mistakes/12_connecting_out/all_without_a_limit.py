"""It waits for everybody, however long that takes.

task: connect_all
diagnosis: M192
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
    while waiting:
        for sock in select.select([], waiting, [])[1]:
            results[waiting.pop(sock)] = settled(sock)
    return results
