"""It leaves the keeping to the end of the program.

task: serve_database
diagnosis: M127
"""


class Store(Store):
    def sync(self):
        for key in self.changed - {OWN}:
            self.write(key, self.known[key])
        self.changed.clear()
