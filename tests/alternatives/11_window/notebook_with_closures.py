"""Only what has changed is told to asyncio, in wrappers made on the spot.

task: NotebookLoop
"""


class NotebookLoop:
    def __init__(self, loop):
        self.loop = loop

    def watch(self, sock, read=None, write=None):
        def guarded(act):
            def call():
                try:
                    act()
                except Exception:
                    traceback.print_exc()
                    self.loop.remove_reader(sock)
                    self.loop.remove_writer(sock)

            return call

        self.loop.remove_reader(sock)
        self.loop.remove_writer(sock)
        if read is not None:
            self.loop.add_reader(sock, guarded(read))
        if write is not None:
            self.loop.add_writer(sock, guarded(write))
