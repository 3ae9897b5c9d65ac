"""A child must be waited for, so the parent waits right after the fork.

task: hire_and_reap
diagnosis: M58
"""


def hire_and_reap(listener):
    while True:
        connection, _ = listener.accept()
        pid = os.fork()
        if pid == 0:
            try:
                listener.close()
                look_after(connection)
            finally:
                os._exit(0)
        connection.close()
        os.waitpid(pid, 0)
