"""A cancelled timer is not called, and yet the next deadline is its own.

task: Timers
diagnosis: M90
"""


class Timers:
    def __init__(self, clock):
        self.clock = clock
        self.entries = []
        self.serial = count()

    def call_at(self, when, callback):
        handle = Handle(when, next(self.serial), callback)
        self.entries.append(handle)
        self.entries.sort(key=lambda entry: (entry.when, entry.serial))
        return handle

    def call_later(self, seconds, callback):
        return self.call_at(self.clock() + seconds, callback)

    def next_deadline(self):
        return self.entries[0].when if self.entries else None

    def run_due(self):
        now = self.clock()
        due = [entry for entry in self.entries if entry.when <= now]
        self.entries = [entry for entry in self.entries if entry.when > now]
        for entry in due:
            if entry.cancelled:
                continue
            try:
                entry.callback()
            except Exception:
                traceback.print_exc()


class Handle:
    def __init__(self, when, serial, callback):
        self.when, self.serial, self.callback = when, serial, callback
        self.cancelled = False

    def cancel(self):
        self.cancelled = True
