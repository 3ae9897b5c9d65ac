"""A sorted list, and whoever is cancelled is taken out at once.

task: Timers
"""

import bisect


class Timers:
    def __init__(self, clock):
        self.clock = clock
        self.entries = []

    def call_at(self, when, callback):
        entry = Entry(self.entries, when, callback)
        # To the right of those that are due at the same time.
        bisect.insort_right(self.entries, entry, key=lambda e: e.when)
        return entry

    def call_later(self, seconds, callback):
        return self.call_at(self.clock() + seconds, callback)

    def next_deadline(self):
        return self.entries[0].when if self.entries else None

    def run_due(self):
        number = bisect.bisect_right(
            self.entries, self.clock(), key=lambda e: e.when
        )
        for entry in self.entries[:number]:
            if entry in self.entries:
                self.entries.remove(entry)
                self.call(entry.callback)

    def call(self, callback):
        try:
            callback()
        except Exception:
            traceback.print_exc()


class Entry:
    def __init__(self, entries, when, callback):
        self.entries, self.when, self.callback = entries, when, callback

    def cancel(self):
        if self in self.entries:
            self.entries.remove(self)
