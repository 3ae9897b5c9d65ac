"""It accepts the fifth, and then waits until there is a place for it.

task: full_house
"""


def full_house(listener):
    listener.settimeout(0.1)
    crew = 0
    while True:
        while crew and os.waitpid(-1, os.WNOHANG)[0]:
            crew -= 1
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        if crew == CREW:
            os.waitpid(-1, 0)
            crew -= 1
        if os.fork() == 0:
            listener.close()
            try:
                look_after(connection)
            finally:
                os._exit(0)
        connection.close()
        crew += 1
