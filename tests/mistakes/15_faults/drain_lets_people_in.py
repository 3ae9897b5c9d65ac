"""After SIGTERM the door stays open.

task: drain
diagnosis: M227
"""


class Hospitable(EndingHouse):
    """As long as somebody is there, others may come."""

    def is_open(self):
        return CarefulHouse.is_open(self)



def drain(listener, clock):
    Hospitable(listener, clock).run()
