"""Whoever goes home takes itself off the list.

task: full_house
diagnosis: M59
"""

import signal


def full_house(listener):
    crew = 0

    def reap(number, frame):
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass

    signal.signal(signal.SIGCHLD, reap)
    while True:
        while crew >= CREW:
            signal.pause()
        connection, _ = listener.accept()
        crew += 1
        if os.fork() == 0:
            try:
                listener.close()
                look_after(connection)
            finally:
                crew -= 1
                os._exit(0)
        connection.close()
