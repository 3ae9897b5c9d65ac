"""The children give their places back themselves, before they have ended.

task: full_house
diagnosis: M59
"""
import signal


def full_house(listener):
    places, given_back = os.pipe()
    os.write(given_back, b"." * CREW)

    def has_ended(signum, frame):
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass

    signal.signal(signal.SIGCHLD, has_ended)
    while True:
        os.read(places, 1)
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            try:
                look_after(connection)
            finally:
                connection.close()
                os.write(given_back, b".")
                os._exit(0)
        connection.close()
