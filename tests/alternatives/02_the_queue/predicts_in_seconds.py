"""It sums up the turns before each anew, and answers in other units.

task: predict_waits
"""


def predict_waits(costs, patience):
    turns = [patience if cost is None else cost for cost in costs]
    return tuple(0.04 * sum(turns[: n + 1]) for n in range(len(turns)))
