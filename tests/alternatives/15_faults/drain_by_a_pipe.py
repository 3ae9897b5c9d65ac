"""The handler writes into a pipe, and the loop reads it.

task: drain
"""

import os


class Piped(EndingHouse):
    """A string of another kind."""

    def run(self):
        sleeve, string = os.pipe()
        os.set_blocking(string, False)

        def pull(*_):
            os.write(string, b"!")

        def feel():
            for _ in os.read(sleeve, 64):
                self.end()

        before = signal.signal(signal.SIGTERM, pull)
        self.loop.watch(sleeve, feel)
        self.loop.run()
        signal.signal(signal.SIGTERM, before)
        for guest in list(self.guests):
            guest.close()


def drain(listener, clock):
    Piped(listener, clock).run()
