"""It looks five times a second, and waits for one child each time.

task: hire_and_reap
diagnosis: M96
"""


def hire_and_reap(listener):
    listener.settimeout(0.2)
    while True:
        with suppress(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        if os.fork() == 0:
            listener.close()
            try:
                look_after(connection)
            finally:
                os._exit(0)
        connection.close()
