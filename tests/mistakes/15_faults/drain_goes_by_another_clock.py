"""The limit of its end goes by the clock of the system.

task: drain
diagnosis: M84
"""


def drain(listener, clock):
    EndingHouse(listener, time.monotonic).run()
