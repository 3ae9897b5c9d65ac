"""A task for each client, which awaits what the loop has to tell.

task: on_notebook
"""


async def talk(loop, sock):
    unfinished = b""
    with sock:
        try:
            while data := await loop.sock_recv(sock, 65536):
                *lines, unfinished = (unfinished + data).split(b"\n")
                for line in lines:
                    await loop.sock_sendall(sock, answer(line))
        except OSError:
            pass


def on_notebook(loop, listener):
    listener.setblocking(False)
    tasks = set()

    async def stand_at_the_door():
        while True:
            sock, _ = await loop.sock_accept(listener)
            task = loop.create_task(talk(loop, sock))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    door = loop.create_task(stand_at_the_door())

    def close():
        door.cancel()
        for task in tasks:
            task.cancel()

    return close
