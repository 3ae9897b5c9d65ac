"""It leaves what is raised to asyncio, and goes on watching.

task: NotebookLoop
diagnosis: M154
"""


class NotebookLoop:
    def __init__(self, loop):
        self.loop = loop

    def watch(self, sock, read=None, write=None):
        self.loop.remove_reader(sock)
        self.loop.remove_writer(sock)
        if read:
            self.loop.add_reader(sock, read)
        if write:
            self.loop.add_writer(sock, write)
