"""A set of pids; SIGCHLD is held back except while it waits at the door.

task: full_house
"""

import contextlib
import signal

ENDS = {signal.SIGCHLD}


def full_house(listener):
    crew = set()

    def reap(*_):
        # Another SIGCHLD may call it within itself, and leave nobody to find.
        with contextlib.suppress(ChildProcessError):
            while crew:
                pid, _ = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                crew.remove(pid)

    signal.signal(signal.SIGCHLD, reap)
    while True:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
        connection, _ = listener.accept()
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
        if len(crew) == CREW:
            crew.remove(os.wait()[0])
        pid = os.fork()
        if pid == 0:
            listener.close()
            try:
                look_after(connection)
            finally:
                os._exit(0)
        connection.close()
        crew.add(pid)
