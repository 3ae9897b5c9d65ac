"""It calls one address after the other, and waits for each.

task: connect_all
diagnosis: M191
"""


def connect_all(addresses, seconds):
    results = []
    for address in addresses:
        sock = socket.socket()
        sock.settimeout(seconds)
        try:
            sock.connect(address)
            if sock.getsockname() == sock.getpeername():
                raise ConnectionRefusedError
            results.append(sock)
        except OSError as error:
            sock.close()
            results.append(error)
    return results
