"""Its flush syncs at once, though nobody has asked for that.

task: Store
diagnosis: M124
"""


class Store(Store):
    def flush(self, when):
        super().flush(when)
        self.sync()
