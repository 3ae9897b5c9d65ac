"""A client that has said nothing for a minute is sent away.

task: serve_threads
diagnosis: M231
"""


def serve_threads(listener):
    while True:
        connection, _ = listener.accept()
        connection.settimeout(60)
        threading.Thread(target=capitals, args=[connection]).start()


def capitals(connection):
    with connection, suppress(OSError):
        for line in lines_of(connection):
            connection.sendall(line.upper() + b"\n")
