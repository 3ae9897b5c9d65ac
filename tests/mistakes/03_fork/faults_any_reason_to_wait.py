"""It takes the first belief that explains why somebody waits.

task: faults_of_parents
diagnosis: M180
"""


def faults_of_parents():
    return {
        "dune": (17, "a_child_counts_itself_out"),
        "ember": (17, "a_child_counts_itself_out"),
        "fern": (14, "a_signal_means_all_have_ended"),
    }
