"""It calls both, by what was asked for before the first call.

task: TkLoop
diagnosis: M70
"""


class TkLoop:
    def __init__(self, window):
        self.window = window

    def watch(self, sock, read=None, write=None):
        mask = (read and tkinter.READABLE) or 0
        mask |= (write and tkinter.WRITABLE) or 0

        def flags(sock, mask):
            try:
                if mask & tkinter.READABLE:
                    read()
                if mask & tkinter.WRITABLE:
                    write()
            except Exception:
                traceback.print_exc()
                self.watch(sock)

        if mask:
            self.window.tk.createfilehandler(sock, mask, flags)
        else:
            self.window.tk.deletefilehandler(sock)
