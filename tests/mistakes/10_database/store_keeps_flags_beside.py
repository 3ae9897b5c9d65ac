"""It keeps the flags of a key in a record of their own.

task: Store
diagnosis: M122
"""


class Store(Store):
    def write(self, key, item):
        super().write(key, item)
        if item:
            self.database[key + b".flags"] = b"%d" % item.flags
