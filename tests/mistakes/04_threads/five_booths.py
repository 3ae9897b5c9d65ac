"""It has a pool of five threads, and forgets the one that accepts.

task: four_booths
diagnosis: M64
"""


def four_booths(listener, votes):
    with ThreadPoolExecutor(max_workers=5) as booths:
        while True:
            connection, _ = listener.accept()
            booths.submit(take_votes, connection, votes)
