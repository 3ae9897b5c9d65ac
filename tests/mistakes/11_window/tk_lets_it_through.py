"""It lets through what a handler raises, and that ends Tk's loop.

task: TkLoop
diagnosis: M154
"""


class TkLoop:
    def __init__(self, window):
        self.window = window
        self.watched = {}

    def watch(self, sock, read=None, write=None):
        mask = (read and tkinter.READABLE) or 0
        mask |= (write and tkinter.WRITABLE) or 0
        self.watched[sock] = read, write
        if mask:
            self.window.tk.createfilehandler(sock, mask, self.flags)
        else:
            self.window.tk.deletefilehandler(sock)

    def flags(self, sock, mask):
        if mask & tkinter.READABLE and self.watched[sock][0]:
            self.watched[sock][0]()
        if mask & tkinter.WRITABLE and self.watched[sock][1]:
            self.watched[sock][1]()
