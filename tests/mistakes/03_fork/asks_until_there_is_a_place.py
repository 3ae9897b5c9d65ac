"""When the crew is complete it asks, and asks again, whether one has ended.

task: full_house
diagnosis: M26
"""


def full_house(listener):
    listener.settimeout(0.1)
    crew = set()
    while True:
        for pid in list(crew):
            if os.waitpid(pid, os.WNOHANG)[0]:
                crew.remove(pid)
        if len(crew) == CREW:
            continue
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
        crew.add(pid)
