"""It gives each call an hour, whatever it was told.

task: relay
diagnosis: M192
"""


def relay(listener, upstream, seconds):
    relay_pairs(listener, upstream, 3600, Pair)
