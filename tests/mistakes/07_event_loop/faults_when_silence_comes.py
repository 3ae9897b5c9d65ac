"""It names the line in which somebody hears nothing, and not the one before.

task: faults_of_loops
diagnosis: M181
"""


def faults_of_loops():
    return {
        "grove": (26, "to_modify_is_to_add"),
        "heath": (18, "to_tell_is_enough"),
        "iris": (23, "an_end_needs_no_word"),
    }
