"""It names the second client who is kept waiting, and not the first.

task: faults_of_parents
diagnosis: M181
"""


def faults_of_parents():
    return {
        "dune": (17, "the_first_hired_ends_first"),
        "ember": (20, "a_child_counts_itself_out"),
        "fern": (14, "a_signal_means_all_have_ended"),
    }
