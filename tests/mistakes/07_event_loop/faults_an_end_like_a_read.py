"""It takes an end that nobody is told of for an empty read.

task: faults_of_loops
diagnosis: M180
"""


def faults_of_loops():
    return {
        "grove": (23, "to_modify_is_to_add"),
        "heath": (18, "to_tell_is_enough"),
        "iris": (23, "an_end_is_a_read"),
    }
