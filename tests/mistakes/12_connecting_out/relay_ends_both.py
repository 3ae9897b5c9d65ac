"""When one side has finished, it closes both connections.

task: relay
diagnosis: M194
"""


class Hasty(Pair):
    """Over with the first end."""

    def watch(self):
        if self.near.was_told or self.far.was_told:
            self.close()
        else:
            super().watch()


def relay(listener, upstream, seconds):
    relay_pairs(listener, upstream, seconds, Hasty)
