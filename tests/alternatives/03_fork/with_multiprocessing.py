"""A Process of multiprocessing for each client; it ends inside by itself.

task: hire
"""

import multiprocessing


def alone(listener, connection):
    listener.close()
    with suppress(OSError):
        look_after(connection)


def hire(listener):
    context = multiprocessing.get_context("fork")
    while True:
        connection, _ = listener.accept()
        context.Process(target=alone, args=[listener, connection]).start()
        connection.close()
