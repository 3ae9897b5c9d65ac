"""The house goes by the clock of the system.

task: hold_limits
diagnosis: M84
"""


def hold_limits(listener, clock):
    LimitedHouse(listener, time.monotonic).run()
