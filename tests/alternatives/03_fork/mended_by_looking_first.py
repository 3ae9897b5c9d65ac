"""It sleeps until somebody has ended, and leaves the rest to the look around.

task: mended_parent
"""


def mended_parent(listener):
    listener.settimeout(0.1)
    crew = []
    while True:
        if len(crew) == CREW:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
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
