"""At its very time a value is still there.

task: Store
diagnosis: M121
"""


class Store(Store):
    def is_over(self, item):
        self.flush_if_due()
        return item.cas <= self.flushed or item.expires < self.clock()
