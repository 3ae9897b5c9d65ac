"""A pool with one thread too few.

task: four_booths
diagnosis: none
"""

from concurrent.futures import ThreadPoolExecutor


def four_booths(listener, votes):
    key = threading.Lock()

    def booth(connection):
        with connection, suppress(OSError):
            for name in lines_of(connection):
                try:
                    with key:
                        count = votes.read(name) + 1
                        votes.write(name, count)
                except ValueError:
                    connection.sendall(b"?\n")
                else:
                    connection.sendall(b"%s %d\n" % (name, count))

    with ThreadPoolExecutor(max_workers=3) as pool:
        while True:
            connection, _ = listener.accept()
            pool.submit(booth, connection)
