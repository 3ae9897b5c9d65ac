"""It makes the database keep each change at once.

task: Store
diagnosis: M124
"""


class Store(Store):
    def put(self, *args, **more):
        super().put(*args, **more)
        self.sync()
