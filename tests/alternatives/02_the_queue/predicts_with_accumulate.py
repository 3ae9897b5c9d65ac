"""It lets itertools add up the turns.

task: predict_waits
"""

from itertools import accumulate


def predict_waits(costs, patience):
    turns = (patience if cost is None else cost for cost in costs)
    return list(accumulate(turns))
