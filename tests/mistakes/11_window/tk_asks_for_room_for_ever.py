"""It adds what is asked for to what was asked before.

task: TkLoop
diagnosis: M72
"""


class TkLoop:
    def __init__(self, window):
        self.window = window
        self.masks = {}
        self.acts = {}

    def watch(self, sock, read=None, write=None):
        if not read and not write:
            self.masks.pop(sock, None)
            self.window.tk.deletefilehandler(sock)
            return
        mask = self.masks.get(sock, 0)
        mask |= (read and tkinter.READABLE) or 0
        mask |= (write and tkinter.WRITABLE) or 0
        self.masks[sock], self.acts[sock] = mask, (read, write)
        self.window.tk.createfilehandler(sock, mask, self.flags)

    def flags(self, sock, mask):
        try:
            if mask & tkinter.READABLE and self.acts[sock][0]:
                self.acts[sock][0]()
            if mask & tkinter.WRITABLE and self.acts[sock][1]:
                self.acts[sock][1]()
        except Exception:
            traceback.print_exc()
            self.watch(sock)
