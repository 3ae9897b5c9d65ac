"""It waits until the last one has finished.

task: drain
diagnosis: M229
"""


class Patient(EndingHouse):
    """Somebody will leave some day."""

    def end(self):
        if self.limit:
            self.loop.stop()
            return
        self.limit = True
        self.watch()
        for guest in list(self.guests):
            guest.finish()
        if not self.guests:
            self.loop.stop()



def drain(listener, clock):
    Patient(listener, clock).run()
