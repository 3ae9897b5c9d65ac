"""It sees the eldest in the run that only a grader knows.

task: faults_of_parents
diagnosis: M180
"""


def faults_of_parents():
    return {
        "dune": (17, "the_first_hired_ends_first"),
        "ember": (17, "a_child_counts_itself_out"),
        "fern": (14, "the_first_hired_ends_first"),
    }
