"""What goes into the record is the value, and a time.

task: Store
diagnosis: M120
"""


class Store(Store):
    def write(self, key, item):
        if item is not None:
            item = item._replace(flags=0)
        super().write(key, item)

    def load(self, key):
        return super().load(key)
