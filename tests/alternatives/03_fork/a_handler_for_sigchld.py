"""By the book: at each SIGCHLD, wait for all children that have ended.

task: hire_and_reap
"""

import signal


def reap(number, frame):
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def hire_and_reap(listener):
    signal.signal(signal.SIGCHLD, reap)
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            try:
                look_after(connection)
            finally:
                os._exit(0)
        connection.close()
