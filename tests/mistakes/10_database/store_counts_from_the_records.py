"""After a restart it goes on from the largest number in the records.

task: Store
diagnosis: M123
"""


class Store(Store):
    def __init__(self, database, clock=time.time):
        super().__init__(database, clock)
        keys = [key for key in database.keys() if key != OWN]
        self.last_cas = max((self.read(key).cas for key in keys), default=0)
