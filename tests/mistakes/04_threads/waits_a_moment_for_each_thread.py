"""It waits a tenth of a second at the door for each thread it hires.

task: serve_threads
diagnosis: M62
"""


def serve_threads(listener):
    while True:
        connection, _ = listener.accept()
        thread = threading.Thread(target=capitals, args=[connection])
        thread.start()
        thread.join(0.1)


def capitals(connection):
    with connection, suppress(OSError):
        for line in lines_of(connection):
            connection.sendall(line.upper() + b"\n")
