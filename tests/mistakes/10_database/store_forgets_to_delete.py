"""A deletion is known in memory, and nowhere else.

task: Store
diagnosis: M122
"""


class Store(Store):
    def write(self, key, item):
        if item is not None:
            super().write(key, item)
