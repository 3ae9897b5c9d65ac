"""select() waits for the door and for a pipe into which each signal falls.

task: full_house
"""

import select
import signal


def full_house(listener):
    signals, tap = os.pipe()
    os.set_blocking(signals, False)
    os.set_blocking(tap, False)
    signal.set_wakeup_fd(tap)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    crew = set()
    while True:
        door = [listener] if len(crew) < CREW else []
        ready, _, _ = select.select([signals, *door], [], [])
        if signals in ready:
            os.read(signals, 4096)
            crew -= {pid for pid in crew if os.waitpid(pid, os.WNOHANG)[0]}
        elif listener in ready:
            connection, _ = listener.accept()
            pid = os.fork()
            if pid == 0:
                listener.close()
                try:
                    look_after(connection)
                finally:
                    os._exit(0)
            connection.close()
            crew.add(pid)
