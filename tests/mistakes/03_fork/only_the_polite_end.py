"""After look_after() the child ends; that it may raise was not thought of.

task: hire
diagnosis: M55
"""


def hire(listener):
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            look_after(connection)
            os._exit(0)
        connection.close()
