"""When the child is done it goes on, like any function that is done.

task: hire
diagnosis: M55
"""


def hire(listener):
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            with suppress(OSError):
                look_after(connection)
        connection.close()
