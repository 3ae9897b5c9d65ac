"""It sets the limit once, for every connection to come.

task: serve_the_queue
"""

import socket


def serve_the_queue(listener, patience):
    socket.setdefaulttimeout(patience)
    listener.settimeout(None)
    number = 0
    while True:
        connection = listener.accept()[0]
        number += 1
        try:
            for request in requests(connection):
                connection.sendall(answer(number, request))
        except OSError as error:
            print(number, error)
        finally:
            connection.close()
