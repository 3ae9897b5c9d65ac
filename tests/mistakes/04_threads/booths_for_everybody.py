"""It hires a thread for each client, however many come.

task: four_booths
diagnosis: M64
"""


def four_booths(listener, votes):
    count_votes(listener, votes)
