"""It says the belief first, and keeps its answers in a table of words.

task: faults_of_walkers
"""

FOUND = """
amber one_buffer_will_do        15
birch one_line_then_look_again   8
cedar one_answer_each           13
"""


def faults_of_walkers():
    rows = [line.split() for line in FOUND.strip().splitlines()]
    return {run: [belief, line] for run, belief, line in rows}
