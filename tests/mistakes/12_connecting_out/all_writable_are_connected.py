"""It takes whatever is writable for connected.

task: connect_all
diagnosis: M190
"""


def connect_all(addresses, seconds):
    waiting, results = {}, [TimeoutError()] * len(addresses)
    for number, address in enumerate(addresses):
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex(address)
        waiting[sock] = number
    deadline = time.monotonic() + seconds
    while waiting and (rest := deadline - time.monotonic()) > 0:
        for sock in select.select([], waiting, [], rest)[1]:
            results[waiting.pop(sock)] = sock
    for sock in waiting:
        sock.close()
    return results
