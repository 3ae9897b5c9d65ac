"""The child never uses the listener, so it does not matter that it has one.

task: hire
diagnosis: M21
"""


def hire(listener):
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            try:
                look_after(connection)
            finally:
                os._exit(0)
        connection.close()
