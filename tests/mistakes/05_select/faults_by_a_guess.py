"""It looks at two runs, and guesses at the third, which only a grader knows.

task: faults_of_walkers
diagnosis: M180
"""


def faults_of_walkers():
    return {
        "amber": (15, "one_buffer_will_do"),
        "birch": (8, "one_line_then_look_again"),
        "cedar": (14, "resets_do_not_happen"),
    }
