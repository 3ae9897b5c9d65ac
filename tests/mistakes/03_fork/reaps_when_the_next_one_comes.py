"""Before each fork it waits for all children that have ended by then.

task: hire_and_reap
diagnosis: M56
"""


def hire_and_reap(listener):
    while True:
        connection, _ = listener.accept()
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if os.fork() == 0:
            try:
                listener.close()
                look_after(connection)
            finally:
                os._exit(0)
        connection.close()
