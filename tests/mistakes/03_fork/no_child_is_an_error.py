"""waitpid() returns (0, 0) when there is no more; that it may raise is news.

task: hire_and_reap
diagnosis: M57
"""

import signal


def hire_and_reap(listener):
    def reap(number, frame):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass

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
