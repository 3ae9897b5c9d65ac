"""A child that ends before its number is on the list is never struck off.

task: full_house
diagnosis: M59
"""
import signal


def full_house(listener):
    at_work = []

    def has_ended(signum, frame):
        with suppress(ChildProcessError):
            while pid := os.waitpid(-1, os.WNOHANG)[0]:
                if pid in at_work:
                    at_work.remove(pid)

    signal.signal(signal.SIGCHLD, has_ended)
    while True:
        if len(at_work) >= CREW:
            signal.pause()
            continue
        connection, _ = listener.accept()
        pid = os.fork()
        if pid == 0:
            listener.close()
            try:
                look_after(connection)
            finally:
                os._exit(0)
        connection.close()
        at_work.append(pid)
