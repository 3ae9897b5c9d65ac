"""It thinks that the requests are worked at side by side.

task: predict_waits
diagnosis: M51
"""


def predict_waits(costs, patience):
    return [patience if cost is None else cost for cost in costs]
