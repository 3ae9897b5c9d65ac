"""When the crew is complete it waits for the one that was hired first.

task: full_house
diagnosis: M58
"""


def full_house(listener):
    listener.settimeout(0.1)
    crew = []
    while True:
        if len(crew) == CREW:
            os.waitpid(crew.pop(0), 0)
        crew = [pid for pid in crew if not os.waitpid(pid, os.WNOHANG)[0]]
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        pid = os.fork()
        if pid == 0:
            try:
                listener.close()
                look_after(connection)
            finally:
                os._exit(0)
        connection.close()
        crew.append(pid)
