"""What is put after a flush goes with it when it is found late.

task: Store
diagnosis: M125
"""


class Store(Store):
    def put(self, key, value, flags=0, expires=NEVER):
        self.last_cas += 1
        self.change(key, Item(value, flags, expires, self.last_cas))
