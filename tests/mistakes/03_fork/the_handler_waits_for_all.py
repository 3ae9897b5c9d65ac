"""The handler waits until there is no child any more.

task: hire_and_reap
diagnosis: M58
"""

import signal


def hire_and_reap(listener):
    def reap(number, frame):
        with suppress(ChildProcessError):
            while True:
                os.wait()

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
