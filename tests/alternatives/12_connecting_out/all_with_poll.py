"""With poll(), connect() and its exceptions.

task: connect_all
"""

import select
import socket
import time


def connect_all(addresses, seconds):
    results = [TimeoutError("too late") for _ in addresses]
    poller, calls = select.poll(), {}
    for number, address in enumerate(addresses):
        sock = socket.socket()
        sock.setblocking(False)
        try:
            sock.connect(address)
        except BlockingIOError:
            pass
        except OSError as error:
            results[number] = error
            sock.close()
            continue
        calls[sock.fileno()] = number, sock
        poller.register(sock, select.POLLOUT)
    end = time.monotonic() + seconds
    while calls and (left := end - time.monotonic()) > 0:
        for fd, _ in poller.poll(left * 1000 + 1):
            poller.unregister(fd)
            number, sock = calls.pop(fd)
            results[number] = outcome(sock)
    for _, sock in calls.values():
        sock.close()
    return results


def outcome(sock):
    # A second connect() would do as well: its error says what became of it.
    try:
        peer = sock.getpeername()
    except OSError:
        peer = None
    number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if peer and not number and peer != sock.getsockname():
        sock.setblocking(True)
        return sock
    sock.close()
    return OSError(number or 111, "refused")
