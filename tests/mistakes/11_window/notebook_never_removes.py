"""It adds, and does not remove: None means nothing to it.

task: NotebookLoop
diagnosis: M72
"""


class NotebookLoop:
    def __init__(self, loop):
        self.loop = loop

    def watch(self, sock, read=None, write=None):
        if read:
            self.loop.add_reader(sock, self.call, sock, read)
        if write:
            self.loop.add_writer(sock, self.call, sock, write)
        else:
            self.loop.remove_writer(sock)

    def call(self, sock, act):
        try:
            act()
        except Exception:
            traceback.print_exc()
            self.loop.remove_reader(sock)
            self.loop.remove_writer(sock)
