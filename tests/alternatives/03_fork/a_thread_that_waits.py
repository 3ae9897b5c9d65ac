"""A thread does nothing but wait for children.

task: hire_and_reap
"""

import threading
import time


def bury():
    while True:
        try:
            os.wait()
        except ChildProcessError:
            time.sleep(0.05)


def hire_and_reap(listener):
    threading.Thread(target=bury, daemon=True).start()
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            with suppress(OSError):
                listener.close()
                look_after(connection)
            os._exit(0)
        connection.close()
