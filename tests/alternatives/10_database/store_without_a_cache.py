"""It writes at once, reads each time, and packs with pickle.

task: Store
"""


class Store:
    def __init__(self, database, clock=time.time):
        import pickle

        self.pickle = pickle
        self.database, self.clock, self.dirty = database, clock, False
        self.turn = []
        kept = database[OWN] if OWN in database else None
        self.own = pickle.loads(kept) if kept else [0, 0, NEVER]

    def note(self):
        self.dirty = True
        if self.own[2] <= self.clock():
            self.own[1:] = [self.own[0], NEVER]
        self.database[OWN] = self.pickle.dumps(self.own)

    def get(self, key):
        if self.own[2] <= self.clock():
            self.note()
        if key not in self.database:
            return None
        item = Item(*self.pickle.loads(self.database[key]))
        over = item.expires <= self.clock() or item.cas <= self.own[1]
        return None if over else item

    def put(self, key, value, flags=0, expires=NEVER):
        self.note()
        self.own[0] += 1
        self.note()
        item = value, flags, expires, self.own[0]
        self.database[key] = self.pickle.dumps(item)

    def touch(self, key, expires):
        item = self.get(key)
        if item is None:
            return False
        moved = tuple(item._replace(expires=expires))
        self.database[key] = self.pickle.dumps(moved)
        self.dirty = True
        return True

    def delete(self, key):
        if self.get(key) is None:
            return False
        del self.database[key]
        self.dirty = True
        return True

    def flush(self, when):
        self.note()
        self.own[2] = when
        self.note()

    def sync(self):
        if self.dirty:
            self.database.sync()
            self.dirty = False

    def sweep(self, count):
        for _ in range(count):
            if not self.turn:
                self.turn = [key for key in self.database if key != OWN]
            if not self.turn:
                return
            key = self.turn.pop(0)
            if key in self.database and self.get(key) is None:
                del self.database[key]
                self.dirty = True
