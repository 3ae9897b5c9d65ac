"""It takes the belief that explains the fault, and looks at no other line.

task: faults_of_walkers
diagnosis: M180
"""


def faults_of_walkers():
    return {
        "amber": (15, "recv_gives_a_line"),
        "birch": (8, "one_line_then_look_again"),
        "cedar": (13, "one_answer_each"),
    }
