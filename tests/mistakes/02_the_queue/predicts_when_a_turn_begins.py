"""It forgets that a client's own request takes time, too.

task: predict_waits
diagnosis: M51
"""


def predict_waits(costs, patience):
    waits, now = [], 0
    for cost in costs:
        waits.append(now)
        now += patience if cost is None else cost
    return waits
