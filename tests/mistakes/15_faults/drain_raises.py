"""The handler of the signal raises SystemExit.

task: drain
diagnosis: M227
"""


def drain(listener, clock):
    def leave(*_):
        raise SystemExit

    signal.signal(signal.SIGTERM, leave)
    CarefulHouse(listener, clock).run()
