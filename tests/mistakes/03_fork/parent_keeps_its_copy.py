"""The child has the connection, so only the child closes it.

task: hire
diagnosis: M21
"""


def hire(listener):
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            try:
                look_after(connection)
                connection.close()
            finally:
                os._exit(0)
