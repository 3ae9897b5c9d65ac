"""It is the code that was handed out, as it was.

task: mended_parent
diagnosis: M58
"""


def mended_parent(listener):
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
