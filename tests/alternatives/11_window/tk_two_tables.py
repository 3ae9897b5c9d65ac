"""Two tables, one for each flag, and a function for each registration.

task: TkLoop
"""


class TkLoop:
    def __init__(self, window):
        self.tk = window.tk
        self.readers, self.writers = {}, {}

    def watch(self, sock, read=None, write=None):
        watched = sock in self.readers or sock in self.writers
        for table, act in ((self.readers, read), (self.writers, write)):
            table.pop(sock, None)
            if act:
                table[sock] = act
        if read and write:
            mask = tkinter.READABLE | tkinter.WRITABLE
        else:
            mask = tkinter.READABLE if read else tkinter.WRITABLE
        if read or write:
            self.tk.createfilehandler(sock, mask, self.called)
        elif watched:
            self.tk.deletefilehandler(sock)

    def called(self, sock, mask):
        if mask & tkinter.READABLE:
            self.attempt(self.readers, sock)
        if mask & tkinter.WRITABLE:
            self.attempt(self.writers, sock)

    def attempt(self, table, sock):
        act = table.get(sock)
        if act is None:
            return
        try:
            act()
        except Exception:
            traceback.print_exc()
            self.watch(sock)
