"""What is over is not found, and stays in the database.

task: Store
diagnosis: M126
"""


class Store(Store):
    def sweep(self, count):
        pass
