"""Who comes to a full house is sent away.

task: full_house
diagnosis: M59
"""


def full_house(listener):
    listener.settimeout(0.1)
    crew = 0
    while True:
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                crew -= 1
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        if crew == CREW:
            connection.close()
            continue
        if os.fork() == 0:
            try:
                listener.close()
                look_after(connection)
            finally:
                os._exit(0)
        connection.close()
        crew += 1
