"""sys.exit() ends a program, so it ends a child as well.

task: hire
diagnosis: M55
"""

import sys


def hire(listener):
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            with suppress(OSError):
                look_after(connection)
            sys.exit(0)
        connection.close()
