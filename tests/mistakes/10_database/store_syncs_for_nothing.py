"""It syncs whenever it is asked to, changed or not.

task: Store
diagnosis: M124
"""


class Store(Store):
    def sync(self):
        if self.changed:
            super().sync()
        else:
            self.database.sync()
