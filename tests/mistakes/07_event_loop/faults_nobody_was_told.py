"""It takes what is never closed for what is never told.

task: faults_of_loops
diagnosis: M180
"""


def faults_of_loops():
    return {
        "grove": (23, "to_modify_is_to_add"),
        "heath": (18, "to_catch_is_enough"),
        "iris": (23, "an_end_needs_no_word"),
    }
