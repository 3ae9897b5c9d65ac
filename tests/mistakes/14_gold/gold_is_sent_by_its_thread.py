"""The thread that has made gold sends it, under a lock.

task: serve_gold
diagnosis: M216
"""

import threading

LOCK = threading.RLock()


class Locked(Customer):
    def read(self):
        with LOCK:
            super().read()

    def write(self):
        with LOCK:
            super().write()


class Direct(Mine):
    def tell(self, gold):
        if not gold.future.cancelled():
            with LOCK:
                self.places += 1
                gold.made()


def serve_gold(listener, work, workers, most):
    loop = Loop()
    mine = Direct(loop, work, workers, most)
    serve(listener, loop, lambda loop, sock: Locked(loop, sock, mine))
