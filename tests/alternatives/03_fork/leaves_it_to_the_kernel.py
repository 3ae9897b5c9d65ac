"""Who ignores SIGCHLD has the kernel wait for the children.

task: hire_and_reap
"""

import signal


def hire_and_reap(listener):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for connection in iter(lambda: listener.accept()[0], None):
        with connection:
            if os.fork():
                continue
            with suppress(OSError):
                listener.close()
                look_after(connection)
            os._exit(0)
