"""It waits for a place once there are more than CREW.

task: full_house
diagnosis: M59
"""


def full_house(listener):
    listener.settimeout(0.1)
    crew = 0
    while True:
        while crew:
            how = 0 if crew > CREW else os.WNOHANG
            if os.waitpid(-1, how)[0] == 0:
                break
            crew -= 1
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        if os.fork() == 0:
            try:
                listener.close()
                look_after(connection)
            finally:
                os._exit(0)
        connection.close()
        crew += 1
