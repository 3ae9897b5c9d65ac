"""It waits for each client's result before it accepts the next.

task: four_booths
diagnosis: M62
"""


def four_booths(listener, votes):
    with ThreadPoolExecutor(max_workers=4) as booths:
        while True:
            connection, _ = listener.accept()
            booths.submit(take_votes, connection, votes).result()
