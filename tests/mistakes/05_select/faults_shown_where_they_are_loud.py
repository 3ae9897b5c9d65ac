"""It names the line in which an old answer comes, and not the first fault.

task: faults_of_walkers
diagnosis: M181
"""


def faults_of_walkers():
    return {
        "amber": (15, "one_buffer_will_do"),
        "birch": (12, "one_line_then_look_again"),
        "cedar": (13, "one_answer_each"),
    }
