"""Each child that ends sends a signal, so each signal is worth one wait.

task: hire_and_reap
diagnosis: M57
"""

import signal


def hire_and_reap(listener):
    def reap(number, frame):
        with suppress(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)

    signal.signal(signal.SIGCHLD, reap)
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            try:
                listener.close()
                look_after(connection)
            finally:
                os._exit(0)
        connection.close()
