"""SIGTERM is left to the system.

task: drain
diagnosis: M227
"""


def drain(listener, clock):
    CarefulHouse(listener, clock).run()
